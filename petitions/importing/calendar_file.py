"""A calendar from a file: ``date,kind,name``, one day a row. Pure but for the reading of the bytes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain

from core.i18n import format_day
from core.i18n import lazy_gettext as _l
from core.text import clean_line, fold
from petitions.deadlines.calendar import ENTERED_KINDS, SATURDAY, DayKind, NamedDay
from petitions.importing.charsets import ByteSource, Charset, decoded
from petitions.importing.delimited import Record, records
from petitions.importing.problems import ImportRefused, RowError, excerpt

COLUMNS = ("date", "kind", "name")
MOST_ROWS = 5_000
LONGEST_NAME = 120
FIRST_YEAR = 2000
LAST_YEAR = 2100
_SAMPLE = 1_000
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_PLAIN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_KINDS: Mapping[str, DayKind] = {kind.value: kind for kind in ENTERED_KINDS} | {
    "nghi le": DayKind.HOLIDAY,
    "nghi": DayKind.HOLIDAY,
    "nghi bu": DayKind.LIEU,
    "nghi hoan doi": DayKind.SWAP_OFF,
    "lam bu": DayKind.WORKED,
}


class BadCalendarFile(ImportRefused):
    """Rows of the file that cannot be taken; nothing of it is."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(errors[0].message, row=errors[0].row)
        self.errors = tuple(errors)


def read_day(text: str) -> date | None:
    """The day in ``text``, yyyy-mm-dd or dd/mm/yyyy; None for anything else."""
    if found := _ISO.fullmatch(text.strip()):
        year, month, day = found.groups()
    elif found := _PLAIN.fullmatch(text.strip()):
        day, month, year = found.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_calendar(stream: ByteSource) -> list[NamedDay]:
    """The days of the file, comma, semicolon or tab between the cells. Raises ``ImportRefused`` for a bad file."""
    chunks = decoded(stream, Charset.AUTO)
    first = next(chunks, "")
    rows = [record for record in _rows(first, chunks) if any(cell.strip() for cell in record.cells)]
    if not rows:
        raise ImportRefused(_l("The file is empty."))
    if len(rows) > MOST_ROWS:
        raise ImportRefused(_l("A calendar has at most %(count)s days.", count=MOST_ROWS))
    places = _places(rows[0])
    reader = _Reader(places)
    for row in rows[1:]:
        reader.take(row)
    if reader.errors:
        raise BadCalendarFile(reader.errors)
    return reader.days


def _rows(first: str, rest: Iterable[str]) -> Iterable[Record]:
    heading = first[:_SAMPLE].partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    return records(chain([first], rest), delimiter)


def _places(heading: Record) -> dict[str, int]:
    names = [fold(clean_line(cell)) for cell in heading.cells]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise ImportRefused(
            _l(
                "The first row must name the columns date, kind and name; missing: %(names)s.",
                names=", ".join(missing),
            ),
            row=heading.number,
        )
    unknown = [name for name in names if name and name not in COLUMNS]
    if unknown or len(set(names)) < len(names):
        raise ImportRefused(
            _l("The first row must hold the columns date, kind and name once each, and no other."), row=heading.number
        )
    return {name: names.index(name) for name in COLUMNS}


class _Reader:
    """Takes row after row, keeping the good days and what is wrong with the others."""

    def __init__(self, places: Mapping[str, int]) -> None:
        self.days: list[NamedDay] = []
        self.errors: list[RowError] = []
        self._places = places
        self._seen: dict[date, int] = {}

    def take(self, row: Record) -> None:
        """Take one row."""
        if row.too_long or len(row.cells) > len(self._places):
            self._refuse(row, "", _l("This row has more or longer cells than the first one."), "")
            return
        cells = {name: self._cell(row, place) for name, place in self._places.items()}
        day = self._day(row, cells["date"])
        kind = _KINDS.get(fold(cells["kind"]))
        if kind is None:
            known = ", ".join(kind.value for kind in ENTERED_KINDS)
            self._refuse(row, "kind", _l("Unknown kind of day; the kinds are %(kinds)s.", kinds=known), cells["kind"])
        elif day is not None and kind is DayKind.WORKED and day.weekday() < SATURDAY:
            self._refuse(row, "kind", _l("Only a Saturday or Sunday can be made a working day."), cells["kind"])
        if not cells["name"] or len(cells["name"]) > LONGEST_NAME:
            self._refuse(row, "name", _l("Give a name of at most 120 characters."), cells["name"])
        if day is not None and kind is not None:
            self.days.append(NamedDay(day, kind, cells["name"]))

    def _day(self, row: Record, text: str) -> date | None:
        day = read_day(text)
        if day is None:
            self._refuse(row, "date", _l("This is no date. Write it as dd/mm/yyyy or yyyy-mm-dd."), text)
            return None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            years = _l("The calendar holds the years %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
            self._refuse(row, "date", years, text)
            return None
        earlier = self._seen.setdefault(day, row.number)
        if earlier != row.number:
            twice = _l("%(day)s stands in row %(row)s already.", day=format_day(day), row=earlier)
            self._refuse(row, "date", twice, text)
            return None
        return day

    def _refuse(self, row: Record, column: str, message: object, cell: str) -> None:
        self.errors.append(RowError(row.number, column, message, excerpt(cell)))

    @staticmethod
    def _cell(row: Record, place: int) -> str:
        return clean_line(row.cells[place]) if place < len(row.cells) else ""
