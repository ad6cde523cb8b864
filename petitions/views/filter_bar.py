"""The filter bar of lists: what can be chosen, and what was chosen as chips that can be taken off."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from auth.actor import Actor
from core.i18n import format_day
from core.i18n import gettext as _
from petitions.forms.filters import ReadFilters
from petitions.queries.filters import NONE, Filters, programme_name
from petitions.views import choices
from petitions.views.words import DUE_CHOICES
from petitions.wards import ward_label

Pairs = list[tuple[str, str]]
TICKS = ("unsent", "absent")


def choices_of(session: Session, who: Actor, read: ReadFilters) -> dict[str, choices.Choices]:
    """The choice lists of the bar."""
    return {
        "kind": choices.kinds(unclassified=True),
        "field": [*choices.fields(session, who, active_only=False), (str(NONE), _("no field"))],
        "unit": [*choices.units(session, who), (str(NONE), _("in no unit yet"))],
        "officer": [*choices.officers(session, who), (str(NONE), _("nobody"))],
        "state": choices.states(),
        "flag": choices.flags(),
        "due": _due_choices(read),
    }


def _due_choices(read: ReadFilters) -> choices.Choices:
    """The three words, and the days of the address where it names days."""
    words = [(code, str(label)) for code, label in DUE_CHOICES]
    told = days_told(read.filters)
    return [*words, (read.typed["due"], told)] if told else words


def days_told(filters: Filters) -> str:
    """The due days asked for, in words; empty where none are."""
    first, last = format_day(filters.due_from), format_day(filters.due_to)
    if first and last:
        return _("from %(first)s to %(last)s", first=first, last=last)
    if first:
        return _("from %(first)s on", first=first)
    return _("until %(last)s", last=last) if last else ""


def chosen(
    session: Session,
    who: Actor,
    read: ReadFilters,
    every: Mapping[str, choices.Choices],
    kept: Pairs,
    address: Callable[[Pairs], str],
) -> list[dict[str, str]]:
    """Each filter in force, with the address of the list without it; ``every`` are the choices of the bar."""
    filters = read.filters
    if not filters.any:
        return []
    labels, words = _labels(), _words(session, who, read, every)
    found = []
    for name, value in kept:
        if name not in labels or not value or name in read.errors or (name in TICKS and value != "1"):
            continue
        dropped = {(name, value)} | ({("ward_text", read.typed["ward_text"])} if name == "ward_code" else set())
        rest = [pair for pair in kept if pair not in dropped]
        told = words.get(name, {}).get(value, value)
        found.append({"label": labels[name], "value": told, "remove_url": address(rest)})
    return found


def _labels() -> dict[str, str]:
    return {
        "kind": _("Kind"),
        "field": _("Field of matter"),
        "unit": _("Unit"),
        "officer": _("Officer"),
        "state": _("State"),
        "received_from": _("Received from"),
        "received_to": _("Received to"),
        "ward_code": _("Ward or commune"),
        "flag": _("Marks"),
        "due": _("Due"),
        "idle": _("Without an act"),
        "halted": _("Paused"),
        "finding": _("Finding of complexity"),
        "unsent": _("Sending"),
        "absent": _("Officer"),
        "programme": _("In the programme"),
    }


def _words(
    session: Session, who: Actor, read: ReadFilters, every: Mapping[str, choices.Choices]
) -> Mapping[str, dict[str, Any]]:
    typed, filters = read.typed, read.filters
    at_least = {"idle": _("%(n)s days or more", n=typed["idle"]), "halted": _("%(n)s days or more", n=typed["halted"])}
    if filters.halted == 0:
        at_least["halted"] = _("for any time")
    known: dict[str, dict[str, Any]] = {name: dict(pairs) for name, pairs in every.items()}
    known |= {name: {typed[name]: told} for name, told in at_least.items()}
    known["ward_code"] = {filters.ward_code: ward_label(filters.ward_code)}
    known["finding"] = {"missing": _("complex without a written finding")}
    known["unsent"] = {"1": _("resolved without proof of sending")}
    known["absent"] = {"1": _("absent today")}
    if filters.programme_id is not None:
        known["programme"] = {typed["programme"]: programme_name(session, who.office_id, filters.programme_id)}
    return known
