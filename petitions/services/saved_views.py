"""Giving a list a name: save, change, share and remove. A view holds an address and never widens what one may see."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Unit, User
from auth.permissions import Permission, Role, permissions_of
from core import audit, clock
from core.errors import InvalidInput, NotAllowed
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.models import SavedView
from petitions.queries.oversight import oversees_office
from petitions.queries.saved_views import SEARCH, Named, view_kept

LONGEST_NAME = 80
LONGEST_QUERY = 1000
MOST_VIEWS = 50
NOBODY, UNIT, ROLE, OFFICE = "nobody", "unit", "role", "office"

ROLES_WITH_LISTS = tuple(role for role in Role if Permission.PETITION_VIEW in permissions_of(role))


@dataclass(frozen=True, slots=True)
class Sharing:
    """With whom a view is shared: with nobody, a unit, a role or the office."""

    shared_with: str = NOBODY
    unit_id: int | None = None
    role: str | None = None


PRIVATE = Sharing()


def save(session: Session, *, name: str, queue: str, query: str, sharing: Sharing, on_home: bool, by: Actor) -> int:
    """Keep an address under a name; return its id. ``query`` is what ``address_parts`` makes, and a known order.

    Raises ``InvalidInput`` beside ``name`` or ``share``.
    """
    if by.id is None or not by.may(Permission.PETITION_VIEW):
        raise NotAllowed("saved views")
    name = clean_line(name)
    errors = {**_name_errors(session, name, by.id, None), **_sharing_errors(session, sharing, by)}
    if len(query) > LONGEST_QUERY:
        errors["name"] = _l("This list has too many filters to be saved.")
    if errors:
        raise InvalidInput(errors)
    values = {"name": name, "queue": queue, "query": query, "on_home": on_home, **_columns(sharing)}
    whose = {"office_id": by.office_id, "owner_id": by.id, "made_at": clock.now()}
    view_id: int = session.execute(insert(SavedView).values(**values, **whose).returning(SavedView.id)).scalar_one()
    if sharing != PRIVATE:
        _record(session, view_id, "shared", values, by)
    return view_id


def change(session: Session, view_id: int, *, name: str, sharing: Sharing, on_home: bool, by: Actor) -> None:
    """Rename a view, or share it otherwise. Raises ``NotVisible``, and ``InvalidInput`` as ``save`` does."""
    view = view_kept(session, by, view_id)
    name = clean_line(name)
    before = Sharing(view.shared_with, view.unit_id, view.role)
    errors = _name_errors(session, name, view.owner_id, view_id)
    if sharing != before:
        errors |= _sharing_errors(session, sharing, by)
    if errors:
        raise InvalidInput(errors)
    values = {"name": name, "on_home": on_home, **_columns(sharing)}
    session.execute(
        update(SavedView).where(SavedView.id == view_id).values(**values).execution_options(synchronize_session=False)
    )
    if before != sharing or (sharing != PRIVATE and name != view.name):
        kept = {"queue": view.queue, "query": view.query, "before": [view.name, view.shared_with]}
        _record(session, view_id, "shared" if sharing != PRIVATE else "unshared", values | kept, by)


def remove(session: Session, view_id: int, *, by: Actor) -> Named:
    """Remove a view and return what it was. Raises ``NotVisible``."""
    view = view_kept(session, by, view_id)
    session.execute(delete(SavedView).where(SavedView.id == view_id).execution_options(synchronize_session=False))
    if view.shared_with != NOBODY:
        _record(session, view_id, "removed", {"name": view.name, "shared_with": view.shared_with}, by)
    return view


def _columns(sharing: Sharing) -> dict[str, object]:
    return {"shared_with": sharing.shared_with, "unit_id": sharing.unit_id, "role": sharing.role}


def _name_errors(session: Session, name: str, owner_id: int, view_id: int | None) -> dict[str, object]:
    if not name:
        return {"name": _l("Give the list a name.")}
    if len(name) > LONGEST_NAME:
        return {"name": _l("At most %(count)s characters.", count=LONGEST_NAME)}
    # Held, so that two saves at once do not both find the name free.
    session.execute(select(User.id).where(User.id == owner_id).with_for_update())
    known = session.execute(select(SavedView.id, SavedView.name).where(SavedView.owner_id == owner_id)).all()
    if any(row.name.casefold() == name.casefold() and row.id != view_id for row in known):
        return {"name": _l("There is a list of this name already.")}
    if view_id is None and len(known) >= MOST_VIEWS:
        return {"name": _l("At most %(count)s lists can be saved; remove one first.", count=MOST_VIEWS)}
    return {}


def _sharing_errors(session: Session, sharing: Sharing, by: Actor) -> dict[str, object]:
    if sharing == PRIVATE:
        return {}
    if not (oversees_office(by) or (sharing.shared_with == UNIT and by.heads(sharing.unit_id))):
        return {"share": _l("Only a supervisor can share with others, and the head of a unit with that unit.")}
    if sharing.shared_with == UNIT:
        there = exists().where(Unit.id == sharing.unit_id, Unit.office_id == by.office_id, Unit.active)
        return {} if session.execute(select(there)).scalar_one() else {"share": _l("There is no such unit.")}
    if sharing.shared_with == ROLE and sharing.role not in ROLES_WITH_LISTS:
        return {"share": _l("Choose from the list.")}
    return {}


def _record(session: Session, view_id: int, what: str, payload: Mapping[str, object], by: Actor) -> None:
    if payload.get("queue") == SEARCH:
        # The words of a search may be somebody's name, which the chain would keep for ever.
        payload = {key: value for key, value in payload.items() if key != "query"}
    audit.record(
        session, by.office_id, actor=by.username, action=f"view.{what}", subject=f"view:{view_id}", payload=payload
    )
