"""In which counters a petition stands. Read by whoever changes the counters, and by whoever checks them."""

from dataclasses import dataclass
from datetime import date

from petitions.models import Petition
from petitions.workflow import State


@dataclass(frozen=True, slots=True)
class Place:
    """What decides in which queues a petition is counted."""

    state: str
    unit_id: int | None
    officer_id: int | None
    sealed: bool
    priority_tier: int
    due_on: date
    proposed: bool = False
    halted: bool = False

    @classmethod
    def of(cls, petition: Petition) -> "Place":
        """Where ``petition`` stands now."""
        return cls(
            petition.state,
            petition.unit_id,
            petition.officer_id,
            petition.sealed,
            petition.priority_tier,
            petition.due_on,
            petition.proposed_disposition is not None,
            petition.halted_on is not None,
        )

    @property
    def scope(self) -> int:
        """0 for what everybody in the office may see; else the unit of a sealed petition, -1 for none yet."""
        if not self.sealed:
            return 0
        return self.unit_id if self.unit_id is not None else -1

    def counted_in(self) -> list[tuple[str, str]]:
        """The counters, by name and bucket, that hold the petition."""
        counters = [("all", "")]
        if self.proposed:
            counters.append(("confirmation", ""))
        if self.state == State.RESOLVED:
            return counters
        counters.append(("open", ""))
        if self.halted:
            # No limit runs: neither late nor due, whatever its day.
            counters.append(("halted", ""))
        else:
            counters += [("due-day", self.due_on.isoformat()), ("due-month", self.due_on.isoformat()[:7])]
        counters.append(("officer", str(self.officer_id)) if self.officer_id is not None else ("unassigned", ""))
        if self.priority_tier > 0:
            counters.append(("priority", ""))
        if self.state == State.ESCALATED:
            counters.append(("escalated", ""))
        return counters
