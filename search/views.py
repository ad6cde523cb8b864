"""The search page: ``GET /search?q=…``; filters, order and page stand in the address too."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db
from core.errors import NotVisible
from core.i18n import format_count
from core.i18n import gettext as _
from petitions.forms.filters import NAMES, ReadFilters, read_filters
from petitions.numbering import parse_number
from petitions.queries.case import get_visible
from petitions.views import choices
from petitions.views.chrome import today_of
from petitions.views.queues import RowShown, shown_rows
from petitions.wards import ward_label
from search.installed import installed
from search.queries import LAST_PAGE, Order, Result, Results, find, notices

bp = Blueprint("search", __name__)

Pairs = list[tuple[str, str]]


class Found(NamedTuple):
    """A result with every value ready to print."""

    row: RowShown
    number: Markup
    title: Markup
    snippet: Markup
    place: str
    partial: bool


@bp.get("/search")
@requires(Permission.PETITION_VIEW)
def page() -> ResponseReturnValue:
    """What was found, or the empty form."""
    who = actor()
    session = db.session()
    typed = request.args.get("q", "")
    if (number := _whole_number(session, typed, who)) is not None:
        return redirect(f"{request.script_root}/petitions/{number}")
    read = read_filters(request.args)
    order = Order.NEWEST if request.args.get("sort") == Order.NEWEST else Order.RELEVANCE
    results = find(session, installed(), typed, who, filters=read.filters, order=order, page=_page_number())
    path = f"{request.script_root}/search"
    kept = _kept(results.query.text, read, order)
    return render_template(
        "search/results.html",
        q=results.query.text,
        asked=bool(results.query.parts),
        found=_found(session, who, results),
        count_text=_count_text(results),
        only_partial=not results.total,
        notices=notices(results),
        v={**read.typed, "ward_text": ward_label(read.filters.ward_code) or read.typed["ward_text"]},
        errors=read.errors,
        choices=_choices(session, who),
        active=_active(session, who, read, path, kept),
        clear_url=_address(path, [pair for pair in kept if pair[0] in ("q", "sort")]),
        orders=_orders(path, kept, order),
        sort=order.value if order is Order.NEWEST else "",
        pages={
            "prev_url": _address(path, [*kept, ("page", str(results.page - 1))]) if results.page > 1 else "",
            "next_url": _address(path, [*kept, ("page", str(results.page + 1))]) if results.has_next else "",
        },
        page_number=results.page,
        last_page=results.page >= LAST_PAGE,
    )


def _whole_number(session: Session, typed: str, who: Actor) -> str | None:
    """The number of the one petition that was typed or scanned, when the reader may see it."""
    if parse_number(typed) is None:
        return None
    try:
        return get_visible(session, typed, who).number
    except NotVisible:
        return None


def _page_number() -> int:
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _found(session: Session, who: Actor, results: Results) -> list[Found]:
    rows = shown_rows(session, who, [result.row for result in results.results], today_of(session, who))
    return [_ready(result, row) for result, row in zip(results.results, rows, strict=True)]


def _ready(result: Result, row: RowShown) -> Found:
    return Found(row, result.number, result.title, result.passage.html, str(result.passage.label), result.partial)


def _count_text(results: Results) -> str:
    if not results.total and results.results:
        return _("No petition has all of these words; those below have some of them.")
    return _("%(count)s petitions", count=format_count(results.total))


def _choices(session: Session, who: Actor) -> dict[str, choices.Choices]:
    return {
        "kind": choices.kinds(unclassified=True),
        "field": choices.fields(session, who, active_only=False),
        "unit": choices.units(session, who),
        "officer": choices.officers(session, who),
        "state": choices.states(),
        "flag": choices.flags(),
    }


def _kept(typed: str, read: ReadFilters, order: Order) -> Pairs:
    """What the address says, without the page."""
    kept = [("q", typed), *((name, str(read.typed[name])) for name in NAMES)]
    kept += [("flag", flag) for flag in read.typed["flag"]]
    kept.append(("sort", order.value if order is Order.NEWEST else ""))
    return [(name, value) for name, value in kept if value]


def _active(session: Session, who: Actor, read: ReadFilters, path: str, kept: Pairs) -> list[dict[str, str]]:
    if not read.filters.any:
        return []
    known = _choices(session, who)
    labels = {
        "kind": _("Kind"),
        "field": _("Field of matter"),
        "unit": _("Unit"),
        "officer": _("Officer"),
        "state": _("State"),
        "received_from": _("Received from"),
        "received_to": _("Received to"),
        "ward_code": _("Ward or commune"),
        "flag": _("Marks"),
    }
    words = {name: dict(pairs) for name, pairs in known.items()}
    words["ward_code"] = {read.filters.ward_code: ward_label(read.filters.ward_code)}
    return [
        {
            "label": labels[name],
            "value": words.get(name, {}).get(value, value),
            "remove_url": _address(path, [pair for pair in kept if pair != (name, value)]),
        }
        for name, value in kept
        if name in labels and name not in read.errors
    ]


def _orders(path: str, kept: Pairs, order: Order) -> list[dict[str, Any]]:
    rest = [pair for pair in kept if pair[0] != "sort"]
    return [
        {"label": label, "url": _address(path, [*rest, *extra]), "current": order is which}
        for which, label, extra in (
            (Order.RELEVANCE, _("Best match first"), []),
            (Order.NEWEST, _("Newest first"), [("sort", Order.NEWEST.value)]),
        )
    ]


def _address(path: str, pairs: Pairs) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
