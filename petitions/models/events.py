"""What happened to a petition, for ever."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime, long_text
from core.outbox import BigId


class PetitionEvent(Base):
    """One act on a petition. Rows are only added: the database refuses UPDATE and DELETE.

    ``occurred_on`` is the day on which it happened, ``recorded_at`` the moment it was written down. ``data`` is JSON
    with what the sentence on the timeline needs: old and new values, names as they were. A reversal names the event
    it takes back in ``cancels_id``.
    """

    __tablename__ = "petition_event"
    __table_args__ = (
        Index(None, "petition_id", "id"),
        Index(None, "office_id", "recorded_at"),
        Index(None, "actor_id"),
        Index(
            "ix_petition_event_cancels_id",
            "cancels_id",
        ),
        # What came back after it was resolved: few among all acts.
        Index(
            "ix_petition_event_reopening",
            "office_id",
            "recorded_at",
            sqlite_where=text("from_state = 'resolved' AND to_state <> 'resolved'"),
            postgresql_where=text("from_state = 'resolved' AND to_state <> 'resolved'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    action: Mapped[str] = mapped_column(String(30))
    from_state: Mapped[str | None] = mapped_column(String(10))
    to_state: Mapped[str | None] = mapped_column(String(10))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
    occurred_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(long_text(), default="")
    data: Mapped[str] = mapped_column(long_text(), default="{}")
    cancels_id: Mapped[int | None] = mapped_column(ForeignKey("petition_event.id"))
