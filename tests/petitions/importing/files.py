"""Files for the tests of the import: delimited text, workbooks, and rows checked without a database."""

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import xlsxwriter

from petitions.importing.aliases import value_key
from petitions.importing.cells import Line
from petitions.importing.dates import DayReader
from petitions.importing.mapping import NATIVE, ColumnMapping
from petitions.importing.plan import Plan
from petitions.importing.reading import Layout, open_table
from petitions.importing.rows import Lookups, Officer, PetitionRow, Rejection
from petitions.importing.validation import RowChecker

TODAY = date(2026, 11, 24)

LOOKUPS = Lookups(
    today=TODAY,
    earliest=date(1945, 9, 2),
    fields={value_key("land"): 1, value_key("Đất đai"): 1, value_key("other"): 6},
    units={value_key("Địa chính"): 1, value_key("Văn hóa"): 2},
    officers={
        "officer1": Officer(11, (1,), any_unit=False),
        value_key("Đỗ Văn Một"): Officer(11, (1,), any_unit=False),
        "supervisor1": Officer(12, (), any_unit=True),
        value_key("Trùng Tên"): None,
    },
    ward_codes={"00004": "Ba Đình"},
)


def text_file(folder: Path, text: str, name: str = "rows.csv", encoding: str = "utf-8") -> Path:
    """A file with ``text`` in it."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def csv_file(folder: Path, rows: Sequence[Mapping[str, str]], name: str = "rows.csv") -> Path:
    """A CSV with the keys of ``rows`` as headings; cells hold no comma, quote or line break."""
    headings = list(dict.fromkeys(key for row in rows for key in row))
    lines = [",".join(headings), *(",".join(row.get(heading, "") for heading in headings) for row in rows)]
    return text_file(folder, "\n".join(lines) + "\n", name)


def workbook(folder: Path, rows: Sequence[Sequence[object]], name: str = "rows.xlsx") -> Path:
    """A workbook; texts, numbers, dates and (as ``=...``) formulas are written as such."""
    path = folder / name
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Sổ")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(at, column, cell, day)
            elif cell is not None:
                sheet.write(at, column, cell)
    book.close()
    return path


def rewritten(path: Path, part: str, old: str, new: str) -> Path:
    """The workbook with ``old`` replaced by ``new`` in one of its parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                assert old.encode() in data
                data = data.replace(old.encode(), new.encode())
            target.writestr(name, data)
    path.write_bytes(buffer.getvalue())
    return path


def lines_of(path: Path, layout: Layout | None = None, expected: Sequence[str] = ("a", "b", "c")) -> list[Line]:
    """All rows of a file."""
    with open_table(path, layout or Layout(), expected) as table:
        return list(table.rows)


def checked(cells: Mapping[str, object], mapping: ColumnMapping = NATIVE) -> PetitionRow | Rejection:
    """One row judged; ``received_on`` is filled in where it is not given."""
    given = {"received_on": "01/03/2026", "title": "", **cells}
    plan = Plan(mapping, list(given))
    line = Line(7, [value if isinstance(value, str | int | date) else None for value in given.values()])
    return RowChecker(plan, DayReader(mapping.date_order), LOOKUPS).check(plan.native(line))


def accepted(cells: Mapping[str, object]) -> PetitionRow:
    """One row that must be taken."""
    verdict = checked(cells)
    assert isinstance(verdict, PetitionRow), reasons(verdict)
    return verdict


def refused(cells: Mapping[str, object]) -> dict[str, str]:
    """Why one row is not taken, by column."""
    verdict = checked(cells)
    assert isinstance(verdict, Rejection)
    return reasons(verdict)


def reasons(rejection: Rejection) -> dict[str, str]:
    """The reasons by column."""
    return {error.column: str(error.message) for error in rejection.errors}


def pieces(text: str, size: int) -> Iterator[str]:
    """``text`` cut into pieces of ``size``."""
    return (text[at : at + size] for at in range(0, len(text), size))
