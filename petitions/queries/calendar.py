"""The working-day calendar, read once and kept until it changes."""

from datetime import date
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from auth.models import Office
from petitions.deadlines import DayKind, NamedDay, WorkingCalendar
from petitions.models import CalendarDay

# By database too: one process may serve several (tests do).
_kept: WeakKeyDictionary[Engine, dict[int, tuple[int, WorkingCalendar]]] = WeakKeyDictionary()
_VERSION = select(Office.calendar_version).where(Office.id == bindparam("office_id"))
_HELD_VERSION = _VERSION.with_for_update(read=True)


def calendar_of(session: Session, office_id: int, *, held: bool = False) -> WorkingCalendar:
    """The calendar of the office. Only its version is asked for each time.

    ``held``: nobody changes it until the transaction ends, so that what is counted by it is not outdated when saved.
    Hold it before any petition is locked.
    """
    query = _HELD_VERSION if held else _VERSION
    version: int = session.execute(query, {"office_id": office_id}).scalar_one()
    of_database = _kept.setdefault(session.get_bind().engine, {})
    kept = of_database.get(office_id)
    if kept is not None and kept[0] == version:
        return kept[1]
    columns = (CalendarDay.day, CalendarDay.kind, CalendarDay.name)
    rows = session.execute(select(*columns).where(CalendarDay.office_id == office_id)).all()
    calendar = WorkingCalendar.of(NamedDay(row.day, DayKind(row.kind), row.name) for row in rows)
    of_database[office_id] = (version, calendar)
    return calendar


def calendar_days(session: Session, office_id: int, first: date, last: date) -> list[CalendarDay]:
    """The days from ``first`` to ``last`` that differ from the plain week."""
    query = select(CalendarDay).where(CalendarDay.office_id == office_id, CalendarDay.day.between(first, last))
    return list(session.scalars(query.order_by(CalendarDay.day)))


class Counting(NamedTuple):
    """What an office sets about its limits; see ``Office``."""

    remote: bool
    recommendation_days: int | None
    escalate_late: bool


def counting_of(session: Session, office_id: int) -> Counting:
    """How the office counts and whether late cases are put before a supervisor."""
    columns = (Office.remote, Office.recommendation_days, Office.escalate_late)
    return Counting(*session.execute(select(*columns).where(Office.id == office_id)).one())
