"""Fingerprints of letters with their groups and what people said of these; an office's short forms; noted queries."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
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


class ShortForm(Base):
    """A short form that an office added: whoever types one of the two also finds the other."""

    __tablename__ = "short_form"
    __table_args__ = (UniqueConstraint("office_id", "short", "written_out"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    short: Mapped[str] = mapped_column(String(30))
    written_out: Mapped[str] = mapped_column(String(120))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class QueryNote(Base):
    """A query that found nothing, or took long, without the words that may name somebody (``search.noting``)."""

    __tablename__ = "query_note"
    __table_args__ = (
        CheckConstraint("why IN ('nothing', 'slow')", name="why"),
        UniqueConstraint("office_id", "why", "words"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    why: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(String(200))
    times: Mapped[int]
    longest_ms: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
