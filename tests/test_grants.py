"""On PostgreSQL the program's own role does all its work, and can neither change history nor turn a guard off."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from auth.actor import Actor
from core.database import db
from core.database_check import APPEND_ONLY, database_check, too_strong
from core.settings import Settings
from petitions.services import assignment, closing, records
from search.indexing import drain
from tests.conftest import settings_for
from tests.petitions.given import FILED, a_petition, do
from wsgi import create_app

ActorOf = Callable[[str], Actor]


@pytest.fixture
def role(app: Flask, settings: Settings) -> Iterator[str]:
    """A role that may log in, with the rights that the command prints."""
    if settings.is_sqlite:
        pytest.skip("SQLite has no roles")
    name = "grants_" + re.sub(r"\W", "", make_url(settings.database_url).database or "")[-40:]
    owner = create_engine(settings.database_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    printed = app.test_cli_runner().invoke(args=["audit", "grants", name])
    assert printed.exit_code == 0, printed.output
    with owner.connect() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD 'mat-khau'"))
        connection.execute(text(printed.stdout))
        yield name
        connection.execute(text(f"DROP OWNED BY {name}"))
        connection.execute(text(f"DROP ROLE {name}"))


@pytest.fixture
def as_role(role: str, settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The program as that role."""
    url = make_url(settings.database_url).set(username=role, password="mat-khau")
    program = create_app(settings_for(tmp_path / "own", url.render_as_string(hide_password=False)))
    with program.app_context():
        assert db.session.execute(text("SELECT current_user")).scalar_one() == role
        yield program
        db.session.remove()
        db.engine.dispose()


def test_the_role_does_the_work_of_the_office(as_role: Flask, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"))
    do(assignment.assign, made.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    do(records.add_note, made.id, by=actor("officer1"), text="Đã gọi điện")
    do(closing.resolve, made.id, FILED, by=actor("officer1"))
    drain()
    db.session.rollback()
    checked = as_role.test_cli_runner().invoke(args=["integrity", "check"])
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {0} SET id = id",
        "DELETE FROM {0}",
        "TRUNCATE {0} CASCADE",
        "ALTER TABLE {0} DISABLE TRIGGER USER",
        "DROP TABLE {0} CASCADE",
        "CREATE TRIGGER mine BEFORE INSERT ON {0} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "SET session_replication_role = replica",
    ],
)
def test_the_role_cannot_change_history(as_role: Flask, table: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        db.session.execute(text(statement.format(table)))
    db.session.rollback()


def test_the_integrity_check_notes_a_role_that_is_too_strong(app: Flask, as_role: Flask) -> None:
    assert too_strong(db.session()) == []
    db.session.remove()
    with app.app_context():
        assert too_strong(db.session()) == sorted(APPEND_ONLY)
        result = database_check(db.session())
        assert (result.faults, "petition_event" in result.note) == ([], True)
        db.session.remove()


def test_the_command_refuses_what_is_no_name(app: Flask, settings: Settings) -> None:
    answer = app.test_cli_runner().invoke(args=["audit", "grants", "x; DROP TABLE petition"])
    assert answer.exit_code == 1
    assert "DROP" not in answer.stdout
