"""The due date: one declared rule per kind of petition, counted on the office's working-day calendar. Pure.

Counting follows the Civil Code 2015, articles 147 and 148: the day of the event is not counted, and a last day that
is off moves to the next working day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from petitions.vocabulary import Kind

ONE_DAY = timedelta(days=1)
SATURDAY = 5


class Unit(StrEnum):
    """What a rule counts."""

    WORKING_DAYS = "working-days"
    CALENDAR_DAYS = "calendar-days"


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days an office works: Monday to Friday, but for the days ``off`` and with the Saturdays ``worked``."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    cache: dict[tuple[date, int], date] = field(default_factory=dict, compare=False, repr=False)

    def is_working(self, day: date) -> bool:
        """Whether the office works on ``day``."""
        if day in self.worked:
            return True
        return day.weekday() < SATURDAY and day not in self.off

    def add_working_days(self, start: date, count: int) -> date:
        """The ``count``-th working day after ``start``, which itself is not counted."""
        known = self.cache.get((start, count))
        if known is not None:
            return known
        day, left = start, count
        while left:
            day += ONE_DAY
            left -= self.is_working(day)
        self.cache[(start, count)] = day
        return day

    def next_working_day(self, day: date) -> date:
        """``day``, or the first working day after it where it is off."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` lies before."""
        if end < start:
            return -self.working_days_between(end, start)
        span = (start + timedelta(days=offset) for offset in range(1, (end - start).days + 1))
        return sum(self.is_working(day) for day in span)


@dataclass(frozen=True, slots=True)
class Rule:
    """A legal limit: ``amount`` of ``unit`` from the day of receipt, for receipts between the two validity days."""

    id: str
    amount: int
    unit: Unit
    valid_from: date
    valid_to: date | None
    source: str

    def due(self, start: date, calendar: WorkingCalendar) -> date:
        """The last day on which the act is still in time."""
        if self.unit is Unit.WORKING_DAYS:
            return calendar.add_working_days(start, self.amount)
        return calendar.next_working_day(start + timedelta(days=self.amount))

    @property
    def version(self) -> str:
        """What tells this rule from another of the same id."""
        return self.valid_from.isoformat()


_EARLIEST = date(1900, 1, 1)

# The first limit that runs on each kind. The full set of legal clocks rests on the same calendar.
_REPLY = (
    Rule(
        "reception-reply",
        10,
        Unit.WORKING_DAYS,
        _EARLIEST,
        None,
        "Luật Tiếp công dân, Điều 28 khoản 1",
    ),
)
RULES: Mapping[Kind, tuple[Rule, ...]] = {
    Kind.COMPLAINT: (
        Rule(
            "complaint-acceptance",
            10,
            Unit.WORKING_DAYS,
            _EARLIEST,
            date(2026, 6, 30),
            "Thông tư 07/2013/TT-TTCP, Điều 5; Nghị định 124/2020/NĐ-CP, Điều 16",
        ),
        Rule(
            "complaint-acceptance",
            7,
            Unit.WORKING_DAYS,
            date(2026, 7, 1),
            None,
            "Nghị định 155/2026/NĐ-CP, Điều 10",
        ),
    ),
    Kind.DENUNCIATION: (
        Rule("denunciation-intake", 7, Unit.WORKING_DAYS, _EARLIEST, None, "Luật Tố cáo, Điều 24 khoản 1"),
    ),
    Kind.RECOMMENDATION: _REPLY,
    Kind.MIXED: _REPLY,
    Kind.UNCLASSIFIED: _REPLY,
}


def rule_for(kind: Kind, received_on: date) -> Rule:
    """The rule in force for a petition of ``kind`` received on that day."""
    for rule in RULES[kind]:
        if rule.valid_from <= received_on and (rule.valid_to is None or received_on <= rule.valid_to):
            return rule
    raise LookupError(f"no rule for {kind} received on {received_on}")


def rule_called(rule_id: str, version: str) -> Rule | None:
    """The rule with this id and version, as a clock keeps them; None for one that is no longer declared."""
    every = (rule for rules in RULES.values() for rule in rules)
    return next((rule for rule in every if (rule.id, rule.version) == (rule_id, version)), None)


DUE_SOON_WORKING_DAYS = 3


def due_soon_until(today: date, calendar: WorkingCalendar) -> date:
    """The last due day that counts as due soon."""
    return calendar.add_working_days(today, DUE_SOON_WORKING_DAYS)
