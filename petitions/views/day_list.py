"""The day's list of the desk: what was entered, for the file and to hand over."""

from datetime import date, timedelta
from typing import NamedTuple

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from auth import queries as people
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import AnyRow, db
from core.i18n import format_count, format_day
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.forms.shapes import parse_day
from petitions.queries.day_list import MOST_ROWS, DayList, day_list
from petitions.register import secret_name
from petitions.services.intake_input import EARLIEST_RECEIPT
from petitions.views.words import office_clock
from petitions.vocabulary import CHANNEL_LABELS, KIND_LABELS, Channel, Disposition, Kind

bp = Blueprint("day_list", __name__)

ONE_DAY = timedelta(days=1)
WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)


class PetitionShown(NamedTuple):
    """A petition of the day; ``struck`` with its ``reason`` when it was registered in error."""

    position: str
    at: str
    number: str
    url: str
    petitioner: str
    kind: str
    channel: str
    title: str
    clerk: str
    struck: bool
    reason: str


class VisitShown(NamedTuple):
    """A visit of the day."""

    position: str
    at: str
    url: str
    name: str
    kind: str
    content: str
    clerk: str


@bp.get("/petitions/day")
@requires(Permission.PETITION_VIEW)
def show() -> ResponseReturnValue:
    """The list of a day, today's where none is asked for."""
    who = actor()
    session = db.session()
    today = clock.today()
    typed = clean_line(request.args.get("on", ""))[:40]
    day = parse_day(typed) if typed else today
    errors = {}
    if day is None:
        errors["on"] = _("This is no day; write it as dd/mm/yyyy.")
    elif day > today:
        errors["on"] = _("This day lies in the future.")
    elif day < EARLIEST_RECEIPT:
        errors["on"] = _("This day is too long ago.")
    if errors or day is None:
        context = {"v": {"on": typed}, "errors": errors, "day": "", "rows": [], "visits": [], "totals": []}
        return render_template("petitions/day_list.html", **context, prev_url="", next_url=""), 400
    found = day_list(session, who, day)
    names = people.lookups(session, who.office_id).user_names
    root = request.script_root
    kinds = {kind.value: str(label) for kind, label in KIND_LABELS.items()}
    channels = {channel.value: str(label) for channel, label in CHANNEL_LABELS.items()}
    secret = secret_name()
    return render_template(
        "petitions/day_list.html",
        v={"on": format_day(day)},
        errors=errors,
        day=f"{WEEKDAYS[day.weekday()]} {format_day(day)}",
        rows=[
            PetitionShown(
                position=format_count(position),
                at=office_clock(row.registered_at),
                number=row.number,
                url=f"{root}/petitions/{row.number}",
                petitioner=secret if row.sealed else row.petitioner_name or "",
                kind=kinds[Kind(row.kind)],
                channel=channels[Channel(row.channel)],
                title=row.title,
                clerk=names.get(row.registered_by, ""),
                struck=_is_struck(row),
                reason=row.resolution_note if _is_struck(row) else "",
            )
            for position, row in enumerate(found.petitions, start=1)
        ],
        visits=[
            VisitShown(
                position=format_count(position),
                at=office_clock(row.registered_at),
                url="",
                name=row.name or secret,
                kind=kinds[Kind(row.kind)],
                content=row.content,
                clerk=names.get(row.registered_by, ""),
            )
            for position, row in enumerate(found.visits, start=1)
        ],
        totals=_totals(found),
        prev_url=_address(root, day - ONE_DAY) if day > EARLIEST_RECEIPT else "",
        next_url=_address(root, day + ONE_DAY) if day < today else "",
    )


def _is_struck(row: AnyRow) -> bool:
    return bool(row.disposition == Disposition.ENTERED_IN_ERROR)


def _totals(found: DayList) -> list[tuple[str, str]]:
    totals = [(_("Petitions"), format_count(found.petition_count - found.struck_count))]
    if found.struck_count:
        totals.append((_("registered in error"), format_count(found.struck_count)))
    totals.append((_("Visits without a petition"), format_count(found.visit_count)))
    if max(found.petition_count, found.visit_count) > MOST_ROWS:
        totals.append((_("listed here at most"), format_count(MOST_ROWS)))
    return totals


def _address(root: str, day: date) -> str:
    return f"{root}/petitions/day?on={format_day(day)}"
