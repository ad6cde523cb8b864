"""The one clock. Everything that needs the time asks here, so that tests and drills can set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from core.settings import OFFICE_ZONE


class Clock(Protocol):
    """Something that knows the time."""

    watched: bool

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    watched = True

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests, demo data and drills.

    ``watched``: its steps are told in the audit chain, as those of the machine's clock are.
    """

    def __init__(self, moment: datetime, *, watched: bool = False) -> None:
        self._moment = moment.astimezone(UTC)
        self.watched = watched

    def now(self) -> datetime:
        """The moment that was set, in UTC."""
        return self._moment

    def advance(self, step: timedelta) -> None:
        """Move the clock by ``step``."""
        self._moment += step


_current: Clock = SystemClock()


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _current.now()


def is_watched() -> bool:
    """Whether a step of the clock has to be told: it tells the present, and not the past of demo data."""
    return _current.watched


def today() -> date:
    """The calendar day in the office's zone (Asia/Ho_Chi_Minh), whatever zone the machine is in."""
    return _current.now().astimezone(OFFICE_ZONE).date()


def start_of_day(day: date) -> datetime:
    """The moment at which ``day`` begins in the office."""
    return datetime.combine(day, time.min, OFFICE_ZONE)


def office_time(moment: datetime) -> datetime:
    """``moment`` as the clock on the office's wall shows it."""
    return moment.astimezone(OFFICE_ZONE)


def install(clock: Clock) -> None:
    """Make ``clock`` the one that everybody reads."""
    global _current
    _current = clock


@contextmanager
def use(clock: Clock) -> Iterator[None]:
    """Read ``clock`` inside the block, and the former one again afterwards."""
    before = _current
    install(clock)
    try:
        yield
    finally:
        install(before)
