"""The daily sheet: the head of the audit chain on paper, signed by two, so that nobody can write the day anew."""

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from auth import queries as people
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.audit import day_of_chain
from core.database import db
from core.i18n import format_count, format_day, format_moment
from core.i18n import gettext as _
from petitions.forms.shapes import parse_day
from petitions.queries.day_list import day_figures

bp = Blueprint("sheet", __name__)


@bp.get("/audits/sheet")
@requires(Permission.SYSTEM_VIEW)
def show() -> ResponseReturnValue:
    """The sheet of a day, today's unless another is asked for."""
    who, session = actor(), db.session()
    typed = request.args.get("day", "").strip()
    day = parse_day(typed) if typed else clock.today()
    error = ""
    if day is None or not date(2000, 1, 1) <= day <= clock.today():
        error, day = _("Give a day that is not in the future, as dd/mm/yyyy."), clock.today()
    hours = day_of_chain(session, who.office_id, clock.start_of_day(day))
    figures = day_figures(session, who.office_id, day)
    shown: dict[str, Any] = {
        "day": format_day(day),
        "office": people.lookups(session, who.office_id).office_name,
        "hours": [{"at": format_moment(row.at), "number": row.seq, "head": row.hash[:12]} for row in hours],
        "received": format_count(figures.received),
        "resolved": format_count(figures.resolved),
        "open": format_count(figures.open),
        "printed": format_moment(clock.now()),
    }
    values = {"day": typed or format_day(day)}
    page = render_template("petitions/sheet.html", s=shown, v=values, errors={"day": error} if error else {})
    return page, 400 if error else 200
