"""Which petitions are in a programme against the backlog: one condition for its page and for every list.

In a programme is what was received until its cut-off day and was open on its first day or came back since: every open
petition of that age, and every one resolved on its first day or later. What was registered in error never was a
petition and is in none; what was joined to another petition counts as settled.
"""

from datetime import date

from sqlalchemy import ColumnElement, ScalarSelect, and_, or_

from petitions.models import Petition
from petitions.vocabulary import Disposition
from petitions.workflow import State

Day = date | ScalarSelect[date]
"""A day, or the question that answers with one."""


def member_of(cut_off_on: Day, starts_on: Day) -> ColumnElement[bool]:
    """Petitions in a programme with these days."""
    is_open = Petition.state != State.RESOLVED.value
    return and_(Petition.received_on <= cut_off_on, or_(is_open, settled_since(starts_on)))


def settled_since(day: Day) -> ColumnElement[bool]:
    """Petitions that were resolved on ``day`` or later, but for those registered in error."""
    return and_(
        Petition.state == State.RESOLVED.value,
        Petition.resolved_on >= day,
        Petition.disposition != Disposition.ENTERED_IN_ERROR.value,
    )
