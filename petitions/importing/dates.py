"""Days as people and spreadsheets write them, and the confusions that must not pass unseen."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

from core.i18n import lazy_gettext as _l
from petitions.importing.cells import Cell
from petitions.importing.problems import ImportRefused

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_NUMERIC = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?")
_SPELT = re.compile(r"(?:ngày\s+)?(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)
_SHORT_YEAR = re.compile(r"\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{2}")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_DAY_ZERO = date(1899, 12, 30)
_MONTHS = 12
_ENOUGH_REAL_DATES = 3


class DateOrder(StrEnum):
    """In which order numbers with slashes stand. ``AUTO`` is day first, and watches for signs of the other."""

    AUTO = "auto"
    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


class NotADay(Exception):
    """A cell that cannot be read as a day; ``message`` may be a lazy translation."""

    def __init__(self, message: object) -> None:
        super().__init__(str(message))
        self.message = message


class DayReader:
    """Reads the days of one file, and remembers what shows in which order they were written."""

    def __init__(self, order: DateOrder, *, serials: bool = False) -> None:
        self._order = order
        self._serials = serials
        self._known: dict[str, date] = {}
        self._month_first_row = 0
        self._ambiguous_row = 0
        self._late_text = False
        self._early_text = False
        self._real_days = 0
        self._late_real = False

    def read(self, cell: Cell, row: int) -> date:
        """The day in ``cell`` of the row ``row``. Raises ``NotADay`` with the reason."""
        if isinstance(cell, date):
            self._real_days += 1
            self._late_real = self._late_real or cell.day > _MONTHS
            return cell
        if isinstance(cell, int | float):
            return self._serial(float(cell))
        text = (cell or "").strip()
        known = self._known.get(text)
        if known is None:
            known = self._parse(text, row)
            if len(self._known) < 50_000:
                self._known[text] = known
        return known

    @property
    def either_way(self) -> bool:
        """Whether days with slashes came, all of which could be read as month/day too."""
        return self._order is DateOrder.AUTO and bool(self._ambiguous_row) and not self._late_text

    def conclude(self) -> None:
        """Call at the end of the file. Raises ``ImportRefused`` when days and months may have been mixed up."""
        if self._order is not DateOrder.AUTO:
            return
        if self._month_first_row and self._ambiguous_row:
            raise ImportRefused(
                _l(
                    "This date can only be month/day/year, while the date in row %(other)s could be either. "
                    "Declare the order of dates in the mapping.",
                    other=self._ambiguous_row,
                ),
                row=self._month_first_row,
            )
        if self._real_days >= _ENOUGH_REAL_DATES and self._late_text and not (self._late_real or self._early_text):
            raise ImportRefused(
                _l(
                    "Real dates in this file all have a day up to 12, and those kept as text all have a later one: the "
                    "spreadsheet program has taken days for months. Mend the file, or declare the order of dates."
                )
            )

    def _parse(self, text: str, row: int) -> date:
        if not text:
            raise NotADay(_l("The date is missing."))
        readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], int], date]], ...] = (
            (_ISO, self._year_first),
            (_NUMERIC, self._numeric),
            (_SPELT, self._spelt),
        )
        for pattern, reader in readers:
            found = pattern.fullmatch(text)
            if found:
                return reader(found, row)
        if _SERIAL.fullmatch(text):
            return self._serial(float(text))
        if _SHORT_YEAR.fullmatch(text):
            raise NotADay(_l("The year needs four digits."))
        raise NotADay(_l("This is no date. Write it as dd/mm/yyyy or yyyy-mm-dd."))

    def _year_first(self, found: re.Match[str], _row: int) -> date:
        return _day(int(found[1]), int(found[2]), int(found[3]))

    def _spelt(self, found: re.Match[str], _row: int) -> date:
        return _day(int(found[3]), int(found[2]), int(found[1]))

    def _numeric(self, found: re.Match[str], row: int) -> date:
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        if self._order is DateOrder.YMD:
            raise NotADay(_l("The mapping declares dates as year-month-day."))
        if self._order is DateOrder.MDY:
            return _day(year, first, second)
        self._late_text = self._late_text or first > _MONTHS
        self._early_text = self._early_text or first <= _MONTHS
        if first <= _MONTHS < second:
            self._month_first_row = self._month_first_row or row
            raise NotADay(_l("There is no month %(month)s; dates are read as day/month/year.", month=second))
        if first <= _MONTHS and first != second and not self._ambiguous_row:
            self._ambiguous_row = row
        return _day(year, second, first)

    def _serial(self, number: float) -> date:
        if not 1 <= number < 200_000:
            raise NotADay(_l("This is no date. Write it as dd/mm/yyyy or yyyy-mm-dd."))
        day = _DAY_ZERO + timedelta(days=int(number))
        if self._serials:
            return day
        raise NotADay(
            _l(
                "This is a spreadsheet's day number (%(day)s?). Format the column as a date, or declare "
                "serial_dates in the mapping.",
                day=f"{day.day:02d}/{day.month:02d}/{day.year}",
            )
        )


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NotADay(_l("There is no such day in the calendar.")) from None
