"""Texts put together from several cells: ``"{account} {unique_key}"``."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from petitions.importing.cells import Cell, as_text

_PLACE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with places for cells, by the headings of their columns."""

    text: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The headings that the text refers to."""
        return tuple(name.strip() for name in _PLACE.findall(self.text))

    def compiled(self, position: Callable[[str], int]) -> "CompiledTemplate":
        """The template bound to the columns of a file; ``position`` finds a column by its heading."""
        lines = []
        for line in self.text.split("\n"):
            parts: list[str | int] = []
            for index, piece in enumerate(_PLACE.split(line)):
                parts.append(position(piece.strip()) if index % 2 else piece)
            lines.append(tuple(parts))
        return CompiledTemplate(tuple(lines))


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template whose places are positions of cells."""

    lines: tuple[tuple[str | int, ...], ...]

    def fill(self, cells: Sequence[Cell]) -> Cell:
        """The text for a row. A line all of whose places are empty is left out.

        A template that is one place and nothing else hands on the cell as it is, so that a date stays a date.
        """
        if len(self.lines) == 1 and len(self.lines[0]) == 3 and self.lines[0][0] == "" and self.lines[0][2] == "":
            place = self.lines[0][1]
            return _cell(cells, place) if isinstance(place, int) else None
        filled = [text for line in self.lines if (text := _fill(line, cells))]
        return "\n".join(filled) or None


def _fill(line: tuple[str | int, ...], cells: Sequence[Cell]) -> str:
    texts = [as_text(_cell(cells, part)).strip() if isinstance(part, int) else part for part in line]
    places = [text for text, part in zip(texts, line, strict=True) if isinstance(part, int)]
    if places and not any(places):
        return ""
    return " ".join("".join(texts).split())


def _cell(cells: Sequence[Cell], position: int) -> Cell:
    return cells[position] if position < len(cells) else None
