"""What the sweep told of limits: to one reader, and of one petition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from core import clock
from core.database import AnyRow
from petitions.models import ClockAlert, Petition, PetitionClock
from petitions.queries.visibility import visible_to

ALERTS_KEPT = timedelta(days=30)
ALERTS_LOOKED_AT = 300
ALERTS_SHOWN = 8

_OF_PETITION = (
    select(ClockAlert.level, ClockAlert.rule_id, ClockAlert.due_on, ClockAlert.at, User.full_name)
    .outerjoin(User, User.id == ClockAlert.to_user_id)
    .where(ClockAlert.petition_id == bindparam("petition_id"))
    .order_by(ClockAlert.id.desc())
)


@dataclass(frozen=True, slots=True)
class Alerts:
    """What a reader was told, newest first, one for each case; ``more`` says whether there is more than is shown."""

    rows: Sequence[AnyRow]
    more: bool


def alerts_of(session: Session, petition_id: int) -> Sequence[AnyRow]:
    """Everything that was told of a petition's limits, newest first. Whoever sees the petition may read it."""
    return session.execute(_OF_PETITION, {"petition_id": petition_id}).all()


def alerts_for(session: Session, actor: Actor, since: datetime | None) -> Alerts:
    """What the actor was told since then, at most ``ALERTS_KEPT`` back, of limits that still run to the same day.

    Of the newest ``ALERTS_LOOKED_AT`` only, so that it costs the same after a sweep of any size.
    """
    if actor.id is None:
        return Alerts((), more=False)
    earliest = clock.now() - ALERTS_KEPT
    newest = (
        select(ClockAlert.id)
        .where(ClockAlert.to_user_id == actor.id)
        .order_by(ClockAlert.id.desc())
        .limit(ALERTS_LOOKED_AT)
    )
    still_runs = and_(
        PetitionClock.petition_id == ClockAlert.petition_id,
        PetitionClock.rule_id == ClockAlert.rule_id,
        PetitionClock.started_on == ClockAlert.started_on,
        PetitionClock.due_on == ClockAlert.due_on,
        PetitionClock.stopped_on.is_(None),
    )
    query = (
        select(
            ClockAlert.petition_id,
            ClockAlert.rule_id,
            ClockAlert.level,
            ClockAlert.due_on,
            ClockAlert.at,
            Petition.number,
            Petition.title,
        )
        .join(Petition, Petition.id == ClockAlert.petition_id)
        .join(PetitionClock, still_runs)
        .where(
            ClockAlert.id.in_(newest), ClockAlert.at > (max(since, earliest) if since else earliest), visible_to(actor)
        )
        .order_by(ClockAlert.id.desc())
    )
    found: dict[int, AnyRow] = {}
    more = False
    for row in session.execute(query):
        if row.petition_id not in found and len(found) == ALERTS_SHOWN:
            more = True
            break
        found.setdefault(row.petition_id, row)
    return Alerts(list(found.values()), more)
