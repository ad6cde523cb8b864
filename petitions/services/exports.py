"""What left the program as a file: the audit chain keeps who took which rows."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from auth.actor import Actor
from core import audit


def note_export(session: Session, name: str, *, asked: Mapping[str, str], rows: int, by: Actor) -> None:
    """Note that the actor took ``rows`` rows of the page ``name``, narrowed as ``asked``."""
    payload = {"asked": {key: value for key, value in asked.items() if value}, "rows": rows}
    audit.record(session, by.office_id, actor=by.username, action="export", subject=name, payload=payload)
