"""Who works on a petition: take, assign, send back, escalate, return, hand over."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor, operating_system_actor
from auth.models import Unit
from auth.permissions import Role
from auth.queries import users
from auth.services import accounts
from core.errors import IllegalTransition, InvalidInput, NotAllowed, NotVisible, StaleVersion
from petitions.models import Petition, PetitionEvent
from petitions.queries.checks import queue_drift
from petitions.services import assignment, closing
from petitions.services.ledger import MAX_STATEMENT
from petitions.vocabulary import Trigger
from tests.people import UNIT_LAND, UNIT_SOCIAL
from tests.petitions.given import FILED, SECRET, a_petition, do

ActorOf = Callable[[str], Actor]

pytestmark = pytest.mark.usefixtures("session")


def escalate(
    petition_id: int,
    *,
    by: Actor,
    to: Actor,
    trigger: Trigger | None = Trigger.CROWD,
    reply_by: date | None = date(2026, 11, 27),
    reason: str = "Đông người kéo đến",
) -> Petition:
    return do(assignment.escalate, petition_id, by=by, to_id=to.id, trigger=trigger, reply_by=reply_by, reason=reason)


@pytest.fixture
def units(session: Session) -> dict[str, int]:
    return dict(session.execute(select(Unit.name, Unit.id)).all())


def read(session: Session, petition_id: int) -> Petition:
    session.rollback()
    return session.scalars(
        select(Petition).where(Petition.id == petition_id).execution_options(populate_existing=True)
    ).one()


def sound(session: Session, office_id: int) -> bool:
    session.rollback()
    return queue_drift(session, office_id)[1] == []


def test_an_officer_takes_a_case_into_the_own_unit(session: Session, actor: ActorOf, units: dict[str, int]) -> None:
    made, officer = a_petition(actor("reception1")), actor("officer3")
    do(assignment.take, made.id, by=officer)
    petition = read(session, made.id)
    assert (petition.state, petition.officer_id, petition.unit_id) == ("assigned", officer.id, units[UNIT_SOCIAL])
    assert sound(session, officer.office_id)
    with pytest.raises(IllegalTransition):
        do(assignment.take, made.id, by=actor("officer1"))


def test_a_case_given_to_a_unit_waits_for_its_members(session: Session, actor: ActorOf, units: dict[str, int]) -> None:
    made = a_petition(actor("reception1"))
    do(assignment.assign, made.id, by=actor("supervisor1"), unit_id=units[UNIT_LAND])
    assert do(assignment.take_next, by=actor("officer3")) is None
    with pytest.raises(IllegalTransition):
        do(assignment.take, made.id, by=actor("officer3"))
    taken = do(assignment.take_next, by=actor("officer2"))
    assert taken is not None
    assert (taken.id, taken.officer_id) == (made.id, actor("officer2").id)
    assert sound(session, taken.office_id)


def test_the_next_case_is_the_top_of_the_queue(actor: ActorOf) -> None:
    reception = actor("reception1")
    late = a_petition(reception, received_on=date(2026, 11, 2))
    a_petition(reception)
    crowd = a_petition(reception, people_count=5)
    prominent = a_petition(reception, prominent_reason="Báo chí nêu")
    officer = actor("officer1")
    order = [getattr(do(assignment.take_next, by=officer), "id", None) for _ in range(3)]
    assert order == [prominent.id, crowd.id, late.id]


def test_nobody_takes_a_denunciation_that_was_not_given_to_the_unit(actor: ActorOf) -> None:
    a_petition(actor("reception1"), SECRET)
    assert do(assignment.take_next, by=actor("officer1")) is None
    assert do(assignment.take_next, by=actor("supervisor1")) is not None


@pytest.mark.parametrize("name", ["reception1", "admin1"])
def test_who_works_on_nothing_is_given_nothing(actor: ActorOf, name: str) -> None:
    made = a_petition(actor("reception1"))
    with pytest.raises(NotAllowed):
        do(assignment.take_next, by=actor(name))
    with pytest.raises((NotAllowed, NotVisible)):
        do(assignment.take, made.id, by=actor(name))


def test_the_command_line_takes_no_case(actor: ActorOf) -> None:
    made = a_petition(actor("reception1"))
    with pytest.raises(NotAllowed):
        do(assignment.take, made.id, by=operating_system_actor(actor("reception1").office_id))


def test_an_assignment_names_an_officer_of_the_unit(session: Session, actor: ActorOf, units: dict[str, int]) -> None:
    made, boss = a_petition(actor("reception1")), actor("supervisor1")
    land, social = units[UNIT_LAND], units[UNIT_SOCIAL]
    refused: list[tuple[dict[str, int], str]] = [
        ({"officer_id": actor("officer1").id or 0, "unit_id": social}, "officer_id"),
        ({"officer_id": actor("reception1").id or 0}, "officer_id"),
        ({"officer_id": actor("admin1").id or 0}, "officer_id"),
        ({"officer_id": 10**9}, "officer_id"),
        ({"unit_id": 10**9}, "unit_id"),
        ({}, "assignee"),
    ]
    for given, field in refused:
        with pytest.raises(InvalidInput) as error:
            do(assignment.assign, made.id, by=boss, officer_id=given.get("officer_id"), unit_id=given.get("unit_id"))
        assert set(error.value.errors) == {field}, given
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer2").id, reason="Xem hiện trường")
    petition = read(session, made.id)
    assert (petition.officer_id, petition.unit_id, petition.state) == (actor("officer2").id, land, "assigned")
    with pytest.raises(InvalidInput) as error:
        do(assignment.assign, made.id, by=boss, officer_id=actor("officer2").id, reason="Lần nữa")
    assert set(error.value.errors) == {"assignee"}
    with pytest.raises(InvalidInput) as error:
        do(assignment.assign, made.id, by=boss, officer_id=actor("officer3").id)
    assert set(error.value.errors) == {"reason"}
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer3").id, reason="Đúng lĩnh vực hơn")
    assert read(session, made.id).unit_id == social
    assert sound(session, boss.office_id)


def test_a_disabled_officer_is_given_nothing(actor: ActorOf) -> None:
    made, officer = a_petition(actor("reception1")), actor("officer2")
    do(accounts.disable_user, user_id=officer.id or 0, by=actor("admin1"))
    with pytest.raises(InvalidInput) as error:
        do(assignment.assign, made.id, by=actor("supervisor1"), officer_id=officer.id)
    assert set(error.value.errors) == {"officer_id"}


def test_the_head_of_a_unit_gives_its_cases_to_others_and_no_other_units(actor: ActorOf) -> None:
    ours, theirs = a_petition(actor("reception1")), a_petition(actor("reception1"))
    do(assignment.take, ours.id, by=actor("officer2"))
    do(assignment.take, theirs.id, by=actor("officer4"))
    head = actor("officer1")
    do(assignment.assign, ours.id, by=head, officer_id=head.id, reason="Tôi làm")
    with pytest.raises(NotAllowed):
        do(assignment.assign, theirs.id, by=head, officer_id=head.id, reason="Tôi làm")


def test_not_ours_goes_back_to_whoever_distributes(session: Session, actor: ActorOf) -> None:
    made, officer = a_petition(actor("reception1")), actor("officer1")
    do(assignment.take, made.id, by=officer)
    with pytest.raises(InvalidInput):
        do(assignment.send_back, made.id, by=officer, reason="  ")
    do(assignment.send_back, made.id, by=officer, reason="Thuộc bộ phận khác")
    petition = read(session, made.id)
    assert (petition.state, petition.officer_id, petition.unit_id) == ("received", None, None)
    assert sound(session, officer.office_id)


def test_an_escalation_says_to_whom_why_and_by_when_and_stops_no_clock(session: Session, actor: ActorOf) -> None:
    made, boss = a_petition(actor("reception1")), actor("supervisor1")
    due_on = read(session, made.id).due_on
    reception = actor("reception1")
    refused: list[tuple[str, Callable[[], Petition]]] = [
        ("reply_by", lambda: escalate(made.id, by=reception, to=boss, reply_by=date(2026, 11, 23))),
        ("reply_by", lambda: escalate(made.id, by=reception, to=boss, reply_by=None)),
        ("escalated_to", lambda: escalate(made.id, by=reception, to=actor("officer1"))),
        ("escalated_to", lambda: escalate(made.id, by=reception, to=actor("admin1"))),
        ("trigger", lambda: escalate(made.id, by=reception, to=boss, trigger=None)),
        ("reason", lambda: escalate(made.id, by=reception, to=boss, reason=" \u200b ")),
        ("reason", lambda: escalate(made.id, by=reception, to=boss, reason="x" * (MAX_STATEMENT + 1))),
    ]
    for field, attempt in refused:
        with pytest.raises(InvalidInput) as error:
            attempt()
        assert set(error.value.errors) == {field}
    escalate(made.id, by=reception, to=boss)
    petition = read(session, made.id)
    assert (petition.state, petition.escalated_to_id, petition.reply_by) == ("escalated", boss.id, date(2026, 11, 27))
    assert petition.due_on == due_on
    assert petition.priority_tier > 0
    assert sound(session, boss.office_id)
    with pytest.raises(InvalidInput) as error:
        do(assignment.return_to_officer, made.id, by=boss, instruction="Làm đi")
    assert set(error.value.errors) == {"assignee"}
    do(assignment.return_to_officer, made.id, by=boss, instruction="Mời đối thoại", officer_id=actor("officer1").id)
    petition = read(session, made.id)
    assert (petition.state, petition.officer_id) == ("assigned", actor("officer1").id)
    assert (petition.escalation_trigger, petition.escalated_to_id, petition.reply_by) == (None, None, None)
    assert (petition.priority_tier, petition.due_on) == (0, due_on)


def test_who_was_second_is_told_who_was_first(actor: ActorOf) -> None:
    made = a_petition(actor("reception1"))
    do(assignment.take, made.id, by=actor("officer1"), version=made.version)
    with pytest.raises(StaleVersion) as error:
        do(assignment.take, made.id, by=actor("officer3"), version=made.version)
    assert error.value.by is not None
    assert (error.value.by.actor_name, error.value.by.action) == (actor("officer1").full_name, "take")


def test_a_case_that_one_may_not_see_does_not_exist(actor: ActorOf) -> None:
    made = a_petition(actor("reception1"), SECRET)
    for verb in (assignment.take, closing.confirm, closing.undo):
        with pytest.raises(NotVisible):
            do(verb, made.id, by=actor("officer1"))


def test_whoever_leaves_hands_the_open_cases_over(session: Session, actor: ActorOf) -> None:
    leaver, heir = actor("officer1"), actor("officer3")
    open_case, closed, secret = (a_petition(actor("reception1")) for _ in range(3))
    del secret
    secret = a_petition(actor("reception1"), SECRET)
    for made in (open_case, closed):
        do(assignment.take, made.id, by=leaver)
    do(closing.resolve, closed.id, FILED, by=leaver)
    do(assignment.assign, secret.id, by=actor("supervisor1"), officer_id=leaver.id)
    with pytest.raises(InvalidInput) as error:
        do(accounts.disable_user, user_id=leaver.id or 0, by=actor("admin1"))
    assert set(error.value.errors) == {"successor"}
    moved = do(accounts.disable_user, user_id=leaver.id or 0, successor_id=heir.id, by=actor("admin1"))
    assert moved == 2
    assert [read(session, made.id).officer_id for made in (open_case, secret, closed)] == [heir.id, heir.id, leaver.id]
    assert read(session, secret.id).unit_id == heir.unit_ids[0]
    event = session.scalars(
        select(PetitionEvent).where(PetitionEvent.petition_id == open_case.id).order_by(PetitionEvent.id.desc())
    ).first()
    assert event is not None
    assert (event.action, event.actor_name) == ("reassign", actor("admin1").full_name)
    assert sound(session, heir.office_id)


def test_escalations_are_work_that_is_handed_over_too(session: Session, actor: ActorOf) -> None:
    """A case that waits for an answer of somebody who has left waits for ever."""
    boss, reception, admin = actor("supervisor1"), actor("reception1"), actor("admin1")
    do(accounts.create_user, username="supervisor2", full_name="Vũ Thị Thay", role=Role.SUPERVISOR, by=admin)
    heir = actor("supervisor2")
    made = a_petition(reception)
    escalate(made.id, by=reception, to=boss)
    with pytest.raises(InvalidInput) as error:
        do(accounts.disable_user, user_id=boss.id or 0, by=admin)
    assert set(error.value.errors) == {"successor"}
    with pytest.raises(InvalidInput) as error:
        do(accounts.disable_user, user_id=boss.id or 0, successor_id=actor("officer1").id, by=admin)
    assert set(error.value.errors) == {"successor"}
    assert {row.username: row.active for row in users(session, boss.office_id)}["supervisor1"]
    assert do(accounts.disable_user, user_id=boss.id or 0, successor_id=heir.id, by=admin) == 1
    petition = read(session, made.id)
    assert (petition.state, petition.escalated_to_id, petition.officer_id) == ("escalated", heir.id, None)
    assert sound(session, heir.office_id)


def test_a_reply_day_may_be_today(actor: ActorOf) -> None:
    made = a_petition(actor("reception1"))
    assert escalate(made.id, by=actor("officer1"), to=actor("supervisor1"), reply_by=date(2026, 11, 24))


def test_what_was_escalated_before_anybody_had_it_is_given_out_without_a_reason(
    session: Session, actor: ActorOf
) -> None:
    boss = actor("supervisor1")
    made = a_petition(actor("reception1"))
    given: dict[str, Any] = {
        "trigger": Trigger.CROWD,
        "to_id": boss.id,
        "reply_by": date(2026, 12, 1),
        "reason": "Đông người",
    }
    do(assignment.escalate, made.id, by=actor("reception1"), **given)
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer1").id)
    session.rollback()
    petition = session.get_one(Petition, made.id)
    assert (petition.state, petition.officer_id) == ("escalated", actor("officer1").id)
    with pytest.raises(InvalidInput):
        do(assignment.assign, made.id, by=boss, officer_id=actor("officer2").id)
