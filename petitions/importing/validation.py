"""Decides on one row: a petition that can be written, or every reason why not, by column."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import TypeVar

from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions import workflow
from petitions.importing import aliases
from petitions.importing.cells import Cell, as_text
from petitions.importing.dates import DayReader, NotADay
from petitions.importing.denouncers import names_petitioner, speaks_of_denunciation, text_that_identifies
from petitions.importing.numbers import NotANumber, id_number, phone_number
from petitions.importing.plan import NativeRow, Plan
from petitions.importing.problems import RowError, excerpt
from petitions.importing.rows import Lookups, Officer, PetitionRow, Rejection
from petitions.sealing import is_sealed
from petitions.vocabulary import Channel, Disposition, Kind
from petitions.workflow import State

LENGTHS = {
    "external_ref": 120,
    "petitioner_name": 200,
    "petitioner_address": 300,
    "petitioner_id_number": 40,
    "petitioner_phone": 40,
    "against": 500,
    "note": 20_000,
    "resolution_note": 5_000,
}
TITLE_LENGTH = 300
MAX_PEOPLE = 100_000
_PRIVATE = frozenset({"petitioner_name", "petitioner_address", "petitioner_id_number", "petitioner_phone"})
_PLAIN_REFERENCE = re.compile(r"[\w./ -]{1,60}")
_PERSONAL_NUMBER = re.compile(r"(?:\d[ .-]?){9,12}")

Value = TypeVar("Value")

_quick_line = lru_cache(maxsize=20_000)(clean_line)


class RowChecker:
    """Checks the rows of one file."""

    def __init__(self, plan: Plan, days: DayReader, lookups: Lookups) -> None:
        self._plan = plan
        self._days = days
        self._lookups = lookups

    def check(self, native: NativeRow) -> PetitionRow | Rejection:
        """The petition in ``native``, or why there is none."""
        return _Row(native, self._plan, self._days, self._lookups).judge()


class _Row:
    """One row while it is judged."""

    def __init__(self, native: NativeRow, plan: Plan, days: DayReader, lookups: Lookups) -> None:
        self._native = native
        self._cells: Mapping[str, Cell] = native.cells
        self._plan = plan
        self._days = days
        self._lookups = lookups
        self._errors: list[RowError] = []
        self._guarded = False

    def judge(self) -> PetitionRow | Rejection:
        """The petition, or the reasons against it."""
        kind, parts = self._kind()
        sealed = is_sealed(kind, parts)
        self._guard(kind, sealed=sealed)
        for heading, message in self._native.problems:
            self._errors.append(RowError(self._native.number, heading, message))
        petition = self._petition(kind, parts, sealed=sealed)
        if self._errors:
            return Rejection(self._native.number, self._shown_errors(), self._guarded, self._shown_reference())
        return petition

    def _kind(self) -> tuple[Kind, tuple[Kind, ...]]:
        text = self._line("kind")
        if not text:
            return Kind.UNCLASSIFIED, ()
        found = _kinds_in(text)
        if found is None:
            # Whatever else it may be, it may be a denunciation.
            self._guarded = True
            self._error("kind", _l("This kind of petition is not known."))
            return Kind.UNCLASSIFIED, ()
        return found

    def _guard(self, kind: Kind, *, sealed: bool) -> None:
        """Refuse what would tell who denounced. Law on Denunciations, article 8."""
        unread = {heading for heading, _ in self._native.problems}
        self._guarded = self._guarded or sealed or bool(unread & {"", self._plan.heading_of("kind")})
        if sealed:
            if names_petitioner(self._native):
                self._error(
                    "kind",
                    _l(
                        "The row is or may be a denunciation and tells who wrote (name, address, commune, telephone or "
                        "identity number). Empty those cells; the paper keeps them."
                    ),
                )
            column = text_that_identifies(self._native)
            if column is not None:
                self._error(
                    column,
                    _l(
                        "The row is or may be a denunciation and this text seems to tell who wrote. Write a summary "
                        "that identifies nobody."
                    ),
                )
        elif kind is Kind.UNCLASSIFIED and names_petitioner(self._native) and speaks_of_denunciation(self._native):
            self._guarded = True
            self._error("kind", _l("The text speaks of a denunciation: say of which kind the petition is."))

    def _petition(self, kind: Kind, parts: tuple[Kind, ...], *, sealed: bool) -> PetitionRow:
        received_on = self._received_on()
        title, body, title_made = self._texts()
        unit_id, officer_id = self._assignee()
        state = self._state(has_holder=unit_id is not None or officer_id is not None)
        resolved_on, disposition = self._resolution(kind, state, received_on)
        return PetitionRow(
            row=self._native.number,
            received_on=received_on or self._lookups.today,
            title=title,
            body=body,
            channel=self._code("channel", aliases.CHANNELS, Channel.OTHER),
            kind=kind,
            kind_parts=parts,
            sealed=sealed,
            external_ref=self._text("external_ref") or None,
            field_id=self._field(),
            people_count=self._people_count(),
            against=self._text("against"),
            name=self._text("petitioner_name"),
            address=self._text("petitioner_address"),
            ward_code=self._ward_code(),
            id_number=self._id_number(),
            phone=self._phone(),
            unit_id=unit_id,
            officer_id=officer_id,
            state=state,
            resolved_on=resolved_on,
            disposition=disposition,
            complex=self._flag("complex"),
            prominent=self._flag("prominent"),
            note=self._long_text("note"),
            resolution_note=self._long_text("resolution_note") if state is State.RESOLVED else "",
            title_made=title_made,
        )

    # Texts

    def _line(self, column: str) -> str:
        cell = self._cells.get(column)
        if cell is None:
            return ""
        text = as_text(cell)
        return _quick_line(text) if len(text) <= 200 else clean_line(text)

    def _text(self, column: str) -> str:
        text = self._line(column)
        return text if self._fits(column, text) else ""

    def _long_text(self, column: str) -> str:
        text = clean_text(as_text(self._cells.get(column)))
        return text if self._fits(column, text) else ""

    def _fits(self, column: str, text: str) -> bool:
        if len(text) > LENGTHS[column]:
            self._error(column, _l("At most %(count)s characters.", count=LENGTHS[column]))
            return False
        return True

    def _texts(self) -> tuple[str, str, bool]:
        """Title, body and whether the title was made. A title that is too long is cut; the whole of it goes into the
        body.
        """
        title = self._line("title")
        body = clean_text(as_text(self._cells.get("body")))
        made = "title" in self._native.made
        if not title and not body and not self._unread("body"):
            self._error("title", _l("Give a title or the content."))
        if not title:
            return shortened(body, 120), body, True
        if len(title) > TITLE_LENGTH:
            whole = clean_text(as_text(self._cells.get("title")))
            return shortened(title, TITLE_LENGTH), f"{whole}\n\n{body}".strip(), made
        return title, body, made

    # Days

    def _received_on(self) -> date | None:
        day = self._day("received_on")
        if day is not None and day < self._lookups.earliest:
            self._error("received_on", _l("This day is too long ago."))
        return day

    def _day(self, column: str) -> date | None:
        try:
            day = self._days.read(self._cells.get(column), self._native.number)
        except NotADay as reason:
            self._error(column, reason.message)
            return None
        if day > self._lookups.today:
            self._error(column, _l("This day lies in the future."))
        return day

    # Where it stands and how it ended

    def _state(self, *, has_holder: bool) -> State:
        resolved = bool(self._line("resolved_on") or self._line("disposition"))
        implied = State.RESOLVED if resolved else State.ASSIGNED if has_holder else State.RECEIVED
        state = self._code("status", aliases.STATES, implied)
        if state is State.RECEIVED and has_holder:
            self._error("status", _l("A petition that is only received has no unit and no officer yet."))
        elif state is State.ASSIGNED and not has_holder and not self._failed("unit", "officer"):
            self._error("status", _l("Say to which unit or officer the petition is assigned."))
        elif state is not State.RESOLVED and resolved:
            self._error("status", _l("An open petition has no day and no way of its resolution."))
        return state

    def _resolution(self, kind: Kind, state: State, received_on: date | None) -> tuple[date | None, Disposition | None]:
        if state is not State.RESOLVED:
            return None, None
        if not self._line("resolved_on"):
            self._error("resolved_on", _l("Say on which day the petition was resolved."))
            return None, None
        day = self._day("resolved_on")
        if day is not None and received_on is not None and day < received_on:
            self._error("resolved_on", _l("This day lies before the day of receipt."))
        disposition = self._code("disposition", aliases.DISPOSITIONS, Disposition.UNKNOWN_IMPORTED)
        if disposition in (Disposition.JOINED, Disposition.ENTERED_IN_ERROR):
            self._error(
                "disposition", _l("This disposition cannot be imported. Leave it empty, or say it in the note.")
            )
        elif not _fits_kind(disposition, kind):
            self._error("disposition", _l("This disposition does not fit the kind of petition."))
        return day, disposition

    def _assignee(self) -> tuple[int | None, int | None]:
        unit_id = self._unit()
        name = self._line("officer")
        if not name:
            return unit_id, None
        key = aliases.value_key(name)
        if key not in self._lookups.officers:
            self._error("officer", _l("Nobody of this name can be given petitions."))
            return unit_id, None
        officer = self._lookups.officers[key]
        if officer is None:
            self._error("officer", _l("Several people have this name. Give the user name."))
            return unit_id, None
        return self._with_officer(unit_id, officer)

    def _with_officer(self, unit_id: int | None, officer: Officer) -> tuple[int | None, int | None]:
        if unit_id is None:
            return (officer.units[0] if officer.units else None), officer.id
        if unit_id not in officer.units and not officer.any_unit:
            self._error("officer", _l("This officer does not belong to the unit."))
        return unit_id, officer.id

    def _unit(self) -> int | None:
        return self._lookup("unit", self._lookups.units, _l("There is no such unit."))

    def _field(self) -> int | None:
        name = self._line("field")
        key = _value_key(name)
        found = self._lookups.fields.get(key)
        if found is None and key in aliases.FIELD_WORDS:
            found = self._lookups.fields.get(_value_key(aliases.FIELD_WORDS[key]))
        if found is None and name:
            self._error("field", _l("The office has no such field of matter."))
        return found

    # Small things

    def _code(self, column: str, table: Mapping[str, Value], default: Value) -> Value:
        text = self._line(column)
        if not text:
            return default
        found = table.get(_value_key(text))
        if found is None:
            self._error(column, _l("This word is not known here."))
            return default
        return found

    def _lookup(self, column: str, table: Mapping[str, int], message: object) -> int | None:
        text = self._line(column)
        found = table.get(_value_key(text)) if text else None
        if text and found is None:
            self._error(column, message)
        return found

    def _flag(self, column: str) -> bool:
        key = _value_key(self._line(column))
        if key and key not in aliases.YES and key not in aliases.NO:
            self._error(column, _l("Write yes or no."))
        return key in aliases.YES

    def _people_count(self) -> int:
        text = self._line("people_count").replace(".", "").replace(" ", "")
        if not text:
            return 1
        if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_PEOPLE):
            self._error("people_count", _l("Give a number from 1 to 100,000."))
            return 1
        return int(text)

    def _ward_code(self) -> str | None:
        cell = self._cells.get("ward_code")
        text = self._line("ward_code")
        if not text:
            return None
        code = text.zfill(5) if isinstance(cell, int) or (text.isascii() and text.isdigit()) else text
        if code not in self._lookups.ward_codes:
            self._error("ward_code", _l("There is no commune with this code."))
            return None
        return code

    def _phone(self) -> str:
        text = self._text("petitioner_phone")
        return self._number("petitioner_phone", lambda: phone_number(text)) if text else ""

    def _id_number(self) -> str:
        text = self._text("petitioner_id_number")
        number_cell = isinstance(self._cells.get("petitioner_id_number"), int | float)
        return self._number("petitioner_id_number", lambda: id_number(text, number_cell=number_cell)) if text else ""

    def _number(self, column: str, read: Callable[[], str]) -> str:
        try:
            return read()
        except NotANumber as reason:
            self._error(column, reason.message)
            return ""

    # Errors

    def _unread(self, column: str) -> bool:
        """Whether the cell could not be read, so that there is nothing to say about what it holds."""
        heading = self._plan.heading_of(column)
        return any(unread == heading for unread, _ in self._native.problems)

    def _error(self, column: str, message: object) -> None:
        if self._unread(column):
            return
        shown = "" if column in _PRIVATE else excerpt(as_text(self._cells.get(column)))
        self._errors.append(RowError(self._native.number, self._plan.heading_of(column), message, shown))

    def _failed(self, *columns: str) -> bool:
        headings = {self._plan.heading_of(column) for column in columns}
        return any(error.column in headings for error in self._errors)

    def _shown_errors(self) -> tuple[RowError, ...]:
        if not self._guarded:
            return tuple(self._errors)
        return tuple(RowError(error.row, error.column, error.message) for error in self._errors)

    def _shown_reference(self) -> str:
        reference = self._line("external_ref")
        if not self._guarded:
            return reference
        plain = _PLAIN_REFERENCE.fullmatch(reference) and any(letter.isdigit() for letter in reference)
        return reference if plain and not _PERSONAL_NUMBER.search(reference) else ""


_value_key: Callable[[str], str] = lru_cache(maxsize=20_000)(aliases.value_key)
_kinds_in = lru_cache(maxsize=5_000)(aliases.kinds_in)


def _fits_kind(disposition: Disposition, kind: Kind) -> bool:
    rule = workflow.DISPOSITIONS.get(disposition)
    return rule is None or kind is Kind.UNCLASSIFIED or kind in rule.kinds


def shortened(text: str, longest: int) -> str:
    """The beginning of ``text`` as one line of at most ``longest`` characters, cut between words."""
    line = clean_line(text)
    if len(line) <= longest:
        return line
    head = line[: longest - 1]
    return (head.rsplit(" ", 1)[0] if " " in head else head) + "…"
