"""The filter form of lists and search: a GET form, so that the address is the view."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.forms.shapes import parse_day, parse_id
from petitions.queries.lists import Filters
from petitions.vocabulary import Kind
from petitions.wards import wards, wards_named
from petitions.workflow import State

NAMES = ("kind", "field", "ward_code", "unit", "officer", "state", "received_from", "received_to")
FLAGS = ("complex", "prominent", "group")


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
    for name in ("field", "unit", "officer"):
        if typed[name] and parse_id(typed[name]) is None:
            errors[name] = _l("Choose from the list.")
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
    )
    return ReadFilters(typed, filters, errors)
