"""The limits of one petition: how each day came about, what happened in law, and the forms that record it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import AnyRow, db, unit_of_work
from core.errors import IllegalTransition, InvalidInput, NotVisible, StaleVersion
from core.i18n import format_day
from core.i18n import gettext as _
from core.text import clean_text
from petitions.deadlines import LegalEvent, RunningClock
from petitions.deadlines.case_clocks import stored
from petitions.deadlines.clocks import CLOCK_STATE_LABELS
from petitions.deadlines.explanation import explain
from petitions.deadlines.legal_events import LEGAL_EVENT_LABELS
from petitions.deadlines.recording import CHECK_VARIANTS, Recordable, recordable, rule_behind
from petitions.deadlines.rule import VARIANT_LABELS
from petitions.deadlines.sentences import sentences
from petitions.forms.legal import read_event
from petitions.forms.shapes import LARGEST_PETITION_ID, parse_id
from petitions.models import Petition
from petitions.queries import case as cases
from petitions.queries.clocks import clocks_of, legal_events_of
from petitions.services import legal_events
from petitions.services.looks import note_look
from petitions.views.limit_words import recordable_events
from petitions.vocabulary import COMPLEXITY_POINT_LABELS, ComplexityPoint, Kind

bp = Blueprint("limits", __name__)


@bp.get("/petitions/<number>/limits")
@requires(Permission.PETITION_VIEW)
def show(number: str) -> ResponseReturnValue:
    """Every clock of a petition with its explanation, and the legal events that moved them."""
    who = actor()
    session = db.session()
    petition = cases.get_visible(session, number, who)
    note_look(session, petition, who)
    return _page(session, petition, who)


def _page(
    session: Session,
    petition: Petition,
    who: Actor,
    *,
    failed: int = 0,
    typed: str = "",
    error: str = "",
) -> str:
    may = legal_events.may_record(petition, who)
    url = _url(petition)
    clocks = clocks_of(session, petition)
    kept = sorted((clock for clock in clocks if stored(clock) is not None), key=_nearest_first)
    return render_template(
        "petitions/limits.html",
        case=_head(petition),
        clocks=[_told(clock) for clock in kept],
        others=[_told(clock) for clock in clocks if stored(clock) is None],
        events=[
            _event(row) | {"take_back_url": f"{url}/{row.id}/take-back" if may else ""}
            for row in legal_events_of(session, petition.id)
        ],
        record=recordable_events(petition) if may else (),
        record_url=f"{url}/record",
        failed=failed,
        typed=typed,
        error=error,
    )


def _nearest_first(clock: RunningClock) -> tuple[bool, bool, date]:
    """As on the page of the case: what runs, by its day; then what is suspended; then what has ended."""
    found = clock.computation
    return found.stopped_on is not None, found.due is None, found.due or date.max


def _url(petition: Petition) -> str:
    return f"{request.script_root}/petitions/{petition.number}/limits"


def _head(petition: Petition) -> dict[str, Any]:
    return {
        "number": petition.number,
        "url": f"{request.script_root}/petitions/{petition.number}",
        "limits_url": _url(petition),
        "title": petition.title,
        "version": petition.version,
        "received": format_day(petition.received_on),
    }


def _told(running: RunningClock) -> dict[str, Any]:
    found = running.computation
    rule = running.rule
    late = found.late_by(clock.today())
    return {
        "label": str(rule.label),
        "due": format_day(found.due),
        "state": str(CLOCK_STATE_LABELS[found.state]),
        "state_class": found.state.value,
        "late": late,
        "sentences": sentences(explain(found)),
        "id": rule.id,
        "unverified": not rule.verified,
    }


def _event(row: AnyRow) -> dict[str, Any]:
    points = ComplexityPoint(row.points)
    details = []
    if row.days:
        details.append(_("Days added: %(count)s.", count=row.days))
    if row.for_day:
        details.append(_("Set for %(day)s.", day=format_day(row.for_day)))
    if row.points:
        names = "; ".join(str(label) for point, label in COMPLEXITY_POINT_LABELS.items() if point in points)
        details.append(_("Points: %(points)s.", points=names))
    if row.document_number:
        day = format_day(row.document_on)
        details.append(
            _(
                "Document %(number)s of %(day)s, signed by %(signer)s.",
                number=row.document_number,
                day=day,
                signer=row.signer,
            )
        )
    return {
        "id": row.id,
        "label": str(LEGAL_EVENT_LABELS[LegalEvent(row.event)]),
        "on": format_day(row.occurred_on),
        "details": " ".join(details),
        "ground": row.ground,
    }


@bp.get("/petitions/<number>/limits/record")
@requires(Permission.PETITION_VIEW)
def form(number: str) -> ResponseReturnValue:
    """The form for one legal event."""
    petition = cases.get_visible(db.session(), number, actor())
    return _form_page(petition, _line(request.args.get("event", "")), {})


def _line(typed: str) -> Recordable:
    found = recordable(LegalEvent(typed)) if typed in set(LegalEvent) else None
    if found is None:
        abort(404)
    return found


def _form_page(
    petition: Petition, line: Recordable, typed: Mapping[str, Any], errors: Mapping[str, object] | None = None
) -> str:
    return render_template(
        "petitions/legal_event.html",
        case=_head(petition),
        event=line.event.value,
        label=str(LEGAL_EVENT_LABELS[line.event]),
        needs=line.needs,
        document=line.document,
        signs=_who_signs(petition, line),
        today=format_day(clock.today()),
        points=[(point.value, str(label)) for point, label in COMPLEXITY_POINT_LABELS.items()],
        variants=[(variant.value, str(VARIANT_LABELS[variant])) for variant in CHECK_VARIANTS],
        v=typed,
        errors={name: str(message) for name, message in (errors or {}).items()},
        submit_url=f"{_url(petition)}/record",
    )


def _who_signs(petition: Petition, line: Recordable) -> str:
    """Who decides by the rule, with its source: what the officer must look for on the paper."""
    rule = rule_behind(line.event, Kind(petition.kind), clock.today())
    if rule is None or rule.decided_by is None:
        return ""
    told = _("decided by: %(who)s", who=rule.decided_by)
    return " · ".join(part for part in (told, rule.document, rule.source) if part)


@bp.post("/petitions/<number>/limits/record")
@requires(Permission.PETITION_VIEW)
def record(number: str) -> ResponseReturnValue:
    """Record a legal event; who may is the service's to say."""
    who = actor()
    petition = cases.get_visible(db.session(), number, who)
    line = _line(request.form.get("event", ""))
    read = read_event(line, request.form)
    if read.input is None:
        return _form_page(petition, line, read.typed, read.errors), 400
    try:
        with unit_of_work() as session:
            legal_events.record(
                session, petition.id, read.input, by=who, version=parse_id(request.form.get("version", ""))
            )
    except InvalidInput as error:
        fresh = cases.get_visible(db.session(), number, who)
        return _form_page(fresh, line, read.typed, error.errors), 400
    except StaleVersion:
        fresh = cases.get_visible(db.session(), number, who)
        moved = _("Somebody changed the case meanwhile. Look at it, then send this again.")
        return _form_page(fresh, line, read.typed, {"_": moved}), 409
    flash(_("Recorded: %(event)s.", event=LEGAL_EVENT_LABELS[line.event]), "success")
    return redirect(_after(petition, who))


def _after(petition: Petition, who: Actor) -> str:
    try:
        cases.get_visible(db.session(), petition.number, who)
    except NotVisible:
        return f"{request.script_root}/queues/mine"
    return f"{request.script_root}/petitions/{petition.number}"


@bp.post(f"/petitions/<number>/limits/<int(max={LARGEST_PETITION_ID}):row_id>/take-back")
@requires(Permission.PETITION_VIEW)
def take_back(number: str, row_id: int) -> ResponseReturnValue:
    """Take back a legal event that was recorded in error."""
    who = actor()
    petition = cases.get_visible(db.session(), number, who)
    reason = clean_text(request.form.get("reason", ""))
    try:
        with unit_of_work() as session:
            legal_events.take_back(
                session, petition.id, row_id, by=who, reason=reason, version=parse_id(request.form.get("version", ""))
            )
    except InvalidInput as error:
        message = str(next(iter(error.errors.values())))
        return _again(number, who, row_id, reason, message), 400
    except IllegalTransition as error:
        return _again(number, who, row_id, reason, str(error.message)), 409
    except StaleVersion:
        return _again(number, who, row_id, reason, _("Somebody changed the case meanwhile.")), 409
    flash(_("The record was taken back."), "success")
    return redirect(_url(petition))


def _again(number: str, who: Actor, row_id: int, reason: str, message: str) -> str:
    session = db.session()
    petition = cases.get_visible(session, number, who)
    return _page(session, petition, who, failed=row_id, typed=reason, error=message)
