"""The morning page: each number is the size of a list, named by the same view that its link opens."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import AnyRow
from petitions.models import Absence
from petitions.queries.absences import in_force
from petitions.queries.counts import Counts, size_of
from petitions.queries.filters import DUE_TODAY, DUE_WEEK, MISSING, Filters
from petitions.queries.lists import Queue, View

IDLE_DAYS, HALTED_DAYS = 15, 30


class Matter(StrEnum):
    """What a supervisor looks at in the morning."""

    LATE = "late"
    TODAY = "today"
    WEEK = "week"
    HALTED = "halted"
    UNASSIGNED = "unassigned"
    ABSENT = "absent"
    IDLE = "idle"
    ESCALATED = "escalated"
    CONFIRMATION = "confirmation"
    FINDING = "finding"
    UNSENT = "unsent"


class Line(NamedTuple):
    """A number of the page: what it counts, and the list that holds just that."""

    matter: Matter
    view: View


def lines(unit_id: int | None, *, idle: int = IDLE_DAYS, halted: int = HALTED_DAYS) -> tuple[Line, ...]:
    """The lines of the page, for the whole office or one unit."""
    plain = {
        Matter.LATE: View(Queue.OVERDUE),
        Matter.TODAY: View(Queue.OPEN, Filters(due=DUE_TODAY)),
        Matter.WEEK: View(Queue.OPEN, Filters(due=DUE_WEEK)),
        Matter.HALTED: View(Queue.OPEN, Filters(halted=halted)),
        Matter.UNASSIGNED: View(Queue.UNASSIGNED),
        Matter.ABSENT: View(Queue.OPEN, Filters(absent=True)),
        Matter.IDLE: View(Queue.OPEN, Filters(idle=idle)),
        Matter.ESCALATED: View(Queue.ESCALATED),
        Matter.CONFIRMATION: View(Queue.CONFIRMATION),
        Matter.FINDING: View(Queue.OPEN, Filters(finding=MISSING)),
        Matter.UNSENT: View(Queue.ALL, Filters(unsent=True)),
    }
    return tuple(Line(matter, _of_unit(view, unit_id)) for matter, view in plain.items())


def top_view(unit_id: int | None, *, limit: int) -> View:
    """The top of the priority queue."""
    return _of_unit(View(Queue.PRIORITY, limit=limit), unit_id)


def _of_unit(view: View, unit_id: int | None) -> View:
    return view if unit_id is None else replace(view, filters=replace(view.filters, unit_id=unit_id))


def sizes(
    session: Session, actor: Actor, of: Sequence[Line], *, today: date, soon_until: date, counts: Counts
) -> list[int]:
    """How many petitions each list holds; those that no counter knows are counted as far as the lists count."""
    return [size_of(session, line.view, actor, today=today, soon_until=soon_until, counts=counts) for line in of]


def absences_on(session: Session, office_id: int, day: date) -> Sequence[AnyRow]:
    """Who is absent on ``day``, until when, and who stands in; who comes back last stands last."""
    query = (
        select(Absence.user_id, Absence.substitute_id, Absence.last_day)
        .where(Absence.office_id == office_id, in_force(day))
        .order_by(Absence.last_day, Absence.id)
    )
    return session.execute(query).all()
