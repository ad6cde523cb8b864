"""Many rows in one statement: inserted, or each changed to values of its own.

On PostgreSQL a statement for each row costs more than the row, so the columns travel as arrays; on SQLite, where there
is no server to speak to, the driver's own loop is as quick.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Dialect, Table, bindparam, insert, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

Rows = Sequence[Mapping[str, Any]]


def insert_many(session: Session, table: Table, rows: Rows, *, skip_known: bool = False) -> None:
    """Insert ``rows``, which all have the same columns; with ``skip_known``, but those that a unique index forbids."""
    if not rows:
        return
    dialect = session.get_bind().dialect
    if dialect.name == "postgresql":
        names = list(rows[0])
        quote = dialect.identifier_preparer.quote
        columns = ", ".join(map(quote, names))
        given = _arrays(dialect, table, names)
        text = f"INSERT INTO {quote(table.name)} ({columns}) SELECT * FROM {given}"  # noqa: S608 - our own tables
        _send(session, text + (" ON CONFLICT DO NOTHING" if skip_known else ""), table, names, rows)
    elif skip_known:
        session.execute(sqlite.insert(table).on_conflict_do_nothing(), list(rows))
    else:
        session.execute(insert(table), list(rows))


def update_many(session: Session, table: Table, rows: Rows, *, where: Mapping[str, str]) -> int:
    """Change, for each of ``rows``, the row that agrees with it; return how many were changed.

    ``where`` names the columns that must agree, each with the key of ``rows`` that holds the value; the other keys are
    the columns to be changed.
    """
    if not rows:
        return 0
    columns = {name: name for name in rows[0] if name not in where.values()}
    dialect = session.get_bind().dialect
    if dialect.name == "postgresql":
        quote = dialect.identifier_preparer.quote
        own = quote(table.name)
        keys = {key: column for column, key in where.items()}
        names = [*keys, *columns]
        sets = ", ".join(f"{quote(name)} = given.{quote(name)}" for name in columns)
        agree = " AND ".join(f"{own}.{quote(column)} = given.{quote(key)}" for key, column in keys.items())
        given = f"{_arrays(dialect, table, names, keys)} AS given ({', '.join(map(quote, names))})"
        text = f"UPDATE {own} SET {sets} FROM {given} WHERE {agree}"  # noqa: S608 - names of our own tables
        return _send(session, text, table, names, rows, keys)
    statement = (
        update(table)
        .where(*(table.c[column] == bindparam(key) for column, key in where.items()))
        .values({name: bindparam(name) for name in columns})
    )
    return int(getattr(session.execute(statement, list(rows)), "rowcount", 0))


def _arrays(dialect: Dialect, table: Table, names: Sequence[str], keys: Mapping[str, str] | None = None) -> str:
    types = (_column(table, name, keys).type.compile(dialect) for name in names)
    return f"unnest({', '.join(f'%s::{kind}[]' for kind in types)})"


def _send(
    session: Session,
    text: str,
    table: Table,
    names: Sequence[str],
    rows: Rows,
    keys: Mapping[str, str] | None = None,
) -> int:
    connection = session.connection()
    values = []
    for name in names:
        process = _column(table, name, keys).type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        values.append([process(row[name]) if process else row[name] for row in rows])
    return connection.exec_driver_sql(text, tuple(values)).rowcount


def _column(table: Table, name: str, keys: Mapping[str, str] | None) -> Column[Any]:
    return table.c[keys.get(name, name) if keys else name]
