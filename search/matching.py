"""Which petitions a query matches, counted exactly, and in which order, over any number of them.

All work is on sets of petitions. A part of the query gives one set, and the sets of all required parts are
intersected; that is the count. The order is a sum of small weights per document, kept as a few sets, one per binary
digit of the sum, so that adding a weight to 100,000 documents costs microseconds. The database's text decides the
order of the first candidates afterwards (see ``ranking``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import and_, or_

from search.analysis import grams, pair_marks, pair_plain, serial, word_key
from search.engines import CODES, HEAD_PAIRS, HEAD_WORDS, PAIRS, WORDS, TermSets, bits
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
    """A number per petition: bit n of the set ``digits[k]`` is the binary digit k of petition n's number."""

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


class Matches:
    """The petitions ``within`` a set (all, where it is not given) that match ``query`` on ``ground``.

    ``full`` are those of them that have every required part, ``all_parts`` the same without regard to the set, and
    ``partial``, where ``full`` are few, those that have some of the parts.
    """

    def __init__(self, query: SearchQuery, ground: TermSets, *, within: int | None = None) -> None:
        self._query = query
        self._ground = ground
        self._within = ground.held if within is None else within
        ground.fetch(*_looked_up(query))
        self.beginnings = _beginnings(query, ground)
        self._part_sets = [self._part(part) for part in query.required]
        self.all_parts = self._all_parts()
        self.full = self.all_parts & self._within
        self.partial = self._some_parts() if self.total < PAGE and len(query.required) > 1 else 0
        self._orders: dict[bool, Sum] = {}

    @property
    def total(self) -> int:
        """How many petitions have every required part."""
        return self.full.bit_count()

    def best(self, limit: int, *, among: int | None = None) -> list[Hit]:
        """The first ``limit`` in order, the later petition first where that is the same. Partial ones come last.

        ``among`` keeps those of a set.
        """
        hits = self._best(self.full if among is None else self.full & among, limit, partial=False)
        if len(hits) < limit and self.partial:
            rest = self.partial if among is None else self.partial & among
            hits += self._best(rest, limit - len(hits), partial=True)
        return hits

    def _best(self, documents: int, limit: int, *, partial: bool) -> list[Hit]:
        if not documents:
            return []
        if partial not in self._orders:
            self._orders[partial] = self._sum(partial=partial)
        scored: list[tuple[int, int]] = []
        for score, group in self._orders[partial].groups(documents):
            scored += [(record_id, score) for record_id in bits.highest(group, limit - len(scored))]
            if len(scored) >= limit:
                break
        versions = self._ground.versions_of([record_id for record_id, _ in scored])
        return [Hit(record_id, versions.get(record_id, -1), score, partial) for record_id, score in scored]

    def _all_parts(self) -> int:
        full = reduce(and_, self._part_sets) if self._part_sets else 0
        for phrase in self._query.phrases:
            full &= _adjacent(self._ground, phrase)
        if self._query.code:
            full |= self._ground.codes_starting(self._query.code, MAX_BEGINNINGS)
        return full

    def _part(self, part: Part) -> int:
        ground = self._ground
        documents = self._words_together(part)
        for wording in part.other_wordings:
            documents |= _adjacent(ground, tuple(Word(plain, "") for plain in wording))
        if part.number:
            if findable_inside(part.number):
                documents |= reduce(and_, (ground.exact(CODES, gram) for gram in grams(part.number)))
            else:
                documents |= ground.exact(CODES, serial(part.number))
        if part.code:
            documents |= ground.codes_starting(part.code, MAX_BEGINNINGS)
        return documents

    def _words_together(self, part: Part) -> int:
        if len(part.words) > 1:
            return _adjacent(self._ground, part.words)
        plain = part.words[0].plain
        documents = self._ground.spelled(WORDS, plain)
        for beginning in self.beginnings.get(plain, ()):
            documents |= self._ground.spelled(WORDS, beginning)
        return documents

    # The order

    def _sum(self, *, partial: bool) -> Sum:
        ground, order = self._ground, Sum()
        among = self.partial if partial else self.full
        if partial:
            for documents in self._part_sets:
                order.add(documents & among, ALL_EXACT)
        words = self._query.words
        exact_sets = []
        for word in dict.fromkeys(words):
            if self._query.marked:
                exact = ground.exact(WORDS, word_key(word.plain, word.marks)) & among
                exact_sets.append(exact)
                order.add(exact, EXACT_WORD)
            order.add(ground.spelled(HEAD_WORDS, word.plain) & among, HEAD_WORD)
        if exact_sets and not partial:
            order.add(reduce(and_, exact_sets), ALL_EXACT)
        for first, second in neighbours(words):
            plain = pair_plain(first.plain, second.plain)
            order.add(ground.spelled(PAIRS, plain) & among, PAIR)
            if self._query.marked:
                exact = ground.exact(PAIRS, word_key(plain, pair_marks(first.marks, second.marks)))
                order.add(exact & among, EXACT_PAIR)
            order.add(ground.spelled(HEAD_PAIRS, plain) & among, HEAD_PAIR)
        for code in self._codes():
            order.add(ground.exact(CODES, code) & among, CODE_FOUND)
        return order

    def _codes(self) -> Iterator[str]:
        if self._query.code:
            yield self._query.code
        for part in self._query.parts:
            if part.code:
                yield part.code

    # Some of the parts

    def _some_parts(self) -> int:
        enough = (len(self._part_sets) + 1) // 2
        count = Sum()
        for documents in self._part_sets:
            count.add(documents & self._within, 1)
        anything = reduce(or_, self._part_sets, 0) & self._within & ~self.full
        some = 0
        for number, group in count.groups(anything):
            if number < enough:
                break
            some |= group
        for phrase in self._query.phrases:
            some &= _adjacent(self._ground, phrase)
        return some


def _looked_up(query: SearchQuery) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What will be asked of the ground, as far as it is known: pairs for ``spelled`` and pairs for ``exact``."""
    words = query.words
    pairs = [(first, second, pair_plain(first.plain, second.plain)) for first, second in neighbours(words)]
    spelled = [(field, word.plain) for word in words for field in (WORDS, HEAD_WORDS)]
    spelled += [(field, plain) for _, _, plain in pairs for field in (PAIRS, HEAD_PAIRS)]
    exact: list[tuple[str, str]] = []
    if query.marked:
        exact += [(WORDS, word_key(word.plain, word.marks)) for word in words]
        exact += [(PAIRS, word_key(plain, pair_marks(a.marks, b.marks))) for a, b, plain in pairs]
    for part in query.parts:
        if findable_inside(part.number):
            exact += [(CODES, gram) for gram in grams(part.number)]
    return spelled, exact


def _adjacent(ground: TermSets, words: Sequence[Word]) -> int:
    """The petitions where each of ``words`` stands next to the following one, marks aside."""
    if len(words) == 1:
        return ground.spelled(WORDS, words[0].plain)
    sets = (ground.spelled(PAIRS, pair_plain(first.plain, second.plain)) for first, second in pairwise(words))
    return reduce(and_, sets)


def _beginnings(query: SearchQuery, ground: TermSets) -> dict[str, list[str]]:
    """For words that occur nowhere, the words that begin with them: a word half typed, or English in the singular."""
    found: dict[str, list[str]] = {}
    for part in query.required:
        plain = part.words[0].plain
        if len(part.words) > 1 or part.number or len(plain) < _SHORTEST_BEGINNING:
            continue
        if ground.spelled(WORDS, plain):
            continue
        longer = list(ground.words_starting(plain, MAX_BEGINNINGS))
        if longer:
            found[plain] = longer
    return found
