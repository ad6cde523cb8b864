"""The same change to many petitions at once: what ``ledger.change`` writes for one, table by table.

Each petition gets the event, the counters, the outbox row and the audit entry that it would get alone; only the
statements are fewer. The caller has locked the petitions, in the order of their ids, and read ``COLUMNS`` of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import audit, clock, outbox
from core.database import AnyRow, table_of
from core.errors import StaleVersion
from core.rows import insert_many, update_many
from petitions.models import Petition, PetitionEvent
from petitions.priority import READS
from petitions.queries.places import Place
from petitions.queries.weights import weights_of
from petitions.services.ledger import CONSUMERS, as_text, audited, derived_columns, move_tallies

_NAMES = (
    *("id", "office_id", "number", "version", "kind", "sealed", "unit_id", "officer_id", "due_on", "halted_on"),
    *("priority_tier", "proposed_disposition", "disposition", "escalated_to_id", "reply_by"),
)
COLUMNS = tuple(getattr(Petition, name) for name in dict.fromkeys((*_NAMES, *READS)))
"""What must be known of a petition: what is written back, counted and ordered by."""

_PETITIONS = table_of(Petition)
_EVENTS = table_of(PetitionEvent)
_NEWEST_EVENT = select(func.coalesce(func.max(_EVENTS.c.id), 0))
_NEXT_EVENTS = text("SELECT nextval(pg_get_serial_sequence('petition_event', 'id')) FROM generate_series(1, :count)")


@dataclass(frozen=True, slots=True)
class Changed:
    """A petition that was locked and read, and what is to be written to it."""

    row: AnyRow
    values: Mapping[str, Any]
    data: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""


def change_many(
    session: Session, office_id: int, changes: Sequence[Changed], *, by: Actor, action: str, is_act: bool = True
) -> list[int]:
    """Write each of ``changes``, all to the same columns, as ``ledger.change`` does; return the ids of the events.

    They stand behind single saves in the outbox. Raises ``StaleVersion`` when one of the rows was changed since it was
    read.
    """
    if not changes:
        return []
    acted = {"last_act_at": clock.now()} if is_act else {}
    weights = weights_of(session, office_id)
    written = [
        {**change.values, **acted, **derived_columns(change.row, {**change.values, **acted}, weights)}
        for change in changes
    ]
    _update(session, changes, written)
    after = [
        SimpleNamespace(**{**change.row._asdict(), **values}) for change, values in zip(changes, written, strict=True)
    ]
    texts = [_data(change) for change in changes]
    events = _add_events(session, changes, after, texts, by=by, action=action)
    outbox.enqueue(
        session, CONSUMERS, ((change.row.id, change.row.version + 1) for change in changes), lane=outbox.BULK
    )
    entries = [(change.row.number, audited(event["id"], event)) for change, event in zip(changes, events, strict=True)]
    audit.record_many(session, office_id, actor=by.username, action=f"petition.{action}", entries=entries)
    before = [Place.of(change.row) for change in changes]  # type: ignore[arg-type]  # a row has the same columns
    move_tallies(session, office_id, before, [Place.of(now) for now in after])  # type: ignore[arg-type]
    return [event["id"] for event in events]


def _update(session: Session, changes: Sequence[Changed], written: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        {**values, "version": change.row.version + 1, "of_id": change.row.id, "of_version": change.row.version}
        for change, values in zip(changes, written, strict=True)
    ]
    if update_many(session, _PETITIONS, rows, where={"id": "of_id", "version": "of_version"}) != len(rows):
        raise StaleVersion(None)


def _data(change: Changed) -> str:
    before = {name: getattr(change.row, name) for name in change.values}
    return as_text({"before": before, "after": dict(change.values), **change.data})


def _add_events(
    session: Session,
    changes: Sequence[Changed],
    after: Sequence[SimpleNamespace],
    texts: Sequence[str],
    *,
    by: Actor,
    action: str,
) -> list[dict[str, Any]]:
    same = {
        "action": action,
        "actor_id": by.id,
        "actor_name": by.full_name,
        "occurred_on": clock.today(),
        "recorded_at": clock.now(),
        "cancels_id": None,
    }
    event_ids = _reserve(session, len(changes))
    rows = [
        same
        | {
            "id": event_id,
            "petition_id": change.row.id,
            "office_id": change.row.office_id,
            "from_state": change.row.state,
            "to_state": now.state,
            "reason": change.reason,
            "data": data,
        }
        for event_id, change, now, data in zip(event_ids, changes, after, texts, strict=True)
    ]
    insert_many(session, _EVENTS, rows)
    return rows


def _reserve(session: Session, count: int) -> list[int]:
    """Ids for new events: to ask for them row by row costs more than all the rest."""
    if session.get_bind().dialect.name == "sqlite":
        # There is one writer at a time, and it is us.
        newest: int = session.execute(_NEWEST_EVENT).scalar_one()
        return list(range(newest + 1, newest + count + 1))
    return sorted(session.execute(_NEXT_EVENTS, {"count": count}).scalars())
