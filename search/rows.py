"""The rows of petitions that were found, as lists have them; what has no row here is shown nowhere."""

import json
from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import ARRAY, BigInteger, BindParameter, ColumnElement, any_, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from core.database import AnyRow, AnySelect
from petitions.models import Petition
from petitions.queries.lists import ROW_COLUMNS
from petitions.queries.visibility import Sight, visible_in

_IDS = "ids"


def visible_rows(
    session: Session, ids: Sequence[int], sight: Sight, conditions: Sequence[ColumnElement[bool]]
) -> dict[int, AnyRow]:
    """The rows of those of ``ids`` that ``sight`` and ``conditions`` let through, by id."""
    if not ids:
        return {}
    if conditions:
        found = session.execute(select(*ROW_COLUMNS).where(_among(session, ids), visible_in(sight), *conditions))
    else:
        dialect = session.get_bind().dialect.name
        found = session.execute(_plain_rows(sight, dialect), {_IDS: _bound_ids(dialect, ids)})
    return {row.id: row for row in found}


@lru_cache(maxsize=500)
def _plain_rows(sight: Sight, dialect: str) -> AnySelect:
    """The question for rows where no filter is chosen, built once for everybody who sees the same."""
    return select(*ROW_COLUMNS).where(_is_among(dialect, bindparam(_IDS)), visible_in(sight))


def _among(session: Session, ids: Sequence[int]) -> ColumnElement[bool]:
    """Petitions whose id is one of ``ids``, as one bound value however many there are."""
    dialect = session.get_bind().dialect.name
    return _is_among(dialect, bindparam(None, _bound_ids(dialect, ids)))


def _is_among(dialect: str, ids: BindParameter[object]) -> ColumnElement[bool]:
    """The same, where ``ids`` is bound to what ``_bound_ids`` makes."""
    if dialect == "postgresql":
        return Petition.id == any_(type_coerce(ids, ARRAY(BigInteger)))
    listed = func.json_each(ids).table_valued("value")
    return Petition.id.in_(select(listed.c.value))


def _bound_ids(dialect: str, ids: Sequence[int]) -> object:
    return list(ids) if dialect == "postgresql" else json.dumps(list(ids))
