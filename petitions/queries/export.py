"""One petition and rows of lists as plain data, for the command line."""

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from core import clock
from petitions import priority
from petitions.models import Petition
from petitions.priority import Weights
from petitions.queries import case as cases
from petitions.queries.fields import fields_of
from petitions.queries.weights import weights_of
from petitions.vocabulary import PartyRole
from petitions.workflow import State

_PLAIN = (
    "number",
    "external_ref",
    "source",
    "received_on",
    "channel",
    "registered_at",
    "kind",
    "sealed",
    "title",
    "body",
    "against",
    "also_sent_to",
    "people_count",
    "ward_code",
    "forwarder_kind",
    "forwarder",
    "forwarder_ref",
    "answer_by",
    "paper_code",
    "paper_location",
    "state",
    "complex",
    "prominent",
    "escalation_trigger",
    "reply_by",
    "due_on",
    "disposition",
    "proposed_disposition",
    "resolved_on",
    "decision_number",
    "decision_on",
    "decision_signer",
    "resolution_note",
    "matter_role",
    "version",
)
_PERSON = ("name", "id_number", "phone", "address", "old_address", "ward_code")


def petition_data(session: Session, petition: Petition, actor: Actor) -> dict[str, Any]:
    """Everything that the actor may see of a petition, ready for JSON."""
    known = people.lookups(session, petition.office_id)
    parties = cases.parties_of(session, petition.id)
    leading = cases.leading_of(session, petition, actor)
    fields = {field.id: field.code for field in fields_of(session, petition.office_id)}
    return {
        **{name: _ready(getattr(petition, name)) for name in _PLAIN},
        "kind_parts": petition.kind_parts.split(",") if petition.kind_parts else [],
        "field": fields.get(petition.field_id) if petition.field_id else None,
        "unit": known.unit_names.get(petition.unit_id) if petition.unit_id else None,
        "officer": known.user_names.get(petition.officer_id) if petition.officer_id else None,
        "priority": priority.score(petition.priority_key, weights_of(session, petition.office_id), clock.today()),
        "reasons": _reasons(petition, clock.today()),
        "flags": [
            {"flag": row.flag, "reason": row.reason, "by": row.full_name, "at": _ready(row.set_at)}
            for row in cases.flags_of(session, petition.id)
        ],
        "petitioners": [_person(party) for party in parties if party.role == PartyRole.PETITIONER],
        "representatives": [_person(party) for party in parties if party.role == PartyRole.REPRESENTATIVE],
        "joined_to": leading.number if leading else None,
        "matter": [row.number for row in cases.siblings_of(session, petition, actor).rows],
        "history": [
            {
                "action": event.action,
                "from": event.from_state,
                "to": event.to_state,
                "by": event.actor_name,
                "occurred_on": _ready(event.occurred_on),
                "recorded_at": _ready(event.recorded_at),
                "reason": event.reason,
                "data": json.loads(event.data or "{}"),
            }
            for event in reversed(cases.events_of(session, petition.id, limit=None))
        ],
    }


def row_data(row: Any, weights: Weights, today: date) -> dict[str, Any]:
    """A row of a list, with why it stands where it does."""
    return {
        "number": row.number,
        "external_ref": row.external_ref,
        "title": row.title,
        "state": row.state,
        "due_on": row.due_on.isoformat(),
        "priority": priority.score(row.priority_key, weights, today),
        "reasons": _reasons(row, today),
    }


def _reasons(row: Any, today: date) -> list[str]:
    standing = priority.Standing.of(row)
    closed = row.state == State.RESOLVED.value
    return [str(word) for word in (priority.marks(standing) if closed else priority.reasons(standing, today))]


def _person(party: Any) -> dict[str, Any]:
    return {name: getattr(party, name) for name in _PERSON}


def _ready(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
