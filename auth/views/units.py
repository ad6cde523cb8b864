"""The administrator's page on units: create, rename, deactivate, activate."""

from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from auth import queries
from auth.forms import ButtonForm, UnitForm, errors_of
from auth.guards import actor
from auth.permissions import Permission, requires
from auth.services import units as services
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count
from core.i18n import gettext as _


class ListedUnit(NamedTuple):
    """A row of the list, ready to be shown; ``typed`` is the name in its field."""

    id: int
    name: str
    typed: str
    active: bool
    people: str
    error: str


def register(blueprint: Blueprint) -> None:
    """Give ``blueprint`` the addresses of this module."""
    blueprint.add_url_rule("/units", "units", list_page, methods=["GET", "POST"])
    blueprint.add_url_rule("/units/<int(max=2147483647):unit_id>", "unit_rename", rename, methods=["POST"])
    blueprint.add_url_rule(
        "/units/<int(max=2147483647):unit_id>/deactivate", "unit_deactivate", deactivate, methods=["POST"]
    )
    blueprint.add_url_rule("/units/<int(max=2147483647):unit_id>/activate", "unit_activate", activate, methods=["POST"])


@requires(Permission.USER_MANAGE)
def list_page() -> ResponseReturnValue:
    """All units; a form for a new one."""
    if request.method != "POST":
        return _page({})
    form = UnitForm()
    typed = form.name.data or ""
    if not form.validate():
        return _page(errors_of(form), typed=typed, status=400)
    try:
        with unit_of_work() as work:
            services.create_unit(work, name=typed, by=actor())
    except InvalidInput as error:
        return _page(_texts(error), typed=typed, status=400)
    flash(_("The unit “%(name)s” is created.", name=typed.strip()), "success")
    return redirect(url_for("auth.units"))


@requires(Permission.USER_MANAGE)
def rename(unit_id: int) -> ResponseReturnValue:
    """Give a unit another name."""
    queries.unit(db.session(), actor().office_id, unit_id)
    form = UnitForm()
    typed = form.name.data or ""
    if not form.validate():
        return _page(_of_row(errors_of(form), unit_id), row_id=unit_id, row_typed=typed, status=400)
    try:
        with unit_of_work() as work:
            services.rename_unit(work, unit_id=unit_id, name=typed, by=actor())
    except InvalidInput as error:
        return _page(_of_row(_texts(error), unit_id), row_id=unit_id, row_typed=typed, status=400)
    flash(_("The unit is now called “%(name)s”.", name=typed.strip()), "success")
    return redirect(url_for("auth.units"))


@requires(Permission.USER_MANAGE)
def deactivate(unit_id: int) -> ResponseReturnValue:
    """Offer a unit no longer."""
    form = ButtonForm()
    if not form.validate():
        return _page(errors_of(form), status=400)
    try:
        with unit_of_work() as work:
            services.deactivate_unit(work, unit_id=unit_id, by=actor())
    except InvalidInput as error:
        return _page({"_": _texts(error)["unit"]}, status=400)
    flash(_("The unit is no longer offered."), "success")
    return redirect(url_for("auth.units"))


@requires(Permission.USER_MANAGE)
def activate(unit_id: int) -> ResponseReturnValue:
    """Offer a unit again."""
    form = ButtonForm()
    if not form.validate():
        return _page(errors_of(form), status=400)
    with unit_of_work() as work:
        services.activate_unit(work, unit_id=unit_id, by=actor())
    flash(_("The unit is offered again."), "success")
    return redirect(url_for("auth.units"))


def _page(
    errors: dict[str, str], *, typed: str = "", row_id: int = 0, row_typed: str = "", status: int = 200
) -> tuple[str, int]:
    who = actor()
    people = queries.members(db.session(), who.office_id)
    rows = [
        ListedUnit(
            row.id,
            row.name,
            row_typed if row.id == row_id else row.name,
            row.active,
            format_count(people.get(row.id, 0)),
            errors.get(_row_field(row.id), ""),
        )
        for row in queries.units(db.session(), who.office_id)
    ]
    return render_template("auth/units.html", rows=rows, v={"name": typed}, errors=errors), status


def _row_field(unit_id: int) -> str:
    return f"unit-{unit_id}"


def _of_row(errors: dict[str, str], unit_id: int) -> dict[str, str]:
    return {_row_field(unit_id) if field == "name" else field: text for field, text in errors.items()}


def _texts(error: InvalidInput) -> dict[str, str]:
    return {field: str(message) for field, message in error.errors.items()}
