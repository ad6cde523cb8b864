"""Reading the register of citizens received: visits, and petitions handed in at a reception, in one order."""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from auth.actor import Actor
from auth.permissions import Permission
from core.database import AnyRow
from petitions.models import Party, Petition, Visit
from petitions.queries.visibility import visible_to
from petitions.register import CHANNELS, Entry, PetitionEntry, VisitEntry
from petitions.sealing import is_sealed
from petitions.vocabulary import Disposition, Kind, PartyRole
from petitions.wards import ward_label
from petitions.workflow import State

PAGE_SIZE = 200

_SECRET_KINDS = tuple(kind for kind in Kind if is_sealed(kind, ()))


class Place(NamedTuple):
    """Where an entry stands in the register: by day, then as it was entered."""

    day: date
    registered_at: datetime
    source: int
    id: int


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A part of the register: its entries, the running number of the first, and the keys of the parts around it."""

    entries: Sequence[Entry]
    first_number: int
    next_key: str
    previous_key: str


def visits_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Rows of ``Visit`` that ``actor`` may see.

    A visit belongs to no unit: what a denouncer came for is seen by those alone who register and supervise.
    """
    if not actor.may(Permission.PETITION_VIEW):
        return false()
    mine = Visit.office_id == actor.office_id
    if actor.may(Permission.SEALED_VIEW_ALL):
        return mine
    return and_(mine, Visit.kind.not_in(_SECRET_KINDS))


def register_count(session: Session, actor: Actor, first: date, last: date) -> int:
    """How many entries the register has from ``first`` to ``last``."""
    return sum(_count(session, source, actor, first, last) for source in _SOURCES)


def register_page(
    session: Session,
    actor: Actor,
    first: date,
    last: date,
    *,
    after: str = "",
    before: str = "",
    limit: int = PAGE_SIZE,
) -> RegisterPage:
    """The entries from ``first`` to ``last`` that follow the key ``after``, or stand just before the key ``before``.

    Numbers run from 1 in the days asked for. A damaged key begins at the first entry.
    """
    backwards = _read_key(before) if before else None
    forwards = _read_key(after) if after and backwards is None else None
    key = backwards or forwards
    found = _slice(session, actor, first, last, key, limit + 1, backwards=backwards is not None)
    more = len(found) > limit
    found = found[:limit]
    if backwards is not None:
        found.reverse()
    if not found:
        return RegisterPage((), 1, "", "")
    has_next = True if backwards is not None else more
    has_previous = more if backwards is not None else forwards is not None
    top, bottom = found[0][0], found[-1][0]
    earlier = 0
    if has_previous:
        earlier = sum(_count(session, source, actor, first, last, before=top) for source in _SOURCES)
    return RegisterPage(
        [entry for _place, entry in found],
        earlier + 1,
        _make_key(bottom) if has_next else "",
        _make_key(top) if has_previous else "",
    )


def register_entries(session: Session, actor: Actor, first: date, last: date, *, batch: int = 500) -> Iterator[Entry]:
    """All entries from ``first`` to ``last``, read in batches."""
    key: Place | None = None
    while found := _slice(session, actor, first, last, key, batch):
        yield from (entry for _place, entry in found)
        key = found[-1][0]


@dataclass(frozen=True, slots=True)
class _Source:
    """One of the two tables behind the register: its columns for the order, and its rows as entries."""

    number: int
    day: InstrumentedAttribute[date]
    registered_at: InstrumentedAttribute[datetime]
    id: InstrumentedAttribute[int]

    def conditions(self, actor: Actor, first: date, last: date) -> list[ColumnElement[bool]]:
        mine = [self.day >= first, self.day <= last]
        if self.number == _VISITS:
            return [visits_visible_to(actor), *mine]
        return [visible_to(actor), Petition.channel.in_([channel.value for channel in CHANNELS]), *mine]

    def beyond(self, key: Place, *, backwards: bool) -> ColumnElement[bool]:
        """Rows on the far side of ``key``."""
        if backwards:
            later = or_(self.day < key.day, and_(self.day == key.day, self.registered_at < key.registered_at))
            further = self.id < key.id
            ahead = self.number < key.source
        else:
            later = or_(self.day > key.day, and_(self.day == key.day, self.registered_at > key.registered_at))
            further = self.id > key.id
            ahead = self.number > key.source
        level = and_(self.day == key.day, self.registered_at == key.registered_at)
        if ahead:
            return or_(later, level)
        return or_(later, and_(level, further)) if self.number == key.source else later


_VISITS, _PETITIONS = 0, 1
_SOURCES = (
    _Source(_VISITS, Visit.visited_on, Visit.registered_at, Visit.id),
    _Source(_PETITIONS, Petition.received_on, Petition.registered_at, Petition.id),
)


def _slice(
    session: Session, actor: Actor, first: date, last: date, key: Place | None, limit: int, *, backwards: bool = False
) -> list[tuple[Place, Entry]]:
    found: list[tuple[Place, Entry]] = []
    for source in _SOURCES:
        query = _columns(source).where(*source.conditions(actor, first, last))
        if key is not None:
            query = query.where(source.beyond(key, backwards=backwards))
        order = [source.day, source.registered_at, source.id]
        query = query.order_by(*(column.desc() if backwards else column.asc() for column in order)).limit(limit)
        make = _visit_entry if source.number == _VISITS else _petition_entry
        for row in session.execute(query):
            entry = make(row)
            found.append((Place(entry.day, entry.registered_at, source.number, entry.id), entry))
    found.sort(key=lambda pair: pair[0], reverse=backwards)
    return found[:limit]


def _count(
    session: Session, source: _Source, actor: Actor, first: date, last: date, *, before: Place | None = None
) -> int:
    query = select(func.count(source.id)).where(*source.conditions(actor, first, last))
    if before is not None:
        query = query.where(source.beyond(before, backwards=True))
    return session.execute(query).scalar_one()


VISIT_COLUMNS = (
    Visit.id,
    Visit.visited_on,
    Visit.registered_at,
    Visit.registered_by,
    Visit.kind,
    Visit.name,
    Visit.address,
    Visit.id_number,
    Visit.content,
    Visit.people_count,
    Visit.handled_before_by,
    Visit.in_jurisdiction,
    Visit.guided_to,
    Visit.transferred_to,
    Visit.follow_up,
    Visit.remark,
)


def _columns(source: _Source) -> Select[*tuple[Any, ...]]:
    if source.number == _VISITS:
        return select(*VISIT_COLUMNS)
    return select(
        Petition.id,
        Petition.received_on,
        Petition.registered_at,
        Petition.kind,
        Petition.number,
        Petition.sealed,
        Petition.petitioner_name,
        Petition.title,
        Petition.people_count,
        Petition.state,
        Petition.disposition,
        Petition.decision_number,
        Petition.decision_on,
        Petition.resolution_note,
        Petition.paper_code,
        Party.address,
        Party.ward_code,
        Party.id_number,
    ).outerjoin(
        Party, and_(Party.petition_id == Petition.id, Party.role == PartyRole.PETITIONER.value, Party.position == 1)
    )


def _visit_entry(row: AnyRow) -> Entry:
    values = row._asdict()
    return VisitEntry(day=values.pop("visited_on"), kind=Kind(values.pop("kind")), **values)


def _petition_entry(row: AnyRow) -> Entry:
    return PetitionEntry(
        id=row.id,
        day=row.received_on,
        registered_at=row.registered_at,
        kind=Kind(row.kind),
        number=row.number,
        sealed=row.sealed,
        name="" if row.sealed else row.petitioner_name or "",
        address="" if row.sealed else ", ".join(part for part in (row.address, ward_label(row.ward_code)) if part),
        id_number="" if row.sealed else row.id_number or "",
        title=row.title,
        people_count=row.people_count,
        state=State(row.state),
        disposition=Disposition(row.disposition) if row.disposition else None,
        decision_number=row.decision_number,
        decision_on=row.decision_on,
        note=row.resolution_note,
        paper_code=row.paper_code,
    )


def _make_key(place: Place) -> str:
    text = json.dumps([place.day.isoformat(), place.registered_at.isoformat(), place.source, place.id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_key(text: str) -> Place | None:
    if len(text) > 200:
        return None
    try:
        day, at, source, last_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or source not in (_VISITS, _PETITIONS) or type(last_id) is not int:
            return None
        return Place(date.fromisoformat(day), moment.astimezone(UTC), source, last_id) if 0 <= last_id < 2**63 else None
    except (ValueError, TypeError, OverflowError, binascii.Error, UnicodeError):
        return None
