"""The page of one petition."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import AnyRow, db
from core.i18n import format_count, format_day, format_moment
from core.i18n import gettext as _
from petitions.history import tell
from petitions.models import PaperItem, Petition
from petitions.queries import case as cases
from petitions.queries.accused import accused_in
from petitions.queries.clocks import clock_rows_of
from petitions.queries.fields import fields_of
from petitions.queries.looks import looks_at
from petitions.services.accused import shown_name
from petitions.services.closing import undoable_event
from petitions.services.ledger import facts_of
from petitions.services.legal_events import may_record
from petitions.services.looks import note_look
from petitions.views.actions import action_forms, flag_forms
from petitions.views.alerts import with_alerts
from petitions.views.chrome import today_of
from petitions.views.file_words import text_words
from petitions.views.limit_words import leading_limit, recordable_events, running_limits
from petitions.views.words import DueWords, is_closed, state_words
from petitions.vocabulary import (
    CHANNEL_LABELS,
    DISPOSITION_LABELS,
    FLAG_LABELS,
    KIND_LABELS,
    MATTER_ROLE_LABELS,
    TRIGGER_LABELS,
    Channel,
    Disposition,
    Flag,
    Kind,
    MatterRole,
    PartyRole,
    Trigger,
)
from petitions.wards import ward_label
from petitions.workflow import ACTION_LABELS, UNDO_WINDOW, Action

bp = Blueprint("case", __name__)


@bp.get("/petitions/<number>")
@requires(Permission.PETITION_VIEW)
def show(number: str) -> ResponseReturnValue:
    """One petition; its number may be typed without separators or in lower case."""
    who = actor()
    session = db.session()
    petition = cases.get_visible(session, number, who)
    if number != petition.number:
        return redirect(f"{request.script_root}/petitions/{petition.number}")
    note_look(session, petition, who)
    return render_template("petitions/case.html", **case_context(session, petition, who))


def case_context(
    session: Session,
    petition: Petition,
    who: Actor,
    *,
    tried: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """What ``petitions/case.html`` needs; an action that was ``tried`` comes back with what was typed."""
    root = request.script_root
    url = f"{root}/petitions/{petition.number}"
    facts = facts_of(petition, confirmation_required=cases.confirmation_required(session, petition.office_id))
    whole = "history" in request.args
    events = cases.events_of(session, petition.id, limit=None if whole else cases.EVENTS_SHOWN)
    more = not whole and len(events) > cases.EVENTS_SHOWN
    known = people.lookups(session, petition.office_id)
    forms = action_forms(session, petition, facts, who, tried=tried, typed=typed, errors=errors)
    if who.may(Permission.PETITION_FLAG) and not is_closed(petition.state):
        forms += flag_forms(petition, tried=tried, typed=typed, errors=errors)
    side = {key: str(message) for key, message in (errors or {}).items()} if tried else {}
    first_error = next(iter(side.values()), "")
    can_correct = who.may(Permission.PETITION_CORRECT)
    return {
        "case": _facts_shown(session, petition, who, known.unit_names, known.user_names),
        "flags": [
            {
                "label": str(FLAG_LABELS[Flag(row.flag)]),
                "reason": row.reason,
                "by": row.full_name or "",
                "at": format_moment(row.set_at),
            }
            for row in (cases.flags_of(session, petition.id) if petition.complex or petition.prominent else ())
        ],
        "parties": _parties(session, petition),
        "actions": forms,
        "legal_events": recordable_events(petition) if may_record(petition, who) else (),
        "undo": _undo(session, petition, who, url),
        **_history(session, petition, events[: cases.EVENTS_SHOWN] if more else events, whole=not more),
        "events_more_url": f"{url}?history=1" if more else "",
        "note_url": f"{url}/notes" if who.may(Permission.PETITION_NOTE) else "",
        "note_text": (typed or {}).get("text", "") if tried == "note" else "",
        "note_error": first_error if tried == "note" else "",
        "attach_url": f"{url}/attachments" if who.may(Permission.PETITION_NOTE) and not petition.sealed else "",
        "attach_error": first_error if tried == "attach" else "",
        "attachments": [
            {
                "name": row.original_name,
                "url": f"{url}/attachments/{row.id}",
                "size": _size(row.size),
                "at": format_moment(row.added_at),
                "by": row.full_name or "",
                "text": text_words(row.text_state, row.pages, row.detail, cut=row.cut),
            }
            for row in cases.attachments_of(session, petition.id)
        ],
        "papers": _papers(session, petition, url, can_correct),
        "paper_url": f"{url}/papers" if can_correct else "",
        "paper_error": first_error if tried == "paper" else "",
        "matter": _matter(session, petition, who),
        "reminders": [
            {"on": format_day(row.remind_on), "text": row.text, "done_url": f"{root}/reminders/{row.id}/done"}
            for row in cases.reminders_of(session, petition.id, who)
        ],
        "remind_url": f"{url}/reminders",
        "remind_on": (typed or {}).get("remind_on", "") if tried == "remind" else "",
        "remind_text": (typed or {}).get("remind_text", "") if tried == "remind" else "",
        "remind_error": first_error if tried == "remind" else "",
        "receipt_url": f"{url}/receipt",
        "edit_url": f"{url}/correct" if can_correct else "",
        "looks": [{"name": row.full_name, "at": format_moment(row.at)} for row in looks_at(session, petition.id)]
        if petition.sealed and who.may(Permission.PETITION_AUDIT)
        else [],
        "accused": "; ".join(shown_name(row) for row in accused_in(session, petition.id) if row.lifted_at is None)
        if petition.sealed
        else "",
        "accused_url": f"{url}/accused" if can_correct and petition.sealed else "",
        "strike_url": "",
        "back_url": "",
        "back_label": "",
    }


def _facts_shown(
    session: Session, petition: Petition, who: Actor, units: Mapping[int, str], names: Mapping[int, str]
) -> dict[str, Any]:
    now = today_of(session, who)
    closed = is_closed(petition.state)
    clocks = clock_rows_of(session, petition.id)
    due_words = DueWords.on(now.day, now.soon_until)
    words, tone = ("", "") if closed else due_words.tell(petition.due_on)
    if petition.halted_on is not None:
        words, tone = _("no limit runs since %(day)s", day=format_day(petition.halted_on)), ""
    kind = str(KIND_LABELS[Kind(petition.kind)])
    if petition.kind_parts:
        kind += " (" + ", ".join(str(KIND_LABELS[Kind(part)]) for part in petition.kind_parts.split(",")) + ")"
    registrar = names.get(petition.registered_by, "") if petition.registered_by else ""
    struck = petition.disposition == Disposition.ENTERED_IN_ERROR
    return {
        "id": petition.id,
        "version": petition.version,
        "number": petition.number,
        "url": f"{request.script_root}/petitions/{petition.number}",
        "title": petition.title,
        "body": petition.body,
        "kind": kind,
        "sealed": petition.sealed,
        "state": state_words()[petition.state],
        "state_class": petition.state,
        "field": _field_name(session, petition),
        "channel": str(CHANNEL_LABELS[Channel(petition.channel)]),
        "received": format_day(petition.received_on),
        "recorded": ", ".join(part for part in (format_moment(petition.registered_at), registrar) if part),
        "due": format_day(petition.due_on),
        "due_words": words,
        "due_class": tone,
        "due_why": leading_limit(clocks, petition.due_on),
        "limits": running_limits(clocks, due_words),
        "limits_url": f"{request.script_root}/petitions/{petition.number}/limits",
        "officer": names.get(petition.officer_id, "") if petition.officer_id else "",
        "unit": units.get(petition.unit_id, "") if petition.unit_id else "",
        "external_ref": petition.external_ref or "",
        "ward": ward_label(petition.ward_code),
        "people_count": format_count(petition.people_count),
        "against": petition.against,
        "also_sent_to": petition.also_sent_to,
        "forwarder": petition.forwarder,
        "forwarder_ref": petition.forwarder_ref,
        "answer_by": format_day(petition.answer_by),
        "escalation": "" if closed else _escalation(petition, names),
        "paper_code": petition.paper_code,
        "paper_location": petition.paper_location,
        "struck": {"reason": petition.resolution_note, "by": "", "at": format_day(petition.resolved_on)}
        if struck
        else None,
        "result": None if struck else _result(session, petition, who),
    }


def _escalation(petition: Petition, names: Mapping[int, str]) -> str:
    """To whom, why, and by when an answer is wanted; empty for a petition that is not escalated."""
    if petition.escalated_to_id is None or petition.escalation_trigger is None:
        return ""
    return _(
        "to %(to)s: %(why)s; reply by %(day)s",
        to=names.get(petition.escalated_to_id, ""),
        why=TRIGGER_LABELS[Trigger(petition.escalation_trigger)],
        day=format_day(petition.reply_by),
    )


def _result(session: Session, petition: Petition, who: Actor) -> dict[str, Any] | None:
    shown = petition.disposition or petition.proposed_disposition
    if not shown:
        return None
    label = str(DISPOSITION_LABELS[Disposition(shown)])
    leading = cases.leading_of(session, petition, who)
    if leading is not None:
        state = state_words()[leading.state]
        label = _("Joined to %(number)s, which is now: %(state)s", number=leading.number, state=state)
    document = ""
    if petition.decision_number:
        document = _("No. %(number)s, %(day)s", number=petition.decision_number, day=format_day(petition.decision_on))
    return {
        "label": label,
        "document": document,
        "signer": petition.decision_signer,
        "at": format_day(petition.resolved_on),
        "note": petition.resolution_note,
        "waiting": petition.disposition is None,
    }


def _parties(session: Session, petition: Petition) -> list[dict[str, str]]:
    if petition.sealed:
        return []
    roles = {PartyRole.PETITIONER.value: _("Petitioner"), PartyRole.REPRESENTATIVE.value: _("Representative")}
    return [
        {
            "role": roles[party.role],
            "name": party.name,
            "id_number": party.id_number,
            "phone": party.phone,
            "address": ", ".join(part for part in (party.address, ward_label(party.ward_code)) if part),
            "old_address": party.old_address,
        }
        for party in cases.parties_of(session, petition.id)
    ]


def _undo(session: Session, petition: Petition, who: Actor, url: str) -> dict[str, str] | None:
    event = undoable_event(session, petition.id, who)
    if event is None:
        return None
    step = str(ACTION_LABELS[Action(event.action)])
    until = format_moment(event.recorded_at + UNDO_WINDOW)[-5:]
    return {
        "url": f"{url}/undo",
        "label": _("Undo: %(step)s", step=step),
        "until": _("until %(time)s", time=until),
    }


def _history(session: Session, petition: Petition, events: "list[AnyRow] | Any", *, whole: bool) -> dict[str, Any]:
    cancelled = {event.cancels_id for event in events if event.cancels_id}
    names: dict[int, str] = {}

    def field_name(field_id: int) -> str:
        if not names:
            language = str(get_locale())
            names.update((field.id, field.name(language)) for field in fields_of(session, petition.office_id))
        return names.get(field_id, "")

    shown, notes = [], []
    for event in events:
        at = format_moment(event.recorded_at)
        if event.action == "note":
            notes.append({"at": at, "by": event.actor_name, "text": event.reason})
        told = tell(event, field_name=field_name)
        entry = {
            "at": at,
            "sentence": told.sentence,
            "reason": event.reason,
            "changes": told.changes,
            "tone": _TONES.get(event.action, ""),
            "cancelled": event.id in cancelled,
            "fresh": False,
        }
        shown.append((event.recorded_at, entry))
    return {"events": with_alerts(session, petition.id, shown, whole=whole), "notes": notes}


_TONES = {"escalate": "late", "resolve": "good", "confirm": "good", "void": "late"}


def _papers(session: Session, petition: Petition, url: str, can_correct: bool) -> list[dict[str, str]]:
    return [
        {
            "description": paper.description,
            # What came with the entry says in its words how many sheets; the number beside it is then the default one.
            "pages": _("%(n)s sheets", n=paper.pages) if paper.pages > 1 else "",
            "received": _("received %(day)s", day=format_day(paper.received_on)),
            "returned": _returned(paper),
            "return_url": f"{url}/papers/{paper.id}/return" if can_correct and not paper.returned_on else "",
        }
        for paper in cases.papers_of(session, petition.id)
    ]


def _returned(paper: PaperItem) -> str:
    if paper.returned_on is None:
        return ""
    day = format_day(paper.returned_on)
    if not paper.returned_to:
        return _("given back %(day)s", day=day)
    return _("given back %(day)s to %(to)s", day=day, to=paper.returned_to)


def _matter(session: Session, petition: Petition, who: Actor) -> dict[str, Any] | None:
    siblings = cases.siblings_of(session, petition, who)
    if len(siblings.rows) < 2:
        return None
    states = state_words()
    numbers = {row.id: row.number for row in siblings.rows}
    listed = []
    for row in siblings.rows:
        role = str(MATTER_ROLE_LABELS[MatterRole(row.matter_role)])
        if row.leading_id is not None:
            role = _("joined to %(number)s", number=numbers.get(row.leading_id, "…"))
        listed.append(
            {
                "number": row.number,
                "url": f"{request.script_root}/petitions/{row.number}",
                "title": row.title,
                "received": format_day(row.received_on),
                "state": states[row.state],
                "state_class": row.state,
                "role": role,
                "here": row.id == petition.id,
            }
        )
    text = _("%(count)s petitions in this matter", count=format_count(siblings.total))
    if siblings.total > len(listed):
        text += ", " + _("the latest %(count)s are listed", count=len(listed))
    return {"text": text, "petitions": listed}


def _field_name(session: Session, petition: Petition) -> str:
    if petition.field_id is None:
        return ""
    language = str(get_locale())
    return next(
        (field.name(language) for field in fields_of(session, petition.office_id) if field.id == petition.field_id), ""
    )


def _size(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB".replace(".", ",") if size >= 1_048_576 else f"{max(1, size // 1024)} kB"
