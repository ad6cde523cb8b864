"""The main job through the pages: received, assigned, escalated, resolved; the queues follow."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from petitions.models import Matter, Party, Petition, PetitionEvent, Tally

AsUser = Callable[[str], FlaskClient]

FORM = {
    "received_on": "23/11/2026",
    "channel": "desk",
    "kind": "complaint",
    "title": "Khiếu nại về thu hồi đất tại ngõ 165",
    "body": "Gia đình tôi không đồng ý với quyết định thu hồi đất.",
    "petitioner_name": "Nguyễn Văn Thử",
    "petitioner_id_number": "001099000001",
    "petitioner_phone": "0900 000 001",
    "people_count": "1",
}


def register(client: FlaskClient, **changes: str) -> str:
    """Register a petition through the form and return its number."""
    answer = client.post("/petitions/new", data={**FORM, **changes})
    assert answer.status_code == 302, answer.text
    return answer.location.rsplit("/", 1)[1]


def act(client: FlaskClient, number: str, action: str, **form: str) -> int:
    """Do an action as the case page would, with the version shown there."""
    page = client.get(f"/petitions/{number}").text
    found = re.search(r'name="version" value="(\d+)"', page)
    version = found.group(1) if found else "0"
    return client.post(f"/petitions/{number}/{action}", data={"version": version, **form}).status_code


def test_a_petition_is_received_assigned_escalated_and_resolved(as_user: AsUser, session: Session) -> None:
    reception, officer, supervisor = as_user("reception1"), as_user("officer1"), as_user("supervisor1")
    number = register(reception)
    petition = session.scalars(select(Petition)).one()
    assert (petition.number, petition.state) == (number, "received")
    assert petition.due_on.isoformat() == "2026-12-03"  # seven working days, 24/11 is a holiday
    assert number in officer.get("/queues/unassigned").text
    assert act(officer, number, "take") == 302
    boss = session.scalars(select(User.id).where(User.username == "supervisor1")).one()
    assert (
        act(officer, number, "escalate", trigger="complex", escalated_to=str(boss), reply_by="30/11/2026", reason="Khó")
        == 302
    )
    assert number in supervisor.get("/queues/priority").text
    assert act(supervisor, number, "return", instruction="Mời các bên đối thoại") == 302
    assert act(officer, number, "resolve", disposition="decided") == 400
    document = {"decision_number": "12/QĐ-UBND", "decision_on": "24/11/2026", "decision_signer": "Phan Văn Lãnh Đạo"}
    assert act(officer, number, "resolve", disposition="decided", **document) == 302
    session.expire_all()
    petition = session.scalars(select(Petition)).one()
    assert (petition.state, petition.disposition, petition.decision_number) == ("resolved", "decided", "12/QĐ-UBND")
    steps = session.scalars(select(PetitionEvent.action).order_by(PetitionEvent.id)).all()
    assert steps == ["receive", "take", "escalate", "return", "resolve"]
    assert {row.name: row.n for row in session.scalars(select(Tally)) if row.n} == {"all": 1}


def test_the_second_of_two_people_is_told_who_moved_first(as_user: AsUser) -> None:
    number = register(as_user("reception1"))
    first, second = as_user("officer1"), as_user("supervisor1")
    page = second.get(f"/petitions/{number}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    assert act(first, number, "take") == 302
    answer = second.post(
        f"/petitions/{number}/void", data={"version": version.group(1), "reason": "Nhập nhầm, câu đã gõ"}
    )
    assert answer.status_code == 409
    assert "Đỗ Văn Một" in answer.text
    assert "Nhập nhầm, câu đã gõ" in answer.text


def test_the_same_form_sent_twice_makes_one_petition(as_user: AsUser, session: Session) -> None:
    reception = as_user("reception1")
    token = "3f1c7c1e-0000-4000-8000-000000000001"
    assert register(reception, intake_token=token) == register(reception, intake_token=token)
    assert len(session.scalars(select(Petition.id)).all()) == 1


def test_a_denouncer_is_kept_nowhere(as_user: AsUser, session: Session) -> None:
    reception = as_user("reception1")
    refused = reception.post("/petitions/new", data={**FORM, "kind": "denunciation"})
    assert refused.status_code == 400
    assert "Khiếu nại về thu hồi đất" in refused.text
    assert session.scalars(select(Petition.id)).all() == []
    no_names = {name: "" for name in FORM if name.startswith("petitioner")}
    number = register(reception, kind="denunciation", **no_names)
    petition = session.scalars(select(Petition)).one()
    assert petition.sealed
    assert petition.paper_code
    assert session.scalars(select(Party.id)).all() == []
    assert as_user("officer1").get(f"/petitions/{number}").status_code == 404


def test_bad_input_comes_back_with_what_was_typed(as_user: AsUser) -> None:
    answer = as_user("reception1").post(
        "/petitions/new", data={**FORM, "received_on": "31/02/2026", "people_count": "abc"}
    )
    assert answer.status_code == 400
    assert "31/02/2026" in answer.text
    assert "Nguyễn Văn Thử" in answer.text


def test_a_person_who_was_here_before_is_shown_and_the_matter_joined(as_user: AsUser, session: Session) -> None:
    reception = as_user("reception1")
    first = register(reception)
    for query in ("phone=0900000001", "id_number=001099000001", "name=nguyen van th"):
        assert first in reception.get(f"/petitions/here-before?{query}").text
    register(reception, matter_of=first.replace("-", "").lower())
    assert len(session.scalars(select(Matter.id)).all()) == 1
    assert {row.matter_role for row in session.scalars(select(Petition))} == {"first", "repeated"}


def test_an_own_step_is_undone_while_fresh(as_user: AsUser, session: Session) -> None:
    number, officer = register(as_user("reception1")), as_user("officer1")
    assert act(officer, number, "take") == 302
    assert act(officer, number, "undo") == 302
    assert session.scalars(select(Petition.state)).one() == "received"
    assert act(officer, number, "undo") == 409


def test_the_administrator_sees_no_case(as_user: AsUser) -> None:
    number = register(as_user("reception1"))
    administrator = as_user("admin1")
    assert administrator.get(f"/petitions/{number}").status_code == 403
    assert administrator.get("/").status_code == 200
