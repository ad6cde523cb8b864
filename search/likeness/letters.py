"""Letters as the comparison reads them, from what was typed and from the database."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from petitions.models import Party, Petition
from search.likeness.fingerprints import Fingerprint, fingerprint, house_key, room
from search.likeness.houses import houses_of

_IDS: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_TEXTS = select(
    Petition.id, Petition.version, Petition.office_id, Petition.sealed, Petition.title, Petition.body
).where(Petition.id.in_(_IDS))  # fmt: skip
_ADDRESSES = (
    select(Party.petition_id, Party.address, Party.old_address)
    .join(Petition, Petition.id == Party.petition_id)
    .where(Party.petition_id.in_(_IDS), Petition.sealed.is_(False))
)
_CHUNK = 500


class StoredLetter(NamedTuple):
    """A petition's letter: its fingerprint, and the marks under which it is found in its office."""

    petition_id: int
    version: int
    office_id: int
    sealed: bool
    print: Fingerprint
    marks: Sequence[int]


def letters(session: Session, ids: Sequence[int]) -> list[StoredLetter]:
    """The letters of the petitions ``ids`` as they stand in the database now. A denunciation has no house."""
    found = []
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        addresses: dict[int, list[str]] = defaultdict(list)
        for petition_id, address, old_address in session.execute(_ADDRESSES, {"ids": chunk}):
            addresses[petition_id] += (address, old_address)
        for row in session.execute(_TEXTS, {"ids": chunk}):
            made = fingerprint(row.title, row.body)
            marks = marks_of(made.keys, addresses[row.id], row.office_id, sealed=row.sealed)
            found.append(StoredLetter(row.id, row.version, row.office_id, row.sealed, made, marks))
    return found


def marks_of(keys: Sequence[int], addresses: Sequence[str], office_id: int, *, sealed: bool) -> list[int]:
    """The marks of a letter with ``keys`` from people at ``addresses``: those of its text first, the lowest first."""
    mixed_in = room(office_id, sealed=sealed)
    houses = sorted(house_key(house) ^ mixed_in for house in houses_of(*addresses))
    text = [key ^ mixed_in for key in keys]
    return [*text, *(house for house in houses if house not in set(text))]
