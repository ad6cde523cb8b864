"""Open work that needs no petition."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from auth.actor import Actor


@dataclass
class Desk:
    """Open work by user and by unit, without any petition."""

    of_user: dict[int, int] = field(default_factory=dict)
    of_unit: dict[int, int] = field(default_factory=dict)
    moved: list[tuple[int, int, str]] = field(default_factory=list)

    def open_count(self, session: Session, user_id: int) -> int:
        return self.of_user.get(user_id, 0)

    def unit_open_count(self, session: Session, unit_id: int) -> int:
        return self.of_unit.get(unit_id, 0)

    def hand_over(
        self, session: Session, *, from_user_id: int, to_user_id: int, by: Actor, absent_ok: bool = False
    ) -> int:
        self.moved.append((from_user_id, to_user_id, by.username))
        return self.of_user.pop(from_user_id, 0)
