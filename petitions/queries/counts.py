"""How many petitions stand in each named queue, from the counters."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.models import Tally
from petitions.queries.visibility import counted_for


@dataclass(frozen=True, slots=True)
class Counts:
    """Petitions in each named queue that the reader may see."""

    all: int = 0
    open: int = 0
    unassigned: int = 0
    priority: int = 0
    escalated: int = 0
    mine: int = 0
    overdue: int = 0
    due_soon: int = 0
    confirmation: int = 0


def queue_counts(session: Session, actor: Actor, *, today: date, soon_until: date) -> Counts:
    """The counts of the named queues in one query, whatever the size of the backlog.

    Past due days are summed by month, and by day only in the present month.
    """
    month = today.isoformat()[:7]
    day, soon = today.isoformat(), soon_until.isoformat()
    overdue = or_(
        and_(Tally.name == "due-month", Tally.bucket < month),
        and_(Tally.name == "due-day", Tally.bucket >= month, Tally.bucket < day),
    )
    due_soon = and_(Tally.name == "due-day", Tally.bucket >= day, Tally.bucket <= soon)
    mine = and_(Tally.name == "officer", Tally.bucket == str(actor.id))
    label = case((overdue, "overdue"), (due_soon, "due_soon"), (mine, "mine"), else_=Tally.name)
    wanted = or_(
        Tally.name.in_(("all", "open", "unassigned", "priority", "escalated", "confirmation")), mine, overdue, due_soon
    )
    rows = session.execute(
        select(label.label("queue"), func.sum(Tally.n)).where(counted_for(actor), wanted).group_by("queue")
    )
    return Counts(**{name: int(n) for name, n in rows})
