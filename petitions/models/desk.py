"""What the reception desk keeps besides petitions: drafts, visits, papers, reminders."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime, ascii_key, long_text
from core.outbox import BigId
from petitions.vocabulary import Kind, in_list


class IntakeDraft(Base):
    """The intake form as it was last typed, one per person; holds nothing that identifies a denouncer."""

    __tablename__ = "intake_draft"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    payload: Mapped[str] = mapped_column(long_text())


class Visit(Base):
    """A visit without a petition, for the statutory register (sổ tiếp công dân, form 03/TCD of decree 154/2026)."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint(f"kind IN ({in_list(Kind)})", name="kind"),
        # Several kinds in one may contain a denunciation.
        CheckConstraint(
            "kind NOT IN ('denunciation', 'mixed') OR (name = '' AND address = '' AND id_number = '')",
            name="denouncer_unnamed",
        ),
        CheckConstraint("people_count >= 1", name="people_count"),
        Index(None, "office_id", "visited_on"),
        Index(None, "registered_by"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    visited_on: Mapped[date]
    name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    id_number: Mapped[str] = mapped_column(String(40), default="")
    content: Mapped[str] = mapped_column(long_text())
    kind: Mapped[str] = mapped_column(String(16))
    people_count: Mapped[int] = mapped_column(default=1)
    handled_before_by: Mapped[str] = mapped_column(String(300), default="")
    in_jurisdiction: Mapped[bool] = mapped_column(default=False)
    guided_to: Mapped[str] = mapped_column(String(300), default="")
    transferred_to: Mapped[str] = mapped_column(String(300), default="")
    follow_up: Mapped[str] = mapped_column(String(500), default="")
    remark: Mapped[str] = mapped_column(String(500), default="")
    intake_token: Mapped[str | None] = mapped_column(ascii_key(36), unique=True)
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    registered_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))


class PaperItem(Base):
    """Original papers received with a petition, and given back."""

    __tablename__ = "paper_item"
    __table_args__ = (CheckConstraint("pages >= 1", name="pages"), Index(None, "petition_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    description: Mapped[str] = mapped_column(String(300))
    pages: Mapped[int] = mapped_column(default=1)
    received_on: Mapped[date]
    received_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    returned_on: Mapped[date | None]
    returned_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    returned_to: Mapped[str] = mapped_column(String(200), default="")


class Reminder(Base):
    """A personal reminder on a petition."""

    __tablename__ = "reminder"
    __table_args__ = (Index(None, "user_id", "remind_on"), Index(None, "petition_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    remind_on: Mapped[date]
    text: Mapped[str] = mapped_column(String(300))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
