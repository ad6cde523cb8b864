"""Correcting what was registered: each old value stays in the history."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.permissions import Permission
from core import clock
from core.errors import InvalidInput, NotAllowed
from core.i18n import lazy_gettext as _l
from core.text import clean_line, name_sort_key
from petitions.deadlines import ClockError
from petitions.deadlines.recording import is_especially_complex
from petitions.models import Party, Petition, PetitionAttachment, PetitionEvent
from petitions.numbering import paper_code
from petitions.queries.fields import is_known_field
from petitions.sealing import APART, REFUSAL, is_sealed
from petitions.services.clocks import count_anew, hold_terms
from petitions.services.intake import party_row
from petitions.services.intake_input import EARLIEST_RECEIPT, MAX_BODY, MAX_PEOPLE, PartyInput
from petitions.services.ledger import change, lock, statement
from petitions.vocabulary import PLAIN_KINDS, Channel, Disposition, Kind, PartyRole
from petitions.wards import wards
from petitions.workflow import fits_kind


@dataclass(frozen=True, slots=True)
class Correctable:
    """A field that may be corrected: how long, and whether a reason must be given."""

    longest: int = 0
    reason_needed: bool = False


CORRECTABLE: dict[str, Correctable] = {
    "received_on": Correctable(reason_needed=True),
    "kind": Correctable(reason_needed=True),
    "kind_parts": Correctable(reason_needed=True),
    "channel": Correctable(),
    "field_id": Correctable(),
    "title": Correctable(300),
    "body": Correctable(MAX_BODY),
    "people_count": Correctable(),
    "second_instance": Correctable(),
    "discipline": Correctable(),
    "against": Correctable(500),
    "also_sent_to": Correctable(500),
    "external_ref": Correctable(120),
    "forwarder_kind": Correctable(),
    "forwarder": Correctable(200),
    "forwarder_ref": Correctable(120),
    "answer_by": Correctable(),
    "paper_code": Correctable(60),
    "paper_location": Correctable(200),
    "ward_code": Correctable(),
}
PETITIONER_FIELDS = {"name": 200, "id_number": 40, "phone": 40, "address": 300, "old_address": 300}


def correct(
    session: Session,
    petition_id: int,
    values: Mapping[str, Any],
    *,
    by: Actor,
    reason: str = "",
    kind_parts: tuple[Kind, ...] = (),
    version: int | None = None,
) -> None:
    """Correct fields of a petition; each old value stays in the history. A new kind or day moves the due day.

    Raises ``InvalidInput`` beside each field that does not fit, or when nothing would change.
    """
    if not by.may(Permission.PETITION_CORRECT):
        raise NotAllowed("correct")
    hold_terms(session, by.office_id)
    petition = lock(session, petition_id, by, version)
    wanted = {**values}
    if "kind" in wanted:
        # The kinds in one petition belong to its kind: they change together.
        wanted["kind_parts"] = ",".join(kind_parts) if wanted["kind"] == Kind.MIXED else ""
    changed = {name: value for name, value in wanted.items() if getattr(petition, name) != value}
    if not changed:
        raise InvalidInput({"reason": _l("Nothing was changed.")})
    errors = _correction_errors(session, petition, changed, kind_parts)
    why = statement(reason)
    if not why and any(CORRECTABLE[name].reason_needed for name in changed):
        errors["reason"] = _l("Say why the day of receipt or the kind is corrected.")
    if errors:
        raise InvalidInput(errors)
    kind = Kind(changed.get("kind", petition.kind))
    if "kind" in changed or "kind_parts" in changed:
        changed["sealed"] = is_sealed(kind, kind_parts)
        if changed["sealed"] and not changed.get("paper_code", petition.paper_code):
            changed["paper_code"] = paper_code(petition.reg_year, petition.reg_seq)
    if "kind" in changed:
        changed["especially_complex"] = is_especially_complex(petition.complexity_points, kind)
    if COUNTED_BY & changed.keys():
        changed |= _counted_anew(session, petition, changed)
    change(session, petition, by=by, action="correct", values=changed, reason=why)


COUNTED_BY = frozenset({"kind", "received_on", "channel", "forwarder_kind", "second_instance", "discipline"})
"""The fields that decide which clocks run, and from when."""


def _counted_anew(session: Session, petition: Petition, changed: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return count_anew(session, petition, changed)
    except ClockError as error:
        message = _l("What was recorded of this petition in law does not fit: %(why)s", why=error.message)
        raise InvalidInput({name: message for name in ("kind", "received_on") if name in changed}) from error


def correct_petitioner(
    session: Session, petition_id: int, typed: PartyInput, *, by: Actor, lookup_key: bytes, version: int | None = None
) -> None:
    """Correct the first petitioner, or name one where none was named; the old values stay in the history."""
    if not by.may(Permission.PETITION_CORRECT):
        raise NotAllowed("correct")
    petition = lock(session, petition_id, by, version)
    if petition.sealed:
        raise InvalidInput({"petitioner_name": REFUSAL})
    errors: dict[str, object] = {}
    if not clean_line(typed.name):
        errors["petitioner_name"] = _l("Give the name.")
    for name, most in PETITIONER_FIELDS.items():
        if len(clean_line(getattr(typed, name))) > most:
            errors[f"petitioner_{name}"] = _l("At most %(count)s characters.", count=most)
    if typed.ward_code and typed.ward_code not in wards():
        errors["ward_code"] = _l("There is no commune with this code.")
    if errors:
        raise InvalidInput(errors)
    row = party_row(
        typed,
        petition_id=petition.id,
        office_id=petition.office_id,
        role=PartyRole.PETITIONER,
        position=1,
        lookup_key=lookup_key,
    )
    party = session.scalars(
        select(Party).where(Party.petition_id == petition.id, Party.role == PartyRole.PETITIONER, Party.position == 1)
    ).one_or_none()
    shown = (*PETITIONER_FIELDS, "ward_code")
    old = {name: getattr(party, name) for name in shown} if party else {}
    new = {name: row[name] for name in shown}
    if old == new:
        raise InvalidInput({"petitioner_name": _l("Nothing was changed.")})
    if party is None:
        session.execute(insert(Party), [row])
    else:
        session.execute(
            update(Party).where(Party.id == party.id).values(**row).execution_options(synchronize_session=False)
        )
    summary = {
        "petitioner_name": row["name"],
        "petitioner_sort": name_sort_key(str(row["name"])),
        "ward_code": typed.ward_code,
    }
    data = {"petitioner": {"before": old, "after": new}}
    change(session, petition, by=by, action="correct", values=summary, data=data)


def _correction_errors(
    session: Session, petition: Petition, changed: dict[str, Any], kind_parts: tuple[Kind, ...]
) -> dict[str, object]:
    errors: dict[str, object] = {}
    for name, value in changed.items():
        rule = CORRECTABLE[name]
        if rule.longest and isinstance(value, str) and len(value) > rule.longest:
            errors[name] = _l("At most %(count)s characters.", count=rule.longest)
    errors |= _day_errors(petition, changed)
    if not changed.get("title", petition.title):
        errors["title"] = _l("Give a title.")
    if not 1 <= changed.get("people_count", petition.people_count) <= MAX_PEOPLE:
        errors["people_count"] = _l("Give a number from 1 to 100,000.")
    if "channel" in changed and changed["channel"] not in set(Channel):
        errors["channel"] = _l("Choose from the list.")
    if changed.get("field_id") is not None and not is_known_field(session, changed["field_id"], petition.office_id):
        errors["field"] = _l("Choose from the list.")
    if changed.get("ward_code") and changed["ward_code"] not in wards():
        errors["ward_code"] = _l("There is no commune with this code.")
    if "people_count" in changed and "people_count" not in errors:
        errors |= _people_errors(session, petition, changed["people_count"])
    if "kind" in changed or "kind_parts" in changed:
        errors |= _kind_errors(session, petition, Kind(changed.get("kind", petition.kind)), kind_parts)
    return errors


def _day_errors(petition: Petition, changed: Mapping[str, Any]) -> dict[str, object]:
    if not {"received_on", "answer_by"} & changed.keys():
        return {}
    errors: dict[str, object] = {}
    received_on: date = changed.get("received_on", petition.received_on)
    if received_on > clock.today():
        errors["received_on"] = _l("This day lies in the future.")
    elif received_on < EARLIEST_RECEIPT:
        errors["received_on"] = _l("This day is too long ago.")
    elif petition.resolved_on is not None and received_on > petition.resolved_on:
        errors["received_on"] = _l("The petition was resolved before this day.")
    answer_by: date | None = changed.get("answer_by", petition.answer_by)
    if answer_by is not None and answer_by < received_on:
        errors["answer_by"] = _l("This day lies before the day of receipt.")
    return errors


def _people_errors(session: Session, petition: Petition, people_count: int) -> dict[str, object]:
    named = session.execute(
        select(func.count()).where(Party.petition_id == petition.id, Party.role == PartyRole.PETITIONER)
    ).scalar_one()
    return {"people_count": _l("More people are named than this number.")} if people_count < named else {}


def _kind_errors(session: Session, petition: Petition, kind: Kind, kind_parts: tuple[Kind, ...]) -> dict[str, object]:
    if kind is Kind.MIXED and (len(set(kind_parts)) < 2 or any(part not in PLAIN_KINDS for part in kind_parts)):
        return {"kind_parts": _l("Choose at least two kinds.")}
    ended_as = petition.disposition or petition.proposed_disposition
    if ended_as is not None and not fits_kind(Disposition(ended_as), kind):
        return {"kind": _l("The petition was closed in a way that does not fit this kind; reopen it first.")}
    if is_sealed(kind, kind_parts) == petition.sealed:
        return {}
    if not petition.sealed and _identifies(session, petition):
        return {
            "kind": _l(
                "This entry names people or holds the letter itself, which a denunciation may not. "
                "Register the denunciation anew and strike this entry as registered in error."
            )
        }
    others = exists().where(Petition.matter_id == petition.matter_id, Petition.id != petition.id)
    return {"kind": APART} if session.execute(select(others)).scalar_one() else {}


def _identifies(session: Session, petition: Petition) -> bool:
    """Whether the entry or its history may tell who wrote: a name, the letter's text, a scan."""
    traces = (
        exists().where(Party.petition_id == petition.id),
        exists().where(PetitionAttachment.petition_id == petition.id),
    )
    if petition.body or any(session.execute(select(trace)).scalar_one() for trace in traces):
        return True
    # What was corrected away stays in the history for ever.
    acts = session.scalars(
        select(PetitionEvent.data).where(
            PetitionEvent.petition_id == petition.id, PetitionEvent.action.in_(("correct", "paper-returned"))
        )
    )
    return any(_tells_who(json.loads(data)) for data in acts)


def _tells_who(data: Mapping[str, Any]) -> bool:
    texts = (data.get("before", {}).get("body"), data.get("after", {}).get("body"), data.get("to"))
    return "petitioner" in data or any(texts)
