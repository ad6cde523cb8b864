"""One clock: a rule, its legal events and the calendar give the due day. Nothing types it in. Pure.

A clock never looks at a status or at an internal task: start, suspension, continuation, extension, change of variant
and stop are all that moves it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.i18n import lazy_gettext as _l
from petitions.deadlines.calendar import WorkingCalendar
from petitions.deadlines.clock_events import Act, ClockEvent, in_order, start
from petitions.deadlines.counting import Direction, Unit, units_between
from petitions.deadlines.errors import (
    EventAfterStop,
    EventBeforeStart,
    ExtensionNotAllowed,
    ExtensionTooLong,
    NotPausable,
    NotStartedOnce,
    NotSuspended,
    SuspendedTwice,
    TooManyExtensions,
    UnknownVariant,
)
from petitions.deadlines.readings import Reading
from petitions.deadlines.rule import Limit, Nature, Rule, Variant


class ClockState(StrEnum):
    """Whether a clock runs."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    STOPPED = "stopped"


CLOCK_STATE_LABELS: dict[ClockState, object] = {
    ClockState.RUNNING: _l("running"),
    ClockState.SUSPENDED: _l("suspended"),
    ClockState.STOPPED: _l("stopped"),
}


class Remark(StrEnum):
    """What a reader of a clock should look at twice; the law does not say that it is void."""

    VARIED_LATE = "varied-after-due"
    EXTENDED_LATE = "extended-after-due"
    SUSPENDED_LATE = "suspended-after-due"


REMARK_LABELS: dict[Remark, object] = {
    Remark.VARIED_LATE: _l("The finding that changed the limit was made after the limit had ended."),
    Remark.EXTENDED_LATE: _l("The extension was decided after the limit had ended."),
    Remark.SUSPENDED_LATE: _l("The suspension was ordered after the limit had ended."),
}
_LATE = {Act.VARY: Remark.VARIED_LATE, Act.EXTEND: Remark.EXTENDED_LATE, Act.SUSPEND: Remark.SUSPENDED_LATE}


@dataclass(frozen=True, slots=True)
class Pausing:
    """A pause from the suspension order to the continuation order (None: still paused), and what it took out.

    ``in_time``: it was ordered while the limit still ran. One that was not saves nothing: the lateness stays.
    """

    since: date
    until: date | None
    units: int = 0
    in_time: bool = True

    def holds(self, day: date) -> bool:
        """Whether ``day`` is not counted because of this pause."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Step:
    """What one event did to the due day."""

    event: ClockEvent
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class Computation:
    """A clock worked out.

    ``due`` is None while suspended and where the rule sets no day. ``standing`` is the last day as far as it is known
    without the pause that is open; ``unmoved`` the sum behind it, before its last day moved off a day off. ``total``
    is what was counted, in the unit of the limit, pauses left out.
    """

    rule: Rule
    variant: Variant
    calendar: WorkingCalendar
    started_on: date
    state: ClockState
    due: date | None
    standing: date | None
    unmoved: date | None
    total: int
    pauses: tuple[Pausing, ...]
    extensions: tuple[ClockEvent, ...]
    steps: tuple[Step, ...]
    stopped_on: date | None
    remarks: tuple[Remark, ...]

    @property
    def limit(self) -> Limit:
        """The limit in force under the last variant."""
        return self.rule.limit_of(self.variant)

    @property
    def nature(self) -> Nature:
        """What the last day means."""
        return self.rule.nature_of(self.variant)

    @property
    def suspended_on(self) -> date | None:
        """The day of the suspension that is open."""
        return self.pauses[-1].since if self.state is ClockState.SUSPENDED else None

    @property
    def effect_on(self) -> date | None:
        """For an effect, the first day on which it is there: the day after the last day."""
        return self.due + timedelta(days=1) if self.nature is Nature.EFFECT and self.due else None

    @property
    def warn_on(self) -> date | None:
        """The day to warn at: the due day, or the sum before its move where it is open whether it moves."""
        return self.unmoved if self.due and Reading.FORCE_AND_LINE_MOVE in self.rule.readings else self.due

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The readings on which this very computation rests."""
        found = list(self.rule.readings_of(self.variant))
        if self.pauses:
            found.append(Reading.PAUSE_EDGES)
        if self.extensions:
            found.append(Reading.EXTENSION_ON_UNMOVED)
        return tuple(found)

    def late_by(self, today: date) -> int:
        """Days past the last day: now, or when it was suspended or stopped; 0 while in time."""
        if self.standing is None:
            return 0
        return max(0, ((self.stopped_on or self.suspended_on or today) - self.standing).days)


def compute(
    rule: Rule,
    events: Iterable[ClockEvent],
    calendar: WorkingCalendar,
    *,
    variant: Variant = Variant.STANDARD,
    settlement_due: date | None = None,
) -> Computation:
    """Work out a clock from its events, in whatever order they are given.

    ``variant`` is the one that holds at the start; ``settlement_due`` is asked for by rules that last as long as the
    settlement's limit. Raises an ``ImpossibleHistory`` or ``UnknownVariant`` for what the law does not know.
    """
    given = list(events)
    starts = [event for event in given if event.act is Act.START]
    if len(starts) != 1:
        raise NotStartedOnce
    run = _Run(rule, variant, starts[0].on, calendar, settlement_due)
    for event in in_order([event for event in given if event.act is not Act.START]):
        run.take(event)
    return run.result()


def compute_from(
    rule: Rule,
    started_on: date,
    calendar: WorkingCalendar,
    *events: ClockEvent,
    variant: Variant = Variant.STANDARD,
    settlement_due: date | None = None,
) -> Computation:
    """``compute`` for a clock that starts on ``started_on``."""
    return compute(rule, [start(started_on), *events], calendar, variant=variant, settlement_due=settlement_due)


class _Run:
    """The events of one clock, taken in one after the other."""

    def __init__(
        self, rule: Rule, variant: Variant, started_on: date, calendar: WorkingCalendar, settlement_due: date | None
    ) -> None:
        if variant is not Variant.STANDARD and variant not in rule.known_variants:
            raise UnknownVariant(rule.id, variant, rule.known_variants)
        self._rule = rule
        self._variant = variant
        self._start = started_on
        self._calendar = calendar
        self._bound = settlement_due
        self._more = 0
        self._paused = 0
        self._since: date | None = None
        self._in_time = True
        self._stopped_on: date | None = None
        self._pauses: list[Pausing] = []
        self._extensions: list[ClockEvent] = []
        self._steps: list[Step] = []
        self._known: tuple[tuple[Variant, int, int], tuple[date, date] | None] | None = None
        self._remarks: list[Remark] = []

    def take(self, event: ClockEvent) -> None:
        """Let ``event`` do what it does. Raises ``ImpossibleHistory`` where it cannot have happened."""
        self._check_place(event)
        before = self._due()
        standing = self._last_day()
        if standing and event.on > standing[1] and self._since is None and event.act in _LATE:
            self._remarks.append(_LATE[event.act])
        match event.act:
            case Act.VARY:
                self._vary(event)
            case Act.EXTEND:
                self._extend(event)
            case Act.SUSPEND:
                self._suspend(event)
            case Act.CONTINUE:
                self._continue(event)
            case _:
                self._stop(event)
        self._steps.append(Step(event, before, self._due()))

    def result(self) -> Computation:
        """The clock as it stands after all events."""
        last = self._last_day()
        unmoved, standing = last or (None, None)
        state = ClockState.RUNNING
        pauses = list(self._pauses)
        if self._since is not None:
            state = ClockState.SUSPENDED
            pauses.append(Pausing(self._since, None, in_time=self._in_time))
        elif self._stopped_on is not None:
            state = ClockState.STOPPED
        return Computation(
            rule=self._rule,
            variant=self._variant,
            calendar=self._calendar,
            started_on=self._start,
            state=state,
            due=self._due(),
            standing=standing,
            unmoved=unmoved,
            total=self._limit.amount + self._more,
            pauses=tuple(pauses),
            extensions=tuple(self._extensions),
            steps=tuple(self._steps),
            stopped_on=self._stopped_on,
            remarks=tuple(dict.fromkeys(self._remarks)),
        )

    @property
    def _limit(self) -> Limit:
        return self._rule.limit_of(self._variant)

    def _last_day(self) -> tuple[date, date] | None:
        counted_by = (self._variant, self._more + self._paused, len(self._pauses))
        if self._known is None or self._known[0] != counted_by:
            self._known = counted_by, self._count()
        return self._known[1]

    def _count(self) -> tuple[date, date] | None:
        if self._limit.unit is Unit.REST_OF_SETTLEMENT:
            return (self._bound, self._bound) if self._bound else None
        counted = self._limit.last_day(self._start, self._calendar, more=self._more + self._paused)
        return counted and (counted[0], self._out_of_pauses(counted[1]))

    def _out_of_pauses(self, day: date) -> date:
        """``day``, or the continuation day where a pause holds it.

        That happens where the order came after the sum and before the last day to which it had moved: nothing was left
        to count but that last day, which then falls on the continuation.
        """
        for pause in self._pauses:
            if pause.in_time and pause.until is not None and pause.holds(day):
                day = self._calendar.next_working_day(pause.until)
        return day

    def _due(self) -> date | None:
        last = self._last_day()
        return last[1] if last and self._since is None else None

    def _check_place(self, event: ClockEvent) -> None:
        counts_back = self._limit.direction is Direction.BEFORE
        if event.on < self._start and not counts_back:
            raise EventBeforeStart(event.on, self._start)
        if self._stopped_on is not None:
            raise EventAfterStop(event.on, self._stopped_on)

    def _vary(self, event: ClockEvent) -> None:
        known = self._rule.changeable_variants
        if event.variant is None or event.variant not in known or self._variant not in known:
            raise UnknownVariant(self._rule.id, event.variant or "", known)
        self._variant = event.variant

    def _extend(self, event: ClockEvent) -> None:
        allowed = self._rule.extensions.get(self._variant)
        if allowed is None:
            raise ExtensionNotAllowed(self._rule.id, self._variant, event.on, tuple(self._rule.extensions))
        if not 1 <= event.days <= allowed.longest:
            raise ExtensionTooLong(self._rule.id, event.on, event.days, allowed.longest)
        if len(self._extensions) >= allowed.most:
            raise TooManyExtensions(self._rule.id, event.on, allowed.most)
        self._extensions.append(event)
        self._more += event.days

    def _suspend(self, event: ClockEvent) -> None:
        pause = self._rule.pause
        if pause is None or event.on < pause.since:
            raise NotPausable(self._rule.id, event.on, pause.since if pause else None)
        if self._since is not None:
            raise SuspendedTwice(event.on, self._since)
        last = self._last_day()
        self._in_time = last is None or event.on <= last[1]
        self._since = event.on

    def _continue(self, event: ClockEvent) -> None:
        if self._since is None:
            raise NotSuspended(event.on)
        self._end_pause(event.on)

    def _stop(self, event: ClockEvent) -> None:
        # A case that ends while suspended was late by what it was late when the suspension came.
        if self._since is not None:
            self._end_pause(event.on)
        self._stopped_on = event.on

    def _end_pause(self, until: date) -> None:
        """The order's day is taken out, the continuation's day left in."""
        since = self._since
        if since is None:
            return
        units = units_between(self._limit.unit, since, until, self._calendar)
        self._since = None
        self._paused += units
        self._pauses.append(Pausing(since, until, units, in_time=self._in_time))
