"""Receiving a petition: the verb of the reception desk."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from auth.permissions import Permission
from core import audit, clock, outbox
from core.database import table_of
from core.errors import InvalidInput, NotAllowed
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text, fold, name_sort_key
from petitions import priority
from petitions.deadlines.case_clocks import CaseFacts, is_at_reception, leading_day
from petitions.lookup import lookup_hash
from petitions.models import (
    IntakeDraft,
    Matter,
    NumberCounter,
    Party,
    Petition,
    PetitionEvent,
    PetitionFlag,
)
from petitions.numbering import make_number, paper_code, parse_number
from petitions.queries.clocks import terms_of
from petitions.queries.content_checks import WHOLE, received_digest
from petitions.queries.fields import is_known_field
from petitions.queries.places import Place
from petitions.queries.visibility import visible_to
from petitions.queries.weights import weights_of
from petitions.sealing import APART, is_sealed
from petitions.services.clocks import add_clocks
from petitions.services.intake_input import Intake, PartyInput, check_intake
from petitions.services.ledger import LETTER_CONSUMERS, audited, move_tallies
from petitions.vocabulary import Channel, Flag, Kind, MatterRole, PartyRole
from petitions.workflow import State

# The desk's verb runs all day, so what it asks and writes is built once, and rows are written to the tables themselves.
_PETITIONS, _MATTERS, _NUMBERS, _DRAFTS = map(table_of, (Petition, Matter, NumberCounter, IntakeDraft))
_OFFICE_CODE = select(Office.code).where(Office.id == bindparam("office_id"))
_MADE_BEFORE = select(Petition.id, Petition.number, Petition.version, Petition.paper_code).where(
    Petition.intake_token == bindparam("token"), Petition.office_id == bindparam("office_id")
)
_ADD_PETITION = insert(_PETITIONS).returning(_PETITIONS.c.id)
_ADD_MATTER = insert(_MATTERS).returning(_MATTERS.c.id)
_ADD_PARTY, _ADD_FLAG = map(insert, map(table_of, (Party, PetitionFlag)))
_ADD_EVENT = insert(table_of(PetitionEvent)).returning(table_of(PetitionEvent).c.id)
_FORGET_DRAFT = delete(_DRAFTS).where(_DRAFTS.c.user_id == bindparam("user_id"))


def _take(new: Any) -> Any:
    counted = new.on_conflict_do_update(
        index_elements=["office_id", "year"], set_={"last": _NUMBERS.c.last + new.excluded.last}
    )
    return counted.returning(_NUMBERS.c.last)


_TAKE_NUMBERS = {"sqlite": _take(sqlite.insert(_NUMBERS)), "postgresql": _take(postgresql.insert(_NUMBERS))}


@dataclass(frozen=True, slots=True)
class Received:
    """The petition that was made, or that the same form had made before."""

    id: int
    number: str
    version: int
    paper_code: str = ""
    repeated: bool = field(default=False)


def receive(session: Session, intake: Intake, *, by: Actor, lookup_key: bytes) -> Received:
    """Register a petition: number, event, clock, counters, outbox and audit entry in one transaction.

    A form that was sent before returns the petition it made. Raises ``NotAllowed``, or ``InvalidInput`` with a message
    for each field that cannot be taken.
    """
    if not by.may(Permission.PETITION_RECEIVE):
        raise NotAllowed("receive")
    if intake.token and (known := _made_before(session, intake.token, by)):
        return known
    known_field = intake.field_id is None or is_known_field(session, intake.field_id, by.office_id)
    check_intake(intake, known_field=known_field)
    office_code = session.execute(_OFFICE_CODE, {"office_id": by.office_id}).scalar_one()
    earlier = _earlier_petition(session, intake, by)
    terms = terms_of(session, by.office_id, held=True)
    clocks = terms.stored_clocks(_case_facts(intake))
    due_on = leading_day(clocks, intake.received_on).due_on
    sealed = is_sealed(intake.kind, intake.kind_parts)
    now, today = clock.now(), clock.today()
    matter_id = earlier.matter_id if earlier else _new_matter(session, by.office_id)
    matter_role = _matter_role(intake, has_earlier=earlier is not None)
    forwarder = clean_line(intake.forwarder)
    standing = priority.Standing(
        complex=intake.complex_reason is not None,
        prominent=intake.prominent_reason is not None,
        escalated=False,
        people_count=intake.people_count,
        repeated=matter_role is MatterRole.REPEATED,
        forwarded=bool(forwarder),
        due_on=due_on,
        last_act_on=today,
        second_instance=intake.second_instance,
        forwarded_above=intake.forwarder_kind in priority.HEARD_ABOVE,
    )
    tier = priority.tier(standing)
    first = next((party for party in intake.petitioners if party.is_somebody), None)
    ward_code = next((party.ward_code for party in intake.petitioners if party.ward_code), None)
    values: dict[str, Any] = {
        "office_id": by.office_id,
        "version": 1,
        "matter_id": matter_id,
        "matter_role": matter_role,
        "external_ref": clean_line(intake.external_ref) or None,
        "intake_token": intake.token,
        "received_on": intake.received_on,
        "channel": intake.channel,
        "registered_at": now,
        "registered_by": by.id,
        "forwarder_kind": intake.forwarder_kind,
        "forwarder": forwarder,
        "forwarder_ref": clean_line(intake.forwarder_ref),
        "answer_by": intake.answer_by,
        "kind": intake.kind,
        "kind_parts": ",".join(intake.kind_parts) if intake.kind is Kind.MIXED else "",
        "sealed": sealed,
        "field_id": intake.field_id,
        "title": clean_line(intake.title) or title_from(intake.body),
        "body": clean_text(intake.body),
        "against": clean_line(intake.against),
        "also_sent_to": clean_line(intake.also_sent_to),
        "people_count": intake.people_count,
        "ward_code": ward_code,
        "petitioner_name": clean_line(first.name) if first and first.name else None,
        "petitioner_sort": name_sort_key(first.name) if first and first.name else "",
        "paper_location": clean_line(intake.paper_location),
        "state": State.RECEIVED,
        "complex": intake.complex_reason is not None,
        "prominent": intake.prominent_reason is not None,
        "second_instance": intake.second_instance,
        "discipline": intake.discipline,
        "due_on": due_on,
        "priority_tier": tier,
        "priority_key": priority.key(standing, weights_of(session, by.office_id)),
        "last_act_at": now,
    }
    # The counter is the last thing that waits for others before the audit chain's head.
    seq = next_number(session, by.office_id, today.year)
    number = make_number(office_code, today.year, seq)
    code = clean_line(intake.paper_code) or (paper_code(today.year, seq) if sealed else "")
    values |= {"number": number, "reg_year": today.year, "reg_seq": seq, "paper_code": code}
    petition_id: int = session.execute(_ADD_PETITION, values).scalar_one()
    parties = _write_parties(session, petition_id, by.office_id, intake, lookup_key)
    _write_flags(session, petition_id, intake, by)
    add_clocks(session, clocks, petition_id=petition_id, office_id=by.office_id, terms=terms)
    event_data = json.dumps(
        {"channel": intake.channel, "received_on": intake.received_on.isoformat(), "due_on": due_on.isoformat()}
        | ({"matter_of": earlier.number} if earlier else {})
        | {WHOLE: received_digest(values, parties)},
        ensure_ascii=False,
    )
    happened = _event(petition_id, by, "receive", event_data, "", intake.received_on, State.RECEIVED)
    told = audited(session.execute(_ADD_EVENT, happened).scalar_one(), happened)
    if note := clean_text(intake.note):
        noted = _event(petition_id, by, "note", "{}", note, today, State.RECEIVED)
        note_id = session.execute(_ADD_EVENT, noted).scalar_one()
        told["notes"] = [audited(note_id, noted)]
    outbox.enqueue(session, LETTER_CONSUMERS, [(petition_id, 1)])
    if by.id is not None:
        session.execute(_FORGET_DRAFT, {"user_id": by.id})
    audit.record(
        session,
        by.office_id,
        actor=by.username,
        action="petition.receive",
        subject=number,
        payload={"received_on": intake.received_on, "kind": intake.kind, **told},
    )
    # After the audit entry, as everywhere: who holds the chain's head waits for no counter of somebody else.
    move_tallies(session, by.office_id, [], [Place(State.RECEIVED, None, None, sealed, tier, due_on)])
    return Received(petition_id, number, 1, code)


def _case_facts(intake: Intake) -> CaseFacts:
    return CaseFacts(
        kind=intake.kind,
        received_on=intake.received_on,
        at_reception=is_at_reception(intake.channel),
        forwarder_kind=intake.forwarder_kind,
        discipline=intake.discipline,
        second_instance=intake.second_instance,
    )


def title_from(body: str) -> str:
    """A title for a petition that has none: the beginning of its text."""
    line = clean_line(body)
    return line if len(line) <= 120 else line[:117].rsplit(" ", 1)[0] + "…"


def next_number(session: Session, office_id: int, year: int, count: int = 1) -> int:
    """Take ``count`` running numbers of the office's year and return the first; they are gapless.

    The counter's row stays locked to the end of the transaction, so that a rolled back number is given out again.
    """
    statement = _TAKE_NUMBERS[session.get_bind().dialect.name]
    last: int = session.execute(statement, {"office_id": office_id, "year": year, "last": count}).scalar_one()
    return last - count + 1


def party_row(
    party: PartyInput, *, petition_id: int, office_id: int, role: PartyRole, position: int, lookup_key: bytes
) -> dict[str, object]:
    """The row of ``petition_party`` for ``party``."""
    name = clean_line(party.name)
    return {
        "petition_id": petition_id,
        "office_id": office_id,
        "role": role,
        "position": position,
        "name": name,
        "name_fold": fold(name),
        "sort_key": name_sort_key(name) if name else "",
        "id_number": clean_line(party.id_number),
        "phone": clean_line(party.phone),
        "address": clean_line(party.address),
        "old_address": clean_line(party.old_address),
        "ward_code": party.ward_code,
        "id_hash": lookup_hash(lookup_key, party.id_number),
        "phone_hash": lookup_hash(lookup_key, party.phone),
    }


def _made_before(session: Session, token: str, by: Actor) -> Received | None:
    row = session.execute(_MADE_BEFORE, {"token": token, "office_id": by.office_id}).one_or_none()
    return Received(row.id, row.number, row.version, row.paper_code, repeated=True) if row else None


def _earlier_petition(session: Session, intake: Intake, by: Actor) -> Any:
    if not intake.matter_of.strip():
        return None
    number = parse_number(intake.matter_of)
    row = (
        number
        and session.execute(
            select(Petition.id, Petition.number, Petition.matter_id, Petition.sealed).where(
                Petition.number == number, visible_to(by)
            )
        ).one_or_none()
    )
    if not row:
        raise InvalidInput({"matter_of": _l("There is no petition with this number.")})
    if row.sealed != is_sealed(intake.kind, intake.kind_parts):
        raise InvalidInput({"matter_of": APART})
    return row


def _matter_role(intake: Intake, *, has_earlier: bool) -> MatterRole:
    if intake.matter_role is not None:
        return intake.matter_role
    if intake.channel is Channel.FORWARDED and has_earlier:
        return MatterRole.FORWARDED
    return MatterRole.REPEATED if has_earlier else MatterRole.FIRST


def _new_matter(session: Session, office_id: int) -> int:
    matter_id: int = session.execute(_ADD_MATTER, {"office_id": office_id}).scalar_one()
    return matter_id


def _write_parties(
    session: Session, petition_id: int, office_id: int, intake: Intake, lookup_key: bytes
) -> list[dict[str, object]]:
    rows = [
        party_row(
            party,
            petition_id=petition_id,
            office_id=office_id,
            role=role,
            position=position,
            lookup_key=lookup_key,
        )
        for role, parties in (
            (PartyRole.PETITIONER, intake.petitioners),
            (PartyRole.REPRESENTATIVE, intake.representatives),
        )
        for position, party in enumerate((party for party in parties if party.is_somebody), start=1)
    ]
    if rows:
        session.execute(_ADD_PARTY, rows)
    return rows


def _write_flags(session: Session, petition_id: int, intake: Intake, by: Actor) -> None:
    rows = [
        {"petition_id": petition_id, "flag": flag, "reason": clean_line(reason), "set_by": by.id, "set_at": clock.now()}
        for flag, reason in ((Flag.COMPLEX, intake.complex_reason), (Flag.PROMINENT, intake.prominent_reason))
        if reason is not None
    ]
    if rows:
        session.execute(_ADD_FLAG, rows)


def _event(
    petition_id: int, by: Actor, action: str, data: str, reason: str, occurred_on: date, state: State
) -> dict[str, object]:
    return {
        "petition_id": petition_id,
        "office_id": by.office_id,
        "action": action,
        "from_state": None if action == "receive" else state,
        "to_state": state,
        "actor_id": by.id,
        "actor_name": by.full_name,
        "occurred_on": occurred_on,
        "recorded_at": clock.now(),
        "reason": reason,
        "data": data,
    }
