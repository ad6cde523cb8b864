"""The clocks of petitions: how an office counts, what happened in law, and what follows from it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, aliased

from auth.models import Office
from core.database import AnyRow
from petitions.deadlines import Happening, LegalEvent, RunningClock, Variant
from petitions.deadlines.case_clocks import CaseFacts, StoredClock, Terms
from petitions.deadlines.own_limits import substance_rule
from petitions.models import LegalEventRow, Petition, PetitionClock
from petitions.queries.calendar import calendar_of

# By database too: one process may serve several (tests do).
_kept: WeakKeyDictionary[Engine, dict[int, tuple[tuple[object, ...], Terms]]] = WeakKeyDictionary()
_SETTINGS = select(Office.calendar_version, Office.remote, Office.recommendation_days).where(
    Office.id == bindparam("office_id")
)
_HELD_SETTINGS = _SETTINGS.with_for_update(read=True)


def terms_of(session: Session, office_id: int, *, held: bool = False) -> Terms:
    """How the office counts. Only its settings are asked for each time.

    ``held``: nobody changes them until the transaction ends, so that what is counted is not outdated when it is saved.
    Hold them before any petition is locked.
    """
    query = _HELD_SETTINGS if held else _SETTINGS
    found = session.execute(query, {"office_id": office_id}).one()
    settings = tuple(found)
    of_database = _kept.setdefault(session.get_bind().engine, {})
    known = of_database.get(office_id)
    if known is not None and known[0] == settings:
        return known[1]
    days = found.recommendation_days
    substance = None if days is None else substance_rule(days)
    terms = Terms(calendar_of(session, office_id), remote=found.remote, substance=substance)
    of_database[office_id] = (settings, terms)
    return terms


_REVERSAL = aliased(LegalEventRow)
_EVENT_COLUMNS = (
    LegalEventRow.id,
    LegalEventRow.petition_id,
    LegalEventRow.event_id,
    LegalEventRow.event,
    LegalEventRow.occurred_on,
    LegalEventRow.days,
    LegalEventRow.variant,
    LegalEventRow.for_day,
    LegalEventRow.points,
    LegalEventRow.document_number,
    LegalEventRow.document_on,
    LegalEventRow.signer,
    LegalEventRow.ground,
)
# What was taken back does not count, nor does the row that took it back.
_EVENTS = (
    select(*_EVENT_COLUMNS)
    .outerjoin(_REVERSAL, _REVERSAL.cancels_id == LegalEventRow.id)
    .where(LegalEventRow.cancels_id.is_(None), _REVERSAL.id.is_(None))
    .order_by(LegalEventRow.petition_id, LegalEventRow.occurred_on, LegalEventRow.id)
)
_EVENTS_OF_ONE = _EVENTS.where(LegalEventRow.petition_id == bindparam("petition_id"))
_CLOCK_COLUMNS = (
    PetitionClock.id,
    PetitionClock.petition_id,
    PetitionClock.rule_id,
    PetitionClock.rule_version,
    PetitionClock.variant,
    PetitionClock.started_by,
    PetitionClock.started_on,
    PetitionClock.due_on,
    PetitionClock.standing_on,
    PetitionClock.suspended_on,
    PetitionClock.stopped_on,
    PetitionClock.next_alert_on,
)
_CLOCKS_OF_ONE = (
    select(*_CLOCK_COLUMNS)
    .where(PetitionClock.petition_id == bindparam("petition_id"))
    .order_by(PetitionClock.started_on, PetitionClock.id)
)


def legal_events_of(session: Session, petition_id: int) -> Sequence[AnyRow]:
    """The legal events of a petition that hold, the earliest first; the receipt is none of them."""
    return session.execute(_EVENTS_OF_ONE, {"petition_id": petition_id}).all()


def clock_rows_of(session: Session, petition_id: int) -> Sequence[AnyRow]:
    """The stored clocks of a petition, in the order of their starts."""
    return session.execute(_CLOCKS_OF_ONE, {"petition_id": petition_id}).all()


def happening_of(row: AnyRow) -> Happening:
    """A recorded legal event as the rules see it."""
    return Happening(
        LegalEvent(row.event),
        row.occurred_on,
        days=row.days,
        variant=Variant(row.variant) if row.variant else None,
        for_day=row.for_day,
    )


def happenings_of(session: Session, petition_id: int) -> list[Happening]:
    """The legal events of a petition that hold, without the receipt."""
    return [happening_of(row) for row in legal_events_of(session, petition_id)]


def clocks_of(session: Session, petition: Petition) -> list[RunningClock]:
    """Every clock of a petition worked out from its events: also rights of others and duties without a day."""
    terms = terms_of(session, petition.office_id)
    return terms.running_clocks(CaseFacts.of(petition), happenings_of(session, petition.id))


def happenings_by_petition(session: Session, petition_ids: Iterable[int]) -> Mapping[int, list[Happening]]:
    """The legal events of many petitions; those without any are left out."""
    found: dict[int, list[Happening]] = defaultdict(list)
    for row in session.execute(_EVENTS.where(LegalEventRow.petition_id.in_(list(petition_ids)))):
        found[row.petition_id].append(happening_of(row))
    return found


def complexity_by_petition(session: Session, petition_ids: Iterable[int]) -> Mapping[int, int]:
    """The points of the finding of complexity in force, for those of many petitions that have one."""
    query = _EVENTS.where(
        LegalEventRow.petition_id.in_(list(petition_ids)), LegalEventRow.event == LegalEvent.COMPLEXITY_FOUND.value
    )
    return {row.petition_id: row.points for row in session.execute(query)}


def clock_rows_by_petition(session: Session, petition_ids: Iterable[int]) -> Mapping[int, list[AnyRow]]:
    """The stored clocks of many petitions."""
    found: dict[int, list[AnyRow]] = defaultdict(list)
    query = select(*_CLOCK_COLUMNS).where(PetitionClock.petition_id.in_(list(petition_ids)))
    for row in session.execute(query.order_by(PetitionClock.petition_id, PetitionClock.id)):
        found[row.petition_id].append(row)
    return found


def as_stored(row: AnyRow) -> StoredClock:
    """A row as the rules would store it, to compare the two."""
    return StoredClock(
        rule_id=row.rule_id,
        rule_version=row.rule_version,
        variant=row.variant,
        started_by=row.started_by,
        started_on=row.started_on,
        due_on=row.due_on,
        standing_on=row.standing_on,
        suspended_on=row.suspended_on,
        stopped_on=row.stopped_on,
    )


def keep_ended_days(derived: StoredClock, row: AnyRow | None) -> StoredClock:
    """``derived``, with the days of ``row`` where that clock has ended: a later calendar does not rewrite the past."""
    if row is None or row.stopped_on is None or row.stopped_on != derived.stopped_on:
        return derived
    return as_stored(row)


def running_between(first: date, last: date) -> list[ColumnElement[bool]]:
    """Conditions for clocks that run and count a day from ``first`` to ``last``, or end on one."""
    return [
        PetitionClock.stopped_on.is_(None),
        PetitionClock.started_on <= last,
        (PetitionClock.standing_on >= first) | PetitionClock.standing_on.is_(None),
    ]
