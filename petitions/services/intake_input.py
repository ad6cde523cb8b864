"""What is known of a petition when it is registered, and the rules that it must fulfil by itself. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core import clock
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.sealing import REFUSAL, is_sealed
from petitions.vocabulary import PLAIN_KINDS, Channel, ForwarderKind, Kind, MatterRole
from petitions.wards import wards

EARLIEST_RECEIPT = date(1945, 9, 2)
MAX_PEOPLE = 100_000


@dataclass(frozen=True, slots=True)
class PartyInput:
    """Somebody named in a petition, as typed."""

    name: str
    id_number: str = ""
    phone: str = ""
    address: str = ""
    old_address: str = ""
    ward_code: str | None = None

    @property
    def is_somebody(self) -> bool:
        """Whether this tells of a person. A ward alone, kept from the petition before, does not."""
        return any(map(clean_line, (self.name, self.id_number, self.phone, self.address, self.old_address)))


@dataclass(frozen=True, slots=True)
class Intake:
    """What is known of a petition when it is registered. ``token`` is the form's: the same one makes one petition."""

    received_on: date
    channel: Channel
    kind: Kind
    title: str
    kind_parts: tuple[Kind, ...] = ()
    field_id: int | None = None
    body: str = ""
    petitioners: tuple[PartyInput, ...] = ()
    representatives: tuple[PartyInput, ...] = ()
    people_count: int = 1
    against: str = ""
    also_sent_to: str = ""
    forwarder_kind: ForwarderKind | None = None
    forwarder: str = ""
    forwarder_ref: str = ""
    answer_by: date | None = None
    paper_code: str = ""
    paper_location: str = ""
    external_ref: str = ""
    second_instance: bool = False
    discipline: bool = False
    complex_reason: str | None = None
    prominent_reason: str | None = None
    note: str = ""
    matter_of: str = ""
    matter_role: MatterRole | None = None
    token: str | None = None


MAX_BODY = 200_000
MAX_REASON = 1_000
MAX_NOTE = 20_000
_LENGTHS = {
    "title": 300,
    "against": 500,
    "also_sent_to": 500,
    "forwarder": 200,
    "forwarder_ref": 120,
    "paper_code": 60,
    "paper_location": 200,
    "external_ref": 120,
}
_PARTY_LENGTHS = {"name": 200, "id_number": 40, "phone": 40, "address": 300, "old_address": 300}


def check_intake(intake: Intake, *, known_field: bool) -> None:
    """Check ``intake`` by itself; ``known_field`` says whether the office has its field of matter.

    Raises ``InvalidInput`` with a message for each field that cannot be taken.
    """
    errors: dict[str, object] = {}
    if intake.received_on > clock.today():
        errors["received_on"] = _l("This day lies in the future.")
    elif intake.received_on < EARLIEST_RECEIPT:
        errors["received_on"] = _l("This day is too long ago.")
    if not clean_line(intake.title) and not clean_line(intake.body):
        errors["title"] = _l("Give a title or the content.")
    if not 1 <= intake.people_count <= MAX_PEOPLE:
        errors["people_count"] = _l("Give a number from 1 to 100,000.")
    elif intake.people_count < sum(party.is_somebody for party in intake.petitioners):
        errors["people_count"] = _l("More people are named than this number.")
    if len(intake.body) > MAX_BODY:
        errors["body"] = _l("This text is too long.")
    if intake.answer_by is not None and intake.answer_by < intake.received_on:
        errors["answer_by"] = _l("This day lies before the day of receipt.")
    if len(intake.note) > MAX_NOTE:
        errors["note"] = _l("This text is too long.")
    errors |= _length_errors(intake) | _reason_errors(intake) | _kind_errors(intake) | _party_errors(intake)
    if not known_field:
        errors["field"] = _l("Choose from the list.")
    if errors:
        raise InvalidInput(errors)


def _length_errors(intake: Intake) -> dict[str, object]:
    return {
        name: _l("At most %(count)s characters.", count=most)
        for name, most in _LENGTHS.items()
        if len(clean_line(getattr(intake, name))) > most
    }


def _reason_errors(intake: Intake) -> dict[str, object]:
    errors: dict[str, object] = {}
    for name, reason in (("complex_reason", intake.complex_reason), ("prominent_reason", intake.prominent_reason)):
        if reason is not None and not clean_line(reason):
            errors[name] = _l("Say why.")
        elif reason is not None and len(clean_line(reason)) > MAX_REASON:
            errors[name] = _l("At most %(count)s characters.", count=MAX_REASON)
    return errors


def _kind_errors(intake: Intake) -> dict[str, object]:
    errors: dict[str, object] = {}
    strange = any(part not in PLAIN_KINDS for part in intake.kind_parts)
    if intake.kind is Kind.MIXED and (strange or len(set(intake.kind_parts)) < 2):
        errors["kind_parts"] = _l("Choose at least two kinds.")
    if is_sealed(intake.kind, intake.kind_parts):
        for prefix, party in _places(intake):
            errors |= {f"{prefix}{name}": REFUSAL for name in _PARTY_LENGTHS if clean_line(getattr(party, name))}
            if party.ward_code:
                errors["ward_code"] = REFUSAL
    return errors


def _places(intake: Intake) -> Iterator[tuple[str, PartyInput]]:
    """Everybody who is named, with what the names of their fields begin with on the form."""
    for position, party in enumerate(intake.petitioners):
        yield f"co-{position - 1}-" if position else "petitioner_", party
    for position, party in enumerate(intake.representatives):
        yield f"rep-{position}-", party


def _party_errors(intake: Intake) -> dict[str, object]:
    errors: dict[str, object] = {}
    for prefix, party in _places(intake):
        if not clean_line(party.name) and party.is_somebody:
            errors[f"{prefix}name"] = _l("Give the name.")
        for name, most in _PARTY_LENGTHS.items():
            if len(clean_line(getattr(party, name))) > most:
                errors[f"{prefix}{name}"] = _l("At most %(count)s characters.", count=most)
        if party.ward_code and party.ward_code not in wards():
            errors["ward_code"] = _l("There is no commune with this code.")
    return errors
