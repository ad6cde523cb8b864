"""Where the lines and marks of a chart stand; the template draws them as SVG beside the table that says the same. Pure.

Nothing here depends on colour: lines differ by dashes and marks, and each is named at its end.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.i18n import format_count
from petitions.burndown import Week

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 110, 14, 36
_MOST_LABELS = 12
_MOST_MARKS = 60


class Tick(NamedTuple):
    """A line of the grid with its label: ``at`` is its place along the axis."""

    at: str
    label: str


class Point(NamedTuple):
    """A place on the drawing."""

    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of two lines, in the units of its own drawing."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    ideal: str
    actual: str
    marks: tuple[Point, ...]
    ideal_end: Point
    actual_end: Point


def burndown_chart(at_start: int, weeks: Sequence[Week]) -> Chart | None:
    """The chart of what is left at the end of each week, beside the ideal line; None without anything to draw."""
    if not weeks or not at_start:
        return None
    lefts = [(0, at_start), *((week.number, week.left) for week in weeks if week.left is not None)]
    ideals = [(0, float(at_start)), *((week.number, week.ideal) for week in weeks)]
    last = weeks[-1].number
    step = nice_step(max(left for _number, left in lefts))
    top = step * math.ceil(max(left for _number, left in lefts) / step)

    def point(number: float, value: float) -> Point:
        x = _LEFT + number / last * (WIDTH - _LEFT - _RIGHT)
        y = _TOP + (1 - value / top) * (HEIGHT - _TOP - _BOTTOM)
        return Point(f"{x:.1f}", f"{y:.1f}")

    def line(values: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{p.x},{p.y}" for p in (point(*value) for value in values))

    every = math.ceil(last / _MOST_LABELS)
    marks = [point(*left) for left in lefts]
    return Chart(
        WIDTH,
        HEIGHT,
        _LEFT,
        WIDTH - _RIGHT,
        _TOP,
        HEIGHT - _BOTTOM,
        across=tuple(Tick(point(number, 0).x, str(number)) for number in range(0, last + 1, every)),
        up=tuple(Tick(point(0, value).y, format_count(value)) for value in range(0, top + 1, step)),
        ideal=line(ideals),
        actual=line(lefts),
        marks=tuple(marks) if len(marks) <= _MOST_MARKS else (marks[-1],),
        ideal_end=point(*ideals[-1]),
        actual_end=marks[-1],
    )


def nice_step(most: int) -> int:
    """A round step that makes at most five parts of ``most``: 1, 2 or 5 times a power of ten."""
    wanted = max(1.0, most / 5)
    power: int = 10 ** math.floor(math.log10(wanted))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= wanted)


def share(part: int, whole: int) -> int:
    """``part`` of ``whole`` in hundredths, for a bar in a table; what is there is never drawn as nothing."""
    if not whole or not part:
        return 0
    return max(1, min(100, round(100 * part / whole)))
