"""Looking for petitions."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from markupsafe import Markup
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import AnyRow
from core.i18n import gettext as _
from core.outbox import SINGLE, Outbox
from petitions.models import Petition
from petitions.numbering import parse_number
from petitions.queries.filters import Filters, filter_conditions
from petitions.queries.indexing import IndexSource, index_sources
from petitions.queries.visibility import sight_of, visible_to
from search.attached import Attached
from search.engines import IndexState, IndexUnavailable, TermSets
from search.engines.memory import NOTHING
from search.feeds import CASES
from search.ground import Ground, Within
from search.installed import Installed
from search.locating import Locator
from search.matching import CODE_FOUND, Hit, Matches
from search.mending import as_written, mended, read_back
from search.narrowing import Facets, Narrowing, due_first, latest_first, visible_set
from search.parsing import SearchQuery, parse
from search.ranking import CANDIDATES, NOTES_READ, TEXT_READ, Candidate, rank
from search.rows import visible_rows
from search.short_forms import forms_of
from search.snippets import Passage, number_of, passage_of, tells_all, title_of

PAGE_SIZE = 20
LAST_PAGE = 50
# Petitions saved but not yet indexed that are looked through for every query.
FRESH_LOOKED_AT = 500
# Without an index the newest petitions are looked through, in steps, for about this long at most.
SCANNED = 500
SCAN_SECONDS = 0.5
_SCAN_STEP = 100
_WAITING = (
    select(Outbox.subject_id, Outbox.version)
    .where(Outbox.consumer == CASES.consumer, Outbox.lane == SINGLE)
    .order_by(Outbox.id.desc())
    .limit(FRESH_LOOKED_AT)
)
# Below so many results a slip is looked for; it is offered where the mended query finds so many times as much.
FEW = 5
_MUCH_MORE = 5


class Order(StrEnum):
    """By what results are ordered."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Result:
    """One petition found. ``partial``: only some of the words are there."""

    row: AnyRow
    score: int
    partial: bool
    number: Markup
    title: Markup
    passage: Passage


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results and their number, ``total``.

    A ``state`` other than READY: there is no index, and only the newest ``scanned`` petitions were looked through.
    ``complete`` is False while the index is being refilled. ``facets`` are there where they were asked for.
    ``read_as`` is what was looked up where that is not what was typed; ``suggestion`` what may have been meant.
    """

    query: SearchQuery
    results: Sequence[Result] = ()
    total: int = 0
    page: int = 1
    has_next: bool = False
    state: IndexState = IndexState.READY
    complete: bool = True
    scanned: int = 0
    facets: Facets | None = None
    read_as: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks, for what, and which page."""

    query: SearchQuery
    actor: Actor
    filters: Filters
    order: Order
    start: int
    size: int

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        return [visible_to(self.actor), *filter_conditions(self.filters)]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a query is looked up."""

    ground: Ground
    state: IndexState = IndexState.READY
    complete: bool = True
    scanned: int = 0


class _Found:
    """What matches the query and the filters, of what the reader may see."""

    def __init__(self, session: Session, parts: Installed, asked: _Asked, ground: Ground) -> None:
        self.standing = parts.standings.current(session)
        self.visible = visible_set(self.standing, asked.actor)
        self.narrowing = Narrowing(session, self.standing, asked.filters)
        self.let_through = self.narrowing.within(self.visible)
        self.matches = Matches(asked.query, ground, within=self.let_through)
        if asked.query.parts:
            self.documents = self.matches.full
        else:
            self.documents = self.let_through & ground.held if asked.filters.any else 0

    def facets(self, asked: _Asked) -> Facets:
        if not asked.query.parts:
            return self.narrowing.facets(self.visible)
        return self.narrowing.facets(self.matches.all_parts & self.visible)


def find(
    session: Session,
    parts: Installed,
    typed: str,
    actor: Actor,
    *,
    filters: Filters = Filters(),  # noqa: B008 - cannot be changed
    order: Order = Order.RELEVANCE,
    page: int = 1,
    size: int = PAGE_SIZE,
    facets: bool = False,
) -> Results:
    """The petitions that ``actor`` may see and that match what was ``typed``: page ``page`` of ``size`` results.

    Where nothing was typed but a filter is chosen, all that it lets through. Raises nothing for anything typed, and
    takes bounded time. Where the index cannot be used it looks through the newest petitions and says so.
    """
    query = _parsed(session, typed, actor)
    page = max(1, min(page, LAST_PAGE))
    if not query.parts and not filters.any:
        return Results(query, page=page)
    if not query.parts and order is Order.RELEVANCE:
        order = Order.NEWEST
    asked = _Asked(query, actor, filters, order, (page - 1) * size, size)
    try:
        return _understood(session, parts, asked, _indexed(session, parts), with_facets=facets)
    except IndexUnavailable as error:
        return _look_up(session, parts, asked, _newest(session, parts, asked, error.state), with_facets=facets)


def matching_ids(
    session: Session,
    parts: Installed,
    typed: str,
    actor: Actor,
    *,
    filters: Filters = Filters(),  # noqa: B008 - cannot be changed
    order: Order = Order.NEWEST,
) -> list[int]:
    """The ids of all petitions that ``find`` would count, as its pages have them. Raises ``IndexUnavailable``."""
    query = _parsed(session, typed, actor)
    order = order if query.parts or order is Order.DUE else Order.NEWEST
    asked = _Asked(query, actor, filters, order, 0, CANDIDATES)
    found = _Found(session, parts, asked, _indexed(session, parts).ground)
    count = found.documents.bit_count()
    if order is not Order.RELEVANCE:
        in_order = latest_first if order is Order.NEWEST else due_first
        return in_order(found.standing, found.documents, start=0, count=count)
    # The order of the first ones is that of their text, which only their page reads.
    first = find(session, parts, typed, actor, filters=filters, order=order, size=CANDIDATES)
    ids = [result.row.id for result in first.results if not result.partial]
    if not first.has_next:
        return ids
    known = set(ids)
    return [*ids, *(hit.id for hit in found.matches.best(count) if hit.id not in known)]


def matching_set(session: Session, parts: Installed, typed: str, actor: Actor, *, filters: Filters) -> int:
    """All petitions that ``find`` would count, as a set. Raises ``IndexUnavailable``."""
    asked = _Asked(_parsed(session, typed, actor), actor, filters, Order.NEWEST, 0, 0)
    return _Found(session, parts, asked, _indexed(session, parts).ground).documents


def rows_of(session: Session, ids: Sequence[int], actor: Actor) -> list[AnyRow]:
    """The rows of those of ``ids`` that ``actor`` may see, in the order of ``ids``."""
    rows = _rows(session, ids, _Asked(parse(""), actor, Filters(), Order.NEWEST, 0, 0))
    return [rows[record_id] for record_id in ids if record_id in rows]


def _parsed(session: Session, typed: str, actor: Actor) -> SearchQuery:
    return parse(typed, forms_of(session, actor.office_id))


def notices(results: Results) -> list[str]:
    """What must be said about a page of results besides the results."""
    found = []
    if results.query.cut:
        found.append(_("The query was too long; only its beginning was used."))
    if results.read_as:
        found.append(_("Nothing has these words as typed; searched for: %(words)s", words=results.read_as))
    if results.state is not IndexState.READY:
        found.append(
            _(
                "The search index cannot be used. Only the newest %(count)s petitions were looked through.",
                count=results.scanned,
            )
        )
    elif not results.complete:
        found.append(_("The search index is being made anew; petitions may be missing here."))
    return found


def _indexed(session: Session, parts: Installed) -> _Places:
    """The indexes, and what was saved lately and may not be in them yet."""
    waiting = session.execute(_WAITING).all()
    # The outbox first: what leaves it meanwhile is in the index that is opened afterwards.
    cases = parts.engine.snapshot()
    fresh = parts.fresh.waiting(session, waiting) if waiting else NOTHING
    return _Places(Ground(cases, files=_files(parts), fresh=fresh), complete=cases.complete)


def _files(parts: Installed) -> TermSets:
    try:
        return parts.files.snapshot()
    except IndexUnavailable:
        return NOTHING  # the worker makes it anew; petitions are found by their own text meanwhile


def _newest(session: Session, parts: Installed, asked: _Asked, state: IndexState) -> _Places:
    newest = select(Petition.id).where(*asked.conditions).order_by(Petition.id.desc()).limit(SCANNED)
    ids = session.scalars(newest).all()
    until = time.monotonic() + SCAN_SECONDS
    read: list[IndexSource] = []
    for start in range(0, len(ids), _SCAN_STEP):
        step = ids[start : start + _SCAN_STEP]
        read += index_sources(session, step, text_limit=TEXT_READ, notes_limit=NOTES_READ)
        if time.monotonic() > until:
            break
    return _Places(Ground(NOTHING, fresh=parts.fresh.segment(read)), state, scanned=len(read))


def _understood(session: Session, parts: Installed, asked: _Asked, places: _Places, *, with_facets: bool) -> Results:
    """What was typed, or what must have been meant."""
    typed = asked.query
    visible = visible_set(parts.standings.current(session), asked.actor)
    read = read_back(typed.text, Within(places.ground, visible))
    if read:
        asked = replace(asked, query=replace(_parsed(session, read, asked.actor), cut=typed.cut))
    results = replace(_look_up(session, parts, asked, places, with_facets=with_facets), read_as=read)
    if results.total < FEW and asked.start == 0:
        results = _mended(session, parts, asked, places, results, with_facets=with_facets)
    return replace(results, query=replace(results.query, text=typed.text))


def _mended(
    session: Session, parts: Installed, asked: _Asked, places: _Places, results: Results, *, with_facets: bool
) -> Results:
    """``results``; of the mended query where nothing was found, with it as a suggestion where much more would be."""
    found = _Found(session, parts, asked, places.ground)
    vocabulary = parts.engine.snapshot().vocabulary()
    repair = mended(asked.query, Within(places.ground, found.let_through), vocabulary)
    if repair is None or (results.total and repair.total < max(FEW, _MUCH_MORE * results.total)):
        return results
    meant = _look_up(session, parts, replace(asked, query=repair.query), places, with_facets=with_facets)
    if not meant.total or not meant.results:
        return results
    sources = _sources(session, [meant.results[0].row.id]).values()
    texts = [text for source in sources for text in (source.title, *source.names, *source.addresses, source.body)]
    written = as_written(asked.query, repair, texts)
    return replace(results, suggestion=written) if results.total else replace(meant, read_as=written)


def _look_up(session: Session, parts: Installed, asked: _Asked, places: _Places, *, with_facets: bool) -> Results:
    found = _Found(session, parts, asked, places.ground)
    locator = Locator(asked.query, found.matches.beginnings)
    attached = Attached(session)
    if asked.order is Order.RELEVANCE:
        rows, candidates, more, total = _by_relevance(session, parts, asked, found, locator, attached)
    else:
        rows, candidates, more = _by_day(session, asked, found)
        total = found.documents.bit_count()
    if asked.query.parts:
        attached.read(c.source.id for c in candidates if not tells_all(c.source, locator, asked.query))
    return Results(
        asked.query,
        [_result(rows[candidate.hit.id], candidate, locator, attached) for candidate in candidates],
        total=total,
        page=asked.start // asked.size + 1,
        has_next=more and asked.start // asked.size + 1 < LAST_PAGE,
        state=places.state,
        complete=places.complete,
        scanned=places.scanned,
        facets=found.facets(asked) if with_facets else None,
    )


def _by_day(session: Session, asked: _Asked, found: _Found) -> tuple[Mapping[int, AnyRow], list[Candidate], bool]:
    in_order = latest_first if asked.order is Order.NEWEST else due_first
    ids = in_order(found.standing, found.documents, start=asked.start, count=asked.size + 1)
    shown = ids[: asked.size]
    rows = _rows(session, shown, asked)
    sources = _sources(session, list(rows))
    candidates = [
        Candidate(Hit(record_id, rows[record_id].version, 0), sources[record_id])
        for record_id in shown
        if record_id in rows
    ]
    return rows, candidates, len(ids) > asked.size


def _by_relevance(
    session: Session, parts: Installed, asked: _Asked, found: _Found, locator: Locator, attached: Attached
) -> tuple[Mapping[int, AnyRow], list[Candidate], bool, int]:
    hits = found.matches.best(max(CANDIDATES, asked.start + asked.size + 1))
    total = found.documents.bit_count()
    known = {hit.id for hit in hits}
    direct = [hit for hit in _by_number(session, asked) if hit.id not in known]
    total += sum(not found.documents >> hit.id & 1 for hit in direct)
    hits = [*direct, *hits]

    def still_matches(source: IndexSource) -> bool:
        # What its files hold has not changed with it.
        return Matches(asked.query, parts.fresh.segment([source])).total > 0 or bool(attached.of(source.id))

    zone, tail = hits[:CANDIDATES], hits[CANDIDATES:]
    rows = _rows(session, [hit.id for hit in zone], asked)
    ranked = rank(
        zone, _sources(session, list(rows)), asked.query, locator, still_matches=still_matches, attached=attached
    )
    if sum(not hit.partial for hit in zone) == total:
        # All that matched was read: what only seemed to match is not counted.
        total = sum(not candidate.hit.partial for candidate in ranked)
    end = asked.start + asked.size
    shown = ranked[asked.start : end]
    rest = tail[max(0, asked.start - len(ranked)) : max(0, end - len(ranked))]
    if rest:
        more_rows = _rows(session, [hit.id for hit in rest], asked)
        more_sources = _sources(session, list(more_rows))
        rows = {**rows, **more_rows}
        shown += [Candidate(hit, more_sources[hit.id]) for hit in rest if hit.id in more_sources]
    return rows, shown, len(ranked) + len(tail) > end, total


def _by_number(session: Session, asked: _Asked) -> list[Hit]:
    """Petitions whose number or foreign reference is exactly what was typed, indexed or not."""
    text = asked.query.text
    if not any(map(str.isdigit, text)):
        return []
    number = parse_number(text)
    is_it = Petition.external_ref == text
    if number is not None:
        is_it = or_(is_it, Petition.number == number)
    found = session.execute(select(Petition.id, Petition.version).where(is_it, *asked.conditions).limit(PAGE_SIZE))
    return [Hit(row.id, row.version, 2 * CODE_FOUND) for row in found]


def _rows(session: Session, ids: Sequence[int], asked: _Asked) -> dict[int, AnyRow]:
    """Rows that may be shown. What has no row here is shown nowhere, whatever the index says."""
    return visible_rows(session, ids, sight_of(asked.actor), filter_conditions(asked.filters))


def _sources(session: Session, ids: Sequence[int]) -> dict[int, IndexSource]:
    read = index_sources(session, ids, text_limit=TEXT_READ, notes_limit=NOTES_READ)
    return {source.id: source for source in read}


def _result(row: AnyRow, candidate: Candidate, locator: Locator, attached: Attached) -> Result:
    source = candidate.source
    return Result(
        row,
        candidate.hit.score,
        candidate.hit.partial,
        number_of(source, locator).html,
        title_of(source, locator).html,
        passage_of(source, locator, attached.known(source.id)),
    )
