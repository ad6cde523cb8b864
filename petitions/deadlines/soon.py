"""When a due day counts as near. Pure."""

from datetime import date

from petitions.deadlines.calendar import WorkingCalendar

DUE_SOON_WORKING_DAYS = 3


def due_soon_until(today: date, calendar: WorkingCalendar) -> date:
    """The last due day that counts as due soon."""
    return calendar.add_working_days(today, DUE_SOON_WORKING_DAYS)


def due_soon_from(due_on: date, calendar: WorkingCalendar, working_days: int = DUE_SOON_WORKING_DAYS) -> date:
    """The first day on which ``due_on`` counts as near; ``working_days`` for limits that are warned of otherwise."""
    return calendar.add_working_days(due_on, -working_days)
