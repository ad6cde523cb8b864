"""Which petitions a query matches, counted exactly, and in which order, over any number of them.

All work is on sets of petitions. A part of the query gives one set, and the sets of all required parts are
intersected; that is the count. The order is a sum of small weights per document, kept as a few sets, one per binary
digit of the sum, so that adding a weight to 100,000 documents costs microseconds. The database's text decides the
order of the first candidates afterwards (see ``ranking``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise, takewhile
from operator import and_, or_

from search.analysis import given_name, grams, pair_marks, pair_plain, serial, word_key
from search.engines import CODES, HEAD_PAIRS, HEAD_WORDS, PAIRS, WORDS, TermSets, bits
from search.parsing import ANY_MARKS, Part, SearchQuery, Word, findable_inside, neighbours

# Weights of the order. A petition that has every word with the very marks typed, or with none, stands before all that
# have other marks; then neighbouring words count most, then the title. The sum of all small ones stays below ALL_EXACT
# for 28 words.
HEAD_WORD, EXACT_WORD, EXACT_PAIR, PAIR, HEAD_PAIR = 1, 1, 3, 6, 1
GIVEN_NAME = 16
ALL_EXACT, CODE_FOUND = 512, 1024
# Where only some of the words are there, each weighs by how rare it is: at most this, in these steps.
_RAREST, _RARITY_STEP = 9, 16
# A word typed without marks among words with marks means just that, unless the backlog hardly knows it so: whoever
# leaves out the marks of one word may leave out those of others.
_SELDOM = 5

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
        self._held = ground.held.bit_count()
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
        return full & ~self._excluded()

    def _excluded(self) -> int:
        """The petitions that have something that was asked not to be there; in letters without marks, too."""
        documents = 0
        for words in self._query.excluded:
            found = _adjacent(self._ground, words)
            if self._query.marked and found:
                plain = tuple(Word(word.plain, "") for word in words)
                found &= self._all_exactly(words) | self._all_exactly(plain)
            documents |= found
        return documents

    def _all_exactly(self, words: Sequence[Word]) -> int:
        if len(words) == 1:
            return self._ground.exact(WORDS, word_key(words[0].plain, words[0].marks))
        return reduce(and_, (self._ground.exact(PAIRS, _pair_key(*pair)) for pair in pairwise(words)))

    def _part(self, part: Part) -> int:
        ground = self._ground
        documents = self._words_together(part)
        for wording in part.other_wordings:
            documents |= _adjacent(ground, _any_marks(wording))
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
                order.add(documents & among, _RARITY_STEP * self._rarity(documents))
        exactly = {word: self._exactly(word) for word in self._query.words} if self._query.marked else {}
        for word in dict.fromkeys(self._query.words):
            order.add(exactly.get(word, 0) & among, EXACT_WORD)
            order.add(ground.spelled(HEAD_WORDS, word.plain) & among, HEAD_WORD)
        if exactly and not partial:
            order.add(
                reduce(and_, (self._part_exactly(part, exactly) for part in self._query.required)) & among, ALL_EXACT
            )
        for pair in neighbours(self._query.words):
            self._add_pair(order, pair, among, partial=partial)
        for part in self._query.parts:
            if part.named:
                self._add_named(order, part.words[-1], among)
            if len(part.words) > 1 and part.other_wordings:
                self._add_wordings(order, part, among)
        for code in self._codes():
            order.add(ground.exact(CODES, code) & among, CODE_FOUND)
        return order

    def _add_pair(self, order: Sum, pair: tuple[Word, Word], among: int, *, partial: bool) -> None:
        plain = pair_plain(pair[0].plain, pair[1].plain)
        together = self._ground.spelled(PAIRS, plain)
        if not together:
            return
        order.add(together & among, _RARITY_STEP * self._rarity(together) if partial else PAIR)
        if self._query.marked:
            marks = pair[0].marks, pair[1].marks
            loose = ANY_MARKS in marks or ("" in marks and self._marks_left_out)
            exact = together if loose else self._ground.exact(PAIRS, _pair_key(*pair))
            order.add(exact & among, EXACT_PAIR)
        order.add(self._ground.spelled(HEAD_PAIRS, plain) & among, HEAD_PAIR)

    def _add_wordings(self, order: Sum, part: Part, among: int) -> None:
        """Those that have another wording of ``part`` are no worse than those where its words stand together."""
        others = reduce(or_, (_adjacent(self._ground, _any_marks(wording)) for wording in part.other_wordings))
        weight = PAIR + EXACT_PAIR if self._query.marked else PAIR
        order.add(others & ~_adjacent(self._ground, part.words) & among, (len(part.words) - 1) * weight)

    def _add_named(self, order: Sum, word: Word, among: int) -> None:
        """Those where somebody's last word is ``word`` come first."""
        named = self._ground.codes_starting(given_name(word.plain, ""), MAX_BEGINNINGS)
        order.add(named & among, GIVEN_NAME)
        if self._query.marked:
            order.add(self._ground.exact(CODES, given_name(word.plain, word.marks)) & among, GIVEN_NAME)

    def _part_exactly(self, part: Part, exactly: Mapping[Word, int]) -> int:
        """Those that have ``part`` as it was typed, in another wording, or as somebody writes it who uses no marks."""
        bare = (self._ground.exact(WORDS, word_key(word.plain, "")) for word in part.words)
        documents = reduce(and_, (exactly[word] | plain for word, plain in zip(part.words, bare, strict=True)))
        for wording in part.other_wordings:
            documents |= _adjacent(self._ground, _any_marks(wording))
        return documents

    def _exactly(self, word: Word) -> int:
        """Those that have ``word`` with the marks that were meant."""
        spelled = self._ground.spelled(WORDS, word.plain)
        if word.marks == ANY_MARKS:
            return spelled
        if not word.marks and self._marks_left_out:
            return spelled
        return self._ground.exact(WORDS, word_key(word.plain, word.marks))

    @cached_property
    def _marks_left_out(self) -> bool:
        """Whether a word was typed without marks that is hardly ever written so."""
        return any(
            self._ground.exact(WORDS, word_key(word.plain, "")).bit_count() * _SELDOM
            < self._ground.spelled(WORDS, word.plain).bit_count()
            for word in self._query.words
            if not word.marks
        )

    def _rarity(self, documents: int) -> int:
        """How much it tells that a petition is in ``documents``: 0 where none is, 1 where most are, more for few."""
        count = documents.bit_count()
        return min(_RAREST, (self._held // count).bit_length()) if count else 0

    def _codes(self) -> Iterator[str]:
        if self._query.code:
            yield self._query.code
        for part in self._query.parts:
            if part.code:
                yield part.code

    # Some of the parts

    def _some_parts(self) -> int:
        """Those with half of the parts, or with parts that tell half of what all tell; unknown words tell nothing."""
        anything = reduce(or_, self._part_sets, 0) & self._within & ~self.full & ~self._excluded()
        some = self._at_least_half([1] * len(self._part_sets), anything)
        some |= self._at_least_half([self._rarity(documents) for documents in self._part_sets], anything)
        for phrase in self._query.phrases:
            some &= _adjacent(self._ground, phrase)
        return some

    def _at_least_half(self, weights: Sequence[int], among: int) -> int:
        count = Sum()
        for documents, weight in zip(self._part_sets, weights, strict=True):
            count.add(documents & among, weight)
        enough = (sum(weights) + 1) // 2
        groups = takewhile(lambda group: group[0] >= enough, count.groups(among))
        return reduce(or_, (documents for _, documents in groups), 0)


def _any_marks(plains: Iterable[str]) -> tuple[Word, ...]:
    return tuple(Word(plain, ANY_MARKS) for plain in plains)


def _pair_key(first: Word, second: Word) -> str:
    return word_key(pair_plain(first.plain, second.plain), pair_marks(first.marks, second.marks))


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
