"""What the reception desk reads: the own draft, the own latest petitions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from core.database import AnyRow
from petitions.models import IntakeDraft, Petition, PetitionEvent, Reminder
from petitions.queries.visibility import visible_to


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


def changed_since(session: Session, actor: Actor, since: datetime | None, *, limit: int = 15) -> Sequence[AnyRow]:
    """What others did, since then, to the petitions that the actor works on or that were escalated to the actor."""
    mine = (Petition.officer_id == actor.id) | (Petition.escalated_to_id == actor.id)
    ids = select(Petition.id).where(mine, Petition.state != "resolved", visible_to(actor)).limit(500)
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
        .where(PetitionEvent.petition_id.in_(ids))
    )
    if since is not None:
        query = query.where(PetitionEvent.recorded_at > since)
    if actor.id is not None:
        query = query.where(PetitionEvent.actor_id.is_distinct_from(actor.id))
    return session.execute(query.order_by(PetitionEvent.id.desc()).limit(limit)).all()
