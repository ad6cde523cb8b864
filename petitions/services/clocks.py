"""The running clock of a petition: counted anew when what it rests on has changed."""

from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from petitions import deadlines
from petitions.models import Petition, PetitionClock
from petitions.queries.calendar import calendar_of
from petitions.vocabulary import Kind


def hold_calendar(session: Session, office_id: int) -> None:
    """Keep the office's calendar as it is until the transaction ends."""
    calendar_of(session, office_id, held=True)


def count_anew(
    session: Session, petition: Petition, *, kind: Kind | None = None, received_on: date | None = None
) -> date:
    """Count the petition's clock by today's rules and calendar, for another kind or day where given; the due day.

    The caller holds the calendar (``hold_calendar``), and took hold of it before the petition.
    """
    kind = kind or Kind(petition.kind)
    start = received_on or petition.received_on
    rule = deadlines.rule_for(kind, start)
    due_on = rule.due(start, calendar_of(session, petition.office_id))
    session.execute(
        update(PetitionClock)
        .where(PetitionClock.petition_id == petition.id, PetitionClock.stopped_on.is_(None))
        .values(rule_id=rule.id, rule_version=rule.version, started_on=start, due_on=due_on)
        .execution_options(synchronize_session=False)
    )
    return due_on
