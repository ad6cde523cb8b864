"""The form of a visit without a petition, and the days for which the register is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from werkzeug.datastructures import MultiDict

from core.i18n import format_day
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.forms.shapes import parse_count, parse_day
from petitions.services.desk import VisitInput
from petitions.vocabulary import Kind

FIELDS = (
    "visited_on",
    "kind",
    "name",
    "id_number",
    "address",
    "people_count",
    "handled_before_by",
    "content",
    "in_jurisdiction",
    "guided_to",
    "transferred_to",
    "follow_up",
    "remark",
    "intake_token",
)
# Several kinds in one visit are several entries; the form has one line for each kind.
KINDS = (Kind.COMPLAINT, Kind.DENUNCIATION, Kind.RECOMMENDATION, Kind.UNCLASSIFIED)
LONGEST_PERIOD = timedelta(days=366)
_LONGEST_TOKEN = 36


@dataclass(frozen=True, slots=True)
class ReadVisit:
    """The form as typed, what it says, and what could not be read (field to message)."""

    typed: dict[str, str]
    visit: VisitInput | None
    errors: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ReadPeriod:
    """The days asked for, as typed and as understood; without ``errors``, ``first`` is not after ``last``."""

    typed: Mapping[str, str]
    first: date
    last: date
    errors: Mapping[str, object]


def read_visit(form: MultiDict[str, str]) -> ReadVisit:
    """Read the form of a visit."""
    typed = {name: clean_line(form.get(name, "")) for name in FIELDS}
    typed["content"] = clean_text(form.get("content", ""))
    errors: dict[str, object] = {}
    visited_on = parse_day(typed["visited_on"])
    if visited_on is None:
        errors["visited_on"] = _l("Give the day as dd/mm/yyyy.")
    if typed["kind"] not in KINDS:
        errors["kind"] = _l("Choose the kind.")
    people = parse_count(typed["people_count"]) if typed["people_count"] else 1
    if people is None:
        errors["people_count"] = _l("Give a whole number.")
    if errors or visited_on is None or people is None:
        return ReadVisit(typed, None, errors)
    token = typed["intake_token"]
    visit = VisitInput(
        visited_on=visited_on,
        kind=Kind(typed["kind"]),
        content=typed["content"],
        name=typed["name"],
        address=typed["address"],
        id_number=typed["id_number"],
        people_count=people,
        handled_before_by=typed["handled_before_by"],
        in_jurisdiction=bool(typed["in_jurisdiction"]),
        guided_to=typed["guided_to"],
        transferred_to=typed["transferred_to"],
        follow_up=typed["follow_up"],
        remark=typed["remark"],
        token=token if token and len(token) <= _LONGEST_TOKEN and token.isascii() else None,
    )
    return ReadVisit(typed, visit, errors)


def read_period(args: MultiDict[str, str], *, today: date) -> ReadPeriod:
    """Read ``from`` and ``to``: the present month where nothing is typed, at most a year."""
    typed = {name: clean_line(args.get(name, ""))[:40] for name in ("from", "to")}
    errors: dict[str, object] = {}
    days: dict[str, date | None] = {}
    for name, text in typed.items():
        days[name] = parse_day(text) if text else None
        if text and days[name] is None:
            errors[name] = _l("This is no day; write it as dd/mm/yyyy.")
    last = days["to"] or (today if days["from"] is None else max(today, days["from"]))
    first = days["from"] or last.replace(day=1)
    if not errors and first > last:
        errors["to"] = _l("This day lies before the first one.")
    elif not errors and last - first > LONGEST_PERIOD:
        errors["from"] = _l("At most one year at a time.")
    if errors:
        return ReadPeriod(typed, today, today, errors)
    return ReadPeriod({"from": format_day(first), "to": format_day(last)}, first, last, errors)
