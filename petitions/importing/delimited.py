"""Delimited text as a stream of records, in constant memory whatever the file holds.

The standard library's reader needs a whole line, and gives up on the file at a cell longer than its limit. This one
passes over a cell that is too long, says which it was, and goes on with the next row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.i18n import lazy_gettext as _l
from petitions.importing.problems import ImportRefused

CELL_LIMIT = 100_000
"""Characters that one cell may have."""
CELLS_LIMIT = 1_000
"""Cells that one row may have."""
_LINE_LIMIT = 4 * CELL_LIMIT
_QUOTE = '"'


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its number in the file (from 1), its cells, and the positions of cells that were passed over."""

    number: int
    cells: list[str]
    too_long: tuple[int, ...] = ()
    too_many: bool = False


def records(chunks: Iterator[str], delimiter: str) -> Iterator[Record]:
    """The rows of delimited text that arrives in pieces. Quotes are doubled inside a quoted cell (RFC 4180).

    Raises ``ImportRefused`` where quotes are not closed or text follows a closing quote: from there on nobody can
    tell where a row ends.
    """
    source = _Source(chunks)
    scanner = _Scanner(source, delimiter)
    number = 0
    while source.any_left():
        number += 1
        line = source.plain_line()
        if line is not None:
            cells = line.split(delimiter, CELLS_LIMIT)
            yield Record(number, cells[:CELLS_LIMIT], too_many=len(cells) > CELLS_LIMIT)
        else:
            yield scanner.record(number)


class _Source:
    """The text from the present position on; takes more pieces when it needs them."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self.text = ""
        self.at = 0

    def any_left(self) -> bool:
        """Whether there is any more text."""
        return self.at < len(self.text) or self.more()

    def more(self) -> bool:
        """Take the next piece, dropping what has been read; False at the end of the file."""
        for chunk in self._chunks:
            if chunk:
                self.text = self.text[self.at :] + chunk
                self.at = 0
                return True
        return False

    def plain_line(self) -> str | None:
        """The next line, if it is an ordinary one without quotes; None when it must be read cell by cell."""
        end = self.text.find("\n", self.at)
        while end < 0 and len(self.text) - self.at <= _LINE_LIMIT and self.more():
            end = self.text.find("\n", self.at)
        if end < 0:
            end = len(self.text)
        if end - self.at > CELL_LIMIT:
            return None
        line = self.text[self.at : end]
        line = line.removesuffix("\r")
        if _QUOTE in line or "\r" in line:
            return None
        self.at = end + 1
        return line


class _Scanner:
    """Reads one record cell by cell; cells beyond the limit are passed over, not kept."""

    def __init__(self, source: _Source, delimiter: str) -> None:
        self._source = source
        self._delimiter = delimiter
        self._stop = re.compile(f"[{re.escape(delimiter)}\r\n]")

    def record(self, number: int) -> Record:
        """The next record, which has the row number ``number``."""
        cells: list[str] = []
        too_long: list[int] = []
        too_many = False
        last = False
        while not last:
            cell, last = self._cell(number)
            if len(cells) >= CELLS_LIMIT:
                too_many = True
                continue
            if cell is None:
                too_long.append(len(cells))
            cells.append(cell or "")
        return Record(number, cells, tuple(too_long), too_many)

    def _cell(self, number: int) -> tuple[str | None, bool]:
        """The next cell (None: too long) and whether the record ends with it."""
        source = self._source
        if self._peek() == _QUOTE:
            source.at += 1
            cell = self._quoted(number)
            if self._peek() not in ("", self._delimiter, "\r", "\n"):
                raise ImportRefused(
                    _l("Text follows a closing quotation mark. Inside a quoted cell quotation marks must be doubled."),
                    row=number,
                )
        else:
            cell = self._unquoted()
        return cell, self._end_of_cell()

    def _unquoted(self) -> str | None:
        source = self._source
        kept = _Kept()
        while True:
            found = self._stop.search(source.text, source.at)
            end = found.start() if found else len(source.text)
            kept.add(source.text[source.at : end])
            source.at = end
            if found or not source.more():
                return kept.text()

    def _quoted(self, number: int) -> str | None:
        source = self._source
        kept = _Kept()
        while True:
            end = source.text.find(_QUOTE, source.at)
            stop = end if end >= 0 else len(source.text)
            kept.add(source.text[source.at : stop])
            source.at = stop
            if end < 0:
                if not source.more():
                    raise ImportRefused(_l("A quotation mark is opened and never closed."), row=number)
                continue
            source.at += 1
            if self._peek() != _QUOTE:
                return kept.text()
            kept.add(_QUOTE)
            source.at += 1

    def _end_of_cell(self) -> bool:
        char = self._peek()
        if char == "":
            return True
        self._source.at += 1
        if char == "\r" and self._peek() == "\n":
            self._source.at += 1
        return char != self._delimiter

    def _peek(self) -> str:
        source = self._source
        if source.at >= len(source.text) and not source.more():
            return ""
        return source.text[source.at]


class _Kept:
    """The parts of one cell, until there are too many characters."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def add(self, part: str) -> None:
        self._size += len(part)
        if self._size <= CELL_LIMIT:
            self._parts.append(part)
        else:
            self._parts.clear()

    def text(self) -> str | None:
        return None if self._size > CELL_LIMIT else "".join(self._parts)
