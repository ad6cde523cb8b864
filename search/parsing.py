"""What somebody typed into the search box, as something that can be looked up. Nothing typed is ever an error."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from core.text import clean_line
from search.abbreviations import EXPANSIONS, LONGEST, SHORT_FORMS
from search.analysis import GRAM, MAX_WORD, compact, local_number, tokens

MAX_LENGTH = 200
MAX_WORDS = 12
# Longer than any sensible query, and short enough to clean at once whatever it holds.
_READ_AT_MOST = 2_000
_SHORTEST_CODE = 3
_SHORTEST_DIGITS = 5

_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]+)[\"“”„«»]")
# Figures that belong together: a phone number in groups, a date, a house number; or a code with letters and figures.
_FIGURES = re.compile(r"(?<![^\W_])(?:\d{2,}(?:[-. ]\d{2,})+|\d+(?:[-/.]\d+)+)(?![^\W_])")
_CODE = re.compile(r"(?=[^\s]*\d)[^\W_]+(?:[-/._][^\W_]+)+")
# Words that bind others. They take part in ranking; a petition need not have them.
_BINDING = {"và", "của", "là", "các", "những", "the", "of", "and"}


@dataclass(frozen=True, slots=True)
class Word:
    """A typed word in plain letters, and the marks that it was typed with."""

    plain: str
    marks: str


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a petition has to have: ``words`` next to each other, or one of the other forms.

    ``number`` holds the digits of figures, to be found inside longer numbers if there are four and more; ``code`` the
    beginning of a case number without separators; ``other_wordings`` plain words meaning the same (abbreviations).
    """

    words: tuple[Word, ...]
    number: str = ""
    code: str = ""
    other_wordings: tuple[tuple[str, ...], ...] = ()
    binding: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query: ``parts`` in the order typed, ``phrases`` as ranges of words that must stand together.

    ``code`` is the whole text without separators, when it might be a case number typed with spaces. ``marked`` says
    that marks were typed, so that a word without marks means one without. ``cut`` says that something was left out
    for length.
    """

    text: str
    parts: tuple[Part, ...]
    phrases: tuple[tuple[Word, ...], ...] = ()
    code: str = ""
    marked: bool = False
    cut: bool = False

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in the order typed."""
        return tuple(word for part in self.parts for word in part.words)

    @property
    def required(self) -> tuple[Part, ...]:
        """The parts that a petition must have: all but binding words, or all if there is nothing else."""
        weighty = tuple(part for part in self.parts if not part.binding)
        return weighty or self.parts


def parse(typed: str) -> SearchQuery:
    """Understand ``typed``. Takes bounded time for any text; quotation marks ask for neighbouring words."""
    text = clean_line(typed[:_READ_AT_MOST])
    short = text[:MAX_LENGTH]
    parts, left_out = _within_limit(_parts(short))
    words = [word for part in parts for word in part.words]
    whole = compact(short)
    return SearchQuery(
        text=short,
        parts=tuple(parts),
        phrases=tuple(_phrases(short, words)),
        code=_code(whole) if len(parts) > 1 else "",
        marked=any(word.marks for word in words),
        cut=left_out or len(typed) > _READ_AT_MOST or len(text) > MAX_LENGTH,
    )


def _within_limit(parts: list[Part]) -> tuple[list[Part], bool]:
    kept: list[Part] = []
    words = 0
    for part in parts:
        words += len(part.words)
        if words > MAX_WORDS:
            return kept, True
        if part not in kept:
            kept.append(part)
    return kept, False


def _parts(text: str) -> list[Part]:
    parts: list[Part] = []
    at = 0
    for start, end in _joined(text):
        parts.extend(_plain_parts(text[at:start]))
        parts.append(_joined_part(text[start:end]))
        at = end
    parts.extend(_plain_parts(text[at:]))
    return parts


def _joined(text: str) -> Iterator[tuple[int, int]]:
    """Places of figures and codes, in order, not overlapping."""
    spans = sorted((match.start(), -match.end()) for pattern in (_FIGURES, _CODE) for match in pattern.finditer(text))
    reached = 0
    for start, negative_end in spans:
        if start >= reached:
            reached = -negative_end
            yield start, reached


def _joined_part(text: str) -> Part:
    words = tuple(Word(token.plain, token.marks) for token in tokens(text))[:MAX_WORDS]
    joined = compact(text)
    if joined.isdigit():
        return Part(words, number=local_number(joined), code=_code(joined))
    return Part(words, code=_code(joined))


def _code(joined: str) -> str:
    """``joined`` if it may be the beginning of a case number or reference, else nothing."""
    shortest = _SHORTEST_DIGITS if joined.isdigit() else _SHORTEST_CODE
    return joined if shortest <= len(joined) <= MAX_WORD and any(map(str.isdigit, joined)) else ""


def _plain_parts(text: str) -> list[Part]:
    typed = [(text[token.start : token.end].lower(), Word(token.plain, token.marks)) for token in tokens(text)]
    parts: list[Part] = []
    at = 0
    while at < len(typed):
        length = _written_out_at([word.plain for _, word in typed[at : at + LONGEST]])
        words = tuple(word for _, word in typed[at : at + length])
        parts.append(_word_part(words, typed[at][0]))
        at += length
    return parts


def _written_out_at(plains: list[str]) -> int:
    for length in range(len(plains), 1, -1):
        if tuple(plains[:length]) in SHORT_FORMS:
            return length
    return 1


def _word_part(words: tuple[Word, ...], typed: str) -> Part:
    plains = tuple(word.plain for word in words)
    if len(words) > 1:
        return Part(words, other_wordings=((SHORT_FORMS[plains],),))
    plain = plains[0]
    return Part(
        words,
        number=local_number(plain) if plain.isascii() and plain.isdigit() else "",
        code=_code(plain),
        other_wordings=(EXPANSIONS[plain],) if plain in EXPANSIONS else (),
        binding=typed in _BINDING,
    )


def _phrases(text: str, kept: list[Word]) -> Iterator[tuple[Word, ...]]:
    known = set(kept)
    for match in _QUOTED.finditer(text):
        words = tuple(Word(token.plain, token.marks) for token in tokens(match.group(1)))
        if len(words) > 1 and known.issuperset(words):
            yield words


def neighbours(words: tuple[Word, ...]) -> list[tuple[Word, Word]]:
    """The pairs of neighbouring words, each once, in order."""
    return list(dict.fromkeys(pairwise(words)))


def findable_inside(number: str) -> bool:
    """Whether ``number`` is long enough to be looked for inside longer numbers."""
    return len(number) >= GRAM
