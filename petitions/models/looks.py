"""Who looked at a confidential case."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UtcDateTime
from core.outbox import BigId


class CaseLook(Base):
    """Somebody opened a denunciation; several looks within some minutes are one."""

    __tablename__ = "case_look"
    __table_args__ = (Index(None, "petition_id", "user_id", "at"), Index(None, "user_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    petition_id: Mapped[int] = mapped_column(ForeignKey("petition.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
