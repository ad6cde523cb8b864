"""A segment as one snapshot sees it, all segments together, and the sets that were asked for lately."""

import struct
import sys
import threading
import zlib
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from itertools import islice
from operator import or_

from whoosh.index import IndexError as WhooshIndexError

from search.analysis import MARKS_FOLLOW
from search.engines import CODES, WORDS, IndexState, IndexUnavailable, bits
from search.engines.segment_data import DamagedSegment, SegmentData

MAX_SPELLINGS = 200
# Words of segments smaller than this share of the largest are left out of the vocabulary: they change all the time.
_SMALL_SHARE = 50

# What reading a file that is not what it should be can raise, in Whoosh or here.
DAMAGE = (
    DamagedSegment, WhooshIndexError, struct.error, zlib.error, ValueError, LookupError, TypeError, AttributeError,
    OverflowError, EOFError, AssertionError,
)  # fmt: skip

Spellings = tuple[int, Mapping[str, int]]


class SegmentView:
    """A segment's data as sets of petitions, without what has been superseded by the time of the snapshot."""

    def __init__(self, data: SegmentData, superseded: Sequence[int], cache: "BitsetCache") -> None:
        self._data = data
        self._cache = cache
        self._superseded = frozenset(superseded)
        self._numbering = data.numbering
        self._first = self._numbering.first
        everything = (1 << data.size) - 1
        self._live = self._numbering.to_ids(everything & ~bits.of(superseded, data.size))
        self.size = data.size

    @property
    def held(self) -> int:
        """All petitions whose newest text is in this segment."""
        return self._live << self._first

    def version_of(self, record_id: int) -> int | None:
        """The version in which a petition is here; None where it is not."""
        position = self._data.position_of(record_id)
        return None if position is None or position in self._superseded else self._data.versions[position]

    def versions(self) -> Iterator[tuple[int, int]]:
        """Every petition's id and version."""
        for position, pair in enumerate(zip(self._data.ids, self._data.versions, strict=True)):
            if position not in self._superseded:
                yield pair

    def spelled(self, field: str, plain: str) -> int:
        """The petitions having ``plain`` with any marks."""
        return self._ids(self._spellings(field, plain)[0])

    def exact(self, field: str, term: str) -> int:
        """The petitions having exactly ``term``."""
        plain, mark, marks = term.partition(MARKS_FOLLOW)
        if mark:
            return self._ids(self._spellings(field, plain)[1].get(marks, 0))
        key = (self._data.name, field, term)
        known = self._cache.get(key)
        if known is None:
            with reading():
                pointer = self._data.find(field, term.encode())
                known = (0 if pointer is None else self._kept(pointer)), {}
            self._cache.put(key, known)
        return self._ids(known[0])

    def codes_starting(self, prefix: str, limit: int) -> int:
        """The petitions having one of the first ``limit`` codes that begin with ``prefix``."""
        documents = 0
        with reading():
            for _, pointer in islice(self._data.starting_with(CODES, prefix.encode()), limit):
                documents |= self._kept(pointer)
        return self._ids(documents)

    def words_starting(self, prefix: str, limit: int) -> Sequence[str]:
        """At most ``limit`` plain words that begin with ``prefix``."""
        found: dict[str, None] = {}
        with reading():
            for term, _ in islice(self._data.starting_with(WORDS, prefix.encode()), 8 * limit):
                found[term.decode().partition(MARKS_FOLLOW)[0]] = None
        return list(found)[:limit]

    def vocabulary(self) -> Mapping[str, int]:
        """The plain words, each with how many documents have it (one with two spellings of it counts twice)."""
        with reading():
            return self._data.vocabulary()

    def _spellings(self, field: str, plain: str) -> Spellings:
        key = (self._data.name, field, plain)
        known = self._cache.get(key)
        if known is None:
            known = self._read_spellings(field, plain)
            self._cache.put(key, known)
        return known

    def _read_spellings(self, field: str, plain: str) -> Spellings:
        union = 0
        by_marks: dict[str, int] = {}
        with reading():
            terms = self._data.starting_with(field, f"{plain}{MARKS_FOLLOW}".encode())
            for term, pointer in islice(terms, MAX_SPELLINGS):
                by_marks[term.decode().partition(MARKS_FOLLOW)[2]] = documents = self._kept(pointer)
                union |= documents
        return union, by_marks

    # Sets are kept in the form in which they are asked for, unless that would be much longer: a small segment of
    # petitions far apart.

    def _kept(self, pointer: int) -> int:
        documents = self._data.bitset(pointer)
        return self._numbering.to_ids(documents) if self._numbering.is_close else documents

    def _ids(self, kept: int) -> int:
        if not kept:
            return 0
        near = kept if self._numbering.is_close else self._numbering.to_ids(kept)
        return (near & self._live) << self._first


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


class SegmentedSnapshot:
    """All segments of an index at one moment."""

    def __init__(self, views: Sequence[SegmentView], generation: str, *, position: int | None) -> None:
        self._views = views
        self.generation = generation
        self.complete = position is None
        self.resume_after = position or 0
        self.held = reduce(or_, (view.held for view in views), 0)
        self.segments = len(views)
        self.documents = sum(view.size for view in views)

    def spelled(self, field: str, plain: str) -> int:
        """The petitions having ``plain`` with any marks."""
        return reduce(or_, (view.spelled(field, plain) for view in self._views), 0)

    def exact(self, field: str, term: str) -> int:
        """The petitions having exactly ``term``."""
        return reduce(or_, (view.exact(field, term) for view in self._views), 0)

    def fetch(self, spelled: Iterable[tuple[str, str]], exact: Iterable[tuple[str, str]]) -> None:
        """Nothing: what is asked for is read where it lies."""

    def codes_starting(self, prefix: str, limit: int) -> int:
        """The petitions having one of the first codes (``limit`` of each segment) that begin with ``prefix``."""
        return reduce(or_, (view.codes_starting(prefix, limit) for view in self._views), 0)

    def words_starting(self, prefix: str, limit: int) -> Sequence[str]:
        """At most ``limit`` plain words that begin with ``prefix``."""
        found: dict[str, None] = {}
        for view in self._views:
            found.update(dict.fromkeys(view.words_starting(prefix, limit)))
        return list(found)[:limit]

    def versions_of(self, ids: Sequence[int]) -> dict[int, int]:
        """The versions in which the petitions ``ids`` are here; those that are not are left out."""
        found = {}
        for record_id in ids:
            for view in self._views:
                version = view.version_of(record_id)
                if version is not None:
                    found[record_id] = version
                    break
        return found

    def versions(self) -> dict[int, int]:
        """Every petition's version."""
        return {record_id: version for view in self._views for record_id, version in view.versions()}

    def vocabulary(self) -> Mapping[str, int]:
        """The plain words of the larger segments, each with about how many petitions have it."""
        counts: Counter[str] = Counter()
        largest = max((view.size for view in self._views), default=0)
        for view in self._views:
            if view.size * _SMALL_SHARE >= largest:
                counts.update(view.vocabulary())
        return counts


@contextmanager
def reading() -> Iterator[None]:
    """Tell as ``IndexUnavailable`` whatever a damaged file makes go wrong inside the block."""
    try:
        yield
    except DAMAGE as error:
        raise IndexUnavailable(IndexState.DAMAGED, f"{type(error).__name__}: {error}") from error
