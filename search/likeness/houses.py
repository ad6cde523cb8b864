"""The same house, however its address is written. Pure.

"số 12, ngõ 165 Đường Mẫu", "165/12 duong Mau" and "12 ngõ 165 Đ. Mẫu, P. Nghĩa Đô, Hà Nội" are one house: its numbers
and the words of its street, without the words for number, alley and street and without ward, district and city, whose
names changed in 2025. An address without a number names no house.
"""

import re

from search.analysis import prepare, split_marks

_PART = re.compile(r"[,;–\n]|\s-\s")
_TOKEN = re.compile(r"[^\W_]+")
# A house number may have a letter: 12A. The group (tổ) of a ward is no house.
_NUMBER = re.compile(r"\d+[a-z]?\d?")
_KINDS = frozenset(
    "so nha duong pho ngo ngach hem kiet d lo can ho phong tang toa khu to dan tdp ap thon xom cum chung cu ct".split()
)
_WIDER = frozenset("phuong xa quan huyen thanh tinh tp p q tx".split())
_GROUP = frozenset(("to", "tdp", "cum", "khu", "ap", "thon", "xom", "phong", "tang"))
LEAST_STREET = 2


def houses_of(*addresses: str) -> set[str]:
    """The houses that ``addresses`` name."""
    return {house for address in addresses if (house := _house(address))}


def _house(address: str) -> str:
    numbers: list[str] = []
    street: list[str] = []
    for part in _PART.split(prepare(address)):
        words = [split_marks(word)[0] for word in _TOKEN.findall(part)]
        if not words:
            continue
        if words[0] in _WIDER and (numbers or street):
            break
        _read(words, numbers, street)
        if len("".join(street)) >= LEAST_STREET:
            # What follows the street is the ward, with or without the word for it.
            break
    if not numbers or len("".join(street)) < LEAST_STREET:
        return ""
    return " ".join([*sorted(numbers), "@", *street])


def _read(words: list[str], numbers: list[str], street: list[str]) -> None:
    before = ""
    for word in words:
        if word in _WIDER and street and before not in _KINDS:
            return
        if _NUMBER.fullmatch(word):
            if before not in _GROUP:
                numbers.append(word)
        elif word not in _KINDS:
            street.append(word)
        before = word
