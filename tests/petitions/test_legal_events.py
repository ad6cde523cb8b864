"""Recording what happened in law: the clocks follow, the history says so, and stored equals derived."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.clock import FixedClock
from core.database import unit_of_work
from core.errors import IllegalTransition, InvalidInput, NotAllowed, NotVisible, StaleVersion
from petitions.deadlines import LegalEvent, Variant
from petitions.models import LegalEventRow, Petition, PetitionClock, PetitionEvent, PetitionFlag
from petitions.queries.checks import queue_drift
from petitions.queries.clock_checks import clock_drift
from petitions.services import assignment, closing, legal_events, records
from petitions.services.corrections import correct
from petitions.services.legal_events import LegalInput
from petitions.services.office import set_counting
from petitions.vocabulary import ComplexityPoint, Flag, Kind
from tests.petitions.given import DECIDED, SECRET, a_petition, do

ActorOf = Callable[[str], Actor]
PAPER: dict[str, Any] = {"document_number": "7/QĐ-UBND", "document_on": date(2026, 11, 24), "signer": "Phan Văn Lãnh"}


@pytest.fixture
def case_id(actor: ActorOf) -> int:
    """A complaint received on 23/11/2026, with officer1."""
    made = a_petition(actor("reception1"))
    do(assignment.assign, made.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    return made.id


@pytest.fixture
def denunciation_id(actor: ActorOf) -> int:
    made = a_petition(actor("reception1"), intake=SECRET)
    do(assignment.assign, made.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    return made.id


def record(petition_id: int, event: LegalEvent, on: date, *, by: Actor, **given: Any) -> Petition:
    version = given.pop("version", None)
    return do(legal_events.record, petition_id, LegalInput(event, on, **given), by=by, version=version)


def accept(petition_id: int, on: date, *, by: Actor) -> None:
    record(petition_id, LegalEvent.ACCEPTED, on, by=by, **PAPER)


def running(session: Session, petition_id: int) -> dict[str, date | None]:
    session.rollback()
    rows = session.execute(
        select(PetitionClock.rule_id, PetitionClock.due_on).where(
            PetitionClock.petition_id == petition_id, PetitionClock.stopped_on.is_(None)
        )
    )
    return {row.rule_id: row.due_on for row in rows}


def read(session: Session, petition_id: int) -> Petition:
    session.rollback()
    return session.get_one(Petition, petition_id, populate_existing=True)


def drift(session: Session) -> list[Any]:
    session.rollback()
    return [*clock_drift(session, 1)[1], *queue_drift(session, 1)[1]]


def test_acceptance_stops_its_own_limits_and_starts_the_settlement(
    session: Session, actor: ActorOf, case_id: int, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=9))
    accept(case_id, date(2026, 12, 3), by=actor("officer1"))
    assert running(session, case_id) == {"complaint-first-settlement": date(2027, 1, 4)}
    petition = read(session, case_id)
    assert (petition.due_on, petition.halted_on) == (date(2027, 1, 4), None)
    ended = session.scalars(select(PetitionClock.stopped_on).where(PetitionClock.stopped_on.is_not(None))).all()
    assert set(ended) == {date(2026, 12, 3)}
    assert drift(session) == []


def test_a_status_change_alone_moves_no_date(session: Session, actor: ActorOf, case_id: int) -> None:
    before = running(session, case_id)
    do(assignment.send_back, case_id, by=actor("officer1"), reason="Không thuộc bộ phận")
    do(assignment.assign, case_id, by=actor("supervisor1"), officer_id=actor("officer2").id)
    do(records.add_note, case_id, by=actor("officer2"), text="Đã xem")
    do(records.set_flag, case_id, Flag.COMPLEX, by=actor("officer2"), reason="Nhiều nội dung")
    assert running(session, case_id) == before


def test_a_finding_of_complexity_moves_the_date_and_is_kept_with_its_points(
    session: Session, actor: ActorOf, case_id: int
) -> None:
    officer = actor("officer1")
    accept(case_id, date(2026, 11, 24), by=officer)
    assert read(session, case_id).due_on == date(2026, 12, 24)
    points = ComplexityPoint.SEVERAL_PLACES | ComplexityPoint.MANY_PEOPLE
    record(
        case_id, LegalEvent.COMPLEXITY_FOUND, date(2026, 11, 24), by=officer, points=points, ground="Hai nơi", **PAPER
    )
    petition = read(session, case_id)
    # 45 days instead of 30; the 45th is a Friday.
    assert petition.due_on == date(2027, 1, 8)
    assert (petition.complexity_points, petition.complex, petition.especially_complex) == (points, True, False)
    assert session.scalars(select(PetitionFlag.flag)).all() == ["complex"]
    event = session.scalars(select(PetitionEvent).where(PetitionEvent.action == "legal")).all()[-1]
    assert '"complaint-first-settlement", "2026-12-24", "2027-01-08"' in event.data
    assert drift(session) == []


def test_a_denunciation_with_two_points_is_especially_complex_and_may_be_extended_twice(
    session: Session, actor: ActorOf, denunciation_id: int
) -> None:
    officer, day = actor("officer1"), date(2026, 11, 24)
    accept(denunciation_id, day, by=officer)
    extend: dict[str, Any] = {
        "event": LegalEvent.EXTENDED,
        "on": day,
        "by": officer,
        "ground": "Chờ giám định",
        **PAPER,
    }
    with pytest.raises(InvalidInput) as refused:
        record(denunciation_id, days=30, **extend)
    assert set(refused.value.errors) == {"occurred_on"}
    points = ComplexityPoint.SEVERAL_BODIES | ComplexityPoint.CONFLICTING_EVIDENCE
    record(denunciation_id, LegalEvent.COMPLEXITY_FOUND, day, by=officer, points=points, ground="Mâu thuẫn", **PAPER)
    assert read(session, denunciation_id).especially_complex
    for _ in range(2):
        record(denunciation_id, days=30, **extend)
    # 30 + 30 + 30 days: 22/2/2027 is a Monday.
    assert running(session, denunciation_id)["denunciation-settlement"] == date(2027, 2, 22)
    with pytest.raises(InvalidInput):
        record(denunciation_id, days=30, **extend)
    assert drift(session) == []


def test_suspension_stops_the_clock_and_continuation_restarts_it(
    session: Session, actor: ActorOf, case_id: int, clock: FixedClock
) -> None:
    officer = actor("officer1")
    accept(case_id, date(2026, 11, 24), by=officer)
    clock.advance(timedelta(days=6))
    order: dict[str, Any] = {"by": officer, "ground": "Bất khả kháng", **PAPER}
    record(case_id, LegalEvent.SUSPENDED, date(2026, 11, 30), **order)
    petition = read(session, case_id)
    assert running(session, case_id)["complaint-first-settlement"] is None
    # The order has to be sent in three working days: that limit runs, and leads.
    assert (petition.due_on, petition.halted_on) == (date(2026, 12, 3), None)
    record(case_id, LegalEvent.ORDER_SENT, date(2026, 11, 30), by=officer)
    petition = read(session, case_id)
    assert (petition.due_on, petition.halted_on) == (date(2026, 12, 24), date(2026, 11, 30))
    assert drift(session) == []
    with pytest.raises(InvalidInput):
        record(case_id, LegalEvent.SUSPENDED, date(2026, 11, 30), **order)
    clock.advance(timedelta(days=9))
    record(case_id, LegalEvent.CONTINUED, date(2026, 12, 9), **order)
    record(case_id, LegalEvent.ORDER_SENT, date(2026, 12, 9), by=officer)
    petition = read(session, case_id)
    # Nine days were taken out: 24/12 becomes Saturday 2/1/2027, which moves to the Monday.
    assert (petition.due_on, petition.halted_on) == (date(2027, 1, 4), None)
    assert drift(session) == []


def test_closing_starts_the_duties_that_outlast_it(session: Session, actor: ActorOf, case_id: int) -> None:
    officer = actor("officer1")
    accept(case_id, date(2026, 11, 24), by=officer)
    do(closing.resolve, case_id, DECIDED, by=officer)
    assert set(running(session, case_id)) == {"complaint-first-decision-sending", "complaint-decision-publication"}
    assert drift(session) == []
    with pytest.raises(IllegalTransition):
        accept(case_id, date(2026, 11, 24), by=officer)
    record(case_id, LegalEvent.DECISION_SENT, date(2026, 11, 24), by=officer)
    assert set(running(session, case_id)) == {"complaint-decision-publication"}
    assert drift(session) == []


@pytest.mark.parametrize("days", [0, 5])
def test_a_reopened_case_runs_anew_and_an_undo_takes_that_back(
    session: Session, actor: ActorOf, case_id: int, clock: FixedClock, days: int
) -> None:
    officer, boss = actor("officer1"), actor("supervisor1")
    accept(case_id, date(2026, 11, 24), by=officer)
    before = running(session, case_id)
    do(closing.resolve, case_id, DECIDED, by=officer)
    closed = running(session, case_id)
    clock.advance(timedelta(days=days))
    do(closing.reopen, case_id, by=boss, ground="superior-order", reason="Giải quyết lại", officer_id=officer.id)
    again = running(session, case_id)
    if days:
        # The old limit stays ended; a new one of thirty days begins with the reopening.
        assert again["complaint-first-settlement"] == date(2026, 12, 29)
        ended = session.scalars(
            select(PetitionClock.stopped_on).where(
                PetitionClock.rule_id == "complaint-first-settlement", PetitionClock.stopped_on.is_not(None)
            )
        ).all()
        assert ended == [date(2026, 11, 24)]
    else:
        assert again == before
    assert drift(session) == []
    do(closing.undo, case_id, by=boss)
    assert running(session, case_id) == closed
    assert read(session, case_id).state == "resolved"
    assert drift(session) == []


def test_undoing_a_closing_takes_its_legal_events_back(session: Session, actor: ActorOf, case_id: int) -> None:
    officer = actor("officer1")
    before = running(session, case_id)
    do(closing.resolve, case_id, DECIDED, by=officer)
    do(closing.undo, case_id, by=officer)
    assert running(session, case_id) == before
    assert session.scalars(select(LegalEventRow.event)).all() == ["decided", "decided"]
    assert drift(session) == []


def test_an_event_recorded_in_error_is_taken_back_with_a_reason(session: Session, actor: ActorOf, case_id: int) -> None:
    officer = actor("officer1")
    before = running(session, case_id)
    points = ComplexityPoint.FOREIGN_ELEMENT
    accept(case_id, date(2026, 11, 24), by=officer)
    record(case_id, LegalEvent.COMPLEXITY_FOUND, date(2026, 11, 24), by=officer, points=points, ground="x", **PAPER)
    accepted, found = session.scalars(select(LegalEventRow.id).order_by(LegalEventRow.id)).all()
    with pytest.raises(InvalidInput):
        do(legal_events.take_back, case_id, found, by=officer, reason=" ")
    do(legal_events.take_back, case_id, found, by=officer, reason="Nhầm vụ")
    assert read(session, case_id).complexity_points == 0
    do(legal_events.take_back, case_id, accepted, by=officer, reason="Nhầm vụ")
    assert running(session, case_id) == before
    for row_id in (accepted, found, 999):
        with pytest.raises(NotVisible):
            do(legal_events.take_back, case_id, row_id, by=officer, reason="Lần nữa")
    assert drift(session) == []


def test_what_came_with_a_step_goes_with_the_step(session: Session, actor: ActorOf, case_id: int) -> None:
    officer = actor("officer1")
    do(closing.resolve, case_id, DECIDED, by=officer)
    row_id = session.scalars(select(LegalEventRow.id)).one()
    with pytest.raises(IllegalTransition):
        do(legal_events.take_back, case_id, row_id, by=officer, reason="Nhầm")


def test_only_who_works_on_the_case_records(session: Session, actor: ActorOf, case_id: int) -> None:
    for name in ("reception1", "officer2"):
        with pytest.raises(NotAllowed):
            record(case_id, LegalEvent.REPLIED, date(2026, 11, 24), by=actor(name))
    record(case_id, LegalEvent.REPLIED, date(2026, 11, 24), by=actor("supervisor1"))
    assert "reception-reply" not in running(session, case_id)


@pytest.mark.parametrize(
    ("event", "given", "beside"),
    [
        (LegalEvent.ACCEPTED, {}, {"document_number", "document_on", "signer"}),
        (LegalEvent.ACCEPTED, PAPER | {"occurred_on": None}, {"occurred_on"}),
        (LegalEvent.ACCEPTED, PAPER | {"occurred_on": date(2026, 11, 25)}, {"occurred_on"}),
        (LegalEvent.ACCEPTED, PAPER | {"occurred_on": date(2026, 11, 22)}, {"occurred_on"}),
        (LegalEvent.ACCEPTED, PAPER | {"document_on": date(2026, 11, 25)}, {"document_on"}),
        (
            LegalEvent.ACCEPTED,
            PAPER | {"signer": "x" * 121, "document_number": "y" * 81},
            {"signer", "document_number"},
        ),
        (LegalEvent.COMPLEXITY_FOUND, PAPER, {"points", "ground"}),
        (LegalEvent.COMPLEXITY_FOUND, PAPER | {"points": 128, "ground": "x"}, {"points"}),
        (LegalEvent.EXTENDED, PAPER, {"days", "ground"}),
        (LegalEvent.EXTENDED, PAPER | {"days": -3, "ground": "x"}, {"days"}),
        (LegalEvent.DIALOGUE_SET, {}, {"for_day"}),
        (LegalEvent.DIALOGUE_SET, {"for_day": date(2026, 11, 20)}, {"for_day"}),
        (LegalEvent.SUSPENDED, PAPER | {"ground": "Chưa thụ lý"}, {"occurred_on"}),
        (LegalEvent.CRIME_SIGNS, {"ground": "x" * 1001}, {"ground"}),
    ],
)
def test_what_is_missing_or_wrong_is_said_beside_its_field(
    session: Session, actor: ActorOf, case_id: int, event: LegalEvent, given: dict[str, Any], beside: set[str]
) -> None:
    fields: dict[str, Any] = {"occurred_on": date(2026, 11, 24)} | given
    with pytest.raises(InvalidInput) as refused:
        do(legal_events.record, case_id, LegalInput(event, **fields), by=actor("officer1"))
    assert set(refused.value.errors) == beside
    session.rollback()
    assert session.scalars(select(func.count()).select_from(LegalEventRow)).one() == 0
    assert drift(session) == []


def test_the_second_of_two_is_told_that_it_came_too_late(session: Session, actor: ActorOf, case_id: int) -> None:
    version = read(session, case_id).version
    accept(case_id, date(2026, 11, 24), by=actor("officer1"))
    with pytest.raises(StaleVersion):
        record(case_id, LegalEvent.REPLIED, date(2026, 11, 24), by=actor("supervisor1"), version=version)


def test_events_of_other_kinds_are_not_taken(session: Session, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"), kind=Kind.RECOMMENDATION)
    boss = actor("supervisor1")
    for event in (LegalEvent.ACCEPTED, LegalEvent.SUSPENDED, LegalEvent.RECEIVED, LegalEvent.DECIDED):
        with pytest.raises(IllegalTransition):
            record(made.id, event, date(2026, 11, 24), by=boss, ground="x", **PAPER)


def test_a_wider_check_gives_a_denunciation_ten_working_days(
    session: Session, actor: ActorOf, denunciation_id: int
) -> None:
    officer = actor("officer1")
    record(denunciation_id, LegalEvent.CHECK_WIDENED, date(2026, 11, 24), by=officer, variant=Variant.DELEGATED)
    assert running(session, denunciation_id)["denunciation-intake"] == date(2026, 12, 8)
    assert drift(session) == []


def test_a_correction_of_kind_or_day_counts_everything_anew(session: Session, actor: ActorOf, case_id: int) -> None:
    do(correct, case_id, {"received_on": date(2026, 11, 16)}, by=actor("reception1"), reason="Dấu bưu điện")
    assert running(session, case_id)["complaint-acceptance"] == date(2026, 11, 26)
    assert drift(session) == []
    accept(case_id, date(2026, 11, 24), by=actor("officer1"))
    do(
        legal_events.record,
        case_id,
        LegalInput(LegalEvent.SUSPENDED, date(2026, 11, 24), ground="Chờ kết quả", **PAPER),
        by=actor("officer1"),
    )
    with pytest.raises(InvalidInput) as refused:
        do(correct, case_id, {"kind": Kind.RECOMMENDATION}, by=actor("reception1"), reason="Phân loại lại")
    assert "kind" in refused.value.errors
    assert drift(session) == []


def test_a_denunciation_that_turns_out_to_be_a_complaint_is_complex_and_no_more(
    session: Session, actor: ActorOf
) -> None:
    """The degree above exists for denunciations only; the finding itself stays."""
    made, boss, day = a_petition(actor("reception1"), intake=SECRET, body=""), actor("supervisor1"), date(2026, 11, 24)
    points = ComplexityPoint.SEVERAL_PLACES | ComplexityPoint.MANY_PEOPLE
    accept(made.id, day, by=boss)
    record(made.id, LegalEvent.COMPLEXITY_FOUND, day, by=boss, points=points, ground="Hai nơi", **PAPER)
    assert read(session, made.id).especially_complex
    do(correct, made.id, {"kind": Kind.COMPLAINT}, by=actor("reception1"), reason="Phân loại lại")
    petition = read(session, made.id)
    assert (petition.especially_complex, petition.complexity_points) == (False, points)
    assert running(session, made.id)["complaint-first-settlement"] == date(2027, 1, 8)
    assert drift(session) == []


def test_the_database_keeps_legal_events_as_they_are(session: Session, actor: ActorOf, case_id: int) -> None:
    accept(case_id, date(2026, 11, 24), by=actor("officer1"))
    with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as work:
        work.execute(update(LegalEventRow).values(days=9).execution_options(synchronize_session=False))


@pytest.mark.parametrize(
    ("event", "given", "trigger"),
    [
        (LegalEvent.CRIME_SIGNS, {"ground": "Có dấu hiệu giả mạo hồ sơ"}, "crime-signs"),
        (LegalEvent.REPORT_DEMANDED, PAPER, "superior-request"),
    ],
)
def test_some_events_put_the_case_before_a_supervisor_at_once(
    session: Session, actor: ActorOf, denunciation_id: int, event: LegalEvent, given: dict[str, Any], trigger: str
) -> None:
    record(denunciation_id, event, date(2026, 11, 24), by=actor("officer1"), **given)
    petition = read(session, denunciation_id)
    assert (petition.state, petition.escalation_trigger) == ("escalated", trigger)
    assert petition.escalated_to_id == actor("supervisor1").id
    assert drift(session) == []
    record(denunciation_id, event, date(2026, 11, 24), by=actor("officer1"), **given)
    events = session.scalars(select(PetitionEvent.action).where(PetitionEvent.action == "escalate")).all()
    assert len(events) == 1


@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.RECOMMENDATION])
def test_settings_of_the_office_count_anew(session: Session, actor: ActorOf, kind: Kind) -> None:
    boss = actor("supervisor1")
    made = a_petition(actor("reception1"), kind=kind)
    if kind is Kind.COMPLAINT:
        accept(made.id, date(2026, 11, 24), by=boss)
    moved = do(set_counting, remote=True, recommendation_days=20, by=boss)
    clocks = running(session, made.id)
    if kind is Kind.COMPLAINT:
        assert (moved, clocks["complaint-first-settlement"]) == (1, date(2027, 1, 8))
    else:
        assert clocks["recommendation-substance"] == date(2026, 12, 22)
    assert drift(session) == []
    with pytest.raises(InvalidInput):
        do(set_counting, remote=False, recommendation_days=0, by=boss)
    with pytest.raises(NotAllowed):
        do(set_counting, remote=False, recommendation_days=None, by=actor("officer1"))
