"""Programmes against the backlog: set up, end. They only name petitions; no petition is changed by one."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.permissions import Permission
from core import audit, clock
from core.database import table_of
from core.errors import IllegalTransition, InvalidInput, NotAllowed, NotVisible
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.models import Programme
from petitions.services.intake_input import EARLIEST_RECEIPT

LONGEST_NAME = 200
LONGEST_NOTE = 5_000
MOST_YEARS = 10
_YEAR_DAYS = 366


@dataclass(frozen=True, slots=True)
class ProgrammeInput:
    """A programme as given: the last day of receipt that counts, its first day and the day by which it is cleared."""

    name: str
    cut_off_on: date | None
    starts_on: date | None
    target_on: date | None
    note: str = ""


def create(session: Session, given: ProgrammeInput, *, by: Actor) -> int:
    """Set up a programme; return its id. Raises ``InvalidInput`` beside each field that does not fit."""
    if not by.may(Permission.PROGRAMME_KEEP):
        raise NotAllowed("programme")
    name, note = clean_line(given.name), clean_text(given.note)
    errors = _faults(name, note, given)
    running = select(Programme.name).where(Programme.office_id == by.office_id, Programme.ended_at.is_(None))
    if not errors and name.casefold() in {other.casefold() for other in session.scalars(running)}:
        errors["name"] = _l("A programme with this name is running already.")
    if errors:
        raise InvalidInput(errors)
    values = {
        "office_id": by.office_id,
        "name": name,
        "cut_off_on": given.cut_off_on,
        "starts_on": given.starts_on,
        "target_on": given.target_on,
        "note": note,
        "made_by": by.id,
        "made_at": clock.now(),
    }
    table = table_of(Programme)
    programme_id: int = session.execute(insert(table).returning(table.c.id), values).scalar_one()
    _note(session, by, "programme.create", programme_id, {key: str(value) for key, value in values.items()})
    return programme_id


def _faults(name: str, note: str, given: ProgrammeInput) -> dict[str, object]:
    errors: dict[str, object] = {}
    if not name or len(name) > LONGEST_NAME:
        errors["name"] = _l("Give a name of at most %(count)s characters.", count=LONGEST_NAME)
    if len(note) > LONGEST_NOTE:
        errors["note"] = _l("At most %(count)s characters.", count=LONGEST_NOTE)
    for field in ("cut_off_on", "starts_on", "target_on"):
        if getattr(given, field) is None:
            errors[field] = _l("Give the day as dd/mm/yyyy.")
        elif getattr(given, field) < EARLIEST_RECEIPT:
            errors[field] = _l("This day is too long ago.")
    if given.cut_off_on is None or given.starts_on is None or given.target_on is None or errors:
        return errors
    if given.cut_off_on > given.starts_on:
        errors["cut_off_on"] = _l("The cut-off day cannot lie after the first day of the programme.")
    if given.target_on <= given.starts_on:
        errors["target_on"] = _l("The target lies after the first day of the programme.")
    elif (given.target_on - given.starts_on).days > MOST_YEARS * _YEAR_DAYS:
        errors["target_on"] = _l("At most %(count)s years.", count=MOST_YEARS)
    return errors


def end(session: Session, programme_id: int, *, by: Actor) -> None:
    """End a programme: it stays to be looked at. Raises ``NotVisible``, or ``IllegalTransition`` for one that ended."""
    if not by.may(Permission.PROGRAMME_KEEP):
        raise NotAllowed("programme")
    query = select(Programme).where(Programme.id == programme_id, Programme.office_id == by.office_id)
    found = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotVisible(f"programme {programme_id}")
    if found.ended_at is not None:
        raise IllegalTransition(_l("This programme has ended already."))
    session.execute(
        update(Programme)
        .where(Programme.id == programme_id)
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    session.expire(found)
    _note(session, by, "programme.end", programme_id, {"name": found.name})


def _note(session: Session, by: Actor, action: str, programme_id: int, payload: dict[str, object]) -> None:
    audit.record(
        session, by.office_id, actor=by.username, action=action, subject=f"programme:{programme_id}", payload=payload
    )
