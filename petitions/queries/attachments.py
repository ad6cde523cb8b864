"""Which stored file an attachment of a petition is."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotVisible
from petitions.models import Petition, PetitionAttachment


def stored_file_of(session: Session, petition: Petition, attachment_id: int) -> int:
    """The id of the stored file behind ``attachment_id`` of a petition that the reader was allowed to see.

    Raises ``NotVisible`` when the petition has no such attachment.
    """
    file_id = session.execute(
        select(PetitionAttachment.stored_file_id).where(
            PetitionAttachment.id == attachment_id, PetitionAttachment.petition_id == petition.id
        )
    ).scalar_one_or_none()
    if file_id is None:
        raise NotVisible(f"attachment {attachment_id}")
    return file_id
