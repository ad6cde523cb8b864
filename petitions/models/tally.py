"""Counters: the numbers of petitions, and how many stand in each named queue."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, ascii_key


class NumberCounter(Base):
    """The last number given out by an office in a year. Locked last in a transaction, so that nothing waits behind."""

    __tablename__ = "number_counter"

    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Tally(Base):
    """How many open petitions stand in a named queue; changed in the same transaction as the petition.

    ``name`` is the queue, ``bucket`` a part of it (an officer's id, a due day ``2026-11-24`` or month ``2026-11``),
    ``scope`` is 0 for petitions that everybody in the office may see, and otherwise says in which unit a sealed one
    stands (-1: in none yet), so that each reader's count is exact for what that reader may see.
    """

    __tablename__ = "tally"
    __table_args__ = (CheckConstraint("n >= 0", name="not_negative"),)

    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)
    name: Mapped[str] = mapped_column(ascii_key(16), primary_key=True)
    bucket: Mapped[str] = mapped_column(ascii_key(12), primary_key=True)
    scope: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int]
