"""Programmes against the backlog: set one up, see how it goes, end it."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from auth import queries as people
from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.clock import office_time
from core.database import AnyRow, db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count, format_day, format_moment
from core.i18n import gettext as _
from petitions.burndown import Course, Pace, empty_on, pace_achieved, pace_needed, weeks
from petitions.charts import burndown_chart, share
from petitions.deadlines import WorkingCalendar
from petitions.forms.programmes import read_programme
from petitions.forms.shapes import LARGEST_ID
from petitions.history import tell
from petitions.models import Programme
from petitions.next_steps import Standing, next_step
from petitions.queries import programmes as queries
from petitions.queries.programmes import Hard, Part
from petitions.services import programmes as services
from petitions.views import choices
from petitions.views.chrome import today_of
from petitions.views.words import DueWords, MarkWords
from petitions.workflow import State

bp = Blueprint("programmes", __name__)
_NOTE_SHOWN = 120
_ID = f"<int(max={LARGEST_ID}):programme_id>"


class Figure(NamedTuple):
    """A number with the list that holds exactly its petitions."""

    text: str
    url: str


class PartShown(NamedTuple):
    """A unit or a field of a programme: all, settled, left, and how much of it is settled in hundredths."""

    name: str
    all: Figure
    settled: Figure
    left: Figure
    share: int
    percent: str


class WeekShown(NamedTuple):
    """A week of the programme, ready to print; what lies ahead has no figures but the ideal."""

    number: int
    days: str
    settled: str
    returned: str
    left: str
    ideal: str
    tone: str
    running: bool


class CaseShown(NamedTuple):
    """A complex or prominent case that is left."""

    number: str
    url: str
    title: str
    marks: tuple[str, ...]
    holder: str
    due: str
    due_words: str
    due_class: str
    acted_at: str
    act: str
    next: str
    reminder: str


@bp.get("/programmes")
@requires(Permission.PETITION_VIEW)
def index() -> ResponseReturnValue:
    """The office's programmes, and the form for a new one."""
    return _index_page({})


@bp.post("/programmes")
@requires(Permission.PROGRAMME_KEEP)
def create() -> ResponseReturnValue:
    """Set up a programme; with a fault, everything typed comes back with the message beside it."""
    read = read_programme(request.form)
    try:
        with unit_of_work() as session:
            programme_id = services.create(session, read.programme, by=actor())
    except InvalidInput as error:
        return _index_page(read.typed, {**error.errors, **read.errors}), 400
    flash(_("The programme is set up."), "success")
    return redirect(f"{request.script_root}/programmes/{programme_id}")


def _index_page(typed: Mapping[str, str], errors: Mapping[str, object] | None = None) -> str:
    who = actor()
    session = db.session()
    rows = []
    for programme in queries.programmes_of(session, who.office_id):
        if programme.ended_at is not None:
            # Counted on its own page: an office may have had many.
            rows.append({**_named(programme), "settled": "", "left": "", "share": 0, "percent": ""})
            continue
        parts = queries.parts_of(session, programme, who)
        left, settled = sum(part.left for part in parts), sum(part.settled for part in parts)
        rows.append(
            {
                **_named(programme),
                "settled": format_count(settled),
                "left": format_count(left),
                "share": share(settled, settled + left),
                "percent": _percent(settled, settled + left),
            }
        )
    return render_template(
        "petitions/programmes.html",
        rows=rows,
        can_keep=who.may(Permission.PROGRAMME_KEEP),
        v=typed,
        errors={name: str(message) for name, message in (errors or {}).items()},
    )


@bp.get(f"/programmes/{_ID}")
@requires(Permission.PETITION_VIEW)
def show(programme_id: int) -> ResponseReturnValue:
    """How a programme goes: by unit and field, week by week, the rates, new arrivals, the hard cases."""
    who = actor()
    session = db.session()
    programme = queries.get_programme(session, programme_id, who)
    now = today_of(session, who)
    parts = queries.parts_of(session, programme, who)
    course = queries.course_of(session, programme, who)
    until = min(now.day, office_time(programme.ended_at).date()) if programme.ended_at else now.day
    shown_weeks = weeks(course, until)
    units = dict(choices.units(session, who)) | {
        str(unit_id): name for unit_id, name in people.lookups(session, who.office_id).unit_names.items()
    }
    fields = dict(choices.fields(session, who, active_only=False))
    return render_template(
        "petitions/programme.html",
        programme=_named(programme),
        printed=format_moment(clock.now()),
        can_end=programme.ended_at is None and who.may(Permission.PROGRAMME_KEEP),
        sees_all=who.may(Permission.SEALED_VIEW_ALL),
        **_totals(programme, parts, course),
        by_unit=_by(programme, parts, "unit", units, _("no unit")),
        by_field=_by(programme, parts, "field", fields, _("no field")),
        weeks=[_week(week, until) for week in shown_weeks],
        chart=burndown_chart(course.at_start, shown_weeks),
        rates=[] if programme.ended_at else _rates(course, now.day, now.calendar),
        arrivals=_arrivals(programme, queries.arrivals_of(session, programme, who)),
        **_hard_cases(programme, who),
    )


@bp.post(f"/programmes/{_ID}/end")
@requires(Permission.PROGRAMME_KEEP)
def end(programme_id: int) -> ResponseReturnValue:
    """End a programme; its page stays."""
    with unit_of_work() as session:
        services.end(session, programme_id, by=actor())
    flash(_("The programme has ended; its page stays."), "success")
    return redirect(f"{request.script_root}/programmes/{programme_id}")


def _named(programme: Programme) -> dict[str, Any]:
    return {
        "id": programme.id,
        "name": programme.name,
        "note": programme.note,
        "url": f"{request.script_root}/programmes/{programme.id}",
        "cut_off": format_day(programme.cut_off_on),
        "starts": format_day(programme.starts_on),
        "target": format_day(programme.target_on),
        "ended": format_moment(programme.ended_at)[:10],
        "days_left": (programme.target_on - clock.today()).days,
    }


def _list(queue: str, **parts: object) -> str:
    return f"{request.script_root}/queues/{queue}?{urlencode({name: str(value) for name, value in parts.items()})}"


def _totals(programme: Programme, parts: Sequence[Part], course: Course) -> dict[str, Any]:
    left, settled = sum(part.left for part in parts), sum(part.settled for part in parts)
    back = left + settled - course.at_start
    return {
        "total": PartShown(
            "",
            Figure(format_count(left + settled), _list("all", programme=programme.id)),
            Figure(format_count(settled), _list("all", programme=programme.id, state=State.RESOLVED.value)),
            Figure(format_count(left), _list("open", programme=programme.id)),
            share(settled, settled + left),
            _percent(settled, settled + left),
        ),
        "at_start": format_count(course.at_start),
        "came_back": format_count(back) if back else "",
    }


def _by(
    programme: Programme, parts: Sequence[Part], name: str, names: Mapping[str, str], nameless: str
) -> list[PartShown]:
    """The parts summed by unit or by field."""
    sums: dict[int, list[int]] = {}
    for part in parts:
        key = part.unit_id if name == "unit" else part.field_id
        left, settled = sums.setdefault(key, [0, 0])
        sums[key] = [left + part.left, settled + part.settled]
    shown = []
    for key, (left, settled) in sums.items():
        asked = {"programme": programme.id, name: key}
        shown.append(
            PartShown(
                names.get(str(key), str(key)) if key else nameless,
                Figure(format_count(left + settled), _list("all", **asked)),
                Figure(format_count(settled), _list("all", **asked, state=State.RESOLVED.value)),
                Figure(format_count(left), _list("open", **asked)),
                share(settled, settled + left),
                _percent(settled, settled + left),
            )
        )
    return shown


def _week(week: Any, until: date) -> WeekShown:
    ideal = math.ceil(week.ideal)
    behind = week.left is not None and week.left > ideal
    return WeekShown(
        week.number,
        f"{format_day(week.first)} – {format_day(week.last)}",
        "" if week.settled is None else format_count(week.settled),
        format_count(week.returned) if week.returned else "",
        "" if week.left is None else format_count(week.left),
        format_count(ideal),
        "" if week.left is None else "behind" if behind else "ahead",
        week.first <= until <= week.last,
    )


def _rates(course: Course, today: date, calendar: WorkingCalendar) -> list[dict[str, str]]:
    """The rate needed and the rates achieved, each with the day at which the programme would be empty."""
    if not course.left_after(today):
        return []
    needed = pace_needed(course, today, calendar)
    rows = [
        {
            "name": _("Needed to reach the target"),
            "over": _("%(n)s working days left, today included", n=format_count(needed.working_days)) if needed else "",
            **_pace(needed, _("the target has passed")),
            "empty": format_day(course.target_on) if needed else "",
            "tone": "",
        }
    ]
    for recent, name in ((True, _("Achieved in the last four weeks")), (False, _("Achieved since the start"))):
        pace = pace_achieved(course, today, calendar, recent=recent)
        day = empty_on(course, pace, today, calendar)
        over = _("%(n)s working days over", n=format_count(pace.working_days)) if pace else ""
        rows.append(
            {
                "name": name,
                "over": over,
                **_pace(pace, _("no working day is over yet")),
                "empty": "" if pace is None else format_day(day) if day else _("never at this rate"),
                "tone": "" if pace is None else "never" if day is None else "behind" if day > course.target_on else "",
            }
        )
    return rows


def _pace(pace: Pace | None, missing: str) -> dict[str, str]:
    if pace is None:
        return {"a_day": missing, "a_week": ""}
    return {"a_day": _decimal(pace.a_day), "a_week": _decimal(pace.a_week)}


def _decimal(value: float) -> str:
    """One decimal after a comma, thousands apart, as it is written in Vietnamese."""
    whole, _point, part = f"{value:.1f}".partition(".")
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{format_count(int(whole))},{part}"


def _percent(part: int, whole: int) -> str:
    return f"{_decimal(100 * part / whole)}%" if whole else ""


def _arrivals(programme: Programme, found: queries.Arrivals) -> dict[str, Any]:
    since = format_day(date.fromordinal(programme.cut_off_on.toordinal() + 1))
    return {
        "since": since,
        "all": Figure(format_count(found.arrived), _list("all", received_from=since)),
        "settled": Figure(format_count(found.resolved), _list("all", received_from=since, state=State.RESOLVED.value)),
        "open": Figure(format_count(found.open), _list("open", received_from=since)),
        "in_error": format_count(found.in_error) if found.in_error else "",
    }


def _hard_cases(programme: Programme, who: Actor) -> dict[str, Any]:
    session = db.session()
    now = today_of(session, who)
    found = queries.hard_cases(session, programme, who, after=_read_key(request.args.get("after", "")))
    known = people.lookups(session, who.office_id)
    fields = {int(key): name for key, name in choices.fields(session, who, active_only=False)}
    due, marks = DueWords.on(now.day, now.soon_until), MarkWords.on(now.day)
    url = f"{request.script_root}/programmes/{programme.id}"
    last = found.rows[-1] if found.rows else None
    return {
        "cases": [_case(row, found, known, fields, due, marks, who) for row in found.rows],
        "cases_next_url": f"{url}?after={last.priority_key}.{last.id}#hard" if last is not None and found.more else "",
        "cases_first_url": f"{url}#hard" if request.args.get("after") else "",
    }


def _read_key(text: str) -> tuple[int, int] | None:
    key, _dot, last_id = text.partition(".")
    digits = key.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and last_id.isascii() and last_id.isdigit()):
        return None
    found = int(key) if len(key) <= 19 else 2**63, int(last_id) if len(last_id) <= 19 else 2**63
    return found if max(abs(part) for part in found) < 2**63 else None


def _case(
    row: AnyRow,
    found: Hard,
    known: people.Lookups,
    fields: Mapping[int, str],
    due: DueWords,
    marks: MarkWords,
    who: Actor,
) -> CaseShown:
    act, limit, reminder = found.acts.get(row.id), found.clocks.get(row.id), found.reminders.get(row.id)
    officer = known.user_names.get(row.officer_id, "") if row.officer_id else ""
    unit = known.unit_names.get(row.unit_id, "") if row.unit_id else ""
    words, tone = due.tell(limit.due_on) if limit is not None else ("", "")
    standing = Standing(
        state=State(row.state),
        proposed=row.proposed_disposition is not None,
        officer=officer,
        unit=unit,
        escalated_to=known.user_names.get(row.escalated_to_id, "") if row.escalated_to_id else "",
        reply_by=row.reply_by,
        rule_id=limit.rule_id if limit is not None else "",
        rule_version=limit.rule_version if limit is not None else "",
        due_on=limit.due_on if limit is not None else None,
    )
    told = ""
    if reminder is not None:
        # What somebody wrote for themselves stays theirs.
        whose = known.user_names.get(reminder.user_id, "")
        told = f"{format_day(reminder.remind_on)} {reminder.text if reminder.user_id == who.id else whose}".strip()
    return CaseShown(
        row.number,
        f"{request.script_root}/petitions/{row.number}",
        row.title,
        marks.marks(row),
        " · ".join(part for part in (officer, unit) if part),
        format_day(limit.due_on) if limit is not None else "",
        words,
        tone,
        format_moment(act.recorded_at) if act is not None else "",
        _told(act, fields) if act is not None else "",
        next_step(standing),
        told,
    )


def _told(act: AnyRow, fields: Mapping[int, str]) -> str:
    sentence = tell(act, field_name=lambda field_id: fields.get(field_id, "")).sentence
    # A note says nothing without its words.
    if act.action != "note":
        return sentence
    return f"{sentence} {act.reason[:_NOTE_SHOWN]}{'…' if len(act.reason) > _NOTE_SHOWN else ''}"
