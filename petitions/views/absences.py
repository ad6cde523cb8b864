"""Who is away and who stands in: see, record, strike."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from auth import queries as people
from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import AnyRow, db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_day
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.forms.shapes import parse_day, parse_id
from petitions.queries.absences import absences
from petitions.services.absences import AbsenceInput, cancel_absence, may_record_for, record_absence

bp = Blueprint("absences", __name__)

_LARGEST_ID = 2**31 - 1
_FIELDS = ("user_id", "first_day", "last_day", "substitute_id", "note")


class AbsenceShown(NamedTuple):
    """An absence, ready to print; ``tone`` is "now" for one that lasts, "gone" for one that is over or struck."""

    id: int
    name: str
    first: str
    last: str
    substitute: str
    note: str
    recorded_by: str
    standing: str
    tone: str
    may_cancel: bool


@bp.get("/absences")
@requires(Permission.PETITION_VIEW)
def show() -> ResponseReturnValue:
    """The absences that last, come or ended lately."""
    who = actor()
    return _page(who, {"user_id": str(who.id)} if who.may(Permission.ABSENCE_RECORD) else {})


@bp.post("/absences")
@requires(Permission.ABSENCE_RECORD)
def record() -> ResponseReturnValue:
    """Record an absence."""
    who = actor()
    typed = {name: clean_line(request.form.get(name, "")) for name in _FIELDS}
    try:
        wanted = _wanted(typed)
        with unit_of_work() as session:
            record_absence(session, wanted, by=who)
    except InvalidInput as error:
        return _page(who, typed, error.errors), 400
    flash(_("The absence is recorded."), "success")
    return redirect(f"{request.script_root}/absences")


@bp.post(f"/absences/<int(max={_LARGEST_ID}):absence_id>/cancel")
@requires(Permission.ABSENCE_RECORD)
def cancel(absence_id: int) -> ResponseReturnValue:
    """Strike an absence that lasts or is to come."""
    who = actor()
    try:
        with unit_of_work() as session:
            name = cancel_absence(session, absence_id, by=who)
    except InvalidInput as error:
        return _page(who, {}, error.errors), 400
    flash(_("The absence of %(name)s is struck.", name=name), "success")
    return redirect(f"{request.script_root}/absences")


def _wanted(typed: Mapping[str, str]) -> AbsenceInput:
    """What was typed. Raises ``InvalidInput`` for what is no day and no line of a list."""
    errors: dict[str, object] = {}
    days = {name: parse_day(typed[name]) for name in ("first_day", "last_day")}
    errors |= {
        name: _l("This is no day; write it as dd/mm/yyyy.") for name, day in days.items() if typed[name] and day is None
    }
    ids = {name: parse_id(typed[name], _LARGEST_ID) for name in ("user_id", "substitute_id")}
    errors |= {name: _l("Choose from the list.") for name, found in ids.items() if typed[name] and found is None}
    if errors:
        raise InvalidInput(errors)
    return AbsenceInput(**ids, **days, note=typed["note"])  # type: ignore[arg-type]  # by their names


def _page(who: Actor, typed: Mapping[str, str], errors: Mapping[str, object] | None = None) -> str:
    session = db.session()
    today = clock.today()
    known = people.lookups(session, who.office_id)
    labels = {}
    mine = {}
    for officer in known.officers:
        units = ", ".join(known.unit_names.get(unit_id, "") for unit_id in officer.unit_ids)
        labels[officer.id] = f"{officer.full_name} – {units}" if units else officer.full_name
        mine[officer.id] = may_record_for(who, officer.id, frozenset(officer.unit_ids))
    may_record = who.may(Permission.ABSENCE_RECORD)
    rows = absences(session, who, today)
    return render_template(
        "petitions/absences.html",
        rows=[_shown(row, today, may=may_record and mine.get(row.user_id, False)) for row in rows],
        may_record=may_record,
        who=[(str(user_id), label) for user_id, label in labels.items() if mine[user_id]],
        substitutes=[(str(user_id), label) for user_id, label in labels.items()],
        v={name: typed.get(name, "") for name in _FIELDS},
        errors={name: str(text) for name, text in (errors or {}).items()},
        root=request.script_root,
    )


def _shown(row: AnyRow, today: date, *, may: bool) -> AbsenceShown:
    over = row.cancelled_at is not None or row.last_day < today
    lasts = not over and row.first_day <= today
    if row.cancelled_at is not None:
        standing = _("struck")
    elif over:
        standing = _("over")
    else:
        standing = _("away today") if lasts else _("to come")
    return AbsenceShown(
        id=row.id,
        name=row.full_name,
        first=format_day(row.first_day),
        last=format_day(row.last_day),
        substitute=row.substitute or "",
        note=row.note,
        recorded_by=row.recorded_by or "",
        standing=standing,
        tone="gone" if over else "now" if lasts else "",
        may_cancel=may and not over,
    )
