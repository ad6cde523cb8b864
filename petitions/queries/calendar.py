"""The working-day calendar, read once and kept until it changes."""

from datetime import date
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from auth.models import Office
from petitions.deadlines import WorkingCalendar
from petitions.models import CalendarDay

# By database too: one process may serve several (tests do).
_kept: WeakKeyDictionary[Engine, dict[int, tuple[int, WorkingCalendar]]] = WeakKeyDictionary()
_VERSION = select(Office.calendar_version).where(Office.id == bindparam("office_id"))


def calendar_of(session: Session, office_id: int) -> WorkingCalendar:
    """The calendar of the office. Only its version is asked for each time."""
    version: int = session.execute(_VERSION, {"office_id": office_id}).scalar_one()
    of_database = _kept.setdefault(session.get_bind().engine, {})
    kept = of_database.get(office_id)
    if kept is not None and kept[0] == version:
        return kept[1]
    rows = session.execute(select(CalendarDay.day, CalendarDay.kind).where(CalendarDay.office_id == office_id)).all()
    calendar = WorkingCalendar(
        off=frozenset(row.day for row in rows if row.kind != "worked"),
        worked=frozenset(row.day for row in rows if row.kind == "worked"),
    )
    of_database[office_id] = (version, calendar)
    return calendar


def calendar_days(session: Session, office_id: int, first: date, last: date) -> list[CalendarDay]:
    """The days from ``first`` to ``last`` that differ from the plain week."""
    query = select(CalendarDay).where(CalendarDay.office_id == office_id, CalendarDay.day.between(first, last))
    return list(session.scalars(query.order_by(CalendarDay.day)))
