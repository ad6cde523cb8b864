"""Who is told when a limit comes near, ends and passes, and what puts a case before a supervisor. Pure.

Each rule has its steps, as data: a level, the day on which it is reached, and who is told. A level is told once for one
clock; ``services/sweep.py`` does it. Some things do not wait for a limit: ``COMPULSORY`` names the legal events that
put a case before a supervisor in the moment in which they are recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.i18n import lazy_gettext as _l
from petitions.deadlines.calendar import WorkingCalendar
from petitions.deadlines.legal_events import LegalEvent
from petitions.deadlines.own_limits import SUBSTANCE_ID
from petitions.deadlines.soon import DUE_SOON_WORKING_DAYS, due_soon_from
from petitions.vocabulary import Trigger


class Level(StrEnum):
    """How far a clock has run, as somebody is told; in the order in which they are reached."""

    SOON = "soon"
    DUE = "due"
    LATE = "late"
    LINE = "line"


LEVEL_LABELS = {
    Level.SOON: _l("Due soon"),
    Level.DUE: _l("Due today"),
    Level.LATE: _l("Late"),
    Level.LINE: _l("Past the line of discipline"),
}

ESCALATING = frozenset({Level.LATE, Level.LINE})
"""The levels that put an open case before a supervisor."""


class Audience(StrEnum):
    """Who is told; where there is nobody, or nobody who is present, the next one of the list."""

    OFFICER = "officer"
    HEAD = "head"
    SUPERVISOR = "supervisor"


AUDIENCE_LABELS = {
    Audience.OFFICER: _l("the officer; without one, the head of the unit, or else a supervisor"),
    Audience.HEAD: _l("the head of the unit, or else a supervisor"),
    Audience.SUPERVISOR: _l("a supervisor"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A level of a rule: reached ``working_days`` before the due day, or on the due day, or on the day after it."""

    level: Level
    to: Audience
    working_days: int = 0

    def day(self, due_on: date, calendar: WorkingCalendar) -> date:
        """The day on which a clock with that last day reaches the level."""
        match self.level:
            case Level.SOON:
                return due_soon_from(due_on, calendar, self.working_days)
            case Level.DUE:
                return due_on
            case _:
                return due_on + timedelta(days=1)


Steps = tuple[Step, ...]


def _soon(working_days: int) -> Step:
    return Step(Level.SOON, Audience.OFFICER, working_days)


_PASSED: Steps = (Step(Level.DUE, Audience.HEAD), Step(Level.LATE, Audience.SUPERVISOR))

PLAIN: Steps = (_soon(DUE_SOON_WORKING_DAYS), *_PASSED)
"""Limits of a week or more: warned of when the lists, too, call them due soon."""
SHORT: Steps = (_soon(1), *_PASSED)
"""Limits of three working days: an earlier warning would come with the beginning."""
AT_ONCE: Steps = (Step(Level.DUE, Audience.OFFICER), Step(Level.LATE, Audience.SUPERVISOR))
"""What has to be done on the day itself, by whoever has the case."""
SETTLEMENT: Steps = (_soon(5), *_PASSED)
"""Limits of thirty days and more: what is left to do is to have a decision drafted, checked and signed."""
OTHERS: Steps = (Step(Level.DUE, Audience.OFFICER),)
"""No limits of the office itself: the officer is told when they end, and nobody of the office is late."""
LINE: Steps = (Step(Level.SOON, Audience.HEAD, 5), Step(Level.LINE, Audience.SUPERVISOR))
"""No limit to act in, but the day past which whoever leaves a petition unprocessed loses a leading post (decree
154/2026, article 41.3 b; domain report §2, row 4). Whoever can still have it processed is told before."""

STEPS: Mapping[str, Steps] = {
    "petition-unprocessed-line": LINE,
    # Reception
    "reception-reply": PLAIN,
    "reception-refusal-notice": SHORT,
    "forwarded-result-notice": PLAIN,
    SUBSTANCE_ID: PLAIN,
    # Complaints
    "complaint-acceptance": PLAIN,
    "complaint-acceptance-law": PLAIN,
    "complaint-evidence-supply": OTHERS,
    "complaint-first-settlement": SETTLEMENT,
    "complaint-second-settlement": SETTLEMENT,
    "discipline-complaint-settlement": SETTLEMENT,
    "complaint-dialogue-notice": PLAIN,
    "complaint-suspension-order": AT_ONCE,
    "complaint-suspension-sending": SHORT,
    "complaint-first-decision-sending": SHORT,
    "complaint-second-decision-sending": PLAIN,
    "complaint-decision-publication": OTHERS,
    "complaint-enforcement-order": PLAIN,
    "complaint-file-handover": PLAIN,
    # Denunciations
    "denunciation-intake": PLAIN,
    "denunciation-transfer": PLAIN,
    "denunciation-refusal-notice": AT_ONCE,
    "denunciation-crime-transfer": AT_ONCE,
    "denunciation-acceptance-notice": PLAIN,
    "denunciation-settlement": SETTLEMENT,
    "denunciation-suspension-sending": PLAIN,
    "denunciation-conclusion-sending": PLAIN,
    "denunciation-conclusion-action": PLAIN,
    "denunciation-action-report": PLAIN,
    "denunciation-publication": PLAIN,
    "denunciation-forwarder-notice": PLAIN,
    "denunciation-overdue-report": PLAIN,
}
"""The steps of every limit that a petition can be under. Rights of others, effects and duties without a day have none;
neither have limits that no event of a petition starts."""

REPLY_WITHIN: Mapping[Level, int] = {Level.LATE: 3, Level.LINE: 1}
"""Working days in which the supervisor has to say what is to be done with a case that the program escalated."""

COMPULSORY: Mapping[LegalEvent, Trigger] = {
    LegalEvent.CRIME_SIGNS: Trigger.CRIME_SIGNS,
    LegalEvent.REPORT_DEMANDED: Trigger.SUPERIOR_REQUEST,
}
"""Legal events that put an open case before a supervisor at once (domain report §8: compulsory)."""

COMPULSORY_REPLY_WITHIN = 1
"""Working days to answer what had to be escalated at once."""

COMPULSORY_TRIGGERS = frozenset({*COMPULSORY.values(), Trigger.CONFLICT})
"""Why a case must stand before a supervisor, whatever its limits say. A conflict of interest is no legal event: it is
recorded by escalating for it."""


def steps_of(rule_id: str) -> Steps:
    """The steps of a rule in the order in which they are reached; none for what is not watched."""
    return STEPS.get(rule_id, ())


def is_of_others(rule_id: str) -> bool:
    """Whether the limit ends without anybody of the office being late."""
    return not any(step.level in ESCALATING for step in steps_of(rule_id))


def levels_reached(rule_id: str, due_on: date | None, calendar: WorkingCalendar, today: date) -> Steps:
    """The steps whose level a clock with that last day has reached on ``today``; none while it has no last day."""
    if due_on is None:
        return ()
    return tuple(step for step in steps_of(rule_id) if step.day(due_on, calendar) <= today)


def first_alert_on(rule_id: str, due_on: date | None, calendar: WorkingCalendar) -> date | None:
    """The day of a rule's first level; None for a clock that has no last day (suspended) or is not watched.

    What was told already is not told again, so a clock that is counted anew may begin here again.
    """
    return next_alert_on(rule_id, due_on, calendar, None)


def next_alert_on(
    rule_id: str, due_on: date | None, calendar: WorkingCalendar, after_level: Level | None
) -> date | None:
    """The day of the level after ``after_level``; None after the last one, and where nothing is watched."""
    if due_on is None:
        return None
    steps = steps_of(rule_id)
    place = 0 if after_level is None else _place(steps, after_level) + 1
    return steps[place].day(due_on, calendar) if place < len(steps) else None


def _place(steps: Steps, level: Level) -> int:
    """Where ``level`` stands among ``steps``, or the last one before it."""
    order = tuple(Level)
    return max((place for place, step in enumerate(steps) if order.index(step.level) <= order.index(level)), default=-1)
