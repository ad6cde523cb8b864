"""Proof that what is stored for speed equals what the rules derive."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.database import AnyRow
from petitions import priority
from petitions.deadlines.case_clocks import leading_day
from petitions.models import NumberCounter, Petition, Tally
from petitions.queries.clocks import clock_rows_by_petition
from petitions.queries.places import Place
from petitions.queries.weights import weights_of
from petitions.workflow import State

_COLUMNS = (
    Petition.id,
    Petition.number,
    Petition.kind,
    Petition.received_on,
    Petition.unit_id,
    Petition.officer_id,
    Petition.sealed,
    Petition.priority_tier,
    Petition.priority_key,
    Petition.proposed_disposition,
    *(getattr(Petition, name) for name in priority.READS),
)


@dataclass(frozen=True, slots=True)
class Drift:
    """Something stored that is not what the rules derive."""

    what: str
    where: str
    stored: str
    derived: str


def queue_drift(session: Session, office_id: int, *, most: int = 100) -> tuple[int, list[Drift]]:
    """Walk all petitions in bounded memory; return how many were checked and the first ``most`` differences."""
    found: list[Drift] = []
    counted: Counter[tuple[str, str, int]] = Counter()
    checked = 0
    weights = weights_of(session, office_id)
    for row, clocks in _petitions(session, office_id):
        checked += 1
        standing = priority.Standing.of(row)
        derived: dict[str, object] = {"priority_tier": priority.tier(standing)}
        if row.state != State.RESOLVED.value:
            derived["priority_key"] = priority.key(standing, weights)
            lead = leading_day(clocks, row.received_on)
            derived |= {"due_on": lead.due_on, "halted_on": lead.halted_on}
        for name, value in derived.items():
            stored = getattr(row, name)
            if stored != value and len(found) < most:
                found.append(Drift(name, row.number, str(stored), str(value)))
        place = Place(
            row.state,
            row.unit_id,
            row.officer_id,
            row.sealed,
            row.priority_tier,
            row.due_on,
            proposed=row.proposed_disposition is not None,
            halted=row.halted_on is not None,
        )
        counted.update((name, bucket, place.scope) for name, bucket in place.counted_in())
    for drift in (*_tally_drift(session, office_id, counted), *_gaps(session, office_id)):
        if len(found) >= most:
            break
        found.append(drift)
    return checked, found


def _petitions(session: Session, office_id: int) -> Iterator[tuple[AnyRow, Sequence[AnyRow]]]:
    """Every petition with its stored clocks, in bounded memory. ``clock_checks`` proves the clocks themselves."""
    last = 0
    of_office = select(*_COLUMNS).where(Petition.office_id == office_id).order_by(Petition.id).limit(_AT_ONCE)
    while rows := session.execute(of_office.where(Petition.id > last)).all():
        last = rows[-1].id
        clocks = clock_rows_by_petition(session, [row.id for row in rows])
        for row in rows:
            yield row, clocks.get(row.id, [])


_AT_ONCE = 1_000


def _tally_drift(session: Session, office_id: int, counted: Counter[tuple[str, str, int]]) -> Iterator[Drift]:
    rows = session.execute(select(Tally.name, Tally.bucket, Tally.scope, Tally.n).where(Tally.office_id == office_id))
    stored = {(row.name, row.bucket, row.scope): row.n for row in rows if row.n}
    for counter in sorted(stored.keys() | counted.keys()):
        if stored.get(counter, 0) != counted.get(counter, 0):
            where = "/".join(str(part) for part in counter)
            yield Drift("tally", where, str(stored.get(counter, 0)), str(counted.get(counter, 0)))


def _gaps(session: Session, office_id: int) -> Iterator[Drift]:
    """Numbers are gapless when as many were given out as the counter says, from one on."""
    last = {
        row.year: row.last
        for row in session.execute(
            select(NumberCounter.year, NumberCounter.last).where(NumberCounter.office_id == office_id)
        )
    }
    given = session.execute(
        select(Petition.reg_year, func.count(), func.min(Petition.reg_seq), func.max(Petition.reg_seq))
        .where(Petition.office_id == office_id)
        .group_by(Petition.reg_year)
    )
    for year, count, least, most in given:
        if (count, least, most) != (last.get(year), 1, last.get(year)):
            yield Drift("numbers", str(year), f"{count} ({least}-{most})", str(last.get(year)))
