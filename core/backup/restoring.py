"""Restoring a backup into an empty place, and proving that all of it is there."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import IO, Any

from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from core.backup import BackupFailed
from core.backup.archive import identity_of, read
from core.backup.snapshots import engine_of, run_tool, sqlite_path
from core.settings import CHECKOUT, Settings
from core.verify_audit import Entry, check, iso_of_sqlite

_CHUNK = 256 * 1024
_ENTRIES = (
    "SELECT e.office_id, e.seq, e.at, e.actor, e.action, e.subject, e.payload, e.hash FROM audit_entry e"
    " JOIN office o ON o.id = e.office_id WHERE o.code = {} ORDER BY e.seq"
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    petitions: int
    files: int
    entries: int
    at: str


Ask = Callable[..., Sequence[Any]]


def verify(path: Path, identity: Path, told: Callable[[int], None] = lambda _size: None) -> Mapping[str, Any]:
    """Read a backup from end to end and return its manifest; nothing is written. Raises ``BackupFailed``."""
    return read(path, identity_of(identity), lambda _name, _source: None, told)


def restore(
    settings: Settings, path: Path, identity: Path, told: Callable[[int], None] = lambda _size: None
) -> Restored:
    """Bring ``path`` back into the empty data folder and database of ``settings``.

    Nothing is put in its place before the whole backup was read and proved: digests, references, the audit chain up to
    the head that the backup names, every attachment. All log-ins are ended; the index is made anew by the worker.
    Raises ``BackupFailed``, and leaves the place empty then.
    """
    key = identity_of(identity)
    _refuse_unless_empty(settings)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=settings.data_dir) as scratch:
        place = Path(scratch)
        manifest = read(path, key, lambda name, source: _put(place / name, source), told)
        _refuse_newer(str(manifest["revision"]))
        if (manifest["database"] == "sqlite") != settings.is_sqlite:
            raise BackupFailed(f"{path}: holds a database of {manifest['database']}; DATABASE_URL names another kind")
        bring_back = _sqlite if settings.is_sqlite else _postgresql
        restored = bring_back(settings, place, manifest)
        # The database first: with it the place counts as filled, and files without it would be swept away.
        for name in ("secret_key", "lookup_key"):
            (place / name).replace(settings.data_dir / name)
        if (place / "uploads").is_dir():
            shutil.rmtree(settings.uploads_dir, ignore_errors=True)
            (place / "uploads").replace(settings.uploads_dir)
        shutil.rmtree(settings.index_dir, ignore_errors=True)
    return restored


def _refuse_unless_empty(settings: Settings) -> None:
    if settings.uploads_dir.is_dir() and any(path.is_file() for path in settings.uploads_dir.rglob("*")):
        raise BackupFailed(f"{settings.uploads_dir} is not empty: restore into an empty place")
    engine = engine_of(settings)
    try:
        if inspect(engine).get_table_names():
            raise BackupFailed("the database is not empty: restore into an empty one")
    finally:
        engine.dispose()


def _refuse_newer(revision: str) -> None:
    known = {script.revision for script in ScriptDirectory(str(CHECKOUT / "migrations")).walk_revisions()}
    if revision not in known:
        raise BackupFailed(f"made by a newer version of the program (revision {revision}); install that one first")


def _put(path: Path, source: IO[bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        shutil.copyfileobj(source, file, _CHUNK)
        file.flush()
        os.fsync(file.fileno())


def _sqlite(settings: Settings, place: Path, manifest: Mapping[str, Any]) -> Restored:
    copy = place / "database.sqlite3"
    with sqlite3.connect(copy) as connection:
        said = connection.execute("PRAGMA integrity_check").fetchone()[0]
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        if said != "ok" or broken is not None:
            raise BackupFailed(f"the database in it is damaged: {said if broken is None else 'a reference is broken'}")
        restored = _prove(
            lambda statement, *values: connection.execute(statement, values).fetchall(), place, manifest, "?"
        )
        connection.execute("DELETE FROM login_session")
    connection.close()
    target = sqlite_path(settings)
    for ending in ("-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    copy.replace(target)
    return restored


def _postgresql(settings: Settings, place: Path, manifest: Mapping[str, Any]) -> Restored:
    engine = engine_of(settings)
    try:
        # All or nothing: a restore that breaks leaves the database empty.
        run_tool(
            settings, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
            f"--dbname={engine.url.database}", str(place / "database.dump"),
        )  # fmt: skip
        try:
            with engine.begin() as connection:

                def ask(statement: str, *values: object) -> Sequence[Any]:
                    return connection.execute(text(statement), dict(zip(("v",), values, strict=False))).all()

                restored = _prove(ask, place, manifest, ":v")
                connection.execute(text("DELETE FROM login_session"))
        except BackupFailed:
            _empty(engine)
            raise
    finally:
        engine.dispose()
    return restored


def _empty(engine: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS search CASCADE"))
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def _prove(ask: Ask, place: Path, manifest: Mapping[str, Any], mark: str) -> Restored:
    """Hold what came back against what the backup says of itself."""
    for table, count in manifest["counts"].items():
        found = ask(f"SELECT count(*) FROM {table}")[0][0] if table.isidentifier() else -1  # noqa: S608
        if found != count:
            raise BackupFailed(f"{table}: {found} rows came back, {count} were saved")
    entries = 0
    for code, (seq, head) in manifest["heads"].items():
        rows = (Entry(row[0], row[1], _moment(row[2]), *row[3:]) for row in ask(_ENTRIES.format(mark), code))
        verdict = check(rows, (seq, head))
        if not verdict.sound:
            raise BackupFailed(f"audit chain of {code}: entry {verdict.first_bad_seq}: {verdict.why}")
        entries += verdict.entries
    files = ask("SELECT stored_name FROM stored_file")
    missing = [name for (name,) in files if not (place / "uploads" / name[:2] / name).is_file()]
    if len(files) - len(missing) != _count(place / "uploads"):
        raise BackupFailed("it holds attachments that no row names")
    return Restored(manifest["counts"]["petition"], len(files) - len(missing), entries, manifest["at"])


def _moment(stored: Any) -> str:
    if isinstance(stored, str):
        moment: str = iso_of_sqlite(stored)
        return moment
    return str(stored.astimezone(UTC).isoformat(timespec="microseconds"))


def _count(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else 0
