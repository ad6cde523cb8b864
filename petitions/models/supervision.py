"""What a supervisor keeps: absences with their substitutes, programmes against the backlog, saved views."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime, long_text


class Absence(Base):
    """An officer who is away from ``first_day`` to ``last_day``, and who stands in."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("substitute_id IS NULL OR substitute_id <> user_id", name="substitute"),
        Index(None, "office_id", "last_day"),
        Index(None, "user_id", "last_day"),
        Index(None, "substitute_id"),
        Index(None, "recorded_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    note: Mapped[str] = mapped_column(String(300), default="")
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Programme(Base):
    """A programme to clear the backlog: the petitions received until ``cut_off_on`` that were open on ``starts_on``."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("target_on > starts_on", name="target"),
        Index(None, "office_id"),
        Index(None, "made_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    name: Mapped[str] = mapped_column(String(200))
    cut_off_on: Mapped[date]
    starts_on: Mapped[date]
    target_on: Mapped[date]
    note: Mapped[str] = mapped_column(long_text(), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SavedView(Base):
    """The address of a list with a name: for its owner alone, for a unit, a role or the whole office.

    A saved search also has what is found now, how much of it the owner has not seen, and the set of what was found when
    the owner last opened it; nothing of it until it is first looked at.
    """

    __tablename__ = "saved_view"
    __table_args__ = (
        CheckConstraint("shared_with IN ('nobody', 'unit', 'role', 'office')", name="shared_with"),
        CheckConstraint("(shared_with = 'unit') = (unit_id IS NOT NULL)", name="unit"),
        CheckConstraint("(shared_with = 'role') = (role IS NOT NULL)", name="role"),
        Index(None, "office_id", "shared_with"),
        Index(None, "owner_id"),
        Index(None, "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(String(80))
    queue: Mapped[str] = mapped_column(String(20))
    query: Mapped[str] = mapped_column(String(1000), default="")
    shared_with: Mapped[str] = mapped_column(String(8), default="nobody")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str | None] = mapped_column(String(20))
    on_home: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    found_total: Mapped[int | None]
    found_new: Mapped[int | None]
    found_seen: Mapped[bytes | None] = mapped_column(LargeBinary)
