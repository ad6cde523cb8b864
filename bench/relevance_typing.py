"""How hands type Vietnamese: keys of Telex and VNI, other places of the tone, marks left out, slips of a finger."""

import random
import re
import unicodedata
from collections.abc import Callable, Mapping

from core.text import fold

_TELEX_TONE = {"\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j"}
_VNI_TONE = {"\u0301": "1", "\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
_VNI_QUALITY = {"\u0302": "6", "\u031b": "7", "\u0306": "8"}
_OLD_TO_NEW = {
    "òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ", "òe": "oè", "óe": "oé", "ỏe": "oẻ", "õe": "oẽ",
    "ọe": "oẹ", "ùy": "uỳ", "úy": "uý", "ủy": "uỷ", "ũy": "uỹ", "ụy": "uỵ",
}  # fmt: skip
_OLD = re.compile(f"({'|'.join(_OLD_TO_NEW)})(?![^\\W_])")
_Y = str.maketrans("yỳýỷỹỵ", "iìíỉĩị")
_FINAL_Y = re.compile(r"(?<![^\W_])((?:[hklmst]|[Qq]u))([yỳýỷỹỵ])(?![^\W_])", re.IGNORECASE)


def telex(text: str, *, tone_last: bool) -> str:
    """The keys of the Telex layout: "khiếu nại" is "khieesu naij", with ``tone_last`` "khieeus naij"."""
    return " ".join(_typed(word, _TELEX_TONE, _telex_quality, "dd", tone_last=tone_last) for word in text.split(" "))


def vni(text: str, *, tone_last: bool) -> str:
    """The keys of the VNI layout: "khiếu nại" is "khie61u na5i", with ``tone_last`` "khie6u1 nai5"."""
    return " ".join(_typed(word, _VNI_TONE, _vni_quality, "d9", tone_last=tone_last) for word in text.split(" "))


def _telex_quality(mark: str, letter: str) -> str:
    return letter.lower() if mark == "\u0302" else "w"


def _vni_quality(mark: str, _letter: str) -> str:
    return _VNI_QUALITY[mark]


def _typed(
    word: str, tones: Mapping[str, str], quality: Callable[[str, str], str], crossed: str, *, tone_last: bool
) -> str:
    keys: list[str] = []
    tone = letter = ""
    for char in unicodedata.normalize("NFD", word):
        if char in tones:
            tone = tones[char]
            if not tone_last:
                keys.append(tone)
        elif unicodedata.combining(char):
            # The quality is typed before the tone, wherever the normal form has it.
            at = len(keys) - 1 if keys[-1] == tone and not tone_last else len(keys)
            keys.insert(at, quality(char, letter))
        else:
            letter = char
            keys.append(crossed if char in "đĐ" else char)
    # Both vowels of "ươ" are hooked by one key.
    typed = re.sub(r"(?i)u([w7])o\1", r"uo\1", "".join(keys))
    return typed + tone if tone_last else typed


def other_places(text: str) -> str:
    """The other spelling of the same words: "hoà" for "hòa", "lí" for "lý"."""
    moved = _OLD.sub(lambda match: _OLD_TO_NEW[match.group()], text)
    return _FINAL_Y.sub(lambda match: match.group(1) + match.group(2).translate(_Y), moved)


def half_marked(text: str, dice: random.Random) -> str:
    """``text`` with the marks of about every second word."""
    words = text.split(" ")
    keep = {n for n in range(len(words)) if dice.random() < 0.5} or {0}
    if len(keep) == len(words):
        keep.discard(0)
    return " ".join(word if n in keep else fold(word) for n, word in enumerate(words))


def slip(text: str, dice: random.Random) -> str:
    """``text`` with one slip in one of its longest words: a letter lost, doubled by its neighbour, changed, swapped."""
    words = text.split(" ")
    at = dice.choice(sorted(range(len(words)), key=lambda n: -len(words[n]))[:2])
    word = words[at]
    place = dice.randrange(1, len(word) - 1)
    kind = dice.choice(("lost", "swapped", "changed", "added"))
    if kind == "lost":
        slipped = word[:place] + word[place + 1 :]
    elif kind == "swapped":
        slipped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    elif kind == "changed":
        slipped = word[:place] + dice.choice("bcdghklmnpqrstvx") + word[place + 1 :]
    else:
        slipped = word[:place] + dice.choice("bcdghklmnpqrstvx") + word[place:]
    words[at] = slipped if fold(slipped) != fold(word) else word[:place] + word[place + 1 :]
    return " ".join(words)
