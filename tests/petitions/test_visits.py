"""Visits without a petition through the pages."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock
from core.audit import AuditEntry
from core.database import unit_of_work
from core.errors import InvalidInput
from petitions.models import Visit
from petitions.vocabulary import Kind
from tests.petitions.given import a_secret_visit, a_visit

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

FORM = {
    "visited_on": "23/11/2026",
    "kind": "recommendation",
    "name": "Trần Văn Khách",
    "id_number": "001099000999",
    "address": "Số 9 ngõ Thử",
    "people_count": "2",
    "content": "Phản ánh ngập đường",
    "in_jurisdiction": "1",
    "guided_to": "Ban Quản lý Thử",
}


def visits(session: Session) -> int:
    return session.execute(select(func.count()).select_from(Visit)).scalar_one()


def test_a_visit_is_entered_and_the_day_stays(as_user: AsUser, session: Session) -> None:
    reception = as_user("reception1")
    answer = reception.post("/visits/new", data={**FORM, "then": "next"})
    assert (answer.status_code, answer.location) == (302, "/visits/new?visited_on=23%2F11%2F2026")
    assert 'value="23/11/2026"' in reception.get(answer.location).text
    visit = session.scalars(select(Visit)).one()
    assert (visit.name, visit.people_count, visit.in_jurisdiction, visit.guided_to) == (
        "Trần Văn Khách",
        2,
        True,
        "Ban Quản lý Thử",
    )
    assert visit.registered_at == clock.now()
    then = reception.post("/visits/new", data={**FORM, "then": "list"}).location
    assert "Phản ánh ngập đường" in reception.get(then).text


def test_the_same_form_sent_twice_makes_one_visit(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    reception = as_user("reception1")
    token = "3f1c7c1e-0000-4000-8000-000000000002"
    for _ in range(2):
        assert reception.post("/visits/new", data={**FORM, "intake_token": token}).status_code == 302
    assert visits(session) == 1
    assert a_visit(actor("reception1")) != a_visit(actor("reception1"))  # without a token, each call is a visit


def test_the_same_form_sent_at_the_same_moment_makes_one_visit(as_user: AsUser, session: Session) -> None:
    form = {**FORM, "intake_token": "3f1c7c1e-0000-4000-8000-000000000003"}
    clients = [as_user("reception1") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda client: client.post("/visits/new", data=form).status_code, clients))
    assert answers == [302] * 4
    assert visits(session) == 1


def test_bad_input_comes_back_with_what_was_typed(as_user: AsUser, session: Session) -> None:
    reception = as_user("reception1")
    for wrong, field in (
        ({"visited_on": "31/02/2026"}, "visited_on"),
        ({"visited_on": "25/11/2026"}, "visited_on"),
        ({"visited_on": "01/01/1900"}, "visited_on"),
        ({"kind": "mixed"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"people_count": "hai"}, "people_count"),
        ({"people_count": "0"}, "people_count"),
        ({"content": " \n "}, "content"),
        ({"content": "x" * 20_001}, "content"),
        ({"name": ""}, "name"),
        ({"address": "x" * 301}, "address"),
    ):
        answer = reception.post("/visits/new", data={**FORM, **wrong})
        assert answer.status_code == 400, wrong
        assert f'href="#f-{field}"' in answer.text, wrong
        assert 'value="Ban Quản lý Thử"' in answer.text
    assert visits(session) == 0


def test_a_denouncer_is_named_nowhere(as_user: AsUser, session: Session) -> None:
    reception = as_user("reception1")
    secret = {**FORM, "kind": "denunciation", "name": "", "id_number": "", "address": ""}
    for named in ("name", "id_number", "address"):
        answer = reception.post("/visits/new", data={**secret, named: "Người Tố Cáo 001"})
        assert answer.status_code == 400
        assert f'href="#f-{named}"' in answer.text
    assert visits(session) == 0
    assert reception.post("/visits/new", data=secret).status_code == 302
    assert visits(session) == 1
    assert "Người Tố Cáo" not in "".join(session.scalars(select(AuditEntry.payload)))


@pytest.mark.parametrize("kind", [Kind.DENUNCIATION, Kind.MIXED])
@pytest.mark.parametrize("named", ["name", "id_number", "address"])
def test_neither_service_nor_database_takes_what_names_a_denouncer(
    actor: ActorOf, session: Session, kind: Kind, named: str
) -> None:
    by = actor("reception1")
    nobody = {"name": "", "id_number": "", "address": ""}
    with pytest.raises(InvalidInput):
        a_visit(by, kind=kind, **{**nobody, named: "x"})
    visit_id = a_visit(by, kind=kind, **nobody)
    row = {column.key: getattr(session.get(Visit, visit_id), column.key) for column in Visit.__table__.columns}
    del row["id"]
    with pytest.raises(IntegrityError), unit_of_work() as work:
        work.execute(insert(Visit), [{**row, named: "x"}])


def test_who_may_enter_and_who_may_see(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    a_visit(by, content="Hỏi về thuế nhà")
    a_secret_visit(by, content="Tóm tắt lời tố cáo")
    assert as_user("officer1").get("/visits/new").status_code == 403
    assert as_user("officer1").post("/visits/new", data=FORM).status_code == 403
    assert as_user("admin1").get("/visits").status_code == 403
    for name, sees_secret in (("reception1", True), ("supervisor1", True), ("officer1", False)):
        for page in ("/visits", "/petitions/day?on=23/11/2026"):
            text = as_user(name).get(page).text
            assert "Hỏi về thuế nhà" in text
            assert ("Tóm tắt lời tố cáo" in text) is sees_secret
