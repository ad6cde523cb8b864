"""Open a backlog file, whatever it is, as a stream of rows under their headings, in constant memory."""

import codecs
import gzip
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from core.i18n import lazy_gettext as _l
from core.text import clean_line, fold
from petitions.importing.cells import MORE_CELLS, TOO_LONG, TOO_MANY, Cell, Line, as_text
from petitions.importing.charsets import (
    SUSPICION_MESSAGES,
    ByteSource,
    Charset,
    Suspicion,
    decoded,
    from_tcvn3,
    is_western,
    mended_utf8,
    suspect,
)
from petitions.importing.delimited import Record, records
from petitions.importing.problems import ImportRefused
from petitions.importing.workbook import Workbook, open_workbook

DELIMITERS = (",", ";", "\t")
HEADING_SEARCH = 30
"""Rows at the top among which the headings are looked for."""
UNPACKED_LIMIT = 4 << 30
SHEETS_TRIED = 20
REJECT_HEADINGS = ("Row / Dòng", "Reason / Lý do")
"""The first headings of our own file of rejected rows; the same in every language, so that the file is known again."""
_REJECT_SIGN = "Row / "
_REASON_SIGN = "Reason / "
NO_ROWS = _l("The file holds no rows.")
_NOT_WORD = re.compile(r"[\W_]+")
_MANY_SUSPECTS = 5
# Signs at which spreadsheet programs begin a formula, the wide ones of East Asian keyboards too (OWASP, CSV injection).
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out. ``heading_row`` 0 looks for the headings; ``heading_rows`` of them are read as one.

    ``delimiter`` empty means: whichever of comma, semicolon and tab fits. ``mend`` turns UTF-8 that was read in
    another encoding and saved again back into what it was, instead of refusing such cells.
    """

    charset: Charset = Charset.AUTO
    delimiter: str = ""
    sheet: str = ""
    heading_row: int = 0
    heading_rows: int = 1
    mend: bool = False


@dataclass(slots=True)
class Table:
    """An open file: its headings, and its rows as an iterator that can be walked once.

    ``blank_rows`` and ``other_sheets`` say what was left out, ``mended_cells`` what was put right; ``share`` tells
    which share of the file has been read (0 to 1).
    """

    headings: tuple[str, ...]
    heading_row: int
    rows: Iterator[Line]
    share: Callable[[], float]
    other_sheets: tuple[str, ...] = ()
    blank_rows: int = 0
    mended_cells: int = 0


def heading_key(text: str) -> str:
    """What makes two headings the same: letters and digits without marks, case and punctuation."""
    return _NOT_WORD.sub(" ", fold(clean_line(text))).strip()


@contextmanager
def open_table(path: Path, layout: Layout, expected: Collection[str]) -> Iterator[Table]:
    """Open the CSV, TSV (plain or gzip) or XLSX file at ``path``; what it is shows in its content, not in its name.

    ``expected`` are keys of headings (see ``heading_key``), by which the row with the headings is found. Raises
    ``ImportRefused`` for a file that cannot be read, has no such row, or has two columns of one name; while the rows
    are walked, also for damage further down.
    """
    with path.open("rb") as file, ExitStack() as stack:
        head = file.read(16)
        file.seek(0)
        if not head:
            raise ImportRefused(_l("The file is empty."))
        if head.startswith(b"PK\x03\x04"):
            book = stack.enter_context(open_workbook(path))
            yield _first_table(book, layout, expected, stack)
            return
        _refuse_foreign(head)
        stream: ByteSource = file
        if head.startswith(b"\x1f\x8b"):
            stream = _Counted(stack.enter_context(gzip.GzipFile(fileobj=file)))
        if head.removeprefix(codecs.BOM_UTF8).lstrip(b'"').startswith(_REJECT_SIGN.encode()):
            layout = replace(layout, charset=Charset.AUTO, delimiter="")
        size = max(1, path.stat().st_size)
        lines: Iterator[Line] = _delimited_lines(stream, layout, expected)
        if layout.charset is Charset.TCVN3:
            lines = map(_line_from_tcvn3, lines)
        yield _table(lines, layout, expected, lambda: file.tell() / size, ())


def _first_table(book: Workbook, layout: Layout, expected: Collection[str], stack: ExitStack) -> Table:
    """The table of the first sheet that has one: many workbooks begin with a cover or with instructions."""
    refusals: list[ImportRefused] = []
    for sheet in book.candidates(layout.sheet)[:SHEETS_TRIED]:
        others = tuple(other.name for other in book.sheets if other is not sheet and not other.hidden)
        # Closed even when not walked to the end: the archive stays open as long as one of its parts is.
        lines: Iterator[Line] = stack.enter_context(closing(book.lines(sheet)))
        if layout.charset is Charset.TCVN3:
            lines = _sheet_from_tcvn3(lines)
        try:
            return _table(lines, layout, expected, book.share, others)
        except ImportRefused as refusal:
            refusals.append(refusal)
    raise next((refusal for refusal in refusals if refusal.message is not NO_ROWS), refusals[0])


def _refuse_foreign(head: bytes) -> None:
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise ImportRefused(
            _l("The file is an old .xls workbook, or one with a password. Save it as .xlsx without a password.")
        )
    if head.startswith(b"%PDF"):
        raise ImportRefused(_l("The file is a PDF. CSV and XLSX can be imported."))
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<", b"{\\rtf")):
        raise ImportRefused(_l("The file is a web page or document under another name. Save it as .xlsx or CSV UTF-8."))


class _Counted:
    """A stream of bytes that refuses damage and endless data."""

    def __init__(self, inner: ByteSource) -> None:
        self._inner = inner
        self._size = 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, at most ``size``."""
        try:
            data = self._inner.read(size)
        except (OSError, EOFError, zlib.error):
            raise ImportRefused(_l("The compressed file is damaged.")) from None
        self._size += len(data)
        if self._size > UNPACKED_LIMIT:
            raise ImportRefused(_l("The file unpacks to more than can be read safely."))
        return data


def _delimited_lines(stream: ByteSource, layout: Layout, expected: Collection[str]) -> Iterator[Line]:
    chunks = decoded(stream, layout.charset)
    number = 0
    try:
        first = next(chunks, "")
        delimiter = layout.delimiter or _delimiter(first, expected)
        for record in records(chain([first], chunks), delimiter):
            number = record.number
            yield _line(record)
    except ImportRefused as refusal:
        if refusal.row is not None:
            raise
        raise ImportRefused(refusal.message, row=number + 1) from None


def _line(record: Record) -> Line:
    if not record.too_long and not record.too_many:
        return Line(record.number, list(record.cells))
    problems: dict[int, object] = dict.fromkeys(record.too_long, TOO_LONG)
    if record.too_many:
        problems[-1] = TOO_MANY
    return Line(record.number, list(record.cells), problems)


def _delimiter(sample: str, expected: Collection[str]) -> str:
    """The delimiter under which the most expected headings appear; among equals the one that makes the most cells."""
    if sample[:4].lower() == "sep=" and sample[4:5] in DELIMITERS:
        return sample[4]

    def fitness(delimiter: str) -> tuple[int, int]:
        best = (0, 0)
        try:
            for record in islice(records(iter([sample]), delimiter), HEADING_SEARCH):
                best = max(best, (_matches(record.cells, expected), len(record.cells)))
        except ImportRefused:
            # The sample may end within a quoted cell; what came before is enough to judge by.
            pass
        return best

    return max(DELIMITERS, key=fitness)


def _matches(cells: Iterable[Cell], expected: Collection[str]) -> int:
    return len({heading_key(as_text(cell)[:200]) for cell in cells if cell is not None}.intersection(expected))


def _line_from_tcvn3(line: Line) -> Line:
    cells: list[Cell] = [
        from_tcvn3(cell) if isinstance(cell, str) and is_western(cell) else cell for cell in line.cells
    ]
    return Line(line.number, cells, line.problems)


def _sheet_from_tcvn3(lines: Iterator[Line]) -> Iterator[Line]:
    first = next(lines, None)
    if first is None:
        return
    # What was rejected was converted before.
    convert = (lambda line: line) if _is_of_rejects(first) else _line_from_tcvn3
    yield from map(convert, chain([first], lines))


def _is_of_rejects(line: Line) -> bool:
    texts = [as_text(cell) for cell in line.cells[:2]]
    return len(texts) == 2 and texts[0].startswith(_REJECT_SIGN) and texts[1].startswith(_REASON_SIGN)


def _table(
    lines: Iterator[Line],
    layout: Layout,
    expected: Collection[str],
    share: Callable[[], float],
    others: tuple[str, ...],
) -> Table:
    top = list(islice(lines, max(HEADING_SEARCH, layout.heading_row + layout.heading_rows)))
    if not any(not line.blank for line in top):
        raise ImportRefused(NO_ROWS)
    if _is_of_rejects(top[0]):
        layout = replace(layout, heading_row=top[0].number, heading_rows=1)
    start = _find_headings(top, layout, expected)
    span = top[start : start + layout.heading_rows]
    headings = _headings(span)
    _refuse_duplicates(headings, expected, span[-1].number)
    rest = top[start + len(span) :]
    if rest and _is_numbering(rest[0], headings):
        del rest[0]
    table = Table(headings, span[-1].number, iter(()), share, others)
    every = chain(rest, lines)
    table.rows = _rows(_mended(every, table) if layout.mend else every, table)
    return table


def _find_headings(top: list[Line], layout: Layout, expected: Collection[str]) -> int:
    if layout.heading_row:
        for position, line in enumerate(top):
            if line.number == layout.heading_row and len(top) - position >= layout.heading_rows:
                return position
        raise ImportRefused(_l("The row %(row)s that should hold the headings is empty.", row=layout.heading_row))
    scores = [
        _matches(_headings(top[position : position + layout.heading_rows]), expected)
        for position in range(len(top) - layout.heading_rows + 1)
    ]
    best = max(scores, default=0)
    if not best:
        raise ImportRefused(
            _l("None of the first %(count)s rows holds a heading that is expected.", count=HEADING_SEARCH)
        )
    return scores.index(best)


def _headings(span: list[Line]) -> tuple[str, ...]:
    """The headings of each column. Over several rows the lowest filled cell counts; where that gives two columns one
    name, the heading above it goes in front.
    """
    width = max((len(line.cells) for line in span), default=0)
    rows = [
        [clean_line(as_text(cell)[:200]) for cell in line.cells] + [""] * (width - len(line.cells)) for line in span
    ]
    lowest = [next((row[column] for row in reversed(rows) if row[column]), "") for column in range(width)]
    if len(rows) == 1:
        return tuple(lowest)
    group, grouped = "", []
    for column in range(width):
        group = rows[0][column] or group
        grouped.append(group)
    return tuple(
        f"{grouped[column]} {name}" if name and lowest.count(name) > 1 and grouped[column] != name else name
        for column, name in enumerate(lowest)
    )


def _refuse_duplicates(headings: tuple[str, ...], expected: Collection[str], row: int) -> None:
    keys = [heading_key(heading) for heading in headings]
    for key, heading in zip(keys, headings, strict=True):
        if key in expected and keys.count(key) > 1:
            raise ImportRefused(_l("Two columns have the heading “%(heading)s”.", heading=heading), row=row)


def _is_numbering(line: Line, headings: tuple[str, ...]) -> bool:
    """Whether the row numbers the columns, as statutory registers do under their headings: (1), (2), (3) …"""
    texts = [as_text(cell).strip(" ().") for cell in line.cells]
    filled = [text for text in texts if text]
    columns = sum(map(bool, headings))
    return columns > 2 and filled == [str(number) for number in range(1, columns + 1)]


def _mended(lines: Iterable[Line], table: Table) -> Iterator[Line]:
    for line in lines:
        for position, cell in enumerate(line.cells):
            if isinstance(cell, str) and not cell.isascii():
                text = mended_utf8(cell)
                if text is not None:
                    line.cells[position] = text
                    table.mended_cells += 1
        yield line


def begins_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet program may run the text: it passes over spaces at the beginning."""
    return text.startswith(FORMULA_SIGNS) or text.lstrip().startswith(FORMULA_SIGNS)


def _take_marks_off(cells: list[Cell]) -> None:
    """Remove the apostrophe that marks, in spreadsheets and in our file of rejects, text that begins like a formula."""
    for position, cell in enumerate(cells):
        if isinstance(cell, str) and cell[:1] == "'" and begins_like_a_formula(cell[1:]):
            cells[position] = cell[1:]


def _rows(lines: Iterable[Line], table: Table) -> Iterator[Line]:
    width = len(table.headings)
    foreign_letters = suspects = 0
    first_suspect = 0
    for line in lines:
        if line.blank:
            table.blank_rows += 1
            continue
        problems = dict(line.problems)
        if len(line.cells) > width and any(cell not in (None, "") for cell in line.cells[width:]):
            problems[-1] = MORE_CELLS
        _take_marks_off(line.cells)
        texts = [(position, cell) for position, cell in enumerate(line.cells) if isinstance(cell, str) and cell]
        found = suspect(texts)
        if found is not None:
            problems[found[0]] = SUSPICION_MESSAGES[found[1]]
            if found[1] in (Suspicion.TCVN3, Suspicion.MISREAD_UTF8):
                suspects += 1
                first_suspect = first_suspect or line.number
        foreign_letters += any(not text.isascii() for _, text in texts)
        if suspects >= _MANY_SUSPECTS and suspects * 2 > foreign_letters and found is not None:
            raise ImportRefused(SUSPICION_MESSAGES[found[1]], row=first_suspect)
        yield Line(line.number, line.cells, problems) if problems else line
