"""The limits of a case in a few words each, from the stored clocks alone: the page of a case works none of them out."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from core.database import AnyRow
from core.i18n import format_day
from core.i18n import gettext as _
from petitions.deadlines import Unit, Variant, of_version, rule_label
from petitions.deadlines.errors import UnknownRule
from petitions.deadlines.legal_events import LEGAL_EVENT_LABELS
from petitions.deadlines.recording import recordable_for
from petitions.deadlines.rule import VARIANT_LABELS
from petitions.models import Petition
from petitions.views.words import DueWords
from petitions.vocabulary import Kind
from petitions.workflow import State


class LimitShown(NamedTuple):
    """One limit: what is to be done, until when, how far that is, and how it was counted."""

    label: str
    due: str
    words: str
    tone: str
    why: str
    unverified: bool


def running_limits(clocks: Sequence[AnyRow], words: DueWords) -> list[LimitShown]:
    """The limits that run or are suspended, the nearest first."""
    running = [row for row in clocks if row.stopped_on is None]
    running.sort(key=lambda row: (row.suspended_on is not None, row.due_on or date.max))
    return [_shown(row, words) for row in running]


def _shown(row: AnyRow, words: DueWords) -> LimitShown:
    told, tone = words.tell(row.due_on) if row.due_on else ("", "")
    if row.suspended_on is not None:
        told, tone = _("suspended since %(day)s", day=format_day(row.suspended_on)), ""
    why, verified = _why(row)
    return LimitShown(str(rule_label(row.rule_id)), format_day(row.due_on), told, tone, why, not verified)


def _why(row: AnyRow) -> tuple[str, bool]:
    from_day = format_day(row.started_on)
    try:
        rule = of_version(row.rule_id, row.rule_version)
    except UnknownRule:
        # A clock that an earlier release started keeps the name of a version that is no longer declared.
        return _("counted from %(day)s", day=from_day), True
    variant = Variant(row.variant)
    limit = rule.limit_of(variant)
    if limit.unit is Unit.WORKING_DAYS:
        told = _("%(n)s working days from %(day)s", n=limit.amount, day=from_day)
    elif limit.unit is Unit.CALENDAR_DAYS:
        told = _("%(n)s days from %(day)s", n=limit.amount, day=from_day)
    else:
        told = _("counted from %(day)s", day=from_day)
    if variant is not Variant.STANDARD:
        told += f" ({VARIANT_LABELS[variant]})"
    return f"{told} · {rule.source}", rule.verified


def leading_limit(clocks: Sequence[AnyRow], due_on: date) -> str:
    """How the day that leads came about: of the clocks that end on it, the first in the order of the rules."""
    for row in clocks:
        if row.due_on == due_on or (row.due_on is None and row.standing_on == due_on):
            return _why(row)[0]
    return ""


def recordable_events(petition: Petition) -> list[tuple[str, str]]:
    """The legal events that can be recorded on the petition now: code and label."""
    closed = petition.state == State.RESOLVED.value
    return [
        (line.event.value, str(LEGAL_EVENT_LABELS[line.event]))
        for line in recordable_for(Kind(petition.kind), closed=closed)
    ]
