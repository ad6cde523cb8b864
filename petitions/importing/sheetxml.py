"""The parts of a workbook, read as a stream: no tree is built, so that a hostile file costs no memory.

A document type is refused at once, which takes away every trick with entities.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, NamedTuple
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from core.i18n import lazy_gettext as _l
from petitions.importing.cells import BAD_DATE_NUMBER, FORMULA, MERGED, SHEET_ERROR, TOO_LONG, TOO_MANY, Cell, Line
from petitions.importing.delimited import CELL_LIMIT, CELLS_LIMIT
from petitions.importing.problems import ImportRefused

ROWS_LIMIT = 1_048_576
"""Rows that a worksheet can have."""
_STRINGS_LIMIT = 32_000_000
_CHUNK = 1 << 16

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

Attributes = dict[str, str]


class TooLong:
    """Stands for a text that was passed over because it is longer than a cell may be."""


_TOO_LONG = TooLong()


def damaged() -> ImportRefused:
    """The refusal of a workbook that does not hold together."""
    return ImportRefused(_l("The workbook is damaged. Open it in the spreadsheet program and save it again."))


def parse(
    stream: IO[bytes],
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Drive the handlers through the XML in ``stream``, pausing after each piece; names come without their prefix.

    Raises ``ImportRefused`` when it is no sound XML or declares a document type.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = False
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise damaged() from None
    yield


def _refuse_doctype(*_: object) -> None:
    raise ImportRefused(_l("The workbook declares a document type, which no spreadsheet program writes."))


class _Text:
    """Collects the text of one cell up to the limit."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def add(self, part: str) -> None:
        self._size += len(part)
        if self._size <= CELL_LIMIT:
            self._parts.append(part)

    def take(self) -> str | TooLong:
        value = _TOO_LONG if self._size > CELL_LIMIT else "".join(self._parts)
        self._parts.clear()
        self._size = 0
        # Spreadsheet programs write characters that XML cannot hold as _x000D_.
        return _ESCAPED.sub(_unescaped, value) if isinstance(value, str) and "_x" in value else value


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code <= 0xDFFF else chr(code)


def shared_strings(stream: IO[bytes]) -> list[str | TooLong]:
    """The texts that cells refer to by number, phonetic hints left out.

    Raises ``ImportRefused`` when they are too many to be held.
    """
    strings: list[str | TooLong] = []
    text = _Text()
    where = {"t": 0, "rPh": 0}
    total = 0

    def start(name: str, _: Attributes) -> None:
        if name in where:
            where[name] += 1

    def end(name: str) -> None:
        nonlocal total
        if name in where:
            where[name] -= 1
        elif name == "si":
            value = text.take()
            total += 20 + (len(value) if isinstance(value, str) else 0)
            if total > _STRINGS_LIMIT:
                raise ImportRefused(_l("The workbook holds too much text. Save the sheet as CSV UTF-8."))
            strings.append(value)

    def data(part: str) -> None:
        if where["t"] and not where["rPh"]:
            text.add(part)

    for _ in parse(stream, start, end, data):
        pass
    return strings


def date_styles(stream: IO[bytes]) -> frozenset[int]:
    """The numbers of the cell styles that show a number as a date."""
    formats: dict[int, str] = dict(BUILTIN_FORMATS)
    styles: list[int] = []
    inside = {"cellXfs": False}

    def start(name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            formats[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside["cellXfs"] = True
        elif name == "xf" and inside["cellXfs"]:
            styles.append(_whole(attributes.get("numFmtId", "0")))

    def end(name: str) -> None:
        if name == "cellXfs":
            inside["cellXfs"] = False

    for _ in parse(stream, start, end):
        pass
    return frozenset(number for number, style in enumerate(styles) if _shows_date(formats.get(style, "")))


def _shows_date(code: str) -> bool:
    return bool(is_date_format(code)) and not is_timedelta_format(code)


def _whole(value: str | None) -> int:
    try:
        return int(value or "")
    except ValueError:
        raise damaged() from None


class Merge(NamedTuple):
    """Cells merged into one: first and last row, first and last column, all from 1."""

    top: int
    bottom: int
    left: int
    right: int


class SheetReader:
    """Reads the rows of one worksheet."""

    def __init__(
        self,
        strings: list[str | TooLong],
        dates: frozenset[int],
        *,
        since_1904: bool,
        merged: Sequence[Merge] = (),
    ) -> None:
        self._to_come = deque(merged)
        self._merged: list[Merge] = []
        self._strings = strings
        self._dates = dates
        self._epoch = CALENDAR_MAC_1904 if since_1904 else CALENDAR_WINDOWS_1900
        self._ready: list[Line] = []
        self._row = 0
        self._column = 0
        self._cells: list[Cell] = []
        self._problems: dict[int, object] = {}
        self._type = "n"
        self._style = 0
        self._formula = False
        self._collect = False
        self._phonetic = False
        self._text = _Text()

    def lines(self, stream: IO[bytes]) -> Iterator[Line]:
        """The rows of the sheet's XML, those without any cell left out."""
        for _ in parse(stream, self._start, self._end, self._data):
            yield from self._ready
            self._ready.clear()

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            self._open_cell(attributes)
        elif name == "v" or name == "t":
            self._collect = True
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._open_row(attributes)
        elif name == "rPh":
            self._phonetic = True

    def _end(self, name: str) -> None:
        if name == "v" or name == "t":
            self._collect = False
        elif name == "c":
            self._close_cell()
        elif name == "row":
            self._mark_merged()
            if self._cells or self._problems:
                self._ready.append(Line(self._row, self._cells, self._problems))
        elif name == "rPh":
            self._phonetic = False

    def _mark_merged(self) -> None:
        """Mark cells that are empty only because they are merged with the one above."""
        while self._to_come and self._to_come[0].top < self._row:
            self._merged.append(self._to_come.popleft())
        if not self._merged:
            return
        self._merged = [merge for merge in self._merged if merge.bottom >= self._row]
        if len(self._merged) > CELLS_LIMIT:
            raise damaged()
        if self._cells:
            for merge in self._merged:
                for column in range(merge.left, min(merge.right, CELLS_LIMIT) + 1):
                    self._problems.setdefault(column - 1, MERGED)

    def _data(self, part: str) -> None:
        if self._collect and not self._phonetic:
            self._text.add(part)

    def _open_row(self, attributes: Attributes) -> None:
        number = _whole(attributes["r"]) if "r" in attributes else self._row + 1
        if not self._row < number <= ROWS_LIMIT:
            raise damaged()
        self._row = number
        self._column = 0
        self._cells = []
        self._problems = {}

    def _open_cell(self, attributes: Attributes) -> None:
        self._column = column_number(attributes["r"]) if "r" in attributes else self._column + 1
        self._type = attributes.get("t", "n")
        self._style = _whole(attributes.get("s", "0"))
        self._formula = False

    def _close_cell(self) -> None:
        raw = self._text.take()
        if not (raw or self._formula):
            return
        position = self._column - 1
        if position >= CELLS_LIMIT:
            self._problems[-1] = TOO_MANY
            return
        while len(self._cells) <= position:
            self._cells.append(None)
        if self._formula:
            self._problems[position] = FORMULA
            return
        self._cells[position] = self._value(raw, position)

    def _value(self, raw: str | TooLong, position: int) -> Cell:
        if self._type == "s" and isinstance(raw, str):
            try:
                raw = self._strings[int(raw)]
            except (ValueError, IndexError):
                raise damaged() from None
        if isinstance(raw, TooLong):
            self._problems[position] = TOO_LONG
            return None
        if self._type == "n":
            return self._number(raw, position)
        if self._type == "e":
            self._problems[position] = SHEET_ERROR
            return None
        if self._type == "b":
            return "true" if raw == "1" else "false"
        if self._type == "d":
            return raw[:10]
        return raw

    def _number(self, raw: str, position: int) -> Cell:
        try:
            number = float(raw)
            whole = int(raw) if raw.lstrip("-").isdigit() else None
        except ValueError:
            raise damaged() from None
        if self._style in self._dates:
            return self._date(number, position)
        if whole is not None:
            return whole
        return int(number) if number.is_integer() and abs(number) < 1e15 else number

    def _date(self, number: float, position: int) -> Cell:
        try:
            moment = from_excel(number, self._epoch)
        except (ValueError, OverflowError):
            moment = None
        if isinstance(moment, datetime):
            return moment.date()
        if isinstance(moment, date):
            return moment
        self._problems[position] = BAD_DATE_NUMBER
        return None


def column_number(reference: str) -> int:
    """The number of the column in a reference such as ``C5``, from 1."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
        if number > 16_384:
            raise damaged()
    if number == 0:
        raise damaged()
    return number
