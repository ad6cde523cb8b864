"""Character sets that Vietnamese offices have used, decoded as a stream, and signs that one was taken for another.

TCVN3 (also called ABC) gives Vietnamese letters the places of Western signs; a spreadsheet typed in such a font holds
those signs as text, so the conversion works on text and not only on bytes. Nothing is guessed: without a declaration a
file is UTF-8, or UTF-16 with its mark.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from core.i18n import lazy_gettext as _l
from petitions.importing.problems import ImportRefused
from petitions.importing.syllables import is_syllable

CHUNK = 1 << 18
_SAMPLE = 1 << 16


class ByteSource(Protocol):
    """Anything that hands out bytes."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most ``size``."""
        ...


class Charset(StrEnum):
    """What a mapping may declare."""

    AUTO = "auto"
    UTF8 = "utf-8"
    UTF16 = "utf-16"
    WINDOWS_1258 = "windows-1258"
    TCVN3 = "tcvn3"


_UNICODE = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ"
_TCVN3 = (
    "B5 B8 B6 B7 B9 A8 BB BE BC BD C6 A9 C7 CA C8 C9 CB AE CC D0 CE CF D1 AA D2 D5 D3 D4 D6 D7 DD D8 DC DE DF E3 E1 E2 "
    "E4 AB E5 E8 E6 E7 E9 AC EA ED EB EC EE EF F3 F1 F2 F4 AD F5 F8 F6 F7 F9 FA FD FB FC FE A1 A2 A7 A3 A4 A5 A6"
)
_FROM_TCVN3 = {int(code, 16): letter for code, letter in zip(_TCVN3.split(), _UNICODE, strict=True)}

_WORD = re.compile(r"[^\s\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
_BEYOND_WESTERN = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9\u0300\u0301\u0303\u0309\u0323]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

# Code page 1252, and Latin-1 where they differ: programs misread UTF-8 as either.
_WESTERN = {chr(code): code for code in range(256)}
_WESTERN.update({letter: code for code in range(0x80, 0xA0) if (letter := bytes([code]).decode("cp1252", "ignore"))})


def is_western(text: str) -> bool:
    """Whether ``text`` has none of the letters that only Unicode gives to Vietnamese."""
    return _BEYOND_WESTERN.search(text) is None


def from_tcvn3(text: str) -> str:
    """``text`` with TCVN3's Western signs turned into the Vietnamese letters that they stand for.

    TCVN3 fonts have no small and capital toned letters apart: in a text, or a word of two plain letters and more, that
    is all capitals, the converted ones become capitals too.
    """
    if text.isascii():
        return text
    if _is_capitals(text):
        return text.translate(_FROM_TCVN3).upper()
    return _WORD.sub(lambda found: _word_from_tcvn3(found[0]), text)


@lru_cache(maxsize=20_000)
def _word_from_tcvn3(word: str) -> str:
    converted = word.translate(_FROM_TCVN3)
    return converted.upper() if _is_capitals(word) else converted


def _is_capitals(text: str) -> bool:
    plain = [letter for letter in text if letter.isascii() and letter.isalpha()]
    return len(plain) > 1 and all(letter.isupper() for letter in plain)


def decoded(stream: ByteSource, charset: Charset) -> Iterator[str]:
    """The text of ``stream`` in pieces. Text in TCVN3 comes with its Western signs; see ``from_tcvn3``.

    Raises ``ImportRefused`` where the bytes are not of ``charset``. Everything before them has been handed out by
    then, so that the caller knows the row.
    """
    head = stream.read(_SAMPLE)
    codec = _choose(head, charset)
    decoder = codecs.getincrementaldecoder(codec)("strict")
    data = head
    while True:
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(codec, "ignore")
            if good:
                yield good
            raise ImportRefused(_undecodable(error, charset, codec)) from None
        if text:
            yield text
        if not data:
            return
        data = stream.read(CHUNK)


def _choose(head: bytes, charset: Charset) -> str:
    """The codec for a file that begins with ``head``."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise ImportRefused(_l("The file is UTF-32. Save it as CSV UTF-8."))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if charset is Charset.UTF16:
        return _utf16_without_mark(head)
    if b"\x00" in head:
        raise ImportRefused(
            _l("The file holds zero bytes: it is no text file, or UTF-16 without its mark. Save it as CSV UTF-8.")
        )
    if charset in (Charset.AUTO, Charset.UTF8) or head.startswith(codecs.BOM_UTF8):
        if charset is Charset.WINDOWS_1258:
            raise ImportRefused(_l("The file is declared as Windows-1258 but is marked as UTF-8."))
        return "utf-8-sig"
    sample = _as_utf8(head)
    if sample is not None and _BEYOND_WESTERN.search(sample):
        raise ImportRefused(
            _l("The file is declared as %(declared)s but is UTF-8. Leave the declaration out.", declared=charset.value)
        )
    if charset is Charset.TCVN3:
        return "utf-8" if sample is not None else "latin-1"
    _require_vietnamese(head.decode("cp1258", "ignore"), charset)
    return "cp1258"


def _utf16_without_mark(head: bytes) -> str:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if not even and not odd:
        raise ImportRefused(_l("The file is declared as UTF-16 but is not."))
    return "utf-16-le" if odd >= even else "utf-16-be"


def _as_utf8(head: bytes) -> str | None:
    """``head`` as UTF-8 when it holds letters beyond ASCII in that form; None otherwise."""
    if head.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        return decoder.decode(head)
    except UnicodeDecodeError:
        return None


def _require_vietnamese(sample: str, charset: Charset) -> None:
    words = [word for word in _WORD.findall(sample) if not word.isascii()]
    if len(words) >= 20 and sum(map(is_syllable, words)) * 2 < len(words):
        raise ImportRefused(
            _l(
                "Read as %(declared)s the file is no Vietnamese. Declare the right encoding, or save it as CSV UTF-8.",
                declared=charset.value,
            )
        )


def _undecodable(error: UnicodeDecodeError, charset: Charset, codec: str) -> object:
    byte = f"{error.object[error.start]:02X}"
    guess = _guess(error.object[max(0, error.start - 2000) : error.start + 20_000]) if codec == "utf-8-sig" else None
    if guess is not None:
        return _l(
            "The file is not UTF-8 (byte %(byte)s); it looks like %(guess)s. Declare that encoding, or save the file "
            "as CSV UTF-8.",
            byte=byte,
            guess=guess,
        )
    shown = "UTF-8" if charset is Charset.AUTO else charset.value
    return _l("The file is not %(declared)s (byte %(byte)s). Save it as CSV UTF-8.", declared=shown, byte=byte)


def _guess(sample: bytes) -> str | None:
    """The old Vietnamese encoding in which ``sample`` reads as Vietnamese, if one stands out."""
    readings = {
        "TCVN3 (ABC)": from_tcvn3(sample.decode("latin-1")),
        "Windows-1258": sample.decode("cp1258", "ignore"),
    }
    scores = {name: _share_of_syllables(text) for name, text in readings.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0.7 else None


def _share_of_syllables(text: str) -> float:
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    return sum(map(is_syllable, words)) / len(words) if words else 0.0


class Suspicion(StrEnum):
    """What a cell's text looks like when it was damaged before it came here."""

    CONTROLS = "controls"
    REPLACED = "replaced"
    MISREAD_UTF8 = "misread-utf-8"
    TCVN3 = "tcvn3"


SUSPICION_MESSAGES = {
    Suspicion.CONTROLS: _l("The cell holds control characters."),
    Suspicion.REPLACED: _l("The cell holds the sign for a lost letter (�): the text was damaged earlier."),
    Suspicion.MISREAD_UTF8: _l("The cell is UTF-8 that was read in another encoding and saved again."),
    Suspicion.TCVN3: _l("The cell looks like TCVN3 (ABC) text. Declare the encoding tcvn3."),
}


def suspect(cells: Iterable[tuple[int, str]]) -> tuple[int, Suspicion] | None:
    """The first cell of a row that looks damaged, as its position and what is wrong with it; None for a sound row."""
    lookalikes = 0
    first: int | None = None
    for position, text in cells:
        plain = text.isascii()
        if not plain and mended_utf8(text) is not None:
            return position, Suspicion.MISREAD_UTF8
        if _CONTROLS.search(text):
            return position, Suspicion.CONTROLS
        if "\ufffd" in text:
            return position, Suspicion.REPLACED
        if plain or _BEYOND_WESTERN.search(text):
            continue
        found = sum(map(_is_tcvn3_word, _WORD.findall(text)))
        if found and first is None:
            first = position
        lookalikes += found
    return (first, Suspicion.TCVN3) if first is not None and lookalikes >= 2 else None


def mended_utf8(text: str) -> str | None:
    """What ``text`` was before its UTF-8 was read as a Western encoding; None for text to which that never happened."""
    try:
        return bytes(_WESTERN[letter] for letter in text).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return None


@lru_cache(maxsize=20_000)
def _is_tcvn3_word(word: str) -> bool:
    if word.isascii() or is_syllable(word) or not any(letter.isascii() and letter.isalpha() for letter in word):
        return False
    return is_syllable(_word_from_tcvn3(word))
