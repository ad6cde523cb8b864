"""Telling search that the files of petitions have changed."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import outbox
from petitions.models import Petition, PetitionAttachment
from petitions.queries.file_texts import FILES_CONSUMER


def files_changed(session: Session, petition_ids: Sequence[int]) -> None:
    """Have the files of ``petition_ids`` looked at again, in the transaction that changed them."""
    outbox.enqueue(session, (FILES_CONSUMER,), [(petition_id, 0) for petition_id in petition_ids])


def text_known(session: Session, stored_file_id: int) -> None:
    """Have the petitions that ``stored_file_id`` is attached to looked at again: its text was read."""
    holders = (
        select(PetitionAttachment.petition_id)
        .join(Petition, Petition.id == PetitionAttachment.petition_id)
        .where(PetitionAttachment.stored_file_id == stored_file_id, Petition.sealed.is_(False))
    )
    if petition_ids := sorted(set(session.scalars(holders))):
        files_changed(session, petition_ids)
