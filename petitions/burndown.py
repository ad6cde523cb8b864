"""The arithmetic of clearing a backlog: what is left week by week, the rate needed, the rate achieved. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from petitions.deadlines.calendar import ONE_DAY, WorkingCalendar

WEEK_DAYS = 7
WORKING_WEEK = 5
MOST_WEEKS = 60
MANY_WEEKS = 4
RECENT_DAYS = 4 * WEEK_DAYS
MOST_WORKING_DAYS = 50 * 260
"""A backlog that takes longer than some fifty years is told as one that is never cleared."""


@dataclass(frozen=True, slots=True)
class Course:
    """What became of the cases of a programme.

    ``at_start`` were open when ``starts_on`` began; ``settled`` and ``returned`` count by day those that were resolved
    since, and those that came back: a case that was resolved and reopened stands once in each.
    """

    starts_on: date
    target_on: date
    at_start: int
    settled: Mapping[date, int]
    returned: Mapping[date, int]

    def settled_within(self, first: date, last: date) -> int:
        """How many were resolved from ``first`` to ``last``, both included."""
        return _within(self.settled, first, last)

    def returned_within(self, first: date, last: date) -> int:
        """How many came back from ``first`` to ``last``, both included."""
        return _within(self.returned, first, last)

    def left_after(self, day: date) -> int:
        """How many were open at the end of ``day``."""
        return self.at_start - self.settled_within(self.starts_on, day) + self.returned_within(self.starts_on, day)

    def ideal_after(self, day: date) -> float:
        """How many would be open at the end of ``day`` if the same number were settled on every calendar day."""
        whole = (self.target_on - self.starts_on).days + 1
        gone = (day - self.starts_on).days + 1
        return self.at_start * (1 - min(max(gone, 0), whole) / whole)


def _within(counted: Mapping[date, int], first: date, last: date) -> int:
    return sum(count for day, count in counted.items() if first <= day <= last)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of a programme, or four times as many, counted from its start.

    What lies ahead has nothing settled and nothing left yet. ``last`` is the last of its days that counts: the target's
    day in the last week.
    """

    number: int
    first: date
    last: date
    ideal: float
    settled: int | None
    returned: int | None
    left: int | None


def weeks(course: Course, today: date) -> tuple[Week, ...]:
    """Every week until the target, and on until ``today`` where cases are left after it.

    Of a programme of more than ``MOST_WEEKS`` four weeks each stand together, under the number of the last of them.
    """
    until = max(course.target_on, today) if course.left_after(today) else course.target_on
    step = 1 if (until - course.starts_on).days < MOST_WEEKS * WEEK_DAYS else MANY_WEEKS
    found: list[Week] = []
    first = course.starts_on
    while first <= until:
        last = min(first + timedelta(days=step * WEEK_DAYS - 1), until)
        begun = first <= today
        seen = min(last, today)
        found.append(
            Week(
                number=(len(found) + 1) * step,
                first=first,
                last=last,
                ideal=course.ideal_after(last),
                settled=course.settled_within(first, seen) if begun else None,
                returned=course.returned_within(first, seen) if begun else None,
                left=course.left_after(seen) if begun else None,
            )
        )
        first = last + ONE_DAY
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Pace:
    """Cases a working day over ``working_days`` of them; ``count`` cases in all."""

    count: int
    working_days: int

    @property
    def a_day(self) -> float:
        """Cases in one working day."""
        return self.count / self.working_days

    @property
    def a_week(self) -> float:
        """Cases in a week of five working days."""
        return self.a_day * WORKING_WEEK


def pace_needed(course: Course, today: date, calendar: WorkingCalendar) -> Pace | None:
    """The pace that empties the programme by its target, ``today`` and the target's day included.

    None where no working day is left until then.
    """
    first = max(today, course.starts_on)
    days = calendar.working_days_between(first - ONE_DAY, course.target_on) if first <= course.target_on else 0
    return Pace(course.left_after(today), days) if days else None


def pace_achieved(course: Course, today: date, calendar: WorkingCalendar, *, recent: bool) -> Pace | None:
    """By how many cases a working day the programme has shrunk: what was settled, less what came back.

    Only days that are over count. ``recent``: over the last four weeks, else since the start. None before a working
    day is over.
    """
    last = today - ONE_DAY
    first = max(course.starts_on, today - timedelta(days=RECENT_DAYS)) if recent else course.starts_on
    days = calendar.working_days_between(first - ONE_DAY, last) if first <= last else 0
    if not days:
        return None
    return Pace(course.settled_within(first, last) - course.returned_within(first, last), days)


def empty_on(course: Course, pace: Pace | None, today: date, calendar: WorkingCalendar) -> date | None:
    """The working day on which the programme is empty at ``pace``, from ``today`` on; None for never."""
    left = course.left_after(today)
    if not left:
        return today
    if pace is None or pace.count <= 0:
        return None
    # In whole numbers: a fraction that is a hair too large would cost a day.
    days = -(-left * pace.working_days // pace.count)
    if days > MOST_WORKING_DAYS:
        return None
    return calendar.add_working_days(max(today, course.starts_on) - ONE_DAY, days)
