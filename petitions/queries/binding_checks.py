"""Proof that legal events and attachments are those that the audit chain tells of.

The chain keeps a digest of every row of ``legal_event``, by the act that recorded it. The act that attached a file
names the attachment and the file's hash; acts themselves are proved by ``event_checks``. What was written before the
chain told of it cannot be proved and is passed over: its acts are older than the first that it tells of.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import AuditEntry
from core.integrity import MOST_FINDINGS
from documents.models import StoredFile
from petitions.models import LegalEventRow, Petition, PetitionAttachment, PetitionEvent
from petitions.queries.event_checks import row_digest

LEGAL_ADDED = "legal.add"
LEGAL_COLUMNS = tuple(column.key for column in LegalEventRow.__table__.columns if column.key not in ("id", "event_id"))
"""What the digest of a legal event covers; its act is told beside it."""

_IN_PARTS = {"yield_per": 1_000}


def legal_drift(session: Session, office_id: int) -> tuple[int, list[str]]:
    """How many legal events were held against the chain, and a line for each act whose events differ."""
    told: dict[int, Counter[str]] = {}
    numbers: dict[int, str] = {}
    entries = select(AuditEntry.subject, AuditEntry.payload).where(
        AuditEntry.office_id == office_id, AuditEntry.action == LEGAL_ADDED
    )
    for entry in session.execute(entries.execution_options(**_IN_PARTS)):
        said = json.loads(entry.payload)
        told.setdefault(said["act"], Counter()).update(said["rows"])
        numbers[said["act"]] = entry.subject
    first = _first_bound(session, office_id)
    checked, found = 0, []
    for act, number, rows in _legal_by_act(session, office_id):
        checked += rows.total()
        known = told.pop(act, Counter())
        if rows != known and (known or (first is not None and act >= first)):
            missing, added = (known - rows).total(), (rows - known).total()
            found.append(f"act {act} of {number}: {missing} legal events of the chain are missing, {added} are others")
    found += [f"act {act} of {numbers[act]}: all its legal events are gone" for act in sorted(told)]
    return checked, found[:MOST_FINDINGS]


def _first_bound(session: Session, office_id: int) -> int | None:
    """The first act that was made since the chain keeps digests of rows."""
    bound = (
        AuditEntry.office_id == office_id,
        AuditEntry.action.like("petition.%"),
        AuditEntry.payload.like('%"bind":%'),
        AuditEntry.payload.like('%"event":%'),
    )
    payload = session.execute(select(AuditEntry.payload).where(*bound).order_by(AuditEntry.seq).limit(1)).scalar()
    return None if payload is None else int(json.loads(payload)["event"])


def _legal_by_act(session: Session, office_id: int) -> Iterator[tuple[int, str, Counter[str]]]:
    columns = (getattr(LegalEventRow, name) for name in LEGAL_COLUMNS)
    query = (
        select(LegalEventRow.event_id, Petition.number, *columns)
        .join(PetitionEvent, PetitionEvent.id == LegalEventRow.event_id)
        .join(Petition, Petition.id == PetitionEvent.petition_id)
        .where(PetitionEvent.office_id == office_id)
        .order_by(LegalEventRow.event_id)
    )
    act, number, rows = 0, "", Counter[str]()
    for row in session.execute(query.execution_options(**_IN_PARTS)):
        if row[0] != act:
            if act:
                yield act, number, rows
            act, number, rows = row[0], row[1], Counter()
        rows[row_digest(row[2:])] += 1
    if act:
        yield act, number, rows


def attachment_drift(session: Session, office_id: int) -> tuple[int, list[str]]:
    """How many attachments were held against the acts that attached them, and a line for each that differs."""
    told, older = _attached(session, office_id)
    checked, found = 0, []
    query = (
        select(
            PetitionAttachment.id,
            PetitionAttachment.petition_id,
            Petition.number,
            StoredFile.sha256,
            StoredFile.original_name,
        )
        .join(Petition, Petition.id == PetitionAttachment.petition_id)
        .outerjoin(StoredFile, StoredFile.id == PetitionAttachment.stored_file_id)
        .where(Petition.office_id == office_id)
        .order_by(PetitionAttachment.id)
    )
    for row in session.execute(query.execution_options(**_IN_PARTS)):
        checked += 1
        said = told.pop(row.id, None)
        if said is not None:
            if said != (row.petition_id, row.sha256, row.original_name):
                found.append(f"attachment {row.id} of {row.number}: it is not what was attached there")
        elif older[row.petition_id] > 0:
            older[row.petition_id] -= 1
        else:
            found.append(f"attachment {row.id} of {row.number}: no act attached it")
    found += [f"attachment {each}: it is gone" for each in sorted(told)]
    missing = {petition_id: count for petition_id, count in older.items() if count > 0}
    found += [f"{count} attachments of petition {petition_id} are gone" for petition_id, count in missing.items()]
    return checked, found[:MOST_FINDINGS]


def _attached(session: Session, office_id: int) -> tuple[dict[int, tuple[Any, ...]], Counter[int]]:
    """By attachment what its act says: petition, hash, name; and by petition how many acts say nothing of it."""
    told: dict[int, tuple[Any, ...]] = {}
    older: Counter[int] = Counter()
    acts = select(PetitionEvent.petition_id, PetitionEvent.data).where(
        PetitionEvent.office_id == office_id, PetitionEvent.action == "attach"
    )
    for act in session.execute(acts.execution_options(**_IN_PARTS)):
        said = json.loads(act.data)
        if "attachment" in said:
            told[said["attachment"]] = (act.petition_id, said["sha256"], said["file"])
        else:
            older[act.petition_id] += 1
    return told, older
