"""How many petitions stand in each named queue, from the counters."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import CompoundSelect, Select, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.models import Tally
from petitions.queries.visibility import Sight, counted_in, sight_of

_NAMED = ("all", "open", "unassigned", "priority", "escalated", "confirmation")


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
    """The counts of the named queues in one query, whatever the size of the backlog."""
    day = today.isoformat()
    values = {"officer": str(actor.id), "month": day[:7], "today": day, "soon": soon_until.isoformat()}
    found: Counter[str] = Counter()
    for name, n in session.execute(_counters(sight_of(actor)), values):
        found[name] += int(n or 0)
    return Counts(**found)


@lru_cache(maxsize=500)
def _counters(sight: Sight) -> CompoundSelect[str, int | None]:
    """The question of all counts for readers who see the same. Every page asks it, so it is built once.

    Each part reads one range of the counters' key. Past due days are summed by month, and by day only in the present
    month, so that counters of years gone by cost next to nothing.
    """
    named = select(Tally.name, func.sum(Tally.n)).where(Tally.name.in_(_NAMED)).group_by(Tally.name)
    mine = _total("mine").where(Tally.name == "officer", Tally.bucket == bindparam("officer"))
    past = _total("overdue").where(Tally.name == "due-month", Tally.bucket < bindparam("month"))
    this_month = _total("overdue").where(
        Tally.name == "due-day", Tally.bucket >= bindparam("month"), Tally.bucket < bindparam("today")
    )
    soon = _total("due_soon").where(
        Tally.name == "due-day", Tally.bucket >= bindparam("today"), Tally.bucket <= bindparam("soon")
    )
    return union_all(*(part.where(counted_in(sight)) for part in (named, mine, past, this_month, soon)))


def _total(name: str) -> Select[str, int | None]:
    return select(literal(name).label("name"), func.sum(Tally.n))
