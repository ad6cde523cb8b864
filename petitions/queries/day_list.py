"""What came in on one day: petitions entered on it, visits of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock
from core.database import AnyRow
from petitions.models import Petition, Tally, Visit
from petitions.queries.visibility import visible_to
from petitions.queries.visits import visits_visible_to
from petitions.vocabulary import Disposition
from petitions.workflow import State

MOST_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class DayList:
    """A day's rows in the order of entry, at most ``MOST_ROWS`` of each sort, and the exact totals."""

    petitions: Sequence[AnyRow]
    visits: Sequence[AnyRow]
    petition_count: int
    struck_count: int
    visit_count: int


class DayFigures(NamedTuple):
    """How many petitions an office received and resolved on a day, and how many are open now."""

    received: int
    resolved: int
    open: int


def day_figures(session: Session, office_id: int, day: date) -> DayFigures:
    """The office's figures of ``day``, whoever asks: they name no petition."""
    start = clock.start_of_day(day)
    mine = Petition.office_id == office_id
    entered = (mine, Petition.registered_at >= start, Petition.registered_at < start + timedelta(days=1))
    ended = (mine, Petition.state == State.RESOLVED.value, Petition.resolved_on == day)
    unended = (Tally.office_id == office_id, Tally.name == "open")
    received, resolved = (
        session.execute(select(func.count()).select_from(Petition).where(*part)).scalar_one()
        for part in (entered, ended)
    )
    still_open = session.execute(select(func.coalesce(func.sum(Tally.n), 0)).where(*unended)).scalar_one()
    return DayFigures(received, resolved, int(still_open))


def day_list(session: Session, actor: Actor, day: date) -> DayList:
    """The list of ``day``. What an import brought in is not the desk's work of that day and is left out."""
    start = clock.start_of_day(day)
    entered = (
        visible_to(actor),
        Petition.registered_at >= start,
        Petition.registered_at < start + timedelta(days=1),
        Petition.import_run_id.is_(None),
    )
    petitions = session.execute(
        select(
            Petition.id,
            Petition.number,
            Petition.registered_at,
            Petition.registered_by,
            Petition.petitioner_name,
            Petition.sealed,
            Petition.kind,
            Petition.channel,
            Petition.title,
            Petition.disposition,
            Petition.resolution_note,
        )
        .where(*entered)
        .order_by(Petition.registered_at, Petition.id)
        .limit(MOST_ROWS)
    ).all()
    visited = (visits_visible_to(actor), Visit.visited_on == day)
    visits = session.execute(
        select(Visit.id, Visit.registered_at, Visit.registered_by, Visit.name, Visit.kind, Visit.content)
        .where(*visited)
        .order_by(Visit.registered_at, Visit.id)
        .limit(MOST_ROWS)
    ).all()
    struck = Petition.disposition == Disposition.ENTERED_IN_ERROR.value
    petition_count, struck_count = session.execute(
        select(func.count(), func.count().filter(struck)).select_from(Petition).where(*entered)
    ).one()
    visit_count = session.execute(select(func.count()).select_from(Visit).where(*visited)).scalar_one()
    return DayList(petitions, visits, petition_count, struck_count, visit_count)
