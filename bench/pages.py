"""The pages at size: server CPU, p50 and p95 per request, beside a bare Flask page and a bare insert in the same run.

    .venv/bin/python -m bench.pages --petitions 20000 [100000 …] [--database both] [--no-index] [--rounds 6]
        [--requests 30] [--json FILE]

Builds a data folder of each size once (``--folder`` keeps them), serves a copy of it as ``./run`` does, web and worker,
and the yardsticks the same way, each as a process of its own. Each round asks everything in turn, so that a noisy
minute strikes all alike; each answer is compared with the database. See ``bench/README.md``.
"""

import argparse
import json
import platform
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.building import Built, Say, built
from bench.client import Untrue
from bench.serving import Served, bare, free_port, program
from bench.stores import KINDS, Store, Stores, add_arguments, opened_stores
from bench.tasks import BOTH, INSERT, PAGE, Office, Task, bare_tasks

WARM_UP = 8


@dataclass(frozen=True, slots=True)
class Site:
    """One served program (size 0: the yardsticks) with its tasks."""

    petitions: int
    store: Store | None
    served: Served
    tasks: Sequence[Task]


@dataclass(slots=True)
class Series:
    """Samples of one task: per round the mean CPU and the worker's CPU of one time, and each time on the wall."""

    yardstick: str
    cpu: list[float] = field(default_factory=list)
    worker: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figure:
    """What a task costs, in milliseconds; ``ratio`` is CPU as a multiple of the yardstick's in the same round."""

    database: str
    petitions: int
    task: str
    cpu_ms: float
    ratio: float
    yardstick: str
    p50_ms: float
    p95_ms: float
    worker_cpu_ms: float


def measure(kind: str, sites: Sequence[Site], *, rounds: int, requests: int, say: Say) -> list[Figure]:
    """Do all tasks of all sites ``requests`` times in each of ``rounds``. Raises ``Untrue`` for a wrong answer."""
    found: dict[tuple[int, str], Series] = {}
    for site in sites:
        for task in site.tasks:
            _repeat(site, task, WARM_UP)
            found[site.petitions, task.name] = Series(task.yardstick)
    for at in range(rounds):
        for name in dict.fromkeys(task.name for site in sites for task in site.tasks):
            for site in sites:
                for task in site.tasks:
                    if task.name == name:
                        _sample(site, task, requests, found)
        say(f"round {at + 1} of {rounds}")
    return [_figure(kind, petitions, task, series) for (petitions, task), series in found.items()]


def _sample(site: Site, task: Task, requests: int, found: dict[tuple[int, str], Series]) -> None:
    series = found[site.petitions, task.name]
    cpu, worker = site.served.cpu(), site.served.worker_cpu()
    series.wall += _repeat(site, task, requests)
    used = (site.served.cpu() - cpu) / requests
    if task.writes:
        site.served.settle()
    series.worker.append((site.served.worker_cpu() - worker) / requests)
    series.cpu.append(used)
    bare_cost = {name: found[0, name].cpu[-1] for name in (PAGE, INSERT) if (0, name) in found and found[0, name].cpu}
    if task.yardstick in bare_cost or task.yardstick == BOTH:
        whole = bare_cost[PAGE] + bare_cost[INSERT] if task.yardstick == BOTH else bare_cost[task.yardstick]
        series.ratio.append(used / whole)


def _repeat(site: Site, task: Task, times: int) -> list[float]:
    try:
        return [task.do() for _ in range(times)]
    except Untrue as error:
        raise SystemExit(f"{site.petitions} petitions, {task.name}: {error}") from error


def _figure(kind: str, petitions: int, task: str, series: Series) -> Figure:
    wall = sorted(series.wall)
    return Figure(
        kind,
        petitions,
        task,
        statistics.median(series.cpu) * 1000,
        statistics.median(series.ratio),
        series.yardstick,
        statistics.median(wall) * 1000,
        wall[min(len(wall) - 1, int(len(wall) * 0.95))] * 1000,
        statistics.median(series.worker) * 1000,
    )


@contextmanager
def opened(stores: Stores, chosen: argparse.Namespace, folder: Path, say: Say) -> Iterator[list[Site]]:
    """Everything served and everybody logged in; each program over a copy of its data folder, removed afterwards."""
    every = [built(stores, size, say=say, index=not chosen.no_index) for size in chosen.petitions]
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="run-", dir=folder)))
        yardsticks = stack.enter_context(bare(work, free_port(chosen.port)))
        sites = [Site(0, None, yardsticks, bare_tasks(yardsticks))]
        for at, one in enumerate(every, start=1):
            sites.append(_site(stack, stores, one, work, chosen, at, say))
        yield sites


def _site(
    stack: ExitStack, stores: Stores, one: Built, work: Path, chosen: argparse.Namespace, at: int, say: Say
) -> Site:
    copy = stores.copied(one.store, work)
    served = stack.enter_context(program(copy, free_port(chosen.port and chosen.port + at), stores.cpu(copy)))
    served.settle()
    truth = stack.enter_context(closing(copy.truth()))
    wanted = [task for task in Office(served, one, truth).tasks() if re.search(chosen.only, task.name)]
    times = WARM_UP + chosen.rounds * chosen.requests
    for task in wanted:
        if task.most is not None and task.most < times:
            say(f"{one.petitions} on {stores.kind}: {task.name} is left out: possible {task.most} times, not {times}")
    tasks = [task for task in wanted if task.most is None or task.most >= times]
    return Site(one.petitions, copy, served, tasks)


def prove(sites: Sequence[Site], *, index: bool) -> None:
    """After all the writing: counters, due days, clocks, numbers and the index still agree with the petitions."""
    for site in sites:
        if site.store is None:
            continue
        site.served.settle()
        site.store.flask("queue", "check")
        site.store.flask("clock", "check")
        if index:
            site.store.flask("search", "check")


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table of Markdown."""
    lines = [
        "| database | petitions | what | server CPU ms | as a multiple of | p50 ms | p95 ms | worker CPU ms |",
        "|---|---:|---|---:|---|---:|---:|---:|",
    ]
    for one in figures:
        multiple = f"{one.ratio:.1f} × {one.yardstick}"
        size = f"{one.petitions:,}" if one.petitions else "–"
        worker = f"{one.worker_cpu_ms:.1f}" if one.worker_cpu_ms > 1 else ""
        lines.append(
            f"| {one.database} | {size} | {one.task} | {one.cpu_ms:.1f} | {multiple} | {one.p50_ms:.1f} "
            f"| {one.p95_ms:.1f} | {worker} |"
        )
    return "\n".join(lines)


def growth(figures: Sequence[Figure], sizes: Sequence[int]) -> str:
    """How the CPU of each task grows from the smallest to the largest size, as a table of Markdown."""
    least, most = min(sizes), max(sizes)
    small = {(one.database, one.task): one.cpu_ms for one in figures if one.petitions == least}
    lines = [f"| database | what | CPU at {most:,} : CPU at {least:,} |", "|---|---|---:|"]
    lines += [
        f"| {one.database} | {one.task} | {one.cpu_ms / small[one.database, one.task]:.2f} |"
        for one in figures
        if one.petitions == most and (one.database, one.task) in small
    ]
    return "\n".join(lines)


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--petitions", type=int, nargs="+", default=[20_000])
    add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--requests", type=int, default=30, help="of each kind in each round")
    parser.add_argument("--only", default="", metavar="PATTERN", help="tasks whose name matches")
    parser.add_argument("--port", type=int, default=0, help="first of the ports used; 0: any that is free")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument(
        "--no-proof", action="store_true", help="skip the checks of counters, clocks and index at the end"
    )
    parser.add_argument("--build-only", action="store_true", help="make what is not there yet, and measure nothing")
    chosen = parser.parse_args()
    folder: Path = chosen.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    for kind in KINDS[chosen.database]:
        with opened_stores(kind, folder, chosen.postgresql_folder) as stores:
            found = _measured(stores, chosen, folder)
        if found:
            # At once: whatever stops the next one takes nothing away from this one.
            figures += found
            _tell(found, figures, chosen)


def _tell(found: Sequence[Figure], figures: Sequence[Figure], chosen: argparse.Namespace) -> None:
    print(f"Python {platform.python_version()}, {chosen.rounds} rounds of {chosen.requests}\n\n{table(found)}\n")
    if len(set(chosen.petitions)) > 1:
        print(f"{growth(found, chosen.petitions)}\n", flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(one) for one in figures], indent=2), encoding="utf-8")


def _measured(stores: Stores, chosen: argparse.Namespace, folder: Path) -> list[Figure]:
    if chosen.build_only:
        for size in chosen.petitions:
            built(stores, size, say=_say, index=not chosen.no_index)
        return []
    with opened(stores, chosen, folder, _say) as sites:
        figures = measure(stores.kind, sites, rounds=chosen.rounds, requests=chosen.requests, say=_say)
        if not chosen.no_proof:
            prove(sites, index=not chosen.no_index)
            checks = "queue, clock" if chosen.no_index else "queue, clock, search"
            _say(f"{stores.kind}: flask {checks} check: no difference")
    return figures


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
