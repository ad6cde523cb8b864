"""What an open petition waits for next: from where it stands, and from the limit that runs on it. Pure."""

from dataclasses import dataclass
from datetime import date

from core.i18n import format_day
from core.i18n import gettext as _
from petitions.deadlines import of_version
from petitions.deadlines.errors import UnknownRule
from petitions.workflow import State


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an open petition stands. The rule and its day are those of the running limit that ends first."""

    state: State
    proposed: bool
    officer: str = ""
    unit: str = ""
    escalated_to: str = ""
    reply_by: date | None = None
    rule_id: str = ""
    rule_version: str = ""
    due_on: date | None = None


def next_step(standing: Standing) -> str:
    """The next step in words; whose turn it is comes before what the law asks for."""
    turn = _turn(standing)
    limit = _limit(standing)
    return f"{turn} {limit}".strip() if turn else limit or _("No limit runs: settle it and record the result.")


def _turn(standing: Standing) -> str:
    if standing.proposed:
        return _("A supervisor confirms or declines the proposed resolution.")
    if standing.state is State.ESCALATED:
        day = format_day(standing.reply_by)
        if day:
            return _(
                "%(to)s answers the escalation by %(day)s.", to=standing.escalated_to or _("A supervisor"), day=day
            )
        return _("%(to)s answers the escalation.", to=standing.escalated_to or _("A supervisor"))
    if standing.state is State.RECEIVED:
        return _("Assign it to a unit or an officer.")
    if not standing.officer:
        return _("Somebody of %(unit)s takes the case.", unit=standing.unit) if standing.unit else ""
    return ""


def _limit(standing: Standing) -> str:
    if standing.due_on is None:
        return ""
    try:
        label = str(of_version(standing.rule_id, standing.rule_version).label)
    except UnknownRule:
        return _("Act by %(day)s.", day=format_day(standing.due_on))
    return _("%(what)s: by %(day)s.", what=label, day=format_day(standing.due_on))
