"""Text as Vietnamese offices write it: one normal form at the door, folding for look-ups, keys for sorting."""

import re
import unicodedata

_INVISIBLE = dict.fromkeys(
    [
        *range(0x00, 0x09),
        *(0x0B, 0x0C),
        *range(0x0E, 0x20),
        *(0x7F, 0xAD),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        0x2060,
        *range(0x2066, 0x206A),
        0xFEFF,
    ],
)
_TO_BE_CLEANED = re.compile(f"[{re.escape(''.join(map(chr, _INVISIBLE)))}\r]")
_SPACES = re.compile(r"\s+")
_TRAILING = re.compile(r"[^\S\n]+(?=\n|$)")

# The order of the Vietnamese alphabet. Letters foreign to it stand where Latin has them.
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_RANK = {letter: f"{rank:02d}" for rank, letter in enumerate(_ALPHABET, start=10)}
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_QUALITY = {"\u0302", "\u0306", "\u031b"}


def nfc(text: str) -> str:
    """``text`` in Unicode normal form C, the only form that is stored or searched."""
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """One line: NFC, invisible characters removed, runs of white space made one space, ends trimmed."""
    return _SPACES.sub(" ", nfc(text).translate(_INVISIBLE)).strip()


def clean_text(text: str) -> str:
    """Several lines: NFC, invisible characters removed, line ends made ``\\n``, ends trimmed."""
    if _is_clean(text):
        return text
    unified = nfc(text).replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE)
    return _TRAILING.sub("", unified).strip()


def _is_clean(text: str) -> bool:
    """Whether ``clean_text`` would leave ``text`` as it is. What is stored is clean; to see that is far cheaper."""
    return (
        unicodedata.is_normalized("NFC", text)
        and _TO_BE_CLEANED.search(text) is None
        and text == text.strip()
        and all(line == line.rstrip() for line in text.split("\n"))
    )


def fold(text: str) -> str:
    """Lower case without marks, đ as d: what a hurried hand types for ``text``."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return nfc("".join(letter for letter in plain if not unicodedata.combining(letter)))


def digits(text: str) -> str:
    """The ASCII digits in ``text``, everything else dropped: the key of a phone or identity number."""
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())


def sort_key(text: str) -> str:
    """ASCII key that orders ``text`` as a Vietnamese dictionary does, the same on every database.

    Letters come first (ă after a, đ after d), then tones (ngang, huyền, hỏi, ngã, sắc, nặng). At most 120 characters.
    """
    letters: list[str] = []
    tones: list[str] = []
    for char in nfc(text).lower():
        base, tone = _letter_and_tone(char)
        letters.append(_LETTER_RANK.get(base) or ("0" + base if base.isascii() and base.isalnum() else "00"))
        tones.append(tone)
    return ("".join(letters)[:90] + "!" + "".join(tones).rstrip("0"))[:120]


def name_sort_key(name: str) -> str:
    """Key that orders personal names as offices do: by the last word (the given name), then the whole name."""
    words = clean_line(name).split(" ")
    return sort_key(" ".join([words[-1], *words[:-1]]))


def _letter_and_tone(char: str) -> tuple[str, str]:
    if char.isascii() or char == "đ":
        return char, "0"
    decomposed = unicodedata.normalize("NFD", char)
    tone = next((_TONES[mark] for mark in decomposed[1:] if mark in _TONES), "0")
    quality = "".join(mark for mark in decomposed[1:] if mark in _QUALITY)
    return nfc(decomposed[0] + quality), tone
