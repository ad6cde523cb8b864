"""Who works on a petition: take, assign, reassign, send back, escalate, return."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from auth.actor import Actor, Membership
from auth.models import Unit, UnitMember, User
from auth.permissions import ASSIGNABLE_ROLES, Permission, Role, permissions_of
from core import clock
from core.errors import IllegalTransition, InvalidInput, NotAllowed
from core.i18n import format_day
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.models import Petition
from petitions.queries.absences import away, units_stood_in_for
from petitions.queries.accused import barred_people
from petitions.queries.visibility import visible_to
from petitions.services.accused import BARRED, refuse_barred
from petitions.services.ledger import change, facts, lock, lock_all, statement
from petitions.services.presence import ask_if_away
from petitions.vocabulary import Trigger
from petitions.workflow import OPEN_STATES, Action, State, check

# Asked with every case that is given to somebody, so they are built once.
_IS_UNIT = select(
    exists().where(Unit.id == bindparam("unit_id"), Unit.office_id == bindparam("office_id"), Unit.active)
)
_OFFICER = (
    select(User.full_name, User.role, User.active)
    .where(User.id == bindparam("officer_id"), User.office_id == bindparam("office_id"))
    .with_for_update(read=True)
)
_UNITS_OF = select(UnitMember.unit_id).where(UnitMember.user_id == bindparam("officer_id")).order_by(UnitMember.unit_id)
_UNIT_NAME = select(Unit.name).where(Unit.id == bindparam("unit_id"))


def take(session: Session, petition_id: int, *, by: Actor, version: int | None = None) -> Petition:
    """The actor takes a petition that nobody works on: not yet given out, or given to a unit of the actor's."""
    return _take(session, petition_id, by=by, team=by, version=version)


def _take(session: Session, petition_id: int, *, by: Actor, team: Actor, version: int | None = None) -> Petition:
    """``team`` is the actor as a member of the units for which the actor takes cases."""
    if by.id is None:
        raise NotAllowed("only a user can work on a petition")
    petition = lock(session, petition_id, by, version)
    check(Action.TAKE, facts(session, petition), team, ())
    unit_id = petition.unit_id if petition.unit_id in team.unit_ids else next(iter(by.unit_ids), petition.unit_id)
    values = {"state": State.ASSIGNED, "officer_id": by.id, "unit_id": unit_id}
    change(session, petition, by=by, action=Action.TAKE, values=values, data={"officer": by.full_name})
    return petition


def take_next(session: Session, *, by: Actor) -> Petition | None:
    """The next case for the actor's team: the top of what nobody works on, taken now; None when nothing waits.

    The team are the actor's units; for a supervisor, who sees every case, those of whoever the supervisor stands in for
    as well. Two who ask at once get two different cases: on PostgreSQL a row that another is taking is passed over, on
    SQLite the second waits for the first. Raises ``IllegalTransition`` for somebody who is away.
    """
    if not by.may(Permission.PETITION_TAKE):
        raise NotAllowed("take")
    today = clock.today()
    found = away(session, by.id, today) if by.id is not None else None
    if found is not None:
        raise IllegalTransition(
            _l("You are away until %(until)s. Strike the absence first.", until=format_day(found.until))
        )
    team = _with_those_stood_in_for(session, by, today)
    petition_id = session.execute(top_for(by, team)).scalar_one_or_none()
    return None if petition_id is None else _take(session, petition_id, by=by, team=team)


def top_for(by: Actor, team: Actor) -> Select[int]:
    """The question for the first case that ``by`` may take for ``team``: received, or given to a unit of the team."""
    received = Petition.state == State.RECEIVED
    of_the_team = and_(Petition.state == State.ASSIGNED, Petition.unit_id.in_(team.unit_ids))
    return (
        select(Petition.id)
        .where(
            # Said as the index of unassigned cases says it, so that SQLite walks it and sorts nothing.
            Petition.state != State.RESOLVED.value,
            Petition.officer_id.is_(None),
            or_(received, of_the_team) if team.units else received,
            visible_to(by),
        )
        .order_by(Petition.priority_key, Petition.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _with_those_stood_in_for(session: Session, by: Actor, today: date) -> Actor:
    # An officer stands in for a colleague of the own unit only, whose cases are the own team's anyway.
    if not by.may(Permission.SEALED_VIEW_ALL):
        return by
    more = (unit_id for unit_id in units_stood_in_for(session, by, today) if unit_id not in by.unit_ids)
    return replace(by, units=(*by.units, *(Membership(unit_id, is_head=False) for unit_id in more)))


def assign(
    session: Session,
    petition_id: int,
    *,
    by: Actor,
    unit_id: int | None = None,
    officer_id: int | None = None,
    reason: str = "",
    absent_ok: bool = False,
    version: int | None = None,
) -> Petition:
    """Give a petition to a unit, an officer or both; one that is assigned already is reassigned, with a reason.

    One that was put before a supervisor before anybody had it is given out for the first time: that needs no reason.
    Raises ``InvalidInput`` for an officer who cannot hold work or does not belong to the unit, and for one who is away
    today unless ``absent_ok``.
    """
    petition = lock(session, petition_id, by, version)
    action = Action.ASSIGN if petition.state == State.RECEIVED else Action.REASSIGN
    reason = statement(reason)
    first = petition.officer_id is None and petition.unit_id is None
    given = [name for name, value in (("assignee", unit_id or officer_id), ("reason", reason or first)) if value]
    line = check(action, facts(session, petition), by, given)
    unit_id, officer_name = assignee(session, petition, unit_id=unit_id, officer_id=officer_id)
    if (unit_id, officer_id) == (petition.unit_id, petition.officer_id) and action is Action.REASSIGN:
        raise InvalidInput({"assignee": _l("The petition is there already.")})
    ask_if_away(session, officer_id, by=by, field="officer_id", absent_ok=absent_ok)
    values: dict[str, object] = {"unit_id": unit_id, "officer_id": officer_id}
    if line.to is not None:
        values["state"] = line.to
    names = {"officer": officer_name, "unit": _unit_name(session, unit_id)}
    change(session, petition, by=by, action=action, values=values, reason=reason, data=names)
    return petition


def assignee(
    session: Session, petition: Petition, *, unit_id: int | None, officer_id: int | None
) -> tuple[int | None, str]:
    """The unit and the officer's name for an assignment; an officer brings the own unit along.

    Raises ``InvalidInput`` beside the field that does not fit.
    """
    unit_id, name = _fitting(session, petition, unit_id=unit_id, officer_id=officer_id)
    refuse_barred(session, petition.id, unit_id=unit_id, officer_id=officer_id)
    return unit_id, name


def _fitting(
    session: Session, petition: Petition, *, unit_id: int | None, officer_id: int | None
) -> tuple[int | None, str]:
    of_office = {"office_id": petition.office_id}
    if unit_id is not None and not session.execute(_IS_UNIT, of_office | {"unit_id": unit_id}).scalar_one():
        raise InvalidInput({"unit_id": _l("There is no such unit.")})
    if officer_id is None:
        return unit_id, ""
    # Held: whoever disables this person now waits, and then finds the petition among what must be handed over.
    officer = session.execute(_OFFICER, of_office | {"officer_id": officer_id}).one_or_none()
    if officer is None or not officer.active or Role(officer.role) not in ASSIGNABLE_ROLES:
        raise InvalidInput({"officer_id": _l("This person cannot be given petitions.")})
    units = list(session.scalars(_UNITS_OF, {"officer_id": officer_id}))
    if unit_id is None:
        unit_id = petition.unit_id if petition.unit_id in units else (units[0] if units else petition.unit_id)
    sees_all = Permission.SEALED_VIEW_ALL in permissions_of(Role(officer.role))
    if unit_id not in units and not sees_all:
        raise InvalidInput({"officer_id": _l("This officer does not belong to the unit.")})
    return unit_id, officer.full_name


def send_back(session: Session, petition_id: int, *, by: Actor, reason: str, version: int | None = None) -> Petition:
    """Not ours: the petition goes back to whoever distributes."""
    petition = lock(session, petition_id, by, version)
    reason = statement(reason)
    check(Action.SEND_BACK, facts(session, petition), by, ("reason",) if reason else ())
    values = {"state": State.RECEIVED, "officer_id": None, "unit_id": None}
    change(session, petition, by=by, action=Action.SEND_BACK, values=values, reason=reason)
    return petition


def escalate(
    session: Session,
    petition_id: int,
    *,
    by: Actor,
    trigger: Trigger | None,
    to_id: int | None,
    reply_by: date | None,
    reason: str,
    absent_ok: bool = False,
    version: int | None = None,
) -> Petition:
    """Put supervision on top of the work: to whom, why, and by when an answer is wanted. No clock stops."""
    petition = lock(session, petition_id, by, version)
    reason = statement(reason)
    wanted = (("trigger", trigger), ("escalated_to", to_id), ("reply_by", reply_by), ("reason", reason))
    check(Action.ESCALATE, facts(session, petition), by, [name for name, value in wanted if value])
    if reply_by is not None and reply_by < clock.today():
        raise InvalidInput({"reply_by": _l("This day has passed.")})
    addressee = session.execute(
        select(User.full_name, User.role)
        .where(User.id == to_id, User.office_id == petition.office_id, User.active)
        .with_for_update(read=True)
    ).one_or_none()
    if addressee is None or Permission.PETITION_ASSIGN not in permissions_of(Role(addressee.role)):
        raise InvalidInput({"escalated_to": _l("Choose a supervisor.")})
    if to_id in barred_people(session, petition.id):
        raise InvalidInput({"escalated_to": BARRED})
    ask_if_away(session, to_id, by=by, field="escalated_to", absent_ok=absent_ok)
    values = {
        "state": State.ESCALATED,
        "escalation_trigger": trigger,
        "escalated_to_id": to_id,
        "reply_by": reply_by,
    }
    data = {"trigger": trigger, "to": addressee.full_name}
    change(session, petition, by=by, action=Action.ESCALATE, values=values, reason=reason, data=data)
    return petition


def return_to_officer(
    session: Session,
    petition_id: int,
    *,
    by: Actor,
    instruction: str,
    officer_id: int | None = None,
    absent_ok: bool = False,
    version: int | None = None,
) -> Petition:
    """End the escalation with an instruction; the officer who had it goes on, or the one named.

    After a conflict of interest somebody has to be named. Raises ``InvalidInput`` (officer_id) otherwise.
    """
    petition = lock(session, petition_id, by, version)
    instruction = statement(instruction, "instruction")
    if petition.escalation_trigger == Trigger.CONFLICT and officer_id is None:
        raise InvalidInput({"officer_id": _l("There is a conflict of interest: choose somebody who is free of it.")})
    officer_id = officer_id or petition.officer_id
    wanted = (("instruction", instruction), ("assignee", officer_id or petition.unit_id))
    check(Action.RETURN, facts(session, petition), by, [name for name, value in wanted if value])
    unit_id, officer_name = assignee(session, petition, unit_id=None, officer_id=officer_id)
    ask_if_away(session, officer_id, by=by, field="officer_id", absent_ok=absent_ok)
    values = {
        "state": State.ASSIGNED,
        "unit_id": unit_id if officer_id else petition.unit_id,
        "officer_id": officer_id,
        "escalation_trigger": None,
        "escalated_to_id": None,
        "reply_by": None,
    }
    change(
        session,
        petition,
        by=by,
        action=Action.RETURN,
        values=values,
        reason=instruction,
        data={"officer": officer_name},
    )
    return petition


def hand_over(session: Session, *, from_id: int, to_id: int, by: Actor, reason: str) -> list[int]:
    """Give every open petition of one officer to another; return their ids. For somebody who leaves.

    The petitions move although ``by`` may see no case content: nothing of it is shown.
    """
    ids = lock_all(session, and_(Petition.officer_id == from_id, Petition.state.in_(OPEN_STATES)))
    text = clean_line(reason)
    for petition_id in ids:
        petition = session.get_one(Petition, petition_id, populate_existing=True)
        try:
            unit_id, name = assignee(session, petition, unit_id=None, officer_id=to_id)
        except InvalidInput as error:
            # The administrator chose a successor, not an officer for one case.
            raise InvalidInput({"successor": next(iter(error.errors.values()))}) from error
        change(
            session,
            petition,
            by=by,
            action=Action.REASSIGN,
            values={"officer_id": to_id, "unit_id": unit_id},
            reason=text,
            data={"officer": name, "unit": _unit_name(session, unit_id)},
        )
    return ids


def hand_over_escalations(
    session: Session, petition_ids: Sequence[int], *, to_id: int, by: Actor, reason: str
) -> Sequence[int]:
    """Let another supervisor answer what was escalated to somebody who leaves."""
    name = session.execute(select(User.full_name).where(User.id == to_id)).scalar_one()
    for petition_id in petition_ids:
        if to_id in barred_people(session, petition_id):
            raise InvalidInput({"successor": BARRED})
        petition = session.get_one(Petition, petition_id, populate_existing=True)
        data = {"trigger": petition.escalation_trigger, "to": name}
        values = {"escalated_to_id": to_id}
        change(session, petition, by=by, action="re-escalate", values=values, reason=clean_line(reason), data=data)
    return petition_ids


def _unit_name(session: Session, unit_id: int | None) -> str:
    if unit_id is None:
        return ""
    return session.execute(_UNIT_NAME, {"unit_id": unit_id}).scalar_one_or_none() or ""
