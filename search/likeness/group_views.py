"""Letters that repeat each other, for supervisors: ``/search/duplicates`` and a page for each group."""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db, unit_of_work
from core.errors import NotVisible
from core.i18n import format_count, format_day, ngettext
from core.i18n import gettext as _
from core.text import clean_text
from petitions.forms.shapes import LARGEST_PETITION_ID, parse_id
from petitions.queries.case import get_visible
from petitions.queries.numbers import numbers_of
from petitions.services import assignment
from petitions.views import choices
from petitions.views.bulk import MOST_ROWS, result_of
from petitions.views.chrome import today_of
from petitions.views.queues import RowShown, shown_rows
from search.likeness import groups as queries
from search.likeness.groups import Group, Member, Order, Which
from search.likeness.handling import join, tell_apart

bp = Blueprint("duplicates", __name__)

PATH = "/search/duplicates"
_FURTHEST = 1_000


class GroupShown(NamedTuple):
    """A group with every value ready to print."""

    url: str
    number: str
    title: str
    petitions: str
    still_open: str
    senders: str
    days: str
    alike: str
    joined: str


class MemberShown(NamedTuple):
    """A letter of a group, ready to print."""

    row: RowShown
    why: str


@bp.get(PATH)
@requires(Permission.DUPLICATES_HANDLE)
def page() -> ResponseReturnValue:
    """The groups: letters of few senders, or campaigns."""
    who, session = actor(), db.session()
    which = Which.CAMPAIGNS if request.args.get("show") == Which.CAMPAIGNS else Which.REPEATED
    order = Order.NEWEST if request.args.get("sort") == Order.NEWEST else Order.LARGEST
    handled = bool(request.args.get("handled"))
    at = _page_number()
    found, more = queries.groups(session, who, which=which, order=order, handled=handled, page=at)
    asked = {"show": which.value, "sort": order.value, "handled": "1" if handled else ""}
    return render_template(
        "search/duplicates.html",
        groups=[_group(group) for group in found],
        which=which.value,
        tabs=[
            {"label": label, "url": _address(asked, show=value.value), "current": value is which}
            for value, label in (
                (Which.REPEATED, _("Sent again")),
                (Which.CAMPAIGNS, _("From many senders")),
            )
        ],
        orders=[
            {"label": label, "url": _address(asked, sort=value.value), "current": value is order}
            for value, label in ((Order.LARGEST, _("Largest first")), (Order.NEWEST, _("Newest first")))
        ],
        handled=handled,
        handled_url=_address(asked, handled="" if handled else "1"),
        pages={
            "prev_url": _address(asked, page=str(at - 1)) if at > 1 else "",
            "next_url": _address(asked, page=str(at + 1)) if more else "",
        },
    )


@bp.get(f"{PATH}/<number>")
@requires(Permission.DUPLICATES_HANDLE)
def group(number: str) -> ResponseReturnValue:
    """The letters of the group in which this petition stands."""
    who, session = actor(), db.session()
    group_id = _group_id(session, who, number)
    return render_template("search/duplicate_group.html", **_context(session, who, number, group_id))


@bp.post(f"{PATH}/<number>")
@requires(Permission.DUPLICATES_HANDLE)
def handle(number: str) -> ResponseReturnValue:
    """Join, assign or tell apart the chosen letters, with a result for each."""
    who, session = actor(), db.session()
    group_id = _group_id(session, who, number)
    members = set(queries.member_ids(session, who, group_id))
    chosen = [row for row in _chosen() if row[0] in members]
    form = {name: clean_text(value) for name, value in request.form.items()}
    match form.get("do"):
        case "apart":
            with unit_of_work() as work:
                count = tell_apart(work, group_id, [petition_id for petition_id, _version in chosen], by=who)
            results = {
                "text": ngettext("%(num)s letter was taken out.", "%(num)s letters were taken out.", count),
                "rows": [],
            }
        case "join":
            leading = form.get("leading_number", "")
            results = _each(
                session,
                who,
                chosen,
                leading,
                lambda work, one, version: join(work, one, leading, by=who, version=version),
            )
        case "assign":
            results = _each(session, who, chosen, "", lambda work, one, version: _assign(work, one, version, form, who))
        case _:
            results = {"text": _("Choose what to do."), "rows": []}
    session.rollback()
    left = queries.group_of(session, who, _id_of(session, who, number))
    if left is None:
        # Nothing is left of it under this number: what was done is still told.
        return render_template("search/duplicate_group.html", **_nothing_left(number, results))
    return render_template("search/duplicate_group.html", **_context(session, who, number, left, results))


def _assign(session: Session, petition_id: int, version: int, form: dict[str, str], who: Actor) -> None:
    assignment.assign(
        session,
        petition_id,
        by=who,
        officer_id=parse_id(form.get("officer", "")),
        unit_id=parse_id(form.get("unit", "")),
        reason=form.get("reason", ""),
        absent_ok=bool(form.get("absent_ok")),
        version=version,
    )


def _each(
    session: Session,
    who: Actor,
    chosen: list[tuple[int, int]],
    leading: str,
    do: Callable[[Session, int, int], object],
) -> dict[str, Any]:
    numbers = numbers_of(session, [petition_id for petition_id, _version in chosen], who)
    rows = []
    for petition_id, version in chosen:
        number = numbers.get(petition_id)
        # The one that leads is chosen with the others by "all", and meant is that it leads.
        if number is None or number == leading:
            continue
        ok, text = result_of(do, petition_id, version)
        url = f"{request.script_root}/petitions/{number}"
        rows.append({"number": number, "url": url, "ok": ok, "text": text})
    if not rows:
        return {"text": _("Nothing was selected."), "rows": []}
    good = sum(1 for row in rows if row["ok"])
    text = ngettext("%(good)s of %(num)s petition done.", "%(good)s of %(num)s petitions done.", len(rows), good=good)
    return {"text": text, "rows": rows}


def _chosen() -> list[tuple[int, int]]:
    chosen = []
    for value in request.form.getlist("row")[:MOST_ROWS]:
        petition_id, _colon, version = value.partition(":")
        numbers = parse_id(petition_id, LARGEST_PETITION_ID), parse_id(version)
        if numbers[0] is not None and numbers[1] is not None:
            chosen.append((numbers[0], numbers[1]))
    return chosen


def _id_of(session: Session, who: Actor, number: str) -> int:
    return get_visible(session, number, who).id


def _group_id(session: Session, who: Actor, number: str) -> int:
    found = queries.group_of(session, who, _id_of(session, who, number))
    if found is None:
        raise NotVisible(f"group of {number}")
    return found


def _context(
    session: Session, who: Actor, number: str, group_id: int, results: dict[str, Any] | None = None
) -> dict[str, Any]:
    at = _page_number()
    found = queries.members(session, who, group_id, page=at)
    rows = shown_rows(session, who, [member.row for member in found.rows], today_of(session, who))
    path = f"{request.script_root}{PATH}/{number}"
    return {
        "title": found.rows[0].row.title if found.rows else "",
        "list_url": f"{request.script_root}{PATH}",
        "url": path,
        "members": [MemberShown(row, _why(one)) for row, one in zip(rows, found.rows, strict=True)],
        "count_text": _("%(count)s petitions", count=format_count(found.total)),
        "leading": found.leading,
        "numbers": [row.number for row in rows],
        "officers": choices.officers(session, who),
        "units": choices.units(session, who),
        "results": results,
        "pages": {
            "prev_url": f"{path}?page={at - 1}" if at > 1 else "",
            "next_url": f"{path}?page={at + 1}" if at * queries.MEMBERS < found.total else "",
        },
    }


def _nothing_left(number: str, results: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": number,
        "list_url": f"{request.script_root}{PATH}",
        "members": [],
        "results": results,
        "pages": {},
        "count_text": "",
    }


def _group(group: Group) -> GroupShown:
    first, last = format_day(group.first_on), format_day(group.last_on)
    return GroupShown(
        url=f"{request.script_root}{PATH}/{group.number}",
        number=group.number,
        title=group.title,
        petitions=format_count(group.petitions),
        still_open=format_count(group.still_open),
        senders=_("kept secret") if group.sealed else format_count(group.senders),
        days=first if first == last else f"{first} – {last}",
        alike=f"{group.least} %" if group.least == group.most else f"{group.least}–{group.most} %",
        joined=_("all in one matter") if group.matters == 1 else "",
    )


def _why(member: Member) -> str:
    told = [_("%(share)s %% as in %(number)s", share=member.alike, number=member.nearest)] if member.alike else []
    told += [
        word
        for holds, word in (
            (member.same_id, _("same ID number")),
            (member.same_phone, _("same phone")),
            (member.same_house, _("same house")),
        )
        if holds
    ]
    return " · ".join(told)


def _page_number() -> int:
    text = request.args.get("page", "")
    return min(_FURTHEST, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _address(asked: dict[str, str], **changed: str) -> str:
    said = [(name, value) for name, value in {**asked, **changed}.items() if value]
    return f"{request.script_root}{PATH}?{urlencode(said)}"
