"""An explanation in sentences, for the page and the command line. Pure."""

from collections.abc import Iterator

from core.i18n import format_day
from core.i18n import gettext as _
from petitions.deadlines.calendar import DAY_KIND_LABELS, DayKind, NamedDay
from petitions.deadlines.clock_events import Act
from petitions.deadlines.clocks import REMARK_LABELS, ClockState
from petitions.deadlines.counting import UNIT_LABELS, Direction, Unit
from petitions.deadlines.explanation import Explanation
from petitions.deadlines.readings import READINGS
from petitions.deadlines.rule import READ_STATUS_LABELS, VARIANT_LABELS, Nature, Variant

_COUNTED = (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.YEARS, Unit.WORKING_HOURS)
_WORDED = (Unit.AT_ONCE, Unit.NO_LIMIT, Unit.REST_OF_SETTLEMENT)


def sentences(explanation: Explanation) -> list[str]:
    """What the explanation says, one sentence after the other, in the reader's language."""
    return [
        *_limit(explanation),
        *_left_out(explanation),
        *_moved_by(explanation),
        *_last_day(explanation),
        *_rests_on(explanation),
    ]


def _limit(explanation: Explanation) -> Iterator[str]:
    found = explanation.computation
    event = _capital(str(found.limit.start or found.rule.start))
    if found.limit.unit in _COUNTED:
        yield _("%(event)s on %(day)s; that day is not counted.", event=event, day=format_day(found.started_on))
    else:
        yield _("%(event)s on %(day)s.", event=event, day=format_day(found.started_on))
    unit = str(UNIT_LABELS[found.limit.unit])
    amount = unit if found.limit.unit in _WORDED else f"{found.limit.amount} {unit}"
    if found.limit.direction is Direction.BEFORE:
        amount = _("at least %(amount)s before", amount=amount)
    if found.variant is Variant.STANDARD:
        yield _("Limit: %(amount)s.", amount=amount)
    else:
        yield _("Limit: %(amount)s (%(variant)s).", amount=amount, variant=VARIANT_LABELS[found.variant])


def _left_out(explanation: Explanation) -> Iterator[str]:
    weekend = sum(day.kind is DayKind.WEEKEND for day in explanation.skipped)
    if weekend:
        yield _("Weekend days not counted: %(count)s.", count=weekend)
    for day in explanation.skipped:
        if day.kind is not DayKind.WEEKEND:
            yield _("Not counted: %(day)s.", day=_named(day))
    for day in explanation.worked:
        yield _("Counted although at the weekend: %(day)s.", day=_named(day))


def _moved_by(explanation: Explanation) -> Iterator[str]:
    found = explanation.computation
    unit = UNIT_LABELS[found.limit.unit]
    for step in found.steps:
        day = format_day(step.event.on)
        if step.event.act is Act.VARY and step.event.variant is not None:
            yield _("Found on %(day)s: %(variant)s.", day=day, variant=VARIANT_LABELS[step.event.variant])
        elif step.event.act is Act.EXTEND:
            yield _("Extended on %(day)s by %(count)s %(unit)s.", day=day, count=step.event.days, unit=unit)
    for pause in found.pauses:
        if pause.until is None:
            yield _("Suspended since %(day)s: no last day until it is continued.", day=format_day(pause.since))
        else:
            yield _(
                "Suspended from %(since)s to %(until)s: %(count)s %(unit)s taken out.",
                since=format_day(pause.since),
                until=format_day(pause.until),
                count=pause.units,
                unit=unit,
            )


def _last_day(explanation: Explanation) -> Iterator[str]:
    found = explanation.computation
    if found.due is None:
        if found.state is not ClockState.SUSPENDED:
            yield _("This rule sets no last day.")
        return
    for day in explanation.moved_over:
        yield _("The last day may not be %(day)s.", day=_named(day))
    if found.effect_on is not None:
        yield _(
            "Last day: %(day)s; it takes effect on %(effect)s.",
            day=format_day(found.due),
            effect=format_day(found.effect_on),
        )
    elif found.nature is Nature.MINIMUM:
        yield _("At least until %(day)s.", day=format_day(found.due))
    else:
        yield _("Last day: %(day)s.", day=format_day(found.due))
    if found.stopped_on is not None:
        yield _("Stopped on %(day)s.", day=format_day(found.stopped_on))
    if explanation.twin is not None and explanation.twin.due is not None:
        yield _(
            "By %(source)s it is %(day)s; the earlier day warns.",
            source=explanation.twin.rule.source,
            day=format_day(explanation.twin.due),
        )


def _rests_on(explanation: Explanation) -> Iterator[str]:
    found = explanation.computation
    rule = found.rule
    since, until = format_day(rule.valid_from), format_day(rule.valid_to)
    period = _("from %(since)s to %(until)s", since=since, until=until) if until else _("since %(since)s", since=since)
    read = "; ".join(str(READ_STATUS_LABELS[status]) for status in rule.read)
    yield _("%(source)s, valid %(period)s (%(read)s).", source=rule.source, period=period, read=read)
    if rule.note is not None:
        yield str(rule.note)
    if rule.not_ward is not None:
        yield str(rule.not_ward)
    for remark in found.remarks:
        yield str(REMARK_LABELS[remark])
    for reading in found.readings:
        yield str(READINGS[reading].text)


def _named(day: NamedDay) -> str:
    label = str(DAY_KIND_LABELS[day.kind])
    return f"{format_day(day.day)} ({label}: {day.name})" if day.name else f"{format_day(day.day)} ({label})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
