"""The search index kept by PostgreSQL's full text search, for backlogs of millions.

A petition is a row of terms (a ``tsvector`` with a GIN index); the terms are those of ``search.analysis``, each led by
the letter of its field, so PostgreSQL's own dictionaries take no part. The answer to a term is fetched as a set of ids
and remembered; what was indexed since is looked at beside it. There are two tables for each index: a rebuild fills the
one that is not searched, and then they change places.
"""

import hashlib
import sys
import threading
from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter

from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from search.analysis import ANALYSIS_VERSION, MARKS_FOLLOW, DocumentTerms
from search.engines import (
    CODES,
    HEAD_PAIRS,
    HEAD_WORDS,
    PAIRS,
    WORDS,
    Document,
    EngineStatus,
    IndexBusy,
    IndexState,
    IndexUnavailable,
    bits,
)  # fmt: skip
from search.engines.memory import FreshDocument, FreshSegment

FORMAT_VERSION = 1
_MADE_BY = f"don-thu search index, format {FORMAT_VERSION}, analysis {ANALYSIS_VERSION}"
_FIELDS = {
    WORDS: attrgetter("words"),
    PAIRS: attrgetter("pairs"),
    HEAD_WORDS: attrgetter("head_words"),
    HEAD_PAIRS: attrgetter("head_pairs"),
    CODES: attrgetter("codes"),
}
# A tsvector holds a megabyte at most; a longer petition has several rows.
_PART_BYTES = 400_000
# Sets remembered, and petitions indexed since that are looked at beside them before they are entered into the sets.
_CACHE_BYTES = 128 * 1024 * 1024
_BESIDE = 200
_READ_BACK = 2_000
# What was searched before a rebuild is kept so long for those who are just reading it.
_FORMER_SECONDS = 60
_HELD = ("", "")
_HAVING = text("SELECT ids FROM search.having(CAST(:documents AS regclass), CAST(:asked AS text[])) ORDER BY place")

# A field, and plain letters with the sign after which marks follow, or "=" and a term.
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The row of the index: which half is searched, and since when it is what it is."""

    present: int
    generation: int
    complete: bool
    resume_after: int


class PostgresqlEngine:
    """The index ``name`` ("cases" or "files") in the database of ``engine``."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._lock = threading.Lock()
        self._cache: _Cache | None = None
        self._writing = False

    def snapshot(self) -> "PostgresqlSnapshot":
        """The newest committed state. Raises ``IndexUnavailable``."""
        with _reading(), self._engine.connect() as connection:
            kept = self._kept(connection)
            with self._lock:
                cache = self._cache
                if cache is None or cache.present != kept.present or cache.generation > kept.generation:
                    cache = self._cache = _Cache(kept, self._table(kept.present))
                cache.follow(connection, kept.generation)
                return PostgresqlSnapshot(self._engine, cache, cache.beside, kept, self._name)

    def status(self) -> EngineStatus:
        """Figures; never raises."""
        try:
            snapshot = self.snapshot()
            with _reading(), self._engine.connect() as connection:
                size = f"SELECT pg_total_relation_size('{snapshot.table}')"
                words = f"SELECT pg_total_relation_size('{snapshot.table}_word')"
                kilobytes = (_one(connection, size) + _one(connection, words)) // 1024
            documents = snapshot.held.bit_count()
        except IndexUnavailable as error:
            return EngineStatus(error.state, detail=str(error))
        return EngineStatus(
            IndexState.READY,
            documents=documents,
            segments=1,
            kilobytes=kilobytes,
            generation=snapshot.generation,
            complete=snapshot.complete,
            resume_after=snapshot.resume_after,
        )

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the right to write. Raises ``IndexBusy`` at once when another process or thread has it."""
        with self._locked("writer"):
            self._writing = True
            try:
                yield
            finally:
                self._writing = False

    def append(
        self, documents: Iterable[Document], *, remove: Iterable[int] = (), resume_after: int | None = None
    ) -> None:
        """Add or replace ``documents`` and forget the ids ``remove``: one commit, durable when it returns.

        ``resume_after`` records how far a refill came; -1 says that it is complete. Needs ``exclusive``. Raises
        ``IndexUnavailable``.
        """
        self._need_exclusive()
        with _reading(), self._engine.begin() as connection:
            kept = self._kept(connection)
            generation = self._next_generation(connection)
            _write(connection, self._table(kept.present), documents, remove, generation)
            if resume_after is not None:
                connection.execute(
                    text("UPDATE search.kept SET complete = :complete, resume_after = :after WHERE name = :name"),
                    {"complete": resume_after < 0, "after": max(0, resume_after), "name": self._name},
                )

    def start_empty(self) -> None:
        """Replace an index that cannot be read by an empty one, marked as being refilled. Needs ``exclusive``."""
        self._need_exclusive()
        with _reading(), self._engine.begin() as connection:
            present = self._ensure_row(connection)
            _empty(connection, self._table(present))
            connection.execute(
                text(
                    "UPDATE search.kept SET made_by = :made_by, generation = generation + 1, complete = false,"
                    " resume_after = 0 WHERE name = :name"
                ),
                {"name": self._name, "made_by": _MADE_BY},
            )
        with self._lock:
            self._cache = None

    def start_rebuild(self, *, afresh: bool = False) -> "PostgresqlBuilder":
        """Begin a new index beside the present one, or go on with one that was broken off unless ``afresh``.

        Raises ``IndexBusy`` when another rebuild runs.
        """
        lock = self._locked("rebuild")
        lock.__enter__()
        try:
            with _reading(), self._engine.begin() as connection:
                other = self._table(1 - self._ensure_row(connection))
                building = _one(connection, "SELECT building::int FROM search.kept WHERE name = :name", name=self._name)
                if afresh or not building:
                    _empty(connection, other)
                    connection.execute(
                        text(
                            "UPDATE search.kept SET building = true, building_after = 0, former_since = NULL"
                            " WHERE name = :name"
                        ),
                        {"name": self._name},
                    )
        except BaseException:
            lock.__exit__(None, None, None)
            raise
        return PostgresqlBuilder(self, self._engine, other, self._name, lambda: lock.__exit__(None, None, None))

    def tidy(self, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Empty the half that was searched before a rebuild. True when something was done. Needs ``exclusive``."""
        self._need_exclusive()
        with _reading(), self._engine.begin() as connection:
            since = text(
                "UPDATE search.kept SET former_since = NULL WHERE name = :name AND NOT building"
                " AND former_since < clock_timestamp() - make_interval(secs => :seconds) RETURNING present"
            )
            found = connection.execute(since, {"name": self._name, "seconds": _FORMER_SECONDS}).one_or_none()
            if found is not None:
                _empty(connection, self._table(1 - found.present))
        return found is not None

    def is_crowded(self) -> bool:
        """Never: PostgreSQL keeps its index in order by itself."""
        return False

    def publish(self, connection: Connection) -> None:
        """Make the other half the one that is searched. Needs ``exclusive``."""
        self._need_exclusive()
        self._next_generation(connection)
        connection.execute(
            text(
                "UPDATE search.kept SET present = 1 - present, complete = true, resume_after = 0, building = false,"
                " building_after = 0, made_by = :made_by, former_since = clock_timestamp() WHERE name = :name"
            ),
            {"name": self._name, "made_by": _MADE_BY},
        )

    def _kept(self, connection: Connection) -> _Kept:
        row = connection.execute(
            text("SELECT made_by, present, generation, complete, resume_after FROM search.kept WHERE name = :name"),
            {"name": self._name},
        ).one_or_none()
        if row is None or not row.made_by:
            raise IndexUnavailable(IndexState.MISSING)
        if row.made_by != _MADE_BY:
            raise IndexUnavailable(IndexState.OUTDATED, row.made_by)
        return _Kept(row.present, row.generation, row.complete, row.resume_after)

    def _ensure_row(self, connection: Connection) -> int:
        """Which half is searched; where there is no index, the row of one that nobody takes for usable."""
        connection.execute(
            text(
                "INSERT INTO search.kept (name, made_by, present, generation, complete, resume_after, building,"
                # A number not used before, so that nobody takes the new index for the one it was.
                " building_after) VALUES (:name, '', 0, (extract(epoch FROM clock_timestamp()) * 1000)::bigint,"
                " false, 0, false, 0) ON CONFLICT (name) DO NOTHING"
            ),
            {"name": self._name},
        )
        return _one(connection, "SELECT present FROM search.kept WHERE name = :name", name=self._name)

    def _next_generation(self, connection: Connection) -> int:
        return _one(
            connection,
            "UPDATE search.kept SET generation = generation + 1 WHERE name = :name RETURNING generation",
            name=self._name,
        )

    def _table(self, half: int) -> str:
        return f"search.{self._name}_{half}"

    def _need_exclusive(self) -> None:
        if not self._writing:
            raise RuntimeError("the index is written inside exclusive() only")

    @contextmanager
    def _locked(self, purpose: str) -> Iterator[None]:
        """A lock of the database that ends with this process, however it ends."""
        digest = hashlib.sha256(f"don-thu search {self._name} {purpose}".encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        with self._engine.connect() as connection:
            if not _one(connection, "SELECT pg_try_advisory_lock(:key)::int", key=key):
                raise IndexBusy(purpose)
            connection.commit()
            try:
                yield
            finally:
                _one(connection, "SELECT pg_advisory_unlock(:key)::int", key=key)
                connection.commit()


class PostgresqlSnapshot:
    """The index as it was when it was opened. A petition indexed since may be seen in its newer state."""

    def __init__(self, engine: Engine, cache: "_Cache", beside: "_Beside", kept: _Kept, name: str) -> None:
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
            with _reading(), self._engine.connect() as connection:
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
        with _reading(), self._engine.connect() as connection:
            query = text(
                f"SELECT petition_id, version FROM {self.table}"  # noqa: S608
                " WHERE petition_id = ANY(:ids) AND part = 0 AND version >= 0"
            )
            return {row[0]: row[1] for row in connection.execute(query, {"ids": list(ids)})}

    def versions(self) -> dict[int, int]:
        """Every petition's version."""
        with _reading(), self._engine.connect() as connection:
            query = text(f"SELECT petition_id, version FROM {self.table} WHERE part = 0 AND version >= 0")  # noqa: S608
            return {row[0]: row[1] for row in connection.execute(query)}

    def vocabulary(self) -> Mapping[str, int]:
        """The plain words of the backlog, each with about how many petitions have it."""
        with self._cache.lock:
            if self._cache.vocabulary is None:
                with _reading(), self._engine.connect() as connection:
                    query = text(
                        f"SELECT substr(word, 2), petitions FROM {self.table}_word WHERE word >= :low AND word < :high"  # noqa: S608
                    )
                    rows = connection.execute(query, {"low": WORDS, "high": chr(ord(WORDS) + 1)})
                    self._cache.vocabulary = {row[0]: row[1] for row in rows}
            return self._cache.vocabulary

    def _starting(self, field: str, prefix: str, limit: int) -> list[str]:
        with _reading(), self._engine.connect() as connection:
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
        with _reading(), self._engine.connect() as connection:
            rows = connection.execute(_HAVING, asked).all()
        found = [_as_set(row.ids) for row in rows]
        for key, known in zip(keys, found, strict=True):
            self._cache.put(key, known)
        return found


class _Cache:
    """The sets asked for lately, of one half, as of a generation; and what was indexed since, ``beside`` them."""

    def __init__(self, kept: _Kept, table: str) -> None:
        self.present = kept.present
        self.table = table
        self.generation = kept.generation
        self.beside = _Beside(())
        self.vocabulary: dict[str, int] | None = None
        self.lock = threading.Lock()
        self._sets: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._used = 0

    def get(self, key: tuple[str, str]) -> int | None:
        with self.lock:
            found = self._sets.get(key)
            if found is not None:
                self._sets.move_to_end(key)
            return found

    def put(self, key: tuple[str, str], found: int) -> None:
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
        beside = _Beside([_read_back(list(group)) for _, group in groupby(rows, key=attrgetter("petition_id"))])
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


class PostgresqlBuilder:
    """A new index being filled in the half that is not searched."""

    def __init__(
        self, owner: PostgresqlEngine, engine: Engine, table: str, name: str, unlock: Callable[[], object]
    ) -> None:
        self._owner = owner
        self._engine = engine
        self._table = table
        self._name = name
        self._unlock = unlock

    @property
    def resume_after(self) -> int:
        """The last id that it has: above 0 where an earlier filling was broken off and goes on."""
        with self._engine.connect() as connection:
            return _one(connection, "SELECT building_after FROM search.kept WHERE name = :name", name=self._name)

    def append(self, documents: Iterable[Document], *, resume_after: int) -> None:
        """Add documents and note how far the filling came, durable on return."""
        with self._engine.begin() as connection:
            _write(connection, self._table, documents, (), 0)
            connection.execute(
                text("UPDATE search.kept SET building_after = :after WHERE name = :name"),
                {"after": resume_after, "name": self._name},
            )

    def tidy(self) -> None:
        """Nothing: PostgreSQL keeps its index in order by itself."""

    def snapshot(self) -> PostgresqlSnapshot:
        """What it holds so far."""
        kept = _Kept(-1, 0, complete=False, resume_after=self.resume_after)
        cache = _Cache(kept, self._table)
        return PostgresqlSnapshot(self._engine, cache, cache.beside, kept, self._name)

    def publish(self) -> None:
        """Make it the index that is searched, at once and whole. Needs ``exclusive``."""
        with self._engine.begin() as connection:
            self._owner.publish(connection)
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"ANALYZE {self._table}"))
        self._unlock()

    def leave(self) -> None:
        """Let go of it; the next rebuild goes on from here."""
        self._unlock()


def _write(
    connection: Connection, table: str, documents: Iterable[Document], remove: Iterable[int], generation: int
) -> None:
    newest = {document.id: document for document in documents}
    words: Counter[str] = Counter()
    rows = []
    for document in newest.values():
        words.update(_dictionary(document.terms))
        rows += [
            {"id": document.id, "part": part, "version": document.version, "generation": generation, "terms": terms}
            for part, terms in enumerate(_parts(document.terms))
        ]
    gone = [record_id for record_id in remove if record_id not in newest]
    replaced = [*newest, *gone]
    if replaced:
        connection.execute(text(f"DELETE FROM {table} WHERE petition_id = ANY(:ids)"), {"ids": replaced})  # noqa: S608
    # A removed petition leaves a row without terms, by which readers learn of it.
    rows += [
        {"id": record_id, "part": 0, "version": -1, "generation": generation, "terms": []} for record_id in gone
    ]  # fmt: skip
    if rows:
        connection.execute(
            text(
                f"INSERT INTO {table} (petition_id, part, version, generation, terms)"  # noqa: S608
                " VALUES (:id, :part, :version, :generation, array_to_tsvector(CAST(:terms AS text[])))"
            ),
            rows,
        )
    if words:
        counted = sorted(words.items())
        connection.execute(
            text(
                f"INSERT INTO {table}_word AS held (word, petitions)"  # noqa: S608
                " SELECT * FROM unnest(CAST(:words AS text[]), CAST(:counts AS bigint[]))"
                " ON CONFLICT (word) DO UPDATE SET petitions = held.petitions + excluded.petitions"
            ),
            {"words": [word for word, _ in counted], "counts": [count for _, count in counted]},
        )


def _lexemes(terms: DocumentTerms) -> Iterator[str]:
    return chain.from_iterable((field + term for term in terms_of(terms)) for field, terms_of in _FIELDS.items())


def _parts(terms: DocumentTerms) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    size = 0
    for lexeme in _lexemes(terms):
        size += len(lexeme.encode()) + 8
        if size > _PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(lexeme)
    return parts


def _dictionary(terms: DocumentTerms) -> set[str]:
    """What may be asked for by its beginning: plain words, last words of names, codes of letters and figures."""
    words = {WORDS + term.partition(MARKS_FOLLOW)[0] for term in terms.words}
    return words | {CODES + code for code in terms.codes if code[:1].isalnum() or code[:1] == "'"}


def _read_back(rows: Sequence[Row[tuple[int, int, list[str]]]]) -> Document:
    by_field: dict[str, set[str]] = {field: set() for field in _FIELDS}
    for row in rows:
        for lexeme in row.terms:
            by_field[lexeme[0]].add(lexeme[1:])
    terms = DocumentTerms(*(frozenset(by_field[field]) for field in _FIELDS))
    return Document(rows[0].petition_id, rows[0].version, terms)


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


def _empty(connection: Connection, table: str) -> None:
    connection.execute(text(f"TRUNCATE {table}, {table}_word"))


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _one(connection: Connection, statement: str, **asked: object) -> int:
    found: int = connection.execute(text(statement), asked).scalar_one()
    return found


@contextmanager
def _reading() -> Iterator[None]:
    """Tell as ``IndexUnavailable`` that the tables are not there or cannot be read."""
    try:
        yield
    except ProgrammingError as error:
        raise IndexUnavailable(IndexState.MISSING, str(error.orig)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise  # the database is gone, and with it everything else
        raise IndexUnavailable(IndexState.DAMAGED, str(error.orig)) from error
