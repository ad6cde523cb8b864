"""The audit of missed limits: who was late with what, by how much, and who held it; on the page and as a workbook."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count, format_day
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from petitions.deadlines import RULE_IDS
from petitions.deadlines.rules import versions
from petitions.forms.audits import NAMES, ReadAudit, read_audit
from petitions.queries import audits as queries
from petitions.queries.audits import BANDS, Audit, Figure, Key, What
from petitions.services.exports import note_export
from petitions.views import choices
from petitions.views.audit_rows import WHAT_LABELS, shown_rows
from petitions.views.chrome import office_name
from petitions.vocabulary import KIND_LABELS
from petitions.workbooks import Line, table_workbook

bp = Blueprint("audits", __name__)

MOST_EXPORTED = 20_000
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS = (5, 19, 34, 14, 30, 12, 12, 10, 16, 14, 20, 30, 9, 28, 9)

BAND_LABELS = {
    "1-5": _l("1 to 5 days"),
    "6-15": _l("6 to 15 days"),
    "16-30": _l("16 to 30 days"),
    "31-90": _l("31 to 90 days"),
    "91": _l("more than 90 days"),
}


class Sum(NamedTuple):
    """A line of the summary with the address that opens exactly its cases."""

    name: str
    parts: tuple[tuple[str, str], ...]
    total: str
    url: str


@bp.get("/audits/overdue")
@requires(Permission.PETITION_AUDIT)
def overdue() -> ResponseReturnValue:
    """What was missed: counted on the first page, then case by case."""
    who = actor()
    session = db.session()
    read = read_audit(request.args, today=clock.today())
    after = _read_key(request.args.get("after", ""))
    path = f"{request.script_root}/audits/overdue"
    kept = [(name, read.typed[name]) for name in NAMES if read.typed[name] and name not in read.errors]
    found = queries.page(session, read.audit, who, after=after)
    first_page = after is None
    counted = queries.figures(session, read.audit, who) if first_page else []
    context = {
        "v": read.typed,
        "errors": {name: str(message) for name, message in read.errors.items()},
        "choices": _choices(session, who, read.typed["officer"]),
        "rows": shown_rows(session, read.audit, who, found.rows),
        "total": format_count(sum(figure.n for figure in counted)) if first_page else "",
        "whats": [str(label) for label in WHAT_LABELS.values()],
        "sums": _sums(session, who, counted, path, kept) if first_page else [],
        "chosen": _chosen(session, who, read, path, kept),
        "clear_url": path,
        "first_url": "" if first_page else f"{path}?{urlencode(kept)}",
        "next_url": f"{path}?{urlencode([*kept, ('after', _write_key(found.next_key))])}" if found.next_key else "",
        "export_url": f"{path}.xlsx?{urlencode(kept)}",
    }
    return render_template("petitions/audit.html", **context), 400 if read.errors else 200


@bp.get("/audits/overdue.xlsx")
@requires(Permission.PETITION_AUDIT)
def workbook() -> ResponseReturnValue:
    """The cases of the audit as a workbook, at most ``MOST_EXPORTED``; the audit chain keeps who took it."""
    who = actor()
    session = db.session()
    read = read_audit(request.args, today=clock.today())
    if read.errors:
        raise InvalidInput(read.errors)
    lines = list(_lines(session, read.audit, who))
    content = table_workbook(
        sheet=_("Missed limits"),
        above=(
            _("Missed limits"),
            office_name(session, who.office_id),
            _("From %(first)s to %(last)s", first=format_day(read.audit.first), last=format_day(read.audit.last)),
            *_told(session, who, read),
        ),
        headings=(
            "#",
            *(str(text) for text in _HEADINGS),
        ),
        widths=_WIDTHS,
        lines=lines,
        numbered=False,
    )
    with unit_of_work() as work:
        note_export(work, "audits.overdue", asked=read.typed, rows=len(lines), by=who)
    response = make_response(content)
    response.mimetype = _WORKBOOK
    name = f"qua-han-{read.audit.first.isoformat()}-{read.audit.last.isoformat()}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


_HEADINGS = (
    _l("Number"),
    _l("Title"),
    _l("Kind"),
    _l("Limit and source"),
    _l("Last day"),
    _l("Ended on"),
    _l("Days late"),
    _l("Missed"),
    _l("State"),
    _l("Officer and unit"),
    _l("Who held it, for how long"),
    _l("Reassigned"),
    _l("Extended with"),
    _l("Days paused"),
)


def _told(session: Session, who: Actor, read: ReadAudit) -> list[str]:
    said = [f"{item['label']}: {item['value']}" for item in _chosen(session, who, read, "", [*read.typed.items()])]
    return ["; ".join(said)] if said else []


def _lines(session: Session, audit: Audit, who: Actor) -> Iterable[Line]:
    at = 0
    for rows in queries.every_row(session, audit, who, most=MOST_EXPORTED):
        for row in shown_rows(session, audit, who, rows):
            at += 1
            holder = " – ".join(part for part in (row.officer, row.unit) if part)
            limit = "\n".join((f"{row.rule} ({row.source})" if row.source else row.rule, *row.others))
            yield Line(
                (
                    str(at),
                    row.number,
                    row.title,
                    row.kind,
                    limit,
                    row.due,
                    row.ended,
                    row.late,
                    row.what,
                    row.state,
                    holder,
                    "\n".join(row.held),
                    row.reassigned,
                    "\n".join(row.extended),
                    row.paused,
                )
            )


def _choices(session: Session, who: Actor, officer: str) -> dict[str, Any]:
    return {
        "what": choices.labelled(WHAT_LABELS),
        "unit": [*_units(session, who).items()],
        "officer": [*_officers(session, who, officer).items()],
        "kind": choices.kinds(unclassified=True),
        "rule": [*_rule_names().items()],
        "band": choices.labelled(BAND_LABELS),
    }


def _units(session: Session, who: Actor) -> dict[str, str]:
    known = people.lookups(session, who.office_id).unit_names
    return {"0": _("no unit"), **{str(unit_id): name for unit_id, name in known.items()}}


def _officers(session: Session, who: Actor, chosen: str) -> dict[str, str]:
    """Everybody who may hold a case now, and whoever is asked for: somebody who left may have closed one late."""
    known = people.lookups(session, who.office_id).user_names
    former = {str(user_id): name for user_id, name in known.items() if chosen == str(user_id)}
    return {"0": _("not assigned yet"), **former, **dict(choices.officers(session, who))}


def _rule_names() -> dict[str, str]:
    return {rule_id: str(versions(rule_id)[-1].label) for rule_id in RULE_IDS}


def _sums(
    session: Session, who: Actor, counted: Sequence[Figure], path: str, kept: Sequence[tuple[str, str]]
) -> list[dict[str, Any]]:
    """The tables of the summary: each sums the same cases another way."""
    known = people.lookups(session, who.office_id)
    kinds = {kind.value: str(label) for kind, label in KIND_LABELS.items()}
    rules = _rule_names()
    tables: tuple[tuple[str, str, Callable[[Figure], str], Callable[[str], str]], ...] = (
        ("band", _("By lateness"), lambda one: one.band, lambda key: str(BAND_LABELS[key])),
        (
            "unit",
            _("By unit"),
            lambda one: str(one.unit_id or 0),
            lambda key: known.unit_names.get(int(key), "") or _("no unit"),
        ),
        (
            "officer",
            _("By officer"),
            lambda one: str(one.officer_id or 0),
            lambda key: known.user_names.get(int(key), "") or _("not assigned yet"),
        ),
        ("kind", _("By kind"), lambda one: one.kind, lambda key: kinds[key]),
        ("rule", _("By limit"), lambda one: one.rule_id or "", lambda key: rules.get(key, "") or _("not known")),
    )
    found = []
    for name, title, key_of, name_of in tables:
        sums: dict[str, dict[str, int]] = {}
        for one in counted:
            parts = sums.setdefault(key_of(one), dict.fromkeys(What, 0))
            parts[one.what] += one.n
        keys = [band for band in BANDS if band in sums] if name == "band" else _largest_first(sums)
        lines = [_sum(name_of(key), sums[key], path, [*kept, (name, key)] if key else []) for key in keys]
        every = {what.value: sum(parts[what] for parts in sums.values()) for what in What}
        found.append({"title": title, "lines": lines, "total": _sum(_("All"), every, path, list(kept) or [("", "")])})
    return found


def _largest_first(sums: Mapping[str, Mapping[str, int]]) -> list[str]:
    return sorted(sums, key=lambda key: (-sum(sums[key].values()), key))


def _sum(name: str, parts: Mapping[str, int], path: str, asked: list[tuple[str, str]]) -> Sum:
    """A line; what cannot be asked for (a limit that is not known) has no address."""

    def url(*more: tuple[str, str]) -> str:
        pairs = dict([pair for pair in asked if pair[0]] + list(more))
        return f"{path}?{urlencode(pairs)}" if asked else ""

    cells = tuple((format_count(parts[what]), url(("what", what.value)) if parts[what] else "") for what in What)
    return Sum(name, cells, format_count(sum(parts.values())), url())


def _chosen(
    session: Session, who: Actor, read: ReadAudit, path: str, kept: Sequence[tuple[str, str]]
) -> list[dict[str, str]]:
    everybody = {str(user_id): name for user_id, name in people.lookups(session, who.office_id).user_names.items()}
    words: dict[str, tuple[str, Mapping[str, str]]] = {
        "what": (_("Missed"), dict(choices.labelled(WHAT_LABELS))),
        "unit": (_("Unit"), _units(session, who)),
        "officer": (_("Officer"), {**everybody, "0": _("not assigned yet")}),
        "kind": (_("Kind"), dict(choices.kinds(unclassified=True))),
        "rule": (_("Limit"), _rule_names()),
        "band": (_("Lateness"), dict(choices.labelled(BAND_LABELS))),
    }
    found = []
    for name, value in kept:
        if name not in words or not value or name in read.errors:
            continue
        label, names = words[name]
        rest = [pair for pair in kept if pair[0] != name]
        remove = f"{path}?{urlencode(rest)}" if rest else path
        found.append({"label": label, "value": names.get(value, value), "remove_url": remove})
    return found


def _write_key(key: Key) -> str:
    return f"{key.what}.{key.day.isoformat()}.{key.petition_id}"


def _read_key(text: str) -> Key | None:
    what, _dot, rest = text.partition(".")
    day, _dot, petition_id = rest.partition(".")
    if what not in set(What) or not (petition_id.isascii() and petition_id.isdigit() and len(petition_id) <= 18):
        return None
    try:
        return Key(What(what), date.fromisoformat(day), int(petition_id))
    except ValueError:
        return None
