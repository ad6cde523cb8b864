"""Sweeps as processes of their own: two at once, and one that is killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.settings import CHECKOUT, Settings
from petitions.models import ClockAlert, Petition, PetitionClock, PetitionEvent
from tests.petitions.given import a_petition
from tests.petitions.test_sweep import sound, watch

As = Callable[[str], Actor]
Start = Callable[[], subprocess.Popen[str]]
MANY = 90
LONG_AGO = date(2020, 1, 6)
"""A process lives by the machine's clock, so what is late must be late on every day."""


@pytest.fixture
def start(settings: Settings) -> Start:
    """Begins a sweep by small batches in a process of its own."""
    environment = {**os.environ, "DONTHU_DATA": str(settings.data_dir), "DATABASE_URL": settings.database_url}
    words = ["-m", "flask", "--app", "wsgi", "clock", "sweep", "--json", "--batch", "1"]

    def begin() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words], cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
        )

    return begin


@pytest.fixture
def late(session: Session, actor: As) -> int:
    """Many petitions that are late; how many."""
    for _ in range(MANY):
        a_petition(actor("reception1"), received_on=LONG_AGO)
    watch(session)
    return MANY


def result(process: subprocess.Popen[str]) -> dict[str, int]:
    output, _errors = process.communicate(timeout=60)
    assert process.returncode == 0
    found: dict[str, int] = json.loads(output)
    return found


def escalated(session: Session) -> int:
    session.rollback()
    query = select(func.count()).select_from(PetitionEvent).where(PetitionEvent.action == "escalate")
    return session.execute(query).scalar_one()


def whole(session: Session) -> int:
    """How many petitions were swept. Each was swept wholly or not at all, and not one of them twice."""
    session.rollback()
    query = select(PetitionEvent.petition_id).where(PetitionEvent.action == "escalate")
    by_event = Counter(session.scalars(query))
    assert set(by_event.values()) <= {1}
    standing = session.scalars(select(Petition.id).where(Petition.state == "escalated")).all()
    left = session.scalars(select(PetitionClock.petition_id).where(PetitionClock.next_alert_on.is_not(None))).all()
    told = session.execute(select(ClockAlert.petition_id, func.count()).group_by(ClockAlert.petition_id)).all()
    assert set(standing) == set(by_event) == {petition_id for petition_id, _count in told}
    assert {count for _petition_id, count in told} <= {3}
    assert set(left) == set(session.scalars(select(Petition.id))) - set(by_event)
    assert sound(session)
    return len(by_event)


def test_two_sweeps_at_once_share_the_work(session: Session, start: Start, late: int) -> None:
    both = [start(), start()]
    results = [result(process) for process in both]
    assert sum(found["escalated"] for found in results) == late
    assert whole(session) == late


def test_a_sweep_that_is_killed_leaves_nothing_half_done(session: Session, start: Start, late: int) -> None:
    swept = 0
    for _ in range(2):
        process, enough = start(), swept + 5
        deadline = time.monotonic() + 30
        while escalated(session) < enough and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        found = whole(session)
        assert swept < found < late, "killed in the middle"
        swept = found
    assert result(start())["escalated"] == late - swept
    assert whole(session) == late
