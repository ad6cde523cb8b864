"""Lists of petitions: the named queues, filters, sorting and paging by key."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Date, Select, and_, bindparam, case, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from auth.actor import Actor
from core.database import AnyRow, AnySelect
from core.i18n import lazy_gettext as _l
from petitions.models import Petition
from petitions.queries.filters import (
    COUNTED_FROM_INDEX,
    IN_PRIORITY_QUEUE,
    NO_FILTERS,
    Filters,
    absent_on,
    filter_conditions,
    is_open,
)
from petitions.queries.visibility import Sight, sight_of, visible_in, visible_to
from petitions.workflow import State

PAGE_SIZE = 50
COUNTED_TO = 10_000


class Queue(StrEnum):
    """The named queues."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    OPEN = "open"
    DUE_SOON = "due-soon"
    OVERDUE = "overdue"
    PRIORITY = "priority"
    ESCALATED = "escalated"
    CONFIRMATION = "confirmation"
    ALL = "all"


QUEUE_LABELS = {
    Queue.MINE: _l("My work"),
    Queue.UNASSIGNED: _l("Unassigned"),
    Queue.OPEN: _l("All open"),
    Queue.DUE_SOON: _l("Due soon"),
    Queue.OVERDUE: _l("Overdue"),
    Queue.PRIORITY: _l("Priority queue"),
    Queue.ESCALATED: _l("Escalated cases"),
    Queue.CONFIRMATION: _l("Awaiting confirmation"),
    Queue.ALL: _l("Whole backlog"),
}


class Sort(StrEnum):
    """By what a list can be sorted; each is backed by an index and ends in the id.

    ``IDLE`` and ``HALTED`` belong to the filter of that name and are no order without it.
    """

    PRIORITY = "priority"
    DUE = "due"
    RECEIVED = "received"
    PETITIONER = "petitioner"
    NUMBER = "number"
    IDLE = "idle"
    HALTED = "halted"


_SORT_COLUMNS: dict[Sort, InstrumentedAttribute[Any] | None] = {
    Sort.PRIORITY: Petition.priority_key,
    Sort.DUE: Petition.due_on,
    Sort.RECEIVED: Petition.received_on,
    Sort.PETITIONER: Petition.petitioner_sort,
    Sort.NUMBER: None,
    Sort.IDLE: Petition.last_act_at,
    Sort.HALTED: Petition.halted_on,
}

QUEUE_SORTS = {
    Queue.MINE: (Sort.PRIORITY, False),
    Queue.UNASSIGNED: (Sort.PRIORITY, False),
    Queue.OPEN: (Sort.DUE, False),
    Queue.DUE_SOON: (Sort.DUE, False),
    Queue.OVERDUE: (Sort.DUE, False),
    Queue.PRIORITY: (Sort.PRIORITY, False),
    Queue.ESCALATED: (Sort.PRIORITY, False),
    Queue.CONFIRMATION: (Sort.NUMBER, False),
    Queue.ALL: (Sort.RECEIVED, True),
}


# Orders that only a filter gives a meaning, and an index.
_FILTER_SORTS = {Sort.IDLE: "idle", Sort.HALTED: "halted"}


@dataclass(frozen=True, slots=True)
class View:
    """A list as its address names it: queue, filters, order and place."""

    queue: Queue
    filters: Filters = NO_FILTERS
    sort: Sort | None = None
    descending: bool = False
    after: str = ""
    before: str = ""
    limit: int = PAGE_SIZE

    def order(self) -> tuple[Sort, bool]:
        """The order in force: the one asked for, or the one that the filters bring along, or the queue's own."""
        known = _FILTER_SORTS.get(self.sort) if self.sort else None
        if self.sort and (known is None or getattr(self.filters, known) is not None):
            return self.sort, self.descending
        for sort, name in _FILTER_SORTS.items():
            if getattr(self.filters, name) is not None:
                return sort, False
        if self.filters.finding or self.filters.absent:
            return Sort.PRIORITY, False
        return (Sort.DUE, False) if self.filters.by_due_day else QUEUE_SORTS[self.queue]


ROW_COLUMNS: tuple[Any, ...] = (
    Petition.id,
    Petition.version,
    Petition.number,
    Petition.external_ref,
    Petition.title,
    Petition.petitioner_name,
    Petition.petitioner_sort,
    Petition.kind,
    Petition.sealed,
    Petition.received_on,
    Petition.due_on,
    Petition.state,
    Petition.disposition,
    Petition.unit_id,
    Petition.officer_id,
    Petition.complex,
    Petition.complexity_points,
    Petition.especially_complex,
    Petition.prominent,
    Petition.people_count,
    Petition.second_instance,
    Petition.matter_role,
    Petition.forwarder,
    Petition.forwarder_kind,
    Petition.escalation_trigger,
    Petition.last_act_at,
    Petition.halted_on,
    Petition.priority_tier,
    Petition.priority_key,
)
"""What a row of a list shows, wherever the list comes from."""

ListRow: TypeAlias = AnyRow


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, with the keys that lead to the next and the previous one (empty where there is none)."""

    rows: Sequence[ListRow]
    next_key: str
    previous_key: str


def page(session: Session, view: View, actor: Actor, *, today: date, soon_until: date) -> Page:
    """The rows of one page. The cost does not grow with the backlog: each order walks an index from a key.

    A key that is damaged or belongs to another order begins at the first page.
    """
    sort, descending = view.order()
    backwards = bool(view.before)
    key = _read_key(view.before or view.after, sort)
    walk = _Walk(view.queue, sort, down=descending != backwards, from_key=key is not None, limit=view.limit)
    query = _rows(walk, sight_of(actor)).where(*_narrowed(session, view.filters, today))
    values = _values(actor, today, soon_until)
    if key is not None:
        values |= {"key": key[0], "last_id": key[1]}
    rows = list(session.execute(query, values))
    more = len(rows) > view.limit
    rows = rows[: view.limit]
    if backwards:
        rows.reverse()
    has_next = more or (backwards and key is not None)
    has_previous = (more if backwards else key is not None) and bool(rows)
    if backwards:
        has_next = bool(rows)
    return Page(
        rows,
        _make_key(rows[-1], sort) if rows and has_next else "",
        _make_key(rows[0], sort) if rows and has_previous else "",
    )


class _Walk(NamedTuple):
    """A way through the petitions of a queue."""

    queue: Queue
    sort: Sort
    down: bool
    from_key: bool
    limit: int


@lru_cache(maxsize=1000)
def _rows(walk: _Walk, sight: Sight) -> AnySelect:
    """The question for one page, the same for everybody who sees the same. Lists are asked for all day, and to build
    the question takes longer than to answer it; ``_values`` are bound to it each time.
    """
    column = _SORT_COLUMNS[walk.sort]
    query: AnySelect = select(*ROW_COLUMNS).where(visible_in(sight), *_queue_conditions(walk.queue))
    if walk.from_key:
        query = query.where(_beyond(column, walk.down))
    order = [column, Petition.id] if column is not None else [Petition.id]
    return query.order_by(*(part.desc() if walk.down else part.asc() for part in order)).limit(walk.limit + 1)


def _narrowed(session: Session, filters: Filters, today: date) -> list[ColumnElement[bool]]:
    away = session.scalars(absent_on(today)).all() if filters.absent else None
    return filter_conditions(filters, today, away=away)


def _values(actor: Actor, today: date, soon_until: date) -> dict[str, Any]:
    return {"me": actor.id, "today": today, "soon_until": soon_until}


def _queue_conditions(queue: Queue) -> list[ColumnElement[bool]]:
    today, soon_until = bindparam("today", type_=Date), bindparam("soon_until", type_=Date)
    match queue:
        case Queue.MINE:
            return [is_open(), Petition.officer_id == bindparam("me")]
        case Queue.UNASSIGNED:
            return [is_open(), Petition.officer_id.is_(None)]
        case Queue.OPEN:
            return [is_open()]
        case Queue.DUE_SOON:
            return [is_open(), Petition.halted_on.is_(None), Petition.due_on >= today, Petition.due_on <= soon_until]
        case Queue.OVERDUE:
            return [is_open(), Petition.halted_on.is_(None), Petition.due_on < today]
        case Queue.PRIORITY:
            return [is_open(), IN_PRIORITY_QUEUE]
        case Queue.ESCALATED:
            return [is_open(), Petition.state == State.ESCALATED.value]
        case Queue.CONFIRMATION:
            return [Petition.proposed_disposition.is_not(None)]
        case Queue.ALL:
            return []


def count_up_to(
    session: Session, view: View, actor: Actor, *, today: date, soon_until: date, most: int | None = COUNTED_TO
) -> int:
    """How many rows the list has, counted no further than ``most`` + 1 (None: to the end)."""
    where = [visible_to(actor), *_queue_conditions(view.queue), *_narrowed(session, view.filters, today)]
    if view.filters.unit_id:
        where.append(COUNTED_FROM_INDEX)
    counted: Select[Any] = select(Petition.id).where(*where)
    if most is not None:
        counted = counted.limit(most + 1)
    query = select(func.count()).select_from(counted.subquery())
    return session.execute(query, _values(actor, today, soon_until)).scalar_one()


def fitting(
    session: Session, view: View, rest: Filters, actor: Actor, *, today: date, soon_until: date, most: int
) -> tuple[int, int]:
    """Look at the petitions of a list, at most ``most`` + 1 of them: how many there were, and how many fit ``rest``."""
    fits = case((and_(true(), *_narrowed(session, rest, today)), 1), else_=0).label("fits")
    where = [visible_to(actor), *_queue_conditions(view.queue), *_narrowed(session, view.filters, today)]
    looked_at = select(fits).where(*where).limit(most + 1).subquery()
    query = select(func.count(), func.coalesce(func.sum(looked_at.c.fits), 0)).select_from(looked_at)
    row = session.execute(query, _values(actor, today, soon_until)).one()
    return int(row[0]), int(row[1])


def _beyond(column: InstrumentedAttribute[Any] | None, down: bool) -> ColumnElement[bool]:
    last_id: ColumnElement[int] = bindparam("last_id", type_=BigInteger)
    if column is None:
        return Petition.id < last_id if down else Petition.id > last_id
    value: ColumnElement[Any] = bindparam("key", type_=column.type)
    if down:
        return and_(column <= value, or_(column < value, Petition.id < last_id))
    return and_(column >= value, or_(column > value, Petition.id > last_id))


_KEY_FIELDS = {
    Sort.PRIORITY: "priority_key",
    Sort.DUE: "due_on",
    Sort.RECEIVED: "received_on",
    Sort.PETITIONER: "petitioner_sort",
    Sort.NUMBER: "id",
    Sort.IDLE: "last_act_at",
    Sort.HALTED: "halted_on",
}


def page_key(sort: Sort, value: object, last_id: int) -> str:
    """The key of the place behind the petition ``last_id`` that has ``value`` in the column of ``sort``."""
    text = json.dumps([sort, value.isoformat() if isinstance(value, date) else value, last_id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _make_key(row: ListRow, sort: Sort) -> str:
    return page_key(sort, getattr(row, _KEY_FIELDS[sort]), row.id)


def _read_key(text: str, sort: Sort) -> tuple[Any, int] | None:
    if not text or len(text) > 400:
        return None
    try:
        name, value, last_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if name != sort or type(last_id) is not int or abs(last_id) >= 2**63:
            return None
        if sort in (Sort.DUE, Sort.RECEIVED, Sort.HALTED):
            return date.fromisoformat(value), last_id
        if sort is Sort.IDLE:
            # A moment without its zone would name another one in each zone.
            moment = datetime.fromisoformat(value)
            return (moment, last_id) if moment.tzinfo else None
        if sort is Sort.PETITIONER:
            return (value, last_id) if isinstance(value, str) and value.isascii() and "\x00" not in value else None
        return (value, last_id) if type(value) is int and abs(value) < 2**63 else None
    except (ValueError, TypeError, binascii.Error):
        return None
