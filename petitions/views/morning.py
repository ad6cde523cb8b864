"""The morning page of whoever oversees work: what is late, near, waiting or missing, each number with its list."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db
from core.i18n import format_count, format_day, format_moment, ngettext
from core.i18n import gettext as _
from core.integrity import latest
from petitions.forms.filters import MOST_DAYS, address_parts
from petitions.forms.shapes import parse_count, parse_id
from petitions.priority import Standing, reasons
from petitions.queries import lists, morning
from petitions.queries.filters import end_of_week
from petitions.queries.lists import COUNTED_TO, View
from petitions.queries.morning import HALTED_DAYS, IDLE_DAYS, Matter
from petitions.queries.oversight import oversees_office, unit_overseen, units_headed
from petitions.views import choices
from petitions.views.chrome import Today, counts_of, today_of
from petitions.views.words import DueWords, state_words

bp = Blueprint("morning", __name__)

TOP_ROWS = 5
_TONES = {Matter.LATE: "late", Matter.TODAY: "soon", Matter.WEEK: "soon"}


class LineShown(NamedTuple):
    """A number with its list, ready to print."""

    label: str
    help: str
    size: str
    url: str
    tone: str


@bp.get("/morning")
@requires(Permission.WORK_OVERSEE)
def show() -> ResponseReturnValue:
    """What has to be looked at first today."""
    who = actor()
    session = db.session()
    unit_id = unit_overseen(who, parse_id(request.args.get("unit", "")) or None)
    typed = {name: request.args.get(name, str(default)) for name, default in _DAYS.items()}
    days = {name: parse_count(text) for name, text in typed.items()}
    errors = {
        name: _("Write a number of days from %(least)s to %(most)s.", least=_LEAST[name], most=MOST_DAYS)
        for name, number in days.items()
        if number is None or not _LEAST[name] <= number <= MOST_DAYS
    }
    asked = {name: _DAYS[name] if name in errors else days[name] or 0 for name in _DAYS}
    now = today_of(session, who)
    return render_template(
        "petitions/morning.html",
        day=format_day(now.day),
        units=unit_choices(session, who),
        unit=str(unit_id or ""),
        unit_name=people.lookups(session, who.office_id).unit_names.get(unit_id or 0, ""),
        v=typed,
        errors=errors,
        groups=_groups(session, who, unit_id, asked, now),
        absent=_absent(session, who, unit_id, now),
        checks=_checks(session) if who.may(Permission.SYSTEM_VIEW) else None,
        top=_top(session, who, unit_id, now),
        top_url=address_of(morning.top_view(unit_id, limit=TOP_ROWS)),
    )


_DAYS = {"idle": IDLE_DAYS, "halted": HALTED_DAYS}
_LEAST = {"idle": 1, "halted": 0}


def address_of(view: View) -> str:
    """Where the list of ``view`` stands."""
    parts = address_parts(view.filters)
    return f"{request.script_root}/queues/{view.queue}" + (f"?{urlencode(parts)}" if parts else "")


def unit_choices(session: Session, who: Actor) -> choices.Choices:
    """The units that somebody can look at; a supervisor the office as well."""
    if oversees_office(who):
        return choices.with_blank(choices.units(session, who), _("The whole office"))
    headed = {str(unit_id) for unit_id in units_headed(who)}
    return [pair for pair in choices.units(session, who) if pair[0] in headed]


def _groups(
    session: Session, who: Actor, unit_id: int | None, days: dict[str, int], now: Today
) -> list[tuple[str, list[LineShown]]]:
    lines = morning.lines(unit_id, idle=days["idle"], halted=days["halted"])
    counts = counts_of(session, who)
    sizes = morning.sizes(session, who, lines, today=now.day, soon_until=now.soon_until, counts=counts)
    words = _words(days, now)
    shown = {
        line.matter: LineShown(
            *words[line.matter], count_told(size), address_of(line.view), _TONES.get(line.matter, "") if size else ""
        )
        for line, size in zip(lines, sizes, strict=True)
    }
    return [
        (_("Limits"), [shown[matter] for matter in (Matter.LATE, Matter.TODAY, Matter.WEEK, Matter.HALTED)]),
        (_("Work given out"), [shown[matter] for matter in (Matter.UNASSIGNED, Matter.ABSENT, Matter.IDLE)]),
        (_("Waiting for a supervisor"), [shown[matter] for matter in (Matter.ESCALATED, Matter.CONFIRMATION)]),
        (_("Missing in the file"), [shown[matter] for matter in (Matter.FINDING, Matter.UNSENT)]),
    ]


def count_told(size: int) -> str:
    """A list's size as far as it was counted."""
    if size == COUNTED_TO + 1:
        return _("more than %(count)s", count=format_count(COUNTED_TO))
    return format_count(size)


def _words(days: dict[str, int], now: Today) -> dict[Matter, tuple[str, str]]:
    """The label of each line and what it means."""
    sunday = format_day(end_of_week(now.day))
    halted = _("No limit runs for %(n)s days", n=days["halted"]) if days["halted"] else _("No limit runs")
    return {
        Matter.LATE: (_("Late"), _("the due day has passed and the limit runs")),
        Matter.TODAY: (_("Due today"), ""),
        Matter.WEEK: (_("Due this week"), _("from today to Sunday, %(day)s", day=sunday)),
        Matter.HALTED: (halted, _("all limits are suspended or done, but the petition is open")),
        Matter.UNASSIGNED: (_("Unassigned"), _("no officer works on them")),
        Matter.ABSENT: (_("Officer absent today"), _("open petitions of those who are absent")),
        Matter.IDLE: (_("No act for %(n)s days", n=days["idle"]), _("open, and nothing was done since then")),
        Matter.ESCALATED: (_("Escalated, waiting for a reply"), ""),
        Matter.CONFIRMATION: (_("Proposals that await confirmation"), ""),
        Matter.FINDING: (_("Complex without a written finding"), _("the longer limit needs the finding in the file")),
        Matter.UNSENT: (_("Resolved without proof of sending"), _("the limit for sending or telling still runs")),
    }


def _checks(session: Session) -> dict[str, Any] | None:
    """What the program's checks of itself found last; None before the first."""
    names = {
        "database": _("The database itself, and its guards against changes"),
        "chain": _("The audit chain and its anchors"),
        "seals": _("What is sealed opens with the keys at hand"),
        "accounts": _("Users and their rights against the chain"),
        "time": _("The clock, and the moments that were recorded"),
        "anchors": _("Anchors written to the second place"),
        "events": _("The history of petitions against the chain"),
        "petitions": _("Petitions against their history"),
        "legal": _("Legal events against the chain"),
        "attachments": _("Attachments, against the history of their petitions"),
        "clocks": _("Limits as the law counts them"),
        "queues": _("Queues, counts and gapless numbers"),
        "files": _("Attachments, by their hashes"),
        "index": _("The search index"),
    }
    found = latest(session)
    if not found:
        return None
    faults = sum(row.faults for row in found)
    told = ngettext("%(num)s fault", "%(num)s faults", faults, num=format_count(faults))
    return {
        "faults": faults,
        "told": f"{told} · {format_moment(max(row.at for row in found))}",
        "rows": [
            {
                "name": str(names.get(row.name, row.name)),
                "at": format_moment(row.at),
                "checked": format_count(row.checked),
                "faults": format_count(row.faults),
                "tone": "late" if row.faults else "",
                "detail": row.detail,
            }
            for row in found
        ],
    }


def _absent(session: Session, who: Actor, unit_id: int | None, now: Today) -> list[str]:
    known = people.lookups(session, who.office_id)
    of_unit = {officer.id for officer in known.officers if unit_id is None or unit_id in officer.unit_ids}
    told = []
    for row in morning.absences_on(session, who.office_id, now.day):
        if row.user_id not in of_unit:
            continue
        name, until = known.user_names.get(row.user_id, ""), format_day(row.last_day)
        stands_in = known.user_names.get(row.substitute_id or 0, "")
        if stands_in:
            told.append(_("%(name)s until %(day)s; %(who)s stands in", name=name, day=until, who=stands_in))
        else:
            told.append(_("%(name)s until %(day)s; nobody stands in", name=name, day=until))
    return told


def _top(session: Session, who: Actor, unit_id: int | None, now: Today) -> list[dict[str, Any]]:
    view = morning.top_view(unit_id, limit=TOP_ROWS)
    rows = lists.page(session, view, who, today=now.day, soon_until=now.soon_until).rows
    names, states = people.lookups(session, who.office_id).user_names, state_words()
    due = DueWords.on(now.day, now.soon_until)
    return [
        {
            "number": row.number,
            "url": f"{request.script_root}/petitions/{row.number}",
            "title": row.title,
            "why": " · ".join(str(word) for word in reasons(Standing.of(row), now.day)),
            "due": format_day(row.due_on),
            "due_class": "" if row.halted_on else due.tell(row.due_on)[1],
            "officer": names.get(row.officer_id or 0, ""),
            "state": states[row.state],
            "state_class": row.state,
        }
        for row in rows
    ]
