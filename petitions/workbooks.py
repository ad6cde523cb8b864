"""Tables as workbooks for Excel. Every cell is text: nothing that a citizen typed is ever run as a formula."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from xlsxwriter import Workbook

LONGEST_CELL = 32_000
_OPTIONS = {
    "in_memory": False,
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FONT = {"font_name": "Times New Roman", "font_size": 11}
_CELL = {**_FONT, "text_wrap": True, "valign": "top", "border": 1}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table; a struck one is shown struck through."""

    texts: Sequence[str]
    struck: bool = False


def table_workbook(
    *,
    sheet: str,
    above: Sequence[str],
    headings: Sequence[str],
    widths: Sequence[float],
    lines: Iterable[Line],
    numbered: bool = True,
) -> bytes:
    """The same as ``write_table`` writes, in memory."""
    out = BytesIO()
    write_table(out, sheet=sheet, above=above, headings=headings, widths=widths, lines=lines, numbered=numbered)
    return out.getvalue()


def write_table(
    out: IO[bytes],
    *,
    sheet: str,
    above: Sequence[str],
    headings: Sequence[str],
    widths: Sequence[float],
    lines: Iterable[Line],
    numbered: bool = True,
) -> None:
    """Write a workbook with one sheet to ``out``, with little memory however many lines.

    Lines of text ``above`` a table, printed across on A4; the first of them is the title. ``widths`` are those of the
    columns, in characters. Under the headings stands the number of each column, as statutory forms have it, when
    ``numbered``.
    """
    with Workbook(out, _OPTIONS) as book:
        page = book.add_worksheet(sheet[:31])
        title = book.add_format({**_FONT, "bold": True, "font_size": 14})
        plain, cell = book.add_format(_FONT), book.add_format(_CELL)
        struck = book.add_format({**_CELL, "font_strikeout": True})
        heading = book.add_format({**_CELL, "bold": True, "align": "center", "valign": "vcenter"})
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        row = 0
        for text in above:
            page.write_string(row, 0, text, plain if row else title)
            row += 1
        top = row
        for column, text in enumerate(headings):
            page.write_string(row, column, text, heading)
        row += 1
        if numbered:
            for column in range(len(headings)):
                page.write_string(row, column, f"({column + 1})", heading)
            row += 1
        for line in lines:
            for column, text in enumerate(line.texts):
                page.write_string(row, column, _fitting(text), struck if line.struck else cell)
            row += 1
        page.repeat_rows(top, top + numbered)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.5, right=0.4, top=0.5, bottom=0.5)


def _fitting(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
