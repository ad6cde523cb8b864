"""What happened to a petition in law: from these rows, and from nothing else, its clocks are worked out."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime, long_text
from core.outbox import BigId


class LegalEventRow(Base):
    """One legal event. Rows are only added: the database refuses UPDATE and DELETE.

    ``event_id`` is the act that recorded it, with actor, moment and reason. A row that takes another back names it in
    ``cancels_id``; neither of the two counts any more. The receipt is no row: it is the petition's own day.
    """

    __tablename__ = "legal_event"
    __table_args__ = (
        CheckConstraint("days >= 0", name="days"),
        Index(None, "petition_id", "id"),
        Index(None, "event_id"),
        # Only rows that take another back stand in it, so that SQLite does not look among the others for "none".
        Index(
            "ix_legal_event_cancels_id",
            "cancels_id",
            unique=True,
            sqlite_where=text("cancels_id IS NOT NULL"),
            postgresql_where=text("cancels_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("petition_event.id"))
    event: Mapped[str] = mapped_column(String(30))
    occurred_on: Mapped[date]
    days: Mapped[int] = mapped_column(default=0)
    variant: Mapped[str | None] = mapped_column(String(20))
    for_day: Mapped[date | None]
    # The seven points of complexity that a finding names, as bits.
    points: Mapped[int] = mapped_column(default=0)
    document_number: Mapped[str] = mapped_column(String(80), default="")
    document_on: Mapped[date | None]
    signer: Mapped[str] = mapped_column(String(120), default="")
    ground: Mapped[str] = mapped_column(long_text(), default="")
    cancels_id: Mapped[int | None] = mapped_column(ForeignKey("legal_event.id"))


class PetitionClock(Base):
    """One clock of a petition: which rule, in which version, from when. Everything else is derived.

    ``due_on`` is the last day, None while suspended and where the rule sets no day; ``standing_on`` is the last day as
    far as it is known without the pause that is open. ``next_alert_on`` is the day on which the sweep looks again.
    """

    __tablename__ = "petition_clock"
    __table_args__ = (
        Index(None, "petition_id"),
        Index(
            "ix_petition_clock_running",
            "office_id",
            "rule_id",
            "due_on",
            sqlite_where=text("stopped_on IS NULL"),
            postgresql_where=text("stopped_on IS NULL"),
        ),
        # What ended after its last day: the supervisor's audit.
        Index(
            "ix_petition_clock_missed",
            "office_id",
            "stopped_on",
            "petition_id",
            sqlite_where=text("stopped_on > due_on"),
            postgresql_where=text("stopped_on > due_on"),
        ),
        Index(
            "ix_petition_clock_next_alert",
            "next_alert_on",
            "id",
            sqlite_where=text("next_alert_on IS NOT NULL"),
            postgresql_where=text("next_alert_on IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    rule_id: Mapped[str] = mapped_column(String(60))
    rule_version: Mapped[str] = mapped_column(String(20))
    started_on: Mapped[date]
    due_on: Mapped[date | None]
    stopped_on: Mapped[date | None]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    variant: Mapped[str] = mapped_column(String(20), default="standard")
    started_by: Mapped[str] = mapped_column(String(30), default="received")
    standing_on: Mapped[date | None]
    suspended_on: Mapped[date | None]
    next_alert_on: Mapped[date | None]


class ClockAlert(Base):
    """A level that a clock reached, told once: rows are only added.

    The clock is named by rule and start, not by its row, so that counting it anew never tells a level twice. The last
    day belongs to the name: a limit that was extended leaves its level, and must be told when it comes there again.
    """

    __tablename__ = "clock_alert"
    __table_args__ = (
        CheckConstraint("level IN ('soon', 'due', 'late', 'line')", name="level"),
        Index("uq_clock_alert_level", "petition_id", "rule_id", "started_on", "level", "due_on", unique=True),
        Index(None, "office_id", "at"),
        Index(None, "to_user_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    rule_id: Mapped[str] = mapped_column(String(60))
    started_on: Mapped[date]
    level: Mapped[str] = mapped_column(String(8))
    due_on: Mapped[date]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
