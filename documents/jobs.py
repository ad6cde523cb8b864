"""What the background worker does for stored files."""

from datetime import timedelta

from flask import current_app

from core.database import db
from core.settings import Settings
from core.worker import Job
from documents.services import sweep_orphans


def sweep_job() -> Job:
    """Remove, once a day, files that no row names."""
    return Job("uploads.sweep", _sweep, every=timedelta(days=1))


def _sweep() -> int:
    settings: Settings = current_app.extensions["settings"]
    return sweep_orphans(db.session(), uploads_dir=settings.uploads_dir)
