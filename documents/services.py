"""Keeping files: durable before the row that names them is committed, gone again when it is not.

A file lies under a random name in a sub-folder of the uploads; what the sender called it is only text in the database.
"""

import contextlib
import hashlib
import logging
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock
from core.database import on_rollback
from core.durable import flush
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from documents.models import StoredFile, StoredText
from documents.queries import path_of
from documents.recognition import media_type_of
from documents.text.outcome import TextState

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
MAX_SIZE = 20 * MEGABYTE
MAX_FILES = 10
MAX_NAME = 255
FIELD = "attachments"
# An orphan this old belongs to no transaction that is still open.
ORPHAN_AFTER = timedelta(days=1)

_CHUNK = 256 * 1024
_UNSAFE_IN_NAMES = re.compile(r'[<>:"|?*]')
_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700


class Upload(Protocol):
    """A file as it comes in: its name as the sender's browser tells it, and its bytes."""

    @property
    def filename(self) -> str | None:
        """The sender's name for it; empty or None where a form's field was left empty."""
        ...

    @property
    def stream(self) -> IO[bytes]:
        """The content, from where it stands."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was stored: the id of its row, and the cleaned name."""

    id: int
    name: str


def store_files(session: Session, uploads: Sequence[Upload], *, by: Actor, uploads_dir: Path) -> list[Kept]:
    """Store ``uploads`` under ``uploads_dir``, all or none; fields left empty are passed over.

    The bytes are on the disk when this returns; they are removed when the unit of work is rolled back. Raises
    ``InvalidInput`` for ``attachments``, which names each file that is too large, empty or of a kind that is not taken.
    """
    given = [upload for upload in uploads if upload.filename]
    if len(given) > MAX_FILES:
        raise InvalidInput({FIELD: _l("At most %(count)s files at a time.", count=MAX_FILES)})
    written: list[_Written] = []
    refusals: list[object] = []

    def remove() -> None:
        for file in written:
            _remove(file.path)

    on_rollback(session, remove)
    for upload in given:
        name = clean_name(upload.filename or "")
        try:
            written.append(_write(upload.stream, name, uploads_dir))
        except _Refused as refused:
            refusals.append(refused.message)
    if refusals:
        remove()
        raise InvalidInput({FIELD: refusals[0] if len(refusals) == 1 else Lines(refusals)})
    _make_durable(written, uploads_dir)
    return [Kept(_register(session, file, by), file.name) for file in written]


class Lines:
    """Several messages as one; each is translated when it is shown."""

    def __init__(self, messages: Sequence[object]) -> None:
        self._messages = tuple(messages)

    def __str__(self) -> str:
        return " ".join(str(message) for message in self._messages)


def clean_name(sent: str) -> str:
    """The sender's name for a file as it is kept: NFC, no path, no control characters, at most 255 characters."""
    bare = clean_line(sent.replace("\\", "/").rsplit("/", 1)[-1])
    name = _UNSAFE_IN_NAMES.sub("_", bare).strip(" .")
    if len(name) <= MAX_NAME:
        return name or "_"
    suffix = PurePosixPath(name).suffix[:10]
    return name[: MAX_NAME - len(suffix)].rstrip(" .") + suffix


def sweep_orphans(session: Session, *, uploads_dir: Path) -> int:
    """Remove files older than a day that no row names, and return how many.

    Touches nothing while more files are unknown than known: then the database is most likely not the one that these
    files belong to.
    """
    oldest = (clock.now() - ORPHAN_AFTER).timestamp()
    known = 0
    orphans: list[Path] = []
    for batch in _batches(_old_files(uploads_dir, oldest)):
        names = set(
            session.scalars(select(StoredFile.stored_name).where(StoredFile.stored_name.in_([p.name for p in batch])))
        )
        known += len(names)
        orphans += [path for path in batch if path.name not in names]
    if len(orphans) > known:
        log.error(
            "%d of %d files in %s are in no row; none was removed", len(orphans), len(orphans) + known, uploads_dir
        )
        return 0
    for path in orphans:
        _remove(path)
    return len(orphans)


@dataclass(frozen=True, slots=True)
class _Written:
    path: Path
    name: str
    media_type: str
    size: int
    sha256: str


class _Refused(Exception):
    def __init__(self, message: object) -> None:
        super().__init__(str(message))
        self.message = message


def _write(stream: IO[bytes], name: str, uploads_dir: Path) -> _Written:
    path = path_of(uploads_dir, secrets.token_hex(32))
    for folder in (uploads_dir, path.parent):
        folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _PRIVATE_FILE)
    try:
        with os.fdopen(handle, "w+b") as file:
            size, digest = _copy(stream, file, name)
            media_type = media_type_of(name, file)
            if media_type is None:
                raise _Refused(
                    _l(
                        "“%(name)s” is not taken: only PDF, JPEG, PNG, TIFF, DOCX, XLSX, ODT and TXT files, "
                        "without macros, whose content is what their name says.",
                        name=name,
                    )
                )
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        _remove(path)
        raise
    return _Written(path, name, media_type, size, digest)


def _copy(stream: IO[bytes], file: IO[bytes], name: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > MAX_SIZE:
            raise _Refused(_l("“%(name)s” is larger than %(count)s MB.", name=name, count=MAX_SIZE // MEGABYTE))
        digest.update(chunk)
        file.write(chunk)
    if not size:
        raise _Refused(_l("“%(name)s” is empty.", name=name))
    return size, digest.hexdigest()


def _make_durable(written: Sequence[_Written], uploads_dir: Path) -> None:
    """Bring the names to the disk too: a file whose folder was not written back is lost with the power."""
    for folder in {file.path.parent for file in written}:
        flush(folder)
    if written:
        flush(uploads_dir)
        flush(uploads_dir.parent)


def _register(session: Session, file: _Written, by: Actor) -> int:
    file_id: int = session.execute(
        insert(StoredFile).returning(StoredFile.id),
        {
            "office_id": by.office_id,
            "stored_name": file.path.name,
            "original_name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.sha256,
            "stored_by": by.id,
            "stored_at": clock.now(),
        },
    ).scalar_one()
    session.execute(insert(StoredText), {"stored_file_id": file_id, "state": TextState.WAITING, "at": clock.now()})
    return file_id


def _remove(path: Path) -> None:
    # Whatever stays behind is found by the sweep.
    with contextlib.suppress(OSError):
        path.unlink()


def _old_files(uploads_dir: Path, oldest: float) -> Iterator[Path]:
    for path in uploads_dir.glob("??/*"):
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < oldest:
                yield path


def _batches(paths: Iterator[Path], size: int = 500) -> Iterator[list[Path]]:
    batch: list[Path] = []
    for path in paths:
        batch.append(path)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
