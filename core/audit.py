"""The audit chain: one per office, each entry bound to the one before it by its hash.

An entry is written in the transaction of the act it tells of. The head row is locked while an entry is added, so the
chain cannot fork; callers add their entry late, so that others wait as shortly as possible.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.database import Base, UtcDateTime, table_of
from core.outbox import BigId
from core.rows import insert_many
from core.verify_audit import GENESIS, Anchors, Entry, Verdict, check, digest


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
    found = verdict(session, office_id, None)
    return ChainReport(found.entries, found.first_bad_seq, found.head)


def verdict(session: Session, office_id: int, anchors: Anchors | None) -> Verdict:
    """The same by the rules of the verifier that stands alone, against ``anchors`` where there are any."""
    query = select(*_STORED).where(AuditEntry.office_id == office_id).order_by(AuditEntry.seq)
    head = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.office_id == office_id)).one()
    with session.execute(query.execution_options(yield_per=1000)) as rows:
        return check((as_hashed(row) for row in rows), (head.seq, head.hash), anchors)


def head_of(session: Session, office_id: int) -> tuple[int, str]:
    """The number and the hash of the newest entry of the office's chain."""
    row = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.office_id == office_id)).one()
    return row.seq, row.hash


def day_of_chain(session: Session, office_id: int, start: datetime) -> list[AuditEntry]:
    """The last entry of each hour of the day that begins at ``start``; hours without an entry are left out."""
    found: list[AuditEntry] = []
    first = _count_before(session, office_id, start)
    for hour in range(1, 25):
        last = _count_before(session, office_id, start + timedelta(hours=hour))
        if last > first:
            entry = (AuditEntry.office_id == office_id, AuditEntry.seq == last)
            found += session.scalars(select(AuditEntry).where(*entry))
        first = last
    return found


def _count_before(session: Session, office_id: int, moment: datetime) -> int:
    """The number of the last entry before ``moment``: entries stand in the order of time, so that halving finds it."""
    low, high = 0, head_of(session, office_id)[0]
    at = select(AuditEntry.at).where(AuditEntry.office_id == office_id, AuditEntry.seq == bindparam("seq"))
    while low < high:
        middle = (low + high + 1) // 2
        stood = session.execute(at, {"seq": middle}).scalar_one_or_none()
        if stood is not None and stood < moment:
            low = middle
        else:
            high = middle - 1
    return low


_STORED = tuple(getattr(AuditEntry, name) for name in Entry._fields)


def as_hashed(row: Any) -> Entry:
    """An entry, or a row with its columns, in the form over which its hash was made."""
    fields = {name: getattr(row, name) for name in Entry._fields}
    return Entry(**fields | {"at": _moment(row.at)})


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _digest(
    office_id: int, seq: int, at: datetime, actor: str, action: str, subject: str, payload: str, previous: str
) -> str:
    return digest(office_id, seq, _moment(at), actor, action, subject, payload, previous)
