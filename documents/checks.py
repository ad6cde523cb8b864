"""Proof that stored files are there, unchanged, and that nothing else lies among them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.integrity import Result
from documents.models import StoredFile
from documents.queries import path_of
from documents.services import ORPHAN_AFTER

_CHUNK = 1024 * 1024


def files_check(session: Session, uploads_dir: Path) -> Result:
    """Every stored file has its bytes with their size and hash; files that no row names are told, once a day old."""
    result = Result("files")
    known: set[str] = set()
    query = select(StoredFile.id, StoredFile.stored_name, StoredFile.size, StoredFile.sha256).order_by(StoredFile.id)
    for row in session.execute(query.execution_options(yield_per=1000)):
        result.checked += 1
        known.add(row.stored_name)
        path = path_of(uploads_dir, row.stored_name)
        try:
            size, digest = _measure(path)
        except OSError as error:
            result.faults.append(f"file {row.id}: {error.strerror}")
            continue
        if (size, digest) != (row.size, row.sha256):
            result.faults.append(f"file {row.id}: its content is not what was stored")
    oldest = (clock.now() - ORPHAN_AFTER).timestamp()
    orphans = sum(path.name not in known and path.stat().st_mtime < oldest for path in _files(uploads_dir))
    if orphans:
        result.note = f"{orphans} files that no row names; the worker removes them"
    return result


def _measure(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
