"""What can be wrong with a file or with one of its rows."""

from dataclasses import dataclass

from core.errors import DomainError
from core.i18n import lazy_gettext as _l

EXCERPT = 60


class ImportRefused(DomainError):
    """The file as a whole cannot be taken; ``row`` is the spreadsheet row at which that showed, if one is to blame.

    ``message`` may be a lazy translation. It never repeats what a cell holds.
    """

    def __init__(self, message: object, *, row: int | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.row = row

    @property
    def sentence(self) -> object:
        """The message with the row in front, for people."""
        if self.row is None:
            return self.message
        return _l("Row %(row)s: %(message)s", row=self.row, message=self.message)


@dataclass(frozen=True, slots=True)
class RowError:
    """One reason why one row cannot be taken.

    ``row`` counts as a spreadsheet does, the first line being 1. ``column`` is the heading as the file has it, or
    empty when the whole row is meant. ``excerpt`` is the beginning of the cell, and empty wherever the cell or the row
    could name a petitioner.
    """

    row: int
    column: str
    message: object
    excerpt: str = ""


def excerpt(text: str) -> str:
    """The beginning of ``text`` on one line, short enough for a message."""
    line = " ".join(text[: EXCERPT * 2].split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"
