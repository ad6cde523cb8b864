"""``flask user …``, ``flask unit …`` and the option ``--as`` that every command takes."""

import json
import re
from collections.abc import Callable

import click
import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from auth import queries, second_factor
from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.models import Office, User
from auth.permissions import Permission, Role
from core import clock as clocks
from core.audit import AuditEntry
from core.database import unit_of_work
from core.errors import InvalidInput, NotAllowed
from petitions.models import Petition
from petitions.services.assignment import assign
from tests.people import PASSWORD, UNIT_LAND
from tests.petitions.given import a_petition

Command = Callable[..., Result]
ActorOf = Callable[[str], Actor]

NEW_PASSWORD = "ba con mèo vàng"


@pytest.fixture
def flask(app: Flask) -> Command:
    def run(*arguments: str, typed: str | bytes = "") -> Result:
        return app.test_cli_runner().invoke(args=list(arguments), input=typed)

    return run


def refusal(result: Result, *, status: int = 1) -> str:
    """The one line that says why not."""
    assert result.exit_code == status, (result.output, result.exception)
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    if status == 1:
        assert len(lines) == 1, lines
    return lines[-1]


def test_a_created_user_logs_in(flask: Command, client: FlaskClient) -> None:
    result = flask(
        "user", "create", "Clerk9", "--role", "reception", "--password-stdin", typed=f"{NEW_PASSWORD}\nrest\n"
    )
    assert result.exit_code == 0, result.output
    assert client.post("/login", data={"username": "clerk9", "password": NEW_PASSWORD}).status_code == 302
    assert client.get("/").status_code == 200


def test_everything_may_be_given(flask: Command, session: Session) -> None:
    result = flask(
        *("user", "create", "officer9", "--role", "officer", "--unit", "dia chinh - xay dung", "--head"),
        *("--full-name", "Vũ Thị Chín", "--must-change", "--password-stdin", "--json", "--as", "admin1"),
        typed=NEW_PASSWORD,
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "username": "officer9",
        "full_name": "Vũ Thị Chín",
        "role": "officer",
        "units": [UNIT_LAND],
        "head_of": [UNIT_LAND],
        "active": True,
        "must_change_password": True,
        "language": "vi",
    }
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "user.create")).all()[-1]
    assert entry.actor == "admin1"


def test_without_a_password_a_one_time_one_is_printed(flask: Command, client: FlaskClient) -> None:
    result = flask("user", "create", "admin9", "--role", "admin", "--json")
    made = json.loads(result.stdout)
    assert made["role"] == "administrator"
    entered = client.post("/login", data={"username": "admin9", "password": made["one_time_password"]})
    assert (entered.status_code, entered.location) == (302, "/login/code")
    assert made["totp_secret"] in made["totp_uri"]
    code = second_factor.code_at(made["totp_secret"], clocks.now())
    assert client.post("/login/code", data={"code": code}).status_code == 302
    assert client.get("/users").headers["Location"] == "/password"


def test_a_new_secret_ends_the_log_ins_and_opens_the_door_again(
    flask: Command, client: FlaskClient, as_user: Callable[[str], FlaskClient]
) -> None:
    inside = as_user("supervisor1")
    made = json.loads(flask("user", "reset-totp", "supervisor1", "--json").stdout)
    assert inside.get("/").status_code == 302
    client.post("/login", data={"username": "supervisor1", "password": PASSWORD})
    code = second_factor.code_at(made["totp_secret"], clocks.now())
    assert client.post("/login/code", data={"code": code}).location == "/"
    refusal(flask("user", "reset-totp", "officer1"))


def test_the_very_first_command_works_on_an_empty_database(flask: Command, session: Session) -> None:
    assert flask("db", "downgrade", "base").exit_code == 0
    assert flask("db", "upgrade").exit_code == 0
    session.rollback()
    assert session.scalars(select(Office.id)).all() == []
    result = flask(
        *("user", "create", "boss", "--role", "supervisor", "--unit", "Văn phòng", "--password-stdin"),
        typed=NEW_PASSWORD,
    )
    assert result.exit_code == 0, (result.output, result.exception)
    session.rollback()
    assert session.scalars(select(func.count()).select_from(Office)).one() == 1
    office_id = session.scalars(select(Office.id)).one()
    row = queries.user_by_username(session, office_id, "boss")
    assert [unit.name for unit in queries.units(session, office_id) if unit.id in row.unit_ids] == ["Văn phòng"]


class TestUnitsAtTheCommandLine:
    def test_a_new_name_makes_a_unit_and_says_so(self, flask: Command, session: Session) -> None:
        result = flask("user", "create", "officer9", "--role", "officer", "--unit", "Tư pháp", "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["units"] == ["Tư pháp"]
        assert "Tư pháp" in result.stderr

    def test_a_slip_of_the_finger_makes_none(self, flask: Command, session: Session) -> None:
        line = refusal(flask("user", "create", "officer9", "--role", "officer", "--unit", "Dia chin - Xay dung"))
        assert UNIT_LAND in line
        assert len(queries.units(session, 1)) == 2
        assert session.scalars(select(User.id).where(User.username == "officer9")).all() == []

    def test_unless_it_is_meant(self, flask: Command, session: Session) -> None:
        result = flask(
            *("user", "create", "officer9", "--role", "officer", "--unit", "Dia chin - Xay dung", "--create-unit")
        )
        assert result.exit_code == 0, result.output
        assert len(queries.units(session, 1)) == 3

    def test_units_are_made_and_listed(self, flask: Command) -> None:
        assert flask("unit", "create", "Tư pháp").exit_code == 0
        assert "Tư pháp" in flask("unit", "list").stdout
        assert [row["name"] for row in json.loads(flask("unit", "list", "--json").stdout)][-1] == "Tư pháp"
        refusal(flask("unit", "create", "tu phap"))


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--role", "emperor"), 2),
        ((), 2),
        (("--role", "reception", "--no-such-option"), 2),
        (("--role", "reception", "--head"), 2),
        (("--role", "officer"), 1),
        (("--role", "reception", "--as", "nobody"), 1),
        (("--role", "reception", "--as", "officer1"), 1),
    ],
)
def test_wrong_arguments_are_one_clear_line(
    flask: Command, session: Session, arguments: tuple[str, ...], status: int
) -> None:
    assert refusal(flask("user", "create", "clerk9", *arguments), status=status)
    assert session.scalars(select(User.id).where(User.username == "clerk9")).all() == []


@pytest.mark.parametrize("typed", ["", "\n", "short\n", b"\xff\xfe\xfa\n", "matkhau123456\n"])
def test_an_unfit_password_is_refused_and_not_repeated(flask: Command, session: Session, typed: str | bytes) -> None:
    line = refusal(flask("user", "create", "clerk9", "--role", "reception", "--password-stdin", typed=typed))
    if isinstance(typed, str) and typed.strip():
        assert typed.strip() not in line
    assert session.scalars(select(User.id).where(User.username == "clerk9")).all() == []


def test_taken_and_unfit_names_are_refused(flask: Command) -> None:
    for name in ("officer1", "Tên", "a b", "--"):
        result = flask("user", "create", "--role", "reception", "--", name)
        assert refusal(result)


def test_a_reset_prints_a_password_that_opens(flask: Command, client: FlaskClient) -> None:
    password = json.loads(flask("user", "reset", "officer1", "--json").stdout)["one_time_password"]
    assert client.post("/login", data={"username": "officer1", "password": PASSWORD}).status_code == 401
    assert client.post("/login", data={"username": "officer1", "password": password}).status_code == 302
    plain = flask("user", "reset", "OFFICER1").stdout
    assert re.search(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}", plain)


def test_disabling_hands_over(flask: Command, session: Session, actor: ActorOf) -> None:
    officer = queries.user_by_username(session, 1, "officer2")
    received = a_petition(actor("reception1"))
    with unit_of_work():
        assign(session, received.id, officer_id=officer.id, by=actor("supervisor1"))
    assert refusal(flask("user", "disable", "officer2"))
    assert refusal(flask("user", "disable", "officer2", "--hand-over-to", "nobody"))
    assert refusal(flask("user", "disable", "officer2", "--hand-over-to", "reception1"))
    result = flask("user", "disable", "officer2", "--hand-over-to", "officer1", "--json")
    assert json.loads(result.stdout) == {"username": "officer2", "active": False, "handed_over": 1}
    session.rollback()
    session.expire_all()
    moved = session.get(Petition, received.id)
    assert moved is not None
    assert moved.officer_id == queries.user_by_username(session, 1, "officer1").id
    assert flask("user", "enable", "officer2").exit_code == 0
    session.rollback()
    assert queries.user_by_username(session, 1, "officer2").active


def test_the_last_administrator_stays(flask: Command, session: Session) -> None:
    refusal(flask("user", "disable", "admin1"))
    refusal(flask("user", "disable", "admin1", "--as", "admin1"))
    assert queries.user_by_username(session, 1, "admin1").active


@pytest.mark.parametrize("verb", ["reset", "disable", "enable"])
def test_unknown_users_are_named(flask: Command, verb: str) -> None:
    assert "nobody" in refusal(flask("user", verb, "nobody"))


def test_the_list_tells_who_is_who(flask: Command) -> None:
    flask("user", "disable", "officer4")
    people = {person["username"]: person for person in json.loads(flask("user", "list", "--json").stdout)}
    assert set(people) == {f"officer{n}" for n in range(1, 5)} | {"reception1", "supervisor1", "admin1", "custodian1"}
    assert people["officer1"]["head_of"] == [UNIT_LAND]
    assert not people["officer4"]["active"]
    lines = flask("user", "list").stdout.splitlines()
    assert len(lines) == 8
    assert lines[-1].startswith("officer4\tofficer\t")


class TestActingUser:
    """The option that the commands of other floors use."""

    @staticmethod
    def run(app: Flask, permission: Permission, *arguments: str, fault: Exception | None = None) -> Result:
        @app.cli.command("probe")
        @click.argument("what")
        @acting_user(permission)
        def probe(actor: Actor, what: str) -> None:
            if fault is not None:
                raise fault
            click.echo(f"{actor.username} {what} {actor.may(Permission.SEALED_VIEW_ALL)}")

        return app.test_cli_runner().invoke(args=["probe", "something", *arguments])

    def test_the_operating_system_s_user_sees_nothing_sealed(self, app: Flask) -> None:
        result = self.run(app, Permission.PETITION_VIEW)
        assert re.fullmatch(r"os:\S+ something False\n", result.stdout)

    def test_a_user_acts_with_their_own_rights(self, app: Flask) -> None:
        assert self.run(app, Permission.PETITION_VIEW, "--as", "Supervisor1").stdout == "supervisor1 something True\n"
        assert "admin1" in refusal(self.run(app, Permission.PETITION_VIEW, "--as", "admin1"))

    def test_nobody_reads_sealed_data_without_a_name(self, app: Flask) -> None:
        assert refusal(self.run(app, Permission.SEALED_VIEW_ALL))

    def test_a_disabled_user_does_not_act(self, app: Flask) -> None:
        app.test_cli_runner().invoke(args=["user", "disable", "officer1"])
        assert "officer1" in refusal(self.run(app, Permission.PETITION_VIEW, "--as", "officer1"))

    @pytest.mark.parametrize(
        ("fault", "line"),
        [
            (InvalidInput({"a": "first\nline", "b": "second"}), "first line second"),
            (NotAllowed("not yours"), "not yours"),
        ],
    )
    def test_refusals_are_one_line(self, app: Flask, fault: Exception, line: str) -> None:
        assert refusal(self.run(app, Permission.PETITION_VIEW, fault=fault)) == f"Error: {line}"

    def test_faults_are_not_hidden(self, app: Flask) -> None:
        result = self.run(app, Permission.PETITION_VIEW, fault=ZeroDivisionError("a bug"))
        assert isinstance(result.exception, ZeroDivisionError)

    def test_a_database_without_tables_is_explained(self, app: Flask, session: Session) -> None:
        with unit_of_work():
            session.execute(text("ALTER TABLE office RENAME TO elsewhere"))
        assert "flask db upgrade" in refusal(self.run(app, Permission.PETITION_VIEW))
        with unit_of_work():
            session.execute(text("ALTER TABLE elsewhere RENAME TO office"))


def test_roles_in_the_help_are_all_roles(flask: Command) -> None:
    page = flask("user", "create", "--help").stdout
    for role in Role:
        assert role.value in page
