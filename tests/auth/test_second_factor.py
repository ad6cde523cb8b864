"""The second factor: nobody of those roles gets in without it, no code counts twice, guesses are few."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auth import second_factor
from auth.actor import Actor
from auth.models import LoginSession, User
from auth.permissions import TWO_FACTOR_ROLES, Role
from auth.second_factor import code_at, matching_step
from auth.services import accounts, login
from auth.services.second_factor import PENDING_LIMIT, give_secret, seals_check
from core.audit import AuditEntry
from core.clock import FixedClock
from core.database import unit_of_work
from core.errors import InvalidInput
from core.keyring import Keyring
from core.settings import Settings
from tests.people import PASSWORD, PEOPLE, TOTP_SECRET

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

# RFC 6238, appendix B, for SHA-1: moment and the last six of eight digits.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def half_way(client: FlaskClient, name: str = "supervisor1") -> FlaskClient:
    """Somebody whose password was right."""
    answer = client.post("/login", data={"username": name, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (302, "/login/code")
    return client


def forget_secret(session: Session, name: str) -> None:
    with unit_of_work() as work:
        work.execute(update(User).where(User.username == name).values(totp_secret=None, totp_confirmed_at=None))
    session.rollback()


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(RFC_SECRET, moment(seconds)) == code
    assert matching_step(RFC_SECRET, code, moment(seconds), None) == seconds // 30


@given(st.integers(0, 2**31), st.integers(-200, 200))
def test_a_code_counts_one_step_either_way_and_never_after_itself(seconds: int, off: int) -> None:
    shown = moment(seconds + 300)
    code = code_at(TOTP_SECRET, shown)
    step = (seconds + 300) // 30
    now = moment(seconds + 300 + off)
    near = abs((seconds + 300 + off) // 30 - step) <= 1
    found = matching_step(TOTP_SECRET, code, now, None)
    assert (found == step) if near else found is None or code_at(TOTP_SECRET, moment(found * 30)) == code
    assert matching_step(TOTP_SECRET, code, now, step) is None or found != step


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "12 34 5x"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert matching_step(TOTP_SECRET, typed, moment(0), None) is None


def test_a_code_may_be_typed_with_a_gap() -> None:
    code = code_at(TOTP_SECRET, moment(5_000))
    assert matching_step(TOTP_SECRET, f" {code[:3]} {code[3:]} ", moment(5_000), None)


@pytest.mark.parametrize("person", [person.username for person in PEOPLE if person.role in TWO_FACTOR_ROLES])
def test_the_password_alone_opens_nothing(app: Flask, client: FlaskClient, person: str) -> None:
    half_way(client, person)
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()) and not rule.arguments and "static" not in rule.endpoint:
            if rule.endpoint in ("auth.login", "auth.login_code"):
                continue
            answer = client.get(rule.rule)
            assert answer.status_code in (302, 401), rule.rule
            assert answer.status_code == 401 or answer.location.startswith("/login"), rule.rule


def test_every_two_factor_role_is_asked_and_nobody_else(client: FlaskClient) -> None:
    asked = set()
    for person in PEOPLE:
        answer = client.post("/login", data={"username": person.username, "password": PASSWORD})
        if answer.location == "/login/code":
            asked.add(person.role)
    assert asked == TWO_FACTOR_ROLES == {Role.SUPERVISOR, Role.ADMINISTRATOR, Role.CUSTODIAN}


def test_the_right_code_opens_with_a_new_token_and_leads_on(
    session: Session, client: FlaskClient, clock: FixedClock
) -> None:
    answer = client.post("/login", data={"username": "supervisor1", "password": PASSWORD, "next": "/queues/open"})
    assert answer.location == "/login/code?next=/queues/open"
    before = set(session.scalars(select(LoginSession.token_hash)))
    session.rollback()
    page = client.get(answer.location).text
    assert 'name="next" value="/queues/open"' in page
    data = {"code": code_at(TOTP_SECRET, clock.now()), "next": "/queues/open"}
    assert client.post("/login/code", data=data).location == "/queues/open"
    assert not before & set(session.scalars(select(LoginSession.token_hash)))
    assert client.get("/queues/open").status_code == 200


def test_no_code_counts_twice_not_even_the_one_before(client: FlaskClient, app: Flask, clock: FixedClock) -> None:
    earlier = code_at(TOTP_SECRET, clock.now() - timedelta(seconds=30))
    code = code_at(TOTP_SECRET, clock.now())
    assert half_way(client).post("/login/code", data={"code": code}).status_code == 302
    other = half_way(app.test_client())
    for used in (code, earlier):
        assert other.post("/login/code", data={"code": used}).status_code == 401
    clock.advance(timedelta(seconds=30))
    assert other.post("/login/code", data={"code": code_at(TOTP_SECRET, clock.now())}).status_code == 302


def test_guesses_are_few_even_for_whoever_knows_the_password(
    app: Flask, client: FlaskClient, clock: FixedClock
) -> None:
    guessed = 0
    for _round in range(login.PER_ACCOUNT_AND_ADDRESS + 2):
        answer = client.post("/login", data={"username": "supervisor1", "password": PASSWORD})
        if answer.status_code == 429:
            break
        if client.post("/login/code", data={"code": "000000"}).status_code == 401:
            guessed += 1
    assert guessed < login.PER_ACCOUNT_AND_ADDRESS
    refused = client.post("/login/code", data={"code": code_at(TOTP_SECRET, clock.now())})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


def test_a_right_code_ends_the_counting(app: Flask, client: FlaskClient, clock: FixedClock) -> None:
    for _round in range(10):
        code = code_at(TOTP_SECRET, clock.now())
        assert half_way(client).post("/login/code", data={"code": code}).status_code == 302
        clock.advance(timedelta(seconds=30))


def test_the_password_was_typed_too_long_ago(client: FlaskClient, clock: FixedClock) -> None:
    half_way(client)
    clock.advance(PENDING_LIMIT)
    assert client.get("/login/code").location == "/login"
    code = code_at(TOTP_SECRET, clock.now())
    assert client.post("/login/code", data={"code": code}).location == "/login"


def test_nobody_comes_to_the_code_without_the_password(client: FlaskClient, as_user: AsUser) -> None:
    assert client.get("/login/code").location == "/login"
    assert as_user("officer1").get("/login/code").location == "/login"


def test_the_first_log_in_sets_it_up_and_shows_the_secret_until_a_code_was_right(
    session: Session, client: FlaskClient, app: Flask, clock: FixedClock
) -> None:
    forget_secret(session, "supervisor1")
    page = half_way(client).get("/login/code").text
    shown = re.search(r"user-select-all\"[^>]*>([A-Z2-7 ]+)<", page)
    assert shown
    secret = shown[1].replace(" ", "")
    assert "data:image/svg+xml" in page
    wrong = client.post("/login/code", data={"code": "000000"})
    assert wrong.status_code == 401
    assert shown[1] in wrong.text
    assert shown[1] in half_way(app.test_client()).get("/login/code").text
    assert client.post("/login/code", data={"code": code_at(secret, clock.now())}).status_code == 302
    assert secret[:4] not in half_way(app.test_client()).get("/login/code").text
    stored = session.execute(select(User.totp_secret).where(User.username == "supervisor1")).scalar_one()
    assert secret.encode() not in (stored or b"")


def test_the_secret_stands_in_no_audit_entry(session: Session, client: FlaskClient, clock: FixedClock) -> None:
    half_way(client).post("/login/code", data={"code": code_at(TOTP_SECRET, clock.now())})
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert all(TOTP_SECRET not in entry.payload for entry in entries)
    assert [entry.action for entry in entries][-2:] == ["login.password", "login"]


def test_a_role_that_needs_it_is_asked_from_the_next_log_in(
    session: Session, as_user: AsUser, actor: ActorOf, client: FlaskClient
) -> None:
    inside, clerk = as_user("reception1"), actor("reception1")
    with unit_of_work() as work:
        accounts.update_user(
            work, user_id=clerk.id or 0, full_name=clerk.full_name, role=Role.SUPERVISOR, units=[], by=actor("admin1")
        )
    assert inside.get("/").location == "/login"
    half_way(client, "reception1")
    assert "data:image/svg+xml" in client.get("/login/code").text


def test_an_administrator_resets_it_for_others_only(
    session: Session, as_user: AsUser, actor: ActorOf, client: FlaskClient
) -> None:
    inside, admin = as_user("supervisor1"), as_user("admin1")
    user_id, own = actor("supervisor1").id, actor("admin1").id
    assert "reset-totp" in admin.get(f"/users/{user_id}").text
    assert "reset-totp" not in admin.get(f"/users/{actor('officer1').id}").text
    assert admin.post(f"/users/{user_id}/reset-totp").status_code == 302
    assert inside.get("/").location == "/login"
    assert "data:image/svg+xml" in half_way(client).get("/login/code").text
    assert admin.post(f"/users/{own}/reset-totp").status_code == 400
    assert as_user("officer1").post(f"/users/{user_id}/reset-totp").status_code == 403


def test_the_pages_say_what_is_wrong(client: FlaskClient) -> None:
    half_way(client)
    empty = client.post("/login/code", data={"code": ""})
    assert empty.status_code == 400
    assert "Nhập sáu chữ số." in empty.text
    assert "Mã không đúng" in client.post("/login/code", data={"code": "000000"}).text


def test_the_page_of_a_demo_says_where_the_code_comes_from(app: Flask, settings: Settings, client: FlaskClient) -> None:
    command = "flask demo code supervisor1"
    assert command not in half_way(client).get("/login/code").text
    app.extensions["settings"] = replace(settings, demo=True)
    (settings.data_dir / "demo_password").write_text("x")
    assert command in client.get("/login/code").text


def test_the_demo_tells_its_codes_and_nobody_elses(app: Flask) -> None:
    runner = app.test_cli_runner()
    refused = runner.invoke(args=["demo", "code", "supervisor1"])
    assert refused.exit_code == 1  # this installation is no demo
    assert runner.invoke(args=["demo", "code", "nobody"]).exit_code == 2


def test_only_needed_roles_can_be_given_a_secret(app: Flask, actor: ActorOf, session: Session) -> None:
    with pytest.raises(InvalidInput), unit_of_work() as work:
        give_secret(work, app.extensions["keyring"], user_id=actor("officer1").id or 0, by=actor("admin1"))


def test_the_address_of_an_enrolment_names_program_and_person() -> None:
    uri = second_factor.enrolment_uri(TOTP_SECRET, "supervisor1")
    assert uri.startswith("otpauth://totp/Don%20Thu:supervisor1?secret=")
    assert second_factor.in_groups("ABCDEFGHIJ") == "ABCD EFGH IJ"


def test_without_its_keys_nobody_gets_in_and_the_page_says_why(
    app: Flask, client: FlaskClient, session: Session, clock: FixedClock
) -> None:
    half_way(client)
    assert seals_check(session, app.extensions["keyring"]).faults == []
    session.rollback()
    app.extensions["keyring"] = Keyring({1: b"x" * 32})
    answer = client.post("/login/code", data={"code": code_at(TOTP_SECRET, clock.now())})
    assert answer.status_code == 503
    assert "DONTHU_KEYS" in answer.text
    assert client.get("/queues/open").location.startswith("/login")
    checked = seals_check(session, app.extensions["keyring"])
    assert (checked.checked, len(checked.faults)) == (3, 3)
