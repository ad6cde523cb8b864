"""What search may know of petitions: everything written about them, nothing that tells who denounced."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.orm import Session

from core.database import AnyRow
from petitions.models import Party, Petition, PetitionEvent, PetitionFlag
from petitions.wards import ward_label

_CHUNK = 500

# Every search asks these for its candidates, so they are built once.
_IDS: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_LIMIT: BindParameter[int] = bindparam("text_limit")
_TEXTS = (
    select(
        Petition.id,
        Petition.version,
        Petition.office_id,
        Petition.sealed,
        Petition.number,
        Petition.title,
        func.substr(Petition.body, 1, _LIMIT).label("body_text"),
        Petition.against,
        Petition.external_ref,
        Petition.forwarder_ref,
        Petition.decision_number,
        Petition.paper_code,
        Petition.forwarder,
        Petition.also_sent_to,
        Petition.paper_location,
        func.substr(Petition.resolution_note, 1, _LIMIT).label("resolution_text"),
        Petition.ward_code,
    )
    .where(Petition.id.in_(_IDS))
    .order_by(Petition.id)
)
_PEOPLE = (
    select(
        Party.petition_id,
        Party.name,
        Party.address,
        Party.old_address,
        Party.ward_code,
        Party.id_number,
        Party.phone,
    )
    .join(Petition, Petition.id == Party.petition_id)
    .where(Party.petition_id.in_(_IDS), Petition.sealed.is_(False))
    .order_by(Party.petition_id, Party.role, Party.position)
)
_NOTES = (
    select(PetitionEvent.petition_id, func.substr(PetitionEvent.reason, 1, _LIMIT))
    .where(PetitionEvent.petition_id.in_(_IDS), PetitionEvent.reason != "")
    .order_by(PetitionEvent.petition_id, PetitionEvent.id.desc())
)
_FLAGS = (
    select(PetitionFlag.petition_id, PetitionFlag.reason)
    .where(PetitionFlag.petition_id.in_(_IDS), PetitionFlag.reason != "")
    .order_by(PetitionFlag.petition_id, PetitionFlag.id.desc())
)


@dataclass(frozen=True, slots=True)
class IndexSource:
    """The searchable text of one petition, by where it stands.

    ``notes`` are what people wrote with their acts and marks, newest first. For a sealed petition ``names``,
    ``addresses``, ``id_numbers`` and ``phones`` are empty whatever the tables hold.
    """

    id: int
    version: int
    office_id: int
    sealed: bool
    number: str
    title: str
    body: str
    against: str
    external_ref: str = ""
    forwarder_ref: str = ""
    decision_number: str = ""
    paper_code: str = ""
    forwarder: str = ""
    also_sent_to: str = ""
    paper_location: str = ""
    resolution_note: str = ""
    ward: str = ""
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    id_numbers: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


def index_sources(
    session: Session, ids: Sequence[int], *, text_limit: int = 200_000, notes_limit: int = 200
) -> list[IndexSource]:
    """The searchable text of the petitions ``ids``, in rising order of id; those that do not exist are left out.

    ``text_limit`` bounds the characters read of one long text, ``notes_limit`` the notes of one petition.
    """
    return [source for chunk in _chunks(sorted(set(ids))) for source in _read(session, chunk, text_limit, notes_limit)]


def indexed_versions(session: Session, *, after: int = 0, limit: int = 10_000) -> list[tuple[int, int]]:
    """Id and version of the petitions beyond the id ``after``, rising, at most ``limit``: what an index must hold."""
    query = select(Petition.id, Petition.version).where(Petition.id > after).order_by(Petition.id).limit(limit)
    return [(row[0], row[1]) for row in session.execute(query)]


def petition_total(session: Session) -> int:
    """How many petitions exist, of all offices."""
    return session.execute(select(func.count()).select_from(Petition)).scalar_one()


def newest_petition_id(session: Session) -> int:
    """The highest id given so far; 0 for none."""
    return session.execute(select(func.max(Petition.id))).scalar_one() or 0


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _read(session: Session, ids: Sequence[int], text_limit: int, notes_limit: int) -> list[IndexSource]:
    parties = _parties(session, ids)
    notes = _notes(session, ids, text_limit, notes_limit)
    rows = session.execute(_TEXTS, {"ids": ids, "text_limit": text_limit})
    return [
        IndexSource(
            id=row.id,
            version=row.version,
            office_id=row.office_id,
            sealed=row.sealed,
            number=row.number,
            title=row.title,
            body=row.body_text,
            against=row.against,
            external_ref=row.external_ref or "",
            forwarder_ref=row.forwarder_ref,
            decision_number=row.decision_number,
            paper_code=row.paper_code,
            forwarder=row.forwarder,
            also_sent_to=row.also_sent_to,
            paper_location=row.paper_location,
            resolution_note=row.resolution_text,
            ward=ward_label(row.ward_code),
            notes=tuple(notes[row.id]),
            **_people(parties[row.id] if not row.sealed else []),
        )
        for row in rows
    ]


def _parties(session: Session, ids: Sequence[int]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in session.execute(_PEOPLE, {"ids": ids}):
        found[row.petition_id].append(row)
    return found


def _people(parties: Sequence[AnyRow]) -> dict[str, tuple[str, ...]]:
    addresses = [
        text
        for party in parties
        for text in (", ".join(filter(None, (party.address, ward_label(party.ward_code)))), party.old_address)
    ]
    return {
        "names": tuple(party.name for party in parties if party.name),
        "addresses": tuple(filter(None, addresses)),
        "id_numbers": tuple(party.id_number for party in parties if party.id_number),
        "phones": tuple(party.phone for party in parties if party.phone),
    }


def _notes(session: Session, ids: Sequence[int], text_limit: int, notes_limit: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(_NOTES, {"ids": ids, "text_limit": text_limit})
    flags = session.execute(_FLAGS, {"ids": ids})
    for petition_id, text in chain(rows, flags):
        if len(found[petition_id]) < notes_limit and text not in found[petition_id]:
            found[petition_id].append(text)
    return found
