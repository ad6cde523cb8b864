"""A day that explains itself: what was counted from when, what was left out and why, on which text it rests. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from petitions.deadlines.calendar import ONE_DAY, NamedDay, days_from
from petitions.deadlines.clock_events import ClockEvent
from petitions.deadlines.clocks import Computation, Pausing
from petitions.deadlines.counting import Direction, Unit, units_between
from petitions.deadlines.readings import READINGS, Reading
from petitions.deadlines.rule_data import period_data, rule_data
from petitions.deadlines.twins import twin_of


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a computation came about.

    ``skipped`` are the days off that a count of working days passed over, ``worked`` the weekend days that it counted,
    ``moved_over`` the days off over which the last day moved. ``counted`` is what was counted until the last day, or
    until the suspension that is open. ``twin`` is the same act under the other text where decree and law differ.
    """

    computation: Computation
    counted: int
    skipped: tuple[NamedDay, ...]
    worked: tuple[NamedDay, ...]
    moved_over: tuple[NamedDay, ...]
    twin: Computation | None

    @property
    def warn_on(self) -> date | None:
        """The day to warn at: the earliest of the days that speak for it."""
        days = [self.computation.warn_on, self.twin.warn_on if self.twin else None]
        return min((day for day in days if day), default=None)

    def as_json(self) -> dict[str, object]:
        """Everything as plain data: days as ISO texts, texts in the reader's language."""
        found = self.computation
        return {
            "rule": found.rule.id,
            "due": _iso(found.due),
            "warn_on": _iso(self.warn_on),
            "state": found.state.value,
            "start": {"event": str(found.limit.start or found.rule.start), "on": _iso(found.started_on)},
            "variant": found.variant.value,
            "amount": found.limit.amount,
            "unit": found.limit.unit.value,
            "direction": found.limit.direction.value,
            "meaning": found.nature.value,
            "total": found.total,
            "counted": self.counted,
            "unmoved": _iso(found.unmoved),
            "effect_on": _iso(found.effect_on),
            "suspended_on": _iso(found.suspended_on),
            "stopped_on": _iso(found.stopped_on),
            "skipped": [_day_data(day) for day in self.skipped],
            "worked": [_day_data(day) for day in self.worked],
            "moved_over": [_day_data(day) for day in self.moved_over],
            "pauses": [_pause_data(pause) for pause in found.pauses],
            "extensions": [{"on": _iso(event.on), "days": event.days} for event in found.extensions],
            "steps": [
                {**_event_data(step.event), "before": _iso(step.before), "after": _iso(step.after)}
                for step in found.steps
            ],
            "remarks": [remark.value for remark in found.remarks],
            "readings": [reading_data(reading) for reading in found.readings],
            "other_text": self._twin_data(),
            **period_data(found.rule),
            "law": rule_data(found.rule),
        }

    def _twin_data(self) -> dict[str, object] | None:
        if self.twin is None:
            return None
        return {"rule": self.twin.rule.id, "due": _iso(self.twin.due), **period_data(self.twin.rule)}


def explain(computation: Computation) -> Explanation:
    """Say how ``computation`` came about."""
    span = _span(computation)
    off: list[NamedDay] = []
    worked: list[NamedDay] = []
    if computation.limit.unit in (Unit.WORKING_DAYS, Unit.WORKING_HOURS) and span:
        for day in _not_paused(computation.pauses, *span):
            named = computation.calendar.why(day)
            if named is None:
                continue
            (worked if computation.calendar.is_working(day) else off).append(named)
    return Explanation(
        computation=computation,
        counted=_counted(computation, span),
        skipped=tuple(off),
        worked=tuple(worked),
        moved_over=tuple(_moved_over(computation)),
        twin=twin_of(computation),
    )


def reading_data(reading: Reading) -> dict[str, object]:
    """A reading as plain data; ``number`` is that of the open question, None for practice."""
    text = READINGS[reading]
    return {"id": reading.value, "number": text.number, "text": str(text.text)}


def _span(computation: Computation) -> tuple[date, date] | None:
    """First and last day that the count went over, the starting day left out."""
    last = computation.unmoved if computation.due else None
    if computation.suspended_on:
        last = computation.suspended_on - ONE_DAY
    if last is None:
        return None
    if computation.limit.direction is Direction.BEFORE:
        return last, computation.started_on - ONE_DAY
    return computation.started_on + ONE_DAY, last


def _not_paused(pauses: tuple[Pausing, ...], first: date, last: date) -> Iterator[date]:
    for day in days_from(first, last):
        if not any(pause.holds(day) for pause in pauses if pause.in_time):
            yield day


def _counted(computation: Computation, span: tuple[date, date] | None) -> int:
    if span is None or computation.limit.unit not in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS):
        return computation.total
    whole = units_between(computation.limit.unit, span[0], span[1] + ONE_DAY, computation.calendar)
    return max(0, min(computation.total, whole - sum(pause.units for pause in computation.pauses)))


def _moved_over(computation: Computation) -> Iterator[NamedDay]:
    if computation.due is None or computation.unmoved is None:
        return
    forward = computation.due >= computation.unmoved
    first, last = (
        (computation.unmoved, computation.due - ONE_DAY)
        if forward
        else (computation.due + ONE_DAY, computation.unmoved)
    )
    for day in days_from(first, last):
        named = computation.calendar.why(day)
        if named is not None:
            yield named


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day_data(day: NamedDay) -> dict[str, object]:
    return {"day": day.day.isoformat(), "kind": day.kind.value, "name": day.name}


def _pause_data(pause: Pausing) -> dict[str, object]:
    return {"since": _iso(pause.since), "until": _iso(pause.until), "taken_out": pause.units}


def _event_data(event: ClockEvent) -> dict[str, object]:
    data: dict[str, object] = {"on": event.on.isoformat(), "act": event.act.value}
    if event.days:
        data["days"] = event.days
    if event.variant:
        data["variant"] = event.variant.value
    return data
