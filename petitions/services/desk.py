"""What the reception desk writes besides petitions: drafts, visits, reminders."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from auth.permissions import Permission
from core import audit, clock
from core.errors import InvalidInput, NotAllowed, NotVisible
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.models import IntakeDraft, Petition, Reminder, Visit
from petitions.sealing import REFUSAL, is_sealed, without_identity
from petitions.services.intake_input import EARLIEST_RECEIPT, MAX_PEOPLE
from petitions.services.ledger import lock
from petitions.vocabulary import Kind

MAX_DRAFT = 400_000


def save_draft(session: Session, typed: Mapping[str, object], *, by: Actor, sealed: bool) -> None:
    """Keep what stands in the intake form. Of a denunciation only what cannot tell who wrote is kept."""
    if by.id is None or not by.may(Permission.PETITION_RECEIVE):
        raise NotAllowed("draft")
    token = str(typed.get("intake_token") or "")
    registered = select(Petition.id).where(Petition.intake_token == token, Petition.office_id == by.office_id)
    if token and session.execute(registered).first() is not None:
        # Saved by a page that was sent meanwhile: what it holds is registered.
        return
    kept = without_identity(typed) if sealed else dict(typed)
    payload = json.dumps(kept, ensure_ascii=False)
    if len(payload) > MAX_DRAFT:
        raise InvalidInput({"body": _l("This text is too long.")})
    values = {"saved_at": clock.now(), "payload": payload}
    done = session.execute(
        update(IntakeDraft)
        .where(IntakeDraft.user_id == by.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if getattr(done, "rowcount", 0) == 0:
        session.execute(insert(IntakeDraft), [{"user_id": by.id, **values}])


def discard_draft(session: Session, *, by: Actor) -> None:
    """Throw the actor's draft away."""
    session.execute(delete(IntakeDraft).where(IntakeDraft.user_id == by.id))


@dataclass(frozen=True, slots=True)
class VisitInput:
    """A visit without a petition, by the columns of form 03/TCD. The form's ``token`` makes one visit only."""

    visited_on: date
    content: str
    kind: Kind
    name: str = ""
    address: str = ""
    id_number: str = ""
    people_count: int = 1
    handled_before_by: str = ""
    in_jurisdiction: bool = False
    guided_to: str = ""
    transferred_to: str = ""
    follow_up: str = ""
    remark: str = ""
    token: str | None = None


MAX_VISIT_CONTENT = 20_000
_VISIT_LENGTHS = {
    "name": 200,
    "address": 300,
    "id_number": 40,
    "handled_before_by": 300,
    "guided_to": 300,
    "transferred_to": 300,
    "follow_up": 500,
    "remark": 500,
}


def register_visit(session: Session, visit: VisitInput, *, by: Actor) -> int:
    """Enter a visit in the register of citizen reception; return its id.

    A form that was sent before returns the visit it made. Of somebody who denounces, or may (several kinds in one),
    neither name nor address nor identity number is taken. Raises ``NotAllowed``, or ``InvalidInput`` with a message for
    each field that cannot be taken.
    """
    if not by.may(Permission.PETITION_RECEIVE):
        raise NotAllowed("visit")
    if visit.token:
        made = select(Visit.id).where(Visit.intake_token == visit.token, Visit.office_id == by.office_id)
        known = session.execute(made).scalar_one_or_none()
        if known is not None:
            return known
    if errors := _visit_errors(visit):
        raise InvalidInput(errors)
    values = {name: clean_line(getattr(visit, name)) for name in _VISIT_LENGTHS}
    visit_id: int = session.execute(
        insert(Visit).returning(Visit.id),
        {
            **values,
            "office_id": by.office_id,
            "visited_on": visit.visited_on,
            "content": clean_text(visit.content),
            "kind": visit.kind,
            "people_count": visit.people_count,
            "in_jurisdiction": visit.in_jurisdiction,
            "intake_token": visit.token,
            "registered_at": clock.now(),
            "registered_by": by.id,
        },
    ).scalar_one()
    audit.record(
        session,
        by.office_id,
        actor=by.username,
        action="visit.register",
        subject=f"visit:{visit_id}",
        payload={"visited_on": visit.visited_on, "kind": visit.kind},
    )
    return visit_id


def _visit_errors(visit: VisitInput) -> dict[str, object]:
    errors: dict[str, object] = {}
    if visit.visited_on > clock.today():
        errors["visited_on"] = _l("This day lies in the future.")
    elif visit.visited_on < EARLIEST_RECEIPT:
        errors["visited_on"] = _l("This day is too long ago.")
    if is_sealed(visit.kind, ()):
        errors |= {name: REFUSAL for name in ("name", "id_number", "address") if clean_line(getattr(visit, name))}
    elif not clean_line(visit.name):
        errors["name"] = _l("Give the name.")
    if not 1 <= visit.people_count <= MAX_PEOPLE:
        errors["people_count"] = _l("Give a number from 1 to 100,000.")
    if not clean_text(visit.content):
        errors["content"] = _l("Say what was told.")
    elif len(clean_text(visit.content)) > MAX_VISIT_CONTENT:
        errors["content"] = _l("This text is too long.")
    for name, most in _VISIT_LENGTHS.items():
        if len(clean_line(getattr(visit, name))) > most:
            errors[name] = _l("At most %(count)s characters.", count=most)
    return errors


def remind(session: Session, petition_id: int, *, by: Actor, remind_on: date, text: str) -> None:
    """Set a personal reminder on a petition; nobody else sees it, and the petition does not change."""
    petition = lock(session, petition_id, by)
    note = clean_line(text)
    errors: dict[str, object] = {}
    if remind_on < clock.today():
        errors["remind_on"] = _l("This day has passed.")
    if not note or len(note) > 300:
        errors["reminder"] = _l("Say of what, in at most 300 characters.")
    if errors or by.id is None:
        raise InvalidInput(errors or {"reminder": _l("Only a user can be reminded.")})
    session.execute(
        insert(Reminder),
        [{"petition_id": petition.id, "user_id": by.id, "remind_on": remind_on, "text": note}],
    )


def finish_reminder(session: Session, reminder_id: int, *, by: Actor) -> None:
    """Tick off an own reminder."""
    reminder = session.get(Reminder, reminder_id)
    if reminder is None or reminder.user_id != by.id:
        raise NotVisible(f"reminder {reminder_id}")
    reminder.done_at = clock.now()


def mark_looked(session: Session, until: datetime, *, by: Actor) -> None:
    """Remember that the actor has seen what changed until that moment (now, for one without zone or in the future)."""
    now = clock.now()
    moment = now if until.tzinfo is None else min(until, now)
    session.execute(
        update(User).where(User.id == by.id).values(looked_at=moment).execution_options(synchronize_session=False)
    )
