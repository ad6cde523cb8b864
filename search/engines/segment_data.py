"""One segment as it lies on disk, read in place: ids, terms in compressed blocks, sets of documents."""

import os
import struct
import sys
import weakref
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from search.analysis import MARKS_FOLLOW
from search.engines import WORDS, bits
from search.engines.numbering import Numbering

BLOCK = 64
FOOTER = struct.Struct("<QQIQ4s")
BLOCK_HEAD = struct.Struct("<II")
MAGIC = b"DTB1"
SINGLE = 1 << 63
COUNT_SHIFT = 40
_OFFSET_MASK = (1 << COUNT_SHIFT) - 1
_COUNT_MASK = (1 << 23) - 1


class DamagedSegment(Exception):
    """A segment file does not hold what this codec writes."""


class SegmentData:
    """One segment, read in place; immutable, safe to share between threads.

    Raises ``DamagedSegment`` when the files do not hold together.
    """

    def __init__(self, folder: Path, name: str, size: int) -> None:
        self.name = name
        self.size = size
        numbers = array("q")
        numbers.frombytes((folder / f"{name}.ids").read_bytes())
        if len(numbers) != 2 * size:
            raise DamagedSegment(f"{name}.ids: {len(numbers)} numbers, expected {2 * size}")
        little(numbers)
        self.ids, self.versions = numbers[:size], numbers[size:]
        self._terms = _Slices(folder / f"{name}.dct")
        self._sets = _Slices(folder / f"{name}.pst")
        if len(self._terms) < FOOTER.size:
            raise DamagedSegment(f"{name}.dct: cut short")
        keys_at, keys_length, blocks, sets_length, magic = FOOTER.unpack(self._terms[-FOOTER.size :])
        if magic != MAGIC or len(self._sets) != sets_length or self._sets[:4] != MAGIC:
            raise DamagedSegment(f"{name}: terms and sets do not belong together")
        self._block_end = keys_at
        keys = zlib.decompress(self._terms[keys_at : keys_at + keys_length])
        self._first_keys = keys.split(b"\n") if blocks else []
        self._block_offsets = array("Q")
        start = keys_at + keys_length
        self._block_offsets.frombytes(self._terms[start : start + 8 * blocks])
        little(self._block_offsets)
        if len(self._first_keys) != blocks or len(self._block_offsets) != blocks:
            raise DamagedSegment(f"{name}.dct: {blocks} blocks announced")
        self.numbering = Numbering(self.ids)
        self._vocabulary: dict[str, int] | None = None

    def vocabulary(self) -> dict[str, int]:
        """The words in plain letters, each with how many documents have it. Made once."""
        if self._vocabulary is None:
            counts: Counter[str] = Counter()
            for term, pointer in self.starting_with(WORDS, b""):
                counts[term.decode().partition(MARKS_FOLLOW)[0]] += self.count(pointer)
            self._vocabulary = dict(counts)
        return self._vocabulary

    def position_of(self, record_id: int) -> int | None:
        """The document number of a record, if this segment holds it."""
        at = bisect_left(self.ids, record_id)
        return at if at < self.size and self.ids[at] == record_id else None

    def find(self, field: str, term: bytes) -> int | None:
        """The pointer of one term."""
        key = field.encode() + term
        block = bisect_right(self._first_keys, key) - 1
        if block < 0:
            return None
        keys, pointers = self._block(block)
        at = bisect_left(keys, key)
        return pointers[at] if at < len(keys) and keys[at] == key else None

    def starting_with(self, field: str, prefix: bytes) -> Iterator[tuple[bytes, int]]:
        """Terms of ``field`` that begin with ``prefix``, in order, with their pointers."""
        lead = field.encode()
        key = lead + prefix
        block = max(0, bisect_right(self._first_keys, key) - 1)
        while block < len(self._first_keys):
            keys, pointers = self._block(block)
            for at in range(bisect_left(keys, key), len(keys)):
                if not keys[at].startswith(key):
                    return
                yield keys[at][len(lead) :], pointers[at]
            block += 1

    def everything(self) -> Iterator[tuple[str, bytes, int]]:
        """All terms in order: field, term, pointer."""
        for block in range(len(self._first_keys)):
            keys, pointers = self._block(block)
            for key, pointer in zip(keys, pointers, strict=True):
                yield key[:1].decode(), key[1:], pointer

    def _block(self, block: int) -> tuple[list[bytes], "array[int]"]:
        at = self._block_offsets[block]
        length, count = BLOCK_HEAD.unpack(self._terms[at : at + BLOCK_HEAD.size])
        at += BLOCK_HEAD.size
        keys = zlib.decompress(self._terms[at : at + length]).split(b"\n")
        pointers = array("Q")
        pointers.frombytes(self._terms[at + length : at + length + 8 * count])
        return keys, little(pointers)

    def count(self, pointer: int) -> int:
        """How many documents the set has."""
        return 1 if pointer & SINGLE else pointer >> COUNT_SHIFT & _COUNT_MASK

    def bitset(self, pointer: int) -> int:
        """The set as an integer."""
        if pointer & SINGLE:
            return 1 << (pointer & ~SINGLE)
        return bits.unpack(self._sets, pointer & _OFFSET_MASK, self.count(pointer), self.size)

    def members(self, pointer: int) -> list[int]:
        """The document numbers of the set, rising."""
        if pointer & SINGLE:
            return [pointer & ~SINGLE]
        return bits.unpack_members(self._sets, pointer & _OFFSET_MASK, self.count(pointer), self.size)


def open_segment(folder: Path, segment: Any) -> SegmentData:
    """Read the segment that Whoosh's record ``segment`` describes."""
    return SegmentData(folder, segment.segment_id(), segment.doc_count_all())


class _Slices:
    """A file read piece by piece, as one would slice bytes.

    Not mapped into memory: to read beyond the end of a mapped file that somebody has cut short ends the process.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._handle)
        self._size = os.fstat(self._handle).st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, piece: slice) -> bytes:
        start, stop, _step = piece.indices(self._size)
        found = os.pread(self._handle, max(0, stop - start), start)
        if len(found) < stop - start:
            raise DamagedSegment("a file was cut short")
        return found


def little(values: "array[int]") -> "array[int]":
    """``values`` with the byte order of the files, or back."""
    if sys.byteorder == "big":
        values.byteswap()
    return values


# What follows is asked for by Whoosh's own reader and searcher only. Our queries read SegmentData; that the plain
# searcher of the library understands the index too is how we know that it is a regular one.
