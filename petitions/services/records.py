"""What is written to a petition without moving it: notes, corrections, flags, papers, attachments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.permissions import Permission
from core import clock
from core.errors import InvalidInput, NotAllowed, NotVisible
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text, name_sort_key
from petitions import deadlines
from petitions.models import (
    PaperItem,
    Party,
    Petition,
    PetitionAttachment,
    PetitionClock,
    PetitionFlag,
)
from petitions.queries.calendar import calendar_of
from petitions.queries.fields import is_known_field
from petitions.sealing import REFUSAL, is_sealed
from petitions.services.intake import party_row
from petitions.services.intake_input import EARLIEST_RECEIPT, MAX_BODY, MAX_PEOPLE, PartyInput
from petitions.services.ledger import change, lock, remember
from petitions.vocabulary import PLAIN_KINDS, Channel, Flag, Kind, PartyRole
from petitions.wards import wards

MAX_NOTE = 20_000


def add_note(session: Session, petition_id: int, *, by: Actor, text: str) -> None:
    """Add a note; possible in every state, and it moves no clock.

    Raises ``InvalidInput`` for an empty or too long note.
    """
    _need(by, Permission.PETITION_NOTE)
    petition = lock(session, petition_id, by)
    note = clean_text(text)
    if not note:
        raise InvalidInput({"note": _l("Write something.")})
    if len(note) > MAX_NOTE:
        raise InvalidInput({"note": _l("This text is too long.")})
    change(session, petition, by=by, action="note", values={}, reason=note)


def set_flag(
    session: Session, petition_id: int, flag: Flag, *, by: Actor, reason: str, version: int | None = None
) -> None:
    """Mark a petition as complex or prominent, with a reason."""
    _need(by, Permission.PETITION_FLAG)
    petition = lock(session, petition_id, by, version)
    why = clean_line(reason)
    if not why:
        raise InvalidInput({"reason": _l("Say why.")})
    if len(why) > 1000:
        raise InvalidInput({"reason": _l("At most %(count)s characters.", count=1000)})
    if getattr(petition, flag.value):
        raise InvalidInput({"flag": _l("The petition is marked so already.")})
    session.execute(
        insert(PetitionFlag),
        [{"petition_id": petition.id, "flag": flag, "reason": why, "set_by": by.id, "set_at": clock.now()}],
    )
    change(session, petition, by=by, action="flag", values={flag.value: True}, reason=why, data={"flag": flag})


def clear_flag(
    session: Session, petition_id: int, flag: Flag, *, by: Actor, reason: str, version: int | None = None
) -> None:
    """Take a mark off again, with a reason; the mark stays in the history."""
    _need(by, Permission.PETITION_FLAG)
    petition = lock(session, petition_id, by, version)
    why = clean_line(reason)
    if not why:
        raise InvalidInput({"reason": _l("Say why.")})
    if not getattr(petition, flag.value):
        raise InvalidInput({"flag": _l("The petition is not marked so.")})
    session.execute(
        update(PetitionFlag)
        .where(PetitionFlag.petition_id == petition.id, PetitionFlag.flag == flag, PetitionFlag.cleared_at.is_(None))
        .values(cleared_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    change(session, petition, by=by, action="unflag", values={flag.value: False}, reason=why, data={"flag": flag})


@dataclass(frozen=True, slots=True)
class Correctable:
    """A field that may be corrected: how long, and whether a reason must be given."""

    longest: int = 0
    reason_needed: bool = False


CORRECTABLE: dict[str, Correctable] = {
    "received_on": Correctable(reason_needed=True),
    "kind": Correctable(reason_needed=True),
    "channel": Correctable(),
    "field_id": Correctable(),
    "title": Correctable(300),
    "body": Correctable(MAX_BODY),
    "people_count": Correctable(),
    "against": Correctable(500),
    "also_sent_to": Correctable(500),
    "external_ref": Correctable(120),
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
    _need(by, Permission.PETITION_CORRECT)
    petition = lock(session, petition_id, by, version)
    changed = {name: value for name, value in values.items() if getattr(petition, name) != value}
    if not changed:
        raise InvalidInput({"reason": _l("Nothing was changed.")})
    errors = _correction_errors(session, petition, changed, kind_parts)
    why = clean_text(reason)
    if not why and any(CORRECTABLE[name].reason_needed for name in changed):
        errors["reason"] = _l("Say why the day of receipt or the kind is corrected.")
    if errors:
        raise InvalidInput(errors)
    if "kind" in changed:
        kind = Kind(changed["kind"])
        changed["kind_parts"] = ",".join(kind_parts) if kind is Kind.MIXED else ""
        changed["sealed"] = is_sealed(kind, kind_parts)
    if "kind" in changed or "received_on" in changed:
        changed["due_on"] = _restart_clock(session, petition, changed)
    change(session, petition, by=by, action="correct", values=changed, reason=why)


def correct_petitioner(
    session: Session, petition_id: int, typed: PartyInput, *, by: Actor, lookup_key: bytes, version: int | None = None
) -> None:
    """Correct the first petitioner, or name one where none was named; the old values stay in the history."""
    _need(by, Permission.PETITION_CORRECT)
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


def receive_paper(
    session: Session, petition_id: int, *, by: Actor, description: str, pages: int, received_on: date | None = None
) -> None:
    """Note an original paper that the citizen handed in."""
    _need(by, Permission.PETITION_CORRECT)
    petition = lock(session, petition_id, by)
    what = clean_line(description)
    errors: dict[str, object] = {}
    if not what or len(what) > 300:
        errors["description"] = _l("Say which paper, in at most 300 characters.")
    if not 1 <= pages <= 10_000:
        errors["pages"] = _l("Give a number from 1 to 10,000.")
    day = received_on or clock.today()
    if day > clock.today():
        errors["paper_received_on"] = _l("This day lies in the future.")
    if errors:
        raise InvalidInput(errors)
    session.execute(
        insert(PaperItem),
        [
            {
                "petition_id": petition.id,
                "description": what,
                "pages": pages,
                "received_on": day,
                "received_by": by.id,
            }
        ],
    )
    data = {"paper": what, "pages": pages}
    change(session, petition, by=by, action="paper-received", values={}, data=data, occurred_on=day)


def return_paper(session: Session, petition_id: int, paper_id: int, *, by: Actor, returned_to: str) -> None:
    """Note that an original paper was given back, and to whom.

    For a denunciation the receiver is not named: the register of papers keeps the signature.
    """
    _need(by, Permission.PETITION_CORRECT)
    petition = lock(session, petition_id, by)
    paper = session.get(PaperItem, paper_id)
    if paper is None or paper.petition_id != petition.id:
        raise NotVisible(f"paper {paper_id}")
    if paper.returned_on is not None:
        raise InvalidInput({"returned_to": _l("This paper was given back already.")})
    receiver = clean_line(returned_to)
    if petition.sealed and receiver:
        raise InvalidInput({"returned_to": REFUSAL})
    if not petition.sealed and not receiver:
        raise InvalidInput({"returned_to": _l("Say to whom.")})
    today = clock.today()
    session.execute(
        update(PaperItem)
        .where(PaperItem.id == paper.id)
        .values(returned_on=today, returned_by=by.id, returned_to=receiver[:200])
        .execution_options(synchronize_session=False)
    )
    data = {"paper": paper.description, "to": receiver}
    change(session, petition, by=by, action="paper-returned", values={}, data=data)


def attach(session: Session, petition_id: int, stored_file_id: int, *, by: Actor, name: str) -> None:
    """Attach a stored file. A denunciation takes none: a scan shows the handwriting."""
    _need(by, Permission.PETITION_NOTE)
    petition = lock(session, petition_id, by)
    refuse_sealed(petition)
    session.execute(
        insert(PetitionAttachment),
        [
            {
                "petition_id": petition.id,
                "stored_file_id": stored_file_id,
                "added_by": by.id,
                "added_at": clock.now(),
            }
        ],
    )
    remember(session, petition, by=by, action="attach", from_state=petition.state, data={"file": name})


def refuse_sealed(petition: Petition) -> None:
    """Raise ``InvalidInput`` where no file may be kept: a scan of a denunciation shows the handwriting."""
    if petition.sealed:
        raise InvalidInput({"attachments": REFUSAL})


def _need(by: Actor, permission: Permission) -> None:
    if not by.may(permission):
        raise NotAllowed(permission)


def _correction_errors(
    session: Session, petition: Petition, changed: dict[str, Any], kind_parts: tuple[Kind, ...]
) -> dict[str, object]:
    errors: dict[str, object] = {}
    for name, value in changed.items():
        rule = CORRECTABLE[name]
        if rule.longest and isinstance(value, str) and len(value) > rule.longest:
            errors[name] = _l("At most %(count)s characters.", count=rule.longest)
    received_on = changed.get("received_on", petition.received_on)
    if received_on > clock.today():
        errors["received_on"] = _l("This day lies in the future.")
    elif received_on < EARLIEST_RECEIPT:
        errors["received_on"] = _l("This day is too long ago.")
    elif petition.resolved_on is not None and received_on > petition.resolved_on:
        errors["received_on"] = _l("The petition was resolved before this day.")
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
    if "kind" in changed:
        errors |= _kind_errors(session, petition, Kind(changed["kind"]), kind_parts)
    return errors


def _kind_errors(session: Session, petition: Petition, kind: Kind, kind_parts: tuple[Kind, ...]) -> dict[str, object]:
    if kind is Kind.MIXED and (len(set(kind_parts)) < 2 or any(part not in PLAIN_KINDS for part in kind_parts)):
        return {"kind_parts": _l("Choose at least two kinds.")}
    if is_sealed(kind, kind_parts) and not petition.sealed and _identifies(session, petition):
        return {
            "kind": _l(
                "This entry names people or holds the letter itself, which a denunciation may not. "
                "Register the denunciation anew and strike this entry as registered in error."
            )
        }
    return {}


def _identifies(session: Session, petition: Petition) -> bool:
    named = select(exists().where(Party.petition_id == petition.id))
    scanned = select(exists().where(PetitionAttachment.petition_id == petition.id))
    return bool(petition.body or session.execute(named).scalar_one() or session.execute(scanned).scalar_one())


def _restart_clock(session: Session, petition: Petition, changed: dict[str, Any]) -> date:
    kind = Kind(changed.get("kind", petition.kind))
    received_on: date = changed.get("received_on", petition.received_on)
    rule = deadlines.rule_for(kind, received_on)
    due_on = rule.due(received_on, calendar_of(session, petition.office_id))
    session.execute(
        update(PetitionClock)
        .where(PetitionClock.petition_id == petition.id, PetitionClock.stopped_on.is_(None))
        .values(rule_id=rule.id, rule_version=rule.version, started_on=received_on, due_on=due_on)
        .execution_options(synchronize_session=False)
    )
    return due_on
