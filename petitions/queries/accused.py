"""Who is accused in which petition, and who is therefore kept from it.

Kept from it are the accused, whoever works in an accused unit, and whoever works in one unit with an accused person.
The answers are worked out from the memberships of the moment: somebody who moves into the unit is kept out too.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased

from auth.barriers import Barriers
from auth.models import Unit, UnitMember, User
from core.database import AnyRow
from petitions.models import Accused

_own, _colleague = aliased(UnitMember), aliased(UnitMember)


def _concerns(user_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a row of ``Accused`` keeps the user out."""
    units = select(_own.unit_id).where(_own.user_id == user_id)
    colleagues = select(_colleague.user_id).where(_colleague.unit_id.in_(units))
    return and_(
        Accused.lifted_at.is_(None),
        or_(Accused.user_id == user_id, Accused.unit_id.in_(units), Accused.user_id.in_(colleagues)),
    )


# Looked at for every request: an office without accusations is done after one look into an empty index.
_PRESENT = exists().where(Accused.office_id == User.office_id, _concerns(User.id.expression)).correlate(User)
_BARRED = (
    select(Accused.petition_id)
    .where(
        _concerns(bindparam("user_id")),
        Accused.office_id == select(User.office_id).where(User.id == bindparam("user_id")).scalar_subquery(),
    )
    .distinct()
    .order_by(Accused.petition_id)
)


def _barred(session: Session, user_id: int) -> Sequence[int]:
    return session.scalars(_BARRED, {"user_id": user_id}).all()


BARRIERS = Barriers(_PRESENT, _barred)


def _in_force(*conditions: ColumnElement[bool]) -> Select[int, int | None, int | None]:
    return select(Accused.petition_id, Accused.user_id, Accused.unit_id).where(Accused.lifted_at.is_(None), *conditions)


def barred_units(session: Session, petition_id: int) -> frozenset[int]:
    """The units that may not hold the petition."""
    rows = session.execute(_in_force(Accused.petition_id == petition_id)).all()
    if not rows:
        return frozenset()
    accused = [row.user_id for row in rows if row.user_id is not None]
    theirs = session.scalars(select(UnitMember.unit_id).where(UnitMember.user_id.in_(accused))) if accused else ()
    return frozenset(theirs) | {row.unit_id for row in rows if row.unit_id is not None}


def barred_people(session: Session, petition_id: int) -> frozenset[int]:
    """The users that may neither see nor hold the petition."""
    return _people(session, _in_force(Accused.petition_id == petition_id)).get(petition_id, frozenset())


def barred_people_by_petition(session: Session, office_id: int) -> Mapping[int, frozenset[int]]:
    """The same for every petition of the office in which somebody is accused."""
    return _people(session, _in_force(Accused.office_id == office_id))


def _people(session: Session, accusations: Select[int, int | None, int | None]) -> Mapping[int, frozenset[int]]:
    rows = session.execute(accusations).all()
    if not rows:
        return {}
    members, units_of = defaultdict(set), defaultdict(set)
    for member in session.execute(select(UnitMember.unit_id, UnitMember.user_id)):
        members[member.unit_id].add(member.user_id)
        units_of[member.user_id].add(member.unit_id)
    found: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        kept_out = found[row.petition_id]
        if row.user_id is not None:
            kept_out.add(row.user_id)
        for unit_id in units_of[row.user_id] if row.user_id is not None else (row.unit_id,):
            kept_out |= members[unit_id]
    return {petition_id: frozenset(kept_out) for petition_id, kept_out in found.items()}


def accused_in(session: Session, petition_id: int) -> Sequence[AnyRow]:
    """Who is or was accused in the petition, with the name of the person or the unit."""
    query = (
        select(
            Accused.id,
            Accused.user_id,
            Accused.unit_id,
            Accused.named_at,
            Accused.lifted_at,
            Accused.lifted_why,
            User.full_name,
            Unit.name.label("unit_name"),
        )
        .outerjoin(User, User.id == Accused.user_id)
        .outerjoin(Unit, Unit.id == Accused.unit_id)
        .where(Accused.petition_id == petition_id)
        .order_by(Accused.id)
    )
    return session.execute(query).all()
