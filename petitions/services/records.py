"""What is written to a petition without moving it: notes, corrections, flags, papers, attachments."""

from datetime import date, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.permissions import Permission
from core import clock
from core.errors import IllegalTransition, InvalidInput, NotAllowed, NotVisible
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from documents.models import StoredFile
from petitions.models import (
    PaperItem,
    Petition,
    PetitionAttachment,
    PetitionEvent,
    PetitionFlag,
)
from petitions.sealing import REFUSAL
from petitions.services.file_texts import files_changed
from petitions.services.intake_input import MAX_NOTE, MAX_REASON
from petitions.services.ledger import change, lock, remember
from petitions.vocabulary import Flag
from petitions.workflow import State


def add_note(session: Session, petition_id: int, *, by: Actor, text: str) -> None:
    """Add a note; possible in every state, and it moves no clock.

    Raises ``InvalidInput`` for an empty or too long note.
    """
    _need(by, Permission.PETITION_NOTE)
    petition = lock(session, petition_id, by)
    note = clean_text(text)
    if not note:
        raise InvalidInput({"note": _l("Write something.")})
    if len(note) > MAX_NOTE:
        raise InvalidInput({"note": _l("This text is too long.")})
    if _just_noted(session, petition_id, note, by):
        return
    change(session, petition, by=by, action="note", values={}, reason=note)


DOUBLE_CLICK = timedelta(seconds=5)


def _just_noted(session: Session, petition_id: int, note: str, by: Actor) -> bool:
    """Whether the actor wrote the very same a moment ago: the form was sent twice."""
    newest = session.execute(
        select(PetitionEvent.action, PetitionEvent.actor_id, PetitionEvent.reason, PetitionEvent.recorded_at)
        .where(PetitionEvent.petition_id == petition_id)
        .order_by(PetitionEvent.id.desc())
        .limit(1)
    ).one()
    same = (newest.action, newest.actor_id, newest.reason) == ("note", by.id, note)
    return same and clock.now() - newest.recorded_at <= DOUBLE_CLICK


def set_flag(
    session: Session, petition_id: int, flag: Flag, *, by: Actor, reason: str, version: int | None = None
) -> None:
    """Mark a petition as complex or prominent, with a reason."""
    petition, why = _open_to_marks(session, petition_id, by, reason, version)
    if getattr(petition, flag.value):
        raise IllegalTransition(_l("The petition is marked so already."))
    session.execute(
        insert(PetitionFlag),
        [{"petition_id": petition.id, "flag": flag, "reason": why, "set_by": by.id, "set_at": clock.now()}],
    )
    change(session, petition, by=by, action="flag", values={flag.value: True}, reason=why, data={"flag": flag})


def clear_flag(
    session: Session, petition_id: int, flag: Flag, *, by: Actor, reason: str, version: int | None = None
) -> None:
    """Take a mark off again, with a reason; the mark stays in the history."""
    petition, why = _open_to_marks(session, petition_id, by, reason, version)
    if not getattr(petition, flag.value):
        raise IllegalTransition(_l("The petition is not marked so."))
    session.execute(
        update(PetitionFlag)
        .where(PetitionFlag.petition_id == petition.id, PetitionFlag.flag == flag, PetitionFlag.cleared_at.is_(None))
        .values(cleared_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    change(session, petition, by=by, action="unflag", values={flag.value: False}, reason=why, data={"flag": flag})


def _open_to_marks(
    session: Session, petition_id: int, by: Actor, reason: str, version: int | None
) -> tuple[Petition, str]:
    """The open petition whose marks are to change, and why."""
    _need(by, Permission.PETITION_FLAG)
    petition = lock(session, petition_id, by, version)
    if petition.state == State.RESOLVED:
        raise IllegalTransition(_l("The petition is closed; marks are for open ones."))
    why = clean_line(reason)
    if not why:
        raise InvalidInput({"reason": _l("Say why.")})
    if len(why) > MAX_REASON:
        raise InvalidInput({"reason": _l("At most %(count)s characters.", count=MAX_REASON)})
    return petition, why


def receive_paper(
    session: Session, petition_id: int, *, by: Actor, description: str, pages: int, received_on: date | None = None
) -> None:
    """Note an original paper that the citizen handed in."""
    _need(by, Permission.PETITION_CORRECT)
    petition = lock(session, petition_id, by)
    what = clean_line(description)
    errors: dict[str, object] = {}
    if not what or len(what) > 300:
        errors["description"] = _l("Say which paper, in at most 300 characters.")
    if not 1 <= pages <= 10_000:
        errors["pages"] = _l("Give a number from 1 to 10,000.")
    day = received_on or clock.today()
    if day > clock.today():
        errors["paper_received_on"] = _l("This day lies in the future.")
    if errors:
        raise InvalidInput(errors)
    session.execute(
        insert(PaperItem),
        [
            {
                "petition_id": petition.id,
                "description": what,
                "pages": pages,
                "received_on": day,
                "received_by": by.id,
            }
        ],
    )
    data = {"paper": what, "pages": pages}
    change(session, petition, by=by, action="paper-received", values={}, data=data, occurred_on=day)


def return_paper(session: Session, petition_id: int, paper_id: int, *, by: Actor, returned_to: str) -> None:
    """Note that an original paper was given back, and to whom.

    For a denunciation the receiver is not named: the register of papers keeps the signature.
    """
    _need(by, Permission.PETITION_CORRECT)
    petition = lock(session, petition_id, by)
    paper = session.get(PaperItem, paper_id)
    if paper is None or paper.petition_id != petition.id:
        raise NotVisible(f"paper {paper_id}")
    if paper.returned_on is not None:
        raise InvalidInput({"returned_to": _l("This paper was given back already.")})
    receiver = clean_line(returned_to)
    if petition.sealed and receiver:
        raise InvalidInput({"returned_to": REFUSAL})
    if not petition.sealed and not receiver:
        raise InvalidInput({"returned_to": _l("Say to whom.")})
    today = clock.today()
    session.execute(
        update(PaperItem)
        .where(PaperItem.id == paper.id)
        .values(returned_on=today, returned_by=by.id, returned_to=receiver[:200])
        .execution_options(synchronize_session=False)
    )
    data = {"paper": paper.description, "to": receiver}
    change(session, petition, by=by, action="paper-returned", values={}, data=data)


def attach(session: Session, petition_id: int, stored_file_id: int, *, by: Actor, name: str) -> None:
    """Attach a stored file. A denunciation takes none: a scan shows the handwriting."""
    _need(by, Permission.PETITION_NOTE)
    petition = lock(session, petition_id, by)
    refuse_sealed(petition)
    attachment_id = session.execute(
        insert(PetitionAttachment).returning(PetitionAttachment.id),
        {
            "petition_id": petition.id,
            "stored_file_id": stored_file_id,
            "added_by": by.id,
            "added_at": clock.now(),
        },
    ).scalar_one()
    sha256 = session.execute(select(StoredFile.sha256).where(StoredFile.id == stored_file_id)).scalar_one()
    # The chain keeps the event: which bytes were attached, and where, is proved by it.
    data = {"file": name, "attachment": attachment_id, "sha256": sha256}
    remember(session, petition, by=by, action="attach", from_state=petition.state, data=data)
    files_changed(session, [petition.id])


def refuse_sealed(petition: Petition) -> None:
    """Raise ``InvalidInput`` where no file may be kept: a scan of a denunciation shows the handwriting."""
    if petition.sealed:
        raise InvalidInput({"attachments": REFUSAL})


def _need(by: Actor, permission: Permission) -> None:
    if not by.may(permission):
        raise NotAllowed(permission)
