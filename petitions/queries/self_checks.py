"""The checks of petitions, over all offices, as the integrity check asks them."""

from collections.abc import Callable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.models import Office
from core.integrity import Check, Result
from petitions.models import NumberCounter
from petitions.queries.binding_checks import attachment_drift, legal_drift
from petitions.queries.checks import Drift, queue_drift
from petitions.queries.clock_checks import clock_drift
from petitions.queries.content_checks import content_drift
from petitions.queries.event_checks import event_drift


def checks_of_petitions() -> Sequence[Check]:
    """History, legal events and attachments against the chain; clocks; order, counters and numbers of the queues."""
    return (
        Check("events", lambda session: _over_offices("events", session, event_drift)),
        Check("petitions", lambda session: _over_offices("petitions", session, content_drift)),
        Check("legal", lambda session: _over_offices("legal", session, legal_drift)),
        Check("attachments", lambda session: _over_offices("attachments", session, attachment_drift)),
        Check("clocks", lambda session: _over_offices("clocks", session, _told(clock_drift))),
        Check("queues", lambda session: _over_offices("queues", session, _told(queue_drift))),
    )


def petitions_registered(session: Session, office_id: int) -> int:
    """How many petitions the office has registered: numbers are gapless, so their counters know."""
    total = select(func.coalesce(func.sum(NumberCounter.last), 0)).where(NumberCounter.office_id == office_id)
    return int(session.execute(total).scalar_one())


Look = Callable[[Session, int], tuple[int, list[str]]]


def _told(look: Callable[[Session, int], tuple[int, list[Drift]]]) -> Look:
    def told(session: Session, office_id: int) -> tuple[int, list[str]]:
        checked, drift = look(session, office_id)
        return checked, [f"{one.what} {one.where}: {one.stored} is stored, {one.derived} follows" for one in drift]

    return told


def _over_offices(name: str, session: Session, look: Look) -> Result:
    result = Result(name)
    for office_id in session.scalars(select(Office.id).order_by(Office.id)).all():
        checked, faults = look(session, office_id)
        result.checked += checked
        result.faults += faults
    return result
