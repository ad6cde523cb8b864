"""The search index kept by PostgreSQL's full text search, for backlogs of millions.

A petition is a row of terms (a ``tsvector`` with a GIN index); the terms are those of ``search.analysis``, each led by
the letter of its field, so PostgreSQL's own dictionaries take no part. The answer to a term is fetched as a set of ids
and remembered; what was indexed since is looked at beside it. There are two tables for each index: a rebuild fills the
one that is not searched, and then they change places.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from search.analysis import ANALYSIS_VERSION
from search.engines import (
    Document,
    EngineStatus,
    IndexBusy,
    IndexState,
    IndexUnavailable,
)  # fmt: skip
from search.engines.postgresql_rows import empty_table, one_number, reading, write_documents
from search.engines.postgresql_sets import Cache, Kept, PostgresqlSnapshot

FORMAT_VERSION = 1
_MADE_BY = f"don-thu search index, format {FORMAT_VERSION}, analysis {ANALYSIS_VERSION}"
# What was searched before a rebuild is kept so long for those who are just reading it.
_FORMER_SECONDS = 60


class PostgresqlEngine:
    """The index ``name`` ("cases" or "files") in the database of ``engine``."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._lock = threading.Lock()
        self._cache: Cache | None = None
        self._writing = False

    def snapshot(self) -> "PostgresqlSnapshot":
        """The newest committed state. Raises ``IndexUnavailable``."""
        with reading(), self._engine.connect() as connection:
            kept = self._kept(connection)
            with self._lock:
                cache = self._cache
                if cache is None or cache.present != kept.present or cache.generation > kept.generation:
                    cache = self._cache = Cache(kept, self._table(kept.present))
                cache.follow(connection, kept.generation)
                return PostgresqlSnapshot(self._engine, cache, cache.beside, kept, self._name)

    def status(self) -> EngineStatus:
        """Figures; never raises."""
        try:
            snapshot = self.snapshot()
            with reading(), self._engine.connect() as connection:
                size = f"SELECT pg_total_relation_size('{snapshot.table}')"
                words = f"SELECT pg_total_relation_size('{snapshot.table}_word')"
                kilobytes = (one_number(connection, size) + one_number(connection, words)) // 1024
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
        with reading(), self._engine.begin() as connection:
            kept = self._kept(connection)
            generation = self._next_generation(connection)
            write_documents(connection, self._table(kept.present), documents, remove, generation)
            if resume_after is not None:
                connection.execute(
                    text("UPDATE search.kept SET complete = :complete, resume_after = :after WHERE name = :name"),
                    {"complete": resume_after < 0, "after": max(0, resume_after), "name": self._name},
                )

    def start_empty(self) -> None:
        """Replace an index that cannot be read by an empty one, marked as being refilled. Needs ``exclusive``."""
        self._need_exclusive()
        with reading(), self._engine.begin() as connection:
            present = self._ensure_row(connection)
            empty_table(connection, self._table(present))
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
            with reading(), self._engine.begin() as connection:
                other = self._table(1 - self._ensure_row(connection))
                building = one_number(
                    connection, "SELECT building::int FROM search.kept WHERE name = :name", name=self._name
                )
                if afresh or not building:
                    empty_table(connection, other)
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
        with reading(), self._engine.begin() as connection:
            since = text(
                "UPDATE search.kept SET former_since = NULL WHERE name = :name AND NOT building"
                " AND former_since < clock_timestamp() - make_interval(secs => :seconds) RETURNING present"
            )
            found = connection.execute(since, {"name": self._name, "seconds": _FORMER_SECONDS}).one_or_none()
            if found is not None:
                empty_table(connection, self._table(1 - found.present))
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

    def _kept(self, connection: Connection) -> Kept:
        row = connection.execute(
            text("SELECT made_by, present, generation, complete, resume_after FROM search.kept WHERE name = :name"),
            {"name": self._name},
        ).one_or_none()
        if row is None or not row.made_by:
            raise IndexUnavailable(IndexState.MISSING)
        if row.made_by != _MADE_BY:
            raise IndexUnavailable(IndexState.OUTDATED, row.made_by)
        return Kept(row.present, row.generation, row.complete, row.resume_after)

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
        return one_number(connection, "SELECT present FROM search.kept WHERE name = :name", name=self._name)

    def _next_generation(self, connection: Connection) -> int:
        return one_number(
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
            if not one_number(connection, "SELECT pg_try_advisory_lock(:key)::int", key=key):
                raise IndexBusy(purpose)
            connection.commit()
            try:
                yield
            finally:
                one_number(connection, "SELECT pg_advisory_unlock(:key)::int", key=key)
                connection.commit()


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
            return one_number(connection, "SELECT building_after FROM search.kept WHERE name = :name", name=self._name)

    def append(self, documents: Iterable[Document], *, resume_after: int) -> None:
        """Add documents and note how far the filling came, durable on return."""
        with self._engine.begin() as connection:
            write_documents(connection, self._table, documents, (), 0)
            connection.execute(
                text("UPDATE search.kept SET building_after = :after WHERE name = :name"),
                {"after": resume_after, "name": self._name},
            )

    def tidy(self) -> None:
        """Nothing: PostgreSQL keeps its index in order by itself."""

    def snapshot(self) -> PostgresqlSnapshot:
        """What it holds so far."""
        kept = Kept(-1, 0, complete=False, resume_after=self.resume_after)
        cache = Cache(kept, self._table)
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
