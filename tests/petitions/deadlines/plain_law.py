"""The law's counting a second time, day by day and as plainly as can be; it shares no code with the program.

A limit is a number of days to find. Walk from the day after the start, day by day. A day inside a pause is passed over;
where working days are counted, so is a day off. When enough days are found, go on while the day is off or paused.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

STEP = timedelta(days=1)


class Days(NamedTuple):
    """Which days are off or worked; the plain week for all others."""

    off: frozenset[date]
    worked: frozenset[date]

    def working(self, day: date) -> bool:
        if day in self.worked:
            return True
        if day in self.off:
            return False
        return day.isoweekday() <= 5


class Pause(NamedTuple):
    """The order's day is passed over, the continuation's day is not."""

    since: date
    until: date

    def covers(self, day: date) -> bool:
        return self.since <= day < self.until


def last_day(start: date, wanted: int, working_only: bool, pauses: Iterable[Pause], days: Days) -> date:
    """The last day of a limit that counts forward."""
    paused = list(pauses)
    day, found = start, 0
    while found < wanted:
        day += STEP
        if any(pause.covers(day) for pause in paused):
            continue
        if working_only and not days.working(day):
            continue
        found += 1
    while not days.working(day) or any(pause.covers(day) for pause in paused):
        day += STEP
    return day


def latest_day_before(event: date, wanted: int, working_only: bool, days: Days) -> date:
    """The latest day of a limit that counts back from an event."""
    day, found = event, 0
    while found < wanted:
        day -= STEP
        if not working_only or days.working(day):
            found += 1
    while not days.working(day):
        day -= STEP
    return day


class Told(NamedTuple):
    """One thing that happened: "suspend", "continue", "extend" or "total" (a finding sets the total anew)."""

    what: str
    on: date
    amount: int = 0


def story(start: date, total: int, working_only: bool, told: Sequence[Told], days: Days) -> date | None:
    """The last day after everything that was told, in its order; None while suspended.

    A pause that was ordered when the last day had passed takes nothing back: its length is put on top instead, so
    that the lateness stays what it was.
    """
    more = 0
    pauses: list[Pause] = []
    since: date | None = None
    in_time = True
    for what, on, amount in told:
        if what == "extend":
            more += amount
        elif what == "total":
            total = amount
        elif what == "suspend":
            since = on
            in_time = on <= last_day(start, total + more, working_only, pauses, days)
        elif since is not None:
            if in_time:
                pauses.append(Pause(since, on))
                # The starting day is not counted anyhow; still the last day moves by the days between the orders.
                if since == start < on and (not working_only or days.working(start)):
                    more += 1
            else:
                between = [since + STEP * number for number in range((on - since).days)]
                more += sum(1 for day in between if not working_only or days.working(day))
            since = None
    return None if since else last_day(start, total + more, working_only, pauses, days)
