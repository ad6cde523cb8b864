"""How a petition ends: resolve, propose, confirm, decline, reopen, void; and the reversal of a slip."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.queries import is_assignable
from core import clock
from core.database import AnyRow
from core.errors import IllegalTransition, InvalidInput
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.deadlines import Happening, LegalEvent
from petitions.models import Petition, PetitionEvent
from petitions.queries.clocks import happening_of, legal_events_of
from petitions.services.accused import BARRED, goes_to_the_accused
from petitions.services.assignment import assignee
from petitions.services.clocks import count_anew, hold_terms
from petitions.services.joining import (
    check_leading,
    companions_of,
    find_leading,
    give_followers_back,
    lock_both,
    lock_family,
    refuse_while_leading,
    take_followers_along,
)
from petitions.services.ledger import MAX_STATEMENT, STEP_COLUMNS, change, facts, lock, statement
from petitions.services.legal_events import (
    add_closing_events,
    add_events,
    closing_events,
    reverse_events,
    reversed_by,
    write_again,
)
from petitions.services.presence import ask_if_away
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
    hold_terms(session, by.office_id)
    if resolution.disposition is Disposition.JOINED:
        lock_both(session, petition_id, resolution.leading_number)
    petition = lock(session, petition_id, by, version)
    values, leading = _resolution_values(session, petition, resolution, by, Action.RESOLVE)
    values |= {"state": State.RESOLVED, "resolved_on": values["resolved_on"] or clock.today()}
    if leading is not None:
        values["matter_id"] = leading.matter_id
    ended = _end_clocks(session, petition, values)
    event_id = _change_with_resolution(session, petition, by, Action.RESOLVE, values, leading)
    add_closing_events(session, petition, ended, event_id=event_id)
    if leading is not None:
        take_followers_along(session, petition, leading, by=by, cause=event_id)
    return petition


def propose(
    session: Session, petition_id: int, resolution: Resolution, *, by: Actor, version: int | None = None
) -> Petition:
    """Propose how to close a petition, where the office asks for a supervisor's confirmation."""
    if resolution.disposition is Disposition.JOINED:
        lock_both(session, petition_id, resolution.leading_number)
    petition = lock(session, petition_id, by, version)
    values, leading = _resolution_values(session, petition, resolution, by, Action.PROPOSE)
    values["proposed_disposition"] = values.pop("disposition")
    _change_with_resolution(session, petition, by, Action.PROPOSE, values, leading)
    return petition


def confirm(session: Session, petition_id: int, *, by: Actor, version: int | None = None) -> Petition:
    """A supervisor confirms what the officer proposed; only now does the petition count as resolved."""
    hold_terms(session, by.office_id)
    lock_family(session, petition_id)
    petition = lock(session, petition_id, by, version)
    check(Action.CONFIRM, facts(session, petition), by, ())
    values: dict[str, Any] = {
        "state": State.RESOLVED,
        "disposition": petition.proposed_disposition,
        "proposed_disposition": None,
        "resolved_on": petition.resolved_on or clock.today(),
    }
    data: dict[str, object] = {"disposition": petition.proposed_disposition}
    leading = None
    if petition.leading_id is not None:
        leading = session.get_one(Petition, petition.leading_id, with_for_update=True, populate_existing=True)
        # It may have become another since the officer proposed it.
        check_leading(petition, leading)
        values["matter_id"] = leading.matter_id
        data["leading"] = leading.number
    ended = _end_clocks(session, petition, values)
    event_id = change(session, petition, by=by, action=Action.CONFIRM, values=values, data=data)
    add_closing_events(session, petition, ended, event_id=event_id)
    if leading is not None:
        take_followers_along(session, petition, leading, by=by, cause=event_id)
    return petition


def decline(session: Session, petition_id: int, *, by: Actor, reason: str, version: int | None = None) -> Petition:
    """A supervisor sends a proposal back to the officer, with the reason."""
    petition = lock(session, petition_id, by, version)
    reason = statement(reason)
    check(Action.DECLINE, facts(session, petition), by, ("reason",) if reason else ())
    values: dict[str, Any] = {"proposed_disposition": None, "resolved_on": None, "leading_id": None}
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
    absent_ok: bool = False,
    version: int | None = None,
) -> Petition:
    """Open a resolved petition again on a ground (a superior's order, a court, an own error), for an officer."""
    hold_terms(session, by.office_id)
    petition = lock(session, petition_id, by, version)
    reason = statement(reason)
    officer_id = officer_id or petition.officer_id
    unit_id = unit_id or (None if officer_id else petition.unit_id)
    wanted = (("reopen_ground", ground), ("reason", reason), ("assignee", officer_id or unit_id))
    check(Action.REOPEN, facts(session, petition), by, [name for name, value in wanted if value])
    if ground not in REOPEN_GROUNDS:
        raise InvalidInput({"reopen_ground": _l("Choose from the list.")})
    unit_id, officer_name = assignee(session, petition, unit_id=unit_id, officer_id=officer_id)
    ask_if_away(session, officer_id, by=by, field="officer_id", absent_ok=absent_ok)
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
    restart = _restart_clocks(session, petition, values)
    data = {"ground": ground, "officer": officer_name}
    event_id = change(session, petition, by=by, action=Action.REOPEN, values=values, reason=reason, data=data)
    reverse_events(session, restart.taken_back, event_id=event_id)
    add_events(session, petition.id, restart.added, event_id=event_id)
    return petition


REOPEN_GROUNDS = {
    "superior-order": _l("Order of a superior"),
    "court": _l("Court decision"),
    "own-error": _l("Own error found"),
    "new-facts": _l("New facts"),
}


@dataclass(frozen=True, slots=True)
class _Restart:
    """What reopening means in law: events of the closing that count no more, and events that start the clocks anew."""

    taken_back: Sequence[AnyRow] = ()
    added: Sequence[Happening] = ()


def _restart_clocks(session: Session, petition: Petition, values: dict[str, Any]) -> _Restart:
    """Let the clocks run on a petition that is reopened, and put what follows into ``values``.

    On the day of the closing itself it counts as not closed. Later the closing stays what it was, and the limit of the
    stage that the petition had reached starts anew (domain report §8: a new clock, linked to the old, which is never
    overwritten).
    """
    recorded = legal_events_of(session, petition.id)
    today, closed_on = clock.today(), petition.resolved_on or clock.today()
    if closed_on >= today:
        restart = _Restart(taken_back=_of_last_closing(session, petition.id, recorded))
        taken = {row.id for row in restart.taken_back}
        events = [happening_of(row) for row in recorded if row.id not in taken]
    else:
        accepted = any(row.event == LegalEvent.ACCEPTED for row in recorded)
        again = LegalEvent.ACCEPTED if accepted else LegalEvent.RECEIVED
        restart = _Restart(added=(Happening(LegalEvent.CLOSED, closed_on), Happening(again, today)))
        events = [*map(happening_of, recorded), *restart.added]
    values |= count_anew(session, petition, values, recorded=events)
    return restart


def _of_last_closing(session: Session, petition_id: int, recorded: Sequence[AnyRow]) -> list[AnyRow]:
    """The legal events that the last closing of the petition brought."""
    closing_id = session.execute(
        select(PetitionEvent.id)
        .where(
            PetitionEvent.petition_id == petition_id,
            PetitionEvent.action.in_([Action.RESOLVE, Action.CONFIRM, Action.VOID]),
        )
        .order_by(PetitionEvent.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return [row for row in recorded if row.event_id == closing_id]


def _end_clocks(session: Session, petition: Petition, values: dict[str, Any]) -> list[Happening]:
    """Stop the clocks of a petition that ``values`` close, put what follows into them; the legal events of it."""
    recorded = legal_events_of(session, petition.id)
    decided_on = values.get("decision_on") or petition.decision_on
    happenings = closing_events(values["disposition"], decided_on or values["resolved_on"], recorded)
    values |= count_anew(session, petition, values, recorded=[*map(happening_of, recorded), *happenings])
    return happenings


def void(session: Session, petition_id: int, *, by: Actor, reason: str, version: int | None = None) -> Petition:
    """Strike a petition that was registered in error: the number stays, the row is struck through with a reason."""
    hold_terms(session, by.office_id)
    petition = lock(session, petition_id, by, version)
    reason = statement(reason)
    check(Action.VOID, facts(session, petition), by, ("reason",) if reason else ())
    refuse_while_leading(session, petition)
    values: dict[str, Any] = {
        "state": State.RESOLVED,
        "disposition": Disposition.ENTERED_IN_ERROR,
        "proposed_disposition": None,
        "resolved_on": clock.today(),
        "resolution_note": reason,
    }
    values |= count_anew(session, petition, values)
    change(session, petition, by=by, action=Action.VOID, values=values, reason=reason)
    return petition


UNDOABLE = {line.action for line in TRANSITIONS if line.undoable}
# Every page of a case asks, so it is built once.
_LAST_STEP = (
    select(PetitionEvent)
    .where(
        PetitionEvent.petition_id == bindparam("petition_id"),
        PetitionEvent.action.in_([*UNDOABLE, "receive", "undo"]),
    )
    .order_by(PetitionEvent.id.desc())
    .limit(1)
)


def undo(session: Session, petition_id: int, *, by: Actor, version: int | None = None) -> Petition:
    """Take back the actor's own last step while it is fresh, as a new event that names the one it cancels.

    Raises ``IllegalTransition`` when the last step is somebody else's, too old, or none that the table lets undo.
    """
    hold_terms(session, by.office_id)
    lock_family(session, petition_id, companions_of(petition_id))
    petition = lock(session, petition_id, by, version)
    event = undoable_event(session, petition_id, by)
    if event is None:
        raise IllegalTransition(_l("There is no step of yours here that can still be undone."))
    before = json.loads(event.data)["before"]
    values = {name: _stored(name, value) for name, value in before.items() if name in STEP_COLUMNS}
    officer_id = values.get("officer_id")
    if officer_id is not None and not is_assignable(session, petition.office_id, officer_id):
        raise IllegalTransition(_l("The officer who had it before cannot be given petitions any more."))
    if goes_to_the_accused(session, petition.id, values):
        raise IllegalTransition(BARRED)
    if petition.state == State.RESOLVED and petition.leading_id is not None:
        give_followers_back(session, petition, petition.leading_id, by=by, cause=event.id)
    recorded = legal_events_of(session, petition.id)
    brought = [row for row in recorded if row.event_id == event.id]
    again = reversed_by(session, event.id)
    if brought or again or petition.state == State.RESOLVED or values.get("state") == State.RESOLVED:
        rest = [happening_of(row) for row in recorded if row.event_id != event.id]
        rest += [Happening(LegalEvent(copy["event"]), copy["occurred_on"]) for copy in again]
        values |= count_anew(session, petition, values, recorded=rest)
    event_id = change(
        session,
        petition,
        by=by,
        action="undo",
        values=values,
        data={"undone": event.action},
        cancels_id=event.id,
    )
    reverse_events(session, brought, event_id=event_id)
    write_again(session, again, event_id=event_id)
    return petition


def undoable_event(session: Session, petition_id: int, by: Actor) -> PetitionEvent | None:
    """The step that ``by`` may still take back: the newest one that moved anything, if own, fresh and in the table."""
    if by.id is None:
        return None
    event = session.scalars(_LAST_STEP, {"petition_id": petition_id}).one_or_none()
    if event is None or event.actor_id != by.id or event.action not in UNDOABLE or _had_to_be(event):
        return None
    return event if clock.now() - event.recorded_at <= UNDO_WINDOW else None


def _had_to_be(event: PetitionEvent) -> bool:
    # What put the case before a supervisor at once still stands in its history.
    return event.action == Action.ESCALATE and bool(json.loads(event.data).get("compulsory"))


def _stored(name: str, value: Any) -> Any:
    if name in {"reply_by", "resolved_on", "decision_on"} and value is not None:
        return date.fromisoformat(value)
    return value


_LENGTHS = {"decision_number": 80, "decision_signer": 120, "resolution_note": MAX_STATEMENT}


def _resolution_values(
    session: Session, petition: Petition, resolution: Resolution, by: Actor, action: Action
) -> tuple[dict[str, Any], Petition | None]:
    known = facts(session, petition)
    values: dict[str, Any] = {
        "disposition": resolution.disposition,
        "decision_number": clean_line(resolution.decision_number),
        "decision_on": resolution.decision_on,
        "decision_signer": clean_line(resolution.decision_signer),
        "resolution_note": clean_text(resolution.resolution_note),
    }
    given = [name for name, value in values.items() if value]
    given += ["leading_number"] if resolution.leading_number.strip() else []
    check(action, known, by, given)
    if resolution.disposition is None:
        raise InvalidInput({"disposition": _l("This is needed.")})
    check_disposition(resolution.disposition, known, given)
    errors: dict[str, object] = {
        name: _l("At most %(count)s characters.", count=most)
        for name, most in _LENGTHS.items()
        if len(values[name]) > most
    }
    for name in ("decision_on", "resolved_on"):
        day = getattr(resolution, name)
        if day is not None and day > clock.today():
            errors[name] = _l("This day lies in the future.")
        elif day is not None and day < petition.received_on:
            errors[name] = _l("This day lies before the day of receipt.")
    if errors:
        raise InvalidInput(errors)
    joined = resolution.disposition is Disposition.JOINED
    leading = find_leading(session, petition, resolution.leading_number, by) if joined else None
    values |= {"resolved_on": resolution.resolved_on, "leading_id": leading.id if leading else None}
    return values, leading


def _change_with_resolution(
    session: Session, petition: Petition, by: Actor, action: Action, values: dict[str, Any], leading: Petition | None
) -> int:
    data: dict[str, object] = {"disposition": values.get("disposition") or values.get("proposed_disposition")}
    if values.get("decision_number"):
        data["document"] = values["decision_number"]
    if leading is not None:
        data["leading"] = leading.number
    reason = values.get("resolution_note", "")
    return change(session, petition, by=by, action=action, values=values, reason=reason, data=data)
