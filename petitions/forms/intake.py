"""The intake form, read by hand: it is the hottest form of the program, and its rows repeat.

Field names are the native column names of the import.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from core import clock
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.forms.shapes import parse_count, parse_day, parse_id
from petitions.importing import aliases
from petitions.services.intake_input import Intake, PartyInput, check_intake
from petitions.vocabulary import PLAIN_KINDS, Channel, ForwarderKind, Kind
from petitions.wards import wards, wards_named

PLAIN_FIELDS = (
    "received_on",
    "channel",
    "kind",
    "field",
    "title",
    "body",
    "petitioner_name",
    "petitioner_id_number",
    "petitioner_phone",
    "petitioner_address",
    "ward_code",
    "ward_text",
    "petitioner_old_address",
    "people_count",
    "against",
    "also_sent_to",
    "second_instance",
    "discipline",
    "complex",
    "complex_reason",
    "prominent",
    "prominent_reason",
    "forwarder_kind",
    "forwarder",
    "forwarder_ref",
    "answer_by",
    "paper_code",
    "paper_location",
    "originals",
    "external_ref",
    "note",
    "intake_token",
    "matter_of",
)
PERSON_FIELDS = ("name", "id_number", "phone", "address")
MOST_PEOPLE = 200

Typed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """The form as typed, what it says, and what could not be read (field to message)."""

    typed: Typed
    intake: Intake | None
    originals: str
    errors: dict[str, object]


def typed_values(form: MultiDict[str, str]) -> Typed:
    """What stands in the form, NFC and without invisible characters, each field present."""
    values: Typed = {name: clean_line(form.get(name, "")) for name in PLAIN_FIELDS}
    for name in ("body", "note"):
        values[name] = clean_text(form.get(name, ""))
    values["kind_parts"] = [clean_line(part) for part in form.getlist("kind_parts")][:10]
    values["co"] = _people(form, "co")
    values["representatives"] = _people(form, "rep")
    return values


def _people(form: MultiDict[str, str], prefix: str) -> list[dict[str, str]]:
    columns = {name: form.getlist(f"{prefix}_{name}")[:MOST_PEOPLE] for name in PERSON_FIELDS}
    count = max((len(column) for column in columns.values()), default=0)
    rows = [
        {name: clean_line(column[place]) if place < len(column) else "" for name, column in columns.items()}
        for place in range(count)
    ]
    return [row for row in rows if any(row.values())]


def kinds_typed(typed: Typed) -> tuple[Kind | None, tuple[Kind, ...]]:
    """The kind and, for several in one, its parts, as far as they can be read."""
    found = aliases.kinds_in(typed["kind"])
    kind, parts = found or (None, ())
    for text in typed["kind_parts"]:
        part = aliases.kinds_in(text)
        if part is not None and part[0] in PLAIN_KINDS and part[0] not in parts:
            parts = (*parts, part[0])
    return kind, parts


def read(form: MultiDict[str, str], *, field_ids: Sequence[int], field_codes: dict[str, int]) -> Read:
    """Read the form; ``field_ids`` and ``field_codes`` are the office's fields of matter."""
    typed = typed_values(form)
    errors: dict[str, object] = {}
    received_on = _day(typed, "received_on", errors, required=True)
    answer_by = _day(typed, "answer_by", errors)
    kind, parts = kinds_typed(typed)
    if kind is None or kind is Kind.UNCLASSIFIED:
        errors["kind"] = _l("Choose the kind of petition.")
    channel = aliases.CHANNELS.get(aliases.value_key(typed["channel"])) if typed["channel"] else Channel.DESK
    if channel is None:
        errors["channel"] = _l("Choose from the list.")
    people = parse_count(typed["people_count"]) if typed["people_count"] else 1
    if people is None:
        errors["people_count"] = _l("Give a whole number.")
    field_id = parse_id(typed["field"]) if typed["field"] not in field_codes else field_codes[typed["field"]]
    if typed["field"] and field_id not in field_ids:
        errors["field"] = _l("Choose from the list.")
    forwarder_kind = typed["forwarder_kind"]
    if forwarder_kind and forwarder_kind not in set(ForwarderKind):
        errors["forwarder_kind"] = _l("Choose from the list.")
        forwarder_kind = ""
    ward_code = _ward(typed, errors)
    # What could not be read is filled in for the check of the rest: a clerk sees all faults at once.
    intake = Intake(
        received_on=received_on or clock.today(),
        channel=channel or Channel.DESK,
        kind=kind or Kind.UNCLASSIFIED,
        kind_parts=parts if kind is Kind.MIXED else (),
        field_id=field_id,
        title=typed["title"],
        body=typed["body"],
        petitioners=_petitioners(typed, ward_code),
        representatives=tuple(PartyInput(**person) for person in typed["representatives"]),
        people_count=_people_count(typed, people),
        against=typed["against"],
        also_sent_to=typed["also_sent_to"],
        forwarder_kind=ForwarderKind(forwarder_kind) if forwarder_kind else None,
        forwarder=typed["forwarder"],
        forwarder_ref=typed["forwarder_ref"],
        answer_by=answer_by,
        paper_code=typed["paper_code"],
        paper_location=typed["paper_location"],
        external_ref=typed["external_ref"],
        second_instance=_ticked(typed, "second_instance"),
        discipline=_ticked(typed, "discipline"),
        complex_reason=typed["complex_reason"] if _ticked(typed, "complex") else None,
        prominent_reason=typed["prominent_reason"] if _ticked(typed, "prominent") else None,
        note=typed["note"],
        matter_of=typed["matter_of"],
        token=_token(typed),
    )
    if errors:
        return Read(typed, None, typed["originals"], {**_other_faults(intake), **errors})
    return Read(typed, intake, typed["originals"], {})


def _people_count(typed: Typed, read: int | None) -> int:
    named = 1 + len(typed["co"])
    return read if read is not None and typed["people_count"] else named


def _other_faults(intake: Intake) -> dict[str, object]:
    try:
        check_intake(intake, known_field=True)
    except InvalidInput as fault:
        return fault.errors
    return {}


def _petitioners(typed: Typed, ward_code: str | None) -> tuple[PartyInput, ...]:
    first = PartyInput(
        name=typed["petitioner_name"],
        id_number=typed["petitioner_id_number"],
        phone=typed["petitioner_phone"],
        address=typed["petitioner_address"],
        old_address=typed["petitioner_old_address"],
        ward_code=ward_code,
    )
    others = tuple(PartyInput(**person) for person in typed["co"])
    said = (first.name, first.id_number, first.phone, first.address, first.old_address, first.ward_code)
    return (first, *others) if any(said) or others else ()


def _day(typed: Typed, name: str, errors: dict[str, object], *, required: bool = False) -> date | None:
    text = typed[name]
    if not text:
        if required:
            errors[name] = _l("Give the day as dd/mm/yyyy.")
        return None
    day = parse_day(text)
    if day is None:
        errors[name] = _l("This is no day; write it as dd/mm/yyyy.")
    return day


def _ward(typed: Typed, errors: dict[str, object]) -> str | None:
    code, text = typed["ward_code"], typed["ward_text"]
    if code:
        if code not in wards():
            errors["ward_code"] = _l("There is no commune with this code.")
            return None
        return str(code)
    if not text:
        return None
    matches = wards_named(text)
    if len(matches) == 1:
        return matches[0]
    errors["ward_code"] = (
        _l("Several communes have this name; choose one from the list.")
        if matches
        else _l("There is no commune of this name; choose one from the list, or leave it empty.")
    )
    return None


def _ticked(typed: Typed, name: str) -> bool:
    return bool(typed[name]) and aliases.value_key(typed[name]) not in aliases.NO


def _token(typed: Typed) -> str | None:
    token = typed["intake_token"]
    return token if token and len(token) <= 36 and token.isascii() else None
