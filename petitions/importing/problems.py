"""What can be wrong with a file or with one of its rows."""

import errno
import logging
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

from core.errors import DomainError
from core.i18n import lazy_gettext as _l

log = logging.getLogger(__name__)

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


def storage_failed(error: OSError | OperationalError) -> ImportRefused:
    """The refusal of a file because disk or database failed while it was imported; the log gets the details."""
    log.error("an import stopped: %s", error.orig if isinstance(error, OperationalError) else error)
    detail = str(error).lower()
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "full" in detail or "no space" in detail:
        return ImportRefused(_l("There is no room left on the disk. Nothing was imported."))
    if "locked" in detail:
        return ImportRefused(_l("The database was busy for too long. Nothing was imported; try again later."))
    return ImportRefused(
        _l("Disk or database failed; the log says more. Import the file again: what is there already is left out.")
    )


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
