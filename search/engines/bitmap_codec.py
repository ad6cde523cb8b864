"""A Whoosh codec for terms that are either in a document or not.

Whoosh keeps the segments, the table of contents, the lock and the schema; this codec says how one segment lies on
disk. It differs from Whoosh's own in what it leaves out: no weights, lengths, positions or stored text, and no pickle
in any segment file. Per segment three files:

``.ids``  record ids, rising, then their versions, as 64-bit numbers;
``.dct``  the terms in order, in compressed blocks of 64, each with a 64-bit pointer;
``.pst``  the sets of documents (see ``bits``); a set of one document is its pointer.
"""

import zlib
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from whoosh.codec import base
from whoosh.codec.whoosh3 import W3Segment
from whoosh.matching import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from search.engines import bits
from search.engines.segment_data import (
    BLOCK,
    BLOCK_HEAD,
    COUNT_SHIFT,
    FOOTER,
    MAGIC,
    SINGLE,
    SegmentData,
    little,
    open_segment,
)

Grouped = Iterable[tuple[str, bytes, "array[int]"]]


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
            file.write(little(values).tobytes())
        file.close()
        self.is_closed = True


class TermWriter(base.FieldWriter):  # type: ignore[misc]  # Whoosh has no types
    """Writes terms, which must arrive in order of field and text."""

    def __init__(self, storage: Any, segment: Any) -> None:
        self._segment = segment
        self._terms = segment.create_file(storage, ".dct")
        self._sets = segment.create_file(storage, ".pst")
        self._sets.write(MAGIC)
        self._offset = len(MAGIC)
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
            if len(self._keys) == BLOCK:
                self._flush_block()

    def _store(self, numbers: "array[int]", size: int) -> int:
        if len(numbers) == 1:
            return SINGLE | numbers[0]
        packed = bits.pack(numbers, size)
        pointer = len(numbers) << COUNT_SHIFT | self._offset
        self._sets.write(packed)
        self._offset += len(packed)
        return pointer

    def _flush_block(self) -> None:
        if not self._keys:
            return
        packed = zlib.compress(b"\n".join(self._keys), 1)
        self._first_keys.append(self._keys[0])
        self._block_offsets.append(self._written)
        block = BLOCK_HEAD.pack(len(packed), len(self._keys)) + packed + little(self._pointers).tobytes()
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
        self._terms.write(little(self._block_offsets).tobytes())
        self._terms.write(FOOTER.pack(self._written, len(keys), len(self._first_keys), self._offset, MAGIC))
        self._terms.close()
        self._sets.close()
        self.is_closed = True


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
