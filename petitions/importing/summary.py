"""What an import did, or would do: for people, for scripts, and kept with the run."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from petitions.importing.problems import RowError

NOTES_KEPT = 100
ERRORS_KEPT = 500
"""Errors that a summary names one by one; all of them stand in the file of rejected rows."""


@dataclass(slots=True)
class Summary:
    """The counts of one run. ``rows`` are those that hold anything, without the headings.

    Every row is ``imported``, ``already_there``, ``repeats_skipped`` or ``rejected``; where nothing may come in unless
    everything does, one rejected row leaves the rest ``held_back``. In a dry run ``imported`` says how many would be.
    ``other_day`` counts those of ``already_there`` that bear another day of receipt than the petition of the same
    reference; ``notes`` names such rows. ``days_either_way`` says that every day written with a slash could also be
    month/day. ``refused`` is why the file as a whole was not taken, empty for one that was.
    """

    file_name: str
    source: str
    mapping: str
    dry_run: bool
    all_or_nothing: bool
    rows: int = 0
    imported: int = 0
    already_there: int = 0
    other_day: int = 0
    repeats_skipped: int = 0
    rejected: int = 0
    held_back: int = 0
    titles_made: int = 0
    second_petitions: int = 0
    unknown_dispositions: int = 0
    denunciations: int = 0
    blank_rows: int = 0
    mended_cells: int = 0
    days_either_way: bool = False
    ignored_columns: list[str] = field(default_factory=list)
    ignored_sheets: list[str] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    errors_total: int = 0
    notes: list[dict[str, Any]] = field(default_factory=list)
    refused: str = ""
    first_number: str = ""
    last_number: str = ""
    seconds: float = 0.0

    def add_error(self, error: RowError) -> None:
        """Count ``error`` and keep it in words, in the language of the moment, unless many are kept already."""
        self.errors_total += 1
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append(_in_words(error))

    def add_other_day(self, note: RowError) -> None:
        """Count a row that was left out although it may be another petition, and keep it in words."""
        self.other_day += 1
        if len(self.notes) < NOTES_KEPT:
            self.notes.append(_in_words(note))

    @property
    def succeeded(self) -> bool:
        """Whether the run did what was asked: the file was taken, and rows were rejected only where that is allowed."""
        return not self.refused and not (self.all_or_nothing and self.rejected)

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain data, for JSON."""
        return asdict(self)

    def as_json(self) -> str:
        """The summary as it is kept with the run."""
        return json.dumps(self.as_dict(), ensure_ascii=False)


def _in_words(error: RowError) -> dict[str, Any]:
    return {"row": error.row, "column": error.column, "message": str(error.message), "excerpt": error.excerpt}
