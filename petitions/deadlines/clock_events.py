"""What moves a clock: its events, each a legal event as one clock sees it, and their order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from petitions.deadlines.rule import Variant


class Act(StrEnum):
    """What an event does to a clock; those of one day count in this order, suspension and continuation by turns."""

    START = "start"
    VARY = "vary"
    EXTEND = "extend"
    SUSPEND = "suspend"
    CONTINUE = "continue"
    STOP = "stop"


_ORDER = {act: place for place, act in enumerate(Act)} | {Act.CONTINUE: 3}
_VARIANTS = tuple(Variant)


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """A legal event as a clock sees it; ``days`` belongs to an extension, ``variant`` to a change of variant."""

    act: Act
    on: date
    days: int = 0
    variant: Variant | None = None


def start(on: date) -> ClockEvent:
    """The clock starts; that day is not counted."""
    return ClockEvent(Act.START, on)


def suspend(on: date) -> ClockEvent:
    """An order suspends the clock; that day is not counted."""
    return ClockEvent(Act.SUSPEND, on)


def resume(on: date) -> ClockEvent:
    """An order lets the clock run on; that day counts."""
    return ClockEvent(Act.CONTINUE, on)


def extend(on: date, days: int) -> ClockEvent:
    """A written decision extends the limit by ``days``."""
    return ClockEvent(Act.EXTEND, on, days=days)


def vary(on: date, variant: Variant) -> ClockEvent:
    """A legal finding, such as complexity, puts the clock under another variant."""
    return ClockEvent(Act.VARY, on, variant=variant)


def stop(on: date) -> ClockEvent:
    """What the limit asks for is done, or the case ends."""
    return ClockEvent(Act.STOP, on)


def in_order(events: Sequence[ClockEvent]) -> list[ClockEvent]:
    """By day, and within a day by ``Act``; suspension and continuation by turns, as the clock then stands.

    Of two findings of one day the graver comes last, and holds.
    """
    ordered: list[ClockEvent] = []
    suspended = False
    for _key, group in groupby(sorted(events, key=_place), key=lambda event: (event.on, _ORDER[event.act])):
        together = list(group)
        while together:
            wanted = Act.CONTINUE if suspended else Act.SUSPEND
            # Where the turn is broken the clock itself refuses the event.
            following = next((event for event in together if event.act is wanted), together[0])
            together.remove(following)
            ordered.append(following)
            if following.act in (Act.SUSPEND, Act.CONTINUE):
                suspended = following.act is Act.SUSPEND
    return ordered


def _place(event: ClockEvent) -> tuple[date, int, str, int, int]:
    variant = _VARIANTS.index(event.variant) if event.variant else 0
    return event.on, _ORDER[event.act], event.act, variant, event.days
