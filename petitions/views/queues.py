"""Every list of petitions, and "give me the next case"."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from auth import queries as people
from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db, unit_of_work
from core.i18n import format_count, format_day
from core.i18n import gettext as _
from petitions.forms.filters import ReadFilters, read_filters
from petitions.queries import lists
from petitions.queries.counts import size_of
from petitions.queries.lists import QUEUE_LABELS, ListRow, Queue, Sort, View
from petitions.services.assignment import take_next
from petitions.views import choices, filter_bar, saved_views
from petitions.views.chrome import Today, counts_of, today_of
from petitions.views.words import DueWords, MarkWords, state_words
from petitions.vocabulary import KIND_LABELS, Disposition
from petitions.wards import ward_label
from petitions.workflow import State

bp = Blueprint("queues", __name__)


class RowShown(NamedTuple):
    """A row with every value ready to print: the template's loop calls nothing."""

    id: int
    version: int
    number: str
    url: str
    title: str
    petitioner: str
    kind: str
    received: str
    due: str
    due_words: str
    due_class: str
    officer: str
    unit: str
    state: str
    state_class: str
    flags: tuple[str, ...]
    idle: str
    struck: bool


@bp.get("/queues/<name>")
@requires(Permission.PETITION_VIEW)
def queue(name: str) -> ResponseReturnValue:
    """One list: a named queue, narrowed and sorted by the address."""
    if name not in set(Queue):
        abort(404)
    who = actor()
    session = db.session()
    view, read = view_from_address(Queue(name), request.args)
    return render_template("petitions/queue.html", **list_context(session, who, view, read, request.args))


@bp.post("/queues/next")
@requires(Permission.PETITION_TAKE)
def next_case() -> ResponseReturnValue:
    """Take the top of what nobody works on and open it."""
    with unit_of_work() as session:
        petition = take_next(session, by=actor())
        number = petition.number if petition else None
    if number is None:
        flash(_("Nothing waits to be taken. Your own queue stands below."), "info")
        return redirect(f"{request.script_root}/queues/mine")
    flash(_("This case is now yours."), "success")
    return redirect(f"{request.script_root}/petitions/{number}")


def view_from_address(queue: Queue, args: MultiDict[str, str]) -> tuple[View, ReadFilters]:
    """The list that the parts of an address name."""
    read = read_filters(args)
    wanted = args.get("sort", "")
    down = wanted.startswith("-")
    sort = Sort(wanted.lstrip("-")) if wanted.lstrip("-") in set(Sort) else None
    view = View(
        queue,
        read.filters,
        sort,
        descending=down,
        after=args.get("after", ""),
        before=args.get("before", ""),
    )
    return view, read


def list_context(
    session: Session, who: Actor, view: View, read: ReadFilters, args: MultiDict[str, str]
) -> dict[str, Any]:
    """What ``petitions/queue.html`` needs for ``view``, which the parts ``args`` of its address name."""
    now = today_of(session, who)
    page = lists.page(session, view, who, today=now.day, soon_until=now.soon_until)
    path = f"{request.script_root}/queues/{view.queue}"
    kept = [(name, value) for name, value in args.items(multi=True) if name not in {"after", "before", "exact"}]
    count_text, exact_url = _count(session, who, view, now, path, kept, exact="exact" in args)
    every = filter_bar.choices_of(session, who, read)
    here = path + (f"?{request.query_string.decode('latin-1')}" if request.query_string else "")
    return {
        "queue": {
            "name": view.queue.value,
            "title": str(QUEUE_LABELS[view.queue]),
            "help": _help(view.queue),
            "url": path,
        },
        "rows": shown_rows(session, who, page.rows, now),
        "sort": _sort_links(view, path, kept),
        "v": {**read.typed, "ward_text": ward_label(view.filters.ward_code) or read.typed["ward_text"]},
        "errors": read.errors,
        "choices": every,
        "active": filter_bar.chosen(session, who, read, every, kept, lambda rest: _address(path, rest)),
        "clear_url": path,
        "keep": [(name, value) for name, value in kept if name in ("sort", "programme")],
        "count_text": count_text,
        "count_exact_url": exact_url,
        "pager": {
            "first_url": _address(path, kept),
            "prev_url": _address(path, [*kept, ("before", page.previous_key)]) if page.previous_key else "",
            "next_url": _address(path, [*kept, ("after", page.next_key)]) if page.next_key else "",
            "text": "",
        },
        "bulk": bulk_choices(session, who, here),
        "next_case_url": _next_case_url(who, view.queue),
        "empty_text": _("No petition stands here.") if not read.filters.any else _("Nothing fits this filter."),
        "results": None,
        "files": file_links(who, f"{path}/list", kept),
        "saved": saved_views.beside_lists(session, who, _address(path, kept)),
        "save": {
            "url": f"{request.script_root}/views",
            "queue": view.queue.value,
            "query": urlencode(kept),
            "shares": saved_views.share_choices(session, who),
        },
    }


def file_links(who: Actor, path: str, kept: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The whole list as files, for whoever may take it out: name and address of each."""
    if not who.may(Permission.PETITION_EXPORT):
        return []
    return [(name, _address(f"{path}.{ending}", kept)) for name, ending in (("Excel", "xlsx"), ("CSV", "csv"))]


def bulk_choices(session: Session, who: Actor, back: str) -> dict[str, Any]:
    """What can be done to many rows at once."""
    can_assign = who.may(Permission.PETITION_ASSIGN) or any(unit.is_head for unit in who.units)
    can_escalate = who.may(Permission.PETITION_ESCALATE)
    return {
        "url": f"{request.script_root}/petitions/bulk",
        "back": back,
        "can_assign": can_assign,
        "can_flag": who.may(Permission.PETITION_FLAG),
        "can_escalate": can_escalate,
        "officers": choices.officers(session, who) if can_assign else [],
        "units": choices.units(session, who) if can_assign else [],
        "triggers": choices.triggers() if can_escalate else [],
        "addressees": choices.supervisors(session, who) if can_escalate else [],
    }


def shown_rows(session: Session, who: Actor, rows: "list[ListRow] | Any", now: Today) -> list[RowShown]:
    """Rows made ready to print."""
    known = people.lookups(session, who.office_id)
    units, officers = known.unit_names, known.user_names
    states = state_words()
    kinds = {kind.value: str(label) for kind, label in KIND_LABELS.items()}
    due = DueWords.on(now.day, now.soon_until)
    words = MarkWords.on(now.day)
    secret = _("kept secret")
    halted = _("no limit runs")
    root = request.script_root
    shown = []
    for row in rows:
        closed = row.state == State.RESOLVED.value
        if closed:
            due_words, due_class = "", ""
        else:
            due_words, due_class = (halted, "") if row.halted_on else due.tell(row.due_on)
        shown.append(
            RowShown(
                row.id,
                row.version,
                row.number,
                f"{root}/petitions/{row.number}",
                row.title,
                secret if row.sealed else (row.petitioner_name or ""),
                kinds[row.kind],
                format_day(row.received_on),
                format_day(row.due_on),
                due_words,
                due_class,
                officers.get(row.officer_id, "") if row.officer_id else "",
                units.get(row.unit_id, "") if row.unit_id else "",
                states[row.state],
                row.state,
                words.marks(row),
                words.idleness(row),
                row.disposition == Disposition.ENTERED_IN_ERROR.value,
            )
        )
    return shown


def _count(
    session: Session,
    who: Actor,
    view: View,
    now: Today,
    path: str,
    kept: list[tuple[str, str]],
    *,
    exact: bool,
) -> tuple[str, str]:
    most = None if exact else lists.COUNTED_TO
    number = size_of(
        session, view, who, today=now.day, soon_until=now.soon_until, counts=counts_of(session, who), most=most
    )
    if view.filters.any and most is not None and number > most:
        text = _("more than %(count)s petitions", count=format_count(most))
        return text, _address(path, [*kept, ("exact", "1")])
    return _("%(count)s petitions", count=format_count(number)), ""


def _sort_links(view: View, path: str, kept: list[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    sort, down = view.order()
    others = [(name, value) for name, value in kept if name != "sort"]
    links = {}
    for column in (Sort.NUMBER, Sort.PETITIONER, Sort.RECEIVED, Sort.DUE):
        chosen = column is sort
        direction = ("descending" if down else "ascending") if chosen else ""
        turn = "-" if chosen and not down else ""
        links[column.value] = (_address(path, [*others, ("sort", f"{turn}{column}")]), direction)
    return links


def _address(path: str, pairs: list[tuple[str, str]]) -> str:
    said = [pair for pair in pairs if pair[1]]
    return f"{path}?{urlencode(said)}" if said else path


def _next_case_url(who: Actor, queue: Queue) -> str:
    offered = who.may(Permission.PETITION_TAKE) and queue in {Queue.MINE, Queue.UNASSIGNED, Queue.PRIORITY}
    return f"{request.script_root}/queues/next" if offered else ""


def _help(queue: Queue) -> str:
    match queue:
        case Queue.PRIORITY:
            return _("Open cases that are complex, prominent, escalated or of many people; these come first.")
        case Queue.OVERDUE:
            return _("Open cases whose due day has passed, the latest first.")
        case Queue.DUE_SOON:
            return _("Open cases due within three working days.")
        case Queue.CONFIRMATION:
            return _("Resolutions that officers proposed and a supervisor has to confirm.")
        case _:
            return ""
