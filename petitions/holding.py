"""Who held a petition for how long, how often it changed hands, how long it was paused: from its acts. Pure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from core.clock import office_time
from petitions.workflow import Action, State

MOVING_ACTIONS = (*(action.value for action in Action), "undo", "receive", "imported")
"""The acts that can change who holds a petition, or whether it is open."""


class MovingEvent(Protocol):
    """What is needed of an act."""

    @property
    def id(self) -> int:
        """Its number; acts come in this order."""
        ...

    @property
    def action(self) -> str:
        """What was done."""
        ...

    @property
    def recorded_at(self) -> Any:
        """The moment at which it was recorded."""
        ...

    @property
    def data(self) -> str:
        """JSON: the columns before and after."""
        ...

    @property
    def cancels_id(self) -> int | None:
        """The act that it takes back."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody, or a unit in which nobody has taken it yet, held the petition from ``first`` on.

    ``last`` is the day on which it went on, None while it is held. ``days`` are calendar days between the two.
    """

    officer_id: int | None
    unit_id: int | None
    first: date
    last: date | None
    days: int


@dataclass(frozen=True, slots=True)
class Held:
    """Where a petition stands now, as far as its spans need it."""

    received_on: date
    officer_id: int | None
    unit_id: int | None
    resolved_on: date | None


def spans(events: Sequence[MovingEvent], held: Held, today: date) -> tuple[Span, ...]:
    """The spans of a petition, the first from its receipt; those within one day are left out, but for the last.

    What an import brought in begins with whoever had it when it came: the acts before are not known. A closed petition
    is held by nobody.
    """
    turns = _turns(events, held)
    found: list[Span] = []
    for at, (day, holder) in enumerate(turns):
        until = turns[at + 1][0] if at + 1 < len(turns) else None
        if holder is None or until == day:
            continue
        days = max(0, ((until or today) - day).days)
        if found and found[-1].last == day and (found[-1].officer_id, found[-1].unit_id) == holder:
            found[-1] = Span(*holder, found[-1].first, until, found[-1].days + days)
        else:
            found.append(Span(*holder, day, until, days))
    return tuple(found)


_Holder = tuple[int | None, int | None]


def _turns(events: Sequence[MovingEvent], held: Held) -> list[tuple[date, _Holder | None]]:
    """Each day on which the petition went to another holder, or closed (None)."""
    changes = [(event, _values(event)) for event in sorted(events, key=lambda event: event.id)]
    holder = (_first(changes, "officer_id", held.officer_id), _first(changes, "unit_id", held.unit_id))
    imported_closed = held.resolved_on is not None and not any("state" in after for _event, (_b, after) in changes)
    turns: list[tuple[date, _Holder | None]] = [(held.received_on, holder)]
    if imported_closed and held.resolved_on is not None:
        return [*turns, (max(held.received_on, held.resolved_on), None)]
    is_open = True
    for event, (before, after) in changes:
        if not after.keys() & _MOVED:
            continue
        if is_open and before.get("state") == State.RESOLVED:
            # It came in closed, and is opened only now.
            turns.append((max(turns[-1][0], _day(before.get("resolved_on")) or turns[-1][0]), None))
        holder = (after.get("officer_id", holder[0]), after.get("unit_id", holder[1]))
        is_open = after["state"] != State.RESOLVED if "state" in after else is_open
        day = max(office_time(event.recorded_at).date(), held.received_on)
        if not is_open and after.get("resolved_on"):
            # It may have been entered later than it was done.
            day = max(turns[-1][0], _day(after["resolved_on"]) or day)
        turns.append((day, holder if is_open else None))
    return turns


_MOVED = {"officer_id", "unit_id", "state"}


def _values(event: MovingEvent) -> tuple[dict[str, Any], dict[str, Any]]:
    data = json.loads(event.data or "{}")
    return data.get("before") or {}, data.get("after") or {}


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def _first(changes: Iterable[tuple[MovingEvent, tuple[dict[str, Any], dict[str, Any]]]], name: str, now: Any) -> Any:
    """The value before the first act that changed it; the present one where none did."""
    return next((before[name] for _event, (before, after) in changes if name in after and name in before), now)


def times_reassigned(events: Sequence[MovingEvent]) -> int:
    """How often the petition went from one to another; what was taken back does not count."""
    cancelled = {event.cancels_id for event in events if event.cancels_id}
    return sum(event.action == Action.REASSIGN and event.id not in cancelled for event in events)


def days_paused(orders: Iterable[tuple[str, date]], until: date) -> int:
    """Calendar days under suspension; ``orders`` are ``suspended`` and ``continued`` with their days, in order."""
    days, since = 0, None
    for event, day in orders:
        if event == "suspended" and since is None:
            since = day
        elif event == "continued" and since is not None:
            days += (day - since).days
            since = None
    return days + (max(0, (until - since).days) if since is not None else 0)
