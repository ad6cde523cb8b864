"""Writes prepared petitions in bulk: ids and numbers, rows, events, counters, outbox, all in the caller's transaction.

The desk's verb does the same for one petition (``services.intake.receive``); here each table is filled by batches of
plain rows, which is some fifty times faster.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from core import audit, clock, outbox
from core.database import Base
from core.i18n import gettext as _
from petitions.importing.bulk import fill
from petitions.importing.preparing import Prepared, Row
from petitions.models import Matter, Party, Petition, PetitionClock, PetitionEvent, PetitionFlag
from petitions.numbering import make_number
from petitions.queries.event_checks import EventDigest
from petitions.queries.places import Place
from petitions.services.intake import next_number
from petitions.services.ledger import LETTER_CONSUMERS, move_tallies
from petitions.vocabulary import MatterRole

_TABLES = Base.metadata.tables
_PETITIONS = _TABLES[Petition.__tablename__]
_CLOCKS = _TABLES[PetitionClock.__tablename__]
_EVENTS = _TABLES[PetitionEvent.__tablename__]
_PARTIES = _TABLES[Party.__tablename__]
_FLAGS = _TABLES[PetitionFlag.__tablename__]
_MATTERS = _TABLES[Matter.__tablename__]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: how many petitions, and the first and last of their numbers."""

    count: int
    first_number: str
    last_number: str
    events: tuple[int, str]


def write(session: Session, batches: Iterable[Sequence[Prepared]], *, count: int, by: Actor, run_id: int) -> Written:
    """Write all ``batches``, ``count`` petitions together, under consecutive numbers of the office's year."""
    office_code = session.execute(select(Office.code).where(Office.id == by.office_id)).scalar_one()
    year = clock.today().year
    seq = next_number(session, by.office_id, year, count)
    # Single saves hold the chain's head before the counters of the queues; so must this.
    audit.hold(session, by.office_id)
    writer = _Writer(session, by, run_id, office_code, year)
    numbers = [make_number(office_code, year, at) for at in (seq, seq + count - 1)]
    for batch in batches:
        writer.write(batch, seq)
        seq += len(batch)
    return Written(count, numbers[0], numbers[1], writer.events.told)


class _Writer:
    """Fills the tables batch by batch."""

    def __init__(self, session: Session, by: Actor, run_id: int, office_code: str, year: int) -> None:
        self._session = session
        self._by = by
        self._run_id = run_id
        self._office_code = office_code
        self._year = year
        self._now = clock.now()
        self.events = EventDigest()

    def write(self, batch: Sequence[Prepared], seq: int) -> None:
        """Write one batch whose first petition has the running number ``seq``."""
        ids = self._reserve(_PETITIONS, len(batch))
        matters = self._matters(batch)
        petitions = [
            self._petition(prepared, petition_id, matter_id, at)
            for at, (prepared, petition_id, matter_id) in enumerate(zip(batch, ids, matters, strict=True), start=seq)
        ]
        self._insert(_PETITIONS, petitions)
        clocks = [clock | {"petition_id": i} for p, i in zip(batch, ids, strict=True) for clock in p.clocks]
        self._insert(_CLOCKS, clocks)
        self._insert(_EVENTS, self._events(batch, ids))
        parties = [p.party | {"petition_id": i} for p, i in zip(batch, ids, strict=True) if p.party is not None]
        self._insert(_PARTIES, parties)
        self._insert(_FLAGS, self._flags(batch, ids))
        move_tallies(self._session, self._by.office_id, [], map(_place, petitions))
        outbox.enqueue(self._session, LETTER_CONSUMERS, ((i, 1) for i in ids), lane=outbox.BULK)

    def _petition(self, prepared: Prepared, petition_id: int, matter_id: int, seq: int) -> Row:
        values = prepared.petition
        values |= {
            "id": petition_id,
            "matter_id": matter_id,
            "matter_role": (MatterRole.REPEATED if prepared.repeats else MatterRole.FIRST).value,
            "import_run_id": self._run_id,
            "number": make_number(self._office_code, self._year, seq),
            "reg_year": self._year,
            "reg_seq": seq,
            "registered_at": self._now,
            "registered_by": self._by.id,
            "last_act_at": self._now,
        }
        if values["sealed"] and not values["paper_code"]:
            values["paper_code"] = f"TC-{self._year}-{seq:06d}"
        return values

    def _matters(self, batch: Sequence[Prepared]) -> list[int]:
        """The matter of each petition: that of the earlier petition it repeats, else a new one."""
        new = self._reserve(_MATTERS, sum(not prepared.repeats for prepared in batch))
        self._insert(_MATTERS, [{"id": i, "office_id": self._by.office_id} for i in new])
        fresh = iter(new)
        of_batch: dict[str | None, int] = {}
        matters = []
        for prepared in batch:
            reference = prepared.petition["external_ref"]
            if prepared.repeats:
                matter_id = of_batch.get(reference) or self._matter_of(prepared.petition["source"], reference)
            else:
                matter_id = next(fresh)
            of_batch.setdefault(reference, matter_id)
            matters.append(matter_id)
        return matters

    def _matter_of(self, source: str, reference: str) -> int:
        query = (
            select(Petition.matter_id)
            .where(
                Petition.source == source,
                Petition.external_ref == reference,
                Petition.office_id == self._by.office_id,
            )
            .order_by(Petition.id)
            .limit(1)
        )
        return self._session.execute(query).scalar_one()

    def _events(self, batch: Sequence[Prepared], ids: Sequence[int]) -> list[Row]:
        same = {
            "office_id": self._by.office_id,
            "actor_id": self._by.id,
            "actor_name": self._by.full_name,
            "recorded_at": self._now,
            "cancels_id": None,
        }
        rows: list[Row] = []
        for prepared, petition_id in zip(batch, ids, strict=True):
            about = same | prepared.event | {"petition_id": petition_id}
            rows.append(about | {"action": "imported", "from_state": None, "reason": ""})
            if prepared.note:
                state = prepared.event["to_state"]
                rows.append(about | {"action": "note", "from_state": state, "reason": prepared.note, "data": "{}"})
        for row in rows:
            self.events.add(row)
        return rows

    def _flags(self, batch: Sequence[Prepared], ids: Sequence[int]) -> list[Row]:
        reason = _("Marked so in the imported file")
        return [
            {
                "petition_id": petition_id,
                "flag": flag,
                "reason": reason,
                "set_by": self._by.id,
                "set_at": self._now,
                "cleared_at": None,
            }
            for prepared, petition_id in zip(batch, ids, strict=True)
            for flag in prepared.flags
        ]

    def _reserve(self, table: Table, count: int) -> list[int]:
        """Ids for ``count`` new rows. SQLite has one writer at a time, so that the next free ones are ours."""
        if not count:
            return []
        if self._session.get_bind().dialect.name == "sqlite":
            last = self._session.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
            return list(range(last + 1, last + count + 1))
        taken = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return list(self._session.execute(taken, {"name": table.name, "count": count}).scalars())

    def _insert(self, table: Table, rows: Sequence[Row]) -> None:
        fill(self._session, table, rows)


def _place(petition: Row) -> Place:
    return Place(
        petition["state"],
        petition["unit_id"],
        petition["officer_id"],
        petition["sealed"],
        petition["priority_tier"],
        petition["due_on"],
    )
