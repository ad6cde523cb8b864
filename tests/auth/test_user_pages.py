"""The administrator's pages on users and units, and one's own password page."""

import html
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth import queries
from auth.actor import Actor
from auth.models import User
from auth.permissions import Role
from core.database import unit_of_work
from petitions.models import Petition
from petitions.services.assignment import assign
from tests.people import PASSWORD, UNIT_LAND, UNIT_SOCIAL
from tests.petitions.given import a_petition

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


def id_of(session: Session, username: str) -> int:
    return session.scalars(select(User.id).where(User.username == username)).one()


def unit_id(session: Session, name: str) -> int:
    found = queries.unit_by_name(queries.units(session, 1), name)
    assert found is not None
    return found.id


def error_beside(answer: TestResponse, field: str) -> str:
    found = re.search(rf'id="e-{field}">(.*?)</p>', answer.text)
    assert found is not None, field
    return html.unescape(found.group(1))


def shown_password(answer: TestResponse) -> str:
    found = re.search(r"<output[^>]*>([a-z0-9-]+)</output>", answer.text)
    assert found is not None
    return found.group(1)


def test_everybody_of_the_office_is_listed(as_user: AsUser) -> None:
    page = as_user("admin1").get("/users").text
    for name in ("reception1", "officer4", "supervisor1", "admin1", UNIT_LAND):
        assert name in page


def test_a_user_is_made_and_logs_in_with_the_password_shown(
    client: FlaskClient, as_user: AsUser, session: Session
) -> None:
    form = {
        "username": "officer9",
        "full_name": "Vũ Thị Chín",
        "role": "officer",
        "head_of": unit_id(session, UNIT_SOCIAL),
    }
    made = as_user("admin1").post("/users/new", data=form)
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    row = queries.user_by_username(session, 1, "officer9")
    assert row.head_of == row.unit_ids == (unit_id(session, UNIT_SOCIAL),)
    entered = client.post("/login", data={"username": "officer9", "password": shown_password(made)})
    assert entered.status_code == 302
    assert client.get("/").headers["Location"] == "/password"


def test_wrong_input_is_named_beside_its_field_and_kept(as_user: AsUser, session: Session) -> None:
    form = {"username": "Tên Sai", "full_name": "Vũ <b>Chín</b>", "role": "officer"}
    answer = as_user("admin1").post("/users/new", data=form)
    assert answer.status_code == 400
    assert error_beside(answer, "username")
    assert error_beside(answer, "units")
    assert not error_beside(answer, "full_name")
    assert 'href="#f-username"' in answer.text
    assert 'value="Tên Sai"' in answer.text
    assert 'value="Vũ &lt;b&gt;Chín&lt;/b&gt;"' in answer.text
    assert '<option value="officer" selected>' in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "emperor"},
        {"role": ""},
        {"full_name": ""},
        {"units": "abc"},
        {"units": "9" * 40},
        {"head_of": "-1"},
        {"username": ""},
        {"full_name": "x" * 121},
    ],
)
def test_crooked_forms_are_refused(as_user: AsUser, session: Session, changes: dict[str, str]) -> None:
    form = {"username": "clerk9", "full_name": "Lê Thị Thử", "role": "reception", **changes}
    assert as_user("admin1").post("/users/new", data=form).status_code == 400
    assert session.scalars(select(User.id).where(User.username == "clerk9")).all() == []


def test_a_profile_is_changed(as_user: AsUser, session: Session) -> None:
    client, officer = as_user("admin1"), id_of(session, "officer2")
    page = client.get(f"/users/{officer}").text
    assert f'name="units" value="{unit_id(session, UNIT_LAND)}" checked' in page
    form = {"full_name": "Bùi Thị Hai Mới", "role": "officer", "units": unit_id(session, UNIT_SOCIAL)}
    assert client.post(f"/users/{officer}", data={**form, "username": "taken-over"}).status_code == 302
    row = queries.user(session, 1, officer)
    assert (row.username, row.full_name) == ("officer2", "Bùi Thị Hai Mới")
    assert row.unit_ids == (unit_id(session, UNIT_SOCIAL),)


def test_the_last_administrator_sees_why_not(as_user: AsUser, session: Session) -> None:
    me = id_of(session, "admin1")
    answer = as_user("admin1").post(f"/users/{me}", data={"full_name": "Trịnh Thị Quản", "role": "reception"})
    assert answer.status_code == 400
    assert error_beside(answer, "role")
    assert queries.user(session, 1, me).role is Role.ADMINISTRATOR


def test_no_box_to_lock_oneself_out(as_user: AsUser, session: Session) -> None:
    me = id_of(session, "admin1")
    client = as_user("admin1")
    assert f"/users/{me}/disable" not in client.get(f"/users/{me}").text
    for verb in ("disable", "reset"):
        assert client.post(f"/users/{me}/{verb}").status_code == 400
    assert queries.user(session, 1, me).active


def test_disabling_hands_open_petitions_over(as_user: AsUser, session: Session, actor: ActorOf) -> None:
    leaving, staying = id_of(session, "officer2"), id_of(session, "officer1")
    received = a_petition(actor("reception1"))
    with unit_of_work():
        petition = assign(session, received.id, officer_id=leaving, by=actor("supervisor1"))
    client = as_user("admin1")
    page = client.get(f"/users/{leaving}").text
    assert f'<option value="{staying}">' in page
    assert petition.title not in page
    refused = client.post(f"/users/{leaving}/disable", data={"successor": ""})
    assert refused.status_code == 400
    assert error_beside(refused, "successor")
    for wrong in ("0", "9" * 40, "x", str(leaving)):
        assert client.post(f"/users/{leaving}/disable", data={"successor": wrong}).status_code == 400
    assert client.post(f"/users/{leaving}/disable", data={"successor": staying}).status_code == 302
    session.expire_all()
    moved = session.get(Petition, petition.id)
    assert moved is not None
    assert moved.officer_id == staying
    assert not queries.user(session, 1, leaving).active
    assert client.post(f"/users/{leaving}/enable").status_code == 302
    assert queries.user(session, 1, leaving).active


def test_a_reset_shows_the_password_once(as_user: AsUser, client: FlaskClient, session: Session) -> None:
    officer = id_of(session, "officer2")
    answer = as_user("admin1").post(f"/users/{officer}/reset")
    assert answer.status_code == 200
    password = shown_password(answer)
    assert password not in as_user("admin1").get(f"/users/{officer}").text
    assert client.post("/login", data={"username": "officer2", "password": password}).status_code == 302


@pytest.mark.parametrize("address", ["/users/999999", "/users/99999999999999999999", "/users/x"])
def test_unknown_users_are_not_found(as_user: AsUser, address: str) -> None:
    client = as_user("admin1")
    assert client.get(address).status_code == 404
    for verb in ("reset", "disable", "enable"):
        assert client.post(f"{address}/{verb}").status_code == 404


def test_buttons_do_nothing_without_their_token(as_user: AsUser, session: Session) -> None:
    client, officer = as_user("admin1"), id_of(session, "officer2")
    client.application.config["WTF_CSRF_ENABLED"] = True
    for verb in ("disable", "reset"):
        assert client.post(f"/users/{officer}/{verb}").status_code == 400
    row = queries.user(session, 1, officer)
    assert row.active
    assert not row.must_change_password


class TestUnitPage:
    def test_units_are_made_renamed_and_put_away(self, as_user: AsUser, session: Session) -> None:
        client = as_user("admin1")
        assert client.post("/units", data={"name": "Tư pháp"}).status_code == 302
        made = unit_id(session, "Tư pháp")
        assert client.post(f"/units/{made}", data={"name": "Tư pháp - Hộ tịch"}).status_code == 302
        assert client.post(f"/units/{made}/deactivate").status_code == 302
        assert queries.unit(session, 1, made) == (made, "Tư pháp - Hộ tịch", False)
        assert client.post(f"/units/{made}/activate").status_code == 302
        assert queries.unit(session, 1, made).active

    def test_a_refused_name_is_kept_beside_its_unit(self, as_user: AsUser, session: Session) -> None:
        land = unit_id(session, UNIT_LAND)
        answer = as_user("admin1").post(f"/units/{land}", data={"name": UNIT_SOCIAL.lower()})
        assert answer.status_code == 400
        assert error_beside(answer, f"unit-{land}")
        assert f'href="#f-unit-{land}"' in answer.text
        assert f'value="{UNIT_SOCIAL.lower()}"' in answer.text
        assert queries.unit(session, 1, land).name == UNIT_LAND

    def test_a_refused_new_name_is_kept(self, as_user: AsUser) -> None:
        answer = as_user("admin1").post("/units", data={"name": UNIT_LAND.upper()})
        assert answer.status_code == 400
        assert error_beside(answer, "name")
        assert f'value="{UNIT_LAND.upper()}"' in answer.text

    def test_a_unit_with_members_stays(self, as_user: AsUser, session: Session) -> None:
        land = unit_id(session, UNIT_LAND)
        answer = as_user("admin1").post(f"/units/{land}/deactivate")
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
        assert queries.unit(session, 1, land).active

    @pytest.mark.parametrize("address", ["/units/999999", "/units/99999999999999999999"])
    def test_unknown_units_are_not_found(self, as_user: AsUser, address: str) -> None:
        client = as_user("admin1")
        for verb in ("", "/deactivate", "/activate"):
            assert client.post(address + verb, data={"name": "X"}).status_code == 404


class TestPasswordPage:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"current_password": "falsch"}, "current_password"),
            ({"current_password": ""}, "current_password"),
            ({"new_password": "kurz", "repeat_password": "kurz"}, "new_password"),
            ({"repeat_password": "ba con mèo đen"}, "repeat_password"),
            ({"new_password": "x" * 1001, "repeat_password": "x" * 1001}, "new_password"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(self, as_user: AsUser, changes: dict[str, str], field: str) -> None:
        form = {
            "current_password": PASSWORD,
            "new_password": "ba con mèo vàng",
            "repeat_password": "ba con mèo vàng",
            **changes,
        }
        client = as_user("officer1")
        answer = client.post("/password", data=form)
        assert answer.status_code == 400
        assert error_beside(answer, field)
        assert "ba con mèo" not in answer.text
        assert (
            client.application.test_client()
            .post("/login", data={"username": "officer1", "password": PASSWORD})
            .status_code
            == 302
        )

    def test_the_new_password_opens_and_the_old_one_does_not(self, as_user: AsUser, client: FlaskClient) -> None:
        form = {"current_password": PASSWORD, "new_password": "ba con mèo vàng", "repeat_password": "ba con mèo vàng"}
        assert as_user("officer1").post("/password", data=form).status_code == 302
        assert client.post("/login", data={"username": "officer1", "password": PASSWORD}).status_code == 401
        assert client.post("/login", data={"username": "officer1", "password": "ba con mèo vàng"}).status_code == 302
