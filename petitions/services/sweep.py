"""The sweep: looks at every clock whose day has come, tells who is to be told and escalates what is late.

It takes the clocks in the order of their days, the oldest first, by batches of which each is one transaction: whatever
ends the process, a batch was done or was not. Which clocks are due is stored (``petition_clock.next_alert_on``), so an
outage of any length only makes the next sweep longer. A level that a clock reached is a row of ``clock_alert``, unique
in the database; what was told is never told again, whatever happens to the petition meanwhile.

Two sweeps at once share the work: a petition that somebody else holds is passed over and taken by the next sweep. No
petition is waited for, so people at work never wait for the sweep longer than one batch takes.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from auth.actor import Actor, system_actor
from auth.models import Office
from core import clock
from core.clock import office_time
from core.database import AnyRow, db, table_of, unit_of_work
from core.rows import insert_many, update_many
from petitions.deadlines import WorkingCalendar
from petitions.deadlines.twins import TWINS
from petitions.escalation import ESCALATING, Level, Step, first_alert_on, levels_reached, next_alert_on
from petitions.models import ClockAlert, Petition, PetitionClock
from petitions.queries.absences import roster_of
from petitions.queries.accused import barred_people_by_petition
from petitions.queries.calendar import calendar_of
from petitions.roster import Case, Colleague, Roster
from petitions.services.escalating import ESCALATABLE, Overdue, case_of, escalate_overdue
from petitions.services.ledger_many import COLUMNS
from petitions.workflow import State

BATCH = 500
TURN_SECONDS = 2.0
BREATH_SECONDS = 0.02
"""Between two batches of the worker: on SQLite, somebody at a page who waits to write gets the turn."""

log = logging.getLogger(__name__)

_CLOCKS = table_of(PetitionClock)
_ALERTS = table_of(ClockAlert)


@dataclass(slots=True)
class Swept:
    """What a sweep did.

    ``looked_at`` counts clocks, ``told`` the alerts by level, ``escalated`` petitions, ``waiting`` clocks that were to
    be escalated while no supervisor was there: they are looked at again the next day. ``more`` says that the sweep
    ended before it had looked at everything.
    """

    looked_at: int = 0
    petitions: int = 0
    told: dict[str, int] = field(default_factory=lambda: {level.value: 0 for level in Level})
    escalated: int = 0
    waiting: int = 0
    seconds: float = 0.0
    more: bool = False

    def as_json(self) -> dict[str, object]:
        """The same as plain data."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def sweep(*, batch: int = BATCH, seconds: float | None = None) -> Swept:
    """Look at every clock of every office whose day has come; return what was done.

    With ``seconds`` it ends after the batch in which that time has passed. Memory does not grow with the number of
    clocks. Each batch is a unit of work of its own, so call it outside of one.
    """
    started = time.monotonic()
    done = Swept()
    for office_id, petition_ids in _batches(clock.today(), batch):
        with unit_of_work(patient=True) as session:
            _sweep_batch(session, office_id, petition_ids, done)
        done.seconds = time.monotonic() - started
        if seconds is not None and done.seconds >= seconds:
            done.more = bool(_due(db.session(), clock.today(), None, 1))
            db.session.rollback()
            break
        if seconds is not None:
            time.sleep(BREATH_SECONDS)
    return done


def sweep_some() -> int:
    """The worker's job: sweep for a short time, so that other jobs have their turn; return how many clocks it took."""
    done = sweep(seconds=TURN_SECONDS)
    if done.looked_at:
        log.info("sweep: %s", done.as_json())
    return done.looked_at


def _batches(today: date, size: int) -> Iterator[tuple[int, list[int]]]:
    """The petitions whose clocks are due, by office, the oldest first."""
    after: tuple[date, int] | None = None
    while found := _due(db.session(), today, after, size):
        db.session.rollback()
        after = (found[-1].next_alert_on, found[-1].id)
        by_office: dict[int, dict[int, None]] = {}
        for row in found:
            by_office.setdefault(row.office_id, {})[row.petition_id] = None
        for office_id in sorted(by_office):
            yield office_id, list(by_office[office_id])
    db.session.rollback()


def _due(session: Session, today: date, after: tuple[date, int] | None, limit: int) -> Sequence[AnyRow]:
    look, clock_id = PetitionClock.next_alert_on, PetitionClock.id
    query = select(clock_id, PetitionClock.petition_id, PetitionClock.office_id, look).where(look <= today)
    if after is not None:
        day, last = after
        query = query.where(look >= day, or_(look > day, clock_id > last))
    return session.execute(query.order_by(look, clock_id).limit(limit)).all()


@dataclass(slots=True)
class _Batch:
    """What one transaction will write."""

    alerts: list[dict[str, object]] = field(default_factory=list)
    looks: list[dict[str, object]] = field(default_factory=list)
    overdue: dict[int, Overdue] = field(default_factory=dict)
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Office:
    """What holds for all petitions of an office on the day of the sweep."""

    today: date
    calendar: WorkingCalendar
    roster: Roster
    escalates: bool
    barred: Mapping[int, frozenset[int]]


Told = dict[tuple[int, str, date, str], tuple[date, date]]
"""By petition, rule, start and level: the last day that was told, and the day on which it was."""


def _sweep_batch(session: Session, office_id: int, petition_ids: Sequence[int], done: Swept) -> None:
    # In the order in which everybody takes locks: calendar, people, petitions, audit chain, counters.
    office = _office(session, office_id)
    petitions = _lock(session, petition_ids)
    if not petitions:
        return
    found = _clocks(session, petitions, office.today)
    told = _told(session, petitions)
    batch = _Batch()
    for row in found:
        _look(row, petitions[row.petition_id], office, told, batch)
    system = system_actor(office_id)
    _write(session, office_id, batch, office, system)
    done.looked_at += len(found)
    done.petitions += len({row.petition_id for row in found})
    done.escalated += len(batch.overdue)
    done.waiting += batch.waiting
    for alert in batch.alerts:
        done.told[str(alert["level"])] += 1


def _office(session: Session, office_id: int) -> _Office:
    today = clock.today()
    calendar = calendar_of(session, office_id, held=True)
    escalates = session.execute(select(Office.escalate_late).where(Office.id == office_id)).scalar_one()
    return _Office(
        today,
        calendar,
        roster_of(session, office_id, today, held=True),
        escalates,
        barred_people_by_petition(session, office_id),
    )


def _lock(session: Session, petition_ids: Sequence[int]) -> dict[int, AnyRow]:
    query = (
        select(*COLUMNS)
        .where(Petition.id.in_(petition_ids))
        .order_by(Petition.id)
        .with_for_update(skip_locked=True, of=Petition)
    )
    return {row.id: row for row in session.execute(query)}


def _clocks(session: Session, petitions: Mapping[int, AnyRow], today: date) -> Sequence[AnyRow]:
    """The clocks that are due, read under the lock: another sweep may have looked at them meanwhile."""
    query = select(
        PetitionClock.id,
        PetitionClock.petition_id,
        PetitionClock.rule_id,
        PetitionClock.started_on,
        PetitionClock.due_on,
        PetitionClock.stopped_on,
        PetitionClock.suspended_on,
    ).where(PetitionClock.petition_id.in_(list(petitions)), PetitionClock.next_alert_on <= today)
    return session.execute(query.order_by(PetitionClock.due_on, PetitionClock.id)).all()


def _told(session: Session, petitions: Mapping[int, AnyRow]) -> Told:
    query = select(
        ClockAlert.petition_id,
        ClockAlert.rule_id,
        ClockAlert.started_on,
        ClockAlert.level,
        ClockAlert.due_on,
        ClockAlert.at,
    ).where(ClockAlert.petition_id.in_(list(petitions)))
    return {
        (row.petition_id, row.rule_id, row.started_on, row.level): (row.due_on, office_time(row.at).date())
        for row in session.execute(query.order_by(ClockAlert.id))
    }


def _look(row: AnyRow, petition: AnyRow, office: _Office, told: Told, batch: _Batch) -> None:
    """Find out what is to be told of one clock, and when to look again."""
    if row.stopped_on is not None or row.suspended_on is not None:
        batch.looks.append({"of_id": row.id, "next_alert_on": None})
        return
    reached = levels_reached(row.rule_id, row.due_on, office.calendar, office.today)
    look = (
        next_alert_on(row.rule_id, row.due_on, office.calendar, reached[-1].level)
        if reached
        else first_alert_on(row.rule_id, row.due_on, office.calendar)
    )
    case = case_of(petition, office.barred.get(petition.id, frozenset()))
    for step in reached:
        if _was_told(step, row, office.calendar, told):
            continue
        escalates = step.level in ESCALATING and office.escalates and petition.state in ESCALATABLE
        to = _addressee(step, petition, case, office.roster)
        if escalates and to is None:
            batch.waiting += 1
            look = office.today + timedelta(days=1)
            break
        if escalates and to is not None:
            overdue = Overdue(petition, to, step.level, row.rule_id, row.due_on)
            known = batch.overdue.get(petition.id)
            if known is None or (known.level, step.level) == (Level.LATE, Level.LINE):
                batch.overdue[petition.id] = overdue
        batch.alerts.append(_alert(row, petition, step, to))
        told[_key(row, row.rule_id, step)] = (row.due_on, office.today)
    batch.looks.append({"of_id": row.id, "next_alert_on": look})


def _was_told(step: Step, row: AnyRow, calendar: WorkingCalendar, told: Told) -> bool:
    """Whether the level was told already: for this last day, or for another one before the clock could leave it.

    A limit that was extended after its warning leaves the level; when it comes there again, it is told again. Where
    decree and law limit the same act, whoever was told of the earlier day knows.
    """
    twin = TWINS.get(row.rule_id)
    if twin is not None and _key(row, twin, step) in told:
        return True
    known = told.get(_key(row, row.rule_id, step))
    if known is None:
        return False
    due_on, at = known
    return row.due_on <= due_on or step.day(row.due_on, calendar) <= at


def _key(row: AnyRow, rule_id: str, step: Step) -> tuple[int, str, date, str]:
    return row.petition_id, rule_id, row.started_on, step.level.value


def _addressee(step: Step, petition: AnyRow, case: Case, roster: Roster) -> Colleague | None:
    if step.level in ESCALATING and petition.state == State.ESCALATED:
        answers = roster.of(petition.escalated_to_id)
        if answers is not None and answers.absent_until is None and answers.id not in case.barred:
            return answers
    return roster.told(step.to, case)


def _alert(row: AnyRow, petition: AnyRow, step: Step, to: Colleague | None) -> dict[str, object]:
    return {
        "office_id": petition.office_id,
        "petition_id": row.petition_id,
        "rule_id": row.rule_id,
        "started_on": row.started_on,
        "level": step.level.value,
        "due_on": row.due_on,
        "at": clock.now(),
        "to_user_id": to.id if to else None,
    }


def _write(session: Session, office_id: int, batch: _Batch, office: _Office, by: Actor) -> None:
    insert_many(session, _ALERTS, batch.alerts, skip_known=True)
    update_many(session, _CLOCKS, batch.looks, where={"id": "of_id"})
    # Last, because it takes the head of the audit chain, for which everybody in the office may wait.
    cases = [batch.overdue[petition_id] for petition_id in sorted(batch.overdue)]
    escalate_overdue(session, office_id, cases, by=by, calendar=office.calendar)
