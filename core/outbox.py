"""The transactional outbox: what other parts must hear of, written in the same transaction as the act itself.

A row says "look again at this record". Consumers re-read the record by id, so a row handled twice does no harm;
rows are removed only when the consumer has made its own work durable. Single saves overtake imports by lane.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.database import Base, UtcDateTime, table_of
from core.rows import insert_many

SINGLE = 0
BULK = 1

# SQLite numbers rows by itself only for INTEGER PRIMARY KEY.
BigId = BigInteger().with_variant(Integer, "sqlite")


class Outbox(Base):
    """One thing that one consumer has yet to look at."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("lane IN (0, 1)", name="lane"),
        Index(None, "consumer", "lane", "id"),
        Index(None, "consumer", "subject_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    consumer: Mapped[str] = mapped_column(String(20))
    lane: Mapped[int]
    subject_id: Mapped[int] = mapped_column(BigId)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


_ADD = insert(table_of(Outbox))


@dataclass(frozen=True, slots=True)
class Pending:
    """An outbox row, read."""

    id: int
    subject_id: int
    version: int
    created_at: datetime


def enqueue(
    session: Session, consumers: Sequence[str], subjects: Iterable[tuple[int, int]], *, lane: int = SINGLE
) -> None:
    """Tell each of ``consumers`` to look at ``subjects``, pairs of record id and version."""
    at = clock.now()
    rows = [
        {"consumer": consumer, "lane": lane, "subject_id": subject, "version": version, "created_at": at}
        for subject, version in subjects
        for consumer in consumers
    ]
    if len(rows) == 1:
        session.execute(_ADD, rows[0])
    else:
        insert_many(session, table_of(Outbox), rows)


def pending(session: Session, consumer: str, *, limit: int) -> list[Pending]:
    """The oldest rows that ``consumer`` has to handle, single saves before imports."""
    rows = session.execute(
        select(Outbox.id, Outbox.subject_id, Outbox.version, Outbox.created_at)
        .where(Outbox.consumer == consumer)
        .order_by(Outbox.lane, Outbox.id)
        .limit(limit)
    )
    return [Pending(*row) for row in rows]


def pending_ids(session: Session, consumer: str) -> list[int]:
    """The ids of all rows that ``consumer`` has to handle, as they were written."""
    return list(session.scalars(select(Outbox.id).where(Outbox.consumer == consumer).order_by(Outbox.id)))


def restart_waiting(session: Session) -> None:
    """Count the waiting of all rows from now on: for rows written under a clock that stood in the past."""
    session.execute(update(Outbox).values(created_at=clock.now()).execution_options(synchronize_session=False))


def mark_done(session: Session, ids: Sequence[int]) -> None:
    """Remove the rows ``ids``; call it only when the work they asked for is durable."""
    for start in range(0, len(ids), 500):
        session.execute(delete(Outbox).where(Outbox.id.in_(ids[start : start + 500])))


def backlog(session: Session, consumer: str) -> tuple[int, datetime | None]:
    """How many rows wait for ``consumer``, and since when the oldest does."""
    count, oldest = session.execute(
        select(func.count(), func.min(Outbox.created_at)).where(Outbox.consumer == consumer)
    ).one()
    return count, oldest
