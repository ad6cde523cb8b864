"""Actions on selected results: as on lists, and back to the same results."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.models import Petition
from petitions.vocabulary import Kind
from tests.search.making import register

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def desk(actor: ActorOf) -> Actor:
    return actor("reception1")


def test_what_came_of_it_stands_over_the_same_results(
    session: Session, desk: Actor, actor: ActorOf, as_user: AsUser
) -> None:
    first, second = (register(session, desk, f"Cây đổ {n}") for n in range(2))
    other = register(session, desk, "Đất đai")
    client = as_user("supervisor1")
    here = "/search?q=cay+do&sort=newest"
    page = client.get(here).text
    assert f'value="{first.id}:1"' in page
    assert 'name="next" value="/search?q=cay+do&amp;sort=newest"' in page
    officer = actor("officer1")
    rows = [f"{first.id}:1", f"{second.id}:7"]
    answer = client.post("/petitions/bulk", data={"row": rows, "do": "assign", "officer": officer.id, "next": here})
    assert answer.status_code == 200
    assert "1/2 đơn" in answer.text
    assert f'value="{first.id}:2"' in answer.text
    assert 'name="next" value="/search?q=cay+do&amp;sort=newest"' in answer.text
    assert other.number not in answer.text
    session.expire_all()
    assert session.get_one(Petition, first.id).officer_id == officer.id
    assert session.get_one(Petition, second.id).officer_id is None


def test_a_hidden_case_cannot_be_acted_on_from_results(
    session: Session, desk: Actor, as_user: AsUser, actor: ActorOf
) -> None:
    sealed = register(session, desk, "Mật báo cây đổ", kind=Kind.DENUNCIATION)
    data = {"row": [f"{sealed.id}:1"], "do": "assign", "officer": actor("officer1").id, "next": "/search?q=cay+do"}
    answer = as_user("officer1").post("/petitions/bulk", data=data)
    assert sealed.number not in answer.text
    assert "Mật" not in answer.text
    session.expire_all()
    assert session.get_one(Petition, sealed.id).officer_id is None
