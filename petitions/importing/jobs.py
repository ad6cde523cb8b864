"""What the background worker does for imports: it starts a process for each, so that indexing goes on meanwhile."""

import fcntl
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from flask import current_app
from flask_babel import force_locale

from core.database import db, unit_of_work
from core.i18n import DEFAULT_LANGUAGE
from core.i18n import gettext as _
from core.settings import Settings
from core.worker import Job
from petitions.importing import runs

LOOK_EVERY = timedelta(seconds=1)
SWEEP_EVERY_LOOKS = 3_600


def job() -> Job:
    """Start waiting imports, one at a time."""
    return Job("imports", _Starter().look, every=LOOK_EVERY)


class _Starter:
    """Keeps the one process that imports at present. Of several workers only the first one starts imports."""

    def __init__(self) -> None:
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._run_id = 0
        self._looks = 0

    def look(self) -> int:
        """See whether the present import is over and another one waits; return how many were started."""
        settings: Settings = current_app.extensions["settings"]
        if not self._is_the_one(settings.data_dir / "imports.lock"):
            return 0
        if self._looks % SWEEP_EVERY_LOOKS == 0:
            self._tidy(settings, first=self._looks == 0)
        self._looks += 1
        if self._process is not None and not self._is_over(settings):
            return 0
        waiting = runs.next_in_line(db.session())
        db.session.rollback()
        if waiting is None:
            return 0
        self._run_id, username = waiting
        self._process = _start(settings, self._run_id, username)
        return 1

    def _is_the_one(self, path: Path) -> bool:
        # A second worker would take the first one's running import for one that had been left behind.
        if self._lock is None:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return False
            self._lock = handle
        return True

    def _tidy(self, settings: Settings, *, first: bool) -> None:
        if first:
            with unit_of_work() as session:
                runs.put_back_in_line(session)
        runs.sweep(db.session(), settings.imports_dir)
        db.session.rollback()

    def _is_over(self, settings: Settings) -> bool:
        assert self._process is not None  # noqa: S101 - asked only while there is one
        if self._process.poll() is None:
            return False
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.returncode:
            # The process itself ends a run that it cannot carry out; this is for one that was killed.
            with force_locale(DEFAULT_LANGUAGE):
                runs.close(self._run_id, failure=_("The import stopped because of a fault. Nothing was imported."))
            runs.discard_upload(db.session(), self._run_id, settings.imports_dir)
            db.session.rollback()
        self._process = None
        return True


def _start(settings: Settings, run_id: int, username: str) -> "subprocess.Popen[bytes]":
    """Start the process. It ends when its standard input closes, and so does not outlive the worker."""
    who = f"--as={username}"
    return subprocess.Popen(  # noqa: S603 - no shell; the number and the user name come from our own table
        [sys.executable, "-m", "flask", "--app", "wsgi", "petition", "carry-out-import", who, str(run_id)],
        cwd=current_app.root_path,
        env={**os.environ, "DONTHU_DATA": str(settings.data_dir), "DATABASE_URL": settings.database_url},
        stdin=subprocess.PIPE,
    )
