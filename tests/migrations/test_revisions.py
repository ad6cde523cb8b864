"""Every revision: up, down and up again with data, on both databases; the newest equals the models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, Inspector, MetaData, inspect, select, text
from sqlalchemy.exc import DBAPIError

from core.database import db
from core.serve import MIGRATIONS, migrate
from tests.conftest import settings_for
from tests.databases import Databases
from tests.migrations import rows
from wsgi import create_app

REVISIONS = [script.revision for script in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))]


@pytest.fixture
def bare_app(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """The application over a database without any table."""
    url = databases.empty(tmp_path)
    flask_app = create_app(settings=settings_for(tmp_path, url))
    with flask_app.app_context():
        yield flask_app
        db.session.remove()
        db.engine.dispose()
    databases.discard(url)


def go_up(revision: str) -> None:
    upgrade(str(MIGRATIONS), revision=revision)


def go_down(revision: str) -> None:
    downgrade(str(MIGRATIONS), revision=revision)


def test_the_newest_revision_equals_the_models(bare_app: Flask) -> None:
    migrate(bare_app)
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, db.metadata) == []
        migrated = anatomy(connection)
    with db.engine.begin() as connection:
        db.metadata.drop_all(connection)
    with db.engine.begin() as connection:
        db.metadata.create_all(connection)
    with db.engine.connect() as connection:
        assert migrated == anatomy(connection)


def anatomy(connection: Connection) -> dict[str, Any]:
    """What a database consists of, down to checks and conditions of indexes, which Alembic does not compare."""
    inspector = inspect(connection)
    return {
        table: parts(inspector, table) for table in sorted(inspector.get_table_names()) if table != "alembic_version"
    }


def parts(inspector: Inspector, table: str) -> dict[str, Any]:
    return {
        "columns": [{**column, "type": str(column["type"])} for column in inspector.get_columns(table)],
        "primary key": inspector.get_pk_constraint(table),
        "foreign keys": by_name(inspector.get_foreign_keys(table)),
        "unique": by_name(inspector.get_unique_constraints(table)),
        "checks": by_name(inspector.get_check_constraints(table)),
        "indexes": {
            index["name"]: {**index, "dialect_options": {k: str(v) for k, v in index["dialect_options"].items()}}
            for index in inspector.get_indexes(table)
        },
    }


def by_name(found: Any) -> list[Any]:
    return sorted(found, key=lambda constraint: str(constraint["name"]))


@pytest.mark.parametrize("revision", REVISIONS)
def test_up_down_and_up_again_with_data(bare_app: Flask, revision: str) -> None:
    """What stood before a revision is the same after its way up and down; and the way up is open again."""
    position = REVISIONS.index(revision)
    before = REVISIONS[position - 1] if position else "base"
    if position:
        go_up(before)
    written = fill() if position else contents()
    go_up(revision)
    if not position:
        fill()
    go_down(before)
    assert contents() == written
    go_up(revision)
    rows_kept = {name: len(found) for name, found in contents().items()}
    assert {name: rows_kept[name] for name in written} == {name: len(found) for name, found in written.items()}


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_newest_is_reached_from_everywhere(bare_app: Flask, revision: str) -> None:
    """From each revision, with data in it, the newest can be reached without losing a row."""
    go_up(revision)
    written = fill()
    go_up("head")
    reached = contents()
    assert [name for name, found in written.items() if len(reached.get(name, [])) < len(found)] == []


def test_every_table_is_filled_for_these_tests(bare_app: Flask) -> None:
    migrate(bare_app)
    fill()
    assert [name for name, found in contents().items() if not found] == []


CHANGES = ["UPDATE {} SET id = id + 1000", "UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]


def test_the_database_itself_keeps_history_as_it_was(bare_app: Flask, database: str) -> None:
    migrate(bare_app)
    before = fill()
    for table in ("petition_event", "audit_entry", "legal_event", "clock_alert"):
        assert before[table]
        # SQLite has no TRUNCATE.
        for change in CHANGES if database == "postgresql" else CHANGES[:-1]:
            with pytest.raises(DBAPIError, match="is append-only"), db.engine.begin() as connection:
                connection.execute(text(change.format(table)))
    assert contents() == before


def test_a_broken_revision_leaves_nothing_behind(bare_app: Flask) -> None:
    """A table made half-way is gone after the failure, and the next attempt goes through."""
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE outbox (id INTEGER)"))
    with pytest.raises(DBAPIError, match="outbox"):
        go_up(REVISIONS[0])
    assert set(tables()) <= {"outbox", "alembic_version"}
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE outbox"))
    migrate(bare_app)
    assert "petition" in tables()


def test_starting_again_runs_nothing(bare_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(bare_app)
    monkeypatch.setattr("core.serve.upgrade", lambda *_: pytest.fail("the newest revision was there already"))
    migrate(bare_app)


def tables() -> list[str]:
    with db.engine.connect() as connection:
        return inspect(connection).get_table_names()


def contents() -> dict[str, list[Any]]:
    """Every row of every table, as the database has them."""
    metadata = MetaData()
    with db.engine.connect() as connection:
        metadata.reflect(connection)
        return {
            table.name: sorted(connection.execute(select(table)).all(), key=str)
            for table in metadata.sorted_tables
            if table.name != "alembic_version"
        }


def fill() -> dict[str, list[Any]]:
    """Put rows into every table that stands at the present revision; return what the tables hold then."""
    metadata = MetaData()
    with db.engine.begin() as connection:
        metadata.reflect(connection)
        rows.fill(connection, metadata)
    return contents()
