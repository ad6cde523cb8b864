"""The filter form of lists and search: a GET form, so that the address is the view."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.forms.shapes import parse_count, parse_day, parse_id
from petitions.queries.filters import DUE_LATE, DUE_TODAY, DUE_WEEK, MISSING, Filters
from petitions.vocabulary import Kind
from petitions.wards import wards, wards_named
from petitions.workflow import State

NAMES = (
    "kind",
    "field",
    "ward_code",
    "unit",
    "officer",
    "state",
    "received_from",
    "received_to",
    "due",
    "idle",
    "halted",
    "finding",
    "unsent",
    "absent",
    "programme",
)
FLAGS = ("complex", "prominent", "major", "group")
DUE_WORDS = (DUE_LATE, DUE_TODAY, DUE_WEEK)
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class ReadFilters:
    """What was asked for, as typed and as understood; what could not be understood narrows nothing and is said."""

    typed: Mapping[str, Any]
    filters: Filters
    errors: Mapping[str, object]


def read_filters(args: MultiDict[str, str]) -> ReadFilters:
    """Read the filters of an address."""
    typed: dict[str, Any] = {name: clean_line(args.get(name, ""))[:80] for name in NAMES}
    typed["ward_text"] = clean_line(args.get("ward_text", ""))[:120]
    typed["flag"] = [flag for flag in FLAGS if flag in args.getlist("flag")]
    errors: dict[str, object] = {}
    days = {}
    for name in ("received_from", "received_to"):
        days[name] = parse_day(typed[name]) if typed[name] else None
        if typed[name] and days[name] is None:
            errors[name] = _l("This is no day; write it as dd/mm/yyyy.")
    if typed["ward_code"] and typed["ward_code"] not in wards():
        errors["ward_code"] = _l("There is no commune with this code.")
    elif typed["ward_text"] and not typed["ward_code"]:
        # Typed and sent without choosing from the list.
        named = wards_named(typed["ward_text"])
        typed["ward_code"] = named[0] if len(named) == 1 else ""
        if not typed["ward_code"]:
            errors["ward_code"] = _l("Choose from the list.")
    chosen: dict[str, set[str]] = {"kind": {*Kind}, "state": {*State}}
    for name, codes in chosen.items():
        if typed[name] and typed[name] not in codes:
            errors[name] = _l("Choose from the list.")
    for name in ("field", "unit", "officer", "programme"):
        if typed[name] and parse_id(typed[name]) is None:
            errors[name] = _l("Choose from the list.")
    if typed["finding"] not in ("", MISSING):
        errors["finding"] = _l("Choose from the list.")
    due, due_from, due_to = _due(typed["due"], errors)
    filters = Filters(
        kind=typed["kind"] if typed["kind"] in set(Kind) else "",
        field_id=parse_id(typed["field"]),
        ward_code=typed["ward_code"] if typed["ward_code"] in wards() else "",
        unit_id=parse_id(typed["unit"]),
        officer_id=parse_id(typed["officer"]),
        state=typed["state"] if typed["state"] in set(State) else "",
        received_from=days["received_from"],
        received_to=days["received_to"],
        flags=tuple(typed["flag"]),
        due=due,
        due_from=due_from,
        due_to=due_to,
        idle=_days("idle", typed, errors, least=1),
        halted=_days("halted", typed, errors, least=0),
        finding=MISSING if typed["finding"] == MISSING else "",
        unsent=typed["unsent"] == "1",
        absent=typed["absent"] == "1",
        programme_id=parse_id(typed["programme"]),
    )
    return ReadFilters(typed, filters, errors)


def _days(name: str, typed: Mapping[str, Any], errors: dict[str, object], *, least: int) -> int | None:
    if not typed[name]:
        return None
    number = parse_count(typed[name])
    if number is None or not least <= number <= MOST_DAYS:
        errors[name] = _l("Write a number of days from %(least)s to %(most)s.", least=least, most=MOST_DAYS)
        return None
    return number


def _due(typed: str, errors: dict[str, object]) -> tuple[str, date | None, date | None]:
    """The word, or the first and the last day of ``DAY..DAY``, where one of the two may be left out."""
    if not typed or typed in DUE_WORDS:
        return typed, None, None
    first, dots, last = typed.partition("..")
    written = [text for text in (first, last) if text.strip()]
    days = [parse_day(text) if text.strip() else None for text in (first, last)]
    understood = bool(dots and written) and len(written) == sum(day is not None for day in days)
    if not understood:
        errors["due"] = _l("Choose from the list, or write two days: dd/mm/yyyy..dd/mm/yyyy.")
        return "", None, None
    return "", days[0], days[1]


def address_parts(filters: Filters) -> list[tuple[str, str]]:
    """The parts of an address that ``read_filters`` reads as ``filters``."""
    days = [filters.due_from, filters.due_to]
    due = "..".join(day.isoformat() if day else "" for day in days) if any(days) else filters.due
    values: dict[str, object] = {
        "kind": filters.kind,
        "field": filters.field_id,
        "ward_code": filters.ward_code,
        "unit": filters.unit_id,
        "officer": filters.officer_id,
        "state": filters.state,
        "received_from": filters.received_from,
        "received_to": filters.received_to,
        "due": due,
        "idle": filters.idle,
        "halted": filters.halted,
        "finding": filters.finding,
        "unsent": "1" if filters.unsent else "",
        "absent": "1" if filters.absent else "",
        "programme": filters.programme_id,
    }
    parts = [(name, str(values[name])) for name in NAMES if values[name] not in ("", None)]
    return [*parts, *(("flag", flag) for flag in filters.flags)]
