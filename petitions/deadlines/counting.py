"""How days are counted: Civil Code 2015, articles 147 and 148 (read in a secondary source). Pure."""

from calendar import monthrange
from datetime import date, timedelta
from enum import StrEnum

from core.i18n import lazy_gettext as _l
from petitions.deadlines.calendar import WorkingCalendar


class Unit(StrEnum):
    """What a rule counts. All after the first three are no sums of days from an event."""

    WORKING_DAYS = "working-days"
    CALENDAR_DAYS = "calendar-days"
    YEARS = "years"
    WORKING_HOURS = "working-hours"
    AT_ONCE = "at-once"
    PER_WEEK = "per-week"
    PER_MONTH = "per-month"
    REST_OF_SETTLEMENT = "rest-of-settlement"
    NO_LIMIT = "no-limit"


UNIT_LABELS: dict[Unit, object] = {
    Unit.WORKING_DAYS: _l("working days"),
    Unit.CALENDAR_DAYS: _l("days"),
    Unit.YEARS: _l("years"),
    Unit.WORKING_HOURS: _l("working hours"),
    Unit.AT_ONCE: _l("at once"),
    Unit.PER_WEEK: _l("days a week"),
    Unit.PER_MONTH: _l("days a month"),
    Unit.REST_OF_SETTLEMENT: _l("rest of the settlement limit"),
    Unit.NO_LIMIT: _l("no limit"),
}


class Direction(StrEnum):
    """Whether a limit runs from its event on, or counts back from it."""

    AFTER = "after"
    BEFORE = "before"


def last_day(
    amount: int, unit: Unit, direction: Direction, start: date, calendar: WorkingCalendar
) -> tuple[date, date] | None:
    """The sum before any move, and the last day on which the act is in time; None where nothing sets a day.

    The day of the event is not counted. A last day that is off moves to the next working day, and to the one before
    where the limit counts back. Working hours end on the next working day at the latest.
    """
    sign = 1 if direction is Direction.AFTER else -1
    match unit:
        case Unit.NO_LIMIT | Unit.REST_OF_SETTLEMENT:
            return None
        case Unit.WORKING_DAYS:
            day = calendar.add_working_days(start, sign * amount)
            return day, day
        case Unit.WORKING_HOURS:
            day = calendar.add_working_days(start, sign)
            return day, day
        case Unit.PER_WEEK:
            monday = start - timedelta(days=start.weekday())
            return _end_of_period(monday, monday + timedelta(days=6), calendar)
        case Unit.PER_MONTH:
            end = start.replace(day=monthrange(start.year, start.month)[1])
            return _end_of_period(start.replace(day=1), end, calendar)
        case Unit.YEARS:
            day = _same_day(start, start.year + sign * amount)
        case _:
            day = start + timedelta(days=sign * amount)
    move = calendar.next_working_day if direction is Direction.AFTER else calendar.previous_working_day
    return day, move(day)


def units_between(unit: Unit, first: date, end: date, calendar: WorkingCalendar) -> int:
    """How much of ``unit`` lies from ``first`` on, ``end`` excluded: what a pause takes out."""
    if unit is Unit.WORKING_DAYS:
        return calendar.working_days_between(first - timedelta(days=1), end - timedelta(days=1))
    return (end - first).days


def _end_of_period(first: date, last: date, calendar: WorkingCalendar) -> tuple[date, date]:
    day = calendar.previous_working_day(last)
    # A week of Tết may hold no working day at all; then the first one after it.
    return last, day if day >= first else calendar.next_working_day(last)


def _same_day(start: date, year: int) -> date:
    # 29 February has no counterpart in most years: the month's last day stands for it (Civil Code, article 148.4).
    return start.replace(year=year, day=min(start.day, monthrange(year, start.month)[1]))
