"""What a database hands over at one moment: itself as a file, and what stands in it, all of the same moment."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, text

from core.backup import BackupFailed
from core.settings import Settings

Progress = Callable[[int, int], None]

_HEADS = "SELECT o.code, h.seq, h.hash FROM office o JOIN audit_head h ON h.office_id = o.id ORDER BY o.id"
_FILES = "SELECT stored_name, size, sha256 FROM stored_file ORDER BY id"
COUNTED = ("petition", "petition_event", "audit_entry", "stored_file", "user_account")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A database at one moment. ``path`` holds it, under the name ``name``; ``facts`` go into the manifest."""

    path: Path
    name: str
    facts: Mapping[str, Any]
    files: list[tuple[str, int, str]]


@contextmanager
def snapshot(settings: Settings, scratch: Path, told: Progress) -> Iterator[Snapshot]:
    """The database of this installation as it stands now, while others go on writing. Raises ``BackupFailed``."""
    yield _of_sqlite(settings, scratch, told) if settings.is_sqlite else _of_postgresql(settings, scratch)


def sqlite_path(settings: Settings) -> Path:
    """The file of the database."""
    return Path(settings.database_url.removeprefix("sqlite:///"))


def _of_sqlite(settings: Settings, scratch: Path, told: Progress) -> Snapshot:
    target = scratch / "database.sqlite3"
    try:
        with sqlite3.connect(f"file:{sqlite_path(settings)}?mode=ro", uri=True, timeout=60) as source:
            with sqlite3.connect(target) as copy:
                # A step is a lock of a moment, and a writer in between makes the copy begin anew: so in large steps.
                source.backup(copy, pages=20_000, progress=lambda _status, left, total: told(total - left, total))
            copy.close()
        source.close()
        with sqlite3.connect(target) as copy:
            facts = _facts(lambda statement: copy.execute(statement).fetchall())
            files = [(str(name), int(size), str(sha)) for name, size, sha in copy.execute(_FILES)]
        copy.close()
    except sqlite3.Error as error:
        raise BackupFailed(f"the database cannot be copied: {error}") from error
    return Snapshot(target, "database.sqlite3", {"database": "sqlite", **facts}, files)


def _of_postgresql(settings: Settings, scratch: Path) -> Snapshot:
    target = scratch / "database.dump"
    engine = create_engine(settings.database_url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            moment = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            facts = _facts(lambda statement: connection.execute(text(statement)).all())
            files = [(str(row[0]), int(row[1]), str(row[2])) for row in connection.execute(text(_FILES))]
            # The index is made anew from the database; its tables stay, empty.
            run_tool(
                settings, "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
                "--exclude-table-data=search.*", f"--snapshot={moment}", f"--file={target}",
            )  # fmt: skip
    finally:
        engine.dispose()
    return Snapshot(target, "database.dump", {"database": "postgresql", **facts}, files)


def _facts(ask: Callable[[str], Any]) -> dict[str, Any]:
    return {
        "revision": ask("SELECT version_num FROM alembic_version")[0][0],
        "heads": {row[0]: [row[1], row[2]] for row in ask(_HEADS)},
        # Names come from the list above.
        "counts": {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in COUNTED},  # noqa: S608
    }


def run_tool(settings: Settings, tool: str, *words: str) -> None:
    """Run a client program of PostgreSQL against the database. Raises ``BackupFailed`` with its first line of error."""
    found = shutil.which(tool)
    if found is None:
        raise BackupFailed(f"{tool} is missing: apt-get install postgresql-client")
    url = make_url(settings.database_url)
    environment = {**os.environ, "PGDATABASE": url.database or ""}
    for name, value in (("PGHOST", url.host or url.query.get("host")), ("PGPORT", url.port), ("PGUSER", url.username)):
        if value:
            environment[name] = str(value)
    if url.password:
        # Not among the words, which every user of the machine can read.
        environment["PGPASSWORD"] = str(url.password)
    done = subprocess.run(  # noqa: S603 - a fixed program
        [found, *words], env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if line.strip()), f"status {done.returncode}")
        raise BackupFailed(f"{tool}: {said}")


def engine_of(settings: Settings) -> Engine:
    """A plain engine on the database of this installation."""
    return create_engine(settings.database_url)
