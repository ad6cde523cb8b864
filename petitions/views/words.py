"""Words that several pages share: due days, states, names. Bound once a request, never inside a row's loop."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.clock import office_time
from core.i18n import format_count, format_moment
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from petitions.priority import HEARD_ABOVE, IDLE_FROM_DAYS
from petitions.vocabulary import GROUP_FROM, TRIGGER_LABELS, MatterRole
from petitions.workflow import STATE_LABELS, State


@dataclass(frozen=True, slots=True)
class DueWords:
    """How a due day is told on a given day; templates of the sentence are bound once for many rows."""

    today: date
    soon_until: date
    late: str
    late_one: str
    today_word: str
    left: str
    left_one: str

    @classmethod
    def on(cls, today: date, soon_until: date) -> "DueWords":
        """The words for lists and pages made on ``today``."""
        return cls(
            today,
            soon_until,
            late=_("%(n)s days late", n="{}"),
            late_one=_("1 day late"),
            today_word=_("due today"),
            left=_("%(n)s days left", n="{}"),
            left_one=_("1 day left"),
        )

    def tell(self, due_on: date) -> tuple[str, str]:
        """The words and the cell's class (late, soon or none). Days are calendar days."""
        days = (due_on - self.today).days
        if days < 0:
            return (self.late_one if days == -1 else self.late.format(format_count(-days))), "late"
        if days == 0:
            return self.today_word, "soon"
        words = self.left_one if days == 1 else self.left.format(format_count(days))
        return words, "soon" if due_on <= self.soon_until else ""


@dataclass(frozen=True, slots=True)
class MarkWords:
    """Why rows stand where they do, after ``petitions.priority``, bound once for many rows.

    The due day and the state have places of their own and are not told again.
    """

    today: date
    idle_before: date
    complex: str
    complex_by: str
    especially_complex: str
    prominent: str
    escalated_for: dict[str, str]
    people: str
    second: str
    repeated: str
    forwarded: str
    forwarded_above: str
    idle: str

    @classmethod
    def on(cls, today: date) -> "MarkWords":
        """The words for lists made on ``today``."""
        return cls(
            today,
            today - timedelta(days=IDLE_FROM_DAYS - 1),
            complex=_("complex"),
            complex_by=_("complex: %(count)s of 7 points", count="{}"),
            especially_complex=_("especially complex: %(count)s of 7 points", count="{}"),
            prominent=_("prominent"),
            escalated_for={trigger.value: str(label) for trigger, label in TRIGGER_LABELS.items()},
            people=_("%(count)s people", count="{}"),
            second=_("second time"),
            repeated=_("repeated"),
            forwarded=_("forwarded"),
            forwarded_above=_("forwarded from above"),
            idle=_("no act for %(n)s days", n="{}"),
        )

    def marks(self, row: Any) -> tuple[str, ...]:
        """The words for what gives one row points once."""
        told = []
        if row.complex:
            told.append(self._complexity(row))
        if row.prominent:
            told.append(self.prominent)
        if row.state == State.ESCALATED and row.escalation_trigger:
            told.append(self.escalated_for[row.escalation_trigger])
        if row.people_count >= GROUP_FROM:
            told.append(self.people.format(row.people_count))
        if row.second_instance:
            told.append(self.second)
        if row.matter_role == MatterRole.REPEATED:
            told.append(self.repeated)
        if row.forwarder_kind in HEARD_ABOVE:
            told.append(self.forwarded_above)
        elif row.forwarder:
            told.append(self.forwarded)
        return tuple(told)

    def _complexity(self, row: Any) -> str:
        points = row.complexity_points
        if not points:
            return self.complex
        return (self.especially_complex if row.especially_complex else self.complex_by).format(points.bit_count())

    def idleness(self, row: Any) -> str:
        """For how long nothing was done in an open petition; empty where that is not long."""
        acted_on = office_time(row.last_act_at).date()
        if acted_on >= self.idle_before or row.state == State.RESOLVED:
            return ""
        return self.idle.format((self.today - acted_on).days)


def state_words() -> dict[str, str]:
    """The states' names in the reader's language."""
    return {state.value: str(label) for state, label in STATE_LABELS.items()}


DUE_CHOICES = (
    ("late", _l("late now")),
    ("today", _l("due today")),
    ("week", _l("due this week")),
)

FLAG_CHOICES = (
    ("complex", _l("Complex")),
    ("prominent", _l("Prominent")),
    ("major", _l("Complex or prominent")),
    ("group", _l("%(count)s people or more", count=GROUP_FROM)),
)


def is_closed(state: str) -> bool:
    """Whether a petition in this state has left the queues."""
    return state == State.RESOLVED.value


def office_clock(moment: datetime) -> str:
    """The time of day on the office's wall, hh:mm."""
    return format_moment(moment)[-5:]
