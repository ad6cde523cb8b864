"""One petition and all that hangs on it, for its page and for the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office, User
from core.database import AnyRow, AnySelect
from core.errors import NotVisible
from documents.models import StoredFile, StoredText
from petitions.models import (
    PaperItem,
    Party,
    Petition,
    PetitionAttachment,
    PetitionEvent,
    PetitionFlag,
    Reminder,
)
from petitions.numbering import parse_number
from petitions.queries.visibility import Sight, sight_of, visible_in

EVENTS_SHOWN = 50
SIBLINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Siblings:
    """Petitions of one matter, newest first, at most ``SIBLINGS_SHOWN``, and how many there are in all."""

    rows: Sequence[AnyRow]
    total: int


# The page of a case asks all of these. They are built once: to build a question takes the library twice as long as to
# answer it.
_ID: BindParameter[int] = bindparam("petition_id")
_CONFIRMATION_REQUIRED = select(Office.require_confirmation).where(Office.id == bindparam("office_id"))
_PARTIES = select(Party).where(Party.petition_id == _ID).order_by(Party.role, Party.position)
_EVENTS = (
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
    .where(PetitionEvent.petition_id == _ID)
    .order_by(PetitionEvent.id.desc())
)
_NEWEST_EVENTS = _EVENTS.limit(bindparam("limit"))
_FLAGS = (
    select(PetitionFlag.flag, PetitionFlag.reason, PetitionFlag.set_at, User.full_name)
    .outerjoin(User, User.id == PetitionFlag.set_by)
    .where(PetitionFlag.petition_id == _ID, PetitionFlag.cleared_at.is_(None))
    .order_by(PetitionFlag.id)
)
_ATTACHMENTS = (
    select(
        PetitionAttachment.id,
        PetitionAttachment.added_at,
        StoredFile.original_name,
        StoredFile.size,
        User.full_name,
        StoredText.state.label("text_state"),
        StoredText.pages,
        StoredText.detail,
        StoredText.cut,
    )
    .join(StoredFile, StoredFile.id == PetitionAttachment.stored_file_id)
    .outerjoin(StoredText, StoredText.stored_file_id == StoredFile.id)
    .outerjoin(User, User.id == PetitionAttachment.added_by)
    .where(PetitionAttachment.petition_id == _ID)
    .order_by(PetitionAttachment.id)
)
_PAPERS = select(PaperItem).where(PaperItem.petition_id == _ID).order_by(PaperItem.id)
_REMINDERS = (
    select(Reminder)
    .where(Reminder.petition_id == _ID, Reminder.user_id == bindparam("user_id"), Reminder.done_at.is_(None))
    .order_by(Reminder.remind_on)
)


def get_visible(session: Session, number: str, actor: Actor) -> Petition:
    """The petition with this number, however it was typed. Raises ``NotVisible``."""
    canonical = parse_number(number)
    if canonical is None:
        raise NotVisible(f"petition {number[:40]}")
    petition = session.scalars(_petition(sight_of(actor)), {"number": canonical}).one_or_none()
    if petition is None:
        raise NotVisible(f"petition {canonical}")
    return petition


@lru_cache(maxsize=500)
def _petition(sight: Sight) -> Select[Petition]:
    return select(Petition).where(Petition.number == bindparam("number"), visible_in(sight))


def confirmation_required(session: Session, office_id: int) -> bool:
    """Whether the office wants a supervisor's confirmation before a petition counts as resolved."""
    return session.execute(_CONFIRMATION_REQUIRED, {"office_id": office_id}).scalar_one()


def parties_of(session: Session, petition_id: int) -> Sequence[Party]:
    """Petitioners, then representatives, in their order."""
    return session.scalars(_PARTIES, {"petition_id": petition_id}).all()


def events_of(session: Session, petition_id: int, *, limit: int | None = EVENTS_SHOWN) -> Sequence[AnyRow]:
    """Events, newest first; one more than ``limit`` where there are more."""
    if limit is None:
        return session.execute(_EVENTS, {"petition_id": petition_id}).all()
    return session.execute(_NEWEST_EVENTS, {"petition_id": petition_id, "limit": limit + 1}).all()


def flags_of(session: Session, petition_id: int) -> Sequence[AnyRow]:
    """Marks in force, with who set them."""
    return session.execute(_FLAGS, {"petition_id": petition_id}).all()


def siblings_of(session: Session, petition: Petition, actor: Actor) -> Siblings:
    """The petitions of the same matter that the actor may see, this one included."""
    rows = session.execute(_siblings(sight_of(actor)), {"matter_id": petition.matter_id}).all()
    total = len(rows)
    if total > SIBLINGS_SHOWN:
        of_matter = (Petition.matter_id == petition.matter_id, visible_in(sight_of(actor)))
        total = session.execute(select(func.count()).select_from(Petition).where(*of_matter)).scalar_one()
    return Siblings(rows[:SIBLINGS_SHOWN], total)


@lru_cache(maxsize=500)
def _siblings(sight: Sight) -> AnySelect:
    query: AnySelect = select(
        Petition.id,
        Petition.number,
        Petition.title,
        Petition.received_on,
        Petition.state,
        Petition.matter_role,
        Petition.leading_id,
        Petition.officer_id,
    )
    visible = query.where(Petition.matter_id == bindparam("matter_id"), visible_in(sight))
    return visible.order_by(Petition.id.desc()).limit(SIBLINGS_SHOWN + 1)


def attachments_of(session: Session, petition_id: int) -> Sequence[AnyRow]:
    """Attached files, oldest first."""
    return session.execute(_ATTACHMENTS, {"petition_id": petition_id}).all()


def papers_of(session: Session, petition_id: int) -> Sequence[PaperItem]:
    """Original papers, oldest first."""
    return session.scalars(_PAPERS, {"petition_id": petition_id}).all()


def reminders_of(session: Session, petition_id: int, actor: Actor) -> Sequence[Reminder]:
    """The actor's own open reminders on the petition."""
    return session.scalars(_REMINDERS, {"petition_id": petition_id, "user_id": actor.id}).all()


def leading_of(session: Session, petition: Petition, actor: Actor) -> AnyRow | None:
    """The petition that this one follows, if it was joined to one that the actor may see."""
    if petition.leading_id is None:
        return None
    return session.execute(
        select(Petition.number, Petition.state, Petition.officer_id, Petition.disposition).where(
            Petition.id == petition.leading_id, visible_in(sight_of(actor))
        )
    ).one_or_none()
