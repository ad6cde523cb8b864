"""Where petitions stand: what lists filter by and count by, for whoever keeps it in memory; and what changed since."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Text, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from core.database import AnyRow
from petitions.models import Petition, PetitionEvent

_AT_ONCE = 500
_PARTITION = 20_000
_COLUMNS = (
    Petition.id,
    Petition.office_id,
    Petition.kind,
    Petition.field_id,
    Petition.ward_code,
    Petition.unit_id,
    Petition.officer_id,
    Petition.state,
    Petition.complex,
    Petition.prominent,
    Petition.people_count,
    Petition.priority_tier,
    Petition.sealed,
    # As the database keeps them: to make dates of all would take longer than all the rest.
    type_coerce(Petition.received_on, Text).label("received_on"),
    type_coerce(Petition.due_on, Text).label("due_on"),
    Petition.halted_on.is_not(None).label("halted"),
)
_ALL = select(*_COLUMNS).order_by(Petition.id)
_SOME = select(*_COLUMNS).where(Petition.id.in_(bindparam("ids", expanding=True)))
_NEWEST = select(func.coalesce(func.max(PetitionEvent.id), 0))
_AMONG = select(PetitionEvent.id, PetitionEvent.petition_id).where(
    PetitionEvent.id.in_(bindparam("ids", expanding=True))
)
_SINCE = select(PetitionEvent.id, PetitionEvent.petition_id).where(PetitionEvent.id > bindparam("after"))


def all_standings(session: Session) -> Iterator[Sequence[AnyRow]]:
    """Where every petition of every office stands, in the order of ids, many at a time."""
    yield from session.execute(_ALL.execution_options(yield_per=_PARTITION)).partitions(_PARTITION)


def as_date(kept: date | str | None) -> date | None:
    """A day as a date, whichever way the database keeps it."""
    return date.fromisoformat(kept) if isinstance(kept, str) else kept


def standings(session: Session, ids: Sequence[int]) -> Iterator[AnyRow]:
    """Where the petitions ``ids`` stand."""
    for start in range(0, len(ids), _AT_ONCE):
        yield from session.execute(_SOME, {"ids": ids[start : start + _AT_ONCE]})


def newest_event(session: Session) -> int:
    """The highest id of an event; 0 for none. Every change of a petition adds an event."""
    found: int = session.execute(_NEWEST).scalar_one()
    return found


def events_among(session: Session, event_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Those of the events ``event_ids`` that there are, with the petition that each speaks of."""
    found: list[tuple[int, int]] = []
    for start in range(0, len(event_ids), _AT_ONCE):
        rows = session.execute(_AMONG, {"ids": event_ids[start : start + _AT_ONCE]})
        found += [(row[0], row[1]) for row in rows]
    return found


def events_since(session: Session, event_id: int) -> list[tuple[int, int]]:
    """Events after ``event_id`` with the petition that each speaks of."""
    return [(row[0], row[1]) for row in session.execute(_SINCE, {"after": event_id})]
