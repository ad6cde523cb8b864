"""What search may know of petitions: everything written about them, nothing that tells who denounced."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from petitions.models import Party, Petition, PetitionEvent
from petitions.wards import ward_label

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class IndexSource:
    """The searchable text of one petition, by where it stands.

    ``notes`` are what people wrote with their acts, newest first. For a sealed petition ``names``, ``addresses``,
    ``id_numbers`` and ``phones`` are empty whatever the tables hold.
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


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _read(session: Session, ids: Sequence[int], text_limit: int, notes_limit: int) -> list[IndexSource]:
    parties = _parties(session, ids)
    notes = _notes(session, ids, text_limit, notes_limit)
    rows = session.execute(
        select(
            Petition.id,
            Petition.version,
            Petition.office_id,
            Petition.sealed,
            Petition.number,
            Petition.title,
            func.substr(Petition.body, 1, text_limit),
            Petition.against,
            Petition.external_ref,
            Petition.forwarder_ref,
            Petition.decision_number,
            Petition.paper_code,
            Petition.forwarder,
            Petition.also_sent_to,
            Petition.paper_location,
            func.substr(Petition.resolution_note, 1, text_limit),
            Petition.ward_code,
        )
        .where(Petition.id.in_(ids))
        .order_by(Petition.id)
    )
    return [
        IndexSource(
            *row[:8], row[8] or "", *row[9:16], ward_label(row[16]), tuple(notes[row[0]]),
            *(_people(parties[row[0]]) if not row[3] else ()),
        )
        for row in rows
    ]  # fmt: skip


def _parties(session: Session, ids: Sequence[int]) -> dict[int, list[Sequence[str | None]]]:
    found: dict[int, list[Sequence[str | None]]] = defaultdict(list)
    rows = session.execute(
        select(
            Party.petition_id, Party.name, Party.address, Party.old_address, Party.ward_code, Party.id_number, Party.phone
        )
        .join(Petition, Petition.id == Party.petition_id)
        .where(Party.petition_id.in_(ids), Petition.sealed.is_(False))
        .order_by(Party.petition_id, Party.role, Party.position)
    )
    for petition_id, *texts in rows:
        found[petition_id].append(texts)
    return found


def _people(parties: list[Sequence[str | None]]) -> tuple[tuple[str, ...], ...]:
    """Names, addresses, identity numbers, phone numbers."""
    names, addresses, id_numbers, phones = [], [], [], []
    for name, address, old_address, ward_code, id_number, phone in parties:
        names.append(name)
        addresses.append(", ".join(filter(None, (address, ward_label(ward_code)))))
        addresses.append(old_address)
        id_numbers.append(id_number)
        phones.append(phone)
    return tuple(tuple(text for text in texts if text) for texts in (names, addresses, id_numbers, phones))


def _notes(session: Session, ids: Sequence[int], text_limit: int, notes_limit: int) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(
        select(PetitionEvent.petition_id, func.substr(PetitionEvent.reason, 1, text_limit))
        .where(PetitionEvent.petition_id.in_(ids), _has_words)
        .order_by(PetitionEvent.petition_id, PetitionEvent.id.desc())
    )
    for petition_id, text in rows:
        if len(found[petition_id]) < notes_limit:
            found[petition_id].append(text)
    return found


_has_words: ColumnElement[bool] = PetitionEvent.reason != ""
