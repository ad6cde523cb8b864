"""What the background workers do for stored files."""

import logging
from datetime import timedelta

from flask import current_app

from core.database import db, unit_of_work
from core.settings import Settings
from core.worker import Job
from documents.services import sweep_orphans
from documents.text import ocr
from documents.text.outcome import TextState
from documents.text.reading import Told, ask_again, read_next

log = logging.getLogger(__name__)

READER_NAME = "reader"
"""Under which name the worker that reads files says that it is alive."""


def sweep_job() -> Job:
    """Remove, once a day, files that no row names."""
    return Job("uploads.sweep", _sweep, every=timedelta(days=1))


def _sweep() -> int:
    settings: Settings = current_app.extensions["settings"]
    return sweep_orphans(db.session(), uploads_dir=settings.uploads_dir)


def reading_job(told: Told) -> Job:
    """Read the text of files that wait; ``told`` hears of each, in the transaction that stores its text.

    Runs in a worker of its own: reading a scan takes minutes, and nothing else must wait for it.
    """
    started = False

    def run() -> int:
        nonlocal started
        if not started:
            started = True
            _take_up_scans()
        settings: Settings = current_app.extensions["settings"]
        return read_next(settings.uploads_dir, told)

    return Job("text of files", run, every=timedelta(seconds=2), eager=True)


def _take_up_scans() -> None:
    """Have scans read that came before Tesseract was installed."""
    if not ocr.is_available():
        return
    with unit_of_work(patient=True) as session:
        if taken := ask_again(session, [TextState.SCAN]):
            log.info("scans can be read here now; %d wait", taken)
