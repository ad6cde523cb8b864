"""The forms of the office's settings and of its working-day calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.forms.shapes import parse_day

FIRST_YEAR = 2000
LAST_YEAR = 2100
_YEAR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class ReadDay:
    """A day of the calendar as typed and as understood; ``day`` is None where it is none."""

    typed: Mapping[str, str]
    day: date | None
    errors: Mapping[str, object]


def read_day(form: MultiDict[str, str]) -> ReadDay:
    """Read the form of a calendar day."""
    typed = {name: clean_line(form.get(name, "")) for name in ("day", "kind", "name", "source")}
    day = parse_day(typed["day"])
    errors: dict[str, object] = {}
    if day is None:
        errors["day"] = _l("Give the day as dd/mm/yyyy.")
    elif not FIRST_YEAR <= day.year <= LAST_YEAR:
        errors["day"] = _l("The calendar holds the years %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
    return ReadDay(typed, None if errors else day, errors)


def read_year(text: str, *, present: int) -> int:
    """The year of an address; the present one for anything else."""
    typed = text.strip()
    if len(typed) != _YEAR_DIGITS or not typed.isascii() or not typed.isdigit():
        return present
    return int(typed) if FIRST_YEAR <= int(typed) <= LAST_YEAR else present
