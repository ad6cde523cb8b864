"""The audit chain: one per office, each entry bound to the one before it by its hash.

An entry is written in the transaction of the act it tells of. The head row is locked while an entry is added, so the
chain cannot fork; callers add their entry late, so that others wait as shortly as possible.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    cast,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.database import Base, UtcDateTime, table_of
from core.outbox import BigId
from core.rows import insert_many
from core.verify_audit import GENESIS, Anchors, Entry, Verdict, check, digest, entry_of_sqlite


class AuditHead(Base):
    """The newest entry of an office's chain."""

    __tablename__ = "audit_head"

    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    # When that entry was made; None where it was told of the past, as demo data is.
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Up to which entry the second place was told; ``core.anchors`` misses it when the place was exchanged.
    anchored_to: Mapped[int] = mapped_column(default=0)


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
_HEAD = (
    select(_HEADS.c.seq, _HEADS.c.hash, _HEADS.c.at)
    .where(_HEADS.c.office_id == bindparam("office_id"))
    .with_for_update()
)
_ADD = insert(table_of(AuditEntry))
_MOVE_HEAD = (
    update(_HEADS)
    .where(_HEADS.c.office_id == bindparam("of_office"))
    .values(seq=bindparam("seq"), hash=bindparam("hash"), at=bindparam("at"))
)

CLOCK_ANOMALY = "clock.anomaly"
# A step of the clock between two entries that is told in an entry of its own. Machines correct themselves by less.
STEP_BACK = timedelta(seconds=2)
STEP_FORWARD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Result of walking a chain: how many entries hold, and the first that does not (None when all do)."""

    entries: int
    first_bad_seq: int | None
    head: str


def open_chain(session: Session, office_id: int) -> None:
    """Begin the chain of a new office."""
    session.execute(insert(AuditHead), [{"office_id": office_id, "seq": 0, "hash": GENESIS, "anchored_to": 0}])


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
    told = [(actor, action, subject, payload) for subject, payload in entries]
    watched = clock.is_watched()
    if told and watched and (step := _step(head.at, at)):
        told.insert(0, ("system", CLOCK_ANOMALY, "clock", step))
    for who, what, subject, payload in told:
        seq += 1
        text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        digest = _digest(office_id, seq, at, who, what, subject, text, digest)
        rows.append(
            {
                "office_id": office_id,
                "seq": seq,
                "at": at,
                "actor": who,
                "action": what,
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
        stands_at = at if watched else None
        session.execute(_MOVE_HEAD, {"of_office": office_id, "seq": seq, "hash": digest, "at": stands_at})
    return seq


def _step(before: datetime | None, now: datetime) -> Mapping[str, object] | None:
    """What is told of a clock that went back, or far ahead, since the entry before; None where it did not."""
    if before is None or -STEP_BACK <= now - before <= STEP_FORWARD:
        return None
    return {"before": _moment(before), "now": _moment(now), "seconds": int((now - before).total_seconds())}


def verify(session: Session, office_id: int) -> ChainReport:
    """Walk the office's chain in constant memory and name the first entry that does not hold."""
    found = verdict(session, office_id, None)
    return ChainReport(found.entries, found.first_bad_seq, found.head)


def verdict(session: Session, office_id: int, anchors: Anchors | None) -> Verdict:
    """The same by the rules of the verifier that stands alone, against ``anchors`` where there are any."""
    return check(entries_of(session, office_id), stored_head(session, office_id), anchors)


def stored_head(session: Session, office_id: int) -> tuple[int, str] | None:
    """What the office's head names; None where it is gone."""
    row = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.office_id == office_id)).one_or_none()
    return None if row is None else (row.seq, row.hash)


def entries_of(session: Session, office_id: int) -> Iterator[Entry]:
    """The office's entries as they are stored, in bounded memory, whatever somebody may have put into them."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    columns = _AS_BYTES if sqlite else _AS_TEXT
    query = select(AuditEntry.office_id, AuditEntry.seq, *columns).where(AuditEntry.office_id == office_id)
    in_order = query.order_by(AuditEntry.seq, AuditEntry.id).execution_options(yield_per=1000)
    with session.execute(in_order) as rows:
        for row in rows:
            yield entry_of_sqlite(row) if sqlite else Entry(*row)


_TEXTS = tuple(getattr(AuditEntry, name) for name in Entry._fields[3:])
# As the verifier reads them: what is no text, or no moment, must not stop the reading.
_AS_BYTES = tuple(cast(column, LargeBinary) for column in (AuditEntry.at, *_TEXTS))
_AT = func.to_char(func.timezone("UTC", AuditEntry.at), 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00')
_AS_TEXT = (_AT, *_TEXTS)


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


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _digest(
    office_id: int, seq: int, at: datetime, actor: str, action: str, subject: str, payload: str, previous: str
) -> str:
    return digest(office_id, seq, _moment(at), actor, action, subject, payload, previous)
