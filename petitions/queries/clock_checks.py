"""Proof that the stored clocks are those that the rules derive from the legal events."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import AnyRow
from petitions.deadlines import ClockError, Happening
from petitions.deadlines.case_clocks import CaseFacts, StoredClock, Terms, leading_day
from petitions.deadlines.recording import is_especially_complex
from petitions.models import Petition
from petitions.queries.checks import Drift
from petitions.queries.clocks import (
    as_stored,
    clock_rows_by_petition,
    complexity_by_petition,
    happenings_by_petition,
    keep_ended_days,
    terms_of,
)
from petitions.vocabulary import Kind
from petitions.workflow import State

_AT_ONCE = 1_000
_COLUMNS = (
    Petition.id,
    Petition.number,
    Petition.kind,
    Petition.received_on,
    Petition.channel,
    Petition.forwarder_kind,
    Petition.discipline,
    Petition.second_instance,
    Petition.state,
    Petition.resolved_on,
    Petition.due_on,
    Petition.halted_on,
    Petition.complexity_points,
    Petition.especially_complex,
)


def clock_drift(session: Session, office_id: int, *, most: int = 100) -> tuple[int, list[Drift]]:
    """Derive the clocks of all petitions in bounded memory; how many were checked, and the first ``most`` differences.

    A clock that has ended keeps the day that it had, whatever the calendar says later.
    """
    terms = terms_of(session, office_id)
    found: list[Drift] = []
    checked = last = 0
    while rows := _next_rows(session, office_id, last):
        last = rows[-1].id
        checked += len(rows)
        ids = [row.id for row in rows]
        happenings, clocks = happenings_by_petition(session, ids), clock_rows_by_petition(session, ids)
        points = complexity_by_petition(session, ids)
        for row in rows:
            for drift in _drift_of(row, happenings.get(row.id, []), clocks.get(row.id, []), terms):
                if len(found) < most:
                    found.append(drift)
            found += list(_complexity_drift(row, points.get(row.id, 0)))[: most - len(found)]
    return checked, found


def _next_rows(session: Session, office_id: int, after: int) -> Sequence[AnyRow]:
    query = select(*_COLUMNS).where(Petition.office_id == office_id, Petition.id > after)
    return session.execute(query.order_by(Petition.id).limit(_AT_ONCE)).all()


def _drift_of(row: AnyRow, happenings: Sequence[Happening], clocks: Sequence[AnyRow], terms: Terms) -> Iterator[Drift]:
    stored = {as_stored(clock).identity: clock for clock in clocks}
    try:
        worked_out = terms.stored_clocks(CaseFacts.of(row), happenings)
    except ClockError as error:
        yield Drift("legal events", row.number, "", str(error.message))
        return
    derived = {clock.identity: keep_ended_days(clock, stored.get(clock.identity)) for clock in worked_out}
    for identity in sorted(stored.keys() | derived.keys(), key=str):
        is_stored = as_stored(stored[identity]) if identity in stored else None
        if is_stored != derived.get(identity):
            yield Drift(f"clock {identity[0]}", row.number, _told(is_stored), _told(derived.get(identity)))
    if row.state != State.RESOLVED.value:
        lead = leading_day(derived.values(), row.received_on)
        for name, value in (("due_on", lead.due_on), ("halted_on", lead.halted_on)):
            if getattr(row, name) != value:
                yield Drift(name, row.number, str(getattr(row, name)), str(value))
    elif row.halted_on is not None:
        yield Drift("halted_on", row.number, str(row.halted_on), "None")


def _complexity_drift(row: AnyRow, points: int) -> Iterator[Drift]:
    derived = {"complexity_points": points, "especially_complex": is_especially_complex(points, Kind(row.kind))}
    for name, value in derived.items():
        if getattr(row, name) != value:
            yield Drift(name, row.number, str(getattr(row, name)), str(value))


def _told(clock: StoredClock | None) -> str:
    if clock is None:
        return "none"
    days = (clock.started_on, clock.due_on, clock.standing_on, clock.suspended_on, clock.stopped_on)
    return " ".join((clock.rule_version, clock.variant, *(str(day or "-") for day in days)))
