"""Verbs on offices: opening one, with its audit chain."""

from collections.abc import Callable

from sqlalchemy import insert
from sqlalchemy.orm import Session

from auth.actor import system_actor
from auth.models import Office
from auth.queries import installed_office
from core import audit
from core.text import clean_line

Furnish = Callable[[Session, int], None]

_furnishers: list[Furnish] = []


def furnish_with(furnish: Furnish) -> None:
    """Have every new office furnished by ``furnish`` too (its lists, its calendar); ``wsgi.py`` says so."""
    if furnish not in _furnishers:
        _furnishers.append(furnish)


DEFAULT_CODE = "UBND"
DEFAULT_NAME = "Ủy ban nhân dân phường"


def open_office(session: Session, *, code: str, name: str, ward_code: str | None = None, address: str = "") -> int:
    """Open an office and its audit chain; return its id."""
    office_id = session.execute(
        insert(Office).returning(Office.id),
        [
            {
                "code": clean_line(code),
                "name": clean_line(name),
                "ward_code": ward_code,
                "address": clean_line(address),
                "require_confirmation": False,
            }
        ],
    ).scalar_one()
    audit.open_chain(session, office_id)
    audit.record(
        session,
        office_id,
        actor=system_actor(office_id).username,
        action="office.open",
        subject=f"office:{office_id}",
        payload={"code": code, "name": name},
    )
    for furnish in _furnishers:
        furnish(session, office_id)
    return office_id


def ensure_office(session: Session) -> int:
    """The office of this installation; opened under a general name when there is none yet."""
    return installed_office(session) or open_office(session, code=DEFAULT_CODE, name=DEFAULT_NAME)
