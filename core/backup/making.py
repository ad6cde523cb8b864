"""Making a backup while everybody goes on working."""

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from core import clock
from core.backup import BackupFailed
from core.backup.archive import FORMAT, MANIFEST, Writer, writing
from core.backup.snapshots import Snapshot, snapshot
from core.settings import OFFICE_ZONE, Settings

SUFFIX = ".donthu"
STATUS_FILE = "backup.json"
Step = Callable[[str, int, int], None]


@dataclass(slots=True)
class Made:
    """A backup that was made; ``faults`` name the files that could not be taken as the database knows them."""

    path: Path
    bytes: int = 0
    petitions: int = 0
    files: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def make(
    settings: Settings, folder: Path, recipients: Sequence[str], *, keep: int = 0, step: Step = lambda *_: None
) -> Made:
    """Write a backup into ``folder``, encrypted to ``recipients``; keep the newest ``keep`` (0: all) and remove others.

    The copy is of one moment; attachments are written before their row, so each file that the copy names is there.
    Raises ``BackupFailed``, and leaves no file then.
    """
    if not recipients:
        raise BackupFailed("no public key to encrypt to: DONTHU_BACKUP_RECIPIENT or --recipient")
    started = clock.now()
    made = Made(folder / f"donthu-{started.astimezone(OFFICE_ZONE):%Y%m%d-%H%M%S}{SUFFIX}")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if made.path.exists():
            raise BackupFailed(f"{made.path}: exists already")
        # The copy of the database is not encrypted yet: it lies beside the database itself, and goes.
        with (
            tempfile.TemporaryDirectory(prefix="backup-", dir=settings.data_dir) as scratch,
            snapshot(settings, Path(scratch), lambda done, total: step("database", done, total)) as copy,
            writing(made.path, list(recipients)) as writer,
        ):
            _write(settings, copy, writer, made, started, step)
    except OSError as error:
        raise BackupFailed(f"{error.filename or folder}: {error.strerror}") from error
    made.bytes = made.path.stat().st_size
    made.seconds = (clock.now() - started).total_seconds()
    _note(settings, made, started)
    _keep_newest(folder, keep)
    return made


def _write(settings: Settings, copy: Snapshot, writer: Writer, made: Made, started: datetime, step: Step) -> None:
    made.petitions = copy.facts["counts"]["petition"]
    writer.add_json(MANIFEST, {"format": FORMAT, "at": started.isoformat(), "files": len(copy.files), **copy.facts})
    for name in ("secret_key", "lookup_key"):
        _add_file(writer, name, settings.data_dir / name)
    _add_file(writer, copy.name, copy.path)
    for number, (name, size, sha256) in enumerate(copy.files, start=1):
        path = settings.uploads_dir / name[:2] / name
        try:
            digest = _add_file(writer, f"uploads/{name[:2]}/{name}", path)
        except OSError as error:
            made.faults.append(f"attachment {name}: {error.strerror}")
            continue
        made.files += 1
        if digest != sha256 or path.stat().st_size != size:
            made.faults.append(f"attachment {name}: its content is not what was stored")
        step("files", number, len(copy.files))


def _add_file(writer: Writer, name: str, path: Path) -> str:
    with path.open("rb") as file:
        return writer.add(name, file, os.fstat(file.fileno()).st_size)


def _note(settings: Settings, made: Made, at: datetime) -> None:
    said = {"at": at.isoformat(), "file": str(made.path), "bytes": made.bytes, "faults": made.faults}
    draft = settings.data_dir / f".{STATUS_FILE}"
    draft.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    draft.replace(settings.data_dir / STATUS_FILE)


def status(settings: Settings) -> dict[str, Any]:
    """What is known of the newest backup; empty where there is none."""
    try:
        known: dict[str, Any] = json.loads((settings.data_dir / STATUS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def _keep_newest(folder: Path, keep: int) -> None:
    if keep < 1:
        return
    for old in sorted(folder.glob(f"donthu-*{SUFFIX}"))[:-keep]:
        with contextlib.suppress(OSError):
            old.unlink()
