"""Many rows at once: a result for each, and one that fails stops no other."""

from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.models import Petition
from petitions.queries.checks import queue_drift
from petitions.services import assignment, closing
from petitions.services.intake import Received
from tests.petitions.given import FILED, PLAIN, SECRET, a_petition, do

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


@pytest.fixture
def four(session: Session, actor: ActorOf) -> list[Received]:
    """One waiting, one that somebody changed meanwhile, one closed, one secret."""
    reception, boss = actor("reception1"), actor("supervisor1")
    made = [a_petition(reception, SECRET if place == 3 else PLAIN) for place in range(4)]
    do(assignment.take, made[1].id, by=actor("officer3"))
    do(closing.resolve, made[2].id, FILED, by=boss)
    return made


def rows(made: list[Received], *versions: int) -> list[str]:
    return [f"{petition.id}:{version}" for petition, version in zip(made, versions, strict=True)]


def standing(session: Session) -> dict[int, tuple[str, int | None, bool]]:
    session.rollback()
    query = select(Petition.id, Petition.state, Petition.officer_id, Petition.complex)
    return {row.id: (row.state, row.officer_id, row.complex) for row in session.execute(query)}


def test_each_row_has_its_result(session: Session, actor: ActorOf, as_user: AsUser, four: list[Received]) -> None:
    officer = actor("officer1").id
    answer = as_user("supervisor1").post(
        "/petitions/bulk",
        data={
            "row": rows(four, 1, 1, 2, 1),
            "do": "assign",
            "officer": str(officer),
            "next": "/queues/all?kind=complaint&sort=-number",
        },
    )
    assert answer.status_code == 200
    text = unescape(answer.text)
    assert "2/4" in text or "2 trên 4" in text or "2 of 4" in text or "Đã làm 2" in text
    assert "Hà Văn Ba" in text
    after = standing(session)
    assert [after[petition.id][1] for petition in four] == [officer, actor("officer3").id, None, officer]
    assert queue_drift(session, 1)[1] == []
    # The list is the one that the rows were chosen from: its filter and order stay.
    assert "kind=complaint" in text
    assert 'name="sort" value="-number"' in text
    assert "sort=number" in text


def test_what_cannot_be_seen_is_said_without_its_number(
    session: Session, actor: ActorOf, as_user: AsUser, four: list[Received]
) -> None:
    answer = as_user("officer1").post(
        "/petitions/bulk",
        data={
            "row": [*rows(four, 1, 2, 2, 1), "999999:1"],
            "do": "flag",
            "flag": "complex",
            "flag_reason": "Nhiều nơi",
            "next": "/queues/open",
        },
    )
    after = standing(session)
    assert [after[petition.id][2] for petition in four] == [True, True, False, False]
    assert four[3].number not in answer.text
    assert answer.text.count('<li class="bad">') == 3


def test_many_are_escalated_together(session: Session, actor: ActorOf, as_user: AsUser, four: list[Received]) -> None:
    form = {
        "row": rows(four, 1, 2, 2, 1),
        "do": "escalate",
        "trigger": "crowd",
        "escalated_to": str(actor("supervisor1").id),
        "reply_by": "27/11/2026",
        "escalate_reason": "Đông người",
        "next": "/queues/open",
    }
    reception = as_user("reception1")
    assert (
        reception.post("/petitions/bulk", data={**form, "reply_by": "31/02/2026"}).text.count('<li class="bad">') == 4
    )
    assert reception.post("/petitions/bulk", data=form).text.count('<li class="bad">') == 1
    assert sorted(state for state, _officer, _complex in standing(session).values()) == [
        "escalated",
        "escalated",
        "escalated",
        "resolved",
    ]


def test_who_may_not_assign_is_told_for_each_row(
    session: Session, actor: ActorOf, as_user: AsUser, four: list[Received]
) -> None:
    before = standing(session)
    answer = as_user("officer2").post(
        "/petitions/bulk",
        data={
            "row": rows(four, 1, 2, 2, 1),
            "do": "assign",
            "officer": str(actor("officer2").id),
            "next": "/queues/open",
        },
    )
    assert answer.text.count('<li class="bad">') == 4
    assert standing(session) == before
    assert as_user("admin1").post("/petitions/bulk", data={"row": rows(four, 1, 2, 2, 1)}).status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        {"do": "delete", "row": "1:1"},
        {"row": "1:1"},
        {"do": "assign", "officer": "abc", "row": "1:1"},
        {"do": "assign", "officer": "1", "row": ["x", "1", ":", "1:x", "-1:1", "9999999999999999999:1", "\x00"]},
        {"do": "assign", "officer": "1"},
        {"do": "flag", "flag": "x", "flag_reason": "\x00", "row": "1:1"},
    ],
)
def test_nonsense_is_answered_and_never_a_fault(as_user: AsUser, four: list[Received], form: dict[str, str]) -> None:
    for back in ("/queues/open", "https://evil.example/", "//evil.example", "/petitions/bulk", ""):
        answer = as_user("supervisor1").post("/petitions/bulk", data={**form, "next": back})
        assert answer.status_code in (200, 302, 400)
        assert "evil" not in (answer.location or "")
