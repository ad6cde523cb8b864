"""What the people side asks of the domain when somebody leaves: count and hand over open petitions."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.i18n import gettext as _
from petitions.models import Petition
from petitions.services.assignment import hand_over
from petitions.workflow import OPEN_STATES


class OpenPetitions:
    """Open petitions as the open work of people and units."""

    def open_count(self, session: Session, user_id: int) -> int:
        """How many open petitions the user works on."""
        query = select(func.count()).where(Petition.officer_id == user_id, Petition.state.in_(OPEN_STATES))
        return session.execute(query).scalar_one()

    def unit_open_count(self, session: Session, unit_id: int) -> int:
        """How many open petitions stand in the unit."""
        query = select(func.count()).where(Petition.unit_id == unit_id, Petition.state.in_(OPEN_STATES))
        return session.execute(query).scalar_one()

    def hand_over(self, session: Session, *, from_user_id: int, to_user_id: int, by: Actor) -> int:
        """Give all open petitions of one officer to another, each with its event; return how many."""
        return hand_over(session, from_id=from_user_id, to_id=to_user_id, by=by, reason=_("The officer leaves."))
