"""One petition and all that hangs on it, for its page and for the command line."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office, User
from core.database import AnyRow
from core.errors import NotVisible
from documents.models import StoredFile
from petitions.models import (
    PaperItem,
    Party,
    Petition,
    PetitionAttachment,
    PetitionClock,
    PetitionEvent,
    PetitionFlag,
    Reminder,
)
from petitions.numbering import parse_number
from petitions.queries.visibility import visible_to

EVENTS_SHOWN = 50
SIBLINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Siblings:
    """Other petitions of the same matter, newest first; ``more`` says whether some are not listed."""

    rows: Sequence[AnyRow]
    more: bool


def get_visible(session: Session, number: str, actor: Actor) -> Petition:
    """The petition with this number, however it was typed. Raises ``NotVisible``."""
    canonical = parse_number(number)
    if canonical is None:
        raise NotVisible(f"petition {number[:40]}")
    petition = session.scalars(select(Petition).where(Petition.number == canonical, visible_to(actor))).one_or_none()
    if petition is None:
        raise NotVisible(f"petition {canonical}")
    return petition


def confirmation_required(session: Session, office_id: int) -> bool:
    """Whether the office wants a supervisor's confirmation before a petition counts as resolved."""
    return session.execute(select(Office.require_confirmation).where(Office.id == office_id)).scalar_one()


def parties_of(session: Session, petition_id: int) -> Sequence[Party]:
    """Petitioners, then representatives, in their order."""
    query = select(Party).where(Party.petition_id == petition_id).order_by(Party.role, Party.position)
    return session.scalars(query).all()


def events_of(session: Session, petition_id: int, *, limit: int | None = EVENTS_SHOWN) -> Sequence[AnyRow]:
    """Events, newest first."""
    query = (
        select(
            PetitionEvent.id,
            PetitionEvent.action,
            PetitionEvent.from_state,
            PetitionEvent.to_state,
            PetitionEvent.actor_id,
            PetitionEvent.actor_name,
            PetitionEvent.occurred_on,
            PetitionEvent.recorded_at,
            PetitionEvent.reason,
            PetitionEvent.data,
            PetitionEvent.cancels_id,
        )
        .where(PetitionEvent.petition_id == petition_id)
        .order_by(PetitionEvent.id.desc())
    )
    return session.execute(query.limit(limit + 1) if limit is not None else query).all()


def flags_of(session: Session, petition_id: int) -> Sequence[AnyRow]:
    """Marks in force, with who set them."""
    query = (
        select(PetitionFlag.flag, PetitionFlag.reason, PetitionFlag.set_at, User.full_name)
        .outerjoin(User, User.id == PetitionFlag.set_by)
        .where(PetitionFlag.petition_id == petition_id, PetitionFlag.cleared_at.is_(None))
        .order_by(PetitionFlag.id)
    )
    return session.execute(query).all()


def clock_of(session: Session, petition_id: int) -> PetitionClock | None:
    """The running clock."""
    query = select(PetitionClock).where(PetitionClock.petition_id == petition_id).order_by(PetitionClock.id.desc())
    return session.scalars(query.limit(1)).one_or_none()


def siblings_of(session: Session, petition: Petition, actor: Actor) -> Siblings:
    """The petitions of the same matter that the actor may see, this one included."""
    rows = session.execute(
        select(
            Petition.id,
            Petition.number,
            Petition.title,
            Petition.received_on,
            Petition.state,
            Petition.matter_role,
            Petition.leading_id,
            Petition.officer_id,
        )
        .where(Petition.matter_id == petition.matter_id, visible_to(actor))
        .order_by(Petition.id.desc())
        .limit(SIBLINGS_SHOWN + 1)
    ).all()
    return Siblings(rows[:SIBLINGS_SHOWN], len(rows) > SIBLINGS_SHOWN)


def attachments_of(session: Session, petition_id: int) -> Sequence[AnyRow]:
    """Attached files, oldest first."""
    query = (
        select(
            PetitionAttachment.id,
            PetitionAttachment.added_at,
            StoredFile.original_name,
            StoredFile.size,
            User.full_name,
        )
        .join(StoredFile, StoredFile.id == PetitionAttachment.stored_file_id)
        .outerjoin(User, User.id == PetitionAttachment.added_by)
        .where(PetitionAttachment.petition_id == petition_id)
        .order_by(PetitionAttachment.id)
    )
    return session.execute(query).all()


def papers_of(session: Session, petition_id: int) -> Sequence[PaperItem]:
    """Original papers, oldest first."""
    return session.scalars(select(PaperItem).where(PaperItem.petition_id == petition_id).order_by(PaperItem.id)).all()


def reminders_of(session: Session, petition_id: int, actor: Actor) -> Sequence[Reminder]:
    """The actor's own open reminders on the petition."""
    query = select(Reminder).where(
        Reminder.petition_id == petition_id, Reminder.user_id == actor.id, Reminder.done_at.is_(None)
    )
    return session.scalars(query.order_by(Reminder.remind_on)).all()


def leading_of(session: Session, petition: Petition) -> AnyRow | None:
    """The petition that this one follows, if it was joined to one."""
    if petition.leading_id is None:
        return None
    return session.execute(
        select(Petition.number, Petition.state, Petition.officer_id, Petition.disposition).where(
            Petition.id == petition.leading_id
        )
    ).one_or_none()
