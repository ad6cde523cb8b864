"""What somebody typed into the search box, as something that can be looked up. Nothing typed is ever an error."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from core.text import clean_line, digits
from search.abbreviations import BUILT_IN, ShortForms
from search.analysis import GRAM, MAX_WORD, compact, local_number, tokens

MAX_LENGTH = 200
MAX_WORDS = 28
MAX_EXCLUDED = 6

ANY_MARKS = "?"
"""As the marks of a word: whatever they are."""
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
# Before a name. A petition tells the name and often not how its bearer is spoken to.
_ADDRESS = {"ông", "bà", "anh", "chị", "cô", "chú", "bác", "cụ"}
# Not this: a word, or words in quotation marks, behind a minus.
_MINUS = re.compile(r"(?:(?<=\s)|^)-(?:[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]?|([^\W\d_][^\s\"“”„«»]*))")
_LEAST_FIGURES = 6


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
    ``named`` says that it was typed as somebody's name.
    """

    words: tuple[Word, ...]
    number: str = ""
    code: str = ""
    other_wordings: tuple[tuple[str, ...], ...] = ()
    binding: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query: ``parts`` in the order typed, ``phrases`` as ranges of words that must stand together.

    ``excluded`` are words, or words next to each other, that a petition must not have.
    ``code`` is the whole text without separators, when it might be a case number typed with spaces. ``marked`` says
    that marks were typed, so that a word without marks means one without. ``cut`` says that something was left out
    for length.
    """

    text: str
    parts: tuple[Part, ...]
    phrases: tuple[tuple[Word, ...], ...] = ()
    excluded: tuple[tuple[Word, ...], ...] = ()
    code: str = ""
    marked: bool = False
    cut: bool = False

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in the order typed."""
        return tuple(word for part in self.parts for word in part.words)

    @property
    def required(self) -> tuple[Part, ...]:
        """The parts that a petition must have, each once: all but binding words, or all if there is nothing else."""
        weighty = dict.fromkeys(part for part in self.parts if not part.binding)
        return tuple(weighty or dict.fromkeys(self.parts))


def parse(typed: str, forms: ShortForms = BUILT_IN) -> SearchQuery:
    """Understand ``typed``. Takes bounded time for any text.

    Quotation marks ask for neighbouring words, a minus before a word or a quotation for petitions without it. ``forms``
    are the short forms in use.
    """
    text = clean_line(typed[:_READ_AT_MOST])
    short = text[:MAX_LENGTH]
    wanted, excluded = _without_excluded(short)
    parts, left_out = _within_limit(_parts(wanted, forms))
    words = [word for part in parts for word in part.words]
    whole = compact(wanted)
    return SearchQuery(
        text=short,
        parts=tuple(parts),
        phrases=tuple(_phrases(wanted, words)),
        excluded=excluded,
        code=_code(whole) if len(parts) > 1 else "",
        marked=any(word.marks for word in (*words, *(word for words in excluded for word in words))),
        cut=left_out or len(typed) > _READ_AT_MOST or len(text) > MAX_LENGTH,
    )


def _without_excluded(text: str) -> tuple[str, tuple[tuple[Word, ...], ...]]:
    """``text`` without what stands behind a minus, and that; as it is where nothing else is asked for."""
    excluded = [_words(match.group(1) or match.group(2) or "")[:MAX_WORDS] for match in _MINUS.finditer(text)]
    wanted = _MINUS.sub(" ", text)
    kept = tuple(words for words in excluded if words)[:MAX_EXCLUDED]
    if not kept or not any(map(str.isalnum, wanted)):
        return text, ()
    return wanted, kept


def _words(text: str) -> tuple[Word, ...]:
    return tuple(Word(token.plain, token.marks) for token in tokens(text))


def _within_limit(parts: list[Part]) -> tuple[list[Part], bool]:
    kept: list[Part] = []
    words = 0
    for part in parts:
        words += len(part.words)
        if words > MAX_WORDS:
            return kept, True
        kept.append(part)
    return kept, False


def _parts(text: str, forms: ShortForms) -> list[Part]:
    parts: list[Part] = []
    at = 0
    for start, end in _joined(text):
        parts.extend(_plain_parts(text[at:start], forms))
        parts.append(_joined_part(text[start:end]))
        at = end
    parts.extend(_plain_parts(text[at:], forms))
    return _with_names(parts)


def _with_names(parts: list[Part]) -> list[Part]:
    """The parts, those that follow "ông" or "bà" marked as names; a single word may be one, too."""
    if len(parts) == 1 and len(parts[0].words) == 1:
        return [replace(parts[0], named=True)]
    return [
        replace(part, named=True) if at and parts[at - 1].words[-1] in _ADDRESS_WORDS and not part.binding else part
        for at, part in enumerate(parts)
    ]


def _joined(text: str) -> Iterator[tuple[int, int]]:
    """Places of figures and codes, in order, not overlapping."""
    spans = sorted((match.start(), -match.end()) for pattern in (_FIGURES, _CODE) for match in pattern.finditer(text))
    reached = 0
    for start, negative_end in spans:
        if start >= reached:
            reached = -negative_end
            yield start, reached


def _joined_part(text: str) -> Part:
    words = _words(text)[:MAX_WORDS]
    joined = compact(text)
    if joined.isdigit():
        return Part(words, number=local_number(joined), code=_code(joined))
    # A part of a case number is found by its figures.
    figures = digits(joined)
    return Part(words, number=figures if len(figures) >= _LEAST_FIGURES else "", code=_code(joined))


def _code(joined: str) -> str:
    """``joined`` if it may be the beginning of a case number or reference, else nothing."""
    shortest = _SHORTEST_DIGITS if joined.isdigit() else _SHORTEST_CODE
    return joined if shortest <= len(joined) <= MAX_WORD and any(map(str.isdigit, joined)) else ""


def _plain_parts(text: str, forms: ShortForms) -> list[Part]:
    typed = [(text[token.start : token.end].lower(), Word(token.plain, token.marks)) for token in tokens(text)]
    parts: list[Part] = []
    at = 0
    while at < len(typed):
        length = _wording_at([word.plain for _, word in typed[at : at + forms.longest]], forms)
        words = tuple(word for _, word in typed[at : at + length])
        parts.append(_word_part(words, typed[at][0], forms, more=at + length < len(typed)))
        at += length
    return parts


def _wording_at(plains: list[str], forms: ShortForms) -> int:
    """How many of ``plains`` are one wording that has others; 1 where there is none."""
    for length in range(len(plains), 1, -1):
        if tuple(plains[:length]) in forms.wordings:
            return length
    return 1


def _word_part(words: tuple[Word, ...], typed: str, forms: ShortForms, *, more: bool) -> Part:
    others = forms.wordings.get(tuple(word.plain for word in words), ())
    if len(words) > 1:
        return Part(words, other_wordings=others)
    plain = words[0].plain
    return Part(
        words,
        number=local_number(plain) if plain.isascii() and plain.isdigit() else "",
        code=_code(plain),
        other_wordings=others,
        binding=typed in _BINDING or (more and typed in _ADDRESS),
    )


_ADDRESS_WORDS = frozenset(Word(token.plain, token.marks) for token in tokens(" ".join(_ADDRESS)))


def _phrases(text: str, kept: list[Word]) -> Iterator[tuple[Word, ...]]:
    known = set(kept)
    for match in _QUOTED.finditer(text):
        words = _words(match.group(1))
        if len(words) > 1 and known.issuperset(words):
            yield words


def neighbours(words: tuple[Word, ...]) -> list[tuple[Word, Word]]:
    """The pairs of neighbouring words, each once, in order."""
    return list(dict.fromkeys(pairwise(words)))


def findable_inside(number: str) -> bool:
    """Whether ``number`` is long enough to be looked for inside longer numbers."""
    return len(number) >= GRAM
