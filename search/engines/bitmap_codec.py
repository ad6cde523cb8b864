"""A Whoosh codec for terms that are either in a document or not.

Whoosh keeps the segments, the table of contents, the lock and the schema; this codec says how one segment lies on
disk. It differs from Whoosh's own in what it leaves out: no weights, lengths, positions or stored text, and no pickle
in any segment file. Per segment three files:

``.ids``  record ids, rising, then their versions, as 64-bit numbers;
``.dct``  the terms in order, in compressed blocks of 64, each with a 64-bit pointer;
``.pst``  the sets of documents (see ``bits``); a set of one document is its pointer.
"""

import os
import struct
import sys
import weakref
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from whoosh.codec import base
from whoosh.codec.whoosh3 import W3Segment
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from search.analysis import MARKS_FOLLOW
from search.engines import WORDS, bits
from search.engines.numbering import Numbering

_BLOCK = 64
_FOOTER = struct.Struct("<QQIQ4s")
_BLOCK_HEAD = struct.Struct("<II")
_MAGIC = b"DTB1"
_SINGLE = 1 << 63
_COUNT_SHIFT = 40
_OFFSET_MASK = (1 << _COUNT_SHIFT) - 1
_COUNT_MASK = (1 << 23) - 1

Grouped = Iterable[tuple[str, bytes, "array[int]"]]


class DamagedSegment(Exception):
    """A segment file does not hold what this codec writes."""


class BitmapCodec(base.Codec):  # type: ignore[misc]  # Whoosh has no types
    """Writes and reads segments of document sets."""

    length_stats = False

    def per_document_writer(self, storage: Any, segment: Any) -> "RecordWriter":
        """Writer of ids and versions."""
        return RecordWriter(storage, segment)

    def field_writer(self, storage: Any, segment: Any) -> "TermWriter":
        """Writer of terms and sets."""
        return TermWriter(storage, segment)

    def terms_reader(self, storage: Any, segment: Any) -> "TermReader":
        """Terms in the form that Whoosh's own searcher asks for."""
        return TermReader(open_segment(Path(storage.folder), segment))

    def per_document_reader(self, storage: Any, segment: Any) -> "RecordReader":
        """Documents in the form that Whoosh's own searcher asks for."""
        return RecordReader(open_segment(Path(storage.folder), segment), segment)

    def new_segment(self, storage: Any, indexname: str) -> Any:
        """A segment that remembers this codec and stays in loose files."""
        return BitmapSegment(self, indexname)


class BitmapSegment(W3Segment):  # type: ignore[misc]  # Whoosh has no types
    """Whoosh's segment record, without its compound file.

    ``holds_secrets``: it still has terms of superseded documents that must leave the disk.
    """

    holds_secrets = False

    def should_assemble(self) -> bool:
        """Never: three files are few, and each is read in place."""
        return False


class RecordWriter(base.PerDocumentWriter):  # type: ignore[misc]  # Whoosh has no types
    """Collects id and version of each document; ids must rise."""

    def __init__(self, storage: Any, segment: Any) -> None:
        self._storage = storage
        self._segment = segment
        self._ids = array("q")
        self._versions = array("q")
        self.is_closed = False

    def add(self, record_id: int, version: int) -> None:
        """Add the next document."""
        if self._ids and record_id <= self._ids[-1]:
            raise ValueError(f"ids must rise: {record_id} after {self._ids[-1]}")
        self._ids.append(record_id)
        self._versions.append(version)

    def close(self) -> None:
        """Write the file."""
        file = self._segment.create_file(self._storage, ".ids")
        for values in (self._ids, self._versions):
            file.write(_little(values).tobytes())
        file.close()
        self.is_closed = True


class TermWriter(base.FieldWriter):  # type: ignore[misc]  # Whoosh has no types
    """Writes terms, which must arrive in order of field and text."""

    def __init__(self, storage: Any, segment: Any) -> None:
        self._segment = segment
        self._terms = segment.create_file(storage, ".dct")
        self._sets = segment.create_file(storage, ".pst")
        self._sets.write(_MAGIC)
        self._offset = len(_MAGIC)
        self._keys: list[bytes] = []
        self._pointers = array("Q")
        self._first_keys: list[bytes] = []
        self._block_offsets = array("Q")
        self._written = 0
        self.is_closed = False

    def write(self, postings: Grouped, size: int) -> None:
        """Write all ``postings`` of a segment of ``size`` documents."""
        for field, term, numbers in postings:
            self._keys.append(field.encode() + term)
            self._pointers.append(self._store(numbers, size))
            if len(self._keys) == _BLOCK:
                self._flush_block()

    def _store(self, numbers: "array[int]", size: int) -> int:
        if len(numbers) == 1:
            return _SINGLE | numbers[0]
        packed = bits.pack(numbers, size)
        pointer = len(numbers) << _COUNT_SHIFT | self._offset
        self._sets.write(packed)
        self._offset += len(packed)
        return pointer

    def _flush_block(self) -> None:
        if not self._keys:
            return
        packed = zlib.compress(b"\n".join(self._keys), 1)
        self._first_keys.append(self._keys[0])
        self._block_offsets.append(self._written)
        block = _BLOCK_HEAD.pack(len(packed), len(self._keys)) + packed + _little(self._pointers).tobytes()
        self._terms.write(block)
        self._written += len(block)
        self._keys.clear()
        self._pointers = array("Q")

    def drop(self) -> None:
        """Close both files as they are; the next commit removes them."""
        for file in (self._terms, self._sets):
            with suppress(Exception):  # closed already, or its last bytes find no room
                file.close()

    def close(self) -> None:
        """Write the index of the blocks and close both files."""
        self._flush_block()
        keys = zlib.compress(b"\n".join(self._first_keys), 1)
        self._terms.write(keys)
        self._terms.write(_little(self._block_offsets).tobytes())
        self._terms.write(_FOOTER.pack(self._written, len(keys), len(self._first_keys), self._offset, _MAGIC))
        self._terms.close()
        self._sets.close()
        self.is_closed = True


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
        _little(numbers)
        self.ids, self.versions = numbers[:size], numbers[size:]
        self._terms = _Slices(folder / f"{name}.dct")
        self._sets = _Slices(folder / f"{name}.pst")
        if len(self._terms) < _FOOTER.size:
            raise DamagedSegment(f"{name}.dct: cut short")
        keys_at, keys_length, blocks, sets_length, magic = _FOOTER.unpack(self._terms[-_FOOTER.size :])
        if magic != _MAGIC or len(self._sets) != sets_length or self._sets[:4] != _MAGIC:
            raise DamagedSegment(f"{name}: terms and sets do not belong together")
        self._block_end = keys_at
        keys = zlib.decompress(self._terms[keys_at : keys_at + keys_length])
        self._first_keys = keys.split(b"\n") if blocks else []
        self._block_offsets = array("Q")
        start = keys_at + keys_length
        self._block_offsets.frombytes(self._terms[start : start + 8 * blocks])
        _little(self._block_offsets)
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
        length, count = _BLOCK_HEAD.unpack(self._terms[at : at + _BLOCK_HEAD.size])
        at += _BLOCK_HEAD.size
        keys = zlib.decompress(self._terms[at : at + length]).split(b"\n")
        pointers = array("Q")
        pointers.frombytes(self._terms[at + length : at + length + 8 * count])
        return keys, _little(pointers)

    def count(self, pointer: int) -> int:
        """How many documents the set has."""
        return 1 if pointer & _SINGLE else pointer >> _COUNT_SHIFT & _COUNT_MASK

    def bitset(self, pointer: int) -> int:
        """The set as an integer."""
        if pointer & _SINGLE:
            return 1 << (pointer & ~_SINGLE)
        return bits.unpack(self._sets, pointer & _OFFSET_MASK, self.count(pointer), self.size)

    def members(self, pointer: int) -> list[int]:
        """The document numbers of the set, rising."""
        if pointer & _SINGLE:
            return [pointer & ~_SINGLE]
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


def _little(values: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        values.byteswap()
    return values


# What follows is asked for by Whoosh's own reader and searcher only. Our queries read SegmentData; that the plain
# searcher of the library understands the index too is how we know that it is a regular one.


class TermReader(base.TermsReader):  # type: ignore[misc]  # Whoosh has no types
    """A segment's terms, for Whoosh."""

    def __init__(self, data: SegmentData) -> None:
        self._data = data

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        return self._data.find(*term) is not None

    def indexed_field_names(self) -> list[str]:
        """Fields that have terms."""
        return sorted({field for field, _, _ in self._data.everything()})

    def terms(self) -> Iterator[tuple[str, bytes]]:
        """All terms."""
        return ((field, term) for field, term, _ in self._data.everything())

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        """Terms not before ``prefix``."""
        return (item for item in self.terms() if item >= (fieldname, prefix))

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        """All terms with their figures."""
        return (((field, term), self._info(pointer)) for field, term, pointer in self._data.everything())

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        """Figures of a term; raises ``TermNotFound``."""
        pointer = self._data.find(fieldname, text)
        if pointer is None:
            raise TermNotFound(f"No term {fieldname}:{text!r}")
        return self._info(pointer)

    def _info(self, pointer: int) -> TermInfo:
        count = self._data.count(pointer)
        return TermInfo(weight=count, df=count, minlength=1, maxlength=1, maxweight=1.0)

    def frequency(self, fieldname: str, text: bytes) -> int:
        """How often the term occurs: once per document."""
        return self.doc_frequency(fieldname, text)

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        """How many documents have the term."""
        pointer = self._data.find(fieldname, text)
        return 0 if pointer is None else self._data.count(pointer)

    def matcher(self, fieldname: str, text: bytes, format_: Any, scorer: Any = None) -> ListMatcher:
        """The documents that have the term."""
        pointer = self._data.find(fieldname, text)
        if pointer is None:
            raise TermNotFound(f"No term {fieldname}:{text!r}")
        numbers = self._data.members(pointer)
        return ListMatcher(
            numbers, [1.0] * len(numbers), format=format_, scorer=scorer, term=(fieldname, text),
            terminfo=self._info(pointer),
        )  # fmt: skip


class RecordReader(base.PerDocumentReader):  # type: ignore[misc]  # Whoosh has no types
    """A segment's documents, for Whoosh."""

    def __init__(self, data: SegmentData, segment: Any) -> None:
        self._data = data
        self._segment = segment

    def doc_count(self) -> int:
        """Documents that are not superseded."""
        return self._data.size - int(self._segment.deleted_count())

    def doc_count_all(self) -> int:
        """All documents."""
        return self._data.size

    def has_deletions(self) -> bool:
        """Whether some are superseded."""
        return bool(self._segment.has_deletions())

    def is_deleted(self, docnum: int) -> bool:
        """Whether this one is superseded."""
        return bool(self._segment.is_deleted(docnum))

    def deleted_docs(self) -> Iterator[int]:
        """The superseded ones."""
        return iter(self._segment.deleted_docs())

    def stored_fields(self, docnum: int) -> dict[str, int]:
        """Id and version, all that is kept of a document."""
        return {"id": self._data.ids[docnum], "version": self._data.versions[docnum]}

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        """Always one: the index does not score."""
        return 1

    def field_length(self, fieldname: str) -> int:
        """One per document."""
        return self._data.size

    def min_field_length(self, fieldname: str) -> int:
        """One."""
        return 1

    def max_field_length(self, fieldname: str) -> int:
        """One."""
        return 1
