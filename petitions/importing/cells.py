"""Cells and rows as every kind of file hands them over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from core.i18n import lazy_gettext as _l
from petitions.importing.delimited import CELL_LIMIT, CELLS_LIMIT

Cell = str | int | float | date | None
"""What a cell holds: text, a number, a real date (spreadsheets only), or nothing."""

TOO_LONG = _l("The cell holds more than %(limit)s characters.", limit=f"{CELL_LIMIT:,}".replace(",", "."))
TOO_MANY = _l("The row has more than %(limit)s cells.", limit=CELLS_LIMIT)
MORE_CELLS = _l("The row has more cells than there are headings.")
FORMULA = _l("The cell holds a formula. Copy the column and paste it as values.")
MERGED = _l("The cell is merged with the one above. Unmerge the cells and fill in every row.")
SHEET_ERROR = _l("The cell holds a spreadsheet error.")
BAD_DATE_NUMBER = _l("The cell is formatted as a date, but its number is no date.")


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number as a spreadsheet counts, its cells, and what is wrong by position (-1: the whole row)."""

    number: int
    cells: list[Cell]
    problems: Mapping[int, object] = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """Whether no cell holds anything but white space."""
        return not self.problems and not any(
            cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in self.cells
        )


def as_text(cell: Cell) -> str:
    """``cell`` as a person would type it; dates as dd/mm/yyyy, whole numbers without a decimal point."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return f"{cell.day:02d}/{cell.month:02d}/{cell.year:04d}"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)
