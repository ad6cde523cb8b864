"""The database: one declarative base, types that behave the same on SQLite and PostgreSQL, one way to write.

Only ``unit_of_work`` commits. On SQLite it begins with BEGIN IMMEDIATE: with a deferred BEGIN two writers that both
began by reading cannot both go on, and one of them fails although it could have waited.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, MetaData, Row, Select, String, Table, Text, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row whose columns are named by the query that made it."""
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
"""A query whose columns are its own affair."""

BUSY_TIMEOUT_MS = 5_000
PATIENT_TIMEOUT_MS = 600_000
_WRITE = {"donthu_write": True}


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": False})


def table_of(model: type[Base]) -> Table:
    """The table of ``model``. Rows written to it leave out the machinery for objects, which costs more than they do."""
    return Base.metadata.tables[model.__tablename__]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC, although SQLite stores none of that."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments: nobody could tell later which zone they meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs its time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def ascii_key(length: int) -> String:
    """A column compared byte by byte on both databases: sort keys, folded names, codes."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def long_text() -> Text:
    """A column of unbounded text."""
    return Text()


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    # A listener for the connection, not for business effects: the driver must leave BEGIN to us.
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA cache_size = -65536",
        "PRAGMA mmap_size = 268435456",
        "PRAGMA temp_store = MEMORY",
    ):
        connection.execute(pragma)


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        options = connection.get_execution_options()
        patience = options.get("donthu_patience_ms", 0)
        try:
            if patience:
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("donthu_write", False) else "BEGIN")
        finally:
            if patience:
                # The connection goes back to the pool; whoever has it next must not wait as long.
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def database_said(error: DBAPIError) -> str:
    """What the database said, without the statement and without the driver's further lines."""
    return str(error.orig).strip().partition("\n")[0]


@contextmanager
def unit_of_work(*, patient: bool = False) -> Iterator[Session]:
    """One transaction that writes: commits at the end of the block, rolls back on any error.

    Whatever was read before the block is read anew inside it, so that a decision never rests on an old snapshot.
    While another process writes on SQLite, it waits for its turn for five seconds, or for ten minutes when it is
    ``patient``: for work in the background, where nobody looks at a page that does not come. Raises
    ``RuntimeError`` when changes were made outside a unit of work or when units are nested.
    """
    session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside a unit of work")
    if session.info.get("unit_of_work"):
        raise RuntimeError("units of work cannot be nested")
    session.rollback()
    session.info["unit_of_work"] = True
    undo: list[Callable[[], None]] = []
    session.info["on_rollback"] = undo
    try:
        patience = {"donthu_patience_ms": PATIENT_TIMEOUT_MS if patient else 0}
        session.connection(execution_options=_WRITE | patience)
        yield session
        session.flush()
        # When a commit fails, nobody can say whether it took place: what it may name must stay.
        undo.clear()
        session.commit()
    except BaseException:
        session.rollback()
        for step in reversed(undo):
            step()
        raise
    finally:
        session.info.pop("unit_of_work", None)
        session.info.pop("on_rollback", None)


def on_rollback(session: Session, undo: Callable[[], None]) -> None:
    """Call ``undo`` if the present unit of work is rolled back: for what a database cannot take back, such as files.

    ``undo`` must not raise. It is not called when the commit itself fails. Raises ``RuntimeError`` outside a unit of
    work.
    """
    if "on_rollback" not in session.info:
        raise RuntimeError("there is no unit of work")
    session.info["on_rollback"].append(undo)
