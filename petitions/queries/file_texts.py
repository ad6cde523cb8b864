"""What search may know of the files of petitions: their names and the text in them, never those of a denunciation."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, bindparam, distinct, func, select
from sqlalchemy.orm import Session

from core.database import AnyRow
from documents.models import StoredFile, StoredText
from petitions.models import Petition, PetitionAttachment

FILES_CONSUMER = "search-files"
"""Who in the outbox hears of petitions whose files have changed; the subject is the petition's id."""

_CHUNK = 500
_IDS: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_TEXTS = (
    select(
        PetitionAttachment.petition_id,
        PetitionAttachment.id,
        Petition.office_id,
        StoredFile.original_name,
        StoredText.revision,
        func.substr(StoredText.text, 1, bindparam("text_limit")).label("text"),
    )
    .join(Petition, Petition.id == PetitionAttachment.petition_id)
    .join(StoredFile, StoredFile.id == PetitionAttachment.stored_file_id)
    .join(StoredText, StoredText.stored_file_id == StoredFile.id)
    .where(PetitionAttachment.petition_id.in_(_IDS), Petition.sealed.is_(False))
    .order_by(PetitionAttachment.petition_id, PetitionAttachment.id)
)
# Files are never taken away, and a text that was read anew counts as one more: the sum only rises.
_VERSION = (func.count() + func.sum(StoredText.revision)).label("version")


@dataclass(frozen=True, slots=True)
class FileSource:
    """The files of one petition as search may read them.

    ``texts`` are (attachment id, file name, text), in the order in which they were attached; the text of a file that
    was not read, or holds none, is empty. ``version`` rises whenever a file comes or a text changes. ``sealed`` is
    never true: of a denunciation nothing is given out.
    """

    petition_id: int
    version: int
    office_id: int
    sealed: bool
    texts: tuple[tuple[int, str, str], ...]


def file_sources(session: Session, petition_ids: Sequence[int], *, text_limit: int = 200_000) -> list[FileSource]:
    """The files of the petitions ``petition_ids``, by rising id; those without files, and sealed ones, are left out.

    ``text_limit`` bounds the characters read of one file.
    """
    return [source for ids in _chunks(sorted(set(petition_ids))) for source in _read(session, ids, text_limit)]


def file_versions(session: Session, after: int = 0, limit: int = 10_000) -> list[tuple[int, int]]:
    """Id and version of the petitions with files beyond the id ``after``, rising, at most ``limit``."""
    query = (
        select(PetitionAttachment.petition_id, _VERSION)
        .join(Petition, Petition.id == PetitionAttachment.petition_id)
        .join(StoredText, StoredText.stored_file_id == PetitionAttachment.stored_file_id)
        .where(PetitionAttachment.petition_id > after, Petition.sealed.is_(False))
        .group_by(PetitionAttachment.petition_id)
        .order_by(PetitionAttachment.petition_id)
        .limit(limit)
    )
    return [(row[0], int(row[1])) for row in session.execute(query)]


def file_total(session: Session) -> int:
    """How many petitions have files that search may know of."""
    query = (
        select(func.count(distinct(PetitionAttachment.petition_id)))
        .join(Petition, Petition.id == PetitionAttachment.petition_id)
        .where(Petition.sealed.is_(False))
    )
    return session.execute(query).scalar_one()


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _read(session: Session, ids: Sequence[int], text_limit: int) -> list[FileSource]:
    found: dict[int, list[AnyRow]] = defaultdict(list)
    for row in session.execute(_TEXTS, {"ids": ids, "text_limit": text_limit}):
        found[row.petition_id].append(row)
    return [
        FileSource(
            petition_id,
            len(rows) + sum(row.revision for row in rows),
            rows[0].office_id,
            sealed=False,
            texts=tuple((row.id, row.original_name, row.text) for row in rows),
        )
        for petition_id, rows in found.items()
    ]
