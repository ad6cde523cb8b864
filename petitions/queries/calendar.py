"""The working-day calendar, read once and kept until it changes."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Office
from petitions.deadlines import WorkingCalendar
from petitions.models import CalendarDay

_kept: dict[tuple[str, int], tuple[int, WorkingCalendar]] = {}


def calendar_of(session: Session, office_id: int, *, held: bool = False) -> WorkingCalendar:
    """The calendar of the office. Only its version is asked for each time.

    ``held``: nobody changes it until the transaction ends, so that what is counted by it is not outdated when saved.
    Hold it before any petition is locked.
    """
    query = select(Office.calendar_version).where(Office.id == office_id)
    version: int = session.execute(query.with_for_update(read=True) if held else query).scalar_one()
    # The address of the database belongs to the key: one process may serve several (tests do).
    key = (str(session.get_bind().engine.url), office_id)
    kept = _kept.get(key)
    if kept is not None and kept[0] == version:
        return kept[1]
    rows = session.execute(select(CalendarDay.day, CalendarDay.kind).where(CalendarDay.office_id == office_id)).all()
    calendar = WorkingCalendar(
        off=frozenset(row.day for row in rows if row.kind != "worked"),
        worked=frozenset(row.day for row in rows if row.kind == "worked"),
    )
    _kept[key] = (version, calendar)
    return calendar


def calendar_days(session: Session, office_id: int, first: date, last: date) -> list[CalendarDay]:
    """The days from ``first`` to ``last`` that differ from the plain week."""
    query = select(CalendarDay).where(CalendarDay.office_id == office_id, CalendarDay.day.between(first, last))
    return list(session.scalars(query.order_by(CalendarDay.day)))
