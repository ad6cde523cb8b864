"""A segment as one snapshot sees it, and the sets that were asked for lately."""

import struct
import sys
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice

from whoosh.index import IndexError as WhooshIndexError

from search.analysis import MARKS_FOLLOW
from search.engines import CODES, WORDS, IndexState, IndexUnavailable, bits
from search.engines.bitmap_codec import DamagedSegment, SegmentData

MAX_SPELLINGS = 200

# What reading a file that is not what it should be can raise, in Whoosh or here.
DAMAGE = (
    DamagedSegment, WhooshIndexError, struct.error, zlib.error, ValueError, LookupError, TypeError, AttributeError,
    OverflowError, EOFError, AssertionError,
)  # fmt: skip

Spellings = tuple[int, Mapping[str, int]]


class SegmentView:
    """A segment's data, without what has been superseded by the time of the snapshot."""

    def __init__(self, data: SegmentData, superseded: Sequence[int], cache: "BitsetCache") -> None:
        self._data = data
        self._cache = cache
        self.size = data.size
        self.live = ((1 << data.size) - 1) & ~bits.of(superseded, data.size)
        self.ids: Sequence[int] = data.ids
        self.versions: Sequence[int] = data.versions

    def position_of(self, record_id: int) -> int | None:
        """The document number of a petition, if it is here and not superseded."""
        position = self._data.position_of(record_id)
        return position if position is not None and self.live >> position & 1 else None

    def spellings(self, field: str, plain: str) -> Spellings:
        """The documents having ``plain`` with any marks, and the same by marks."""
        key = (self._data.name, field, plain)
        known = self._cache.get(key)
        if known is None:
            known = self._read_spellings(field, plain)
            self._cache.put(key, known)
        return known

    def exact(self, field: str, term: str) -> int:
        """The documents having exactly ``term``."""
        key = (self._data.name, field, term)
        known = self._cache.get(key)
        if known is None:
            with reading():
                pointer = self._data.find(field, term.encode())
                known = (0 if pointer is None else self._data.bitset(pointer)), {}
            self._cache.put(key, known)
        return known[0]

    def codes_starting(self, prefix: str, limit: int) -> int:
        """The documents having one of the first ``limit`` codes that begin with ``prefix``."""
        documents = 0
        with reading():
            for _, pointer in islice(self._data.starting_with(CODES, prefix.encode()), limit):
                documents |= self._data.bitset(pointer)
        return documents

    def words_starting(self, prefix: str, limit: int) -> Sequence[str]:
        """At most ``limit`` plain words that begin with ``prefix``."""
        found: dict[str, None] = {}
        with reading():
            for term, _ in islice(self._data.starting_with(WORDS, prefix.encode()), 8 * limit):
                found[term.decode().partition(MARKS_FOLLOW)[0]] = None
        return list(found)[:limit]

    def _read_spellings(self, field: str, plain: str) -> Spellings:
        union = 0
        by_marks: dict[str, int] = {}
        with reading():
            terms = self._data.starting_with(field, f"{plain}{MARKS_FOLLOW}".encode())
            for term, pointer in islice(terms, MAX_SPELLINGS):
                by_marks[term.decode().partition(MARKS_FOLLOW)[2]] = documents = self._data.bitset(pointer)
                union |= documents
        return union, by_marks


class BitsetCache:
    """The sets most recently asked for, within ``limit`` bytes. Segments never change, so nothing goes stale."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[str, str, str], Spellings] = OrderedDict()

    def get(self, key: tuple[str, str, str]) -> Spellings | None:
        """The entry, if it is kept."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def put(self, key: tuple[str, str, str], entry: Spellings) -> None:
        """Keep the entry, dropping the longest unused ones for it."""
        with self._lock:
            if key in self._entries:
                return
            self._entries[key] = entry
            self._used += _weight(entry)
            while self._used > self._limit:
                _, dropped = self._entries.popitem(last=False)
                self._used -= _weight(dropped)


def _weight(entry: Spellings) -> int:
    union, by_marks = entry
    return 400 + sys.getsizeof(union) + sum(100 + sys.getsizeof(documents) for documents in by_marks.values())


@contextmanager
def reading() -> Iterator[None]:
    """Tell as ``IndexUnavailable`` whatever a damaged file makes go wrong inside the block."""
    try:
        yield
    except DAMAGE as error:
        raise IndexUnavailable(IndexState.DAMAGED, f"{type(error).__name__}: {error}") from error
