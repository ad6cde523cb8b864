"""Runs of the import."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime, ascii_key, long_text


class ImportRun(Base):
    """One run of the import over one file: what was asked, how far it is, how it ended. ``summary`` is JSON."""

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
        Index(None, "office_id", "id"),
        Index(None, "file_hash"),
        Index(None, "requested_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    file_name: Mapped[str] = mapped_column(String(255))
    file_hash: Mapped[str] = mapped_column(ascii_key(64))
    stored_name: Mapped[str] = mapped_column(String(80), default="")
    source: Mapped[str] = mapped_column(String(60), default="")
    options: Mapped[str] = mapped_column(long_text(), default="{}")
    state: Mapped[str] = mapped_column(String(10), default="queued")
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int | None]
    summary: Mapped[str] = mapped_column(long_text(), default="{}")
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
