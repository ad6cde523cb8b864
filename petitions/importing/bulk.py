"""The quickest way to fill a table on each database: plain executemany on SQLite, COPY on PostgreSQL.

While an import writes, others who write wait, so the time per row counts. The general way of the database library
spends as much time on preparing each value as SQLite does on storing it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session


def fill(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert ``rows``, which all have the same keys, in the session's transaction.

    Columns that are not given get their declared default; the database numbers rows whose ``id`` is not given.
    """
    if not rows:
        return
    columns = [column.name for column in table.columns if column.name in rows[0] or not column.primary_key]
    defaults = {name: _default(table, name) for name in columns}
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]] = itemgetter(*columns)
    values = [pick(defaults | row) for row in rows]  # type: ignore[operator]  # a mapping is a dict here
    connection = session.connection()
    quote = connection.dialect.identifier_preparer.quote
    names = f"{quote(table.name)} ({', '.join(map(quote, columns))})"
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        stored = [tuple(map(_for_sqlite, row)) for row in values]
        connection.exec_driver_sql(f"INSERT INTO {names} VALUES ({places})", stored)  # noqa: S608 - names of our tables
        return
    with connection.connection.cursor().copy(f"COPY {names} FROM STDIN") as copy:
        for row in values:
            copy.write_row(row)


def _default(table: Table, name: str) -> Any:
    default = table.columns[name].default
    return default.arg if default is not None and default.is_scalar else None  # type: ignore[attr-defined]


def _for_sqlite(value: Any) -> Any:
    return _as_text(value) if isinstance(value, date) else value


@cache
def _as_text(value: date) -> str:
    """A day or moment as the column types store it (``core.database.UtcDateTime``)."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return value.isoformat()
