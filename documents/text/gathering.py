"""Gathering text up to a bound. Pure."""

import re
from itertools import islice

from core.text import clean_text
from documents.text.outcome import MOST_CHARACTERS

_LETTER = re.compile(r"[^\W_]")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\n{3,}")
_LINE_END = re.compile(r"(?<=[^\n])\n(?=(\w))")
# Letters and digits from which on a file counts as one with text: less is a page number or a stamp's crumbs.
FEWEST = 8


class Full(Exception):
    """As much text as is kept has been read."""


class Gathering:
    """Text in pieces, cut at ``MOST_CHARACTERS``. ``wrapped``: its lines end where the paper did."""

    def __init__(self, *, wrapped: bool = True) -> None:
        self._wrapped = wrapped
        self._pieces: list[str] = []
        self._left = MOST_CHARACTERS
        self._blank = False
        self.cut = False

    def add(self, piece: str) -> None:
        """Take ``piece``; raise ``Full`` where no more is taken."""
        # Empty lines without end must not use up the room of the words behind them.
        blank = piece.isspace()
        if blank and self._blank:
            return
        self._blank = blank
        if len(piece) > self._left:
            self._pieces.append(piece[: self._left])
            self._left = 0
            self.cut = True
            raise Full
        self._left -= len(piece)
        self._pieces.append(piece)

    @property
    def text(self) -> str:
        """What was gathered: NFC, without invisible characters and without what no database takes."""
        whole = "".join(self._pieces).encode("utf-8", "ignore").decode("utf-8")
        clean = _LINES.sub("\n\n", clean_text(_SPACES.sub(" ", whole)))
        return (_unwrapped(clean) if self._wrapped else clean)[:MOST_CHARACTERS]


def _unwrapped(text: str) -> str:
    """``text`` with the lines of a sentence joined: what stands together must be found together."""
    return _LINE_END.sub(lambda found: " " if found[1].islower() or found[1].isdigit() else "\n", text)


def has_words(text: str) -> bool:
    """Whether ``text`` holds enough letters and digits to be worth finding."""
    return next(islice(_LETTER.finditer(text), FEWEST - 1, None), None) is not None
