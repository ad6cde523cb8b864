"""Who in the office a denunciation speaks of."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime
from core.outbox import BigId

_IN_FORCE = text("lifted_at IS NULL")


class Accused(Base):
    """A user or a unit of the office that a denunciation accuses; lifted, it stays as history.

    Whoever is accused, and whoever works in a unit with somebody accused, neither sees the petition nor is given it.
    """

    __tablename__ = "petition_accused"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (unit_id IS NULL)", name="one"),
        Index("ix_petition_accused_in_force", "office_id", sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
        Index(None, "petition_id"),
        Index(None, "user_id"),
        Index(None, "unit_id"),
        Index(None, "named_by"),
        Index(None, "lifted_by"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    named_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    named_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_why: Mapped[str] = mapped_column(String(1000), default="")
