"""What an office sets for itself: confirmation of resolutions, fields of matter, the working-day calendar."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count, format_day
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.calendars import FROM_LIBRARY
from petitions.forms.office import FIRST_YEAR, LAST_YEAR, read_day, read_year
from petitions.forms.shapes import parse_count, parse_day
from petitions.queries.calendar import calendar_days, counting_of
from petitions.queries.case import confirmation_required
from petitions.queries.fields import fields_of
from petitions.services import office as services
from petitions.views.day_list import WEEKDAYS

bp = Blueprint("office", __name__)

_LARGEST_ID = 2**31 - 1

DAY_KIND_LABELS = {
    "holiday": _l("Public holiday"),
    "lieu": _l("Day off in lieu"),
    "swap-off": _l("Day off, swapped"),
    "worked": _l("Worked Saturday or Sunday"),
}


class FieldShown(NamedTuple):
    """A field of matter in the list, with what was typed for it and why that was not taken."""

    id: int
    name_vi: str
    name_en: str
    active: bool
    error: str


class DayShown(NamedTuple):
    """A day of the calendar that differs from the plain week."""

    day: str
    value: str
    weekday: str
    kind: str
    worked: bool
    name: str
    source: str


@bp.get("/office")
@requires(Permission.OFFICE_SETTINGS)
def settings() -> ResponseReturnValue:
    """The office's settings."""
    return _settings_page()


@bp.post("/office/confirmation")
@requires(Permission.OFFICE_SETTINGS)
def set_confirmation() -> ResponseReturnValue:
    """Say whether a supervisor confirms a resolution before it counts."""
    required = bool(request.form.get("require_confirmation"))
    with unit_of_work() as session:
        services.require_confirmation(session, required=required, by=actor())
    if required:
        flash(_("From now on, a resolution counts once a supervisor has confirmed it."), "success")
    else:
        flash(_("From now on, a resolution counts without a supervisor's confirmation."), "success")
    return redirect(f"{request.script_root}/office")


@bp.post("/office/counting")
@requires(Permission.OFFICE_SETTINGS)
def set_counting() -> ResponseReturnValue:
    """Say how the office counts; running limits follow."""
    typed = clean_line(request.form.get("recommendation_days", ""))
    days = parse_count(typed) if typed else None
    remote = bool(request.form.get("remote"))
    try:
        if typed and days is None:
            raise InvalidInput({"recommendation_days": _l("Give a whole number.")})
        with unit_of_work() as session:
            moved = services.set_counting(
                session,
                remote=remote,
                recommendation_days=days,
                escalate_late=bool(request.form.get("escalate_late")),
                by=actor(),
            )
    except InvalidInput as error:
        kept = {
            "recommendation_days": typed,
            "remote": "1" if remote else "",
            "escalate_late": request.form.get("escalate_late", ""),
        }
        return _settings_page(typed=kept, errors=error.errors), 400
    _tell(moved, _("Saved."))
    return redirect(f"{request.script_root}/office")


@bp.post("/office/fields")
@requires(Permission.OFFICE_SETTINGS)
def add_field() -> ResponseReturnValue:
    """Add a field of matter."""
    typed = _typed_names()
    try:
        with unit_of_work() as session:
            services.add_field(session, **typed, by=actor())
    except InvalidInput as error:
        return _settings_page(typed=typed, errors=error.errors), 400
    flash(_("The field “%(name)s” is added.", name=typed["name_vi"]), "success")
    return redirect(f"{request.script_root}/office")


@bp.post(f"/office/fields/<int(max={_LARGEST_ID}):field_id>")
@requires(Permission.OFFICE_SETTINGS)
def change_field(field_id: int) -> ResponseReturnValue:
    """Rename a field of matter, or take it out of use."""
    typed = _typed_names()
    active = bool(request.form.get("active"))
    try:
        with unit_of_work() as session:
            services.change_field(session, field_id, **typed, active=active, by=actor())
    except InvalidInput as error:
        return _settings_page(typed=typed, errors=error.errors, field_id=field_id), 400
    flash(_("The field “%(name)s” is saved.", name=typed["name_vi"]), "success")
    return redirect(f"{request.script_root}/office")


def _typed_names() -> dict[str, str]:
    return {name: clean_line(request.form.get(name, "")) for name in ("name_vi", "name_en")}


def _settings_page(
    *, typed: Mapping[str, str] | None = None, errors: Mapping[str, object] | None = None, field_id: int = 0
) -> str:
    """The page; what was typed for the field ``field_id``, or for a new one (0), comes back with its error."""
    who = actor()
    session = db.session()
    texts = {name: str(message) for name, message in (errors or {}).items()}
    first = next(iter(texts.values()), "")
    rows = []
    for field in fields_of(session, who.office_id):
        mine = field.id == field_id and typed is not None
        names = typed if mine and typed is not None else {"name_vi": field.name_vi, "name_en": field.name_en}
        rows.append(FieldShown(field.id, names["name_vi"], names["name_en"], field.active, first if mine else ""))
    return render_template(
        "petitions/office/settings.html",
        require_confirmation=confirmation_required(session, who.office_id),
        counting=_counting(session, who, typed or {}),
        fields=rows,
        v=(typed or {}) if not field_id else {},
        errors=texts if not field_id else {f"field-{field_id}": first},
        calendar_url=f"{request.script_root}/calendar" if who.may(Permission.CALENDAR_EDIT) else "",
        weights_url=f"{request.script_root}/office/priority" if who.may(Permission.PRIORITY_EDIT) else "",
    )


def _counting(session: Session, who: Actor, typed: Mapping[str, str]) -> Mapping[str, object]:
    """How the office counts, or what was typed for it."""
    if "recommendation_days" in typed:
        return typed
    stored = counting_of(session, who.office_id)
    return {
        "remote": stored.remote,
        "recommendation_days": stored.recommendation_days or "",
        "escalate_late": stored.escalate_late,
    }


@bp.get("/calendar")
@requires(Permission.CALENDAR_EDIT)
def calendar() -> ResponseReturnValue:
    """The days of a year that differ from the plain week."""
    return _calendar_page(read_year(request.args.get("year", ""), present=clock.today().year))


@bp.post("/calendar")
@requires(Permission.CALENDAR_EDIT)
def set_day() -> ResponseReturnValue:
    """Enter a day off or a worked weekend day; open petitions follow it."""
    read = read_day(request.form)
    year = read_year(request.form.get("year", ""), present=clock.today().year)
    if read.day is None:
        return _calendar_page(year, typed=read.typed, errors=read.errors), 400
    try:
        with unit_of_work() as session:
            moved = services.set_day(
                session,
                read.day,
                kind=read.typed["kind"],
                name=read.typed["name"],
                source=read.typed["source"],
                by=actor(),
            )
    except InvalidInput as error:
        return _calendar_page(year, typed=read.typed, errors=error.errors), 400
    _tell(moved, _("%(day)s is entered.", day=format_day(read.day)))
    return redirect(f"{request.script_root}/calendar?year={read.day.year}")


@bp.post("/calendar/remove")
@requires(Permission.CALENDAR_EDIT)
def remove_day() -> ResponseReturnValue:
    """Make a day plain again; open petitions follow it."""
    day = parse_day(request.form.get("day", ""))
    if day is None:
        raise InvalidInput({"day": _l("Give the day as dd/mm/yyyy.")})
    with unit_of_work() as session:
        moved = services.remove_day(session, day, by=actor())
    _tell(moved, _("%(day)s is a plain day again.", day=format_day(day)))
    return redirect(f"{request.script_root}/calendar?year={day.year}")


def _tell(moved: int, what: str) -> None:
    if moved:
        told = _("Open petitions whose due day moved: %(count)s.", count=format_count(moved))
    else:
        told = _("No open petition's due day moved.")
    flash(f"{what} {told}", "success")


def _calendar_page(
    year: int, *, typed: Mapping[str, str] | None = None, errors: Mapping[str, object] | None = None
) -> str:
    who = actor()
    days = calendar_days(db.session(), who.office_id, date(year, 1, 1), date(year, 12, 31))
    url = f"{request.script_root}/calendar"
    context: dict[str, Any] = {
        "year": year,
        "rows": [
            DayShown(
                day=format_day(row.day),
                value=row.day.isoformat(),
                weekday=str(WEEKDAYS[row.day.weekday()]),
                kind=str(DAY_KIND_LABELS[row.kind]),
                worked=row.kind == "worked",
                name=row.name,
                source=_("public holidays known to the program") if row.source == FROM_LIBRARY else row.source,
            )
            for row in days
        ],
        "v": typed or {},
        "errors": {name: str(message) for name, message in (errors or {}).items()},
        "kinds": [(kind, str(label)) for kind, label in DAY_KIND_LABELS.items()],
        "prev_url": f"{url}?year={year - 1}" if year > FIRST_YEAR else "",
        "next_url": f"{url}?year={year + 1}" if year < LAST_YEAR else "",
    }
    return render_template("petitions/office/calendar.html", **context)
