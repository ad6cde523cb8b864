"""Verbs on units (bộ phận): create, rename, deactivate, activate."""

from collections.abc import Mapping

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from auth import handover, queries
from auth.actor import Actor
from auth.models import Unit
from auth.permissions import Permission
from core import audit
from core.errors import InvalidInput, NotAllowed, NotVisible
from core.i18n import lazy_gettext as _l
from core.text import clean_line, fold

MAX_NAME = 120


def create_unit(session: Session, *, name: str, by: Actor) -> int:
    """Make a unit and return its id. Raises ``InvalidInput`` (name)."""
    _require_manager(by)
    shown = _checked_name(session, by.office_id, name)
    unit_id = session.execute(
        insert(Unit).returning(Unit.id), [{"office_id": by.office_id, "name": shown, "active": True}]
    ).scalar_one()
    _record(session, by, "unit.create", unit_id, {"name": shown})
    return unit_id


def rename_unit(session: Session, *, unit_id: int, name: str, by: Actor) -> None:
    """Give a unit another name. Raises ``InvalidInput`` (name)."""
    unit = _locked(session, unit_id, by)
    shown = _checked_name(session, by.office_id, name, besides=unit_id)
    old, unit.name = unit.name, shown
    session.flush()
    if old != shown:
        _record(session, by, "unit.rename", unit_id, {"old": old, "new": shown})


def deactivate_unit(session: Session, *, unit_id: int, by: Actor) -> None:
    """Offer a unit no longer. Raises ``InvalidInput`` (unit) while it has active members or open work."""
    unit = _locked(session, unit_id, by)
    people = queries.members(session, by.office_id).get(unit_id, 0)
    held = handover.unit_open_count(session, unit_id)
    if people or held:
        raise InvalidInput(
            {
                "unit": _l(
                    "The unit “%(name)s” still has members (%(people)s) or open petitions (%(held)s).",
                    name=unit.name,
                    people=people,
                    held=held,
                )
            }
        )
    if unit.active:
        unit.active = False
        session.flush()
        _record(session, by, "unit.deactivate", unit_id, {})


def activate_unit(session: Session, *, unit_id: int, by: Actor) -> None:
    """Offer a unit again."""
    unit = _locked(session, unit_id, by)
    if not unit.active:
        unit.active = True
        session.flush()
        _record(session, by, "unit.activate", unit_id, {})


def _require_manager(by: Actor) -> None:
    if not by.may(Permission.USER_MANAGE):
        raise NotAllowed("managing units")


def _locked(session: Session, unit_id: int, by: Actor) -> Unit:
    _require_manager(by)
    unit = session.execute(
        select(Unit)
        .where(Unit.id == unit_id, Unit.office_id == by.office_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if unit is None:
        raise NotVisible(f"unit {unit_id}")
    return unit


def _checked_name(session: Session, office_id: int, name: str, *, besides: int | None = None) -> str:
    shown = clean_line(name)
    if not shown:
        raise InvalidInput({"name": _l("Enter the name of the unit.")})
    if len(shown) > MAX_NAME:
        raise InvalidInput({"name": _l("At most %(count)s characters.", count=MAX_NAME)})
    # Two names that differ in marks only would be taken for one another when typed without them.
    if any(row.id != besides and fold(row.name) == fold(shown) for row in queries.units(session, office_id)):
        raise InvalidInput({"name": _l("There is a unit of this name already.")})
    return shown


def _record(session: Session, by: Actor, action: str, unit_id: int, payload: Mapping[str, object]) -> None:
    queries.forget_lookups()
    audit.record(session, by.office_id, actor=by.username, action=action, subject=f"unit:{unit_id}", payload=payload)
