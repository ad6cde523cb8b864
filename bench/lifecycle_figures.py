"""What a lifecycle costs: the figures of ``bench.lifecycle``, and their tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench.serving import Served

STEPS = ("create", "assign", "resolve", "search")
_LIVED = (
    "| database | petitions | index | clients | lifecycles | a CPU second | a wall second | CPU ms: web | worker "
    "| database | the barest server, a CPU second |"
)
_WAITED = (
    f"| database | petitions | clients | {' | '.join(f'{step}, p50 / p95 ms' for step in STEPS)} "
    "| asked at most until found | indexed after the last, ms |"
)


class Cpu(NamedTuple):
    """Seconds of CPU used so far."""

    web: float
    worker: float
    database: float

    @classmethod
    def of(cls, served: Served) -> "Cpu":
        """What the processes of ``served`` have used."""
        return cls(served.web_cpu(), served.worker_cpu(), served.database_cpu())

    def since(self, before: "Cpu") -> "Cpu":
        """What was used after ``before``."""
        return Cpu(*(now - then for now, then in zip(self, before, strict=True)))

    @property
    def all(self) -> float:
        """The whole server."""
        return sum(self)


@dataclass(frozen=True, slots=True)
class Life:
    """One lifecycle: seconds of each step on the wall, and how often search was asked until the petition was found."""

    number: str
    steps: dict[str, float]
    asked: int


@dataclass(frozen=True, slots=True)
class Figure:
    """What lifecycles cost. Milliseconds for one of them; ``found_ms`` is the time on the wall until it was found."""

    database: str
    petitions: int
    index: bool
    clients: int
    lifecycles: int
    a_cpu_second: float
    a_wall_second: float
    web_ms: float
    worker_ms: float
    database_ms: float
    indexed_after_ms: float
    asked_most: int
    p50_ms: dict[str, float]
    p95_ms: dict[str, float]
    floor_a_cpu_second: float


@dataclass(frozen=True, slots=True)
class StepFigure:
    """What one step costs, milliseconds of CPU, where all petitions do one step after the other."""

    database: str
    petitions: int
    step: str
    web_ms: float
    worker_ms: float
    database_ms: float


def tables(figures: Sequence[Figure], steps: Sequence[StepFigure]) -> str:
    """The figures as tables of Markdown."""
    lines = [
        _LIVED,
        "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.database} | {one.petitions:,} | {'all' if one.index else 'new ones only'} | {one.clients} "
        f"| {one.lifecycles} | {one.a_cpu_second:.1f} | {one.a_wall_second:.1f} | {one.web_ms:.1f} "
        f"| {one.worker_ms:.1f} | {one.database_ms:.1f} | {one.floor_a_cpu_second:.0f} |"
        for one in figures
    ]
    lines += [
        "",
        _WAITED,
        f"|---|---:|---:|{'---:|' * len(STEPS)}---:|---:|",
    ]
    lines += [
        f"| {one.database} | {one.petitions:,} | {one.clients} | "
        + " | ".join(f"{one.p50_ms[step]:.1f} / {one.p95_ms[step]:.1f}" for step in STEPS)
        + f" | {one.asked_most} | {one.indexed_after_ms:.0f} |"
        for one in figures
    ]
    lines += ["", "| database | petitions | step | CPU ms: web | worker | database |", "|---|---:|---|---:|---:|---:|"]
    lines += [
        f"| {one.database} | {one.petitions:,} | {one.step} | {one.web_ms:.1f} | {one.worker_ms:.1f} "
        f"| {one.database_ms:.1f} |"
        for one in steps
    ]
    return "\n".join(lines)
