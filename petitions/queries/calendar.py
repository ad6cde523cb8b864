"""The working-day calendar, read once and kept until it changes."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Office
from petitions.deadlines import DayKind, NamedDay, WorkingCalendar
from petitions.models import CalendarDay

_kept: dict[tuple[str, int], tuple[int, WorkingCalendar]] = {}


def calendar_of(session: Session, office_id: int) -> WorkingCalendar:
    """The calendar of the office. Only its version is asked for each time."""
    version: int = session.execute(select(Office.calendar_version).where(Office.id == office_id)).scalar_one()
    # The address of the database belongs to the key: one process may serve several (tests do).
    key = (str(session.get_bind().engine.url), office_id)
    kept = _kept.get(key)
    if kept is not None and kept[0] == version:
        return kept[1]
    columns = (CalendarDay.day, CalendarDay.kind, CalendarDay.name)
    rows = session.execute(select(*columns).where(CalendarDay.office_id == office_id)).all()
    calendar = WorkingCalendar.of(NamedDay(row.day, DayKind(row.kind), row.name) for row in rows)
    _kept[key] = (version, calendar)
    return calendar


def calendar_days(session: Session, office_id: int, first: date, last: date) -> list[CalendarDay]:
    """The days from ``first`` to ``last`` that differ from the plain week."""
    query = select(CalendarDay).where(CalendarDay.office_id == office_id, CalendarDay.day.between(first, last))
    return list(session.scalars(query.order_by(CalendarDay.day)))
