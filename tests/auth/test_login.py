"""Logging in: who is let in, who is not, and how guessing is slowed down."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth import passwords
from auth.actor import Actor
from auth.models import LoginAttempt, LoginSession, User
from auth.services import accounts, login
from core.audit import AuditEntry
from core.clock import FixedClock
from core.database import unit_of_work
from tests.people import PASSWORD

ActorOf = Callable[[str], Actor]

WRONG = "không phải mật khẩu này"


def attempt(client: FlaskClient, username: str, password: str, address: str = "10.0.0.1") -> int:
    data = {"username": username, "password": password}
    return client.post("/login", data=data, environ_base={"REMOTE_ADDR": address}).status_code


def attempts_counted(session: Session) -> int:
    return session.execute(select(func.count()).select_from(LoginAttempt)).scalar_one()


def audited(session: Session, action: str) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_the_right_password_opens_the_home_page(client: FlaskClient) -> None:
    answer = client.post("/login", data={"username": "officer1", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def test_capitals_and_spaces_around_the_name_do_not_matter(client: FlaskClient) -> None:
    assert attempt(client, "  Officer1 ", PASSWORD) == 302


def test_another_normal_form_of_the_password_is_the_same(client: FlaskClient) -> None:
    decomposed = "".join(
        {"ề": "e\u0302\u0300", "ư": "u\u031b", "à": "a\u0300", "à".upper(): "A\u0300"}.get(letter, letter)
        for letter in PASSWORD
    )
    assert decomposed != PASSWORD
    assert attempt(client, "officer1", decomposed) == 302


def message(answer: TestResponse) -> str:
    return answer.text.split('role="alert"')[1].split("</div>")[0]


@pytest.mark.parametrize("username", ["nobody", "' or 1=1 --", "x" * 900, "Đỗ Văn Một"])
def test_the_answer_does_not_tell_whether_a_name_exists(app: Flask, username: str) -> None:
    unknown = app.test_client().post("/login", data={"username": username, "password": WRONG})
    known = app.test_client().post("/login", data={"username": "officer2", "password": WRONG})
    assert unknown.status_code == known.status_code == 401
    assert message(unknown) == message(known)


def test_a_name_of_invisible_letters_breaks_nothing(client: FlaskClient) -> None:
    assert attempt(client, "\x00\u200b", WRONG) == 401


def test_typed_name_is_kept_and_password_is_not(client: FlaskClient) -> None:
    answer = client.post("/login", data={"username": "officer1", "password": WRONG})
    assert 'value="officer1"' in answer.text
    assert WRONG not in answer.text


@pytest.mark.parametrize("missing", ["username", "password"])
def test_an_empty_field_is_named(client: FlaskClient, session: Session, missing: str) -> None:
    data = {"username": "officer1", "password": PASSWORD, missing: ""}
    answer = client.post("/login", data=data)
    assert answer.status_code == 400
    assert f'href="#f-{missing}"' in answer.text
    assert attempts_counted(session) == 0


def test_unknown_names_cost_the_same_work(monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    checked: list[str] = []

    def check(password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return True

    monkeypatch.setattr(passwords, "check_password_hash", check)
    with unit_of_work():
        unknown = login.begin_attempt(session, username="nobody", address="10.0.0.1")
    assert login.password_matches(unknown, "anything") is False
    assert len(checked) == 1
    assert checked[0].split("$")[0].startswith(passwords.HASH_METHOD.split(":", maxsplit=1)[0])


def test_a_disabled_user_is_told_so_only_with_the_right_password(
    client: FlaskClient, session: Session, actor: ActorOf
) -> None:
    with unit_of_work():
        accounts.disable_user(session, user_id=actor("officer2").id or 0, by=actor("admin1"))
    right = client.post("/login", data={"username": "officer2", "password": PASSWORD})
    wrong = client.post("/login", data={"username": "officer2", "password": WRONG})
    assert right.status_code == wrong.status_code == 401
    assert right.text != wrong.text
    assert client.get("/").status_code == 302


class TestThrottle:
    def test_five_failures_close_the_account_for_that_address(self, client: FlaskClient) -> None:
        for _ in range(login.PER_ACCOUNT_AND_ADDRESS):
            assert attempt(client, "officer1", WRONG) == 401
        assert attempt(client, "officer1", PASSWORD) == 429
        assert attempt(client, "officer2", PASSWORD) == 302
        assert attempt(client, "officer1", PASSWORD, address="10.0.0.2") == 302

    def test_the_page_says_how_many_minutes_to_wait(self, client: FlaskClient, clock: FixedClock) -> None:
        for _ in range(login.PER_ACCOUNT_AND_ADDRESS):
            attempt(client, "officer1", WRONG)
        clock.advance(timedelta(minutes=5, seconds=1))
        answer = client.post(
            "/login", data={"username": "officer1", "password": PASSWORD}, environ_base={"REMOTE_ADDR": "10.0.0.1"}
        )
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "600"
        assert "10" in message(answer)

    def test_waiting_opens_it_again(self, client: FlaskClient, clock: FixedClock) -> None:
        for _ in range(login.PER_ACCOUNT_AND_ADDRESS):
            attempt(client, "officer1", WRONG)
        clock.advance(login.WINDOW - timedelta(seconds=1))
        assert attempt(client, "officer1", PASSWORD) == 429
        clock.advance(timedelta(seconds=1))
        assert attempt(client, "officer1", PASSWORD) == 302

    def test_tries_while_closed_do_not_prolong_it(self, client: FlaskClient, clock: FixedClock) -> None:
        for _ in range(login.PER_ACCOUNT_AND_ADDRESS):
            attempt(client, "officer1", WRONG)
        clock.advance(timedelta(minutes=14))
        assert attempt(client, "officer1", WRONG) == 429
        clock.advance(timedelta(minutes=1))
        assert attempt(client, "officer1", PASSWORD) == 302

    def test_success_ends_the_counting(self, client: FlaskClient, session: Session) -> None:
        for _ in range(login.PER_ACCOUNT_AND_ADDRESS - 1):
            attempt(client, "officer1", WRONG)
        assert attempts_counted(session) == login.PER_ACCOUNT_AND_ADDRESS - 1
        assert attempt(client, "officer1", PASSWORD) == 302
        assert attempts_counted(session) == 0

    def test_one_account_from_many_addresses_is_closed_for_all(self, client: FlaskClient) -> None:
        for number in range(login.PER_ACCOUNT):
            assert attempt(client, "officer1", WRONG, address=f"10.0.1.{number}") == 401
        assert attempt(client, "officer1", PASSWORD, address="10.0.2.1") == 429

    def test_an_office_behind_one_address_goes_on_working(self, client: FlaskClient) -> None:
        for number in range(30):
            assert attempt(client, f"mistyped{number}", WRONG) == 401
        assert attempt(client, "officer1", PASSWORD) == 302

    def test_one_address_cannot_try_names_for_ever(
        self, client: FlaskClient, session: Session, clock: FixedClock
    ) -> None:
        with unit_of_work():
            for number in range(login.PER_ADDRESS):
                login.begin_attempt(session, username=f"guess{number}", address="10.0.0.9")
        assert attempt(client, "officer1", PASSWORD, address="10.0.0.9") == 429
        assert attempt(client, "officer1", PASSWORD, address="10.0.0.1") == 302

    def test_an_attempt_counts_before_its_password_is_looked_at(self, session: Session) -> None:
        """Guesses sent at the same moment cannot slip past the limit: each is counted when it begins."""
        for _ in range(login.PER_ACCOUNT_AND_ADDRESS):
            with unit_of_work():
                login.begin_attempt(session, username="officer1", address="10.0.0.1")
        with pytest.raises(login.Throttled), unit_of_work():
            login.begin_attempt(session, username="officer1", address="10.0.0.1")

    def test_a_password_typed_as_a_name_is_not_kept(self, client: FlaskClient, session: Session) -> None:
        attempt(client, "bi-mat-cua-toi-2026", WRONG)
        kept = session.scalars(select(LoginAttempt.username)).one()
        assert "bi-mat" not in kept

    def test_old_attempts_are_removed(self, client: FlaskClient, session: Session, clock: FixedClock) -> None:
        for number in range(3):
            attempt(client, f"name{number}", WRONG)
        clock.advance(login.WINDOW)
        attempt(client, "another", WRONG)
        assert attempts_counted(session) == 1

    def test_guessing_the_old_password_of_an_open_login_is_throttled(
        self, app: Flask, client: FlaskClient, session: Session
    ) -> None:
        attempt(client, "officer1", PASSWORD)
        form = {"current_password": WRONG, "new_password": "ba con mèo vàng", "repeat_password": "ba con mèo vàng"}
        for _ in range(login.PER_ACCOUNT_AND_ADDRESS):
            assert client.post("/password", data=form).status_code == 400
        answer = client.post("/password", data={**form, "current_password": PASSWORD})
        assert answer.status_code == 429
        assert "ba con mèo vàng" not in answer.text


def test_logins_and_refusals_stand_in_the_audit_chain(client: FlaskClient, session: Session) -> None:
    attempt(client, "officer1", WRONG)
    attempt(client, "officer1", PASSWORD)
    attempt(client, "nobody", WRONG)
    [refused], [entered] = audited(session, "login.refused"), audited(session, "login")
    assert (refused.actor, entered.actor) == ("officer1", "officer1")
    assert json.loads(refused.payload) == {"address": "10.0.0.1", "reason": "wrong"}
    assert WRONG not in refused.payload


def test_a_one_time_password_lasts_for_its_days_only(
    client: FlaskClient, session: Session, actor: ActorOf, clock: FixedClock
) -> None:
    with unit_of_work():
        password = accounts.reset_password(session, user_id=actor("officer1").id or 0, by=actor("admin1"))
    clock.advance(timedelta(days=accounts.ONE_TIME_DAYS) - timedelta(seconds=1))
    assert attempt(client, "officer1", password) == 302
    clock.advance(timedelta(seconds=1))
    assert attempt(client.application.test_client(), "officer1", password) == 401


def test_a_password_reset_between_check_and_entry_closes_the_door(session: Session, actor: ActorOf) -> None:
    with unit_of_work():
        begun = login.begin_attempt(session, username="officer1", address="10.0.0.1")
    known = login.password_matches(begun, PASSWORD)
    assert known
    with unit_of_work():
        accounts.reset_password(session, user_id=actor("officer1").id or 0, by=actor("admin1"))
    with unit_of_work():
        verdict = login.finish_attempt(session, attempt=begun, known=known)
    assert verdict.refusal is login.Refusal.WRONG
    assert session.scalars(select(LoginSession.user_id)).all() == []


def test_passwords_are_kept_as_hashes_only(session: Session) -> None:
    kept = session.scalars(select(User.password_hash)).all()
    assert len(set(kept)) == len(kept)
    assert not [value for value in kept if PASSWORD in value]
