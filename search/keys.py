"""Words that an input method should have turned into Vietnamese and did not: the keys of Telex and VNI, read back."""

import unicodedata
from collections.abc import Mapping

from core.text import nfc

_TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
_VOWELS = "aeiouy"
_LONGEST = 14


class _Syllable:
    """A syllable being typed: letters, each with its quality mark, and a tone."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.qualities: list[str] = []
        self.tone = ""

    def add(self, letter: str) -> None:
        self.letters.append(letter)
        self.qualities.append("")

    def has_vowel(self) -> bool:
        return any(letter in _VOWELS for letter in self.letters)

    def last(self, wanted: str) -> int | None:
        """Where the last letter of ``wanted`` without a quality mark stands."""
        places = range(len(self.letters) - 1, -1, -1)
        return next((at for at in places if self.letters[at] in wanted and not self.qualities[at]), None)

    def cross(self) -> bool:
        """Make a first d into đ."""
        if self.letters[:1] != ["d"]:
            return False
        self.letters[0] = "đ"
        return True

    def qualify(self, wanted: str, mark: str) -> bool:
        """Put ``mark`` on the last letter of ``wanted``."""
        at = self.last(wanted)
        if at is None:
            return False
        self.qualities[at] = mark
        return True

    def hook(self) -> bool:
        """Put a horn on o or u, on both where they stand together."""
        at = self.last("ou")
        if at is None:
            return False
        self.qualities[at] = _HORN
        before = at - 1
        if self.letters[at] == "o" and before >= 0 and self.letters[before] == "u":
            self.qualities[before] = _HORN
        return True

    def text(self) -> str:
        """The word, its tone where it is usually written."""
        marks = list(self.qualities)
        if self.tone:
            marks[self._bearer()] += self.tone
        return nfc("".join(letter + mark for letter, mark in zip(self.letters, marks, strict=True)))

    def _bearer(self) -> int:
        vowels = [at for at, letter in enumerate(self.letters) if letter in _VOWELS]
        glide = "".join(self.letters[:2])
        if len(vowels) > 1 and glide in ("qu", "gi") and vowels[0] == 1:
            vowels = vowels[1:]
        marked = [at for at in vowels if self.qualities[at]]
        if marked:
            return marked[-1]
        closed = vowels[-1] < len(self.letters) - 1
        return vowels[-1] if closed else vowels[(len(vowels) - 1) // 2]


def telex(word: str) -> str:
    """What ``word`` is when its letters are keys of the Telex layout; the word itself where they are none."""
    typed = word.lower()
    if not (typed.isascii() and typed.isalpha() and len(typed) <= _LONGEST):
        return word
    syllable = _Syllable()
    for key in typed:
        if not _telex_key(syllable, key):
            syllable.add(key)
    return _told(word, typed, syllable)


def _telex_key(syllable: _Syllable, key: str) -> bool:
    if key == "d":
        return bool(syllable.letters) and syllable.cross()
    if key in "aeo":
        return syllable.qualify(key, _CIRCUMFLEX)
    if key == "w":
        return _hooked_or_short(syllable)
    return _toned(syllable, key, _TELEX_TONES)


def _hooked_or_short(syllable: _Syllable) -> bool:
    """The key w: ă after a, ơ and ư after o and u, ư alone."""
    a, hooked = syllable.last("a"), syllable.last("ou")
    if a is not None and (hooked is None or syllable.letters[hooked] == "o" or syllable.letters[:1] == ["q"]):
        return syllable.qualify("a", _BREVE)
    if syllable.hook():
        return True
    if syllable.has_vowel():
        # "ươ" typed "uwow": the second key finds its work done.
        return any(mark == _HORN for mark in syllable.qualities)
    syllable.add("u")
    syllable.qualities[-1] = _HORN
    return True


def vni(word: str) -> str:
    """What ``word`` is when its figures are keys of the VNI layout; the word itself where they are none."""
    typed = word.lower()
    if not (typed.isascii() and typed.isalnum() and typed[:1].isalpha() and len(typed) <= _LONGEST):
        return word
    syllable = _Syllable()
    for key in typed:
        if key.isalpha():
            syllable.add(key)
        elif not _vni_key(syllable, key):
            return word
    return _told(word, typed, syllable)


def _vni_key(syllable: _Syllable, key: str) -> bool:
    match key:
        case "6":
            return syllable.qualify("aeo", _CIRCUMFLEX)
        case "7":
            return syllable.hook() or _HORN in syllable.qualities
        case "8":
            return syllable.qualify("a", _BREVE)
        case "9":
            return syllable.cross()
        case _:
            return _toned(syllable, key, _VNI_TONES)


def _toned(syllable: _Syllable, key: str, tones: Mapping[str, str]) -> bool:
    if key not in tones or not syllable.has_vowel():
        return False
    syllable.tone = tones[key]
    return True


def _told(word: str, typed: str, syllable: _Syllable) -> str:
    if not syllable.has_vowel():
        return word
    found = syllable.text()
    if found == typed:
        return word
    return unicodedata.normalize("NFC", found.capitalize() if word[:1].isupper() else found)
