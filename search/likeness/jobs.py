"""What the worker does for likeness: fingerprints of what was saved, then the groups."""

from core.database import db
from core.worker import Job
from search.likeness.grouping import group_some
from search.likeness.services import Keeper


def job() -> Job:
    """Take the letters that wait; when none waits, find the groups of those that were taken."""
    keeper = Keeper()

    def run() -> int:
        session = db.session()
        try:
            return keeper.drain(session) or keeper.refill(session) or group_some(session)
        finally:
            session.rollback()

    return Job("likeness", run)
