"""How text becomes search terms; the same function for what is indexed and for what is typed.

A word is kept in two parts: ``plain``, what a hurried hand types (lower case, no marks, đ as d), and ``marks``, what
the marks were. Tone marks are taken off the letter and kept apart, so that "hoà" and "hòa" are one word, and a final
y after h, k, l, m, s, t and qu is written i ("kỹ" = "kĩ"). The index stores ``plain`` and ``marks`` as one term, with
``plain`` first: all spellings of a plain word stand together, so one index answers both the folded and the exact
question. A pair is two neighbouring words of one line.

Changing anything here that changes terms needs a new ``ANALYSIS_VERSION``: every index is then rebuilt.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from core.text import clean_text, digits

ANALYSIS_VERSION = 2

MAX_WORD = 40
MAX_NAME = 200
MAX_TEXT = 200_000
GRAM = 4

# Terms hold letters and digits only, so these two can never be part of a word.
MARKS_FOLLOW = "\x1f"
PAIR_GAP = " "

_WORD = re.compile(r"[^\W_]+")
_WORD_LOOSE_MARKS = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+")
_LOOSE_MARK = re.compile(r"[\u0300-\u036f]")
_LONG_NUMBER = re.compile(r"(?<!\d)\d(?:[-. ]?\d){7,14}(?!\d)")
_FINAL_Y = re.compile(r"(?:[hklmst]|qu)y")

# Marks as ASCII: tones after the letters of the Telex keyboard, qualities after the look of the mark.
_TONES = {"\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j"}
_QUALITIES = {"\u0302": "^", "\u0306": "(", "\u031b": "+"}

_CACHE_LIMIT = 60_000
_cache: dict[str, tuple[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Token:
    """A word where it stands: ``start`` and ``end`` are offsets into the prepared text."""

    plain: str
    marks: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DocumentTerms:
    """The terms of one document.

    ``words`` and ``pairs`` come from everything, ``head_words`` and ``head_pairs`` from the title and the names
    alone; ``codes`` holds case numbers without separators, their serials, the four-digit pieces of long numbers, and
    the last words of names.
    """

    words: frozenset[str]
    pairs: frozenset[str]
    head_words: frozenset[str]
    head_pairs: frozenset[str]
    codes: frozenset[str]


def prepare(text: str) -> str:
    """The form in which ``text`` is analysed and quoted: NFC, without invisible characters, cut at ``MAX_TEXT``."""
    if text.isascii() and text.isprintable():
        return text[:MAX_TEXT]
    return clean_text(text[:MAX_TEXT])


def split_marks(word: str) -> tuple[str, str]:
    """``word`` (one run of letters and digits, NFC) as its plain letters and its marks."""
    known = _cache.get(word)
    if known is None:
        known = _split_marks(word)
        if len(_cache) >= _CACHE_LIMIT:
            _cache.clear()
        _cache[word] = known
    return known


def _split_marks(word: str) -> tuple[str, str]:
    lower = word.lower()
    if lower.isascii():
        return _final_i(lower[:MAX_WORD]), ""
    letters: list[str] = []
    marks: list[str] = []
    tones: list[str] = []
    for char in unicodedata.normalize("NFD", lower):
        if char == "đ":
            marks.append(f"{len(letters)}-")
            letters.append("d")
        elif char in _TONES:
            tones.append(_TONES[char])
        elif unicodedata.combining(char):
            marks.append(f"{len(letters) - 1}{_QUALITIES.get(char, char)}")
        else:
            letters.append(char)
    plain = unicodedata.normalize("NFC", "".join(letters))
    return _final_i(plain[:MAX_WORD]), "".join(marks + tones)[:MAX_WORD]


def _final_i(plain: str) -> str:
    return plain[:-1] + "i" if plain[-1:] == "y" and _FINAL_Y.fullmatch(plain) else plain


def word_key(plain: str, marks: str) -> str:
    """The index term of a word."""
    return f"{plain}{MARKS_FOLLOW}{marks}"


def pair_plain(first: str, second: str) -> str:
    """The plain part of a pair's index term."""
    return f"{first}{PAIR_GAP}{second}"


def pair_marks(first: str, second: str) -> str:
    """The marks part of a pair's index term."""
    return f"{first}{PAIR_GAP}{second}"


def tokens(text: str) -> list[Token]:
    """The words of a prepared text with their places."""
    found = []
    for match in _word_pattern(text).finditer(text):
        plain, marks = split_marks(match.group())
        found.append(Token(plain, marks, match.start(), match.end()))
    return found


def _word_pattern(text: str) -> re.Pattern[str]:
    # After NFC a mark that stands alone is rare; it belongs to its letter and must not cut the word in two.
    return _WORD_LOOSE_MARKS if not text.isascii() and _LOOSE_MARK.search(text) else _WORD


class _PlainLetters(dict[int, str]):
    """A table for ``str.translate``: each letter's plain small form where that is one letter, computed once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        plain = split_marks(char)[0] if char.isalnum() else char
        self[code] = plain if len(plain) == 1 else char
        return self[code]


_plain_letters = _PlainLetters()


def plain_in_place(text: str) -> str:
    """``text`` in plain letters, every letter at the offset where it was. Much quicker than ``tokens``."""
    return text.translate(_plain_letters)


def compact(text: str) -> str:
    """``text`` as letters and digits only, plain: a case number without separators and case."""
    return "".join(split_marks(word)[0] for word in _WORD.findall(text))


def grams(number: str) -> list[str]:
    """The terms by which any part of four digits and more of ``number`` is found; none for a shorter one.

    Ten thousand different ones exist in all, however many numbers there are.
    """
    return [f"#{number[at : at + GRAM]}" for at in range(len(number) - GRAM + 1)]


def local_number(number: str) -> str:
    """The digits of a phone number as dialled inside the country: 84912345678 is 0912345678."""
    return "0" + number[2:] if len(number) == 11 and number.startswith("84") else number


def serial(number: str) -> str:
    """The term of a case number's last run of digits, without leading zeros ("000123" typed as "123")."""
    return f"~{number.lstrip('0') or '0'}"


def given_name(plain: str, marks: str) -> str:
    """The term of a person's last word; without marks, the beginning of it whatever the marks."""
    return f"'{word_key(plain, marks)}"


def document_terms(
    *,
    head: Iterable[str],
    body: Iterable[str],
    codes: Iterable[str] = (),
    numbers: Iterable[str] = (),
    people: Iterable[str] = (),
) -> DocumentTerms:
    """All terms of one document.

    ``head`` is the title and the names, ``body`` all other text, ``codes`` case numbers and references, ``numbers``
    phone and identity numbers, ``people`` names of persons, which must stand in ``head`` too. Pairs never cross from
    one text to the next nor from one line to the next.
    """
    head_words: set[str] = set()
    head_pairs: set[str] = set()
    code_terms: set[str] = set()
    for text in head:
        _collect(prepare(text), head_words, head_pairs, code_terms)
    words, pairs = set(head_words), set(head_pairs)
    for text in body:
        _collect(prepare(text), words, pairs, code_terms)
    for code in codes:
        _collect_code(prepare(code), code_terms)
    for number in numbers:
        code_terms.update(grams(local_number(digits(number))))
    for name in people:
        if words_of_name := tokens(prepare(name)[:MAX_NAME]):
            code_terms.add(given_name(words_of_name[-1].plain, words_of_name[-1].marks))
    return DocumentTerms(
        frozenset(words), frozenset(pairs), frozenset(head_words), frozenset(head_pairs), frozenset(code_terms)
    )


def _collect(text: str, words: set[str], pairs: set[str], codes: set[str]) -> None:
    pattern = _word_pattern(text)
    known = _cache.get
    for line in text.split("\n"):
        before: tuple[str, str] | None = None
        for raw in pattern.findall(line):
            plain, marks = here = known(raw) or split_marks(raw)
            words.add(f"{plain}\x1f{marks}")
            if before is not None:
                pairs.add(f"{before[0]} {plain}\x1f{before[1]} {marks}")
            before = here
    for match in _LONG_NUMBER.finditer(text):
        codes.update(grams(local_number(digits(match.group()))))


def _collect_code(code: str, codes: set[str]) -> None:
    if not code:
        return
    codes.add(compact(code)[: 2 * MAX_WORD])
    number = digits(code)
    codes.update(grams(number))
    runs = re.findall(r"\d+", code)
    if runs:
        codes.add(serial(runs[-1]))
