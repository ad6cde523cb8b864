"""The law's clock: rules as data, counted on the office's calendar, moved by legal events alone. Pure.

``rules`` holds every limit with its source; ``clocks.compute`` works out one clock, ``petition_clocks`` all clocks of a
petition, ``explanation.explain`` says in words how a day came about. ``readings`` names what the texts leave open.
"""

from petitions.deadlines.calendar import SATURDAY, DayKind, NamedDay, WorkingCalendar
from petitions.deadlines.clock_events import Act, ClockEvent
from petitions.deadlines.clocks import ClockState, Computation, compute, compute_from
from petitions.deadlines.counting import Direction, Unit
from petitions.deadlines.errors import ClockError, ImpossibleHistory
from petitions.deadlines.legal_events import Happening, LegalEvent
from petitions.deadlines.petition_clocks import RunningClock, petition_clocks
from petitions.deadlines.rule import Rule, Variant
from petitions.deadlines.rules import (
    ALL_RULES,
    FIRST_LIMIT,
    RULE_IDS,
    RULES,
    in_force,
    of_version,
    rule_for,
    rule_in_force,
    rule_label,
)
from petitions.deadlines.soon import DUE_SOON_WORKING_DAYS, due_soon_until
from petitions.deadlines.starts import Circumstance

__all__ = [
    "ALL_RULES",
    "DUE_SOON_WORKING_DAYS",
    "FIRST_LIMIT",
    "RULES",
    "RULE_IDS",
    "SATURDAY",
    "Act",
    "Circumstance",
    "ClockError",
    "ClockEvent",
    "ClockState",
    "Computation",
    "DayKind",
    "Direction",
    "Happening",
    "ImpossibleHistory",
    "LegalEvent",
    "NamedDay",
    "Rule",
    "RunningClock",
    "Unit",
    "Variant",
    "WorkingCalendar",
    "compute",
    "compute_from",
    "due_soon_until",
    "in_force",
    "of_version",
    "petition_clocks",
    "rule_for",
    "rule_in_force",
    "rule_label",
]
