"""The register of citizens received: enter a visit without a petition, show the register, hand it out for Excel."""

import uuid
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy.exc import IntegrityError

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count, format_day
from core.i18n import gettext as _
from petitions import register
from petitions.forms.shapes import parse_day
from petitions.forms.visits import FIELDS, KINDS, ReadPeriod, read_period, read_visit
from petitions.queries.visits import register_count, register_entries, register_page
from petitions.services.desk import VisitInput, register_visit
from petitions.views.chrome import office_name
from petitions.vocabulary import KIND_LABELS
from petitions.workbooks import Line, table_workbook

bp = Blueprint("visits", __name__)

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS = (5, 11, 28, 16, 40, 13, 10, 18, 8, 22, 22, 22, 20)


class RowShown(NamedTuple):
    """An entry of the register with every value ready to print; ``number`` is its place in the list."""

    number: str
    visited_on: str
    name_address: str
    id_number: str
    content: str
    kind: str
    people_count: str
    settled_by: str
    competent: str
    guided_to: str
    passed_to: str
    result: str
    note: str
    url: str
    struck: bool


@bp.get("/visits/new")
@requires(Permission.PETITION_RECEIVE)
def new() -> ResponseReturnValue:
    """The empty form; the day stays for the next visit."""
    day = parse_day(request.args.get("visited_on", "")) or clock.today()
    typed = dict.fromkeys(FIELDS, "")
    typed |= {"visited_on": format_day(day), "people_count": "1", "intake_token": str(uuid.uuid4())}
    return render_template("petitions/visit.html", **_form_context(typed, {}))


@bp.post("/visits/new")
@requires(Permission.PETITION_RECEIVE)
def create() -> ResponseReturnValue:
    """Enter the visit; with a fault, everything typed comes back with the message beside it."""
    read = read_visit(request.form)
    if read.visit is None:
        return _again(read.typed, read.errors)
    try:
        _register(read.visit, actor())
    except InvalidInput as error:
        return _again(read.typed, error.errors)
    flash(_("The visit is entered in the register."), "success")
    root, day = request.script_root, format_day(read.visit.visited_on)
    if request.form.get("then") == "list":
        return redirect(f"{root}/visits?{urlencode({'from': day, 'to': day})}")
    return redirect(f"{root}/visits/new?{urlencode({'visited_on': day})}")


def _register(visit: VisitInput, who: Actor) -> None:
    try:
        with unit_of_work() as session:
            register_visit(session, visit, by=who)
    except IntegrityError:
        # The same form, sent twice at the same moment: the other one was faster.
        with unit_of_work() as session:
            register_visit(session, visit, by=who)


def _again(typed: dict[str, str], errors: Any) -> ResponseReturnValue:
    typed["intake_token"] = typed["intake_token"] or str(uuid.uuid4())
    shown = {name: str(errors[name]) for name in FIELDS if name in errors}
    return render_template("petitions/visit.html", **_form_context(typed, shown)), 400


def _form_context(typed: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    return {
        "v": typed,
        "errors": errors,
        "choices": {"kind": [(kind.value, str(KIND_LABELS[kind])) for kind in KINDS]},
    }


@bp.get("/visits")
@requires(Permission.PETITION_VIEW)
def show() -> ResponseReturnValue:
    """The register of the days asked for, in the columns of form 03/TCD."""
    who = actor()
    session = db.session()
    root = request.script_root
    period = read_period(request.args, today=clock.today())
    rows: list[RowShown] = []
    pager = {"prev_url": "", "next_url": ""}
    count_text = export_url = ""
    if not period.errors:
        page = register_page(
            session,
            who,
            period.first,
            period.last,
            after=request.args.get("after", ""),
            before=request.args.get("before", ""),
        )
        rows = [_row(number, entry, root) for number, entry in enumerate(page.entries, start=page.first_number)]
        pager = {
            "prev_url": _address(period, before=page.previous_key) if page.previous_key else "",
            "next_url": _address(period, after=page.next_key) if page.next_key else "",
        }
        count_text = _count_text(register_count(session, who, period.first, period.last), rows)
        if who.may(Permission.PETITION_RECEIVE):
            export_url = f"{root}/visits/register.xlsx?{urlencode(period.typed)}"
    context = {
        "v": period.typed,
        "errors": {name: str(message) for name, message in period.errors.items()},
        "rows": rows,
        "count_text": count_text,
        "form_name": register.FORM,
        "new_url": f"{root}/visits/new" if who.may(Permission.PETITION_RECEIVE) else "",
        "export_url": export_url,
        "pager": pager,
    }
    return render_template("petitions/visits.html", **context), 400 if period.errors else 200


def _row(number: int, entry: register.Entry, root: str) -> RowShown:
    columns = register.columns_of(entry)
    url = f"{root}/petitions/{columns.petition}" if columns.petition else ""
    return RowShown._make((format_count(number), *columns.texts(), url, columns.struck))


def _count_text(count: int, rows: list[RowShown]) -> str:
    if not rows or len(rows) == count:
        return _("%(count)s entries", count=format_count(count))
    return _(
        "%(count)s entries, shown: %(first)s to %(last)s",
        count=format_count(count),
        first=rows[0].number,
        last=rows[-1].number,
    )


def _address(period: ReadPeriod, **keys: str) -> str:
    return f"{request.script_root}/visits?{urlencode({**period.typed, **keys})}"


@bp.get("/visits/register.xlsx")
@requires(Permission.PETITION_RECEIVE)
def workbook() -> ResponseReturnValue:
    """The register of the days asked for as a workbook, always in Vietnamese: it is a statutory form."""
    who = actor()
    session = db.session()
    period = read_period(request.args, today=clock.today())
    if period.errors:
        raise InvalidInput(period.errors)
    with force_locale("vi"):
        entries = register_entries(session, who, period.first, period.last)
        content = table_workbook(
            sheet="Sổ tiếp công dân",
            above=(
                register.TITLE,
                f"{office_name(session, who.office_id)} – {register.FORM}",
                f"Từ ngày {period.typed['from']} đến ngày {period.typed['to']}",
            ),
            headings=register.HEADINGS,
            widths=_WIDTHS,
            lines=(_line(number, entry) for number, entry in enumerate(entries, start=1)),
        )
    response = make_response(content)
    response.mimetype = _WORKBOOK
    name = f"so-tiep-cong-dan-{period.first.isoformat()}-{period.last.isoformat()}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _line(number: int, entry: register.Entry) -> Line:
    columns = register.columns_of(entry)
    return Line((str(number), *columns.texts()), columns.struck)
