"""What the law does not let wait is escalated in the transaction that records it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from core.database import unit_of_work
from core.errors import IllegalTransition, InvalidInput, NotAllowed
from petitions.deadlines import LegalEvent
from petitions.models import Absence, Petition, PetitionEvent
from petitions.queries.checks import queue_drift
from petitions.services import assignment, closing, legal_events
from petitions.services.escalating import escalate_compulsory, record_conflict
from petitions.services.ledger import lock
from petitions.services.legal_events import LegalInput
from petitions.vocabulary import Trigger
from tests.petitions.given import FILED, SECRET, a_petition, do
from tests.petitions.test_legal_events import PAPER

As = Callable[[str], Actor]

pytestmark = pytest.mark.usefixtures("session")


def record(petition_id: int, trigger: Trigger, *, by: Actor) -> int | None:
    """What a service does that records the cause."""
    with unit_of_work() as session:
        return escalate_compulsory(session, lock(session, petition_id, by), trigger, by=by, reason="Có dấu hiệu")


def read(session: Session, petition_id: int) -> Petition:
    session.rollback()
    return session.get_one(Petition, petition_id, populate_existing=True)


def newest(session: Session) -> PetitionEvent:
    session.rollback()
    return session.scalars(select(PetitionEvent).order_by(PetitionEvent.id.desc()).limit(1)).one()


@pytest.mark.parametrize("trigger", [Trigger.CRIME_SIGNS, Trigger.SUPERIOR_REQUEST, Trigger.CONFLICT])
def test_an_open_case_is_escalated_at_once(session: Session, actor: As, trigger: Trigger) -> None:
    officer, boss = actor("officer2"), actor("supervisor1")
    made = a_petition(actor("reception1"), SECRET)
    do(assignment.assign, made.id, by=boss, officer_id=officer.id)
    event_id = record(made.id, trigger, by=officer)
    petition = read(session, made.id)
    assert (petition.state, petition.escalation_trigger, petition.escalated_to_id) == ("escalated", trigger, boss.id)
    assert petition.reply_by == date(2026, 11, 25)
    event = newest(session)
    assert (event.id, event.action, event.actor_name, event.reason) == (
        event_id,
        "escalate",
        officer.full_name,
        "Có dấu hiệu",
    )
    # The same once more is no second escalation.
    assert record(made.id, trigger, by=officer) is None
    assert newest(session).id == event_id
    assert queue_drift(session, 1)[1] == []


@pytest.mark.parametrize(
    ("event", "given", "trigger"),
    [
        (LegalEvent.CRIME_SIGNS, {"ground": "Có dấu hiệu giả mạo"}, "crime-signs"),
        (LegalEvent.REPORT_DEMANDED, PAPER, "superior-request"),
    ],
)
def test_the_event_in_law_escalates_in_its_own_transaction(
    session: Session, actor: As, event: LegalEvent, given: dict[str, Any], trigger: str
) -> None:
    officer, boss = actor("officer2"), actor("supervisor1")
    made = a_petition(actor("reception1"), SECRET)
    do(assignment.assign, made.id, by=boss, officer_id=officer.id)
    typed = LegalInput(event, date(2026, 11, 24), **given)
    do(legal_events.record, made.id, typed, by=officer)
    petition = read(session, made.id)
    assert (petition.state, petition.escalation_trigger, petition.escalated_to_id) == ("escalated", trigger, boss.id)
    query = select(PetitionEvent.action).where(PetitionEvent.petition_id == made.id).order_by(PetitionEvent.id)
    assert session.scalars(query).all()[-2:] == ["legal", "escalate"]
    with pytest.raises(IllegalTransition):
        do(closing.undo, made.id, by=officer)
    # Answered and recorded once more, it stands before a supervisor once more.
    do(assignment.return_to_officer, made.id, by=boss, instruction="Bổ sung hồ sơ")
    do(legal_events.record, made.id, typed, by=officer)
    assert read(session, made.id).state == "escalated"
    assert queue_drift(session, 1)[1] == []


def test_a_case_that_was_escalated_gets_the_graver_reason_and_keeps_whoever_answers(
    session: Session, actor: As
) -> None:
    reception, boss = actor("reception1"), actor("supervisor1")
    made = a_petition(reception)
    later = date(2026, 12, 30)
    do(assignment.escalate, made.id, by=reception, trigger=Trigger.CROWD, to_id=boss.id, reply_by=later, reason="Đông")
    assert record(made.id, Trigger.CRIME_SIGNS, by=reception) == newest(session).id
    petition = read(session, made.id)
    assert (petition.escalation_trigger, petition.escalated_to_id) == ("crime-signs", boss.id)
    assert petition.reply_by == date(2026, 11, 25)
    # The first compulsory reason stays on the case; the second one is in its history.
    assert record(made.id, Trigger.SUPERIOR_REQUEST, by=reception) is not None
    assert read(session, made.id).escalation_trigger == "crime-signs"
    assert newest(session).action == "escalate-reason"
    assert queue_drift(session, 1)[1] == []


def test_a_case_that_is_closed_stays_closed(session: Session, actor: As) -> None:
    boss = actor("supervisor1")
    made = a_petition(actor("reception1"))
    do(closing.resolve, made.id, FILED, by=boss)
    assert record(made.id, Trigger.CRIME_SIGNS, by=boss) is None
    assert read(session, made.id).state == "resolved"


def test_what_cannot_wait_finds_somebody_in_every_office(session: Session, actor: As) -> None:
    boss, officer = actor("supervisor1"), actor("officer1")
    one, two = (a_petition(actor("reception1")) for _ in range(2))
    with unit_of_work() as work:
        day = date(2026, 11, 24)
        absent = Absence(office_id=1, user_id=boss.id, first_day=day, last_day=day, recorded_at=boss_time(work))
        work.add(absent)
    record(one.id, Trigger.CRIME_SIGNS, by=officer)
    assert read(session, one.id).escalated_to_id == boss.id
    with unit_of_work() as work:
        work.execute(update(User).where(User.id == boss.id).values(active=False))
    record(two.id, Trigger.CRIME_SIGNS, by=officer)
    petition = read(session, two.id)
    assert (petition.state, petition.escalated_to_id) == ("escalated", None)


def boss_time(session: Session) -> object:
    return session.scalars(select(User.created_at).limit(1)).one()


def test_who_may_not_escalate_may_not_do_it_this_way(actor: As) -> None:
    made = a_petition(actor("reception1"))
    with pytest.raises(NotAllowed), unit_of_work() as session:
        escalate_compulsory(session, lock(session, made.id, actor("reception1")), Trigger.CROWD, by=actor("admin1"))


def test_a_conflict_of_interest_is_noted_in_one_step_also_on_a_case_that_was_escalated(
    session: Session, actor: As, as_user: Callable[[str], FlaskClient]
) -> None:
    officer, boss = actor("officer2"), actor("supervisor1")
    one, two = (a_petition(actor("reception1")) for _ in range(2))
    for made in (one, two):
        do(assignment.assign, made.id, by=boss, officer_id=officer.id)
    why: dict[str, Any] = {"trigger": Trigger.CROWD, "to_id": boss.id, "reply_by": date(2026, 12, 1), "reason": "Đông"}
    do(assignment.escalate, two.id, by=officer, **why)
    desk = as_user("officer2")
    for made in (one, two):
        address = f"/petitions/{made.number}"
        assert f'action="{address}/conflict"' in desk.get(address).text
        version = str(read(session, made.id).version)
        answer = desk.post(f"{address}/conflict", data={"reason": " ", "version": version})
        assert answer.status_code == 400
        assert "f-conflict-reason" in answer.text
        form = {"reason": "Người bị tố cáo là anh của cán bộ thụ lý", "version": version}
        assert desk.post(f"{address}/conflict", data=form).status_code == 302
        petition = read(session, made.id)
        assert (petition.state, petition.escalation_trigger) == ("escalated", "conflict-of-interest")
        assert f'action="{address}/conflict"' not in desk.get(address).text
    # Whoever has the conflict does not simply go on: somebody has to be named.
    with pytest.raises(InvalidInput) as refused:
        do(assignment.return_to_officer, one.id, by=boss, instruction="Làm tiếp")
    assert list(refused.value.errors) == ["officer_id"]
    page = as_user("supervisor1").get(f"/petitions/{one.number}").text
    chosen = page[page.index("/return") :]
    assert "selected" in chosen[: chosen.index("</select>")].split("<option")[1]
    free = actor("officer1").id
    assert (
        do(assignment.return_to_officer, one.id, by=boss, instruction="Đổi người", officer_id=free).officer_id == free
    )
    do(closing.resolve, one.id, FILED, by=boss)
    with pytest.raises(IllegalTransition):
        do(record_conflict, one.id, by=boss, reason="Muộn")
