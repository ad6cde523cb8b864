"""The weights of the rules that order the queues."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class PriorityWeight(Base):
    """The points of one rule, where an office has set its own; a rule without a row has the declared weight."""

    __tablename__ = "priority_weight"
    __table_args__ = (CheckConstraint("weight >= 0", name="not_negative"),)

    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(20), primary_key=True)
    weight: Mapped[int]
