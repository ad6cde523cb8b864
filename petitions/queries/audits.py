"""The audit of missed limits: every case that is or was late, once, with the limit that tells most about it.

A case stands in one of three parts, and in the first that fits:

- late now: open, a limit runs, and its last day has passed; these are the petitions of the queue "overdue";
- late after closing: resolved, but a limit that still runs (sending, publishing) has passed;
- late when it ended: a limit ended within the period after its last day, on a case that is open or closed.

Of several limits missed the first to end stands for the case in the first two parts, and in the third the one that was
missed by most days. The parts are disjoint and every figure is a sum over the same rows, so that sums agree. Limits of
others, as to supply evidence, call no office late; what was registered in error never was a petition: both are out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, literal, not_, null, or_, select
from sqlalchemy.orm import Session, aliased, outerjoin

from auth.actor import Actor
from core.database import AnyRow, AnySelect
from petitions.deadlines import RULE_IDS
from petitions.deadlines.case_clocks import NOT_THE_OFFICES
from petitions.deadlines.own_limits import SUBSTANCE_ID
from petitions.models import Petition, PetitionClock
from petitions.queries.visibility import visible_to
from petitions.vocabulary import Disposition
from petitions.workflow import State

PAGE_SIZE = 50


class What(StrEnum):
    """The part of the audit in which a case stands."""

    NOW = "now"
    AFTER = "after"
    CLOSED = "closed"


BANDS: Mapping[str, tuple[int, int | None]] = {
    "1-5": (1, 5),
    "6-15": (6, 15),
    "16-30": (16, 30),
    "31-90": (31, 90),
    "91": (91, None),
}
"""Lateness in calendar days, first and last of each band."""
LAST_BAND = "91"


@dataclass(frozen=True, slots=True)
class Audit:
    """What is asked for: a period, and what narrows it. 0 as unit or officer stands for none."""

    first: date
    last: date
    today: date
    what: What | None = None
    unit_id: int | None = None
    officer_id: int | None = None
    kind: str = ""
    rule_id: str = ""
    band: str = ""

    @property
    def late_before(self) -> date:
        """Limits that still run are late when their last day lies before this one."""
        return self.today if self.last >= self.today else self.last + timedelta(days=1)


class Key(NamedTuple):
    """The place of a case in the audit: its part, the day by which that part is ordered, the petition."""

    what: What
    day: date
    petition_id: int


_ROW = (
    Petition.id,
    Petition.number,
    Petition.title,
    Petition.kind,
    Petition.sealed,
    Petition.state,
    Petition.unit_id,
    Petition.officer_id,
    Petition.received_on,
    Petition.resolved_on,
)
_CLOCK = PetitionClock
OWN_RULES = tuple(rule_id for rule_id in (*RULE_IDS, SUBSTANCE_ID) if rule_id not in NOT_THE_OFFICES)
"""Limits of the office itself, its own for recommendations included."""
_NOT_IN_ERROR = or_(Petition.disposition.is_(None), Petition.disposition != Disposition.ENTERED_IN_ERROR.value)


def _days(first: Any, last: Any, dialect: str) -> ColumnElement[int]:
    """Calendar days from ``first`` to ``last``."""
    if dialect == "sqlite":
        return cast(func.julianday(last) - func.julianday(first), Integer)
    found: ColumnElement[int] = last - first
    return found


class _Part(NamedTuple):
    """A part of the audit as a question: its rows, the days late, the day that orders it (``down``: newest first).

    ``tie`` is the petition's id as the index that the part walks knows it.
    """

    what: What
    source: AnySelect
    late: ColumnElement[int]
    day: Any
    tie: Any
    down: bool


def _parts(audit: Audit, actor: Actor, dialect: str) -> list[_Part]:
    wanted = [audit.what] if audit.what else list(What)
    makers = {What.NOW: _now, What.AFTER: _after, What.CLOSED: _closed}
    return [_narrowed(makers[what](audit, actor, dialect), audit) for what in wanted]


def _late_now(audit: Audit) -> ColumnElement[bool]:
    is_open = Petition.state != State.RESOLVED.value
    return and_(is_open, Petition.halted_on.is_(None), Petition.due_on < audit.late_before)


def _now(audit: Audit, actor: Actor, dialect: str) -> _Part:
    # The petition's due day is that of the running limit that ends first.
    other = aliased(PetitionClock)
    of_petition = (
        select(func.min(other.id))
        .where(
            other.petition_id == Petition.id,
            other.stopped_on.is_(None),
            other.due_on == Petition.due_on,
            other.rule_id.in_(OWN_RULES),
        )
        .correlate(Petition)
        .scalar_subquery()
    )
    source: AnySelect = (
        select(*_columns(Petition.due_on, null(), What.NOW))
        .select_from(outerjoin(Petition, _CLOCK, _CLOCK.id == of_petition))
        .where(visible_to(actor), _late_now(audit))
    )
    return _Part(
        What.NOW, source, _days(Petition.due_on, literal(audit.today), dialect), Petition.due_on, Petition.id, False
    )


def _after(audit: Audit, actor: Actor, dialect: str) -> _Part:
    source: AnySelect = (
        select(*_columns(_CLOCK.due_on, null(), What.AFTER))
        .join_from(_CLOCK, Petition, Petition.id == _CLOCK.petition_id)
        .where(
            visible_to(actor),
            _CLOCK.office_id == actor.office_id,
            # Named one by one, so that the index of running limits is entered rule by rule.
            _CLOCK.rule_id.in_(OWN_RULES),
            _CLOCK.stopped_on.is_(None),
            _CLOCK.due_on < audit.late_before,
            Petition.state == State.RESOLVED.value,
            _NOT_IN_ERROR,
            ~_running_late(audit, earlier_than=True).exists(),
        )
    )
    return _Part(
        What.AFTER,
        source,
        _days(_CLOCK.due_on, literal(audit.today), dialect),
        _CLOCK.due_on,
        _CLOCK.petition_id,
        False,
    )


def _closed(audit: Audit, actor: Actor, dialect: str) -> _Part:
    source: AnySelect = (
        select(*_columns(_CLOCK.due_on, _CLOCK.stopped_on, What.CLOSED))
        .join_from(_CLOCK, Petition, Petition.id == _CLOCK.petition_id)
        .where(
            visible_to(actor),
            _CLOCK.office_id == actor.office_id,
            _ended_late(_CLOCK, audit),
            _NOT_IN_ERROR,
            not_(_late_now(audit)),
            or_(Petition.state != State.RESOLVED.value, ~_running_late(audit, earlier_than=False).exists()),
            ~_missed_by_more(audit, dialect).exists(),
        )
    )
    return _Part(
        What.CLOSED,
        source,
        _days(_CLOCK.due_on, _CLOCK.stopped_on, dialect),
        _CLOCK.stopped_on,
        _CLOCK.petition_id,
        True,
    )


def _columns(due_on: Any, ended_on: Any, what: What) -> tuple[Any, ...]:
    return (
        *_ROW,
        _CLOCK.id.label("clock_id"),
        _CLOCK.rule_id,
        _CLOCK.rule_version,
        due_on.label("limit_on"),
        ended_on.label("ended_on"),
        literal(what.value).label("what"),
    )


def _ended_late(clock: Any, audit: Audit) -> ColumnElement[bool]:
    return and_(
        clock.stopped_on > clock.due_on,
        clock.stopped_on >= audit.first,
        clock.stopped_on <= audit.last,
        clock.rule_id.in_(OWN_RULES),
    )


def _running_late(audit: Audit, *, earlier_than: bool) -> AnySelect:
    """Other limits of the petition that run and have passed; or only those that stand before the clock at hand."""
    other = aliased(PetitionClock)
    found: AnySelect = select(other.id).where(
        other.petition_id == _CLOCK.petition_id,
        other.stopped_on.is_(None),
        other.due_on < audit.late_before,
        other.rule_id.in_(OWN_RULES),
    )
    if earlier_than:
        found = found.where(
            or_(other.due_on < _CLOCK.due_on, and_(other.due_on == _CLOCK.due_on, other.id < _CLOCK.id))
        )
    return found.correlate(_CLOCK)


def _missed_by_more(audit: Audit, dialect: str) -> AnySelect:
    """Limits of the same petition that ended late within the period and stand before the clock at hand."""
    other = aliased(PetitionClock)
    theirs, own = (_days(clock.due_on, clock.stopped_on, dialect) for clock in (other, _CLOCK))
    found: AnySelect = select(other.id).where(
        other.petition_id == _CLOCK.petition_id,
        _ended_late(other, audit),
        or_(theirs > own, and_(theirs == own, other.id < _CLOCK.id)),
    )
    return found.correlate(_CLOCK)


def _narrowed(part: _Part, audit: Audit) -> _Part:
    conditions: list[ColumnElement[bool]] = []
    for column, value in ((Petition.unit_id, audit.unit_id), (Petition.officer_id, audit.officer_id)):
        if value is not None:
            conditions.append(column == value if value else column.is_(None))
    if audit.kind:
        conditions.append(Petition.kind == audit.kind)
    if audit.rule_id:
        conditions.append(_CLOCK.rule_id == audit.rule_id)
    if audit.band:
        least, most = BANDS[audit.band]
        conditions.append(part.late >= least)
        if most is not None:
            conditions.append(part.late <= most)
    return part._replace(source=part.source.where(*conditions))


class Figure(NamedTuple):
    """How many cases share all of these; the rule is None where the limit is not known."""

    what: str
    unit_id: int | None
    officer_id: int | None
    kind: str
    rule_id: str | None
    band: str
    n: int


def figures(session: Session, audit: Audit, actor: Actor) -> list[Figure]:
    """The cases counted by everything at once: whatever the page sums, it sums over these."""
    dialect = session.get_bind().dialect.name
    found: list[Figure] = []
    for part in _parts(audit, actor, dialect):
        ends = [(part.late <= most, name) for name, (_least, most) in BANDS.items() if most is not None]
        band = case(*ends, else_=LAST_BAND)
        by = (Petition.unit_id, Petition.officer_id, Petition.kind, _CLOCK.rule_id, band)
        counted = part.source.with_only_columns(*by, func.count(), maintain_column_froms=True).group_by(*by)
        found += [Figure(part.what.value, *row) for row in session.execute(counted)]
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of the audit, and the key that leads on (None at the end)."""

    rows: Sequence[AnyRow]
    next_key: Key | None


def page(session: Session, audit: Audit, actor: Actor, *, after: Key | None = None, limit: int = PAGE_SIZE) -> Page:
    """Cases in order: what is late now, the longest first; after closing; then what ended late, the latest first."""
    dialect = session.get_bind().dialect.name
    rows: list[AnyRow] = []
    for part in _parts(audit, actor, dialect):
        if after is not None and _ORDER[part.what] < _ORDER[after.what]:
            continue
        source = part.source
        if after is not None and after.what is part.what:
            source = source.where(_beyond(part, after))
        order = (part.day.desc(), part.tie.desc()) if part.down else (part.day, part.tie)
        rows += session.execute(source.order_by(*order).limit(limit + 1 - len(rows))).all()
        if len(rows) > limit:
            break
    shown = rows[:limit]
    return Page(shown, key_of(shown[-1]) if len(rows) > limit else None)


_ORDER = {what: place for place, what in enumerate(What)}


def key_of(row: AnyRow) -> Key:
    """The place of a row."""
    return Key(What(row.what), row.ended_on or row.limit_on, row.id)


def _beyond(part: _Part, key: Key) -> ColumnElement[bool]:
    if part.down:
        return and_(part.day <= key.day, or_(part.day < key.day, part.tie < key.petition_id))
    return and_(part.day >= key.day, or_(part.day > key.day, part.tie > key.petition_id))


def every_row(session: Session, audit: Audit, actor: Actor, *, most: int) -> Iterator[Sequence[AnyRow]]:
    """The rows of the audit page by page, at most ``most`` of them."""
    after: Key | None = None
    left = most
    while left > 0:
        found = page(session, audit, actor, after=after, limit=min(left, 500))
        if found.rows:
            yield found.rows
        left -= len(found.rows)
        after = found.next_key
        if after is None:
            return


def without(audit: Audit, **changes: Any) -> Audit:
    """The same question with other parts."""
    return replace(audit, **changes)
