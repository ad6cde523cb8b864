"""A letter as numbers: the pairs of neighbouring words that it has, and the few keys under which it is kept. Pure.

``pairs`` answer how much of one letter stands in another. ``keys`` find letters worth that question. A key is the
smallest hash of three neighbouring words in a window of ``WINDOW`` such triples (MinHash, one window at a time), so
that any ``WINDOW + 2`` words in a row that two letters share give both a common key, however long the letters are: a
letter of which only the beginning has been typed is found, which whole-letter MinHash bands do not promise. The
smallest of all keys are a MinHash sketch of the whole letter (``whole``): enough to find letters that agree as a whole.

Changing anything here needs a new ``FORM``: kept fingerprints are then made anew.
"""

import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from search.analysis import prepare
from search.likeness.phrases import plain_words, runs_between

FORM = 1

WINDOW = 6
LONG_NUMBER = 6
MAX_WORDS = 4_000
KEY_BITS = 48
_KEY_MASK = (1 << KEY_BITS) - 1
_FIRST, _SECOND, _THIRD = 0x9E3779B97F4B, 0xC2B2AE3D27D5, 0x165667B19E37


class Fingerprint(NamedTuple):
    """What is kept of a letter; both rise and hold nothing twice."""

    pairs: Sequence[int]
    keys: Sequence[int]


def fingerprint(*texts: str) -> Fingerprint:
    """The fingerprint of a letter made of ``texts`` (title, body), without what stands in every letter."""
    pairs: set[int] = set()
    keys: set[int] = set()
    left = MAX_WORDS
    for text in texts:
        words = plain_words(prepare(text))[:left]
        left -= len(words)
        for run in runs_between(words):
            _add(run, pairs, keys)
    return Fingerprint(sorted(pairs), sorted(keys))


def _add(run: Sequence[str], pairs: set[int], keys: set[int]) -> None:
    crc = zlib.crc32
    found = [crc(f"{first} {second}".encode()) for first, second in pairwise(run)]
    pairs.update(found)
    # Numbers of papers, phones and identity cards tell more than anything else, so what holds one is always a key.
    long_numbers = [at for at, word in enumerate(run) if len(word) >= LONG_NUMBER and word.isdigit()]
    triples = [(first * _FIRST + second * _SECOND) & _KEY_MASK for first, second in pairwise(found)]
    keys.update([triples[min(at, len(triples) - 1)] for at in long_numbers if triples])
    if len(triples) <= WINDOW:
        if triples:
            keys.add(min(triples))
        return
    keys.update([min(triples[at : at + WINDOW]) for at in range(len(triples) - WINDOW + 1)])


def room(office_id: int, *, sealed: bool) -> int:
    """What is mixed into each key, so that only letters of one office meet, and denunciations only denunciations."""
    return ((office_id * 2 + sealed + 1) * _THIRD) & _KEY_MASK


def house_key(house: str) -> int:
    """The key of a house (``houses.houses_of``); it stands among the keys of letters."""
    return (zlib.crc32(house.encode()) * _SECOND ^ zlib.crc32(house[::-1].encode()) * _FIRST) & _KEY_MASK


def as_bytes(pairs: Iterable[int]) -> bytes:
    """Pairs as they are stored: four bytes each, the lowest byte first."""
    return _array(pairs).tobytes()


def from_bytes(stored: bytes) -> "array[int]":
    """Pairs as they were stored."""
    found = array("I")
    found.frombytes(stored)
    return found


def _array(values: Iterable[int]) -> "array[int]":
    return array("I", values)
