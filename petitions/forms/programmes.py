"""The form of a programme against the backlog."""

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.forms.shapes import parse_day
from petitions.services.programmes import ProgrammeInput

DAYS = ("cut_off_on", "starts_on", "target_on")


@dataclass(frozen=True, slots=True)
class ReadProgramme:
    """The form as typed and as understood; a day that is none is None in ``programme`` and named in ``errors``."""

    typed: Mapping[str, str]
    programme: ProgrammeInput
    errors: Mapping[str, object]


def read_programme(form: MultiDict[str, str]) -> ReadProgramme:
    """Read the form of a new programme."""
    typed = {name: clean_line(form.get(name, "")) for name in ("name", *DAYS)}
    typed["note"] = clean_text(form.get("note", ""))
    days = {name: parse_day(typed[name]) if typed[name] else None for name in DAYS}
    errors = {
        name: _l("This is no day; write it as dd/mm/yyyy.") for name in DAYS if typed[name] and days[name] is None
    }
    given = ProgrammeInput(name=typed["name"], note=typed["note"], **days)
    return ReadProgramme(typed, given, errors)
