"""Absences of those who hold petitions, with whoever stands in: recorded, ended early, struck."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import UnitMember, User
from auth.permissions import ASSIGNABLE_ROLES, DISTRIBUTING_ROLES, Permission, Role
from core import audit, clock
from core.database import AnyRow
from core.errors import InvalidInput, NotAllowed, NotVisible
from core.i18n import format_day
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.models import Absence
from petitions.queries.absences import overlapping

LONGEST = timedelta(days=366)
LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True)
class AbsenceInput:
    """Who is away from when to when, both days included, and who stands in (None for nobody)."""

    user_id: int | None
    first_day: date | None
    last_day: date | None
    substitute_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Colleague:
    """What the rules ask of a user."""

    id: int
    username: str
    name: str
    role: Role
    unit_ids: frozenset[int]

    @property
    def gives_work(self) -> bool:
        """Whether petitions can be escalated to this person."""
        return self.role in DISTRIBUTING_ROLES


def record_absence(session: Session, wanted: AbsenceInput, *, by: Actor) -> int:
    """Record an absence; return its id.

    Everybody who holds petitions may record the own absence, the head of a unit those of its members, whoever assigns
    all of them. Raises ``NotAllowed``, or ``InvalidInput`` with a message beside each field that cannot be taken.
    """
    if not by.may(Permission.ABSENCE_RECORD):
        raise NotAllowed("absence")
    first, last = _period(wanted)
    people = _hold(session, by.office_id, (wanted.user_id, wanted.substitute_id))
    who = people.get(wanted.user_id) if wanted.user_id is not None else None
    if who is None:
        raise InvalidInput({"user_id": _l("Choose who is away.")})
    if not may_record_for(by, who.id, who.unit_ids):
        raise NotAllowed("absence of somebody else")
    errors = _note_errors(wanted.note)
    for row in overlapping(session, [who.id], first, last):
        errors["first_day"] = _l("An absence from %(first)s to %(last)s is recorded already.", **_days(row))
    if wanted.substitute_id is not None:
        errors |= _substitute_errors(session, people, who, wanted.substitute_id, (first, last))
    if errors:
        raise InvalidInput(errors)
    absence_id: int = session.execute(
        insert(Absence).returning(Absence.id),
        {
            "office_id": by.office_id,
            "user_id": who.id,
            "substitute_id": wanted.substitute_id,
            "first_day": first,
            "last_day": last,
            "note": clean_line(wanted.note),
            "recorded_by": by.id,
            "recorded_at": clock.now(),
        },
    ).scalar_one()
    stand_in = people[wanted.substitute_id].username if wanted.substitute_id is not None else ""
    _audit(session, by, "absence.record", who.username, absence_id, first=first, last=last, substitute=stand_in)
    return absence_id


def cancel_absence(session: Session, absence_id: int, *, by: Actor) -> str:
    """Strike an absence that lasts or is to come: whoever was away is there from now on; return the person's name.

    Raises ``NotVisible`` for one of another office, ``InvalidInput`` for one that is over or was struck.
    """
    if not by.may(Permission.ABSENCE_RECORD):
        raise NotAllowed("absence")
    row = session.execute(
        select(Absence.user_id, Absence.last_day, Absence.cancelled_at, User.username, User.full_name)
        .join(User, User.id == Absence.user_id)
        .where(Absence.id == absence_id, Absence.office_id == by.office_id)
        .with_for_update(of=Absence)
    ).one_or_none()
    if row is None:
        raise NotVisible(f"absence {absence_id}")
    units = session.scalars(select(UnitMember.unit_id).where(UnitMember.user_id == row.user_id))
    if not may_record_for(by, row.user_id, frozenset(units)):
        raise NotAllowed("absence of somebody else")
    if row.cancelled_at is not None or row.last_day < clock.today():
        raise InvalidInput({"_": _l("This absence is over.")})
    session.execute(
        update(Absence)
        .where(Absence.id == absence_id)
        .values(cancelled_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    _audit(session, by, "absence.cancel", row.username, absence_id)
    return str(row.full_name)


def may_record_for(by: Actor, user_id: int, unit_ids: frozenset[int]) -> bool:
    """Whether the actor may record and strike absences of the user, a member of these units."""
    return by.id == user_id or by.may(Permission.PETITION_ASSIGN) or any(by.heads(unit_id) for unit_id in unit_ids)


def _period(wanted: AbsenceInput) -> tuple[date, date]:
    errors: dict[str, object] = {}
    first, last = wanted.first_day, wanted.last_day
    if first is None:
        errors["first_day"] = _l("Give the day as dd/mm/yyyy.")
    elif first < clock.today():
        errors["first_day"] = _l("This day has passed: an absence begins today at the earliest.")
    if last is None:
        errors["last_day"] = _l("Give the day as dd/mm/yyyy.")
    elif first is not None and last < first:
        errors["last_day"] = _l("This day lies before the first day.")
    elif first is not None and last - first > LONGEST:
        errors["last_day"] = _l("At most a year at a time.")
    if errors or first is None or last is None:
        raise InvalidInput(errors)
    return first, last


def _hold(session: Session, office_id: int, user_ids: tuple[int | None, ...]) -> dict[int, _Colleague]:
    """Those of the users who can be away or stand in. They are locked, so that no two absences overlap."""
    wanted = sorted({user_id for user_id in user_ids if user_id is not None})
    users: list[AnyRow] = list(
        session.execute(
            select(User.id, User.username, User.full_name, User.role)
            .where(User.id.in_(wanted), User.office_id == office_id, User.active, User.role.in_(ASSIGNABLE_ROLES))
            .order_by(User.id)
            .with_for_update(key_share=True)
        )
    )
    units = session.execute(select(UnitMember.user_id, UnitMember.unit_id).where(UnitMember.user_id.in_(wanted))).all()
    return {
        row.id: _Colleague(
            row.id,
            row.username,
            row.full_name,
            Role(row.role),
            frozenset(unit_id for user_id, unit_id in units if user_id == row.id),
        )
        for row in users
    }


def _substitute_errors(
    session: Session, people: Mapping[int, _Colleague], who: _Colleague, substitute_id: int, period: tuple[date, date]
) -> dict[str, object]:
    """Why this person cannot stand in; nothing for one who can."""
    substitute = people.get(substitute_id)
    why: object = None
    if substitute is None:
        why = _l("This person cannot stand in.")
    elif substitute.id == who.id:
        why = _l("Choose somebody else than the one who is away.")
    elif who.gives_work and not substitute.gives_work:
        why = _l("Only a supervisor can stand in for a supervisor.")
    elif not substitute.gives_work and not substitute.unit_ids & who.unit_ids:
        why = _l("Choose a colleague of the same unit, or a supervisor.")
    elif away := overlapping(session, [substitute.id], *period):
        why = _l("%(name)s is away too, from %(first)s to %(last)s.", name=substitute.name, **_days(away[0]))
    return {"substitute_id": why} if why else {}


def _note_errors(note: str) -> dict[str, object]:
    if len(clean_line(note)) > LONGEST_NOTE:
        return {"note": _l("At most %(count)s characters.", count=LONGEST_NOTE)}
    return {}


def _days(row: AnyRow) -> dict[str, str]:
    return {"first": format_day(row.first_day), "last": format_day(row.last_day)}


def _audit(session: Session, by: Actor, action: str, username: str, absence_id: int, **more: object) -> None:
    payload = {"absence": absence_id, **more}
    audit.record(
        session, by.office_id, actor=by.username, action=action, subject=f"user:{username}"[:60], payload=payload
    )
