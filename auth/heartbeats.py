"""A sign of life in every office's chain each day, and what the chain tells of the clock.

Silence would be a gap that nobody sees: where entries were cut off, or the program was stopped so that acts left no
trace, a day is missing, and the verifier names it. Steps of the clock are told by ``core.audit`` itself.
"""

import json
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from auth.anchoring import PetitionCount, codes
from auth.models import LoginSession
from core import audit, clock
from core.audit import CLOCK_ANOMALY, STEP_BACK, AuditEntry, AuditHead
from core.database import db, unit_of_work
from core.integrity import Result
from core.verify_audit import HEARTBEAT

# A clock that went back is a fault until the program has run for so many days since; it stands in the chain for ever.
TOLD_FOR = 7


class Heartbeat:
    """Writes the entry of the day, in every office's chain, when the first turn of the day comes."""

    def __init__(self, count: PetitionCount) -> None:
        self._count = count
        self._written: dict[int, date] = {}

    def run(self) -> int:
        """Write what is still to be written today. Returns 0: nothing waits."""
        session, today = db.session(), clock.today()
        for office_id in codes(session):
            if self._written.get(office_id) == today:
                continue
            if _newest_day(session, office_id) != today:
                payload = {"day": today, "petitions": self._count(session, office_id)}
                session.rollback()
                with unit_of_work(patient=True) as work:
                    audit.record(
                        work,
                        office_id,
                        actor="system",
                        action=HEARTBEAT,
                        subject=f"office:{office_id}",
                        payload=payload,
                    )
            self._written[office_id] = today
        return 0


def _newest_day(session: Session, office_id: int) -> date | None:
    of_office = (AuditEntry.office_id == office_id, AuditEntry.action == HEARTBEAT)
    newest = session.execute(select(AuditEntry.at).where(*of_office).order_by(AuditEntry.seq.desc()).limit(1)).scalar()
    return None if newest is None else clock.office_time(newest).date()


def time_check(session: Session) -> Result:
    """The clock stands behind no entry and no log-in, and went back at no time that was not told long enough."""
    result = Result("time")
    now = clock.now()
    for office_id, code in codes(session).items():
        stood = session.execute(select(AuditHead.at).where(AuditHead.office_id == office_id)).scalar()
        if stood is not None and stood - now > STEP_BACK:
            result.faults.append(f"{code}: the newest entry is of {_told(stood)}, the clock says {_told(now)}")
        _look_at_steps(session, office_id, code, result)
    later = now + STEP_BACK
    ahead = or_(LoginSession.created_at > later, LoginSession.last_seen_at > later)
    result.checked += session.execute(select(func.count()).select_from(LoginSession)).scalar_one()
    if sessions := session.execute(select(func.count()).select_from(LoginSession).where(ahead)).scalar_one():
        result.faults.append(f"{sessions} log-ins are of a moment that has not come yet")
    return result


def _look_at_steps(session: Session, office_id: int, code: str, result: Result) -> None:
    wanted = (AuditEntry.office_id == office_id, AuditEntry.action.in_((CLOCK_ANOMALY, HEARTBEAT)))
    query = select(AuditEntry.seq, AuditEntry.action, AuditEntry.payload).where(*wanted).order_by(AuditEntry.seq.desc())
    days_since, passed = 0, 0
    for row in session.execute(query.execution_options(yield_per=1000)):
        result.checked += 1
        if row.action == HEARTBEAT:
            days_since += 1
            continue
        step = json.loads(row.payload)
        if step["seconds"] < 0 and days_since < TOLD_FOR:
            back = timedelta(seconds=-step["seconds"])
            result.faults.append(f"{code}: entry {row.seq}: the clock went back by {back}, to {step['now']}")
        else:
            passed += 1
    if passed:
        result.note = f"{passed} steps of the clock, ahead or long ago, stand in the chain"


def _told(moment: datetime) -> str:
    return f"{clock.office_time(moment):%d/%m/%Y %H:%M:%S}"
