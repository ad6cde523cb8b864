"""The weights in force, read once and kept until they change; and the order that other weights would make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Date, Integer, SQLColumnExpression, bindparam, case, cast, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from core.database import AnyRow
from core.settings import OFFICE_ZONE
from petitions.escalation import COMPULSORY_TRIGGERS
from petitions.models import Petition, PriorityWeight
from petitions.priority import DEFAULT_WEIGHTS, HEARD_ABOVE, READS, PriorityRule, Weights
from petitions.queries.visibility import visible_to
from petitions.vocabulary import GROUP_FROM, ComplexityPoint, MatterRole
from petitions.workflow import State

PREVIEWED = 50
RANKED = 500

# By database too: one process may serve several (tests do).
_kept: WeakKeyDictionary[Engine, dict[int, tuple[int, Weights]]] = WeakKeyDictionary()
_VERSION = select(Office.weights_version).where(Office.id == bindparam("office_id"))


def weights_of(session: Session, office_id: int) -> Weights:
    """The office's weights. Only their version is asked for each time."""
    version: int = session.execute(_VERSION, {"office_id": office_id}).scalar_one()
    of_database = _kept.setdefault(session.get_bind().engine, {})
    kept = of_database.get(office_id)
    if kept is not None and kept[0] == version:
        return kept[1]
    rows = session.execute(
        select(PriorityWeight.rule, PriorityWeight.weight).where(PriorityWeight.office_id == office_id)
    )
    own = {PriorityRule(row.rule): row.weight for row in rows if row.rule in set(PriorityRule)}
    weights: Weights = MappingProxyType({**DEFAULT_WEIGHTS, **own})
    of_database[office_id] = (version, weights)
    return weights


def key_expression(weights: Weights, dialect: str) -> ColumnElement[int]:
    """``priority.key`` in SQL, for many rows at once. A test holds the two together."""
    given = (
        (PriorityRule.COMPLEX, Petition.complex.is_(True)),
        (PriorityRule.ESPECIALLY_COMPLEX, Petition.especially_complex.is_(True)),
        (PriorityRule.PROMINENT, Petition.prominent.is_(True)),
        (PriorityRule.ESCALATED, Petition.state == State.ESCALATED.value),
        (PriorityRule.ESCALATED_COMPULSORY, _is_compulsory()),
        (PriorityRule.GROUP, Petition.people_count >= GROUP_FROM),
        (PriorityRule.SECOND_INSTANCE, Petition.second_instance.is_(True)),
        (PriorityRule.REPEATED, Petition.matter_role == MatterRole.REPEATED.value),
        (PriorityRule.FORWARDED, Petition.forwarder != ""),
        (PriorityRule.FORWARDED_ABOVE, Petition.forwarder_kind.in_(sorted(HEARD_ABOVE))),
    )
    key: ColumnElement[int] = weights[PriorityRule.DAY_PAST_DUE] * _ordinal(Petition.due_on, dialect)
    key += weights[PriorityRule.DAY_WITHOUT_ACT] * _ordinal(_act_day(dialect), dialect)
    for rule, applies in given:
        key -= case((applies, weights[rule]), else_=0)
    return key - weights[PriorityRule.COMPLEXITY_POINT] * _points()


def _is_compulsory() -> ColumnElement[bool]:
    triggers = sorted(COMPULSORY_TRIGGERS)
    return (Petition.state == State.ESCALATED.value) & Petition.escalation_trigger.in_(triggers)


def _points() -> ColumnElement[int]:
    """How many of the seven points are found."""
    one: list[ColumnElement[int]] = [
        Petition.complexity_points.op("/")(point.value).op("%")(2) for point in ComplexityPoint
    ]
    return sum(one[1:], one[0])


def tier_expression() -> ColumnElement[int]:
    """``priority.tier`` in SQL."""
    first = Petition.complex.is_(True) | Petition.prominent.is_(True)
    second = (Petition.state == State.ESCALATED.value) | (Petition.people_count >= GROUP_FROM)
    return case((first, 2), (second, 1), else_=0)


_FIRST_JULIAN_DAY = 1_721_424.5
"""What ``julianday`` says of the day before 1 January of the year 1, whose ordinal is 1 in Python."""


def _ordinal(day: "SQLColumnExpression[date]", dialect: str) -> ColumnElement[int]:
    if dialect == "sqlite":
        return cast(func.julianday(day) - _FIRST_JULIAN_DAY, Integer)
    return cast(day - date(1, 1, 1) + 1, Integer)


def _act_day(dialect: str) -> ColumnElement[date]:
    if dialect == "sqlite":
        # SQLite knows no zones; Việt Nam has kept to UTC+7 since 1975.
        return func.date(Petition.last_act_at, "+7 hours")
    return cast(func.timezone(str(OFFICE_ZONE), Petition.last_act_at), Date)


@dataclass(frozen=True, slots=True)
class Move:
    """Where a petition stands in the open queue now and where it would stand; None: after the first ``RANKED``."""

    row: AnyRow
    now: int | None
    then: int


def preview(session: Session, actor: Actor, weights: Weights) -> list[Move]:
    """The first petitions in the order that ``weights`` would make, each with its place in the present order."""
    is_open = [visible_to(actor), Petition.state != State.RESOLVED.value]
    present: Sequence[int] = session.scalars(
        select(Petition.id).where(*is_open).order_by(Petition.priority_key, Petition.id).limit(RANKED)
    ).all()
    places = {petition_id: place for place, petition_id in enumerate(present, start=1)}
    order = key_expression(weights, session.get_bind().dialect.name)
    rows = session.execute(
        select(Petition.id, Petition.number, Petition.title, *(getattr(Petition, name) for name in READS))
        .where(*is_open)
        .order_by(order, Petition.id)
        .limit(PREVIEWED)
    )
    return [Move(row, places.get(row.id), place) for place, row in enumerate(rows, start=1)]
