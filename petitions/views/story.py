"""One case's whole story on one page, for the screen and for paper."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import AnyRow, db
from core.i18n import format_count, format_day, format_moment
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from petitions.deadlines import RunningClock, rule_label
from petitions.deadlines.case_clocks import stored
from petitions.deadlines.clocks import CLOCK_STATE_LABELS
from petitions.deadlines.explanation import explain
from petitions.deadlines.legal_events import LEGAL_EVENT_LABELS, LegalEvent
from petitions.deadlines.sentences import sentences
from petitions.history import tell
from petitions.holding import MOVING_ACTIONS, Held, spans
from petitions.models import Petition
from petitions.queries import case as cases
from petitions.queries import story as queries
from petitions.queries.clocks import clocks_of, legal_events_of
from petitions.queries.story import Audited
from petitions.services.looks import note_look
from petitions.views import choices
from petitions.views.audit_rows import held_words
from petitions.views.case import case_context
from petitions.views.chrome import office_name
from petitions.views.words import state_words

bp = Blueprint("story", __name__)

LEVEL_LABELS = {
    "soon": _l("due soon"),
    "due": _l("due"),
    "late": _l("late"),
    "line": _l("line for discipline passed"),
}
_HASH_SHOWN = 16


class EventShown(NamedTuple):
    """An act, ready to print; ``entry`` is its place in the audit chain, ``hash`` the beginning of its hash."""

    at: str
    sentence: str
    step: str
    happened: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]
    cancelled: bool
    entry: str
    hash: str


class ClockShown(NamedTuple):
    """A clock of the case: what it asks for, how it stands, how its day came about; ``kept`` by the office itself."""

    label: str
    state: str
    late: str
    tone: str
    sentences: tuple[str, ...]
    kept: bool


@bp.get("/petitions/<number>/story")
@requires(Permission.PETITION_VIEW)
def show(number: str) -> ResponseReturnValue:
    """The whole story of one petition, the earliest first."""
    who = actor()
    session = db.session()
    petition = cases.get_visible(session, number, who)
    url = f"{request.script_root}/petitions/{petition.number}"
    if number != petition.number:
        return redirect(f"{url}/story")
    note_look(session, petition, who)
    # What its own page shows, in the same words.
    shown = case_context(session, petition, who)
    events = list(reversed(cases.events_of(session, petition.id, limit=None)))
    known = people.lookups(session, petition.office_id)
    moving = [event for event in events if event.action in MOVING_ACTIONS]
    held = Held(petition.received_on, petition.officer_id, petition.unit_id, petition.resolved_on)
    return render_template(
        "petitions/story.html",
        **{name: shown[name] for name in ("case", "flags", "parties", "papers", "matter", "attachments")},
        url=url,
        office=office_name(session, who.office_id),
        printed=format_moment(clock.now()),
        printed_by=who.full_name,
        events=_events(session, petition, who, events),
        clocks=_clocks(session, petition),
        alerts=[_alert(row) for row in queries.alerts_of(session, petition.id)],
        documents=[_document(row) for row in legal_events_of(session, petition.id) if row.document_number],
        holders=[
            (held_words(span, known), format_day(span.first), format_day(span.last))
            for span in spans(moving, held, clock.today())
        ],
    )


def _events(session: Session, petition: Petition, who: Actor, events: Sequence[AnyRow]) -> list[EventShown]:
    entries = queries.audited(session, petition, events)
    cancelled = {event.cancels_id for event in events if event.cancels_id}
    fields = {int(key): name for key, name in choices.fields(session, who, active_only=False)}
    states = state_words()
    return [_event(event, entries.get(event.id), event.id in cancelled, fields, states) for event in events]


def _event(
    event: AnyRow, entry: Audited | None, cancelled: bool, fields: dict[int, str], states: dict[str, str]
) -> EventShown:
    told = tell(event, field_name=lambda field_id: fields.get(field_id, ""))
    moved = event.from_state and event.to_state and event.from_state != event.to_state
    recorded = format_moment(event.recorded_at)
    happened = format_day(event.occurred_on)
    return EventShown(
        recorded,
        told.sentence,
        f"{states[event.from_state]} → {states[event.to_state]}" if moved else "",
        happened if happened != recorded[:10] else "",
        event.reason,
        told.changes,
        cancelled,
        str(entry.seq) if entry else "",
        entry.hash[:_HASH_SHOWN] if entry else "",
    )


def _clocks(session: Session, petition: Petition) -> list[ClockShown]:
    """Every clock, worked out anew: the office's limits first, then rights of others and duties without a day."""
    clocks = clocks_of(session, petition)
    return [
        _clock(clock, kept=kept) for kept in (True, False) for clock in clocks if (stored(clock) is not None) is kept
    ]


def _clock(running: RunningClock, *, kept: bool) -> ClockShown:
    found = running.computation
    late = found.late_by(clock.today()) if kept else 0
    days = _("%(n)s days late", n=format_count(late)) if late else ""
    return ClockShown(
        str(running.rule.label),
        str(CLOCK_STATE_LABELS[found.state]),
        days,
        "late" if late and found.stopped_on is None else "",
        tuple(sentences(explain(found))),
        kept,
    )


def _alert(row: AnyRow) -> dict[str, str]:
    return {
        "at": format_moment(row.at),
        "level": str(LEVEL_LABELS[row.level]),
        "limit": str(rule_label(row.rule_id)),
        "due": format_day(row.due_on),
        "to": row.full_name or "",
    }


def _document(row: AnyRow) -> dict[str, str]:
    return {
        "what": str(LEGAL_EVENT_LABELS[LegalEvent(row.event)]),
        "on": format_day(row.occurred_on),
        "document": _("No. %(number)s, %(day)s", number=row.document_number, day=format_day(row.document_on)),
        "signer": row.signer,
        "ground": row.ground,
    }
