"""The search page beside other systems: server CPU for each kind of query, p50 and p95, what was found checked.

    .venv/bin/python -m bench.search_pages --petitions 20000 [100000 …] [--peers roundup helpdesk] [--requests 20]
        [--rate 20 --seconds 30] [--database both] [--folder DIR] [--json FILE]

In one run, over the same petitions: ours as ``./run`` serves it; bare SQLite FTS5 behind the smallest page (the floor);
and the peers that are named, installed from the package index into environments of their own. All are asked the same
in turn. ``--rate`` then asks ours so often a second, all kinds mixed, and tells how long the answers took on the wall.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path

from bench.building import PASSWORD, SEED, built
from bench.client import Client
from bench.corpus import KINDS, Corpus
from bench.peers import fts_page
from bench.peers.systems import Asked, Floor, Helpdesk, Ours, Roundup, System
from bench.processes import process_cpu
from bench.serving import _answers, free_port
from bench.stores import KINDS as DATABASES
from bench.stores import Store, Stores, add_arguments, opened_stores
from core.database import db
from core.settings import CHECKOUT, load_settings
from petitions.queries.indexing import index_sources
from search.analysis import split_marks
from wsgi import create_app

PEERS: dict[str, type[Roundup] | type[Helpdesk]] = {"roundup": Roundup, "helpdesk": Helpdesk}
_AT_ONCE = 2_000
WARM_UP = 3


# A system with somebody who asks it, and what tells how many seconds of CPU it has used so far.
Served = tuple[System, Client, Callable[[], float]]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one kind of query costs one system, in ms of server CPU; ``wrong`` answers were not the floor's."""

    petitions: int
    system: str
    kind: str
    hits: float
    p50: float
    p95: float
    wrong: int
    asked: int


def questions(corpus: Corpus, wanted: int) -> dict[str, list[Asked]]:
    """What is asked, by kind."""
    of = {kind: corpus.queries(kind, wanted) for kind in KINDS}
    words = {split_marks(word)[0] for text in corpus.count for word in text.split(" ")}
    halves = [split_marks(word)[0][:-1] for text in of["medium"] for word in text.split(" ")]
    half_typed = [half for half in dict.fromkeys(halves) if len(half) >= 3 and half not in words]
    return {
        "rare": [Asked(f'"{text}"') for text in of["rare"]],
        "medium": [Asked(f'"{text}"') for text in of["medium"]],
        "common": [Asked(text) for text in of["common"]],
        "common syllables": [Asked(text.split(" ")[0]) for text in of["common phrase of 3"]],
        "phrase": [Asked(f'"{text}"') for text in of["common phrase of 3"]],
        "filtered": [Asked(text, filtered=True) for text in of["common phrase of 3"]],
        "sorted": [Asked(text, sorted=True) for text in of["common phrase of 3"]],
        "prefix": [Asked(f"{half}*") for half in half_typed[:wanted]],
    }


@contextmanager
def served(system: System, port: int, environ: dict[str, str], log_file: Path) -> Iterator[int]:
    """The process id of the system, answering."""
    with log_file.open("wb") as log:
        process = subprocess.Popen(list(system.command(port)), cwd=CHECKOUT, env=environ, stdout=log, stderr=log)
    try:
        if not _answers(port, process):
            raise SystemExit(f"{system.name} did not start: {log_file.read_text(encoding='utf-8')[-2000:]}")
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def rows_of(store: Store) -> Iterator[tuple[int, str, str, str, str, str]]:
    """Every petition's id, title, all text, body, kind and day of receipt."""
    with create_app(load_settings(store.environment())).app_context():
        session = db.session()
        known = session.connection().exec_driver_sql("SELECT id, kind, received_on FROM petition ORDER BY id").all()
        for start in range(0, len(known), _AT_ONCE):
            part = known[start : start + _AT_ONCE]
            sources = index_sources(session, [row[0] for row in part])
            for (record_id, kind, day), source in zip(part, sources, strict=True):
                text = "\n".join(
                    (
                        *(source.title, *source.names, source.against, source.body, *source.notes, *source.addresses),
                        *(source.ward, source.forwarder, source.also_sent_to, source.resolution_note),
                        *(source.paper_location, source.forwarder_ref, source.decision_number),
                    )
                )
                yield record_id, source.title, text, source.body, kind, str(day)
        db.session.remove()
        db.engine.dispose()


def prepare(folder: Path, store: Store, peers: Sequence[str]) -> list[System]:
    """Fill whatever is not filled yet."""
    systems: list[System] = [Floor(folder / "floor", "floor (FTS5)")]
    floor = folder / "floor"
    if not (floor / "done").exists():
        floor.mkdir(parents=True, exist_ok=True)
        (floor / "floor.sqlite3").unlink(missing_ok=True)
        rows = ((i, title, text, kind, day) for i, title, text, _body, kind, day in rows_of(store))
        fts_page.fill(floor / "floor.sqlite3", rows)
        (floor / "done").touch()
    texts = folder / "texts.jsonl"
    for name in peers:
        peer = PEERS[name](folder / name, name)
        if not (folder / name / "done").exists():
            if not texts.exists():
                with texts.open("w", encoding="utf-8") as target:
                    for record_id, title, _text, body, _kind, _day in rows_of(store):
                        target.write(json.dumps([title or "-", body, record_id], ensure_ascii=False) + "\n")
            started = time.monotonic()
            peer.fill(texts)
            print(f"{name}: filled in {time.monotonic() - started:.0f} s", flush=True)
            (folder / name / "done").touch()
        systems.append(peer)
    return systems


def measure(
    petitions: int,
    systems: Sequence[tuple[System, Client, Callable[[], float]]],
    kinds: dict[str, list[Asked]],
    requests: int,
) -> list[Figure]:
    """Ask all systems all questions in turn."""
    found: list[Figure] = []
    for kind, asked in kinds.items():
        if not asked:
            continue
        cpu: dict[str, list[float]] = {system.name: [] for system, _, _ in systems}
        hits: dict[str, list[int]] = {system.name: [] for system, _, _ in systems}
        for at in range(-WARM_UP, requests):
            question = asked[at % len(asked)]
            for system, client, cpu_of in systems:
                before = cpu_of()
                answer = client.get(system.path(question))
                spent = (cpu_of() - before) * 1000
                answer.expect(200)
                if at >= 0:
                    cpu[system.name].append(spent)
                    hits[system.name].append(system.hits(answer.text))
        true = hits["floor (FTS5)"]
        for system, _, _ in systems:
            wrong = sum(said != right for said, right in zip(hits[system.name], true, strict=True))
            found.append(
                Figure(
                    petitions, system.name, kind, statistics.median(hits[system.name]),
                    statistics.median(cpu[system.name]), _p95(cpu[system.name]),
                    wrong,
                    requests,
                )
            )  # fmt: skip
    return found


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]


def _with_database(pid: int, database: Callable[[], float]) -> float:
    return process_cpu(pid) + database()


def under_load(
    first: Client, system: System, kinds: dict[str, list[Asked]], rate: float, seconds: float
) -> dict[str, object]:
    """Ask ``rate`` times a second, whether or not earlier answers have come; how long each answer took."""
    dice = random.Random(SEED)  # noqa: S311 - which question comes next
    waits: dict[str, list[float]] = {kind: [] for kind in kinds}
    failed: list[int] = []
    lock = threading.Lock()
    free = [first]

    def ask(kind: str, question: Asked, due: float) -> None:
        with lock:
            client = free.pop() if free else None
        if client is None:
            client = Client(first.port, cookies=dict(first.cookies))
        answer = client.get(system.path(question))
        with lock:
            free.append(client)
            if answer.status != 200:
                failed.append(answer.status)
            waits[kind].append((time.perf_counter() - due) * 1000)

    threads = []
    start = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = start + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        kind = dice.choice([name for name in kinds if kinds[name]])
        thread = threading.Thread(target=ask, args=(kind, dice.choice(kinds[kind]), due))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return {
        "rate": rate, "seconds": seconds, "failed": failed,
        "p50_ms": {kind: round(statistics.median(times), 1) for kind, times in waits.items() if times},
        "p95_ms": {kind: round(_p95(times), 1) for kind, times in waits.items() if times},
    }  # fmt: skip


def run(stores: Stores, petitions: int, arguments: argparse.Namespace) -> tuple[list[Figure], dict[str, object]]:
    """Everything for one size."""
    built(stores, petitions, say=lambda line: print(line, flush=True))
    store = stores.kept(petitions)
    place = arguments.folder / f"search-{petitions}-{stores.kind}"
    systems = [Ours(place, "ours"), *prepare(place, store, arguments.peers)]
    corpus = Corpus(petitions - 300, SEED)
    for _text in corpus:
        pass
    kinds = questions(corpus, arguments.queries)
    with ExitStack() as stack:
        web_pid = 0
        asked: list[Served] = []
        for system in systems:
            port = free_port(0)
            environ = store.environment(PORT=str(port)) if isinstance(system, Ours) else dict(os.environ)
            pid = stack.enter_context(served(system, port, environ, place / f"{type(system).__name__}.log"))
            client = Client(port, cookies=system.cookies)
            if isinstance(system, Ours):
                client.log_in("supervisor1", PASSWORD)
                database = stores.cpu(store)
                web_pid = pid
                asked.append((system, client, partial(_with_database, pid, database)))
            else:
                asked.append((system, client, partial(process_cpu, pid)))
        figures = measure(petitions, asked, kinds, arguments.requests)
        load: dict[str, object] = {}
        if arguments.rate:
            ours, client, _cpu = asked[0]
            load = under_load(client, ours, kinds, arguments.rate, arguments.seconds)
        status = Path(f"/proc/{web_pid}/status").read_text(encoding="utf-8")
        load["web_memory_mb"] = int(status.partition("VmRSS:")[2].split()[0]) // 1024
    return figures, load


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--petitions", type=int, nargs="+", default=[20_000])
    parser.add_argument("--peers", nargs="*", default=[], choices=sorted(PEERS))
    parser.add_argument("--queries", type=int, default=10)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=30)
    add_arguments(parser)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    everything = []
    kinds = DATABASES[arguments.database]
    for kind, petitions in product(kinds, arguments.petitions):
        with opened_stores(kind, arguments.folder, arguments.postgresql_folder) as stores:
            figures, load = run(stores, petitions, arguments)
        everything.append(
            {"database": kind, "petitions": petitions, "figures": [asdict(one) for one in figures], "load": load}
        )
        print(f"{'petitions':>9}  {'kind':16} {'system':14} {'hits':>8} {'p50 ms':>8} {'p95 ms':>8} {'wrong':>5}")
        for one in figures:
            print(
                f"{one.petitions:>9}  {one.kind:16} {one.system:14} {one.hits:>8.0f} {one.p50:>8.1f} {one.p95:>8.1f}"
                f" {one.wrong:>5}"
            )
        print(json.dumps(load, ensure_ascii=False), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(everything, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
