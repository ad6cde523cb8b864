"""What the reception desk reads: the own draft, the own latest petitions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from auth.permissions import Permission
from core import clock
from core.database import AnyRow
from petitions.models import IntakeDraft, Petition, PetitionEvent, Reminder
from petitions.queries.visibility import visible_to
from petitions.workflow import Action, State

CHANGES_KEPT = timedelta(days=30)
CASES_LOOKED_AT = 500
EVENTS_LOOKED_AT = 1_000
"""How far back, counted in acts of the whole office, a case that was taken away is looked for."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An unfinished entry as it was last saved."""

    saved_at: datetime
    typed: dict[str, Any]


def draft_of(session: Session, actor: Actor) -> Draft | None:
    """The actor's unfinished entry."""
    row = session.execute(
        select(IntakeDraft.saved_at, IntakeDraft.payload).where(IntakeDraft.user_id == actor.id)
    ).one_or_none()
    return Draft(row.saved_at, json.loads(row.payload)) if row else None


def recent_of(session: Session, actor: Actor, *, limit: int = 5) -> Sequence[AnyRow]:
    """The petitions that the actor registered last."""
    query = (
        select(Petition.number, Petition.title, Petition.registered_at)
        .where(Petition.registered_by == actor.id, visible_to(actor))
        .order_by(Petition.id.desc())
        .limit(limit)
    )
    return session.execute(query).all()


def due_reminders(session: Session, actor: Actor, until: date, *, limit: int = 20) -> Sequence[AnyRow]:
    """The actor's open reminders up to a day, the oldest first."""
    query = (
        select(Reminder.id, Reminder.remind_on, Reminder.text, Petition.number)
        .join(Petition, Petition.id == Reminder.petition_id)
        .where(Reminder.user_id == actor.id, Reminder.done_at.is_(None), Reminder.remind_on <= until, visible_to(actor))
        .order_by(Reminder.remind_on, Reminder.id)
        .limit(limit)
    )
    return session.execute(query).all()


def looked_at(session: Session, actor: Actor) -> datetime | None:
    """When the actor last said to have seen what changed."""
    return session.execute(select(User.looked_at).where(User.id == actor.id)).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Changes:
    """What others did, newest first; ``more`` says whether older ones are left out."""

    rows: Sequence[AnyRow]
    more: bool


def changed_since(session: Session, actor: Actor, since: datetime | None, *, limit: int = 15) -> Changes:
    """What others did since then, at most ``CHANGES_KEPT`` back, to the cases that are or were the actor's.

    The actor's are those that the actor works on or that were escalated to the actor; those that the actor did
    something to; and those that were the actor's until somebody else took them away.
    """
    if actor.id is None:
        return Changes((), more=False)
    earliest = clock.now() - CHANGES_KEPT
    mine = or_(Petition.officer_id == actor.id, Petition.escalated_to_id == actor.id)
    held = select(Petition.id).where(mine, Petition.state != State.RESOLVED).limit(CASES_LOOKED_AT)
    touched = (
        select(PetitionEvent.petition_id)
        .where(PetitionEvent.actor_id == actor.id, PetitionEvent.recorded_at > earliest)
        .order_by(PetitionEvent.id.desc())
        .limit(CASES_LOOKED_AT)
    )
    # Whoever registers all day would otherwise read of every act in the office.
    of_workers = [PetitionEvent.petition_id.in_(touched)] if actor.may(Permission.PETITION_WORK_OWN) else []
    newest = select(func.max(PetitionEvent.id)).scalar_subquery()
    lost = or_(*(PetitionEvent.data.like(f'%"officer_id": {actor.id}{end}%') for end in (",", "}")))
    recently = PetitionEvent.id > newest - EVENTS_LOOKED_AT
    query = (
        select(
            PetitionEvent.action,
            PetitionEvent.actor_name,
            PetitionEvent.data,
            PetitionEvent.recorded_at,
            Petition.number,
            Petition.title,
        )
        .join(Petition, Petition.id == PetitionEvent.petition_id)
        .where(
            or_(PetitionEvent.petition_id.in_(held), and_(recently, lost), *of_workers),
            PetitionEvent.recorded_at > (max(since, earliest) if since else earliest),
            PetitionEvent.actor_id.is_distinct_from(actor.id),
            # Whom the sweep put a case before is told so already, as an alert.
            not_(
                and_(
                    PetitionEvent.actor_id.is_(None),
                    PetitionEvent.action == Action.ESCALATE.value,
                    Petition.escalated_to_id.is_not_distinct_from(actor.id),
                )
            ),
            visible_to(actor),
        )
        .order_by(PetitionEvent.id.desc())
        .limit(limit + 1)
    )
    rows = session.execute(query).all()
    return Changes(rows[:limit], more=len(rows) > limit)
