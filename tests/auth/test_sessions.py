"""Log-ins on the server: their limits, their end, and the cookie that leads to them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from auth import guards
from auth.actor import Actor
from auth.models import LoginSession
from auth.permissions import Role
from auth.services import accounts, sessions
from core.clock import FixedClock
from core.database import db, unit_of_work
from core.settings import Settings
from tests.people import PASSWORD
from wsgi import create_app

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


def is_inside(client: FlaskClient) -> bool:
    return client.get("/password").status_code == 200


def last_seen(session: Session) -> object:
    return session.scalars(select(LoginSession.last_seen_at)).one()


def test_a_login_ends_after_an_hour_without_a_request(as_user: AsUser, clock: FixedClock) -> None:
    client = as_user("officer1")
    clock.advance(sessions.IDLE_LIMIT - timedelta(seconds=1))
    assert is_inside(client)
    clock.advance(sessions.IDLE_LIMIT)
    assert not is_inside(client)


def test_a_login_ends_after_the_day_however_busy(as_user: AsUser, clock: FixedClock) -> None:
    client = as_user("officer1")
    for _ in range(23):
        clock.advance(timedelta(minutes=30))
        assert is_inside(client)
    clock.advance(timedelta(minutes=29, seconds=59))
    assert is_inside(client)
    clock.advance(timedelta(seconds=1))
    assert not is_inside(client)


def test_a_clock_set_back_does_not_prolong_a_login(as_user: AsUser, clock: FixedClock) -> None:
    client = as_user("officer1")
    clock.advance(-timedelta(minutes=4))
    assert is_inside(client)
    clock.advance(-timedelta(minutes=2))
    assert not is_inside(client)


def test_last_seen_is_written_once_a_minute(as_user: AsUser, session: Session, clock: FixedClock) -> None:
    client = as_user("officer1")
    begun = last_seen(session)
    clock.advance(timedelta(seconds=59))
    assert is_inside(client)
    assert last_seen(session) == begun
    clock.advance(timedelta(seconds=1))
    assert is_inside(client)
    assert last_seen(session) == clock.now()


def test_asking_who_it_is_costs_one_query(app: Flask, as_user: AsUser) -> None:
    client = as_user("officer1")
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        # A page whose view asks the database nothing.
        assert client.get("/session").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if "login_session" in statement]) == 1
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1


def test_a_database_that_takes_no_write_does_not_stop_a_reader(
    as_user: AsUser, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user("officer1")
    tries: list[str] = []

    def locked(_session: Session, *, token: str) -> None:
        tries.append(token)
        raise OperationalError("UPDATE login_session", {}, Exception("database is locked"))

    monkeypatch.setattr(sessions, "touch", locked)
    monkeypatch.setattr(guards, "_touch_paused_until", None)
    clock.advance(timedelta(minutes=2))
    assert is_inside(client)
    assert is_inside(client)
    assert len(tries) == 1
    clock.advance(guards.TOUCH_PAUSE)
    assert is_inside(client)
    assert len(tries) == 2


def test_logging_out_ends_the_login_on_the_server(app: Flask, as_user: AsUser, session: Session) -> None:
    client = as_user("officer1")
    cookie = client.get_cookie("donthu")
    assert cookie is not None
    answer = client.post("/logout")
    assert answer.headers["Location"] == "/login"
    thief = app.test_client()
    thief.set_cookie("donthu", cookie.value)
    assert not is_inside(thief)
    assert session.scalars(select(LoginSession.token_hash)).all() == []


def test_disabling_a_user_ends_their_logins_at_once(as_user: AsUser, session: Session, actor: ActorOf) -> None:
    first, second, other = as_user("officer2"), as_user("officer2"), as_user("officer1")
    with unit_of_work():
        accounts.disable_user(session, user_id=actor("officer2").id or 0, by=actor("admin1"))
    assert not is_inside(first)
    assert not is_inside(second)
    assert is_inside(other)


def test_a_reset_ends_all_logins(as_user: AsUser, session: Session, actor: ActorOf) -> None:
    client = as_user("officer2")
    with unit_of_work():
        accounts.reset_password(session, user_id=actor("officer2").id or 0, by=actor("admin1"))
    assert not is_inside(client)


def test_a_change_of_password_ends_the_other_logins(as_user: AsUser) -> None:
    here, elsewhere = as_user("officer1"), as_user("officer1")
    form = {"current_password": PASSWORD, "new_password": "ba con mèo vàng", "repeat_password": "ba con mèo vàng"}
    assert here.post("/password", data=form).status_code == 302
    assert is_inside(here)
    assert not is_inside(elsewhere)


def test_a_change_of_role_ends_the_log_in(as_user: AsUser, session: Session, actor: ActorOf) -> None:
    client = as_user("supervisor1")
    assert client.get("/calendar").status_code == 200
    demoted = actor("supervisor1")
    with unit_of_work():
        accounts.update_user(
            session,
            user_id=demoted.id or 0,
            full_name=demoted.full_name,
            role=Role.RECEPTION,
            units=[],
            by=actor("admin1"),
        )
    assert client.get("/calendar").location == "/login?next=/calendar"


def test_logging_in_takes_nothing_over_from_the_visitor(app: Flask, client: FlaskClient) -> None:
    with client.session_transaction() as planted:
        planted["planted"] = "by somebody else"
        planted["csrf_token"] = "known to somebody else"
    client.post("/login", data={"username": "officer1", "password": PASSWORD})
    with client.session_transaction() as after:
        assert "planted" not in after
        assert after.get("csrf_token") != "known to somebody else"


def test_two_logins_never_share_a_token(as_user: AsUser, session: Session) -> None:
    as_user("officer1")
    as_user("officer1")
    hashes = session.scalars(select(LoginSession.token_hash)).all()
    assert len(set(hashes)) == 2


def test_logins_that_are_over_are_removed(as_user: AsUser, session: Session, clock: FixedClock) -> None:
    as_user("officer1")
    clock.advance(sessions.IDLE_LIMIT)
    as_user("officer2")
    assert len(session.scalars(select(LoginSession.user_id)).all()) == 1


def cookie_header(client: FlaskClient) -> str:
    answer = client.post("/login", data={"username": "officer1", "password": PASSWORD}, base_url="https://localhost")
    return next(value for value in answer.headers.getlist("Set-Cookie") if "donthu" in value)


def test_the_cookie_is_for_this_site_and_no_script(client: FlaskClient) -> None:
    header = cookie_header(client)
    assert header.startswith("donthu=")
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Secure" not in header
    assert "Expires" not in header


def test_over_https_the_cookie_is_secure(settings: Settings) -> None:
    app = create_app(replace(settings, secure_cookies=True))
    app.config["WTF_CSRF_ENABLED"] = False
    header = cookie_header(app.test_client())
    assert header.startswith("__Host-donthu=")
    assert "Secure" in header
    with app.app_context():
        db.engine.dispose()
