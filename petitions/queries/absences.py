"""Who is absent, until when and who stands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from auth.actor import Actor
from auth.models import UnitMember, User
from auth.permissions import DISTRIBUTING_ROLES, Permission, Role, permissions_of
from core.database import AnyRow
from petitions.models import Absence
from petitions.roster import Colleague, Roster

PAST_SHOWN = timedelta(days=30)
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody who is absent today; ``substitute`` is empty where nobody stands in."""

    name: str
    until: date
    substitute: str


def in_force(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Rows of ``Absence`` that hold on ``day``."""
    return and_(Absence.first_day <= day, Absence.last_day >= day, Absence.cancelled_at.is_(None))


# Asked with every case that is given to somebody, so both are built once: that takes the library far longer than to
# answer them.
_DAY = bindparam("day", type_=Date)
_SUBSTITUTE = aliased(User)
_AWAY = (
    select(User.full_name, Absence.last_day, _SUBSTITUTE.full_name.label("substitute"))
    .join(User, User.id == Absence.user_id)
    .outerjoin(_SUBSTITUTE, _SUBSTITUTE.id == Absence.substitute_id)
    .where(Absence.user_id == bindparam("user_id"), in_force(_DAY))
    .order_by(Absence.last_day.desc())
    .limit(1)
)
_STOOD_IN_FOR = (
    select(UnitMember.unit_id)
    .join(Absence, Absence.user_id == UnitMember.user_id)
    .where(Absence.substitute_id == bindparam("substitute_id"), in_force(_DAY))
    .distinct()
    .order_by(UnitMember.unit_id)
)


def away(session: Session, user_id: int, day: date) -> Away | None:
    """Whether the user is absent on ``day``, until when and who stands in; None for whoever is there."""
    row = session.execute(_AWAY, {"user_id": user_id, "day": day}).one_or_none()
    return Away(row.full_name, row.last_day, row.substitute or "") if row else None


def away_today(session: Session, office_id: int, day: date) -> dict[int, date]:
    """Until when those of the office are away who are away on ``day``, by their ids."""
    query = select(Absence.user_id, Absence.last_day).where(Absence.office_id == office_id, in_force(day))
    return {row.user_id: row.last_day for row in session.execute(query.order_by(Absence.last_day))}


def absences(session: Session, actor: Actor, today: date) -> Sequence[AnyRow]:
    """Absences of the actor's office that last, come or ended lately, the next to begin last; cancelled ones too."""
    substitute, recorder = aliased(User), aliased(User)
    query = (
        select(
            Absence.id,
            Absence.user_id,
            User.full_name,
            Absence.first_day,
            Absence.last_day,
            substitute.full_name.label("substitute"),
            Absence.note,
            recorder.full_name.label("recorded_by"),
            Absence.cancelled_at,
        )
        .join(User, User.id == Absence.user_id)
        .outerjoin(substitute, substitute.id == Absence.substitute_id)
        .outerjoin(recorder, recorder.id == Absence.recorded_by)
        .where(Absence.office_id == actor.office_id, Absence.last_day >= today - PAST_SHOWN)
        .order_by(Absence.first_day, Absence.id)
        .limit(MOST_SHOWN)
    )
    return session.execute(query).all()


def units_stood_in_for(session: Session, actor: Actor, day: date) -> tuple[int, ...]:
    """The units of those for whom the actor stands in on ``day``."""
    return tuple(session.scalars(_STOOD_IN_FOR, {"substitute_id": actor.id, "day": day}))


def roster_of(session: Session, office_id: int, day: date, *, held: bool = False) -> Roster:
    """The active people of the office as ``day`` finds them.

    ``held``: nobody who gives work is disabled until the transaction ends. Hold them before any petition is locked.
    """
    if held:
        distributing = (User.office_id == office_id, User.role.in_(DISTRIBUTING_ROLES))
        session.execute(select(User.id).where(*distributing).order_by(User.id).with_for_update(read=True)).all()
    rows = session.execute(
        select(
            User.id,
            User.full_name,
            User.role,
            UnitMember.unit_id,
            UnitMember.is_head,
            Absence.last_day,
            Absence.substitute_id,
        )
        .outerjoin(UnitMember, UnitMember.user_id == User.id)
        .outerjoin(Absence, and_(Absence.user_id == User.id, in_force(day)))
        .where(User.office_id == office_id, User.active)
        .order_by(User.id, Absence.last_day)
    )
    people: dict[int, Colleague] = {}
    for row in rows:
        known = people.get(row.id)
        units = known.unit_ids if known else frozenset[int]()
        heads = known.head_of if known else frozenset[int]()
        granted = permissions_of(Role(row.role))
        people[row.id] = Colleague(
            id=row.id,
            name=row.full_name,
            unit_ids=units | {row.unit_id} if row.unit_id is not None else units,
            head_of=heads | {row.unit_id} if row.is_head else heads,
            distributes=Permission.PETITION_ASSIGN in granted,
            sees_all=Permission.SEALED_VIEW_ALL in granted,
            absent_until=row.last_day,
            substitute_id=row.substitute_id,
        )
    return Roster(people.values())


def overlapping(session: Session, user_ids: Sequence[int], first_day: date, last_day: date) -> Sequence[AnyRow]:
    """Absences in force of these people that touch the period."""
    query = select(Absence.user_id, Absence.first_day, Absence.last_day).where(
        Absence.user_id.in_(user_ids),
        Absence.first_day <= last_day,
        Absence.last_day >= first_day,
        Absence.cancelled_at.is_(None),
    )
    return session.execute(query.order_by(Absence.first_day)).all()
