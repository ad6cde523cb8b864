"""Attaching files to a petition."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from auth.actor import Actor
from documents.services import Upload, store_files
from petitions.services.ledger import lock
from petitions.services.records import attach, refuse_sealed


def store_attachments(
    session: Session, petition_id: int, files: Sequence[Upload], *, by: Actor, uploads_dir: Path
) -> None:
    """Store ``files`` and attach them. A denunciation takes none, and nothing of it reaches the disk.

    Raises ``InvalidInput`` for ``attachments``.
    """
    refuse_sealed(lock(session, petition_id, by))
    for kept in store_files(session, files, by=by, uploads_dir=uploads_dir):
        attach(session, petition_id, kept.id, by=by, name=kept.name)
