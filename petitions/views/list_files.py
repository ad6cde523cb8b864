"""Whole lists as files, for Excel and as CSV: what the pages of the list show, row by row, in the same order."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from io import SEEK_END, TextIOWrapper
from tempfile import TemporaryFile
from typing import IO

from flask import Blueprint, abort, request, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import AnyRow, db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count, format_moment
from core.i18n import gettext as _
from core.text import clean_line
from petitions.forms.filters import ReadFilters
from petitions.importing.rejects import as_plain_text
from petitions.queries import lists
from petitions.queries.lists import QUEUE_LABELS, Queue, View
from petitions.services.exports import note_export
from petitions.views import filter_bar
from petitions.views.chrome import office_name, today_of
from petitions.views.queues import RowShown, shown_rows, view_from_address
from petitions.workbooks import Line, write_table

bp = Blueprint("list_files", __name__)

MOST_EXPORTED = 200_000
AT_ONCE = 500
FORMATS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
_WIDTHS = (6, 17, 18, 50, 26, 12, 12, 18, 18, 24, 24, 30)


@bp.get("/queues/<name>/list.<ending>")
@requires(Permission.PETITION_EXPORT)
def queue(name: str, ending: str) -> ResponseReturnValue:
    """All rows of the list at an address, also those of its other pages."""
    if name not in set(Queue):
        abort(404)
    view, read = view_from_address(Queue(name), request.args)
    session, who = db.session(), actor()
    rows = _rows_of_list(session, replace(view, after="", before="", limit=AT_ONCE), who)
    return list_file(session, who, ending, f"queues.{name}", str(QUEUE_LABELS[view.queue]), read, rows)


def list_file(
    session: Session,
    who: Actor,
    ending: str,
    name: str,
    title: str,
    read: ReadFilters,
    rows: Iterable[Sequence[AnyRow]],
    more: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """The file of a list with the ``title``, narrowed as ``read`` says; ``rows`` come some hundred at a time.

    Noted in the audit chain under ``name``, with the filters and ``more``. Raises ``InvalidInput`` for a filter that is
    not understood and for more than ``MOST_EXPORTED`` rows: nobody gets less than was asked for without being told.
    """
    if ending not in FORMATS:
        abort(404)
    if read.errors:
        raise InvalidInput(read.errors)
    asked = {key: value for key, value in read.typed.items() if isinstance(value, str) and key != "ward_text"}
    asked |= {"flag": ",".join(read.typed["flag"]), "file": ending, **(more or {})}
    # It has no name, so that nothing of it stays behind; closed with the answer.
    out = TemporaryFile()  # noqa: SIM115
    with ExitStack() as on_failure:
        on_failure.callback(out.close)
        lines = _Lines(session, who, rows)
        if ending == "csv":
            _write_csv(out, lines)
        else:
            _write_workbook(out, lines, title, _told(session, who, read))
        with unit_of_work() as work:
            note_export(work, name, asked=asked, rows=lines.written, by=who)
        on_failure.pop_all()
    length = out.seek(0, SEEK_END)
    out.seek(0)
    file_name = f"don-thu-{clock.today().isoformat()}.{ending}"
    answer = send_file(out, mimetype=FORMATS[ending], as_attachment=True, download_name=file_name, max_age=0)
    answer.content_length = length
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


class _Lines:
    """The rows as texts, one after the other; ``written`` counts them."""

    def __init__(self, session: Session, who: Actor, rows: Iterable[Sequence[AnyRow]]) -> None:
        self._session = session
        self._who = who
        self._rows = rows
        self.written = 0

    def __iter__(self) -> Iterator[tuple[bool, list[str]]]:
        now = today_of(self._session, self._who)
        for rows in self._rows:
            for row in shown_rows(self._session, self._who, rows, now):
                self.written += 1
                if self.written > MOST_EXPORTED:
                    text = _("More than %(count)s petitions; narrow the list down.", count=format_count(MOST_EXPORTED))
                    raise InvalidInput({"list": text})
                yield row.struck, _texts(self.written, row)


def _texts(place: int, row: RowShown) -> list[str]:
    return [
        str(place),
        row.number,
        row.kind,
        row.title,
        row.petitioner,
        row.received,
        row.due,
        row.due_words,
        row.state,
        row.officer,
        row.unit,
        "; ".join(row.flags),
    ]


def _headings() -> list[str]:
    return [
        "#",
        _("Number"),
        _("Kind"),
        _("Title"),
        _("Petitioner"),
        _("Received on"),
        _("Due"),
        _("Limit"),
        _("State"),
        _("Officer"),
        _("Unit"),
        _("Marks"),
    ]


def _write_workbook(out: IO[bytes], lines: _Lines, title: str, told: str) -> None:
    taken = _("Taken out on %(when)s", when=format_moment(clock.now()))
    write_table(
        out,
        sheet=_("Petitions"),
        above=[title, *([told] if told else []), taken],
        headings=_headings(),
        widths=_WIDTHS,
        lines=(Line(texts, struck=struck) for struck, texts in lines),
        numbered=False,
    )


def _write_csv(out: IO[bytes], lines: _Lines) -> None:
    text = TextIOWrapper(out, encoding="utf-8-sig", newline="")
    try:
        writer = csv.writer(text)
        writer.writerow(_headings())
        writer.writerows([as_plain_text(clean_line(cell)) for cell in texts] for _struck, texts in lines)
    finally:
        text.detach()


def _told(session: Session, who: Actor, read: ReadFilters) -> str:
    every = filter_bar.choices_of(session, who, read)
    kept = [(key, value) for key, value in read.typed.items() if isinstance(value, str) and value]
    kept += [("flag", flag) for flag in read.typed["flag"]]
    chosen = filter_bar.chosen(session, who, read, every, kept, lambda _rest: "")
    office = office_name(session, who.office_id)
    return "; ".join([office, *(f"{item['label']}: {item['value']}" for item in chosen)])


def _rows_of_list(session: Session, view: View, who: Actor) -> Iterator[Sequence[AnyRow]]:
    now = today_of(session, who)
    while True:
        page = lists.page(session, view, who, today=now.day, soon_until=now.soon_until)
        yield page.rows
        if not page.next_key:
            return
        view = replace(view, after=page.next_key)
