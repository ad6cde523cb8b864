"""The form of the audit of missed limits: a GET form, so that the address is the view."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from core.i18n import format_day
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.deadlines import RULE_IDS
from petitions.forms.shapes import parse_day, parse_id
from petitions.queries.audits import BANDS, Audit, What
from petitions.vocabulary import Kind

NAMES = ("from", "to", "what", "unit", "officer", "kind", "rule", "band")


@dataclass(frozen=True, slots=True)
class ReadAudit:
    """What was asked for, as typed and as understood; what could not be understood narrows nothing and is said."""

    typed: Mapping[str, str]
    audit: Audit
    errors: Mapping[str, object]


def read_audit(args: MultiDict[str, str], *, today: date) -> ReadAudit:
    """Read the parts of an address; without days it is the present month until today."""
    typed = {name: clean_line(args.get(name, ""))[:80] for name in NAMES}
    errors: dict[str, object] = {}
    days = {name: parse_day(typed[name]) if typed[name] else None for name in ("from", "to")}
    for name, day in days.items():
        if typed[name] and day is None:
            errors[name] = _l("This is no day; write it as dd/mm/yyyy.")
    last = days["to"] or today
    first = days["from"] or last.replace(day=1)
    if first > last:
        errors.setdefault("to", _l("This day lies before the first one."))
        first = last
    known = {"what": {*What}, "kind": {*Kind}, "rule": {*RULE_IDS}, "band": {*BANDS}}
    for name, codes in known.items():
        if typed[name] and typed[name] not in codes:
            errors[name] = _l("Choose from the list.")
    for name in ("unit", "officer"):
        if typed[name] and parse_id(typed[name]) is None:
            errors[name] = _l("Choose from the list.")
    taken = {name: "" if name in errors else typed[name] for name in NAMES}
    typed |= {
        name: format_day(day) for name, day in (("from", first), ("to", last)) if name not in errors and day is not None
    }
    audit = Audit(
        first=first,
        last=last,
        today=today,
        what=What(taken["what"]) if taken["what"] else None,
        unit_id=parse_id(taken["unit"]) if taken["unit"] else None,
        officer_id=parse_id(taken["officer"]) if taken["officer"] else None,
        kind=taken["kind"],
        rule_id=taken["rule"],
        band=taken["band"],
    )
    return ReadAudit(typed, audit, errors)
