"""Proof that the events of petitions are those that the audit chain tells of.

Every act writes its event and its audit entry in one transaction, and the entry has a digest of what the event says.
An event that was changed, removed or slipped in past the program therefore differs from the chain. Imported rows have
one entry for the whole run, with a digest over its events.

What an event says may be emptied by the act ``DISPOSE``, which keeps the digests (``digests_of``) in its own data under
``EMPTIED_KEY``: the chain still holds, and whatever else the event tells is still proved.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from core.audit import AuditEntry
from core.database import AnyRow
from core.integrity import MOST_FINDINGS
from petitions.models import ImportRun, Petition, PetitionEvent

_AT_ONCE = 1_000
BOUND = ("petition_id", "actor_id", "actor_name", "recorded_at", "cancels_id")
"""The columns of an event of which the chain keeps a digest only: on which petition, who, when, taking back what."""
SAID = ("reason", "data")
"""The columns with what was said, which disposal empties."""
EMPTIED = ("", "{}")
"""What disposal leaves of them."""
DISPOSE = "dispose"
"""The act that empties what the acts before it said."""
EMPTIED_KEY = "emptied"
_DIGITS = 32


def row_digest(values: Iterable[object]) -> str:
    """A digest over the values of a row, the same from what was written and from what is stored."""
    return hashlib.sha256("\x1f".join(map(_said, values)).encode()).hexdigest()[:_DIGITS]


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    # What is nothing must not read like what is empty.
    return "\x00" if value is None else str(value)


_COLUMNS = (
    PetitionEvent.id,
    Petition.number,
    PetitionEvent.action,
    PetitionEvent.from_state,
    PetitionEvent.to_state,
    PetitionEvent.reason,
    PetitionEvent.data,
    PetitionEvent.occurred_on,
    *(getattr(PetitionEvent, name) for name in BOUND),
)


def event_drift(session: Session, office_id: int) -> tuple[int, list[str]]:
    """How many events were held against the chain, and a line for each that differs, up to a limit."""
    found: list[str] = []
    checked = 0
    for entries in _entries(session, office_id):
        told = {event_id: said for entry in entries for event_id, said in _told(entry)}
        stored = {row.id: row for row in session.execute(_events().where(PetitionEvent.id.in_(list(told))))}
        checked += len(told)
        for event_id, said in told.items():
            if (fault := _fault(stored.get(event_id), said)) and len(found) < MOST_FINDINGS:
                found.append(f"event {event_id} of {said['number']}: {fault}")
    imported, faults = _imported(session, office_id)
    checked += imported
    found += faults
    total = session.execute(select(func.count()).where(PetitionEvent.office_id == office_id)).scalar_one()
    # The first release bound the receipt of a petition to no event: what it wrote cannot be counted.
    if total != checked and not found and not _has_entries_of_first_release(session, office_id):
        found.append(f"{total} events are stored, the chain tells of {checked}")
    return checked, found[:MOST_FINDINGS]


def _has_entries_of_first_release(session: Session, office_id: int) -> bool:
    receipts = (AuditEntry.office_id == office_id, AuditEntry.action == "petition.receive")
    first = select(AuditEntry.payload).where(*receipts).order_by(AuditEntry.seq).limit(1)
    payload = session.execute(first).scalar_one_or_none()
    return payload is not None and "event" not in json.loads(payload)


def _events() -> Select[*tuple[Any, ...]]:
    later = aliased(PetitionEvent)
    disposed = exists().where(
        later.petition_id == PetitionEvent.petition_id, later.action == DISPOSE, later.id > PetitionEvent.id
    )
    return select(*_COLUMNS, disposed.label("disposed")).join(Petition, Petition.id == PetitionEvent.petition_id)


def _entries(session: Session, office_id: int) -> Iterator[Sequence[AnyRow]]:
    last = 0
    query = (
        select(AuditEntry.seq, AuditEntry.action, AuditEntry.subject, AuditEntry.payload)
        .where(AuditEntry.office_id == office_id, AuditEntry.action.like("petition.%"))
        .order_by(AuditEntry.seq)
        .limit(_AT_ONCE)
    )
    while rows := session.execute(query.where(AuditEntry.seq > last)).all():
        last = rows[-1].seq
        yield rows


def _told(entry: AnyRow) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The events that an entry tells of, by id."""
    payload = json.loads(entry.payload)
    action = entry.action.removeprefix("petition.")
    if "event" in payload:
        yield payload["event"], payload | {"action": action, "number": entry.subject}
    for note in payload.get("notes", ()):
        yield note["event"], note | {"action": "note", "number": entry.subject}


def _fault(row: AnyRow | None, said: Mapping[str, object]) -> str:
    if row is None:
        return "it is gone"
    stored = (row.number, row.action, row.from_state, row.to_state, row.reason, row.data, row.occurred_on.isoformat())
    names = ("number", "action", "from", "to", "reason", "data", "on")
    # Entries of the first release say nothing of the day.
    changed = [name for name, value in zip(names, stored, strict=True) if name in said and said[name] != value]
    if "bind" in said and said["bind"] != row_digest(getattr(row, name) for name in BOUND):
        changed.append("who did it, when, or what it takes back")
    left = (row.reason, row.data)
    if "said" in said and said["said"] != row_digest(left) and not (row.disposed and left == EMPTIED):
        changed.append("what it says")
    return f"differs from the chain in {', '.join(changed)}" if changed else ""


def _imported(session: Session, office_id: int) -> tuple[int, list[str]]:
    """The events of import runs against the digest that the chain has of each run."""
    checked, faults = 0, []
    told = {
        entry.subject: json.loads(entry.payload)
        for entry in session.execute(
            select(AuditEntry.subject, AuditEntry.payload).where(
                AuditEntry.office_id == office_id, AuditEntry.action == "petition.import"
            )
        )
    }
    for run_id in session.scalars(select(ImportRun.id).where(ImportRun.office_id == office_id).order_by(ImportRun.id)):
        said = told.get(f"import:{run_id}")
        count, digest = run_digest(session, run_id)
        checked += count
        if count and said is None:
            faults.append(f"import {run_id}: its {count} events stand in no entry of the chain")
        elif said is not None and "events" in said and tuple(said["events"]) != (count, digest):
            faults.append(f"import {run_id}: its events differ from the chain")
    return checked, faults


def run_digest(session: Session, run_id: int) -> tuple[int, str]:
    """How many events an import run wrote, and the digest over them."""
    of_run: tuple[ColumnElement[bool], ...] = (
        Petition.import_run_id == run_id,
        PetitionEvent.recorded_at == Petition.registered_at,
        PetitionEvent.action.in_(("imported", "note")),
    )
    columns = (PetitionEvent.id, *(getattr(PetitionEvent, name) for name in EventDigest.FIELDS))
    query = select(*columns).join(Petition, Petition.id == PetitionEvent.petition_id).where(*of_run)
    emptied = _emptied(session, of_run[0])
    digest = EventDigest()
    for row in session.execute(query.order_by(PetitionEvent.id).execution_options(yield_per=_AT_ONCE)):
        digest.add(row._asdict(), emptied.get(row.id, "") if (row.reason, row.data) == EMPTIED else "")
    return digest.told


def _emptied(session: Session, of_run: ColumnElement[bool]) -> dict[int, str]:
    """The digests of what was disposed of, by event."""
    query = select(PetitionEvent.data).join(Petition, Petition.id == PetitionEvent.petition_id)
    found: dict[int, str] = {}
    for data in session.scalars(query.where(of_run, PetitionEvent.action == DISPOSE)):
        found |= {int(event_id): digest for event_id, digest in json.loads(data).get(EMPTIED_KEY, {}).items()}
    return found


def digests_of(session: Session, petition_id: int) -> dict[str, str]:
    """What the act that disposes of the petition's events has to keep of them: a digest by event."""
    query = select(PetitionEvent.id, PetitionEvent.reason, PetitionEvent.data)
    rows = session.execute(query.where(PetitionEvent.petition_id == petition_id).order_by(PetitionEvent.id))
    return {str(row.id): row_digest((row.reason, row.data)) for row in rows}


class EventDigest:
    """A digest over many events, in their order."""

    FIELDS = ("petition_id", "action", "from_state", "to_state", "occurred_on", "actor_name", *SAID)

    def __init__(self) -> None:
        self._whole, self._count = hashlib.sha256(), 0

    def add(self, event: Mapping[str, Any], said: str = "") -> None:
        """Count one event; ``said`` is the digest of what it said, where that was emptied."""
        self._count += 1
        facts = row_digest(event[name] for name in self.FIELDS if name not in SAID)
        self._whole.update(f"{facts}{said or row_digest(event[name] for name in SAID)}".encode())

    @property
    def told(self) -> tuple[int, str]:
        """How many there were, and the digest."""
        return self._count, self._whole.hexdigest()
