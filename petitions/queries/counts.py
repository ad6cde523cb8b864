"""How many petitions stand in each list: from the counters where they know it, else counted to a limit."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import CompoundSelect, Select, bindparam, false, func, literal, select, union_all
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.models import Petition, Tally
from petitions.queries.filters import NO_FILTERS, Filters, due_days
from petitions.queries.lists import COUNTED_TO, Queue, View, count_up_to, fitting
from petitions.queries.places import Place
from petitions.queries.visibility import Sight, counted_in, sight_of, visible_in

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


_OF_QUEUE = {
    Queue.MINE: "mine",
    Queue.UNASSIGNED: "unassigned",
    Queue.OPEN: "open",
    Queue.DUE_SOON: "due_soon",
    Queue.OVERDUE: "overdue",
    Queue.PRIORITY: "priority",
    Queue.ESCALATED: "escalated",
    Queue.CONFIRMATION: "confirmation",
    Queue.ALL: "all",
}


def size_of(
    session: Session,
    view: View,
    actor: Actor,
    *,
    today: date,
    soon_until: date,
    counts: Counts,
    most: int | None = COUNTED_TO,
) -> int:
    """How many petitions the list has: what the counters say, else counted no further than ``most`` + 1 (None: to the
    end). ``counts`` are those of the named queues.
    """
    known = _known_size(session, view, actor, today, counts)
    if known is not None:
        return known
    return count_up_to(session, view, actor, today=today, soon_until=soon_until, most=most)


def _known_size(session: Session, view: View, actor: Actor, today: date, counts: Counts) -> int | None:
    """What the counters know: named queues, and open petitions narrowed by their due day alone."""
    asked = view.filters
    if not asked.any:
        number: int = getattr(counts, _OF_QUEUE[view.queue])
        return number
    if view.queue is Queue.OPEN and asked == Filters(due=asked.due, due_from=asked.due_from, due_to=asked.due_to):
        return due_between(session, actor, *due_days(asked, today))
    return None


class Glance(NamedTuple):
    """How many petitions a list has, as far as a glance tells; ``exact`` False: there may be more."""

    number: int
    exact: bool


GLANCE_ROWS = 5_000
# Filters that an index answers, the most telling first.
_DRIVERS = ("officer_id", "unsent", "halted", "finding", "absent", "idle", "due", "due_from", "flags", "unit_id")


def glance(session: Session, view: View, actor: Actor, *, today: date, soon_until: date, counts: Counts) -> Glance:
    """The size of a list at a cost that no backlog makes larger: ``GLANCE_ROWS`` petitions are looked at and no more.

    One filter that has an index chooses which are looked at; what else the list asks for is asked of these only.
    """
    known = _known_size(session, view, actor, today, counts)
    if known is not None:
        return Glance(known, exact=True)
    asked = view.filters
    driver = next((name for name in _DRIVERS if getattr(asked, name) != getattr(NO_FILTERS, name)), "")
    walked = Filters(**{driver: getattr(asked, driver)}) if driver else NO_FILTERS
    looked_at, number = fitting(
        session, replace(view, filters=walked), asked, actor, today=today, soon_until=soon_until, most=GLANCE_ROWS
    )
    return Glance(number, exact=looked_at <= GLANCE_ROWS)


def due_between(session: Session, actor: Actor, first: date | None, last: date | None) -> int:
    """How many open petitions have a running limit that ends on these days; None: no bound on that side.

    Whole months are read as one counter, so that years gone by cost next to nothing.
    """
    months, days = [Tally.name == "due-month"], [Tally.name == "due-day"]
    if first is not None and last is not None:
        months = [false()]
        days += [Tally.bucket >= first.isoformat(), Tally.bucket <= last.isoformat()]
    elif last is not None:
        month = last.isoformat()[:7]
        months.append(Tally.bucket < month)
        days += [Tally.bucket >= month, Tally.bucket <= last.isoformat()]
    elif first is not None:
        month = first.isoformat()[:7]
        months.append(Tally.bucket > month)
        days += [Tally.bucket >= first.isoformat(), Tally.bucket <= f"{month}-31"]
    scope = counted_in(sight_of(actor))
    parts = (select(func.sum(Tally.n).label("n")).where(scope, *part) for part in (months, days))
    found = sum(int(n or 0) for n in session.scalars(union_all(*parts)))
    low, high = first.isoformat() if first else "", last.isoformat() if last else "9"
    return found - sum(
        name == "due-day" and low <= bucket <= high
        for place in _hidden(session, actor)
        for name, bucket in place.counted_in()
    )


def _hidden(session: Session, actor: Actor) -> list[Place]:
    """Where those stand that the counters hold for the reader, and that the reader is barred from."""
    sight = sight_of(actor)
    if not sight.barred:
        return []
    query = select(Petition).where(Petition.id.in_(sight.barred), visible_in(sight.unbarred))
    return [Place.of(petition) for petition in session.scalars(query)]


def queue_counts(session: Session, actor: Actor, *, today: date, soon_until: date) -> Counts:
    """The counts of the named queues in one query, whatever the size of the backlog."""
    day = today.isoformat()
    values = {"officer": str(actor.id), "month": day[:7], "today": day, "soon": soon_until.isoformat()}
    found: Counter[str] = Counter()
    for name, n in session.execute(_counters(sight_of(actor)), values):
        found[name] += int(n or 0)
    for place in _hidden(session, actor):
        found.subtract(_counted_as(place, actor, day, values["soon"]))
    return Counts(**found)


def _counted_as(place: Place, actor: Actor, today: str, soon_until: str) -> Iterator[str]:
    """The named queues in whose count the petition is."""
    for name, bucket in place.counted_in():
        if name in _NAMED:
            yield name
        elif (name, bucket) == ("officer", str(actor.id)):
            yield "mine"
        elif name == "due-day" and bucket < today:
            yield "overdue"
        elif name == "due-day" and bucket <= soon_until:
            yield "due_soon"


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
