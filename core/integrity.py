"""What the program proves about itself: every check there is, run together, its result kept for whoever looks.

The floors above bring their checks (``wsgi.py`` lists them); here they are run, counted and remembered. A check that
fails to run is a finding: silence is never taken for soundness.
"""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Integer, String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.database import Base, UtcDateTime, db, unit_of_work
from core.settings import CHECKOUT

log = logging.getLogger(__name__)

MOST_FINDINGS = 100
# A worker that is off over a weekend is no reason for alarm.
SILENT_AFTER = timedelta(days=4)


class SelfCheck(Base):
    """The newest result of one check."""

    __tablename__ = "self_check"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked: Mapped[int] = mapped_column(Integer)
    faults: Mapped[int] = mapped_column(Integer)
    detail: Mapped[str] = mapped_column(Text, default="")


@dataclass(slots=True)
class Result:
    """What a check found: how many things it looked at, and one line for each that is wrong.

    ``note`` tells what is no fault but worth knowing, such as an index that is not made yet.
    """

    name: str
    checked: int = 0
    faults: list[str] = field(default_factory=list)
    note: str = ""


class Check(NamedTuple):
    """A check by name; ``run`` looks and changes nothing."""

    name: str
    run: Callable[[Session], Result]


def run_all(session: Session, checks: Iterable[Check]) -> list[Result]:
    """Run ``checks`` one after the other; a check that breaks down is a fault of its own."""
    results = []
    for check in checks:
        try:
            result = check.run(session)
        except Exception as error:
            log.exception("check %s broke down", check.name)
            session.rollback()
            result = Result(check.name, faults=[f"the check itself failed: {type(error).__name__}"])
        results.append(result)
    return results


def keep(results: Sequence[Result]) -> None:
    """Remember the results in a transaction of their own."""
    with unit_of_work(patient=True) as session:
        for result in results:
            session.merge(
                SelfCheck(
                    name=result.name,
                    at=clock.now(),
                    checked=result.checked,
                    faults=len(result.faults),
                    detail="\n".join(result.faults[:MOST_FINDINGS]),
                )
            )


def latest(session: Session) -> list[SelfCheck]:
    """The newest result of every check, by name."""
    return list(session.scalars(select(SelfCheck).order_by(SelfCheck.name)))


def faults_known(session: Session) -> int:
    """How many faults the newest results tell of."""
    return sum(session.scalars(select(SelfCheck.faults)))


def is_overdue(session: Session) -> bool:
    """Whether the checks ran once, and not for days: what stopped them may be what they would find."""
    newest = _newest(session)
    return newest is not None and not -SILENT_AFTER < clock.now() - newest < SILENT_AFTER


def _newest(session: Session) -> datetime | None:
    return session.execute(select(func.max(SelfCheck.at)).where(SelfCheck.name != "anchors")).scalar()


class NightlyCheck:
    """Has every check run once a day, in a process of its own: the worker goes on with its jobs meanwhile."""

    EVERY = timedelta(hours=24)

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Begin the check where its last result is a day old; look after one that runs. Returns 0: nothing waits."""
        if self._process is not None:
            status = self._process.poll()
            if status is None:
                return 0
            self._process = None
            if status:
                log.error("the integrity check ended with status %s", status)
            return 0
        newest = _newest(db.session())
        if newest is None or not timedelta(0) <= clock.now() - newest < self.EVERY:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flask", "integrity", "check", "--gently"],
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        return 0
