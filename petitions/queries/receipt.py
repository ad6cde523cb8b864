"""What a receipt says besides the petition itself."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Office, User
from documents.models import StoredFile
from petitions.models import PaperItem, Petition, PetitionAttachment


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """Who issues the receipt and what lay with the petition.

    ``papers`` are descriptions with their number of pages; ``files`` the names of attached files.
    """

    office: str
    office_ward: str | None
    clerk: str
    papers: tuple[tuple[str, int], ...]
    files: tuple[str, ...]


def receipt_facts(session: Session, petition: Petition) -> ReceiptFacts:
    """The facts for a petition that the reader was allowed to see; of a sealed one no file is named."""
    office = session.execute(select(Office.name, Office.ward_code).where(Office.id == petition.office_id)).one()
    clerk = session.execute(select(User.full_name).where(User.id == petition.registered_by)).scalar_one_or_none()
    papers = session.execute(
        select(PaperItem.description, PaperItem.pages)
        .where(PaperItem.petition_id == petition.id)
        .order_by(PaperItem.id)
    )
    files: tuple[str, ...] = ()
    if not petition.sealed:
        files = tuple(
            session.scalars(
                select(StoredFile.original_name)
                .join(PetitionAttachment, PetitionAttachment.stored_file_id == StoredFile.id)
                .where(PetitionAttachment.petition_id == petition.id)
                .order_by(PetitionAttachment.id)
            )
        )
    return ReceiptFacts(
        office=office.name,
        office_ward=office.ward_code,
        clerk=clerk or "",
        papers=tuple((row.description, row.pages) for row in papers),
        files=files,
    )
