"""Tables of stored files and of the text in them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime, ascii_key, long_text
from core.outbox import BigId
from documents.text.outcome import TextState


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


_STATES = ", ".join(f"'{state}'" for state in TextState)
_WAITING = text(f"state = '{TextState.WAITING}'")


class StoredText(Base):
    """How far the text of a stored file is known; made together with the file.

    ``revision`` rises with every reading that was brought to an end, ``attempts`` with every one that was begun since
    the file began to wait. A text stays while the file waits to be read again.
    """

    __tablename__ = "stored_text"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("characters >= 0", name="characters"),
        Index(
            "ix_stored_text_waiting",
            "attempts",
            "stored_file_id",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
    )

    stored_file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(ascii_key(10))
    method: Mapped[str] = mapped_column(String(20), default="")
    detail: Mapped[str] = mapped_column(String(20), default="")
    pages: Mapped[int] = mapped_column(default=0)
    characters: Mapped[int] = mapped_column(default=0)
    cut: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str] = mapped_column(long_text(), default="")
