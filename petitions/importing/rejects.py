"""The file of rejected rows: what to mend, with the reason, in a form that can be imported again."""

import csv
import os
from collections.abc import Sequence
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

from petitions.importing.cells import Cell, as_text
from petitions.importing.dates import DateOrder
from petitions.importing.reading import REJECT_HEADINGS, begins_like_a_formula
from petitions.importing.rows import Rejection


class RejectFile:
    """Writes rejected rows to a CSV that only its owner may read; made with the first of them.

    Under the same mapping it comes in again once it is mended; ``reading`` knows it by its first two headings.

    Of a guarded row (one that is or may be a denunciation) only the number, the reference and the reasons are written.
    """

    def __init__(self, path: Path | None, order: DateOrder = DateOrder.AUTO) -> None:
        self._path = path
        # Where the mapping declares another order, a real day must not be taken for one in that order.
        self._iso_days = order in (DateOrder.MDY, DateOrder.YMD)
        self._file: TextIOWrapper | None = None
        self._headings: tuple[str, ...] = ()
        self._reference_at = -1

    def __enter__(self) -> "RejectFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def begin(self, headings: Sequence[str], reference_heading: str) -> None:
        """Say under which headings the rows of the file stand, and which of them is the reference."""
        self._headings = tuple(headings)
        self._reference_at = self._headings.index(reference_heading) if reference_heading in self._headings else -1

    def add(self, rejection: Rejection, cells: Sequence[Cell]) -> None:
        """Write one rejected row."""
        if self._path is None:
            return
        shown = [""] * len(self._headings) if rejection.guarded else list(map(self._typed, cells))
        if rejection.guarded and self._reference_at >= 0:
            shown[self._reference_at] = rejection.external_ref
        reasons = "; ".join(
            f"{error.column}: {error.message}" if error.column else str(error.message) for error in rejection.errors
        )
        csv.writer(self._opened()).writerow([rejection.row, reasons, *map(as_plain_text, shown)])

    def _typed(self, cell: Cell) -> str:
        return cell.isoformat() if self._iso_days and isinstance(cell, date) else as_text(cell)

    def _opened(self) -> TextIOWrapper:
        if self._file is None:
            assert self._path is not None  # noqa: S101 - add() returns early without one
            self._path.unlink(missing_ok=True)
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            self._file = open(handle, "w", encoding="utf-8-sig", newline="")  # noqa: PTH123, SIM115 - see __exit__
            csv.writer(self._file).writerow([*REJECT_HEADINGS, *map(as_plain_text, self._headings)])
        return self._file


def as_plain_text(text: str) -> str:
    """The text as a cell of a CSV file that no spreadsheet program takes for a formula."""
    # A spreadsheet program would run such a cell as a formula; the import takes the mark off again.
    return "'" + text if begins_like_a_formula(text) else text
