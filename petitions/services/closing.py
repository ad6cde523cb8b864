"""How a petition ends: resolve, propose, confirm, decline, reopen, void; and the reversal of a slip."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock
from core.errors import IllegalTransition, InvalidInput
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.models import Petition, PetitionEvent
from petitions.numbering import parse_number
from petitions.queries.visibility import visible_to
from petitions.services.assignment import assignee
from petitions.services.ledger import STEP_COLUMNS, change, facts, lock
from petitions.vocabulary import Disposition
from petitions.workflow import (
    TRANSITIONS,
    UNDO_WINDOW,
    Action,
    State,
    check,
    check_disposition,
)


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a petition is closed, as given: the disposition and the signed document behind it."""

    disposition: Disposition | None
    decision_number: str = ""
    decision_on: date | None = None
    decision_signer: str = ""
    resolution_note: str = ""
    leading_number: str = ""
    resolved_on: date | None = None


def resolve(
    session: Session, petition_id: int, resolution: Resolution, *, by: Actor, version: int | None = None
) -> Petition:
    """Close a petition with a disposition that fits its kind.

    Raises ``InvalidInput`` beside the field that is missing or does not fit, ``IllegalTransition`` where the office
    wants a supervisor's confirmation first.
    """
    petition = lock(session, petition_id, by, version)
    values = _resolution_values(session, petition, resolution, by, Action.RESOLVE)
    values |= {"state": State.RESOLVED, "resolved_on": values["resolved_on"] or clock.today()}
    _change_with_resolution(session, petition, by, Action.RESOLVE, values, resolution)
    return petition


def propose(
    session: Session, petition_id: int, resolution: Resolution, *, by: Actor, version: int | None = None
) -> Petition:
    """Propose how to close a petition, where the office asks for a supervisor's confirmation."""
    petition = lock(session, petition_id, by, version)
    values = _resolution_values(session, petition, resolution, by, Action.PROPOSE)
    values["proposed_disposition"] = values.pop("disposition")
    _change_with_resolution(session, petition, by, Action.PROPOSE, values, resolution)
    return petition


def confirm(session: Session, petition_id: int, *, by: Actor, version: int | None = None) -> Petition:
    """A supervisor confirms what the officer proposed; only now does the petition count as resolved."""
    petition = lock(session, petition_id, by, version)
    check(Action.CONFIRM, facts(session, petition), by, ())
    values = {
        "state": State.RESOLVED,
        "disposition": petition.proposed_disposition,
        "proposed_disposition": None,
        "resolved_on": petition.resolved_on or clock.today(),
    }
    data = {"disposition": petition.proposed_disposition}
    change(session, petition, by=by, action=Action.CONFIRM, values=values, data=data)
    return petition


def decline(session: Session, petition_id: int, *, by: Actor, reason: str, version: int | None = None) -> Petition:
    """A supervisor sends a proposal back to the officer, with the reason."""
    petition = lock(session, petition_id, by, version)
    reason = clean_text(reason)
    check(Action.DECLINE, facts(session, petition), by, ("reason",) if reason else ())
    values: dict[str, Any] = {"state": State.ASSIGNED, "proposed_disposition": None, "resolved_on": None}
    change(session, petition, by=by, action=Action.DECLINE, values=values, reason=reason)
    return petition


def reopen(
    session: Session,
    petition_id: int,
    *,
    by: Actor,
    ground: str,
    reason: str,
    officer_id: int | None = None,
    unit_id: int | None = None,
    version: int | None = None,
) -> Petition:
    """Open a resolved petition again on a ground (a superior's order, a court, an own error), for an officer."""
    petition = lock(session, petition_id, by, version)
    reason = clean_text(reason)
    officer_id = officer_id or petition.officer_id
    unit_id = unit_id or (None if officer_id else petition.unit_id)
    wanted = (("reopen_ground", ground), ("reason", reason), ("assignee", officer_id or unit_id))
    check(Action.REOPEN, facts(session, petition), by, [name for name, value in wanted if value])
    if ground not in REOPEN_GROUNDS:
        raise InvalidInput({"reopen_ground": _l("Choose from the list.")})
    unit_id, officer_name = assignee(session, petition, unit_id=unit_id, officer_id=officer_id)
    values: dict[str, Any] = {
        "state": State.ASSIGNED,
        "disposition": None,
        "resolved_on": None,
        "decision_number": "",
        "decision_on": None,
        "decision_signer": "",
        "resolution_note": "",
        "leading_id": None,
        "officer_id": officer_id,
        "unit_id": unit_id,
        "escalation_trigger": None,
        "escalated_to_id": None,
        "reply_by": None,
    }
    data = {"ground": ground, "officer": officer_name}
    change(session, petition, by=by, action=Action.REOPEN, values=values, reason=reason, data=data)
    return petition


REOPEN_GROUNDS = {
    "superior-order": _l("Order of a superior"),
    "court": _l("Court decision"),
    "own-error": _l("Own error found"),
    "new-facts": _l("New facts"),
}


def void(session: Session, petition_id: int, *, by: Actor, reason: str, version: int | None = None) -> Petition:
    """Strike a petition that was registered in error: the number stays, the row is struck through with a reason."""
    petition = lock(session, petition_id, by, version)
    reason = clean_text(reason)
    check(Action.VOID, facts(session, petition), by, ("reason",) if reason else ())
    values: dict[str, Any] = {
        "state": State.RESOLVED,
        "disposition": Disposition.ENTERED_IN_ERROR,
        "proposed_disposition": None,
        "resolved_on": clock.today(),
        "resolution_note": reason,
    }
    change(session, petition, by=by, action=Action.VOID, values=values, reason=reason)
    return petition


UNDOABLE = {line.action for line in TRANSITIONS if line.undoable}


def undo(session: Session, petition_id: int, *, by: Actor, version: int | None = None) -> Petition:
    """Take back the actor's own last step while it is fresh, as a new event that names the one it cancels.

    Raises ``IllegalTransition`` when the last step is somebody else's, too old, or none that the table lets undo.
    """
    petition = lock(session, petition_id, by, version)
    event = undoable_event(session, petition_id, by)
    if event is None:
        raise IllegalTransition(_l("There is no step of yours here that can still be undone."))
    before = json.loads(event.data)["before"]
    values = {name: _stored(name, value) for name, value in before.items() if name in STEP_COLUMNS}
    change(
        session,
        petition,
        by=by,
        action="undo",
        values=values,
        data={"undone": event.action},
        cancels_id=event.id,
    )
    return petition


def undoable_event(session: Session, petition_id: int, by: Actor) -> PetitionEvent | None:
    """The step that ``by`` may still take back: the newest one that moved anything, if own, fresh and in the table."""
    if by.id is None:
        return None
    event = session.scalars(
        select(PetitionEvent)
        .where(PetitionEvent.petition_id == petition_id, PetitionEvent.action.in_([*UNDOABLE, "receive", "undo"]))
        .order_by(PetitionEvent.id.desc())
        .limit(1)
    ).one_or_none()
    if event is None or event.actor_id != by.id or event.action not in UNDOABLE:
        return None
    return event if clock.now() - event.recorded_at <= UNDO_WINDOW else None


def _stored(name: str, value: Any) -> Any:
    if name in {"reply_by", "resolved_on", "decision_on"} and value is not None:
        return date.fromisoformat(value)
    return value


def _resolution_values(
    session: Session, petition: Petition, resolution: Resolution, by: Actor, action: Action
) -> dict[str, Any]:
    known = facts(session, petition)
    wanted = {
        "disposition": resolution.disposition,
        "decision_number": clean_line(resolution.decision_number),
        "decision_on": resolution.decision_on,
        "decision_signer": clean_line(resolution.decision_signer),
        "resolution_note": clean_text(resolution.resolution_note),
        "leading_number": resolution.leading_number.strip(),
    }
    given = [name for name, value in wanted.items() if value]
    check(action, known, by, given)
    if resolution.disposition is None:
        raise InvalidInput({"disposition": _l("This is needed.")})
    check_disposition(resolution.disposition, known, given)
    errors: dict[str, object] = {}
    for name in ("decision_on", "resolved_on"):
        day = getattr(resolution, name)
        if day is not None and day > clock.today():
            errors[name] = _l("This day lies in the future.")
        elif day is not None and day < petition.received_on:
            errors[name] = _l("This day lies before the day of receipt.")
    if errors:
        raise InvalidInput(errors)
    leading = None
    if resolution.disposition is Disposition.JOINED:
        leading = _leading(session, petition, resolution.leading_number, by)
        wanted["matter_id"] = leading.matter_id
    del wanted["leading_number"]
    return {
        **wanted,
        "resolved_on": resolution.resolved_on,
        "leading_id": leading.id if leading else None,
    }


def _leading(session: Session, petition: Petition, typed: str, by: Actor) -> Any:
    """The petition that leads: visible, another one, of the same secrecy, and not itself joined to one."""
    number = parse_number(typed)
    row = (
        number
        and session.execute(
            select(Petition.id, Petition.matter_id, Petition.leading_id, Petition.sealed, Petition.disposition).where(
                Petition.number == number, visible_to(by)
            )
        ).one_or_none()
    )
    if not row or row.disposition == Disposition.ENTERED_IN_ERROR:
        raise InvalidInput({"leading_number": _l("There is no petition with this number.")})
    if row.id == petition.id:
        raise InvalidInput({"leading_number": _l("A petition cannot be joined to itself.")})
    if row.leading_id is not None:
        raise InvalidInput({"leading_number": _l("That petition is itself joined to another; join this one there.")})
    return row


def _change_with_resolution(
    session: Session, petition: Petition, by: Actor, action: Action, values: dict[str, Any], resolution: Resolution
) -> None:
    data: dict[str, object] = {"disposition": resolution.disposition}
    if values.get("decision_number"):
        data["document"] = values["decision_number"]
    if resolution.leading_number:
        data["leading"] = parse_number(resolution.leading_number) or ""
    change(session, petition, by=by, action=action, values=values, reason=values.get("resolution_note", ""), data=data)
