"""What of the matches a reader may see and has asked for: decided by the database, before anything is counted."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, BindParameter, ColumnElement, any_, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.permissions import Permission
from petitions.models import Petition
from petitions.queries.filters import Filters, filter_conditions
from petitions.queries.visibility import visible_to
from search.matching import Hit, Matches

# Ids sent to the database, or fetched from it, in one question: about 20 milliseconds' work.
MANY = 20_000
# Hits looked through in order where both the query and the filter let more than MANY through.
LOOKED_THROUGH = 5_000
_STEP = 1_000


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The matches that are left. ``exact``: ``total`` is the number of them, else there are more.

    ``walked`` holds the first hits in order where they could not all be told apart.
    """

    total: int
    exact: bool = True
    walked: tuple[Hit, ...] | None = None


def narrow(session: Session, matches: Matches, actor: Actor, filters: Filters) -> Narrowed:
    """Drop from ``matches`` what ``actor`` may not see or ``filters`` exclude. ``matches`` are of the actor's office.

    A reader who may see all of the office and has chosen no filter needs no question to the database here; the rows
    shown are asked for under the same conditions anyway.
    """
    conditions = [visible_to(actor), *filter_conditions(filters)]
    if not actor.may(Permission.PETITION_VIEW):
        matches.keep(())
        return Narrowed(0)
    if not filters.any:
        return _drop_sealed(session, matches, actor, conditions)
    if matches.total <= MANY:
        matches.keep(_allowed_of(session, matches.ids(), conditions))
        return Narrowed(matches.total)
    fitting = session.scalars(select(Petition.id).where(*conditions).limit(MANY + 1)).all()
    if len(fitting) <= MANY:
        matches.keep(set(fitting))
        return Narrowed(matches.total)
    walked = tuple(_walk(session, matches.best(LOOKED_THROUGH), conditions))
    return Narrowed(len(walked), exact=False, walked=walked)


def _drop_sealed(
    session: Session, matches: Matches, actor: Actor, conditions: Sequence[ColumnElement[bool]]
) -> Narrowed:
    if actor.may(Permission.SEALED_VIEW_ALL):
        return Narrowed(matches.total)
    sealed = matches.sealed_ids()
    looked_at = sealed[:MANY]
    matches.keep(_allowed_of(session, looked_at, conditions) if looked_at else (), of_sealed=True)
    return Narrowed(matches.total, exact=len(looked_at) == len(sealed))


def _allowed_of(session: Session, ids: Sequence[int], conditions: Sequence[ColumnElement[bool]]) -> set[int]:
    if not ids:
        return set()
    return set(session.scalars(select(Petition.id).where(among(session, ids), *conditions)))


def _walk(session: Session, hits: Sequence[Hit], conditions: Sequence[ColumnElement[bool]]) -> Iterator[Hit]:
    for start in range(0, len(hits), _STEP):
        step = hits[start : start + _STEP]
        allowed = _allowed_of(session, [hit.id for hit in step], conditions)
        yield from (hit for hit in step if hit.id in allowed)


def among(session: Session, ids: Sequence[int]) -> ColumnElement[bool]:
    """Petitions whose id is one of ``ids``, as one bound value however many there are."""
    dialect = session.get_bind().dialect.name
    return is_among(dialect, bindparam(None, bound_ids(dialect, ids)))


IDS = "ids"
"""The name of the bound value in questions that are built once."""


def is_among(dialect: str, ids: BindParameter[object]) -> ColumnElement[bool]:
    """The same, where ``ids`` is bound to what ``bound_ids`` makes."""
    if dialect == "postgresql":
        return Petition.id == any_(type_coerce(ids, ARRAY(BigInteger)))
    listed = func.json_each(ids).table_valued("value")
    return Petition.id.in_(select(listed.c.value))


def bound_ids(dialect: str, ids: Sequence[int]) -> object:
    """``ids`` as one bound value."""
    return list(ids) if dialect == "postgresql" else json.dumps(list(ids))


def newest_first(
    session: Session, matches: Matches, actor: Actor, filters: Filters, *, start: int, count: int
) -> list[int]:
    """Ids of narrowed matches by day of receipt, the latest first: ``count`` of them from place ``start`` on.

    Where more than ``MANY`` match, the petitions are read from the newest on until enough of them matched; where
    too many had to be read for that, fewer are returned.
    """
    order = (Petition.received_on.desc(), Petition.id.desc())
    conditions = [visible_to(actor), *filter_conditions(filters)]
    if matches.total <= MANY:
        ids = matches.ids()
        query = select(Petition.id).where(among(session, ids), *conditions).order_by(*order).offset(start).limit(count)
        return list(session.scalars(query)) if ids else []
    matching = set(matches.ids())
    newest = session.scalars(select(Petition.id).where(*conditions).order_by(*order).limit(MANY))
    found = [record_id for record_id in newest if record_id in matching]
    return found[start : start + count]
