"""Table of stored files."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime, ascii_key
from core.outbox import BigId


class StoredFile(Base):
    """A file as it was handed in: kept under a random name, described by its hash and by what its content is."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        Index(None, "office_id"),
        Index(None, "sha256"),
        Index(None, "stored_by"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    stored_name: Mapped[str] = mapped_column(ascii_key(64), unique=True)
    original_name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigId)
    sha256: Mapped[str] = mapped_column(ascii_key(64))
    stored_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
