"""Counting clocks anew for many petitions: after a change of the calendar, of a setting, or of the rules themselves."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor, system_actor
from auth.models import Office
from core.database import AnyRow, db, unit_of_work
from petitions.deadlines import Happening
from petitions.deadlines.case_clocks import CLOCKS_EDITION, CaseFacts, Terms, leading_day
from petitions.models import Petition, PetitionClock
from petitions.queries.clocks import (
    as_stored,
    clock_rows_by_petition,
    happenings_by_petition,
    keep_ended_days,
    running_between,
    terms_of,
)
from petitions.services.clocks import count
from petitions.services.ledger import change, lock_all
from petitions.workflow import OPEN_STATES, State

AT_ONCE = 500


def follow_days(session: Session, days: Sequence[date], *, by: Actor) -> int:
    """Count anew what the changed ``days`` can have moved; return on how many petitions a day moved.

    A day counts only for clocks that began before it and end on it or later. The caller has changed the calendar and
    thereby holds it.
    """
    touched = (
        select(PetitionClock.petition_id)
        .where(PetitionClock.office_id == by.office_id, *running_between(min(days), max(days)))
        .distinct()
    )
    return _recount(session, sorted(session.scalars(touched)), by=by, cause="calendar")


def follow_settings(session: Session, *, by: Actor) -> int:
    """Count every clock anew that runs or might run, after a change of how the office counts."""
    running = select(PetitionClock.petition_id).where(
        PetitionClock.office_id == by.office_id, PetitionClock.stopped_on.is_(None)
    )
    is_open = select(Petition.id).where(Petition.office_id == by.office_id, Petition.state.in_(OPEN_STATES))
    return _recount(session, sorted(session.scalars(running.union(is_open))), by=by, cause="settings")


def recount_stale() -> int:
    """The worker's job after an upgrade: count the clocks anew that an earlier edition of the rules stored.

    It goes through the petitions in small transactions and may be killed at any point: what was counted stays, and the
    office is marked when all are.
    """
    counted = 0
    stale = select(Office.id).where(Office.clocks_edition < CLOCKS_EDITION)
    for office_id in db.session.scalars(stale).all():
        last = 0
        while ids := _next_ids(office_id, last):
            with unit_of_work(patient=True) as session:
                terms_of(session, office_id, held=True)
                _recount(session, ids, by=system_actor(office_id), cause="rules")
            last = ids[-1]
            counted += len(ids)
        with unit_of_work() as session:
            session.execute(
                update(Office)
                .where(Office.id == office_id)
                # The order rests on the days, so it is derived anew as well.
                .values(clocks_edition=CLOCKS_EDITION, keyed_version=0)
                .execution_options(synchronize_session=False)
            )
    return counted


def _next_ids(office_id: int, after: int) -> list[int]:
    query = select(Petition.id).where(Petition.office_id == office_id, Petition.id > after)
    found = list(db.session.scalars(query.order_by(Petition.id).limit(AT_ONCE)))
    db.session.rollback()
    return found


def _recount(session: Session, ids: Sequence[int], *, by: Actor, cause: str) -> int:
    # All that may change is locked before the first change, because every change holds the audit chain.
    for some in _slices(ids):
        lock_all(session, _among(some))
    terms = terms_of(session, by.office_id)
    moved = 0
    for some in _slices(ids):
        happenings, rows = happenings_by_petition(session, some), clock_rows_by_petition(session, some)
        query = select(Petition).where(_among(some)).order_by(Petition.id)
        for petition in session.scalars(query.execution_options(populate_existing=True)):
            recorded = happenings.get(petition.id, [])
            if _differs(petition, recorded, rows.get(petition.id, []), terms):
                counted = count(session, petition, recorded=recorded)
                if counted.columns or counted.moved:
                    data = {"cause": cause, "clocks": counted.told}
                    change(
                        session, petition, by=by, action="due-moved", values=counted.columns, data=data, is_act=False
                    )
                    moved += 1
            session.expunge(petition)
    return moved


def _differs(petition: Petition, recorded: Sequence[Happening], rows: Sequence[AnyRow], terms: Terms) -> bool:
    by_identity = {as_stored(row).identity: row for row in rows}
    derived = terms.stored_clocks(CaseFacts.of(petition), recorded)
    kept = {keep_ended_days(clock, by_identity.get(clock.identity)) for clock in derived}
    if kept != set(map(as_stored, rows)):
        return True
    if petition.state == State.RESOLVED:
        return petition.halted_on is not None
    lead = leading_day(kept, petition.received_on)
    return (petition.due_on, petition.halted_on) != (lead.due_on, lead.halted_on)


def _among(ids: Sequence[int]) -> ColumnElement[bool]:
    return Petition.id.in_(ids)


def _slices(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
