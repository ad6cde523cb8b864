"""Which petitions have a term, as PostgreSQL answers it: fetched as sets, remembered, kept up with what is newer."""

import sys
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, Engine, text

from search.analysis import MARKS_FOLLOW
from search.engines import CODES, WORDS, Document, bits
from search.engines.memory import FreshDocument, FreshSegment
from search.engines.postgresql_rows import read_back, reading

# Sets remembered, and petitions indexed since that are looked at beside them before they are entered into the sets.
_CACHE_BYTES = 128 * 1024 * 1024
_BESIDE = 200
_READ_BACK = 2_000
_HELD = ("", "")
_HAVING = text("SELECT ids FROM search.having(CAST(:documents AS regclass), CAST(:asked AS text[])) ORDER BY place")

# A field, and plain letters with the sign after which marks follow, or "=" and a term.
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """The row of the index: which half is searched, and since when it is what it is."""

    present: int
    generation: int
    complete: bool
    resume_after: int


class PostgresqlSnapshot:
    """The index as it was when it was opened. A petition indexed since may be seen in its newer state."""

    def __init__(self, engine: Engine, cache: "Cache", beside: "_Beside", kept: Kept, name: str) -> None:
        self._engine = engine
        self._cache = cache
        self._beside = beside
        self.table = cache.table
        self.generation = f"{name}.{kept.present}.{kept.generation}"
        self.complete = kept.complete
        self.resume_after = kept.resume_after

    @property
    def held(self) -> int:
        """All petitions that are here."""
        known = self._cache.get(_HELD)
        if known is None:
            with reading(), self._engine.connect() as connection:
                query = f"SELECT string_agg(int4send(petition_id::int4), '') FROM {self.table} WHERE version >= 0"  # noqa: S608
                known = _as_set(connection.execute(text(query)).scalar_one())
            self._cache.put(_HELD, known)
        return known & ~self._beside.replaced | self._beside.held

    def spelled(self, field: str, plain: str) -> int:
        """The petitions having ``plain`` with any marks."""
        return self._settled(_spelled(field, plain)) | self._beside.spelled(field, plain)

    def exact(self, field: str, term: str) -> int:
        """The petitions having exactly ``term``."""
        return self._settled(_exact(field, term)) | self._beside.exact(field, term)

    def fetch(self, spelled: Iterable[tuple[str, str]], exact: Iterable[tuple[str, str]]) -> None:
        """Read what will be asked for, all at once."""
        keys = [*(_spelled(*one) for one in spelled), *(_exact(*one) for one in exact)]
        self._read([key for key in dict.fromkeys(keys) if self._cache.get(key) is None])

    def codes_starting(self, prefix: str, limit: int) -> int:
        """The petitions having one of the first ``limit`` codes that begin with ``prefix``."""
        found = self._beside.codes_starting(prefix, limit)
        for code in self._starting(CODES, prefix, limit):
            found |= self.exact(CODES, code)
        return found

    def words_starting(self, prefix: str, limit: int) -> Sequence[str]:
        """At most ``limit`` plain words that begin with ``prefix``."""
        return self._starting(WORDS, prefix, limit)

    def versions_of(self, ids: Sequence[int]) -> dict[int, int]:
        """The versions in which the petitions ``ids`` are here; those that are not are left out."""
        if not ids:
            return {}
        with reading(), self._engine.connect() as connection:
            query = text(
                f"SELECT petition_id, version FROM {self.table}"  # noqa: S608
                " WHERE petition_id = ANY(:ids) AND part = 0 AND version >= 0"
            )
            return {row[0]: row[1] for row in connection.execute(query, {"ids": list(ids)})}

    def versions(self) -> dict[int, int]:
        """Every petition's version."""
        with reading(), self._engine.connect() as connection:
            query = text(f"SELECT petition_id, version FROM {self.table} WHERE part = 0 AND version >= 0")  # noqa: S608
            return {row[0]: row[1] for row in connection.execute(query)}

    def vocabulary(self) -> Mapping[str, int]:
        """The plain words of the backlog, each with about how many petitions have it."""
        with self._cache.lock:
            if self._cache.vocabulary is None:
                with reading(), self._engine.connect() as connection:
                    query = text(
                        f"SELECT substr(word, 2), petitions FROM {self.table}_word WHERE word >= :low AND word < :high"  # noqa: S608
                    )
                    rows = connection.execute(query, {"low": WORDS, "high": chr(ord(WORDS) + 1)})
                    self._cache.vocabulary = {row[0]: row[1] for row in rows}
            return self._cache.vocabulary

    def _starting(self, field: str, prefix: str, limit: int) -> list[str]:
        with reading(), self._engine.connect() as connection:
            query = text(
                f"SELECT substr(word, 2) FROM {self.table}_word WHERE word >= :low AND word < :high"  # noqa: S608
                " ORDER BY word LIMIT :most"
            )
            low = field + prefix
            asked = {"low": low, "high": low + "\U0010ffff", "most": limit}
            return list(connection.execute(query, asked).scalars())

    def _settled(self, key: "_Key") -> int:
        known = self._cache.get(key)
        if known is None:
            known = self._read([key])[0]
        return known & ~self._beside.replaced

    def _read(self, keys: Sequence["_Key"]) -> list[int]:
        if not keys:
            return []
        asked = {"documents": self.table, "asked": [_as_query(key) for key in keys]}
        with reading(), self._engine.connect() as connection:
            rows = connection.execute(_HAVING, asked).all()
        found = [_as_set(row.ids) for row in rows]
        for key, known in zip(keys, found, strict=True):
            self._cache.put(key, known)
        return found


class Cache:
    """The sets asked for lately, of one half, as of a generation; and what was indexed since, ``beside`` them."""

    def __init__(self, kept: Kept, table: str) -> None:
        self.present = kept.present
        self.table = table
        self.generation = kept.generation
        self.beside = _Beside(())
        self.vocabulary: dict[str, int] | None = None
        self.lock = threading.Lock()
        self._sets: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._used = 0

    def get(self, key: tuple[str, str]) -> int | None:
        """The set, if it is remembered."""
        with self.lock:
            found = self._sets.get(key)
            if found is not None:
                self._sets.move_to_end(key)
            return found

    def put(self, key: tuple[str, str], found: int) -> None:
        """Remember the set, forgetting the longest unused ones for it."""
        with self.lock:
            if key in self._sets:
                return
            self._sets[key] = found
            self._used += sys.getsizeof(found) + 200
            while self._used > _CACHE_BYTES:
                _, dropped = self._sets.popitem(last=False)
                self._used -= sys.getsizeof(dropped) + 200

    def follow(self, connection: Connection, generation: int) -> None:
        """Read what was indexed since the sets were; enter it into them when it has become much.

        A set that was read later than its generation says holds some of it already; entering it again does no harm.
        """
        if generation == self.generation and not self.beside.documents:
            return
        if generation == self.beside.generation:
            return
        rows = connection.execute(
            text(
                f"SELECT petition_id, version, tsvector_to_array(terms) AS terms FROM {self.table}"  # noqa: S608
                " WHERE generation > :after ORDER BY petition_id, part LIMIT :most"
            ),
            {"after": self.generation, "most": _READ_BACK},
        ).all()
        if len(rows) == _READ_BACK:
            with self.lock:
                self._sets.clear()
                self._used = 0
            self.generation, self.beside = generation, _Beside(())
            return
        beside = _Beside([read_back(list(group)) for _, group in groupby(rows, key=attrgetter("petition_id"))])
        beside.generation = generation
        if len(beside.documents) > _BESIDE:
            self._enter(beside)
            self.generation, beside = generation, _Beside(())
        self.beside = beside

    def _enter(self, beside: "_Beside") -> None:
        with self.lock:
            for (field, term), known in self._sets.items():
                if not field:
                    newer = beside.held
                elif term.startswith("="):
                    newer = beside.exact(field, term[1:])
                else:
                    newer = beside.spelled(field, term[: -len(MARKS_FOLLOW)])
                self._sets[field, term] = known & ~beside.replaced | newer


class _Beside(FreshSegment):
    """Petitions indexed since the remembered sets were read. ``replaced`` are all of them, removed ones too."""

    def __init__(self, documents: Sequence[Document]) -> None:
        super().__init__([FreshDocument(document) for document in documents if document.version >= 0])
        self.documents = documents
        self.replaced = sum(1 << document.id for document in documents)
        self.generation = -1


def _spelled(field: str, plain: str) -> _Key:
    return field, plain + MARKS_FOLLOW


def _exact(field: str, term: str) -> _Key:
    return field, "=" + term


def _as_query(key: _Key) -> str:
    field, term = key
    if term.startswith("="):
        return _quoted(field + term[1:])
    return _quoted(field + term) + ":*"


def _as_set(packed: bytes | None) -> int:
    """Ids as a set. They travel in one value, four bytes each: a quarter of a million take a moment."""
    ids = array("I", bytes(packed or b""))
    if sys.byteorder == "little":
        ids.byteswap()
    return bits.of(ids, max(ids) + 1) if ids else 0


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
