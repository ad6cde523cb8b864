"""Every day has an entry, a day without one is named, and a clock that jumps is told in the act's own transaction."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from auth.anchoring import verify_all
from auth.heartbeats import TOLD_FOR, Heartbeat, time_check
from auth.models import LoginSession
from core import audit, clock
from core.audit import CLOCK_ANOMALY, AuditEntry
from core.clock import FixedClock
from core.database import unit_of_work
from core.settings import OFFICE_ZONE
from core.verify_audit import HEARTBEAT
from petitions.queries.self_checks import petitions_registered
from wsgi import _checks, _jobs

OFFICE = 1
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=OFFICE_ZONE)


@pytest.fixture
def watched(session: Session) -> Iterator[FixedClock]:
    """A clock whose steps are told, as the machine's are."""
    fixed = FixedClock(MORNING, watched=True)
    with clock.use(fixed):
        yield fixed


@pytest.fixture
def heart() -> Heartbeat:
    return Heartbeat(petitions_registered)


def act() -> None:
    with unit_of_work() as work:
        audit.record(work, OFFICE, actor="officer1", action="test", subject="s", payload={})


def entries(session: Session, action: str) -> list[AuditEntry]:
    session.rollback()
    of_action = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.seq)
    return list(session.scalars(of_action))


def notes(session: Session) -> list[str]:
    session.rollback()
    ((_code, verdict),) = verify_all(session, None)
    assert verdict.first_bad_seq is None
    return verdict.notes


def test_there_is_one_sign_of_life_a_day(session: Session, watched: FixedClock, heart: Heartbeat) -> None:
    for _turn in range(3):
        heart.run()
        watched.advance(timedelta(minutes=1))
    Heartbeat(petitions_registered).run()  # a worker that was started anew
    assert len(entries(session, HEARTBEAT)) == 1
    watched.advance(timedelta(hours=15))
    heart.run()
    told = entries(session, HEARTBEAT)
    assert [json.loads(each.payload)["day"] for each in told] == ["2026-11-24", "2026-11-25"]
    assert json.loads(told[0].payload)["petitions"] == 0
    assert notes(session) == []


def test_days_without_an_entry_are_named(session: Session, watched: FixedClock, heart: Heartbeat) -> None:
    heart.run()
    watched.advance(timedelta(days=1))
    act()
    watched.advance(timedelta(days=2))
    heart.run()
    watched.advance(timedelta(days=4))
    heart.run()
    first, second = notes(session)
    assert "no entry on 2026-11-26:" in first
    assert "no entry from 2026-11-28 to 2026-11-30:" in second


def test_before_the_first_sign_of_life_a_day_without_an_entry_is_none(session: Session, clock: FixedClock) -> None:
    act()
    clock.advance(timedelta(days=9))
    act()
    assert notes(session) == []


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (timedelta(seconds=-2), None),
        (timedelta(seconds=-3), -3),
        (timedelta(days=-400), -400 * 86_400),
        (timedelta(days=1), None),
        (timedelta(days=1, seconds=2), 86_402),
    ],
)
def test_a_clock_that_jumps_is_told_before_the_act(
    session: Session, watched: FixedClock, step: timedelta, told: int | None
) -> None:
    act()
    watched.advance(step)
    act()
    found = entries(session, CLOCK_ANOMALY)
    assert [json.loads(each.payload)["seconds"] for each in found] == ([] if told is None else [told])
    acts = entries(session, "test")
    assert [each.seq for each in found] == ([] if told is None else [acts[-1].seq - 1])
    assert notes(session) == []


def test_the_step_goes_with_the_act_that_failed(session: Session, watched: FixedClock) -> None:
    act()
    watched.advance(timedelta(hours=-1))

    def fail() -> None:
        with unit_of_work() as work:
            audit.record(work, OFFICE, actor="officer1", action="test", subject="s", payload={})
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert entries(session, CLOCK_ANOMALY) == []
    act()
    assert len(entries(session, CLOCK_ANOMALY)) == 1


def test_the_past_of_demo_data_is_no_step(session: Session, watched: FixedClock) -> None:
    act()
    with clock.use(FixedClock(MORNING - timedelta(days=300))):
        act()
    act()
    assert entries(session, CLOCK_ANOMALY) == []
    watched.advance(timedelta(hours=-1))
    act()
    assert len(entries(session, CLOCK_ANOMALY)) == 1


def test_a_clock_that_went_back_is_a_fault_for_a_week_of_days(
    session: Session, watched: FixedClock, heart: Heartbeat
) -> None:
    act()
    watched.advance(timedelta(days=-30))
    session.rollback()
    assert "newest entry" in "".join(time_check(session).faults)
    act()
    for day in range(TOLD_FOR):
        session.rollback()
        (fault,) = time_check(session).faults
        assert "went back by 30 days" in fault, day
        watched.advance(timedelta(hours=24))
        heart.run()
    session.rollback()
    result = time_check(session)
    assert (result.faults, result.note[:2]) == ([], "1 ")


def test_a_step_ahead_is_noted(session: Session, watched: FixedClock) -> None:
    act()
    watched.advance(timedelta(days=3))
    act()
    session.rollback()
    result = time_check(session)
    assert (result.faults, result.note[:2]) == ([], "1 ")


def test_a_log_in_of_tomorrow_is_a_fault(session: Session, watched: FixedClock) -> None:
    with unit_of_work() as work:
        user = work.execute(text("SELECT MIN(id) FROM user_account")).scalar_one()
        later = clock.now() + timedelta(days=1)
        work.add(LoginSession(token_hash="0" * 64, user_id=user, created_at=later, last_seen_at=later))
    session.rollback()
    assert len(time_check(session).faults) == 1


def test_the_worker_has_the_jobs(app: Flask) -> None:
    settings = app.extensions["settings"]
    names = [job.name for job in _jobs(settings)]
    assert names.index("heartbeat") < names.index("anchors")
    assert "time" in [check.name for check in _checks(settings)]
