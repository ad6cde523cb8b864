"""Fingerprints of letters, the groups that they form, and what people said of these."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime
from core.outbox import BigId


def _partial(name: str, column: str, *, where: str) -> Index:
    condition = text(where)
    return Index(f"ix_likeness_print_{name}", column, sqlite_where=condition, postgresql_where=condition)


class LikenessPrint(Base):
    """The fingerprint of one petition's letter (``search.likeness.fingerprints``), and the group that it is in.

    ``group_id`` is the petition with the lowest id among the letters that repeat each other; None for a letter without
    its like. ``nearest_id`` is the letter of the group that it was compared with, ``alike`` how much of it agrees, in
    hundredths. ``grouped`` False waits for that comparison.
    """

    __tablename__ = "likeness_print"
    __table_args__ = (
        CheckConstraint("alike BETWEEN 0 AND 100", name="alike"),
        _partial("nearest_id", "nearest_id", where="nearest_id IS NOT NULL"),
        _partial("group_id", "group_id", where="group_id IS NOT NULL"),
        _partial("waiting", "petition_id", where="NOT grouped"),
    )

    petition_id: Mapped[int] = mapped_column(BigId, ForeignKey("petition.id"), primary_key=True, autoincrement=False)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    form: Mapped[int]
    sealed: Mapped[bool]
    pairs: Mapped[bytes] = mapped_column(LargeBinary)
    marks: Mapped[bytes] = mapped_column(LargeBinary)
    grouped: Mapped[bool] = mapped_column(default=False, server_default=false())
    group_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("petition.id"))
    nearest_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("petition.id"))
    alike: Mapped[int] = mapped_column(default=0, server_default="0")


class LikenessMark(Base):
    """One key under which a petition's letter, or its house, is found.

    Without foreign key: millions of rows, all of which go with their ``LikenessPrint``.
    """

    __tablename__ = "likeness_mark"
    __table_args__ = {"sqlite_with_rowid": False}

    mark: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    petition_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)


class LikenessCount(Base):
    """In how many letters each pair of words stands (``search.likeness.weights``): one row, of all offices.

    ``edition`` rises with every change. ``remade_to`` is the petition up to which a rebuild that was begun has come;
    None where none is under way.
    """

    __tablename__ = "likeness_count"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edition: Mapped[int]
    letters: Mapped[int]
    counts: Mapped[bytes] = mapped_column(LargeBinary)
    remade_to: Mapped[int | None] = mapped_column(BigId)


class LikenessApart(Base):
    """Two petitions of which somebody said that they are not the same letter; they are not grouped again.

    ``low_id`` is the older one.
    """

    __tablename__ = "likeness_apart"
    __table_args__ = (
        CheckConstraint("low_id <> high_id", name="two"),
        UniqueConstraint("low_id", "high_id"),
        Index(None, "high_id"),
        Index(None, "said_by"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    low_id: Mapped[int] = mapped_column(BigId, ForeignKey("petition.id"))
    high_id: Mapped[int] = mapped_column(BigId, ForeignKey("petition.id"))
    said_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
