"""The audit chain: one per office, each entry bound to the one before it by its hash.

An entry is written in the transaction of the act it tells of. The head row is locked while an entry is added, so the
chain cannot fork; callers add their entry late, so that others wait as shortly as possible.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.database import Base, UtcDateTime, table_of
from core.outbox import BigId
from core.rows import insert_many

GENESIS = "0" * 64
FORMAT = "donthu-audit-1"


class AuditHead(Base):
    """The newest entry of an office's chain."""

    __tablename__ = "audit_head"

    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class AuditEntry(Base):
    """One act, who did it and when; never changed (the database refuses it too)."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("office_id", "seq"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(60))
    payload: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))


# Every act adds an entry, so the questions are built once.
_HEADS = table_of(AuditHead)
_HEAD = select(_HEADS.c.seq, _HEADS.c.hash).where(_HEADS.c.office_id == bindparam("office_id")).with_for_update()
_ADD = insert(table_of(AuditEntry))
_MOVE_HEAD = (
    update(_HEADS)
    .where(_HEADS.c.office_id == bindparam("of_office"))
    .values(seq=bindparam("seq"), hash=bindparam("hash"))
)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Result of walking a chain: how many entries hold, and the first that does not (None when all do)."""

    entries: int
    first_bad_seq: int | None
    head: str


def open_chain(session: Session, office_id: int) -> None:
    """Begin the chain of a new office."""
    session.execute(insert(AuditHead), [{"office_id": office_id, "seq": 0, "hash": GENESIS}])


def hold(session: Session, office_id: int) -> None:
    """Make everybody else who adds an entry wait until the transaction ends.

    For work that takes other locks for long before it adds its entry: others take theirs in the opposite order.
    """
    session.execute(select(AuditHead.seq).where(AuditHead.office_id == office_id).with_for_update())


def record(
    session: Session, office_id: int, *, actor: str, action: str, subject: str, payload: Mapping[str, object]
) -> int:
    """Add an entry to the office's chain and return its sequence number."""
    return record_many(session, office_id, actor=actor, action=action, entries=[(subject, payload)])


def record_many(
    session: Session, office_id: int, *, actor: str, action: str, entries: Sequence[tuple[str, Mapping[str, object]]]
) -> int:
    """Add an entry for each subject and payload to the office's chain; return the last sequence number."""
    head = session.execute(_HEAD, {"office_id": office_id}).one()
    # Microseconds survive both databases; anything finer would not, and the hash must be computable again.
    at = clock.now().astimezone(UTC)
    seq: int = head.seq
    digest: str = head.hash
    rows = []
    for subject, payload in entries:
        seq += 1
        text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        digest = _digest(office_id, seq, at, actor, action, subject, text, digest)
        rows.append(
            {
                "office_id": office_id,
                "seq": seq,
                "at": at,
                "actor": actor,
                "action": action,
                "subject": subject,
                "payload": text,
                "hash": digest,
            }
        )
    if rows:
        if len(rows) == 1:
            session.execute(_ADD, rows[0])
        else:
            insert_many(session, table_of(AuditEntry), rows)
        session.execute(_MOVE_HEAD, {"of_office": office_id, "seq": seq, "hash": digest})
    return seq


def verify(session: Session, office_id: int) -> ChainReport:
    """Walk the office's chain in constant memory and name the first entry that does not hold."""
    previous, seq = GENESIS, 0
    query = select(AuditEntry).where(AuditEntry.office_id == office_id).order_by(AuditEntry.seq)
    with session.scalars(query.execution_options(yield_per=1000)) as entries:
        for entry in entries:
            seq += 1
            expected = _digest(
                office_id, seq, entry.at, entry.actor, entry.action, entry.subject, entry.payload, previous
            )
            if entry.seq != seq or entry.hash != expected:
                return ChainReport(seq - 1, seq, previous)
            previous = entry.hash
    head = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.office_id == office_id)).one()
    sound = head.seq == seq and head.hash == previous
    return ChainReport(seq, None if sound else seq + 1, previous)


def _digest(
    office_id: int, seq: int, at: datetime, actor: str, action: str, subject: str, payload: str, previous: str
) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = [FORMAT, office_id, seq, moment, actor, action, subject, payload, previous]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
