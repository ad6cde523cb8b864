"""What of the matches a reader may see and has asked for, and the counts for every further choice: all as sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock
from petitions.models import Petition
from petitions.queries.filters import (
    DUE_LATE,
    DUE_TODAY,
    DUE_WEEK,
    Filters,
    due_days,
    end_of_week,
    filter_conditions,
)
from petitions.queries.visibility import sight_of
from petitions.workflow import State
from search.engines import bits
from search.standing import (
    COMPLEX,
    DUE,
    FIELD,
    GROUP,
    IN_PRIORITY,
    KIND,
    NO_MONTH,
    OFFICE,
    OFFICER,
    PROMINENT,
    RECEIVED,
    SEALED,
    STATE,
    UNIT,
    WARD,
    Standing,
    month_of,
)  # fmt: skip

# Filters that a set answers; the others are asked of the database.
_OF_SETS = MappingProxyType(
    {
        "kind": "", "field_id": None, "ward_code": "", "unit_id": None, "officer_id": None, "state": "",
        "received_from": None, "received_to": None, "flags": (), "due": "", "due_from": None, "due_to": None,
    }
)  # fmt: skip
FLAGS, PERIOD, LATE = "flags", "period", "due"


@dataclass(frozen=True, slots=True)
class Facets:
    """How many results there would be for each choice of a filter, the other filters staying as they are.

    By the names of ``Filters``: kind, field_id, ward_code, unit_id, officer_id, state, flags, due; ``period`` has
    months of receipt as (year, month). A choice without results is left out.
    """

    counts: Mapping[str, Mapping[object, int]]


def visible_set(standing: Standing, actor: Actor) -> int:
    """The petitions that ``actor`` may see, by the rule of ``petitions.queries.visibility``."""
    sight = sight_of(actor)
    if not sight.cases:
        return 0
    mine = standing.having(OFFICE, sight.office_id)
    if sight.barred:
        mine &= ~bits.of(sight.barred, sight.barred[-1] + 1)
    if sight.all_sealed:
        return mine
    sealed = standing.having(SEALED, True)
    for unit_id in sight.unit_ids:
        sealed &= ~standing.having(UNIT, unit_id)
    return mine & ~sealed


class Narrowing:
    """``filters`` as sets of petitions, each by the name of its filter."""

    def __init__(self, session: Session, standing: Standing, filters: Filters, *, today: date | None = None) -> None:
        self._standing = standing
        self._today = today or clock.today()
        self._sets = dict(self._of_sets(filters))
        others = replace(filters, **_OF_SETS)  # type: ignore[arg-type]  # each has its own default
        if others.any:
            ids = session.scalars(select(Petition.id).where(*filter_conditions(others, self._today))).all()
            self._sets["others"] = bits.of(ids, max(ids) + 1) if ids else 0

    def within(self, documents: int, *, but: str = "") -> int:
        """Those of ``documents`` that every filter lets through; the filter ``but`` is left out."""
        for name, allowed in self._sets.items():
            if name != but:
                documents &= allowed
        return documents

    def facets(self, documents: int) -> Facets:
        """The counts for the matches ``documents``, which no filter has narrowed yet."""
        counts: dict[str, Mapping[object, int]] = {}
        for name, column in _COLUMN_OF.items():
            counts[name] = self._counts(self.within(documents, but=name), column)
        marked = self.within(documents, but=FLAGS)
        counts[FLAGS] = _without_zeros({flag: (marked & self._flag(flag)).bit_count() for flag in _FLAG_NAMES})
        lasting = self.within(documents, but=LATE)
        counts[LATE] = _without_zeros(self._due_counts(lasting))
        received = self.within(documents, but=PERIOD)
        months = self._counts(received, RECEIVED)
        counts[PERIOD] = {divmod(month, 12): n for month, n in months.items() if isinstance(month, int)}
        return Facets(counts)

    def _counts(self, documents: int, column: str) -> dict[object, int]:
        if not documents:
            return {}
        having = self._standing.having
        return _without_zeros(
            {
                value: (documents & having(column, value)).bit_count()
                for value in self._standing.values(column)
                if value != ""  # no filter asks for petitions without a ward
            }
        )

    def _of_sets(self, filters: Filters) -> Sequence[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        for name, column in _COLUMN_OF.items():
            value = getattr(filters, name)
            if value != _OF_SETS[name]:
                found.append((name, self._standing.having(column, value)))
        if filters.flags:
            allowed = self._flag(filters.flags[0])
            for flag in filters.flags[1:]:
                allowed &= self._flag(flag)
            found.append((FLAGS, allowed))
        if filters.received_from or filters.received_to:
            found.append((PERIOD, self._standing.between(RECEIVED, filters.received_from, filters.received_to)))
        if filters.by_due_day:
            found.append((LATE, self._due(filters)))
        return found

    def _flag(self, flag: str) -> int:
        having = self._standing.having
        marks = {
            "complex": having(COMPLEX, True),
            "prominent": having(PROMINENT, True),
            "major": having(COMPLEX, True) | having(PROMINENT, True),
            "group": having(GROUP, True),
        }
        return marks[flag] & having(IN_PRIORITY, True)

    def _due_counts(self, documents: int) -> dict[object, int]:
        """How many are late, due today and due this week. Only the days of this month are looked at one by one."""
        days, having = self._standing.due, self._standing.having
        today, week_ends = self._today.toordinal(), end_of_week(self._today)
        this_month, last_month, last_day = month_of(self._today), month_of(week_ends), week_ends.toordinal()
        late = due_today = this_week = 0
        for month in self._standing.months(DUE):
            if month < this_month:
                late += (documents & having(DUE, month)).bit_count()
            elif month <= last_month:
                for record_id in bits.members(documents & having(DUE, month)):
                    late += days[record_id] < today
                    due_today += days[record_id] == today
                    this_week += today <= days[record_id] <= last_day
        return {DUE_LATE: late, DUE_TODAY: due_today, DUE_WEEK: this_week}

    def _due(self, filters: Filters) -> int:
        first, last = due_days(filters, self._today)
        return self._standing.between(DUE, first, last)


_COLUMN_OF = {
    "kind": KIND, "field_id": FIELD, "ward_code": WARD, "unit_id": UNIT, "officer_id": OFFICER, "state": STATE,
}  # fmt: skip
_FLAG_NAMES = ("complex", "prominent", "major", "group")


def open_set(standing: Standing) -> int:
    """The petitions that are not resolved."""
    found = 0
    for state in standing.values(STATE):
        if state != State.RESOLVED:
            found |= standing.having(STATE, state)
    return found


def latest_first(standing: Standing, documents: int, *, start: int, count: int) -> list[int]:
    """Ids from place ``start`` on by day of receipt, the latest first; of one day the later petition first."""
    wanted = start + count
    chosen: list[int] = []
    for month in sorted(standing.months(RECEIVED), reverse=True):
        if len(chosen) >= wanted:
            break
        ids = bits.members(documents & standing.having(RECEIVED, month))
        days = standing.received
        chosen += sorted(ids, key=lambda record_id: (-days[record_id], -record_id))
    return chosen[start:wanted]


def due_first(standing: Standing, documents: int, *, start: int, count: int) -> list[int]:
    """Ids from place ``start`` on by due day, the earliest first; those without a running limit last."""
    wanted = start + count
    chosen: list[int] = []
    days = standing.due
    for month in sorted(standing.months(DUE)):
        if len(chosen) >= wanted:
            break
        ids = bits.members(documents & standing.having(DUE, month))
        chosen += sorted(ids, key=lambda record_id: (days[record_id], record_id))
    if len(chosen) < wanted:
        chosen += bits.highest(documents & standing.having(DUE, NO_MONTH), wanted - len(chosen))
    return chosen[start:wanted]


def _without_zeros(counts: dict[object, int]) -> dict[object, int]:
    return {value: count for value, count in counts.items() if count}
