"""What is to happen to an invented petition, day by day, in the order in which it would have happened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from core import clock
from core.clock import FixedClock

Verb = Callable[[], object]


@dataclass(frozen=True, slots=True)
class _Entry:
    day: date
    hour: int
    verb: Verb
    closes: bool
    outlasts: bool


class Agenda:
    """Verbs with their days; what lies in the future is left out, and what cannot happen to a closed case too."""

    def __init__(self, moment: Callable[[date, int], datetime]) -> None:
        self._moment = moment
        self._entries: list[_Entry] = []

    def add(self, day: date, hour: int, verb: Verb, *, closes: bool = False, outlasts: bool = False) -> None:
        """Have ``verb`` called as if it were that day; ``outlasts`` for what comes after the end of a case."""
        self._entries.append(_Entry(day, hour, verb, closes, outlasts))

    def run(self, today: date) -> None:
        """Call what lies before or on ``today``, in order."""
        closed = False
        for entry in sorted(self._entries, key=lambda entry: (entry.day, entry.hour)):
            if entry.day > today or closed is not entry.outlasts:
                continue
            with clock.use(FixedClock(self._moment(entry.day, entry.hour))):
                entry.verb()
            closed = closed or entry.closes
