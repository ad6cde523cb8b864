"""Which petitions a query matches, counted exactly, and in which order, over any number of them.

All work is on sets of document numbers. A part of the query gives one set, and the sets of all required parts are
intersected; that is the count. The order is a sum of small weights per document, kept as a few sets, one per binary
digit of the sum, so that adding a weight to 100,000 documents costs microseconds. The database's text decides the
order of the first candidates afterwards (see ``ranking``).
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from operator import and_, or_

from search.analysis import grams, pair_marks, pair_plain, serial
from search.engines import CODES, HEAD_PAIRS, HEAD_WORDS, PAIRS, SEALED_TERM, WORDS, Segment, bits, office_term
from search.parsing import Part, SearchQuery, Word, findable_inside, neighbours

# Weights of the order. A petition that has every word with the very marks typed stands before all that do not; then
# neighbouring words count most, then the title. The sum of all small ones stays below ALL_EXACT for twelve words.
HEAD_WORD, EXACT_WORD, EXACT_PAIR, PAIR, HEAD_PAIR = 1, 1, 1, 2, 2
ALL_EXACT, CODE_FOUND = 128, 256

PAGE = 20
MAX_BEGINNINGS = 40
_SHORTEST_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A petition that matched, in the version that the index knows. ``partial``: only some of the words are there."""

    id: int
    version: int
    score: int
    partial: bool = False


class Sum:
    """A number per document: bit n of the set ``digits[k]`` is the binary digit k of document n's number."""

    def __init__(self) -> None:
        self.digits: list[int] = []

    def add(self, documents: int, weight: int) -> None:
        """Add ``weight`` to the number of each of ``documents``."""
        place = 0
        while weight:
            if weight & 1:
                self._add_at(documents, place)
            weight >>= 1
            place += 1

    def _add_at(self, documents: int, place: int) -> None:
        while len(self.digits) <= place:
            self.digits.append(0)
        while documents:
            if place == len(self.digits):
                self.digits.append(0)
            carried = self.digits[place] & documents
            self.digits[place] ^= documents
            documents = carried
            place += 1

    def groups(self, documents: int) -> Iterator[tuple[int, int]]:
        """``documents`` by number, highest first: pairs of the number and the set."""
        yield from self._split(documents, len(self.digits) - 1, 0)

    def _split(self, documents: int, place: int, number: int) -> Iterator[tuple[int, int]]:
        if not documents:
            return
        if place < 0:
            yield number, documents
            return
        with_digit = documents & self.digits[place]
        yield from self._split(with_digit, place - 1, number | 1 << place)
        yield from self._split(documents ^ with_digit, place - 1, number)


@dataclass(slots=True)
class SegmentMatch:
    """What matched in one segment: all required parts (``full``), and, when asked for, some of them (``some``)."""

    segment: Segment
    visible: int
    sealed: int
    full: int
    part_sets: list[int]
    some: int = 0
    orders: dict[bool, Sum] = field(default_factory=dict)


class Matches:
    """The petitions that match ``query`` in ``segments``, and, where given, only those of the office ``office_id``.

    ``fresh`` holds petitions whose text in ``segments`` is old or absent; it stands for all of their ids.
    """

    def __init__(
        self,
        query: SearchQuery,
        segments: Sequence[Segment],
        *,
        fresh: Segment | None = None,
        office_id: int | None = None,
    ) -> None:
        self._query = query
        views = [(segment, segment.live & ~_positions(segment, fresh.ids if fresh else ())) for segment in segments]
        if fresh is not None:
            views.append((fresh, fresh.live))
        if office_id is not None:
            views = [(segment, visible & segment.exact(CODES, office_term(office_id))) for segment, visible in views]
        self.beginnings = _beginnings(query, [segment for segment, _ in views])
        self._found = [self._match(segment, visible) for segment, visible in views if visible]
        self.partial_total = 0
        if self.total < PAGE and len(query.required) > 1:
            self._match_some()

    @property
    def total(self) -> int:
        """How many petitions have every required part."""
        return sum(found.full.bit_count() for found in self._found)

    def __contains__(self, record_id: int) -> bool:
        return any(
            (position := found.segment.position_of(record_id)) is not None and found.full >> position & 1
            for found in self._found
        )

    def ids(self) -> list[int]:
        """All petitions that have every part, in no order."""
        return [found.segment.ids[at] for found in self._found for at in bits.members(found.full)]

    def sealed_ids(self) -> list[int]:
        """Those of ``ids`` that are sealed, as far as the index knows."""
        return [found.segment.ids[at] for found in self._found for at in bits.members(found.full & found.sealed)]

    def keep(self, allowed: Container[int], *, of_sealed: bool = False) -> None:
        """Forget matches that are not ``allowed``; with ``of_sealed`` look at the sealed ones only."""
        for found in self._found:
            looked_at = found.full & found.sealed if of_sealed else found.full
            ids = found.segment.ids
            kept = bits.of((at for at in bits.members(looked_at) if ids[at] in allowed), found.segment.size)
            found.full = found.full & ~looked_at | kept

    def best(self, limit: int) -> list[Hit]:
        """The first ``limit`` in order, the later petition first where that is the same. Partial ones come last."""
        hits = self._best(limit, partial=False)
        if len(hits) < limit and self.partial_total:
            hits += self._best(limit - len(hits), partial=True)
        return hits

    def _best(self, limit: int, *, partial: bool) -> list[Hit]:
        hits: list[Hit] = []
        for found in self._found:
            documents = found.some if partial else found.full
            left = limit
            for score, group in self._order(found, partial=partial).groups(documents):
                hits.extend(
                    Hit(found.segment.ids[at], found.segment.versions[at], score, partial)
                    for at in bits.highest(group, left)
                )
                left -= group.bit_count()
                if left <= 0:
                    break
        hits.sort(key=lambda hit: (-hit.score, -hit.id))
        return hits[:limit]

    # One segment

    def _match(self, segment: Segment, visible: int) -> SegmentMatch:
        sets = [self._part(segment, part) for part in self._query.required]
        full = reduce(and_, sets, visible) if sets else 0
        for phrase in self._query.phrases:
            full &= _adjacent(segment, phrase)
        if self._query.code:
            full |= segment.codes_starting(self._query.code, MAX_BEGINNINGS) & visible
        return SegmentMatch(segment, visible, segment.exact(CODES, SEALED_TERM), full, sets)

    def _part(self, segment: Segment, part: Part) -> int:
        documents = self._words_together(segment, part)
        for wording in part.other_wordings:
            documents |= _adjacent(segment, tuple(Word(plain, "") for plain in wording))
        if part.number:
            if findable_inside(part.number):
                documents |= reduce(and_, (segment.exact(CODES, gram) for gram in grams(part.number)))
            else:
                documents |= segment.exact(CODES, serial(part.number))
        if part.code:
            documents |= segment.codes_starting(part.code, MAX_BEGINNINGS)
        return documents

    def _words_together(self, segment: Segment, part: Part) -> int:
        if len(part.words) > 1:
            return _adjacent(segment, part.words)
        plain = part.words[0].plain
        documents = segment.spellings(WORDS, plain)[0]
        for beginning in self.beginnings.get(plain, ()):
            documents |= segment.spellings(WORDS, beginning)[0]
        return documents

    # The order

    def _order(self, found: SegmentMatch, *, partial: bool) -> Sum:
        if partial not in found.orders:
            found.orders[partial] = self._sum(found, partial=partial)
        return found.orders[partial]

    def _sum(self, found: SegmentMatch, *, partial: bool) -> Sum:
        segment, order = found.segment, Sum()
        among = found.some if partial else found.full
        if partial:
            for documents in found.part_sets:
                order.add(documents & among, ALL_EXACT)
        words = self._query.words
        exact_sets = []
        for word in dict.fromkeys(words):
            documents, by_marks = segment.spellings(WORDS, word.plain)
            if self._query.marked:
                exact = by_marks.get(word.marks, 0) & among
                exact_sets.append(exact)
                order.add(exact, EXACT_WORD)
            order.add(segment.spellings(HEAD_WORDS, word.plain)[0] & among, HEAD_WORD)
        if exact_sets and not partial:
            order.add(reduce(and_, exact_sets), ALL_EXACT)
        for first, second in neighbours(words):
            plain = pair_plain(first.plain, second.plain)
            documents, by_marks = segment.spellings(PAIRS, plain)
            order.add(documents & among, PAIR)
            if self._query.marked:
                order.add(by_marks.get(pair_marks(first.marks, second.marks), 0) & among, EXACT_PAIR)
            order.add(segment.spellings(HEAD_PAIRS, plain)[0] & among, HEAD_PAIR)
        for code in self._codes():
            order.add(segment.exact(CODES, code) & among, CODE_FOUND)
        return order

    def _codes(self) -> Iterator[str]:
        if self._query.code:
            yield self._query.code
        for part in self._query.parts:
            if part.code:
                yield part.code

    # Some of the parts

    def _match_some(self) -> None:
        parts = len(self._query.required)
        enough = (parts + 1) // 2
        for found in self._found:
            count = Sum()
            for documents in found.part_sets:
                count.add(documents & found.visible, 1)
            anything = reduce(or_, found.part_sets, 0) & found.visible & ~found.full
            for number, group in count.groups(anything):
                if number < enough:
                    break
                found.some |= group
            for phrase in self._query.phrases:
                found.some &= _adjacent(found.segment, phrase)
            self.partial_total += found.some.bit_count()


def _adjacent(segment: Segment, words: Sequence[Word]) -> int:
    """The documents where each of ``words`` stands next to the following one, marks aside."""
    if len(words) == 1:
        return segment.spellings(WORDS, words[0].plain)[0]
    sets = (
        segment.spellings(PAIRS, pair_plain(first.plain, second.plain))[0] for first, second in pairwise(words)
    )  # fmt: skip
    return reduce(and_, sets)


def _positions(segment: Segment, record_ids: Iterable[int]) -> int:
    positions = 0
    for record_id in record_ids:
        at = segment.position_of(record_id)
        if at is not None:
            positions |= 1 << at
    return positions


def _beginnings(query: SearchQuery, segments: Sequence[Segment]) -> dict[str, list[str]]:
    """For words that occur nowhere, the words that begin with them: a word half typed, or English in the singular."""
    found: dict[str, list[str]] = {}
    for part in query.required:
        plain = part.words[0].plain
        if len(part.words) > 1 or part.number or len(plain) < _SHORTEST_BEGINNING:
            continue
        if any(segment.spellings(WORDS, plain)[0] for segment in segments):
            continue
        longer: dict[str, None] = {}
        for segment in segments:
            longer.update(dict.fromkeys(segment.words_starting(plain, MAX_BEGINNINGS)))
        if longer:
            found[plain] = list(longer)[:MAX_BEGINNINGS]
    return found
