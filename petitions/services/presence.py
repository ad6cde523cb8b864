"""Asks before a case goes to somebody who is away."""

from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock
from core.errors import InvalidInput
from core.i18n import format_day
from core.i18n import lazy_gettext as _l
from petitions.queries.absences import Away, away

ABSENT_OK = "absent_ok"
"""The field by which somebody says that the person is to have it although away."""


def ask_if_away(session: Session, user_id: int | None, *, by: Actor, field: str, absent_ok: bool) -> None:
    """Raise ``InvalidInput`` beside ``field``, and for the tick box that answers it, when the person is away today.

    Nobody is asked who said so already, or who chooses the own person.
    """
    if user_id is None or absent_ok or user_id == by.id:
        return
    found = away(session, user_id, clock.today())
    if found is not None:
        raise InvalidInput({field: _warning(found), ABSENT_OK: _l("Tick “Assign anyway”, or choose somebody else.")})


def _warning(found: Away) -> object:
    names = {"name": found.name, "until": format_day(found.until), "substitute": found.substitute}
    if found.substitute:
        return _l("%(name)s is away until %(until)s; %(substitute)s stands in.", **names)
    return _l("%(name)s is away until %(until)s; nobody stands in.", **names)
