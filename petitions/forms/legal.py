"""The shape of the form that records a legal event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.deadlines import Variant
from petitions.deadlines.recording import Recordable
from petitions.forms.shapes import parse_count, parse_day
from petitions.services.legal_events import LegalInput
from petitions.vocabulary import ComplexityPoint


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """What was typed; the event it means, or None where something has no shape, and then what is wrong where."""

    typed: Mapping[str, Any]
    input: LegalInput | None
    errors: Mapping[str, object]


_TEXTS = ("occurred_on", "document_number", "document_on", "signer", "days", "for_day", "variant", "ground")


def read_event(line: Recordable, form: "MultiDict[str, str]") -> ReadEvent:
    """What the form says about an event that is recorded as ``line`` says."""
    typed: dict[str, Any] = {name: form.get(name, "") for name in _TEXTS}
    typed["points"] = [value for value in form.getlist("points") if value in _POINTS]
    errors: dict[str, object] = {}
    days = {name: _day(typed, name, errors) for name in ("occurred_on", "document_on", "for_day")}
    count = parse_count(typed["days"])
    if "days" in line.needs and typed["days"].strip() and count is None:
        errors["days"] = _l("Give a whole number.")
    if errors:
        return ReadEvent(typed, None, errors)
    variant = typed["variant"]
    found = LegalInput(
        event=line.event,
        occurred_on=days["occurred_on"],
        days=count if "days" in line.needs else None,
        variant=Variant(variant) if variant in set(Variant) else None,
        for_day=days["for_day"] if "for_day" in line.needs else None,
        points=sum(int(value) for value in set(typed["points"])) if "points" in line.needs else 0,
        document_number=clean_line(typed["document_number"]),
        document_on=days["document_on"],
        signer=clean_line(typed["signer"]),
        ground=clean_text(typed["ground"]),
    )
    return ReadEvent(typed, found, {})


_POINTS = {str(point.value) for point in ComplexityPoint}


def _day(typed: Mapping[str, Any], name: str, errors: dict[str, object]) -> date | None:
    text = clean_line(typed[name])
    day = parse_day(text) if text else None
    if text and day is None:
        errors[name] = _l("This is no day; write it as dd/mm/yyyy.")
    return day
