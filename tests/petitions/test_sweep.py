"""The sweep tells each level once, escalates what is late, and leaves nothing half done."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office, Unit
from auth.permissions import Role
from auth.services import accounts
from core import audit
from core.audit import AuditEntry
from core.clock import FixedClock
from core.database import unit_of_work
from core.outbox import BULK, Outbox
from petitions.deadlines import FIRST_LIMIT
from petitions.escalation import first_alert_on
from petitions.models import ClockAlert, Petition, PetitionClock, PetitionEvent
from petitions.queries.calendar import calendar_of
from petitions.queries.checks import queue_drift
from petitions.services import assignment, closing, records
from petitions.services.intake import Received
from petitions.services.sweep import sweep, sweep_some
from petitions.vocabulary import Kind, Trigger
from tests.people import UNIT_LAND
from tests.petitions.given import DECIDED, FILED, PLAIN, SECRET, a_petition, do

As = Callable[[str], Actor]

# A complaint received on 23/11/2026 must be accepted by 3/12; three working days before is 30/11.
SOON, DUE, LATE = date(2026, 11, 30), date(2026, 12, 3), date(2026, 12, 4)


def watch(session: Session) -> None:
    """Let the sweep look at the first limit of each petition, and at nothing else, on the day of its first level."""
    session.rollback()
    with unit_of_work() as work:
        columns = (PetitionClock.id, PetitionClock.rule_id, PetitionClock.due_on, Petition.kind)
        clocks = work.execute(select(*columns).join(Petition, Petition.id == PetitionClock.petition_id)).all()
        calendar = calendar_of(work, 1)
        for row in clocks:
            first = row.rule_id == FIRST_LIMIT[Kind(row.kind)]
            look = first_alert_on(row.rule_id, row.due_on, calendar) if first else None
            work.execute(update(PetitionClock).where(PetitionClock.id == row.id).values(next_alert_on=look))


def change_clock(petition_id: int, **values: Any) -> None:
    """Write to the clock of the acceptance of a complaint."""
    with unit_of_work() as work:
        mine = (PetitionClock.petition_id == petition_id, PetitionClock.rule_id == "complaint-acceptance")
        work.execute(update(PetitionClock).where(*mine).values(**values))


def a_watched(by: Actor, session: Session, intake: Any = PLAIN, **changes: Any) -> Received:
    made = a_petition(by, intake, **changes)
    watch(session)
    return made


def go_to(clock: FixedClock, day: date) -> None:
    """Move the clock to nine in the morning of ``day``."""
    clock.advance(timedelta(days=(day - (clock.now() + timedelta(hours=7)).date()).days))


def alerts(session: Session, petition_id: int | None = None) -> list[tuple[str, int | None]]:
    session.rollback()
    query = select(ClockAlert.level, ClockAlert.to_user_id).order_by(ClockAlert.id)
    if petition_id is not None:
        query = query.where(ClockAlert.petition_id == petition_id)
    return [(row.level, row.to_user_id) for row in session.execute(query)]


def read(session: Session, petition_id: int) -> Petition:
    session.rollback()
    return session.get_one(Petition, petition_id, populate_existing=True)


def events(session: Session, petition_id: int) -> list[str]:
    session.rollback()
    query = select(PetitionEvent.action).where(PetitionEvent.petition_id == petition_id).order_by(PetitionEvent.id)
    return list(session.scalars(query))


def sound(session: Session) -> bool:
    session.rollback()
    assert queue_drift(session, 1)[1] == []
    assert audit.verify(session, 1).first_bad_seq is None
    return True


def test_each_level_is_told_on_its_day_to_whom_it_concerns(session: Session, actor: As, clock: FixedClock) -> None:
    officer, head, boss = actor("officer2"), actor("officer1"), actor("supervisor1")
    made = a_watched(actor("reception1"), session)
    do(assignment.take, made.id, by=officer)
    acted = read(session, made.id).last_act_at
    told: list[tuple[str, int | None]] = []
    for day, news in (
        (SOON - timedelta(days=1), []),
        (SOON, [("soon", officer.id)]),
        (SOON + timedelta(days=1), []),
        (DUE, [("due", head.id)]),
        (LATE, [("late", boss.id)]),
        (LATE + timedelta(days=30), []),
    ):
        go_to(clock, day)
        assert sweep().looked_at == len(news), day
        told += news
        assert alerts(session, made.id) == told
    petition = read(session, made.id)
    assert (petition.state, petition.escalation_trigger, petition.escalated_to_id) == ("escalated", "overdue", boss.id)
    assert petition.reply_by == date(2026, 12, 9), "three working days on"
    assert petition.officer_id == officer.id
    assert petition.last_act_at == acted, "nobody did anything"
    assert events(session, made.id) == ["receive", "take", "escalate"]
    assert sound(session)


def test_after_an_outage_every_level_is_told_and_the_case_escalated_once(
    session: Session, actor: As, clock: FixedClock
) -> None:
    made = a_watched(actor("reception1"), session)
    clock.advance(timedelta(days=400))
    done = sweep()
    assert done.told == {"soon": 1, "due": 1, "late": 1, "line": 0}
    assert (done.looked_at, done.escalated, done.waiting) == (1, 1, 0)
    # Nobody has it, so a supervisor is told of everything.
    boss = actor("supervisor1").id
    assert alerts(session, made.id) == [("soon", boss), ("due", boss), ("late", boss)]
    assert sweep().looked_at == 0
    assert events(session, made.id) == ["receive", "escalate"]
    assert sound(session)


def test_nothing_that_is_done_to_a_case_makes_a_level_told_again(
    session: Session, actor: As, clock: FixedClock
) -> None:
    boss, officer = actor("supervisor1"), actor("officer2")
    made = a_watched(actor("reception1"), session)
    do(assignment.take, made.id, by=officer)
    go_to(clock, LATE)
    sweep()
    do(records.add_note, made.id, by=boss, text="Đã nhắc")
    do(assignment.return_to_officer, made.id, by=boss, instruction="Làm ngay")
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer1").id, reason="Chuyển")
    watch(session)
    for _day in range(3):
        clock.advance(timedelta(days=1))
        done = sweep()
        assert (done.escalated, sum(done.told.values())) == (0, 0)
    assert read(session, made.id).state == "assigned"
    assert [level for level, _to in alerts(session, made.id)] == ["soon", "due", "late"]
    assert session.scalars(select(PetitionClock.next_alert_on)).all() == [None] * 4


def test_a_limit_that_was_extended_is_told_again_when_it_comes_near_again(
    session: Session, actor: As, clock: FixedClock
) -> None:
    made = a_watched(actor("reception1"), session)
    do(assignment.take, made.id, by=actor("officer2"))
    go_to(clock, LATE)
    sweep()
    do(assignment.return_to_officer, made.id, by=actor("supervisor1"), instruction="Gia hạn")
    change_clock(made.id, due_on=DUE + timedelta(days=30), next_alert_on=LATE)
    done = sweep()
    assert sum(done.told.values()) == 0
    go_to(clock, date(2027, 1, 2))
    assert sweep().told == {"soon": 1, "due": 1, "late": 0, "line": 0}
    go_to(clock, date(2027, 1, 4))
    assert sweep().escalated == 1
    assert events(session, made.id)[-2:] == ["return", "escalate"]


@pytest.mark.parametrize("moved", [-10, 0, 1])
def test_a_clock_that_is_counted_anew_and_stays_late_is_not_told_again(
    session: Session, actor: As, clock: FixedClock, moved: int
) -> None:
    made = a_watched(actor("reception1"), session)
    do(assignment.take, made.id, by=actor("officer2"))
    go_to(clock, LATE + timedelta(days=9))
    sweep()
    do(assignment.return_to_officer, made.id, by=actor("supervisor1"), instruction="Làm ngay")
    change_clock(made.id, due_on=DUE + timedelta(days=moved), next_alert_on=SOON)
    done = sweep()
    assert (done.looked_at, sum(done.told.values()), done.escalated) == (1, 0, 0)


def test_a_case_that_stands_before_a_supervisor_is_told_there_and_not_escalated_twice(
    session: Session, actor: As, clock: FixedClock
) -> None:
    do(accounts.create_user, username="supervisor2", full_name="Vũ Thị Phó", role=Role.SUPERVISOR, by=actor("admin1"))
    deputy, reception = actor("supervisor2"), actor("reception1")
    made = a_watched(reception, session)
    why: dict[str, Any] = {"trigger": Trigger.CROWD, "reply_by": LATE, "reason": "Đông người"}
    do(assignment.escalate, made.id, by=reception, to_id=deputy.id, **why)
    go_to(clock, LATE)
    done = sweep()
    assert (done.escalated, done.told["late"]) == (0, 1)
    assert alerts(session, made.id)[-1] == ("late", deputy.id)
    petition = read(session, made.id)
    assert (petition.escalation_trigger, petition.escalated_to_id) == ("crowd", deputy.id)


def test_a_clock_that_runs_on_after_the_end_is_told_and_nothing_is_escalated(
    session: Session, actor: As, clock: FixedClock
) -> None:
    boss = actor("supervisor1")
    made = a_petition(actor("reception1"))
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer2").id)
    do(closing.resolve, made.id, DECIDED, by=boss)
    # The decision of 24/11, a day off, has to be sent in three working days.
    go_to(clock, date(2026, 11, 28))
    done = sweep()
    assert done.told == {"soon": 1, "due": 1, "late": 1, "line": 0}
    assert done.escalated == 0
    sent = select(ClockAlert.level).where(ClockAlert.rule_id == "complaint-first-decision-sending")
    assert session.scalars(sent.order_by(ClockAlert.id)).all() == ["soon", "due", "late"]
    assert read(session, made.id).state == "resolved"
    assert sound(session)


@pytest.mark.parametrize("values", [{"stopped_on": SOON}, {"suspended_on": SOON}, {"due_on": None}])
def test_a_clock_that_does_not_run_is_told_to_nobody(
    session: Session, actor: As, clock: FixedClock, values: dict[str, Any]
) -> None:
    made = a_watched(actor("reception1"), session)
    change_clock(made.id, **values)
    go_to(clock, LATE)
    done = sweep()
    assert (done.looked_at, sum(done.told.values()), done.escalated) == (1, 0, 0)
    assert sweep().looked_at == 0


def test_an_office_may_leave_late_cases_where_they_are(session: Session, actor: As, clock: FixedClock) -> None:
    made = a_watched(actor("reception1"), session)
    with unit_of_work() as work:
        work.execute(update(Office).values(escalate_late=False))
    go_to(clock, LATE)
    done = sweep()
    assert (done.told["late"], done.escalated) == (1, 0)
    assert alerts(session, made.id)[-1] == ("late", actor("supervisor1").id)
    assert read(session, made.id).state == "received"


def test_the_line_of_discipline_outranks_a_late_limit(session: Session, actor: As, clock: FixedClock) -> None:
    made = a_watched(actor("reception1"), session)
    with unit_of_work() as work:
        line = PetitionClock.rule_id == "petition-unprocessed-line"
        work.execute(update(PetitionClock).where(line).values(next_alert_on=SOON))
    go_to(clock, date(2027, 1, 8))
    done = sweep()
    assert (done.looked_at, done.petitions, done.escalated) == (2, 1, 1)
    assert (done.told["late"], done.told["line"]) == (1, 1)
    event = session.scalars(select(PetitionEvent).where(PetitionEvent.action == "escalate")).one()
    assert '"rule": "petition-unprocessed-line"' in event.data
    assert read(session, made.id).reply_by == date(2027, 1, 11)


def test_a_case_under_all_its_limits_is_escalated_once_for_each_that_passes(
    session: Session, actor: As, clock: FixedClock
) -> None:
    """At the desk a complaint is under acceptance by decree and by law, the reply to the citizen, and the line."""
    boss = actor("supervisor1")
    made = a_petition(actor("reception1"))
    do(assignment.take, made.id, by=actor("officer2"))
    told: Counter[tuple[str, str]] = Counter()
    day = clock.now().date()
    while day < date(2027, 1, 12):
        sweep()
        if read(session, made.id).state == "escalated":
            told["escalated", str(day)] += 1
            do(assignment.return_to_officer, made.id, by=boss, instruction="Làm ngay")
        clock.advance(timedelta(days=1))
        day += timedelta(days=1)
    assert list(told) == [("escalated", "2026-12-04"), ("escalated", "2026-12-09"), ("escalated", "2027-01-08")]
    rows = session.execute(select(ClockAlert.rule_id, ClockAlert.level)).all()
    of_rule = Counter(row.rule_id for row in rows)
    # Decree and law set two limits for one act, here of the same day: whoever was told of one knows of the other.
    assert sorted(of_rule.values()) == [2, 3, 3]
    assert len({"complaint-acceptance", "complaint-acceptance-law"} & set(of_rule)) == 1
    assert sound(session)


def test_of_two_limits_for_one_act_the_earlier_one_is_told(session: Session, actor: As, clock: FixedClock) -> None:
    a_petition(actor("reception1"), received_on=date(2026, 11, 20))
    days = {clock.rule_id: clock.due_on for clock in session.scalars(select(PetitionClock))}
    assert days["complaint-acceptance-law"] == date(2026, 11, 30)
    assert days["complaint-acceptance"] == date(2026, 12, 2)
    clock.advance(timedelta(days=30))
    sweep()
    told = set(session.scalars(select(ClockAlert.rule_id)))
    assert "complaint-acceptance-law" in told
    assert "complaint-acceptance" not in told


def test_secret_cases_are_escalated_too(session: Session, actor: As, clock: FixedClock) -> None:
    unit_id = session.execute(select(Unit.id).where(Unit.name == UNIT_LAND)).scalar_one()
    made = a_watched(actor("reception1"), session, SECRET)
    do(assignment.assign, made.id, by=actor("supervisor1"), unit_id=unit_id)
    go_to(clock, LATE)
    assert sweep().escalated == 1
    assert alerts(session, made.id)[0] == ("soon", actor("officer1").id), "given to a unit, so its head is told"
    assert sound(session)


def test_many_are_swept_by_small_batches_as_one_by_one(session: Session, actor: As, clock: FixedClock) -> None:
    reception, boss, kinds = actor("reception1"), actor("supervisor1"), (Kind.COMPLAINT, Kind.RECOMMENDATION)
    ids = [
        a_petition(
            reception,
            received_on=PLAIN.received_on - timedelta(days=at * 3),
            kind=kinds[at % 2],
            people_count=1 + at % 7,
            complex_reason="nhiều nơi" if at % 5 == 0 else None,
        ).id
        for at in range(23)
    ]
    for at in range(0, 23, 4):
        do(assignment.take, ids[at], by=actor("officer1"))
    do(closing.resolve, ids[-1], FILED, by=boss)
    watch(session)
    go_to(clock, date(2027, 3, 1))
    # What one verb for one petition writes is the measure of what the sweep writes for many.
    why: dict[str, Any] = {
        "trigger": Trigger.OVERDUE,
        "to_id": boss.id,
        "reply_by": date(2027, 3, 4),
        "reason": "quá hạn",
    }
    one = do(assignment.escalate, ids[0], by=boss, **why)
    one_event = session.scalars(select(PetitionEvent).order_by(PetitionEvent.id.desc()).limit(1)).one()
    written = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    done = sweep(batch=5)
    assert (done.looked_at, done.escalated) == (23, 21), "one was escalated before, and one is resolved"
    assert sound(session)
    other = read(session, ids[8])
    same = ("state", "escalation_trigger", "escalated_to_id", "reply_by", "version")
    assert [getattr(other, name) for name in same] == [getattr(one, name) for name in same]
    event = session.scalars(select(PetitionEvent).where(PetitionEvent.petition_id == other.id)).all()[-1]
    for name in ("action", "from_state", "to_state", "occurred_on"):
        assert getattr(event, name) == getattr(one_event, name)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.payload.like(f'%"event":{event.id},%'))).one()
    assert (entry.action, entry.subject, entry.actor) == (written.action, other.number, "system")
    lanes = Counter(session.execute(select(Outbox.subject_id, Outbox.lane).where(Outbox.lane == BULK)).all())
    assert len(lanes) == 21


def test_a_sweep_that_is_cut_short_goes_on_later(session: Session, actor: As, clock: FixedClock) -> None:
    for _ in range(4):
        a_petition(actor("reception1"))
    watch(session)
    go_to(clock, LATE)
    done = sweep(batch=2, seconds=0)
    assert (done.looked_at, done.more) == (2, True)
    assert sweep_some() == 2
    assert sweep_some() == 0
    assert session.execute(select(func.count()).select_from(ClockAlert)).scalar_one() == 12


def test_a_fault_in_a_batch_leaves_nothing_of_it(
    session: Session, actor: As, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = a_watched(actor("reception1"), session)
    go_to(clock, LATE)

    def fail(*_args: object, **_given: object) -> int:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record_many", fail)
        with pytest.raises(RuntimeError):
            sweep()
    assert alerts(session) == []
    assert read(session, made.id).state == "received"
    done = sweep()
    assert (done.looked_at, done.escalated, sum(done.told.values())) == (1, 1, 3)
    assert sound(session)
