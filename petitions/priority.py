"""The order of the queue: the sum of few declared rules, shown in words beside each case. Pure.

Some rules give points once (complex, prominent …), two give points for every day (past the due day, without an act).
The daily points are the same for every case and have no ceiling, so that all cases age alike: which of two stands first
does not depend on the day on which one looks. The order can therefore be stored as one number, the key, which changes
only when the case itself does; no nightly run rewrites rows. And since a newcomer's days begin later than those of a
case that waits, every case that waits comes to the top in the end, whatever else arrives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from core import clock
from core.i18n import lazy_gettext as _l
from petitions.escalation import COMPULSORY_TRIGGERS
from petitions.vocabulary import GROUP_FROM, TRIGGER_LABELS, ForwarderKind, MatterRole, Trigger
from petitions.workflow import State


class PriorityRule(StrEnum):
    """What gives a case points."""

    COMPLEX = "complex"
    COMPLEXITY_POINT = "complexity-point"
    ESPECIALLY_COMPLEX = "especially-complex"
    PROMINENT = "prominent"
    ESCALATED = "escalated"
    ESCALATED_COMPULSORY = "escalated-compulsory"
    GROUP = "group"
    SECOND_INSTANCE = "second-instance"
    REPEATED = "repeated"
    FORWARDED = "forwarded"
    FORWARDED_ABOVE = "forwarded-above"
    DAY_PAST_DUE = "day-past-due"
    DAY_WITHOUT_ACT = "day-without-act"


Weights = Mapping[PriorityRule, int]

DEFAULT_WEIGHTS: Weights = MappingProxyType(
    {
        # Complex and prominent cases stand first: another case overtakes one only when it is years later.
        PriorityRule.COMPLEX: 2000,
        PriorityRule.COMPLEXITY_POINT: 100,
        PriorityRule.ESPECIALLY_COMPLEX: 400,
        PriorityRule.PROMINENT: 2000,
        PriorityRule.ESCALATED: 400,
        PriorityRule.ESCALATED_COMPULSORY: 400,
        PriorityRule.GROUP: 200,
        PriorityRule.SECOND_INSTANCE: 150,
        PriorityRule.REPEATED: 60,
        PriorityRule.FORWARDED: 60,
        PriorityRule.FORWARDED_ABOVE: 120,
        PriorityRule.DAY_PAST_DUE: 2,
        PriorityRule.DAY_WITHOUT_ACT: 1,
    }
)
RULE_LABELS = {
    PriorityRule.COMPLEX: _l("Complex case"),
    PriorityRule.COMPLEXITY_POINT: _l("Each of the seven points found in writing"),
    PriorityRule.ESPECIALLY_COMPLEX: _l("Especially complex (denunciation)"),
    PriorityRule.PROMINENT: _l("Prominent case"),
    PriorityRule.ESCALATED: _l("Escalated"),
    PriorityRule.ESCALATED_COMPULSORY: _l("Escalated for signs of crime, a conflict of interest or a superior"),
    PriorityRule.GROUP: _l("%(count)s people or more", count=GROUP_FROM),
    PriorityRule.SECOND_INSTANCE: _l("Second complaint, or a further denunciation"),
    PriorityRule.REPEATED: _l("Repeated petition"),
    PriorityRule.FORWARDED: _l("Forwarded by another body"),
    PriorityRule.FORWARDED_ABOVE: _l("Forwarded by a superior body, a deputy or the press"),
    PriorityRule.DAY_PAST_DUE: _l("Each day past the due day"),
    PriorityRule.DAY_WITHOUT_ACT: _l("Each day without any act"),
}
DAILY = (PriorityRule.DAY_PAST_DUE, PriorityRule.DAY_WITHOUT_ACT)
MOST_POINTS = 10_000
HEARD_ABOVE = frozenset({ForwarderKind.SUPERIOR, ForwarderKind.DEPUTY, ForwarderKind.PRESS})
"""Those who forward petitions and ask what became of them."""
READS = (
    "complex",
    "complexity_points",
    "especially_complex",
    "prominent",
    "state",
    "escalation_trigger",
    "people_count",
    "second_instance",
    "matter_role",
    "forwarder",
    "forwarder_kind",
    "due_on",
    "halted_on",
    "last_act_at",
)
"""The columns of a petition that the rules read."""
IDLE_FROM_DAYS = 15
"""Days without an act from which the words say so; points are given from the first day on."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules look at; ``last_act_on`` is the day of the last act in the office's zone."""

    complex: bool
    prominent: bool
    escalated: bool
    people_count: int
    repeated: bool
    forwarded: bool
    due_on: date
    last_act_on: date
    trigger: str | None = None
    points: int = 0
    especially_complex: bool = False
    second_instance: bool = False
    forwarded_above: bool = False
    halted: bool = False

    @property
    def compulsory(self) -> bool:
        """Whether the case is escalated for a reason that leaves no choice."""
        return self.escalated and self.trigger in COMPULSORY_TRIGGERS

    @classmethod
    def of(cls, row: Any) -> "Standing":
        """The standing of a petition, or of a row with its columns."""
        return cls(
            complex=row.complex,
            prominent=row.prominent,
            escalated=row.state == State.ESCALATED,
            people_count=row.people_count,
            repeated=row.matter_role == MatterRole.REPEATED,
            forwarded=bool(row.forwarder),
            due_on=row.due_on,
            last_act_on=clock.office_time(row.last_act_at).date(),
            trigger=row.escalation_trigger,
            points=row.complexity_points.bit_count(),
            especially_complex=row.especially_complex,
            second_instance=row.second_instance,
            forwarded_above=row.forwarder_kind in HEARD_ABOVE,
            halted=row.halted_on is not None,
        )


def tier(standing: Standing) -> int:
    """2 for a complex or prominent case, 1 for another of the priority queue, 0 for one that is not in it."""
    if standing.complex or standing.prominent:
        return 2
    return int(standing.escalated or standing.people_count >= GROUP_FROM)


def points(standing: Standing, weights: Weights) -> int:
    """The points that are given once."""
    given = (
        (PriorityRule.COMPLEX, standing.complex),
        (PriorityRule.ESPECIALLY_COMPLEX, standing.especially_complex),
        (PriorityRule.PROMINENT, standing.prominent),
        (PriorityRule.ESCALATED, standing.escalated),
        (PriorityRule.ESCALATED_COMPULSORY, standing.compulsory),
        (PriorityRule.GROUP, standing.people_count >= GROUP_FROM),
        (PriorityRule.SECOND_INSTANCE, standing.second_instance),
        (PriorityRule.REPEATED, standing.repeated),
        (PriorityRule.FORWARDED, standing.forwarded),
        (PriorityRule.FORWARDED_ABOVE, standing.forwarded_above),
    )
    once = sum(weights[rule] for rule, applies in given if applies)
    return once + standing.points * weights[PriorityRule.COMPLEXITY_POINT]


def key(standing: Standing, weights: Weights) -> int:
    """Sort key, smallest first; the same on every day."""
    return (
        weights[PriorityRule.DAY_PAST_DUE] * standing.due_on.toordinal()
        + weights[PriorityRule.DAY_WITHOUT_ACT] * standing.last_act_on.toordinal()
        - points(standing, weights)
    )


def score(priority_key: int, weights: Weights, today: date) -> int:
    """The sum of all rules on ``today`` for a case with this key; the higher, the earlier."""
    return sum(weights[rule] for rule in DAILY) * today.toordinal() - priority_key


def marks(standing: Standing) -> list[object]:
    """The words for the points given once."""
    words: list[object] = []
    if standing.complex:
        words.append(_complexity(standing))
    if standing.prominent:
        words.append(_l("prominent"))
    if standing.escalated:
        why = TRIGGER_LABELS[Trigger(standing.trigger)] if standing.trigger else None
        words.append(_l("escalated: %(why)s", why=why) if why else _l("escalated"))
    if standing.people_count >= GROUP_FROM:
        words.append(_l("%(count)s people", count=standing.people_count))
    if standing.second_instance:
        words.append(_l("second time"))
    if standing.repeated:
        words.append(_l("repeated"))
    if standing.forwarded_above:
        words.append(_l("forwarded from above"))
    elif standing.forwarded:
        words.append(_l("forwarded"))
    return words


def _complexity(standing: Standing) -> object:
    if standing.especially_complex:
        return _l("especially complex: %(count)s of 7 points", count=standing.points)
    if standing.points:
        return _l("complex: %(count)s of 7 points", count=standing.points)
    return _l("complex")


def reasons(standing: Standing, today: date) -> list[object]:
    """Why an open petition stands where it does, in words."""
    words = marks(standing)
    late = (today - standing.due_on).days
    if standing.halted:
        words.append(_l("no limit runs"))
    elif late > 0:
        words.append(_l("1 day late") if late == 1 else _l("%(n)s days late", n=late))
    elif late == 0:
        words.append(_l("due today"))
    idle = (today - standing.last_act_on).days
    if idle >= IDLE_FROM_DAYS:
        words.append(_l("no act for %(n)s days", n=idle))
    return words
