"""Alerts as the pages show them: on the home page to whoever was told, in a case's history to everybody who sees it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import request
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock
from core.clock import office_time
from core.database import AnyRow
from core.i18n import format_day, format_moment
from core.i18n import gettext as _
from petitions.deadlines import rule_label
from petitions.deadlines.case_clocks import UNPROCESSED_LINE
from petitions.escalation import ESCALATING, LEVEL_LABELS, Level, is_of_others
from petitions.queries.alerts import alerts_for, alerts_of


class AlertShown(NamedTuple):
    """An alert, ready to print."""

    number: str
    url: str
    title: str
    level: str
    tone: str
    limit: str
    due: str
    at: str


def my_alerts(session: Session, who: Actor, since: datetime | None) -> dict[str, Any]:
    """What the reader was told since the last look, for ``petitions/my_alerts.html``."""
    found = alerts_for(session, who, since)
    today = clock.today()
    # What somebody outside the office had to do is no news any more when its day has passed.
    rows = [_shown(row) for row in found.rows if row.due_on >= today or not is_of_others(row.rule_id)]
    more = _("There are more; the lists hold them all.") if found.more else ""
    return {"rows": rows, "more": more, "seen_url": f"{request.script_root}/looked", "until": clock.now().isoformat()}


def _shown(row: AnyRow) -> AlertShown:
    level = _level_on(row, clock.today())
    return AlertShown(
        number=row.number,
        url=f"{request.script_root}/petitions/{row.number}",
        title=row.title,
        level=str(LEVEL_LABELS[level]),
        tone="late" if level in ESCALATING else "soon",
        limit=str(rule_label(row.rule_id)),
        due=format_day(row.due_on),
        at=format_moment(row.at),
    )


def _level_on(row: AnyRow, day: date) -> Level:
    """How far the clock of an alert has run on ``day``: after an outage a warning may come when the limit is over."""
    if row.level == Level.LINE or row.rule_id == UNPROCESSED_LINE:
        return Level.LINE if row.due_on < day else Level.SOON
    if row.due_on == day:
        return Level.DUE
    return Level.LATE if row.due_on < day and not is_of_others(row.rule_id) else Level.SOON


def with_alerts(session: Session, petition_id: int, told: Iterable[tuple[datetime, Any]], *, whole: bool) -> list[Any]:
    """The events of a case, each with its moment, newest first, and the alerts between them.

    Where older events are left out (``whole`` False), so are older alerts.
    """
    entries = list(told)
    oldest = None if whole or not entries else entries[-1][0]
    said: set[tuple[str, str]] = set()
    for row in alerts_of(session, petition_id):
        at, sentence = format_moment(row.at), tell_alert(row)
        # After an outage one is told of several levels at once, which then say the same.
        if (oldest is None or row.at >= oldest) and (at, sentence) not in said:
            said.add((at, sentence))
            entries.append((row.at, _entry(at, sentence, "late" if row.level in ESCALATING else "")))
    return [entry for _at, entry in sorted(entries, key=lambda entry: entry[0], reverse=True)]


def tell_alert(alert: AnyRow) -> str:
    """What somebody was told of a limit, as a sentence of the case's history."""
    said = {
        "what": str(rule_label(alert.rule_id)),
        "day": format_day(alert.due_on),
        "who": alert.full_name or "–",
    }
    match _level_on(alert, office_time(alert.at).date()):
        case Level.SOON:
            return _("%(who)s was told: “%(what)s” ends on %(day)s.", **said)
        case Level.DUE:
            return _("%(who)s was told: “%(what)s” ends today, %(day)s.", **said)
        case Level.LATE:
            return _("%(who)s was told: “%(what)s” ended on %(day)s and is late.", **said)
        case Level.LINE:
            return _("%(who)s was told: the line of discipline was passed (%(day)s).", **said)


def _entry(at: str, sentence: str, tone: str) -> dict[str, Any]:
    return {
        "at": at,
        "sentence": sentence,
        "reason": "",
        "changes": (),
        "tone": tone,
        "cancelled": False,
        "fresh": False,
    }
