"""Reading stored files. Whether somebody may see one is for the floor above to say."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotVisible
from documents.models import StoredFile

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A stored file, open for reading; whoever asked for it closes ``stream``. ``size`` is in bytes."""

    stream: IO[bytes]
    name: str
    media_type: str
    size: int
    sha256: str


def path_of(uploads_dir: Path, stored_name: str) -> Path:
    """Where the file of that random name lies: spread over 256 folders."""
    return uploads_dir / stored_name[:2] / stored_name


def open_file(session: Session, file_id: int, *, uploads_dir: Path) -> OpenedFile:
    """Open the stored file ``file_id``.

    Raises ``NotVisible`` when there is no such row, or when its bytes are gone from the disk (which is logged).
    """
    row = session.execute(
        select(
            StoredFile.stored_name,
            StoredFile.original_name,
            StoredFile.media_type,
            StoredFile.size,
            StoredFile.sha256,
        ).where(StoredFile.id == file_id)
    ).one_or_none()
    if row is None:
        raise NotVisible(f"file {file_id}")
    try:
        stream = path_of(uploads_dir, row.stored_name).open("rb")
    except OSError as error:
        log.error("stored file %d cannot be read: %s", file_id, error.strerror)
        raise NotVisible(f"file {file_id}") from error
    return OpenedFile(stream, row.original_name, row.media_type, row.size, row.sha256)
