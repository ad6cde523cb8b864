"""Who has how much work: open petitions by officer and by unit, and what waits to be shared out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.balance import weighted
from petitions.models import Petition
from petitions.queries.filters import COUNTED_FROM_INDEX, NONE, absent_on, end_of_week, is_open
from petitions.queries.visibility import visible_to


@dataclass(frozen=True, slots=True)
class Work:
    """Open petitions: all, late, due from today to Sunday, complex or prominent."""

    open: int = 0
    late: int = 0
    week: int = 0
    major: int = 0

    @property
    def weighted(self) -> int:
        """The work as ``petitions.balance`` counts it."""
        return weighted(self.open, self.major)

    def __add__(self, other: "Work") -> "Work":
        return Work(self.open + other.open, self.late + other.late, self.week + other.week, self.major + other.major)


@dataclass(frozen=True, slots=True)
class Workload:
    """The open petitions that the reader may see, by officer and by unit; ``NONE`` stands for nobody, for no unit."""

    by_officer: dict[int, Work]
    by_unit: dict[int, Work]
    total: Work


def workload(session: Session, actor: Actor, *, today: date, unit_id: int | None = None) -> Workload:
    """Everybody's work, or what of it belongs to one unit: one statement over the open petitions."""
    running = Petition.halted_on.is_(None)
    late = and_(running, Petition.due_on < today)
    week = and_(running, Petition.due_on >= today, Petition.due_on <= end_of_week(today))
    major = or_(Petition.complex.is_(True), Petition.prominent.is_(True))
    counts = (func.sum(case((condition, 1), else_=0)) for condition in (late, week, major))
    query = (
        select(Petition.unit_id, Petition.officer_id, func.count(), *counts)
        .where(visible_to(actor), is_open(), COUNTED_FROM_INDEX)
        .group_by(Petition.unit_id, Petition.officer_id)
    )
    if unit_id is not None:
        query = query.where(Petition.unit_id == unit_id)
    parts = [(row[0] or NONE, row[1] or NONE, Work(*(int(n) for n in row[2:]))) for row in session.execute(query)]
    return Workload(
        _summed(parts, lambda part: part[1]),
        _summed(parts, lambda part: part[0]),
        sum((part[2] for part in parts), Work()),
    )


Part = tuple[int, int, Work]


def _summed(parts: Sequence[Part], by: Callable[[Part], int]) -> dict[int, Work]:
    found: dict[int, Work] = {}
    for part in parts:
        found[by(part)] = found.get(by(part), Work()) + part[2]
    return found


def absent_ids(session: Session, day: date) -> frozenset[int]:
    """Who is absent on ``day``."""
    return frozenset(session.scalars(absent_on(day)))
