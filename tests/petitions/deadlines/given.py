"""The calendar of an office as it is seeded, and short ways to ask a clock."""

from datetime import date

from petitions.calendars import seed_days
from petitions.deadlines import ClockEvent, Computation, DayKind, NamedDay, Variant, WorkingCalendar, rule_in_force
from petitions.deadlines import compute_from as compute_one

OFFICE = WorkingCalendar.of(NamedDay(seed.day, DayKind(seed.kind), seed.name) for seed in seed_days())


def day(text: str) -> date:
    """23/11/2026 as people write it."""
    return date(*reversed([int(part) for part in text.split("/")]))


def clock(rule_id: str, start: str, *events: ClockEvent, variant: str = "standard") -> Computation:
    """The clock of a rule that starts on ``start``, on the office's calendar."""
    started_on = day(start)
    return compute_one(rule_in_force(rule_id, started_on), started_on, OFFICE, *events, variant=Variant(variant))


def due(rule_id: str, start: str, *events: ClockEvent, variant: str = "standard") -> str:
    """Its last day as dd/mm/yyyy, "-" for none."""
    found = clock(rule_id, start, *events, variant=variant).due
    return f"{found:%d/%m/%Y}" if found else "-"
