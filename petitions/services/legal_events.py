"""Recording what happened in law: the only thing that moves a date."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from auth.permissions import Permission
from core import audit, clock
from core.database import AnyRow, table_of
from core.errors import IllegalTransition, InvalidInput, NotAllowed, NotVisible
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.deadlines import ClockError, Happening, LegalEvent, Variant
from petitions.deadlines.recording import (
    CHECK_VARIANTS,
    CLOSING_EVENTS,
    Recordable,
    is_especially_complex,
    recordable_for,
)
from petitions.escalation import COMPULSORY
from petitions.models import LegalEventRow, Petition, PetitionEvent, PetitionFlag
from petitions.queries.binding_checks import LEGAL_ADDED, LEGAL_COLUMNS
from petitions.queries.clocks import happening_of, legal_events_of
from petitions.queries.event_checks import row_digest
from petitions.services.clocks import count, hold_terms
from petitions.services.escalating import escalate_compulsory
from petitions.services.ledger import change, lock
from petitions.vocabulary import ALL_POINTS, Disposition, Flag, Kind
from petitions.workflow import State

_EVENTS = table_of(LegalEventRow)
_ADD = insert(_EVENTS)
_ACT = (
    select(PetitionEvent.office_id, Petition.number, func.coalesce(User.username, "system").label("username"))
    .join(Petition, Petition.id == PetitionEvent.petition_id)
    .outerjoin(User, User.id == PetitionEvent.actor_id)
    .where(PetitionEvent.id == bindparam("event_id"))
)
MAX_GROUND = 1_000
_MAX_NUMBER = 80
_MAX_SIGNER = 120


@dataclass(frozen=True, slots=True)
class LegalInput:
    """A legal event as given: what, when, and the paper behind it. ``points`` are bits of the seven-point list."""

    event: LegalEvent
    occurred_on: date | None
    days: int | None = None
    variant: Variant | None = None
    for_day: date | None = None
    points: int = 0
    document_number: str = ""
    document_on: date | None = None
    signer: str = ""
    ground: str = ""


def record(session: Session, petition_id: int, typed: LegalInput, *, by: Actor, version: int | None = None) -> Petition:
    """Record a legal event; the clocks follow, and the act says which days moved.

    Signs of crime and a superior's demand escalate at once. Raises ``InvalidInput`` beside the field that is missing
    or does not fit, ``IllegalTransition`` for an event that cannot happen to this petition now.
    """
    hold_terms(session, by.office_id)
    petition = lock(session, petition_id, by, version)
    _need(petition, by)
    line = _line_for(petition, typed.event)
    row = _checked(petition, typed, line)
    recorded = legal_events_of(session, petition.id)
    happenings = [*map(happening_of, recorded), _happening(row)]
    try:
        counted = count(session, petition, recorded=happenings)
    except ClockError as error:
        raise InvalidInput({"occurred_on": error.message}) from error
    follows = counted.columns
    if typed.event is LegalEvent.COMPLEXITY_FOUND:
        follows |= _found_complex(session, petition, row, by)
    event_id = change(
        session,
        petition,
        by=by,
        action="legal",
        values=follows,
        reason=row["ground"],
        data=_told(row) | {"clocks": counted.told},
        occurred_on=row["occurred_on"],
    )
    _add(session, [row | {"petition_id": petition.id, "event_id": event_id}])
    if (trigger := COMPULSORY.get(typed.event)) is not None:
        escalate_compulsory(session, petition, trigger, by=by, reason=row["ground"])
    return petition


def take_back(
    session: Session, petition_id: int, legal_event_id: int, *, by: Actor, reason: str, version: int | None = None
) -> Petition:
    """Take back a legal event that was recorded in error; both rows stay.

    One that came with a step (closing, reopening) is taken back with the step. Raises ``IllegalTransition`` for these,
    and where a later event would then have nothing to act on.
    """
    hold_terms(session, by.office_id)
    petition = lock(session, petition_id, by, version)
    _need(petition, by)
    recorded = legal_events_of(session, petition.id)
    row = next((row for row in recorded if row.id == legal_event_id), None)
    if row is None:
        raise NotVisible(f"legal event {legal_event_id}")
    why = clean_line(reason)
    if not why or len(why) > MAX_GROUND:
        raise InvalidInput({"reason": _l("Say why, in at most %(count)s characters.", count=MAX_GROUND)})
    action = session.execute(select(PetitionEvent.action).where(PetitionEvent.id == row.event_id)).scalar_one()
    if action != "legal":
        raise IllegalTransition(_l("This came with a step of the case; undo the step or reopen the case instead."))
    rest = [other for other in recorded if other.id != row.id]
    counted = count(session, petition, recorded=list(map(happening_of, rest)))
    follows = counted.columns
    if row.event == LegalEvent.COMPLEXITY_FOUND:
        follows |= complexity_of(rest, Kind(petition.kind))
    data = {"event": row.event, "on": row.occurred_on, "clocks": counted.told}
    event_id = change(session, petition, by=by, action="legal-cancel", values=follows, reason=why, data=data)
    _add(session, [_reversal(row, event_id)])
    return petition


def _add(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of one act, and a digest of each to the audit chain: ``binding_checks`` holds them against it."""
    if not rows:
        return
    session.execute(_ADD, list(rows))
    act = session.execute(_ACT, {"event_id": rows[0]["event_id"]}).one()
    digests = [row_digest(row[name] for name in LEGAL_COLUMNS) for row in rows]
    payload = {"act": rows[0]["event_id"], "rows": digests}
    audit.record(session, act.office_id, actor=act.username, action=LEGAL_ADDED, subject=act.number, payload=payload)


def closing_events(disposition: Disposition | str | None, on: date, recorded: Sequence[AnyRow]) -> list[Happening]:
    """What closing a case with ``disposition`` means in law."""
    events = CLOSING_EVENTS.get(Disposition(disposition), ()) if disposition else ()
    accepted = any(row.event == LegalEvent.ACCEPTED for row in recorded)
    if disposition == Disposition.WITHDRAWN and accepted:
        events = (*events, LegalEvent.ENDED)
    return [Happening(event, on) for event in events]


def add_closing_events(session: Session, petition: Petition, happenings: Iterable[Happening], *, event_id: int) -> None:
    """Write the legal events of a closing, with the document that the petition names."""
    document = {
        "document_number": petition.decision_number,
        "document_on": petition.decision_on,
        "signer": petition.decision_signer,
    }
    add_events(session, petition.id, happenings, event_id=event_id, document=document)


def add_events(
    session: Session,
    petition_id: int,
    happenings: Iterable[Happening],
    *,
    event_id: int,
    document: dict[str, Any] | None = None,
) -> None:
    """Write legal events that came with the step ``event_id``."""
    rows = [
        _BLANK
        | {
            "petition_id": petition_id,
            "event_id": event_id,
            "event": happening.event.value,
            "occurred_on": happening.on,
        }
        | (document or {})
        for happening in happenings
    ]
    _add(session, rows)


def reverse_events(session: Session, rows: Iterable[AnyRow], *, event_id: int) -> None:
    """Take back legal events together with the step that brought them; ``event_id`` is the act that does so."""
    _add(session, [_reversal(row, event_id) for row in rows])


def reversed_by(session: Session, event_id: int) -> list[dict[str, Any]]:
    """Copies of the legal events that the act ``event_id`` took back, to be written anew."""
    taken = select(_EVENTS.c.cancels_id).where(_EVENTS.c.event_id == event_id, _EVENTS.c.cancels_id.is_not(None))
    rows = session.execute(select(_EVENTS).where(_EVENTS.c.id.in_(taken)).order_by(_EVENTS.c.id)).mappings()
    return [{name: value for name, value in row.items() if name not in ("id", "event_id")} for row in rows]


def write_again(session: Session, copies: Iterable[dict[str, Any]], *, event_id: int) -> None:
    """Write copies from ``reversed_by`` under a new act."""
    _add(session, [copy | {"event_id": event_id} for copy in copies])


def complexity_of(recorded: Iterable[AnyRow], kind: Kind) -> dict[str, Any]:
    """The petition's columns that follow from its findings of complexity: the latest one holds."""
    found = [row for row in recorded if row.event == LegalEvent.COMPLEXITY_FOUND]
    points = found[-1].points if found else 0
    return {"complexity_points": points, "especially_complex": is_especially_complex(points, kind)}


def may_record(petition: Petition, by: Actor) -> bool:
    """Whether ``by`` may record legal events of the petition: who works on it, and who may work on any."""
    own = by.id is not None and petition.officer_id == by.id and by.may(Permission.PETITION_WORK_OWN)
    return own or by.may(Permission.PETITION_WORK_ANY)


def _need(petition: Petition, by: Actor) -> None:
    if not may_record(petition, by):
        raise NotAllowed("legal events are recorded by who works on the petition")


def _line_for(petition: Petition, event: LegalEvent) -> Recordable:
    closed = petition.state == State.RESOLVED
    for line in recordable_for(Kind(petition.kind), closed=closed):
        if line.event is event:
            return line
    raise IllegalTransition(_l("This legal event cannot be recorded on this petition now."))


_NEEDED = _l("This is needed.")


def _checked(petition: Petition, typed: LegalInput, line: Recordable) -> dict[str, Any]:
    """The row for what was typed. Raises ``InvalidInput`` beside each field that cannot be taken."""
    errors: dict[str, object] = {}
    row = _BLANK | {
        "event": typed.event.value,
        "occurred_on": typed.occurred_on,
        "document_number": clean_line(typed.document_number),
        "document_on": typed.document_on,
        "signer": clean_line(typed.signer),
        "ground": clean_text(typed.ground),
    }
    _check_days(petition, typed, errors)
    _check_document(row, line, errors)
    if len(row["ground"]) > MAX_GROUND:
        errors["ground"] = _l("At most %(count)s characters.", count=MAX_GROUND)
    elif "ground" in line.needs and not row["ground"]:
        errors["ground"] = _NEEDED
    if "days" in line.needs:
        row["days"] = typed.days or 0
        if not typed.days or typed.days < 1:
            errors["days"] = _l("Say how many days.")
    if "for_day" in line.needs:
        row["for_day"] = typed.for_day
        if typed.for_day is None:
            errors["for_day"] = _NEEDED
    if "variant" in line.needs:
        row["variant"] = typed.variant
        if typed.variant not in CHECK_VARIANTS:
            errors["variant"] = _l("Choose from the list.")
    if "points" in line.needs:
        row["points"] = typed.points
        if not 0 < typed.points <= ALL_POINTS:
            errors["points"] = _l("Tick at least one of the seven points.")
        especially = is_especially_complex(typed.points, Kind(petition.kind))
        row["variant"] = Variant.ESPECIALLY_COMPLEX if especially else Variant.COMPLEX
    if errors:
        raise InvalidInput(errors)
    return row


_BLANK: dict[str, Any] = {
    "days": 0,
    "variant": None,
    "for_day": None,
    "points": 0,
    "document_number": "",
    "document_on": None,
    "signer": "",
    "ground": "",
    "cancels_id": None,
}


def _check_days(petition: Petition, typed: LegalInput, errors: dict[str, object]) -> None:
    today = clock.today()
    if typed.occurred_on is None:
        errors["occurred_on"] = _NEEDED
    elif typed.occurred_on > today:
        errors["occurred_on"] = _l("This day lies in the future.")
    elif typed.occurred_on < petition.received_on:
        errors["occurred_on"] = _l("This day lies before the day of receipt.")
    if typed.document_on is not None and typed.document_on > today:
        errors["document_on"] = _l("This day lies in the future.")
    if typed.for_day is not None and typed.occurred_on is not None and typed.for_day < typed.occurred_on:
        errors["for_day"] = _l("This day lies before the event itself.")


def _check_document(row: dict[str, Any], line: Recordable, errors: dict[str, object]) -> None:
    for name, most in (("document_number", _MAX_NUMBER), ("signer", _MAX_SIGNER)):
        if len(row[name]) > most:
            errors[name] = _l("At most %(count)s characters.", count=most)
    if not line.document:
        return
    for name in ("document_number", "document_on", "signer"):
        if not row[name]:
            errors.setdefault(name, _l("This event needs its signed document."))


def _happening(row: dict[str, Any]) -> Happening:
    return Happening(
        LegalEvent(row["event"]),
        row["occurred_on"],
        days=row["days"],
        variant=row["variant"],
        for_day=row["for_day"],
    )


def _found_complex(session: Session, petition: Petition, row: dict[str, Any], by: Actor) -> dict[str, Any]:
    points = row["points"]
    values: dict[str, Any] = {
        "complexity_points": points,
        "especially_complex": is_especially_complex(points, Kind(petition.kind)),
    }
    if not petition.complex:
        values["complex"] = True
        session.execute(
            insert(PetitionFlag),
            [
                {
                    "petition_id": petition.id,
                    "flag": Flag.COMPLEX,
                    "reason": row["ground"][:MAX_GROUND],
                    "set_by": by.id,
                    "set_at": clock.now(),
                }
            ],
        )
    return values


def _told(row: dict[str, Any]) -> dict[str, object]:
    told = {"event": row["event"], "on": row["occurred_on"]}
    for name in ("days", "variant", "for_day", "points", "document_number", "document_on", "signer"):
        if row[name]:
            told[name] = row[name]
    return told


def _reversal(row: AnyRow, event_id: int) -> dict[str, Any]:
    return _BLANK | {
        "petition_id": row.petition_id,
        "event_id": event_id,
        "event": row.event,
        "occurred_on": row.occurred_on,
        "cancels_id": row.id,
    }
