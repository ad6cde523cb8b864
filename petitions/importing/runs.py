"""Runs that were asked for on the page: they wait in a table, a process of their own works them off."""

import json
import logging
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from auth.permissions import Permission
from core import clock
from core.database import unit_of_work
from core.errors import InvalidInput, NotAllowed, NotVisible
from core.i18n import lazy_gettext as _l
from petitions.importing.loading import Job, Mode, import_file
from petitions.importing.mapping import NATIVE, ColumnMapping, parse_mapping
from petitions.importing.summary import Summary
from petitions.models import ImportRun

log = logging.getLogger(__name__)

REJECTS_KEPT = timedelta(days=7)
TELL_EVERY_SECONDS = 1.0
_COPY_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for on the page. ``mapping`` is the text of a mapping file, empty for native columns."""

    file_name: str
    mapping: str
    mode: Mode
    dry_run: bool

    def column_mapping(self) -> ColumnMapping:
        """The checked mapping. Raises ``ImportRefused``."""
        return parse_mapping(self.mapping.encode()) if self.mapping else NATIVE


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the page shows it. ``summary`` is empty until it is over."""

    id: int
    state: str
    file_name: str
    requested_at: datetime
    requested_by: str
    finished_at: datetime | None
    rows_done: int
    rows_total: int | None
    stored_name: str
    options: Mapping[str, Any]
    summary: Mapping[str, Any]

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed")


def keep_upload(stream: IO[bytes], imports_dir: Path) -> str:
    """Write an uploaded file under a random name that only this program can read; return the name."""
    imports_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{secrets.token_hex(16)}.upload"
    handle = os.open(imports_dir / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        while chunk := stream.read(_COPY_CHUNK):
            file.write(chunk)
    return name


def queue(session: Session, wanted: Wanted, *, stored_name: str, by: Actor) -> int:
    """Put a run in line; return its id. Raises ``ImportRefused`` for a mapping that is not sound."""
    if not by.may(Permission.PETITION_IMPORT):
        raise NotAllowed("import")
    if by.id is None:
        raise InvalidInput({"file": _l("At the command line use: flask petition import.")})
    options = {
        "mapping": wanted.mapping,
        "mode": wanted.mode.value,
        "dry_run": wanted.dry_run,
        "username": by.username,
        "language": by.language,
    }
    values = {
        "office_id": by.office_id,
        "requested_by": by.id,
        "requested_at": clock.now(),
        "file_name": wanted.file_name[:255],
        "file_hash": "",
        "stored_name": stored_name,
        "source": wanted.column_mapping().source,
        "options": json.dumps(options, ensure_ascii=False),
        "state": "queued",
    }
    return session.execute(insert(ImportRun).returning(ImportRun.id), values).scalar_one()


_RUN = select(
    ImportRun.id,
    ImportRun.state,
    ImportRun.file_name,
    ImportRun.requested_at,
    User.full_name,
    ImportRun.finished_at,
    ImportRun.rows_done,
    ImportRun.rows_total,
    ImportRun.stored_name,
    ImportRun.options,
    ImportRun.summary,
).outerjoin(User, User.id == ImportRun.requested_by)


def recent_runs(session: Session, actor: Actor, *, limit: int = 20) -> list[Run]:
    """The newest runs of the actor's office."""
    if not actor.may(Permission.PETITION_IMPORT):
        return []
    query = _RUN.where(ImportRun.office_id == actor.office_id).order_by(ImportRun.id.desc()).limit(limit)
    return [_run(row) for row in session.execute(query)]


def run_for(session: Session, run_id: int, actor: Actor) -> Run:
    """One run. Raises ``NotVisible`` for one of another office."""
    row = session.execute(_RUN.where(ImportRun.id == run_id, ImportRun.office_id == actor.office_id)).one_or_none()
    if row is None or not actor.may(Permission.PETITION_IMPORT):
        raise NotVisible(f"import {run_id}")
    return _run(row)


def _run(row: Any) -> Run:
    return Run(
        id=row.id,
        state=row.state,
        file_name=row.file_name,
        requested_at=row.requested_at,
        requested_by=row.full_name or "",
        finished_at=row.finished_at,
        rows_done=row.rows_done,
        rows_total=row.rows_total,
        stored_name=row.stored_name,
        options=json.loads(row.options),
        summary=json.loads(row.summary),
    )


def rejects_path(run: Run, imports_dir: Path) -> Path:
    """Where the rejected rows of a run lie for some days."""
    return imports_dir / f"{run.stored_name.removesuffix('.upload')}.rejects.csv"


def carry_out(run_id: int, *, by: Actor, imports_dir: Path, lookup_key: bytes) -> Summary:
    """Work off a run that is in line. The uploaded file is removed afterwards, whatever comes out.

    Raises ``NotVisible`` when the run is not in line any more.
    """
    with unit_of_work(patient=True) as session:
        run = run_for(session, run_id, by)
        if not _set_state(session, run_id, "queued", "running"):
            raise NotVisible(f"import {run_id} is not in line")
    path = imports_dir / run.stored_name
    teller = _Teller(run_id)
    try:
        wanted = Wanted(run.file_name, run.options["mapping"], Mode(run.options["mode"]), run.options["dry_run"])
        job = Job(
            path=path,
            file_name=run.file_name,
            mapping=wanted.column_mapping(),
            work_dir=imports_dir,
            lookup_key=lookup_key,
            mode=wanted.mode,
            dry_run=wanted.dry_run,
            rejects=rejects_path(run, imports_dir),
            run_id=run_id,
        )
        summary = import_file(job, by=by, progress=teller)
    except BaseException:
        failure = str(_l("The import stopped because of a fault. Nothing was imported."))
        close(run_id, failure=failure, patient=True)
        raise
    finally:
        path.unlink(missing_ok=True)
    _conclude(run_id, summary)
    return summary


class _Teller:
    """Notes in the run how far it is, at most once a second."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._next = clock.now()

    def __call__(self, rows: int, share: float) -> None:
        now = clock.now()
        if now < self._next and share < 1.0:
            return
        self._next = now + timedelta(seconds=TELL_EVERY_SECONDS)
        total = max(rows, int(rows / share)) if share > 0 else None
        try:
            with unit_of_work() as session:
                _write(session, self._run_id, rows_done=rows, rows_total=total)
        except OperationalError as error:
            # Somebody else writes for long. How far the import is can be told later.
            log.info("progress of import %s was not noted: %s", self._run_id, error.orig)


def _conclude(run_id: int, summary: Summary) -> None:
    """Keep the summary of a run; one that wrote petitions is done already, in the transaction that wrote them.

    A failure never covers up that another process carried the run out meanwhile.
    """
    replaceable = ("running", "done") if summary.succeeded else ("running",)
    with unit_of_work(patient=True) as session:
        values = {
            "summary": summary.as_json(),
            "rows_done": summary.rows,
            "rows_total": summary.rows,
            "state": "done" if summary.succeeded else "failed",
            "finished_at": clock.now(),
        }
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.state.in_(replaceable))
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def close(run_id: int, *, failure: str, patient: bool = False) -> None:
    """End a run that broke off. One that has come to its end is left as it is."""
    with unit_of_work(patient=patient) as session:
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.state.in_(("queued", "running")))
            .values(
                state="failed", finished_at=clock.now(), summary=json.dumps({"refused": failure}, ensure_ascii=False)
            )
            .execution_options(synchronize_session=False)
        )


def is_saving(session: Session) -> bool:
    """Whether an import that was asked for on the page has checked all rows and is being saved."""
    query = select(ImportRun.id).where(ImportRun.state == "running", ImportRun.rows_done >= ImportRun.rows_total)
    return session.execute(query.limit(1)).first() is not None


def discard_upload(session: Session, run_id: int, imports_dir: Path) -> None:
    """Remove the file of a run that is over: it may name people, and nobody needs it any more."""
    query = select(ImportRun.stored_name).where(ImportRun.id == run_id, ImportRun.state.in_(("done", "failed")))
    name = session.execute(query).scalar()
    if name:
        (imports_dir / name).unlink(missing_ok=True)


def next_in_line(session: Session) -> tuple[int, str] | None:
    """The oldest run that waits, with the name of the user who asked for it."""
    row = session.execute(
        select(ImportRun.id, ImportRun.options).where(ImportRun.state == "queued").order_by(ImportRun.id).limit(1)
    ).one_or_none()
    return (row.id, str(json.loads(row.options)["username"])) if row else None


def put_back_in_line(session: Session) -> int:
    """Start again what was running when the worker ended; return how many. Nothing had been written for them."""
    done = session.execute(
        update(ImportRun)
        .where(ImportRun.state == "running")
        .values(state="queued", rows_done=0, rows_total=None)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(done, "rowcount", 0))


def sweep(session: Session, imports_dir: Path) -> int:
    """Remove old files of rejected rows, and uploads that no run waits for; return how many."""
    waiting = set(session.scalars(select(ImportRun.stored_name).where(ImportRun.state.in_(("queued", "running")))))
    oldest = (clock.now() - REJECTS_KEPT).timestamp()
    removed = 0
    for path in imports_dir.iterdir() if imports_dir.is_dir() else ():
        stale = path.stat().st_mtime < (oldest if path.name.endswith(".rejects.csv") else _an_hour_ago())
        if path.is_file() and stale and path.name not in waiting:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _an_hour_ago() -> float:
    # An upload is written before its run is put in line.
    return (clock.now() - timedelta(hours=1)).timestamp()


def _set_state(session: Session, run_id: int, before: str, after: str) -> bool:
    done = session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state == before)
        .values(state=after)
        .execution_options(synchronize_session=False)
    )
    return getattr(done, "rowcount", 0) == 1


def _write(session: Session, run_id: int, **values: object) -> None:
    session.execute(
        update(ImportRun).where(ImportRun.id == run_id).values(**values).execution_options(synchronize_session=False)
    )
