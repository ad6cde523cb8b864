"""How a petition ends, comes back, and how a slip is undone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.services import accounts
from core.clock import FixedClock
from core.errors import IllegalTransition, InvalidInput, NotAllowed
from petitions.models import Petition, PetitionClock, PetitionEvent
from petitions.queries.checks import queue_drift
from petitions.services import assignment, closing, office, records
from petitions.services.closing import Resolution
from petitions.services.ledger import MAX_STATEMENT
from petitions.vocabulary import Disposition, Flag, Trigger
from petitions.workflow import UNDO_WINDOW
from tests.petitions.given import DECIDED, FILED, a_petition, do

ActorOf = Callable[[str], Actor]

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def case_id(session: Session, actor: ActorOf) -> int:
    """A complaint that officer1 works on."""
    made = a_petition(actor("reception1"))
    do(assignment.take, made.id, by=actor("officer1"))
    return made.id


def read(session: Session, petition_id: int) -> Petition:
    session.rollback()
    return session.get_one(Petition, petition_id, populate_existing=True)


def confirming(actor: ActorOf) -> None:
    do(office.require_confirmation, required=True, by=actor("supervisor1"))


def drift(session: Session) -> list[object]:
    session.rollback()
    return list(queue_drift(session, 1)[1])


def test_the_officer_closes_the_own_case_with_the_signed_document(
    session: Session, actor: ActorOf, case_id: int
) -> None:
    for name in ("officer2", "reception1"):
        with pytest.raises(NotAllowed):
            do(closing.resolve, case_id, DECIDED, by=actor(name))
    do(closing.resolve, case_id, DECIDED, by=actor("officer1"))
    petition = read(session, case_id)
    assert (petition.state, petition.disposition, petition.resolved_on) == ("resolved", "decided", date(2026, 11, 24))
    assert (petition.decision_number, petition.decision_signer) == ("12/QĐ-UBND", "Phan Văn Lãnh")
    assert drift(session) == []


@pytest.mark.parametrize(
    ("field", "resolution"),
    [
        ("disposition", replace(DECIDED, disposition=None)),
        ("disposition", replace(DECIDED, disposition=Disposition.ANSWERED)),
        ("disposition", replace(DECIDED, disposition=Disposition.UNKNOWN_IMPORTED)),
        ("disposition", replace(DECIDED, disposition=Disposition.ENTERED_IN_ERROR)),
        ("decision_number", replace(DECIDED, decision_number=" ")),
        ("decision_number", replace(DECIDED, decision_number="9" * 81)),
        ("decision_signer", replace(DECIDED, decision_signer="")),
        ("decision_signer", replace(DECIDED, decision_signer="a" * 121)),
        ("decision_on", replace(DECIDED, decision_on=None)),
        ("decision_on", replace(DECIDED, decision_on=date(2026, 11, 25))),
        ("decision_on", replace(DECIDED, decision_on=date(2026, 11, 22))),
        ("resolved_on", replace(DECIDED, resolved_on=date(2026, 11, 25))),
        ("resolution_note", replace(FILED, resolution_note="\u200b\n ")),
        ("resolution_note", replace(FILED, resolution_note="x" * (MAX_STATEMENT + 1))),
        ("leading_number", Resolution(Disposition.JOINED)),
        ("leading_number", Resolution(Disposition.JOINED, leading_number="không có")),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_saved(
    session: Session, actor: ActorOf, case_id: int, field: str, resolution: Resolution
) -> None:
    before = read(session, case_id).version
    with pytest.raises(InvalidInput) as refused:
        do(closing.resolve, case_id, resolution, by=actor("officer1"))
    assert set(refused.value.errors) == {field}
    assert read(session, case_id).version == before


def test_a_proposal_counts_once_a_supervisor_has_confirmed_it(session: Session, actor: ActorOf, case_id: int) -> None:
    confirming(actor)
    officer, boss = actor("officer1"), actor("supervisor1")
    with pytest.raises(IllegalTransition):
        do(closing.resolve, case_id, DECIDED, by=officer)
    do(closing.propose, case_id, DECIDED, by=officer)
    petition = read(session, case_id)
    assert (petition.state, petition.disposition, petition.proposed_disposition) == ("assigned", None, "decided")
    for verb in (closing.propose, closing.resolve):
        with pytest.raises(IllegalTransition):
            do(verb, case_id, FILED, by=officer)
    with pytest.raises(NotAllowed):
        do(closing.confirm, case_id, by=officer)
    do(closing.decline, case_id, by=boss, reason="Thiếu biên bản đối thoại")
    petition = read(session, case_id)
    assert (petition.state, petition.proposed_disposition, petition.officer_id) == ("assigned", None, officer.id)
    do(closing.propose, case_id, DECIDED, by=officer)
    do(closing.confirm, case_id, by=boss)
    petition = read(session, case_id)
    assert (petition.state, petition.disposition, petition.proposed_disposition) == ("resolved", "decided", None)
    assert drift(session) == []


def test_declining_a_proposal_does_not_end_an_escalation(session: Session, actor: ActorOf, case_id: int) -> None:
    confirming(actor)
    officer, boss = actor("officer1"), actor("supervisor1")
    do(
        assignment.escalate,
        case_id,
        by=officer,
        trigger=Trigger.COMPLEX,
        to_id=boss.id,
        reply_by=date(2026, 11, 30),
        reason="Khó",
    )
    do(closing.propose, case_id, DECIDED, by=officer)
    do(closing.decline, case_id, by=boss, reason="Chưa rõ")
    petition = read(session, case_id)
    assert (petition.state, petition.escalated_to_id, petition.reply_by) == ("escalated", boss.id, date(2026, 11, 30))
    assert drift(session) == []


def test_a_supervisor_resolves_without_asking_another(session: Session, actor: ActorOf) -> None:
    confirming(actor)
    made = a_petition(actor("reception1"))
    do(closing.resolve, made.id, FILED, by=actor("supervisor1"))
    assert read(session, made.id).disposition == "filed"


def test_a_closed_petition_comes_back_on_a_ground(session: Session, actor: ActorOf, case_id: int) -> None:
    officer, boss = actor("officer1"), actor("supervisor1")
    do(closing.resolve, case_id, DECIDED, by=officer)
    for ground, reason, field in (
        ("", "x", "reopen_ground"),
        ("because", "x", "reopen_ground"),
        ("court", "", "reason"),
    ):
        with pytest.raises(InvalidInput) as refused:
            do(closing.reopen, case_id, by=boss, ground=ground, reason=reason)
        assert set(refused.value.errors) == {field}
    with pytest.raises(NotAllowed):
        do(closing.reopen, case_id, by=officer, ground="court", reason="Bản án")
    do(closing.reopen, case_id, by=boss, ground="court", reason="Bản án 5/2026", officer_id=actor("officer3").id)
    petition = read(session, case_id)
    assert (petition.state, petition.disposition, petition.resolved_on) == ("assigned", None, None)
    assert (petition.officer_id, petition.unit_id) == (actor("officer3").id, actor("officer3").unit_ids[0])
    assert (petition.decision_number, petition.decision_on, petition.decision_signer) == ("", None, "")
    assert drift(session) == []


@pytest.mark.parametrize("back", ["reopen", "undo"])
def test_who_comes_back_follows_the_calendar_of_today(
    session: Session, actor: ActorOf, case_id: int, back: str
) -> None:
    """Closed petitions do not follow the calendar; what comes back must have caught up with it."""
    officer, boss = actor("officer1"), actor("supervisor1")
    do(closing.resolve, case_id, DECIDED, by=officer)
    do(office.set_day, date(2026, 11, 27), kind="swap-off", name="Nghỉ hoán đổi", source="TB 9", by=boss)
    if back == "undo":
        do(closing.undo, case_id, by=officer)
    else:
        do(closing.reopen, case_id, by=boss, ground="own-error", reason="Tính sai")
    running = dict(
        session.execute(
            select(PetitionClock.rule_id, PetitionClock.due_on).where(
                PetitionClock.petition_id == case_id, PetitionClock.stopped_on.is_(None)
            )
        ).all()
    )
    assert running["complaint-acceptance"] == date(2026, 12, 4)
    # The law counts days of the calendar, so its day stays, and it is the one to warn at.
    assert running["complaint-acceptance-law"] == read(session, case_id).due_on == date(2026, 12, 3)
    assert drift(session) == []


def test_a_struck_petition_keeps_its_number_and_never_comes_back(session: Session, actor: ActorOf) -> None:
    reception = actor("reception1")
    made = a_petition(reception)
    with pytest.raises(InvalidInput):
        do(closing.void, made.id, by=reception, reason="")
    with pytest.raises(NotAllowed):
        do(closing.void, made.id, by=actor("officer1"), reason="Nhập nhầm")
    do(closing.void, made.id, by=reception, reason="Nhập nhầm")
    petition = read(session, made.id)
    assert (petition.number, petition.disposition, petition.resolution_note) == (
        made.number,
        "entered-in-error",
        "Nhập nhầm",
    )
    with pytest.raises(IllegalTransition):
        do(closing.reopen, made.id, by=actor("supervisor1"), ground="own-error", reason="x")
    following = a_petition(reception)
    assert read(session, following.id).reg_seq == petition.reg_seq + 1
    assert drift(session) == []


STEPS: dict[str, Callable[[int, ActorOf], object]] = {
    "take": lambda case, actor: do(assignment.take, case, by=actor("supervisor1")),
    "assign": lambda case, actor: do(assignment.assign, case, by=actor("supervisor1"), officer_id=actor("officer2").id),
    "void": lambda case, actor: do(closing.void, case, by=actor("supervisor1"), reason="Nhập nhầm"),
    "resolve": lambda case, actor: do(closing.resolve, case, FILED, by=actor("supervisor1")),
    "escalate": lambda case, actor: do(
        assignment.escalate,
        case,
        by=actor("supervisor1"),
        trigger=Trigger.OTHER,
        to_id=actor("supervisor1").id,
        reply_by=date(2026, 11, 30),
        reason="Khó",
    ),
}
STEP_COLUMNS = (
    "state",
    "unit_id",
    "officer_id",
    "matter_id",
    "escalation_trigger",
    "escalated_to_id",
    "reply_by",
    "proposed_disposition",
    "disposition",
    "resolved_on",
    "decision_number",
    "resolution_note",
    "leading_id",
    "due_on",
    "priority_tier",
)


def standing(petition: Petition) -> dict[str, object]:
    return {name: getattr(petition, name) for name in STEP_COLUMNS}


@pytest.mark.parametrize("step", STEPS)
def test_an_own_fresh_step_is_taken_back_and_everything_stands_as_before(
    session: Session, actor: ActorOf, clock: FixedClock, step: str
) -> None:
    made = a_petition(actor("reception1"))
    before = standing(read(session, made.id))
    STEPS[step](made.id, actor)
    with pytest.raises(IllegalTransition):
        do(closing.undo, made.id, by=actor("reception1"))
    clock.advance(UNDO_WINDOW)
    do(closing.undo, made.id, by=actor("supervisor1"))
    assert standing(read(session, made.id)) == before
    events = session.scalars(select(PetitionEvent).order_by(PetitionEvent.id)).all()
    assert [event.action for event in events] == ["receive", step, "undo"]
    assert events[-1].cancels_id == events[-2].id
    assert drift(session) == []
    with pytest.raises(IllegalTransition):
        do(closing.undo, made.id, by=actor("supervisor1"))


def test_after_ten_minutes_a_step_stands(actor: ActorOf, clock: FixedClock, case_id: int) -> None:
    clock.advance(UNDO_WINDOW + timedelta(seconds=1))
    with pytest.raises(IllegalTransition):
        do(closing.undo, case_id, by=actor("officer1"))


def test_a_step_that_somebody_built_on_stands(actor: ActorOf, case_id: int) -> None:
    do(closing.resolve, case_id, DECIDED, by=actor("officer1"))
    do(closing.reopen, case_id, by=actor("supervisor1"), ground="own-error", reason="x")
    with pytest.raises(IllegalTransition):
        do(closing.undo, case_id, by=actor("officer1"))


def test_undoing_gives_nothing_to_somebody_who_has_left(actor: ActorOf) -> None:
    made, boss = a_petition(actor("reception1")), actor("supervisor1")
    leaver = actor("officer2")
    do(assignment.assign, made.id, by=boss, officer_id=leaver.id)
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer3").id, reason="Đúng người")
    do(accounts.disable_user, user_id=leaver.id or 0, by=actor("admin1"))
    with pytest.raises(IllegalTransition):
        do(closing.undo, made.id, by=boss)


def test_what_was_noted_or_marked_meanwhile_outlives_an_undo(session: Session, actor: ActorOf) -> None:
    made, boss = a_petition(actor("reception1")), actor("supervisor1")
    do(assignment.take, made.id, by=boss)
    do(records.add_note, made.id, by=actor("officer1"), text="Đã gọi điện")
    do(records.set_flag, made.id, Flag.COMPLEX, by=actor("officer1"), reason="Nhiều người")
    do(closing.undo, made.id, by=boss)
    petition = read(session, made.id)
    assert (petition.state, petition.officer_id, petition.complex) == ("received", None, True)
    assert drift(session) == []
