"""Signs that a row would tell who denounced.

Law on Denunciations, articles 8 and 56: the denouncer's identity is secret. A clerk's summary may name the accused, so
names as such are no sign; numbers by which a person is reached or registered are, and words by which a writer says
who writes.
"""

import re

from core.text import fold
from petitions.importing.cells import as_text
from petitions.importing.plan import IDENTITY_COLUMNS, NativeRow, is_secrecy_mark

TEXT_COLUMNS = ("title", "body", "note", "resolution_note")

_REACHED_BY = re.compile(
    r"(?<!\d)(?:\+?84|0)(?:[ .-]?\d){8,10}(?!\d)|(?<!\d)\d{12}(?!\d)|(?<!\d)\d{9}(?!\d)|[\w.+-]+@[\w-]+\.[a-z]"
)
_SAYS_WHO = re.compile(
    r"\b(?:toi ten|ten toi)\b|\b(?:ho va ten|ho ten)\s*:|"
    r"\bnguoi (?:to cao|viet don|gui don|gui|lam don|dung don)\s*(?::|ten\b|la (?:ong|ba|anh|chi|co|chu|bac)\b)"
)
_DENUNCIATION = re.compile(r"\b(?:to cao|denounc\w*|denunciation\w*)\b")


def names_petitioner(row: NativeRow) -> bool:
    """Whether a cell is filled that would tell who wrote."""
    return row.identity or any(
        as_text(cell).strip() and not is_secrecy_mark(cell)
        for cell in (row.cells.get(column) for column in IDENTITY_COLUMNS)
    )


def text_that_identifies(row: NativeRow) -> str | None:
    """The native column whose text seems to say who wrote; None when none does."""
    for column in TEXT_COLUMNS:
        text = fold(as_text(row.cells.get(column)))
        if text and (_REACHED_BY.search(text) or _SAYS_WHO.search(text)):
            return column
    return None


def speaks_of_denunciation(row: NativeRow) -> bool:
    """Whether the texts of a row mention a denunciation; asked where no kind is given."""
    return any(_DENUNCIATION.search(fold(as_text(row.cells.get(column)))) for column in TEXT_COLUMNS)
