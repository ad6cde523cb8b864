"""The search page: ``GET /search?q=…``; filters, order and page stand in the address too."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db, unit_of_work
from core.errors import NotVisible
from core.i18n import format_count
from core.i18n import gettext as _
from petitions.forms.filters import NAMES, ReadFilters, read_filters
from petitions.forms.saved_views import read_query
from petitions.numbering import parse_number
from petitions.queries.case import get_visible
from petitions.queries.saved_views import SEARCH, Named, path_of, views_for
from petitions.services.saved_views import MOST_VIEWS
from petitions.views import choices, filter_bar
from petitions.views.chrome import today_of
from petitions.views.queues import RowShown, bulk_choices, file_links, shown_rows
from petitions.views.saved_views import beside_lists, news_of, share_choices
from petitions.wards import ward_label
from search.engines import IndexState, IndexUnavailable
from search.installed import installed
from search.noting import SLOW_MS, Noted, masked
from search.parsing import parse
from search.queries import LAST_PAGE, Order, Result, Results, find, notices
from search.views_facets import facets_shown, month_chosen, month_told
from search.watching import mark_seen

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


class Asked(NamedTuple):
    """A search as its address names it; ``kept`` is what the address says without the page."""

    typed: str
    read: ReadFilters
    order: Order
    kept: Pairs


def asked_in(args: MultiDict[str, str]) -> Asked:
    """Read the search of an address."""
    typed = args.get("q", "")
    read = read_filters(args)
    word = args.get("sort", "")
    order = Order(word) if word in set(Order) else Order.RELEVANCE
    kept = [("q", parse(typed).text), *((name, str(read.typed[name])) for name in NAMES)]
    kept += [("flag", flag) for flag in read.typed["flag"]]
    kept.append(("sort", "" if order is Order.RELEVANCE else order.value))
    return Asked(typed, read, order, [(name, value) for name, value in kept if value])


@bp.get("/search")
@requires(Permission.PETITION_VIEW)
def page() -> ResponseReturnValue:
    """What was found, or the empty form."""
    who = actor()
    session = db.session()
    if (number := _whole_number(session, request.args.get("q", ""), who)) is not None:
        return redirect(f"{request.script_root}/petitions/{number}")
    query = request.query_string.decode("latin-1")
    here = f"{request.script_root}/search" + (f"?{query}" if query else "")
    context = _context(session, who, request.args, here)
    opened = _opened(session, who, context["save"]["query"])
    if opened is not None and opened.found_new:
        context["news"] = _(
            "New since you last opened “%(name)s”: %(news)s.", name=opened.name, news=news_of(who, opened)
        )
        with unit_of_work() as work:
            mark_seen(work, installed(), opened.id, by=who)
    return render_template("search/results.html", **context)


def _opened(session: Session, who: Actor, query: str) -> Named | None:
    """The reader's own saved search that is open."""
    if not query:
        return None
    views = views_for(session, who, limit=MOST_VIEWS)
    own = (view for view in views if view.queue == SEARCH and view.owner_id == who.id)
    return next((view for view in own if view.query == query), None)


def page_again(session: Session, who: Actor, here: str, results: dict[str, Any]) -> str:
    """The page at the address ``here``, with what came of an action on its rows on top."""
    args = MultiDict(parse_qsl(here.partition("?")[2], keep_blank_values=True))
    return render_template("search/results.html", **_context(session, who, args, here) | {"results": results})


def _context(session: Session, who: Actor, args: MultiDict[str, str], here: str) -> dict[str, Any]:
    """What the page needs for the search that the parts ``args`` of its address name."""
    asked = asked_in(args)
    read, kept = asked.read, asked.kept
    started = time.perf_counter()
    results = find(
        session,
        installed(),
        asked.typed,
        who,
        filters=read.filters,
        order=asked.order,
        page=_page_number(args),
        facets=True,
    )
    if not read.filters.any and results.page == 1:
        _note(who, results, milliseconds=int((time.perf_counter() - started) * 1000))
    if results.read_as:  # what can be clicked leads to what is shown
        kept = [("q", results.read_as), *(pair for pair in kept if pair[0] != "q")]
    path = f"{request.script_root}/search"
    every = filter_bar.choices_of(session, who, read)
    by_words = bool(results.query.parts)
    facets = results.facets
    query, _read = read_query(urlencode(kept), searching=True)
    return {
        "q": results.query.text,
        "asked": by_words or read.filters.any,
        "by_words": by_words,
        "found": _found(session, who, results),
        "count_text": _count_text(results),
        "only_partial": not results.total,
        "notices": notices(results),
        "suggestion": results.suggestion,
        "suggestion_url": _address(path, [("q", results.suggestion), *(pair for pair in kept if pair[0] != "q")]),
        "v": {**read.typed, "ward_text": ward_label(read.filters.ward_code) or read.typed["ward_text"]},
        "errors": read.errors,
        "choices": every,
        "facets": facets_shown(session, who, facets, read.filters, path, kept) if facets else [],
        "active": _active(session, who, read, every, path, kept),
        "clear_url": _address(path, [pair for pair in kept if pair[0] in ("q", "sort")]),
        "orders": _orders(path, kept, asked.order, by_words=by_words),
        "sort": "" if asked.order is Order.RELEVANCE else asked.order.value,
        "pages": {
            "prev_url": _address(path, [*kept, ("page", str(results.page - 1))]) if results.page > 1 else "",
            "next_url": _address(path, [*kept, ("page", str(results.page + 1))]) if results.has_next else "",
        },
        "page_number": results.page,
        "last_page": results.page >= LAST_PAGE,
        "bulk": bulk_choices(session, who, here),
        "results": None,
        "saved": beside_lists(session, who, request.script_root + path_of(SEARCH, query)),
        "save": {
            "url": f"{request.script_root}/views",
            "queue": SEARCH,
            "query": query,
            "shares": share_choices(session, who),
        },
        "files": file_links(who, f"{path}/list", kept) if results.total else [],
    }


def _note(who: Actor, results: Results, *, milliseconds: int) -> None:
    """Note for the administrator what found nothing as it was typed, or took long."""
    if results.state is not IndexState.READY or not results.query.parts:
        return
    why = "nothing" if results.read_as or not results.total else "slow" if milliseconds > SLOW_MS else ""
    if why:
        parts = installed()
        try:
            words = masked(results.query.text, parts.engine.snapshot())
        except IndexUnavailable:
            return  # what was remembered answered the search; the worker makes the index anew
        note = Noted(who.office_id, why, words, milliseconds)
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the proxy's public way
        parts.notebook.add(note, app)


def _whole_number(session: Session, typed: str, who: Actor) -> str | None:
    """The number of the one petition that was typed or scanned, when the reader may see it."""
    if parse_number(typed) is None:
        return None
    try:
        return get_visible(session, typed, who).number
    except NotVisible:
        return None


def _page_number(args: MultiDict[str, str]) -> int:
    text = args.get("page", "")
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


def _active(
    session: Session, who: Actor, read: ReadFilters, every: Mapping[str, choices.Choices], path: str, kept: Pairs
) -> list[dict[str, str]]:
    """The filters in force; a whole month of receipt is one of them, not two."""
    if (month := month_chosen(read.filters)) is None:
        return filter_bar.chosen(session, who, read, every, kept, lambda rest: _address(path, rest))
    others = [pair for pair in kept if pair[0] not in ("received_from", "received_to")]
    days = [pair for pair in kept if pair not in others]
    found = filter_bar.chosen(session, who, read, every, others, lambda rest: _address(path, [*rest, *days]))
    return [
        *found,
        {"label": _("Month of receipt"), "value": month_told(month), "remove_url": _address(path, others)},
    ]


def _orders(path: str, kept: Pairs, order: Order, *, by_words: bool) -> list[dict[str, Any]]:
    """The orders to choose from; without words nothing matches better, and the newest come first."""
    rest = [pair for pair in kept if pair[0] != "sort"]
    known = [
        (Order.RELEVANCE, _("Best match first"), []),
        (Order.NEWEST, _("Newest first"), [("sort", Order.NEWEST.value)]),
        (Order.DUE, _("Due first"), [("sort", Order.DUE.value)]),
    ]
    if not by_words:
        known = known[1:]
        order = Order.NEWEST if order is Order.RELEVANCE else order
    return [
        {"label": label, "url": _address(path, [*rest, *extra]), "current": order is which}
        for which, label, extra in known
    ]


def _address(path: str, pairs: Pairs) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
