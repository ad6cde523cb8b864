"""The working-day calendar of an office: which days it works, and why a day is off. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from core.i18n import lazy_gettext as _l

ONE_DAY = timedelta(days=1)
SATURDAY = 5


class DayKind(StrEnum):
    """How a day differs from the plain week; the last two are what the plain week itself says."""

    HOLIDAY = "holiday"
    LIEU = "lieu"
    SWAP_OFF = "swap-off"
    WORKED = "worked"
    WEEKEND = "weekend"
    OFF = "off"


DAY_KIND_LABELS = {
    DayKind.HOLIDAY: _l("holiday"),
    DayKind.LIEU: _l("day off in lieu"),
    DayKind.SWAP_OFF: _l("day off, swapped with a working Saturday"),
    DayKind.WORKED: _l("worked to make up for a day off"),
    DayKind.WEEKEND: _l("weekend"),
    DayKind.OFF: _l("day off"),
}

ENTERED_KINDS = (DayKind.HOLIDAY, DayKind.LIEU, DayKind.SWAP_OFF, DayKind.WORKED)
"""The kinds that an office enters into its calendar."""


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day that differs from the plain week, with its name in the notice."""

    day: date
    kind: DayKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days an office works: Monday to Friday, but for the days ``off`` and with the Saturdays ``worked``.

    ``names`` says why a day is off or worked; it explains and never decides.
    """

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    names: Mapping[date, NamedDay] = field(default_factory=dict, compare=False, repr=False)
    cache: dict[tuple[date, int], date] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, days: Iterable[NamedDay]) -> "WorkingCalendar":
        """The calendar that ``days`` make out of the plain week."""
        names = {named.day: named for named in days}
        worked = frozenset(day for day, named in names.items() if named.kind is DayKind.WORKED)
        return cls(off=frozenset(names) - worked, worked=worked, names=names)

    def is_working(self, day: date) -> bool:
        """Whether the office works on ``day``."""
        if day in self.worked:
            return True
        return day.weekday() < SATURDAY and day not in self.off

    def why(self, day: date) -> NamedDay | None:
        """Why ``day`` is off, or why a weekend day is worked; None for a plain working day."""
        if day in self.worked:
            return self.names.get(day) or NamedDay(day, DayKind.WORKED)
        if day in self.off:
            return self.names.get(day) or NamedDay(day, DayKind.OFF)
        return NamedDay(day, DayKind.WEEKEND) if day.weekday() >= SATURDAY else None

    def add_working_days(self, start: date, count: int) -> date:
        """The ``count``-th working day after ``start``, which itself is not counted; before it for a negative count."""
        known = self.cache.get((start, count))
        if known is not None:
            return known
        step = ONE_DAY if count > 0 else -ONE_DAY
        day, left = start, abs(count)
        while left:
            day += step
            left -= self.is_working(day)
        self.cache[(start, count)] = day
        return day

    def next_working_day(self, day: date) -> date:
        """``day``, or the first working day after it where it is off."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def previous_working_day(self, day: date) -> date:
        """``day``, or the last working day before it where it is off."""
        while not self.is_working(day):
            day -= ONE_DAY
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` lies before."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working(day) for day in days_from(start + ONE_DAY, end))


def days_from(first: date, last: date) -> Iterator[date]:
    """Every day from ``first`` to ``last``, both included; none when ``last`` lies before."""
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))
