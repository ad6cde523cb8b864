"""Workload by officer and unit, and a suggestion for even assignment that somebody confirms."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db, unit_of_work
from core.i18n import format_count
from core.i18n import gettext as _
from core.text import clean_line
from petitions.balance import MAJOR_WEIGHT, PLAIN_WEIGHT, Case, Hand, share_out, weight
from petitions.forms.shapes import LARGEST_PETITION_ID, parse_id
from petitions.priority import Standing, reasons
from petitions.queries import lists
from petitions.queries.filters import DUE_LATE, DUE_WEEK, NONE, Filters
from petitions.queries.lists import Queue, Sort, View
from petitions.queries.numbers import numbers_of
from petitions.queries.oversight import unit_overseen
from petitions.queries.workload import Work, Workload, absent_ids, workload
from petitions.services import assignment
from petitions.services.workload import record_sharing
from petitions.views.bulk import Do, result_of
from petitions.views.chrome import today_of
from petitions.views.morning import address_of, unit_choices

bp = Blueprint("workload", __name__)

MOST_SHARED = 100
UNASSIGNED = "unassigned"


class RowShown(NamedTuple):
    """Somebody's work, or a unit's, each figure with its list; ready to print."""

    name: str
    note: str
    figures: list[tuple[str, str]]
    weighted: str
    share_url: str


@bp.get("/workload")
@requires(Permission.WORK_OVERSEE)
def show() -> ResponseReturnValue:
    """Who has how much."""
    who, session = actor(), db.session()
    unit_id = unit_overseen(who, parse_id(request.args.get("unit", "")) or None)
    day = today_of(session, who).day
    found = workload(session, who, today=day, unit_id=unit_id)
    known = people.lookups(session, who.office_id)
    absent = absent_ids(session, day)
    own = {officer.id for officer in known.officers if unit_id is None or unit_id in officer.unit_ids}
    listed = [officer_id for officer_id in known.user_names if officer_id in own or officer_id in found.by_officer]
    officers = [
        _row(
            known.user_names[officer_id],
            _("absent today") if officer_id in absent else "",
            found.by_officer.get(officer_id, Work()),
            Filters(officer_id=officer_id, unit_id=unit_id),
            _share_url(unit_id, str(officer_id)) if officer_id in found.by_officer else "",
        )
        for officer_id in listed
    ]
    nobody = found.by_officer.get(NONE, Work())
    officers.append(
        _row(
            _("given to nobody yet"),
            "",
            nobody,
            Filters(officer_id=NONE, unit_id=unit_id),
            _share_url(unit_id, UNASSIGNED),
        )
    )
    return render_template(
        "petitions/workload.html",
        units=unit_choices(session, who),
        unit=str(unit_id or ""),
        unit_name=known.unit_names.get(unit_id or 0, ""),
        officers=officers,
        by_unit=_unit_rows(found, known.unit_names) if unit_id is None else [],
        total=_row(_("Together"), "", found.total, Filters(unit_id=unit_id)),
        share_url=_share_url(unit_id, UNASSIGNED),
        weights=_(
            "A case counts %(plain)s, a complex or prominent one %(major)s.", plain=PLAIN_WEIGHT, major=MAJOR_WEIGHT
        ),
    )


def _unit_rows(found: Workload, names: dict[int, str]) -> list[RowShown]:
    rows = [
        _row(name, "", found.by_unit[unit_id], Filters(unit_id=unit_id))
        for unit_id, name in names.items()
        if unit_id in found.by_unit
    ]
    if NONE in found.by_unit:
        rows.append(_row(_("in no unit yet"), "", found.by_unit[NONE], Filters(unit_id=NONE)))
    return rows


def _row(name: str, note: str, work: Work, of: Filters, share_url: str = "") -> RowShown:
    def link(**narrowed: Any) -> str:
        return address_of(View(Queue.OPEN, Filters(unit_id=of.unit_id, officer_id=of.officer_id, **narrowed)))

    return RowShown(
        name,
        note,
        [
            (format_count(work.open), link()),
            (format_count(work.late), link(due=DUE_LATE)),
            (format_count(work.week), link(due=DUE_WEEK)),
            (format_count(work.major), link(flags=("major",))),
        ],
        format_count(work.weighted),
        share_url,
    )


def _share_url(unit_id: int | None, source: str) -> str:
    parts = [("from", source), *((("unit", str(unit_id)),) if unit_id is not None else ())]
    return f"{request.script_root}/workload/suggestion?{urlencode(parts)}"


@bp.get("/workload/suggestion")
@requires(Permission.WORK_OVERSEE)
def suggest() -> ResponseReturnValue:
    """Who would get what, and why."""
    return _suggestion(_asked(request.args.get("unit", ""), request.args.get("from", "")))


@bp.post("/workload/suggestion")
@requires(Permission.WORK_OVERSEE)
def confirm() -> ResponseReturnValue:
    """Give the confirmed rows, each in a transaction of its own, with a result for each."""
    who = actor()
    asked = _asked(request.form.get("unit", ""), request.form.get("from", ""))
    reason = clean_line(request.form.get("reason", ""))
    chosen = _chosen()
    numbers = numbers_of(db.session(), [row[0] for row in chosen], who)
    names = {officer.id: officer for officer in people.lookups(db.session(), who.office_id).officers}
    results: list[dict[str, Any]] = []
    given: dict[str, str] = {}
    for petition_id, version, officer_id in chosen:
        number, officer = numbers.get(petition_id, ""), names.get(officer_id)
        ok, text = result_of(_giving(who, officer_id, reason), petition_id, version)
        if ok and officer:
            given[number] = officer.username
            text = _("now with %(name)s", name=officer.full_name)
        url = f"{request.script_root}/petitions/{number}" if number else ""
        results.append({"number": number or "–", "url": url, "ok": ok, "text": text})
    if results:
        with unit_of_work() as session:
            record_sharing(session, by=who, source=asked.source, given=given, refused=len(results) - len(given))
    return _suggestion(asked, reason=reason, results=results)


def _giving(who: Actor, officer_id: int, reason: str) -> Do:
    def give(session: Session, petition_id: int, version: int) -> None:
        assignment.assign(session, petition_id, by=who, officer_id=officer_id, reason=reason, version=version)

    return give


class Asked(NamedTuple):
    """What is to be shared out: ``source`` is an officer's id, or the unassigned; of one unit or the office."""

    unit_id: int | None
    source: str

    @property
    def officer_id(self) -> int | None:
        """The officer whose cases are shared out; None for what nobody has."""
        return parse_id(self.source)


def _asked(unit: str, source: str) -> Asked:
    """What the address or the form asks for. Raises ``NotAllowed`` and ``NotVisible`` as the pages do."""
    return Asked(unit_overseen(actor(), parse_id(unit) or None), source if parse_id(source) else UNASSIGNED)


def _chosen() -> list[tuple[int, int, int]]:
    """Petition, version and officer of each confirmed row."""
    found = []
    for value in request.form.getlist("row")[:MOST_SHARED]:
        petition, _colon, rest = value.partition(":")
        version, _colon, officer = rest.partition(":")
        numbers = parse_id(petition, LARGEST_PETITION_ID), parse_id(version), parse_id(officer)
        if numbers[0] is not None and numbers[1] is not None and numbers[2] is not None:
            found.append((numbers[0], numbers[1], numbers[2]))
    return found


def _suggestion(
    asked: Asked, *, reason: str | None = None, results: list[dict[str, Any]] | None = None
) -> ResponseReturnValue:
    who, session = actor(), db.session()
    now = today_of(session, who)
    officer_id = asked.officer_id
    if officer_id is None:
        view = View(Queue.UNASSIGNED, Filters(unit_id=asked.unit_id), limit=MOST_SHARED)
    else:
        view = View(Queue.OPEN, Filters(unit_id=asked.unit_id, officer_id=officer_id), Sort.PRIORITY, limit=MOST_SHARED)
    page = lists.page(session, view, who, today=now.day, soon_until=now.soon_until)
    known = people.lookups(session, who.office_id)
    hands = _hands(session, who, asked)
    cases = [Case(row.id, row.unit_id, weight(major=row.complex or row.prominent)) for row in page.rows]
    rows = []
    for row, share in zip(page.rows, share_out(cases, hands), strict=True):
        after = share.load_before + share.case.weight
        rows.append(
            {
                "value": f"{row.id}:{row.version}:{share.officer_id}" if share.officer_id else "",
                "number": row.number,
                "url": f"{request.script_root}/petitions/{row.number}",
                "title": row.title,
                "why": " · ".join(str(word) for word in reasons(Standing.of(row), now.day)),
                "unit": known.unit_names.get(row.unit_id or 0, ""),
                "officer": known.user_names.get(share.officer_id or 0, ""),
                "load": _("has %(before)s, then %(after)s", before=share.load_before, after=after),
            }
        )
    return render_template(
        "petitions/suggestion.html",
        source=asked.source,
        source_name=known.user_names.get(officer_id or 0, ""),
        unit=str(asked.unit_id or ""),
        unit_name=known.unit_names.get(asked.unit_id or 0, ""),
        back_url=f"{request.script_root}/workload" + (f"?unit={asked.unit_id}" if asked.unit_id else ""),
        list_url=address_of(view),
        rows=rows,
        has_more=bool(page.next_key),
        most=MOST_SHARED,
        hands=[(known.user_names.get(hand.officer_id, ""), hand.load, hand.absent) for hand in hands],
        reason=_("Even assignment of work") if reason is None else reason,
        results=results,
        good=sum(1 for result in results or () if result["ok"]),
    )


def _hands(session: Session, who: Actor, asked: Asked) -> list[Hand]:
    """Who could get cases: officers of units, of the unit looked at where it is one, but for the one who gives."""
    day = today_of(session, who).day
    known = people.lookups(session, who.office_id)
    loads = workload(session, who, today=day).by_officer
    absent = absent_ids(session, day)
    supervisors = {one.id for one in known.distributors}
    return [
        Hand(
            one.id,
            frozenset(one.unit_ids),
            loads.get(one.id, Work()).weighted,
            absent=one.id in absent,
        )
        for one in known.officers
        if one.unit_ids
        and one.id not in supervisors
        and one.id != asked.officer_id
        and (asked.unit_id is None or asked.unit_id in one.unit_ids)
    ]
