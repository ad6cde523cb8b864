"""When a due day counts as near. Pure."""

from datetime import date

from petitions.deadlines.calendar import WorkingCalendar

DUE_SOON_WORKING_DAYS = 3


def due_soon_until(today: date, calendar: WorkingCalendar) -> date:
    """The last due day that counts as due soon."""
    return calendar.add_working_days(today, DUE_SOON_WORKING_DAYS)
