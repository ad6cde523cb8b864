"""Whom a denunciation accuses, and their unit, find nothing of it anywhere and are given it on no path."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth import handover
from auth.actor import Actor, Membership
from auth.models import Unit
from auth.permissions import Role
from auth.services import accounts
from core import clock
from core.errors import IllegalTransition, InvalidInput, NotAllowed, NotVisible
from petitions.models import Accused, ClockAlert, Petition
from petitions.queries.checks import queue_drift
from petitions.queries.counts import due_between, queue_counts
from petitions.queries.lists import Queue, View, count_up_to
from petitions.services import accused, assignment, closing, escalating
from petitions.services.accused import AccusedInput
from petitions.services.intake import Received
from petitions.services.sweep import sweep
from petitions.vocabulary import Trigger
from search.indexing import drain
from tests.people import PASSWORD, UNIT_LAND
from tests.petitions.given import PLAIN, SECRET, a_petition, do
from tests.petitions.test_secrecy import answered, pages, read

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

TITLE = "Tố cáo cán bộ địa chính nhận tiền"


@pytest.fixture
def case(session: Session, actor: ActorOf) -> Received:
    """A denunciation that officer1 holds, whom it accuses as everybody will soon know."""
    secret = a_petition(actor("reception1"), SECRET, title=TITLE)
    do(assignment.assign, secret.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    return secret


def unit_id(session: Session, name: str) -> int:
    return session.execute(select(Unit.id).where(Unit.name == name)).scalar_one()


def id_of(actor: ActorOf, name: str) -> int:
    found = actor(name).id
    assert found is not None
    return found


def accuse(case: Received, actor: ActorOf, name: str, by: str = "supervisor1") -> None:
    do(accused.name_accused, case.id, AccusedInput(user_id=actor(name).id), by=actor(by))


def petition_of(session: Session, case: Received) -> Petition:
    session.rollback()
    return session.get_one(Petition, case.id, populate_existing=True)


def second_supervisor(actor: ActorOf, unit: int | None = None) -> Actor:
    do(
        accounts.create_user,
        username="supervisor2",
        full_name="Vũ Thị Phó",
        role=Role.SUPERVISOR,
        units=[Membership(unit, is_head=False)] if unit else [],
        password=PASSWORD,
        must_change_password=False,
        by=actor("admin1"),
    )
    return actor("supervisor2")


def test_whoever_is_accused_loses_the_case_at_once(session: Session, actor: ActorOf, case: Received) -> None:
    accuse(case, actor, "officer1")
    petition = petition_of(session, case)
    assert (petition.state, petition.officer_id, petition.unit_id) == ("received", None, None)
    with pytest.raises(NotVisible):
        do(assignment.take, case.id, by=actor("officer1"))
    assert list(queue_drift(session, 1)[1]) == []


@pytest.mark.parametrize("name", ["officer1", "officer2"])
def test_the_accused_and_their_colleagues_find_nothing_of_it(
    app: Flask, session: Session, as_user: AsUser, actor: ActorOf, case: Received, name: str
) -> None:
    plain = a_petition(actor("reception1"))
    accuse(case, actor, "officer1")
    with app.app_context():
        drain()
    kept_out, other = as_user(name), as_user("supervisor1")
    seen = 0
    for address in pages(app, plain.number, case.number):
        status, told = read(kept_out, address)
        if case.number in address and address.startswith("/petitions/"):
            assert status in (403, 404), address
        for word in (TITLE, case.number):
            assert word not in answered(told, address), (address, word)
        seen += TITLE in read(other, address)[1]
    assert seen > 3


def test_a_supervisor_who_is_accused_is_kept_out_too(
    app: Flask, session: Session, as_user: AsUser, actor: ActorOf, case: Received
) -> None:
    accuse(case, actor, "supervisor1", by="reception1")
    with app.app_context():
        drain()
    kept_out = as_user("supervisor1")
    for address in pages(app, case.number):
        status, told = read(kept_out, address)
        assert TITLE not in answered(told, address), address
        assert case.number not in answered(told, address), address
        assert status in (403, 404) or case.number not in address or not address.startswith("/petitions/"), address
    assert TITLE in read(as_user("reception1"), f"/petitions/{case.number}")[1]


def test_counts_leave_out_what_is_hidden(session: Session, actor: ActorOf, case: Received) -> None:
    today = clock.today()
    soon = today + timedelta(days=400)
    a_petition(actor("reception1"))

    def told(name: str) -> tuple[object, ...]:
        session.rollback()
        who = actor(name)
        counts = queue_counts(session, who, today=today, soon_until=soon)
        listed = [
            count_up_to(session, View(queue), who, today=today, soon_until=soon, most=None)
            for queue in (Queue.ALL, Queue.OPEN, Queue.UNASSIGNED, Queue.DUE_SOON, Queue.OVERDUE)
        ]
        assert listed == [counts.all, counts.open, counts.unassigned, counts.due_soon, counts.overdue]
        assert due_between(session, who, today, soon) == counts.due_soon
        return tuple(listed)

    assert told("supervisor1") == told("reception1") == (2, 2, 1, 2, 0)
    accuse(case, actor, "supervisor1", by="reception1")
    assert told("supervisor1") == (1, 1, 1, 1, 0)
    assert told("reception1") == (2, 2, 1, 2, 0)


def test_nobody_gives_it_to_the_accused_or_to_their_unit(session: Session, actor: ActorOf, case: Received) -> None:
    boss = actor("supervisor1")
    accuse(case, actor, "officer1")
    for name in ("officer1", "officer2"):
        with pytest.raises(InvalidInput) as refused:
            do(assignment.assign, case.id, by=boss, officer_id=actor(name).id)
        assert set(refused.value.errors) == {"officer_id"}
    with pytest.raises(InvalidInput) as refused:
        do(assignment.assign, case.id, by=boss, unit_id=unit_id(session, UNIT_LAND))
    assert set(refused.value.errors) == {"unit_id"}
    assert petition_of(session, case).unit_id is None
    do(assignment.assign, case.id, by=boss, officer_id=actor("officer3").id)
    with pytest.raises(InvalidInput):
        do(assignment.assign, case.id, by=boss, officer_id=actor("officer2").id, reason="Đổi người")


def test_a_unit_can_be_accused(session: Session, actor: ActorOf, case: Received) -> None:
    land = unit_id(session, UNIT_LAND)
    do(accused.name_accused, case.id, AccusedInput(unit_id=land), by=actor("reception1"))
    assert petition_of(session, case).unit_id is None
    for name in ("officer1", "officer2"):
        assert actor(name).barred == (case.id,)
    assert actor("officer3").barred == ()
    with pytest.raises(InvalidInput):
        do(assignment.assign, case.id, by=actor("supervisor1"), unit_id=land)


def test_whoever_moves_into_the_unit_is_kept_out_as_well(session: Session, actor: ActorOf, case: Received) -> None:
    accuse(case, actor, "officer1")
    assert actor("officer3").barred == ()
    land, mover = unit_id(session, UNIT_LAND), actor("officer3")
    assert mover.id is not None
    do(
        accounts.update_user,
        user_id=mover.id,
        full_name=mover.full_name,
        role=Role.OFFICER,
        units=[*mover.units, Membership(land, is_head=False)],
        by=actor("admin1"),
    )
    assert actor("officer3").barred == (case.id,)
    with pytest.raises(InvalidInput):
        do(assignment.assign, case.id, by=actor("supervisor1"), officer_id=mover.id)


def test_an_undo_does_not_give_it_back_to_the_accused(session: Session, actor: ActorOf, case: Received) -> None:
    boss = actor("supervisor1")
    do(assignment.assign, case.id, by=boss, officer_id=actor("officer3").id, reason="Đổi người")
    accuse(case, actor, "officer1", by="reception1")
    with pytest.raises(IllegalTransition):
        do(closing.undo, case.id, by=boss)
    assert petition_of(session, case).officer_id == actor("officer3").id


def test_an_escalation_goes_to_a_supervisor_who_is_not_accused(
    session: Session, actor: ActorOf, case: Received
) -> None:
    boss, other = actor("supervisor1"), second_supervisor(actor)
    accuse(case, actor, "supervisor1", by="reception1")
    with pytest.raises(InvalidInput) as refused:
        do(
            assignment.escalate,
            case.id,
            by=other,
            trigger=Trigger.COMPLEX,
            to_id=boss.id,
            reply_by=clock.today(),
            reason="Khó",
        )
    assert set(refused.value.errors) == {"escalated_to"}
    do(escalating.record_conflict, case.id, by=other, reason="Người bị tố cáo là lãnh đạo")
    assert petition_of(session, case).escalated_to_id == other.id


def test_what_was_escalated_to_the_accused_goes_to_another(session: Session, actor: ActorOf, case: Received) -> None:
    boss = actor("supervisor1")
    do(escalating.record_conflict, case.id, by=boss, reason="Có liên quan")
    assert petition_of(session, case).escalated_to_id == boss.id
    accuse(case, actor, "supervisor1", by="reception1")
    assert petition_of(session, case).escalated_to_id is None
    other = second_supervisor(actor)
    petition = a_petition(actor("reception1"), SECRET)
    do(escalating.record_conflict, petition.id, by=boss, reason="Có liên quan")
    accuse(petition, actor, "supervisor1", by="reception1")
    assert petition_of(session, petition).escalated_to_id == other.id


def test_the_sweep_tells_nobody_who_is_accused(session: Session, actor: ActorOf, case: Received) -> None:
    accuse(case, actor, "supervisor1", by="reception1")
    late = session.get_one(Petition, case.id).due_on + timedelta(days=10)
    with clock.use(clock.FixedClock(clock.now() + (late - clock.today()))):
        sweep()
    session.rollback()
    told = set(session.scalars(select(ClockAlert.to_user_id).where(ClockAlert.petition_id == case.id)))
    assert told
    assert actor("supervisor1").id not in told
    assert petition_of(session, case).escalated_to_id != actor("supervisor1").id


def test_whoever_leaves_hands_nothing_over_to_the_accused(session: Session, actor: ActorOf, case: Received) -> None:
    do(assignment.assign, case.id, by=actor("supervisor1"), officer_id=actor("officer3").id, reason="Đổi người")
    accuse(case, actor, "officer1")
    leaver, admin = actor("officer3").id, actor("admin1")
    assert leaver is not None
    with pytest.raises(InvalidInput) as refused:
        do(handover.hand_over, from_user_id=leaver, to_user_id=id_of(actor, "officer2"), by=admin)
    assert set(refused.value.errors) == {"successor"}
    assert petition_of(session, case).officer_id == leaver
    do(handover.hand_over, from_user_id=leaver, to_user_id=id_of(actor, "officer4"), by=admin)
    assert petition_of(session, case).officer_id == actor("officer4").id


def test_only_a_denunciation_accuses_and_only_once(session: Session, actor: ActorOf, case: Received) -> None:
    plain = a_petition(actor("reception1"))
    with pytest.raises(InvalidInput):
        accuse(plain, actor, "officer1")
    accuse(case, actor, "officer1")
    with pytest.raises(InvalidInput):
        accuse(case, actor, "officer1")
    for nobody in (AccusedInput(user_id=99_999), AccusedInput(unit_id=99_999)):
        with pytest.raises(InvalidInput):
            do(accused.name_accused, case.id, nobody, by=actor("supervisor1"))


def test_a_name_is_taken_back_with_a_reason_by_whoever_distributes(
    session: Session, actor: ActorOf, case: Received
) -> None:
    accuse(case, actor, "officer1")
    session.rollback()
    row = session.scalars(select(Accused.id)).one()
    boss = actor("supervisor1")
    with pytest.raises(InvalidInput):
        do(accused.lift_accusation, case.id, row, by=boss, reason=" ")
    for name in ("reception1", "officer1"):
        with pytest.raises(NotAllowed):
            do(accused.lift_accusation, case.id, row, by=actor(name), reason="Nhầm")
    do(accused.lift_accusation, case.id, row, by=boss, reason="Nhầm tên")
    assert actor("officer1").barred == ()
    with pytest.raises(NotVisible):
        do(accused.lift_accusation, case.id, row, by=boss, reason="Nhầm tên")
    session.rollback()
    kept = session.scalars(select(Accused)).one()
    assert (kept.lifted_by, kept.lifted_why) == (boss.id, "Nhầm tên")


def test_others_are_barred_from_nothing(session: Session, actor: ActorOf, case: Received) -> None:
    accuse(case, actor, "officer1")
    assert actor("officer1").barred == (case.id,)
    assert actor("admin1").barred == actor("reception1").barred == ()


def test_the_page_names_takes_back_and_says_what_is_wrong(
    session: Session, as_user: AsUser, actor: ActorOf, case: Received
) -> None:
    boss = as_user("supervisor1")
    address = f"/petitions/{case.number}/accused"
    assert address in boss.get(f"/petitions/{case.number}").text
    assert boss.post(address, data={"accused": ""}).status_code == 400
    assert boss.post(address, data={"accused": "user:99999"}).status_code == 400
    assert boss.post(address, data={"accused": f"user:{actor('officer1').id}", "version": "1"}).status_code == 409
    answer = boss.post(address, data={"accused": f"user:{actor('officer1').id}"})
    assert (answer.status_code, answer.location) == (302, address)
    shown = boss.get(address).text
    assert "Đỗ Văn Một" in shown
    assert "Đỗ Văn Một" in boss.get(f"/petitions/{case.number}").text
    found = re.search(r'action="([^"]+/lift)"', shown)
    assert found
    assert boss.post(found[1], data={"reason": ""}).status_code == 400
    assert boss.post(found[1], data={"reason": "Nhầm tên"}).status_code == 302
    assert actor("officer1").barred == ()


def test_whoever_names_the_own_unit_is_led_away_from_the_case(
    session: Session, as_user: AsUser, actor: ActorOf, case: Received
) -> None:
    answer = as_user("officer2").post(
        f"/petitions/{case.number}/accused", data={"accused": f"user:{actor('officer1').id}"}
    )
    assert (answer.status_code, answer.location) == (302, "/")


def test_a_case_that_accuses_nobody_or_that_is_no_denunciation_has_no_such_page(
    as_user: AsUser, actor: ActorOf, case: Received
) -> None:
    plain = a_petition(actor("reception1"), PLAIN)
    boss = as_user("supervisor1")
    assert boss.get(f"/petitions/{plain.number}/accused").status_code == 404
    assert f"/petitions/{plain.number}/accused" not in boss.get(f"/petitions/{plain.number}").text
    assert as_user("officer3").get(f"/petitions/{case.number}/accused").status_code == 404
