"""What a form does not offer cannot be set by it: fields that somebody adds by hand change nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from petitions.models import Petition
from petitions.services import assignment
from tests.petitions.given import a_petition, do
from tests.petitions.test_main_job import FORM

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

# Every column of a petition and of a user, by its name and by names that others might use.
HOSTILE = {
    "id": "99", "office_id": "99", "number": "PTN-2026-000999-X", "reg_seq": "999", "reg_year": "1999", "sealed": "1",
    "state": "resolved", "status": "resolved", "registered_at": "2020-01-01", "registered_by": "3", "received_by": "3",
    "unit_id": "1", "officer_id": "2", "due_on": "2030-01-01", "deadline": "2030-01-01", "priority_tier": "9",
    "priority_key": "1", "escalated_to_id": "6", "escalation_trigger": "overdue", "resolved_on": "2026-11-01",
    "proposed_disposition": "filed", "last_act_at": "2020-01-01", "halted_on": "2026-01-01", "import_run_id": "1",
    "complexity_points": "127", "especially_complex": "1", "leading_id": "1", "created_at": "2020-01-01",
    "password_hash": "x", "active": "0", "totp_secret": "x", "totp_confirmed_at": "", "must_change_password": "0",
    "created_by": "1", "actor_id": "1", "barred": "", "is_admin": "1",
}  # fmt: skip


def row(session: Session, model: type[Any], row_id: int) -> dict[str, Any]:
    session.rollback()
    found = session.get_one(model, row_id, populate_existing=True)
    return {column.key: getattr(found, column.key) for column in inspect(model).columns}


def test_an_intake_takes_its_own_fields_only(session: Session, as_user: AsUser) -> None:
    client = as_user("reception1")
    made = []
    for more in ({}, HOSTILE):
        answer = client.post("/petitions/new", data={**HOSTILE, **FORM} if more else FORM)
        assert answer.status_code == 302
        made.append(session.scalars(select(Petition.id).order_by(Petition.id.desc())).first() or 0)
        session.rollback()
    plain, hostile = (row(session, Petition, petition_id) for petition_id in made)
    own = {"id", "number", "reg_seq", "matter_id", "intake_token"}
    assert {name: value for name, value in hostile.items() if name not in own} == {
        name: value for name, value in plain.items() if name not in own
    }
    assert hostile["reg_seq"] == plain["reg_seq"] + 1


@pytest.mark.parametrize("name", ["reception1", "supervisor1"])
def test_a_correction_changes_what_it_names_only(session: Session, as_user: AsUser, actor: ActorOf, name: str) -> None:
    made = a_petition(actor("reception1"))
    before = row(session, Petition, made.id)
    data = {**HOSTILE, "against": "Công ty Thử"}
    assert as_user(name).post(f"/petitions/{made.number}/correct", data=data).status_code == 302
    after = row(session, Petition, made.id)
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {"against", "version"}


@pytest.mark.parametrize(
    ("name", "action", "data", "may"),
    [
        ("officer1", "notes", {"text": "Ghi chú"}, set()),
        (
            "officer1",
            "flag-complex",
            {"reason": "Nhiều nơi"},
            {"complex", "priority_tier", "priority_key", "last_act_at"},
        ),
        ("supervisor1", "send-back", {"reason": "Không phải việc"}, {"state", "officer_id", "unit_id", "last_act_at"}),
    ],
)
def test_a_step_moves_what_it_is_for_only(
    session: Session, as_user: AsUser, actor: ActorOf, name: str, action: str, data: dict[str, str], may: set[str]
) -> None:
    made = a_petition(actor("reception1"))
    do(assignment.assign, made.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    before = row(session, Petition, made.id)
    answer = as_user(name).post(f"/petitions/{made.number}/{action}", data={**HOSTILE, **data, "version": ""})
    assert answer.status_code == 302, answer.text
    after = row(session, Petition, made.id)
    assert {key for key in after if after[key] != before[key]} <= {"version", *may}


def test_a_profile_is_name_role_and_units(session: Session, as_user: AsUser, actor: ActorOf) -> None:
    clerk = actor("reception1")
    assert clerk.id is not None
    before = row(session, User, clerk.id)
    data = {**HOSTILE, "username": "root", "full_name": "Tên Mới", "role": "reception"}
    assert as_user("admin1").post(f"/users/{clerk.id}", data=data).status_code == 302
    after = row(session, User, clerk.id)
    assert {key for key in after if after[key] != before[key]} == {"full_name", "sort_key"}


def test_nobody_raises_themselves(session: Session, as_user: AsUser, actor: ActorOf) -> None:
    clerk = actor("reception1")
    assert clerk.id is not None
    client = as_user("reception1")
    before = row(session, User, clerk.id)
    for path in ("/language", "/theme", "/password", "/looked"):
        client.post(path, data={**HOSTILE, "role": "administrator", "lang": "vi", "theme": "dark"})
    after = row(session, User, clerk.id)
    assert {key for key in after if after[key] != before[key]} <= {"looked_at"}
    assert client.post(f"/users/{clerk.id}", data={"role": "administrator"}).status_code == 403
