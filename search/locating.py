"""Where in a text the words of a query stand: what ranking counts and what a snippet marks."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from search.analysis import plain_in_place, prepare, split_marks
from search.parsing import SearchQuery, findable_inside

NUMBER = "#"
# Occurrences looked at in one text: a page of one word over and over must not cost more than other pages.
MOST = 400
_SEPARATORS = r"[-/._ ]?"
_I_OR_Y = re.compile(r"((?:[hklmst]|qu))i")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A word of the query in a text, from ``start`` to ``end``. ``exact``: with the very marks that were typed.

    ``plain`` is the word, or ``NUMBER`` for a number or code found as a whole.
    """

    start: int
    end: int
    plain: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Located:
    """A prepared text and the occurrences in it, in order."""

    text: str
    occurrences: tuple[Occurrence, ...]

    def longest_run(self, follows: frozenset[tuple[str, str]], *, exact: bool = False) -> int:
        """How many words of the query stand next to each other in the query's own order, at most; 0 for none."""
        longest = length = 0
        before: Occurrence | None = None
        for here in self.occurrences:
            if exact and not here.exact:
                before, length = None, 0
                continue
            joined = (
                before is not None
                and (before.plain, here.plain) in follows
                and not any(char.isalnum() or char == "\n" for char in self.text[before.end : here.start])
            )
            length = length + 1 if joined else 1
            longest = max(longest, length)
            before = here
        return longest

    def words(self) -> set[str]:
        """The words found."""
        return {found.plain for found in self.occurrences}


class Locator:
    """Finds the words, numbers and codes of one query in texts."""

    def __init__(self, query: SearchQuery, beginnings: dict[str, list[str]] | None = None) -> None:
        self._located: dict[str, Located] = {}
        self._marks: dict[str, set[str]] = {}
        for word in query.words:
            self._marks.setdefault(word.plain, set()).add(word.marks)
        self.follows = frozenset((a.plain, b.plain) for a, b in pairwise(query.words))
        plains = set(self._marks)
        for part in query.parts:
            plains.update(plain for wording in part.other_wordings for plain in wording)
        for longer in (beginnings or {}).values():
            plains.update(longer)
        self._words = _pattern(map(_spelled, sorted(plains, key=len, reverse=True)), whole=True)
        self._inside = _pattern(
            (_SEPARATORS.join(map(re.escape, text)) for text in _numbers_and_codes(query)), whole=False
        )  # fmt: skip

    @property
    def looks(self) -> bool:
        """Whether there is anything to be found."""
        return self._words is not None or self._inside is not None

    def locate(self, text: str) -> Located:
        """All occurrences in ``text``.

        Each text is read once: the order needs the candidates' texts and the snippets need them again, and neighbours
        share an address.
        """
        known = self._located.get(text)
        if known is None:
            known = self._located[text] = self._locate(text)
        return known

    def _locate(self, text: str) -> Located:
        prepared = prepare(text)
        plain_text = plain_in_place(prepared)
        found = list(self._find_inside(plain_text))
        taken = [(number.start, number.end) for number in found]
        if self._words is not None:
            found.extend(
                self._occurrence(prepared, match)
                for match in islice(self._words.finditer(plain_text), MOST)
                if not any(start < match.end() and match.start() < end for start, end in taken)
            )
        found.sort(key=lambda occurrence: occurrence.start)
        return Located(prepared, tuple(found))

    def _occurrence(self, text: str, match: re.Match[str]) -> Occurrence:
        plain, marks = split_marks(text[match.start() : match.end()])
        return Occurrence(match.start(), match.end(), plain, marks in self._marks.get(plain, ()))

    def _find_inside(self, plain_text: str) -> Iterator[Occurrence]:
        if self._inside is None:
            return
        for match in islice(self._inside.finditer(plain_text), MOST):
            yield Occurrence(match.start(), match.end(), NUMBER, exact=True)


def _numbers_and_codes(query: SearchQuery) -> list[str]:
    found = {query.code} if query.code else set()
    for part in query.parts:
        if findable_inside(part.number):
            found.add(part.number)
        if part.code:
            found.add(part.code)
    return sorted(found, key=len, reverse=True)


def _spelled(plain: str) -> str:
    # The analysis writes a final y as i; the text has what was typed.
    return _I_OR_Y.sub(r"\1[iy]", plain) if _I_OR_Y.fullmatch(plain) else re.escape(plain)


def _pattern(alternatives: Iterable[str], *, whole: bool) -> re.Pattern[str] | None:
    joined = "|".join(alternatives)
    if not joined:
        return None
    return re.compile(rf"(?<![^\W_])(?:{joined})(?![^\W_])" if whole else joined)


def best_window(located: Located, width: int) -> Sequence[Occurrence]:
    """The neighbouring occurrences, within ``width`` characters, that tell most: different words, exact marks."""
    found = located.occurrences
    words: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    best, best_value = (0, 0), 0
    first = 0
    for last, newest in enumerate(found):
        words[newest.plain] += 1
        exact[newest.plain] += newest.exact
        while newest.end - found[first].start > width and first < last:
            oldest = found[first]
            words[oldest.plain] -= 1
            exact[oldest.plain] -= oldest.exact
            first += 1
        value = 10 * len(+words) + 3 * len(+exact)
        if value > best_value:
            best, best_value = (first, last + 1), value
    return _tightened(found[slice(*best)])


def _tightened(window: Sequence[Occurrence]) -> Sequence[Occurrence]:
    """The shortest stretch of ``window`` that still has each of its words."""
    start, end = 0, len(window)
    while end - start > 1 and window[start].plain in {one.plain for one in window[start + 1 : end]}:
        start += 1
    while end - start > 1 and window[end - 1].plain in {one.plain for one in window[start : end - 1]}:
        end -= 1
    return window[start:end]
