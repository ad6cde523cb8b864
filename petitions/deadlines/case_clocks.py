"""From a case to its clocks as they are stored: which limits are kept, until when, and which day leads. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from petitions.deadlines.calendar import WorkingCalendar
from petitions.deadlines.clocks import ClockState
from petitions.deadlines.legal_events import Happening, LegalEvent
from petitions.deadlines.petition_clocks import RunningClock, petition_clocks
from petitions.deadlines.rule import Nature, Rule
from petitions.deadlines.starts import STOPPED_BY_CLOSING, Circumstance
from petitions.vocabulary import Channel, ForwarderKind, Kind

CLOCKS_EDITION = 1
"""Grows whenever other clocks, or other days, follow from the same events: stored ones are then counted anew."""

UNPROCESSED_LINE = "petition-unprocessed-line"
"""No limit to act in but a line for discipline (Nghị định 154/2026/NĐ-CP, Điều 41.3b); kept, because it is watched."""

NOT_THE_OFFICES = frozenset({"complaint-evidence-supply", "complaint-decision-publication"})
"""Kept and watched, but no reason to call the office late: a limit of others, and one that was read to bind only who
settles a complaint for the second time (domain report §2, row 13), which a ward does not do."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What decides which clocks run on a case, beside its legal events."""

    kind: Kind
    received_on: date
    at_reception: bool = False
    forwarder_kind: ForwarderKind | None = None
    discipline: bool = False
    second_instance: bool = False
    closed_on: date | None = None

    @classmethod
    def of(cls, row: Any, **changed: Any) -> "CaseFacts":
        """The facts of a petition, or of a row with its columns; ``changed`` gives columns that are about to change."""

        def value(name: str) -> Any:
            return changed[name] if name in changed else getattr(row, name)

        closed = value("state") == "resolved"
        forwarder_kind = value("forwarder_kind")
        return cls(
            kind=Kind(value("kind")),
            received_on=value("received_on"),
            at_reception=is_at_reception(value("channel")),
            forwarder_kind=ForwarderKind(forwarder_kind) if forwarder_kind else None,
            discipline=value("discipline"),
            second_instance=value("second_instance"),
            closed_on=value("resolved_on") if closed else None,
        )

    @property
    def circumstances(self) -> frozenset[Circumstance]:
        """What the table of starts asks for beyond the kind."""
        held = (
            (Circumstance.AT_RECEPTION, self.at_reception),
            (Circumstance.FORWARDED_BY_DEPUTY, self.forwarder_kind is ForwarderKind.DEPUTY),
            (Circumstance.FORWARDED_BY_PRESS, self.forwarder_kind is ForwarderKind.PRESS),
            (Circumstance.DISCIPLINE, self.discipline),
            (Circumstance.SECOND_INSTANCE, self.second_instance),
        )
        return frozenset(circumstance for circumstance, holds in held if holds)


def is_at_reception(channel: str) -> bool:
    """Whether somebody who came in that way was received in person."""
    return channel in _AT_RECEPTION


_AT_RECEPTION = frozenset({Channel.DESK.value, Channel.HEAD_RECEPTION.value})


@dataclass(frozen=True, slots=True)
class StoredClock:
    """A clock as a row keeps it; see ``PetitionClock``."""

    rule_id: str
    rule_version: str
    variant: str
    started_by: str
    started_on: date
    due_on: date | None
    standing_on: date | None
    suspended_on: date | None = None
    stopped_on: date | None = None

    @property
    def identity(self) -> tuple[str, date, str]:
        """What makes it the same clock when it is counted anew."""
        return self.rule_id, self.started_on, self.started_by

    @property
    def leads(self) -> bool:
        """Whether its day may be the due day of the petition."""
        return self.rule_id not in NOT_THE_OFFICES


@dataclass(frozen=True, slots=True)
class LeadingDay:
    """Where an open case stands in time: the day that leads, and since when no limit runs (None: one does)."""

    due_on: date
    halted_on: date | None


@dataclass(frozen=True, slots=True)
class Terms:
    """How an office counts: its calendar, whether it lies in a remote area, its own limit for recommendations."""

    calendar: WorkingCalendar
    remote: bool = False
    substance: Rule | None = None
    # Most petitions have no legal event yet; those of one day and kind share their clocks.
    _plain: dict[object, tuple[StoredClock, ...]] = field(default_factory=dict, compare=False)

    def stored_clocks(self, facts: CaseFacts, recorded: Sequence[Happening] = ()) -> tuple[StoredClock, ...]:
        """The clocks of a case as they are to be stored.

        ``recorded`` are its legal events without the receipt. Raises an ``ImpossibleHistory`` for events that cannot
        have happened.
        """
        if recorded:
            return tuple(filter(None, map(stored, self.running_clocks(facts, recorded))))
        open_case = replace(facts, closed_on=None)
        clocks = self._plain.get(open_case)
        if clocks is None:
            clocks = tuple(filter(None, map(stored, self.running_clocks(open_case))))
            if len(self._plain) > _MOST_REMEMBERED:
                self._plain.clear()
            self._plain[open_case] = clocks
        if facts.closed_on is None:
            return clocks
        return tuple(
            replace(clock, stopped_on=facts.closed_on) if clock.rule_id in STOPPED_BY_CLOSING else clock
            for clock in clocks
        )

    def running_clocks(self, facts: CaseFacts, recorded: Iterable[Happening] = ()) -> list[RunningClock]:
        """Every clock of a case, worked out; also those that are not stored."""
        happenings = [Happening(LegalEvent.RECEIVED, facts.received_on), *recorded]
        if facts.closed_on is not None:
            happenings.append(Happening(LegalEvent.CLOSED, facts.closed_on))
        return petition_clocks(
            facts.kind,
            happenings,
            self.calendar,
            circumstances=facts.circumstances,
            remote=self.remote,
            substance=self.substance,
        )


_MOST_REMEMBERED = 50_000


def stored(clock: RunningClock) -> StoredClock | None:
    """``clock`` as a row; None for one that is not kept: a right of others, or a duty without a day."""
    found = clock.computation
    if found.nature is not Nature.LIMIT and clock.rule.id != UNPROCESSED_LINE:
        return None
    if found.due is None and found.state is not ClockState.SUSPENDED:
        return None
    return StoredClock(
        rule_id=clock.rule.id,
        rule_version=clock.rule.version,
        variant=found.variant.value,
        started_by=clock.started_by.event.value,
        started_on=found.started_on,
        due_on=found.due,
        standing_on=found.standing,
        suspended_on=found.suspended_on,
        stopped_on=found.stopped_on,
    )


def leading_day(clocks: Iterable[Any], received_on: date) -> LeadingDay:
    """The day that leads an open case, from its clocks or their rows: the earliest that runs.

    Where none runs, it is the day on which a suspended limit stood, or the last one that was kept or missed.
    """
    leading = [clock for clock in clocks if clock.rule_id not in NOT_THE_OFFICES]
    running = [clock.due_on for clock in leading if clock.stopped_on is None and clock.suspended_on is None]
    if running:
        return LeadingDay(min(running), None)
    suspended = [clock for clock in leading if clock.stopped_on is None]
    if suspended:
        return LeadingDay(
            min(clock.standing_on or clock.started_on for clock in suspended),
            max(clock.suspended_on for clock in suspended),
        )
    ended = [clock for clock in leading if clock.due_on is not None]
    return LeadingDay(
        max((clock.due_on for clock in ended), default=received_on),
        max((clock.stopped_on for clock in ended), default=received_on),
    )
