"""What the people side asks of the domain when somebody leaves: count and hand over open petitions."""

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from auth.permissions import Permission, Role, permissions_of
from core.errors import InvalidInput
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from petitions.models import Petition
from petitions.services.assignment import hand_over, hand_over_escalations
from petitions.services.ledger import lock_all
from petitions.services.presence import ask_if_away
from petitions.workflow import OPEN_STATES, State


class OpenPetitions:
    """Open petitions as the open work of people and units."""

    def open_count(self, session: Session, user_id: int) -> int:
        """How many open petitions the user works on, or has to answer because they were escalated to the user."""
        return session.execute(select(func.count()).where(_held_by(user_id))).scalar_one()

    def unit_open_count(self, session: Session, unit_id: int) -> int:
        """How many open petitions stand in the unit."""
        query = select(func.count()).where(Petition.unit_id == unit_id, Petition.state.in_(OPEN_STATES))
        return session.execute(query).scalar_one()

    def hand_over(
        self, session: Session, *, from_user_id: int, to_user_id: int, by: Actor, absent_ok: bool = False
    ) -> int:
        """Give all open petitions of one officer to another, each with its event; return how many.

        What was escalated to somebody needs an answer of a supervisor: raises ``InvalidInput`` (successor) where the
        successor is none, and where the successor is away today unless ``absent_ok``.
        """
        ask_if_away(session, to_user_id, by=by, field="successor", absent_ok=absent_ok)
        reason = _("The officer leaves.")
        lock_all(session, _held_by(from_user_id))
        waiting = lock_all(session, _escalated_to(from_user_id))
        if waiting and not _may_answer(session, to_user_id):
            raise InvalidInput(
                {"successor": _l("Petitions were escalated to this person: their successor must be a supervisor.")}
            )
        moved = set(hand_over(session, from_id=from_user_id, to_id=to_user_id, by=by, reason=reason))
        moved.update(hand_over_escalations(session, waiting, to_id=to_user_id, by=by, reason=reason))
        return len(moved)


def _held_by(user_id: int) -> ColumnElement[bool]:
    mine = and_(Petition.officer_id == user_id, Petition.state.in_(OPEN_STATES))
    return or_(mine, _escalated_to(user_id))


def _escalated_to(user_id: int) -> ColumnElement[bool]:
    return and_(Petition.escalated_to_id == user_id, Petition.state == State.ESCALATED)


def _may_answer(session: Session, user_id: int) -> bool:
    role = session.execute(select(User.role).where(User.id == user_id)).scalar_one()
    return Permission.PETITION_ASSIGN in permissions_of(Role(role))
