"""All clocks of one petition, worked out from its legal events. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from petitions.deadlines.calendar import WorkingCalendar
from petitions.deadlines.clock_events import Act, ClockEvent
from petitions.deadlines.clocks import Computation, compute
from petitions.deadlines.errors import NothingToActOn
from petitions.deadlines.legal_events import Happening, LegalEvent
from petitions.deadlines.rule import Nature, Rule, Variant
from petitions.deadlines.rules import FIRST_LIMIT, in_force, rule_for
from petitions.deadlines.starts import SUBSTANCE, Circumstance, Line, lines_for
from petitions.vocabulary import Kind

_ACTS = {
    LegalEvent.SUSPENDED: Act.SUSPEND,
    LegalEvent.CONTINUED: Act.CONTINUE,
    LegalEvent.EXTENDED: Act.EXTEND,
    LegalEvent.COMPLEXITY_FOUND: Act.VARY,
    LegalEvent.CHECK_WIDENED: Act.VARY,
}
_FOUND = {LegalEvent.COMPLEXITY_FOUND: Variant.COMPLEX, LegalEvent.CHECK_WIDENED: Variant.SEVERAL_PLACES}
_ORDER = {event: place for place, event in enumerate(LegalEvent)}
_MUST_MOVE = frozenset({LegalEvent.SUSPENDED, LegalEvent.CONTINUED, LegalEvent.EXTENDED})


@dataclass(frozen=True, slots=True)
class RunningClock:
    """One clock of a petition: the event that started it, the one that stopped it, and what was worked out."""

    started_by: Happening
    stopped_by: Happening | None
    computation: Computation

    @property
    def rule(self) -> Rule:
        """The rule, in the version of its starting event."""
        return self.computation.rule


def petition_clocks(
    kind: Kind,
    happenings: Iterable[Happening],
    calendar: WorkingCalendar,
    *,
    circumstances: Iterable[Circumstance] = (),
    remote: bool = False,
    substance: Rule | None = None,
) -> list[RunningClock]:
    """Every clock that ran or runs on a petition, in the order of the table and of their starts.

    ``remote``: the office lies where the law grants the longer limits of remote areas. ``substance``: the office's own
    limit for recommendations (``own_limits``). Raises an ``ImpossibleHistory`` for events that cannot have happened,
    also for a suspension, continuation or extension that falls on no clock.
    """
    events = sorted(happenings, key=_place)
    clocks: list[RunningClock] = []
    used: set[Happening] = set()
    own = [SUBSTANCE] if substance is not None and kind in SUBSTANCE.kinds else []
    for line in (*lines_for(kind, frozenset(circumstances)), *own):
        if line.opened_by and not any(event.event in line.opened_by for event in events):
            continue
        for first, last in _spans(line, events):
            rule = substance if line is SUBSTANCE else _rule(kind, line.rule_id, first)
            if rule is None:
                continue
            acts = _acts_on(rule, events, first, last)
            used.update(acts)
            clocks.append(_clock(rule, first, last, acts, calendar, remote=remote))
    for event in events:
        if event.event in _MUST_MOVE and event not in used:
            raise NothingToActOn(event.event, event.on)
    return _with_settlement(clocks, calendar)


def _place(happening: Happening) -> tuple[date, int]:
    return happening.on, _ORDER[happening.event]


def _rule(kind: Kind, rule_id: str, first: Happening) -> Rule | None:
    if rule_id == FIRST_LIMIT[kind]:
        return rule_for(kind, first.on)
    return in_force(rule_id, first.for_day or first.on)


def _spans(line: Line, events: Sequence[Happening]) -> list[tuple[Happening, Happening | None]]:
    """The starting events of the line, each with the event that stops it."""
    spans: list[tuple[Happening, Happening | None]] = []
    for event in events:
        if event.event not in line.starts:
            continue
        if spans and not line.each:
            ended_by = spans[-1][1]
            if ended_by is None or event.on <= ended_by.on:
                continue
        ends = (other for other in events if other.event in line.stops and other.on >= event.on and other is not event)
        spans.append((event, next(ends, None)))
    return spans


def _acts_on(rule: Rule, events: Sequence[Happening], first: Happening, last: Happening | None) -> list[Happening]:
    """The events that move a clock of ``rule`` between its two ends; findings made before its start hold too."""
    found = []
    for event in events:
        act = _ACTS.get(event.event)
        if act is None or (last is not None and event.on > last.on):
            continue
        if act is Act.VARY or (event.on >= first.on and _moved_by(rule, act)):
            found.append(event)
    return found


def _moved_by(rule: Rule, act: Act) -> bool:
    # An obstacle pauses the limit of a citizen's right; a suspension of the settlement does not.
    return bool(rule.extensions) if act is Act.EXTEND else rule.pause is not None and rule.nature is not Nature.RIGHT


def _clock(
    rule: Rule,
    first: Happening,
    last: Happening | None,
    acts: Sequence[Happening],
    calendar: WorkingCalendar,
    *,
    remote: bool,
) -> RunningClock:
    known = rule.changeable_variants if acts or remote else (Variant.STANDARD,)
    variant = Variant.REMOTE if remote and Variant.REMOTE in known else Variant.STANDARD
    events = [ClockEvent(Act.START, first.for_day or first.on)]
    for event in acts:
        act = _ACTS[event.event]
        if act is not Act.VARY:
            events.append(ClockEvent(act, event.on, days=event.days))
            continue
        wanted = _variant(event, known, remote=remote)
        if wanted not in known:
            continue
        if event.on < first.on:
            variant = wanted
        else:
            events.append(ClockEvent(Act.VARY, event.on, variant=wanted))
    if last is not None:
        events.append(ClockEvent(Act.STOP, last.on))
    return RunningClock(first, last, compute(rule, events, calendar, variant=variant))


def _variant(event: Happening, known: Sequence[Variant], *, remote: bool) -> Variant:
    wanted = event.variant or _FOUND[event.event]
    if wanted is Variant.ESPECIALLY_COMPLEX and wanted not in known:
        # Only a denunciation has that degree; one that turns out to be a complaint is complex all the same.
        wanted = Variant.COMPLEX
    return Variant.REMOTE_COMPLEX if remote and wanted is Variant.COMPLEX else wanted


def _with_settlement(clocks: list[RunningClock], calendar: WorkingCalendar) -> list[RunningClock]:
    """Give clocks that last as long as the settlement's limit that limit."""
    settlements = [clock.computation for clock in clocks if clock.rule.id in SETTLEMENT_RULES]
    return [
        _bound(clock, settlements, calendar) if clock.rule.id == "complaint-execution-stay" else clock
        for clock in clocks
    ]


SETTLEMENT_RULES = frozenset(
    {
        "complaint-first-settlement",
        "complaint-second-settlement",
        "discipline-complaint-settlement",
        "denunciation-settlement",
    }
)
"""The limits that a suspension, an extension or a finding of complexity moves."""


def _bound(clock: RunningClock, settlements: Sequence[Computation], calendar: WorkingCalendar) -> RunningClock:
    within = [known for known in settlements if known.started_on <= clock.computation.started_on]
    if not within:
        return clock
    events = [ClockEvent(Act.START, clock.computation.started_on)]
    if clock.stopped_by is not None:
        events.append(ClockEvent(Act.STOP, clock.stopped_by.on))
    return RunningClock(
        clock.started_by,
        clock.stopped_by,
        compute(clock.rule, events, calendar, settlement_due=within[-1].due),
    )
