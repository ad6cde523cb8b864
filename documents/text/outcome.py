"""What came of reading a file. Pure."""

from dataclasses import dataclass
from enum import StrEnum

MOST_CHARACTERS = 200_000
"""Characters kept of one file; what comes after is not searched."""


class TextState(StrEnum):
    """How far a file's text is known."""

    WAITING = "waiting"
    READ = "read"
    NONE = "none"
    SCAN = "scan"
    LOCKED = "locked"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of reading a file.

    ``pages`` is known for PDF and pictures, else 0. ``method`` says what read it, ``detail`` is a code that says why
    there is no text. ``cut``: the file holds more than what was read.
    """

    state: TextState
    text: str = ""
    pages: int = 0
    method: str = ""
    detail: str = ""
    cut: bool = False
