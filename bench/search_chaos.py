"""Kills what keeps the search index up, again and again, while petitions come in and people search.

    .venv/bin/python -m bench.search_chaos [--petitions 100000] [--seconds 120] [--rate 5] [--kills 60] [--folder DIR]

Over a copy of the kept data the program runs as ``./run`` starts it. A desk saves ``--rate`` petitions a second, each
with a word that no other has, and asks for that word until it is found; others search all the time; meanwhile the
worker is killed (``kill -9``) after random moments, and so are readers, processes of their own that search. Once the
index folder is removed, once a file of it is cut short, and a second worker is started by mistake. Without ``--kills``
only the delay until a saved petition is found is measured. At the end every saved petition must be found, ``flask
search check`` must say that index and database agree, and nobody who searched may have seen an error.
"""

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from bench.building import PASSWORD, SEED, built
from bench.client import Client
from bench.processes import children
from bench.serving import free_port, program
from bench.stores import SqliteStores, Store
from bench.tasks import INTAKE, rows_of, saved_number
from core import clock
from core.settings import CHECKOUT

ASKED_EVERY = 0.1
GIVEN_UP_AFTER = 30.0
SETTLE_SECONDS = 180.0
_WORDS = ("khiếu nại đất đai", "tiếng ồn", "đề nghị xem xét", "phường", '"đề nghị cơ quan"', "nguyen thi thu")


@dataclass(slots=True)
class Seen:
    """What was done and what came of it."""

    saved: dict[str, str] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    searches: int = 0
    errors: list[str] = field(default_factory=list)
    degraded: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


def word(number: int) -> str:
    """A word of letters that nobody else types."""
    letters = []
    for _ in range(6):
        number, place = divmod(number, 20)
        letters.append("bcdghklmnpqrstvxzwjf"[place])
    return "zq" + "".join(letters)


def desk(port: int, rate: float, until: float, seen: Seen) -> None:
    """Save petitions at a steady rate, each looked for at once by somebody else."""
    client = Client(port).log_in("reception1", PASSWORD)
    watchers = []
    start = time.monotonic()
    number = 0
    while time.monotonic() < until:
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        number += 1
        token = word(number)
        if number % 50 == 1:
            client.read_key(client.get("/petitions/new").expect(200))
        typed = INTAKE | {
            "title": f"Phản ánh {token}",
            "intake_token": str(uuid.uuid4()),
            "received_on": f"{clock.today():%d/%m/%Y}",
        }
        answer = client.post("/petitions/new", typed, multipart=True)
        if answer.status != 302:
            seen.refused[answer.status] += 1
            continue
        saved = saved_number(answer)
        with seen.lock:
            seen.saved[token] = saved
        watcher = threading.Thread(target=watch, args=(port, client.cookies, token, saved, time.monotonic(), seen))
        watcher.start()
        watchers.append(watcher)
    for watcher in watchers:
        watcher.join()


def watch(port: int, cookies: dict[str, str], token: str, number: str, saved_at: float, seen: Seen) -> None:
    """Ask until the petition is found, and note how long that took."""
    client = Client(port, cookies=dict(cookies))
    while True:
        answer = client.get("/search?" + urlencode({"q": token}))
        found = answer.status == 200 and number in rows_of(answer)
        waited = time.monotonic() - saved_at
        with seen.lock:
            seen.searches += 1
            if answer.status != 200:
                seen.errors.append(f"{answer.status} for {token}")
            if found:
                seen.delays.append(waited)
                return
            if waited > GIVEN_UP_AFTER:
                seen.never.append(number)
                return
        time.sleep(ASKED_EVERY)


def search(port: int, until: float, seen: Seen, seed: int) -> None:
    """Search all the time; an answer that is no page of results is an error, one that says it is partial is counted."""
    client = Client(port).log_in("supervisor1", PASSWORD)
    dice = random.Random(seed)  # noqa: S311 - what is typed
    while time.monotonic() < until:
        answer = client.get("/search?" + urlencode({"q": dice.choice(_WORDS)}))
        with seen.lock:
            seen.searches += 1
            if answer.status != 200:
                seen.errors.append(f"{answer.status}: {answer.text[:80]}")
            seen.degraded += "Không dùng được chỉ mục" in answer.text or "đang được tạo lại" in answer.text
        time.sleep(0.2)


def torment(store: Store, pid: int, until: float, kills: int, seen: Seen) -> None:
    """Kill workers and readers at random moments, and spoil the index twice."""
    dice = random.Random(SEED)  # noqa: S311 - moments
    pause = (until - time.monotonic()) / (kills + 1)
    spoilt = {kills // 3: _remove, 2 * kills // 3: _cut}
    second = subprocess.Popen(
        [sys.executable, "-m", "flask", "worker"], cwd=CHECKOUT, env=store.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    seen.kills["second worker started"] += 1
    for number in range(kills):
        time.sleep(dice.uniform(0.2, 1.8) * pause)
        spoil = spoilt.get(number)
        if spoil is not None:
            spoil(store.folder / "index")
            seen.kills[spoil.__name__.strip("_")] += 1
        if number % 4 == 3:
            _kill_a_reader(store, dice)
            seen.kills["reader"] += 1
            continue
        for child in children(pid):
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                continue
            seen.kills["worker"] += 1
    second.kill()
    second.wait()
    seen.kills["second worker"] += 1


def _kill_a_reader(store: Store, dice: random.Random) -> None:
    reader = subprocess.Popen(
        [sys.executable, "-m", "flask", "search", "query", "đất đai", "--as", "supervisor1", "--limit", "1000"],
        cwd=CHECKOUT, env=store.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(dice.uniform(0.3, 2.0))
    reader.kill()
    reader.wait()


def _remove(index: Path) -> None:
    shutil.rmtree(index, ignore_errors=True)


def _cut(index: Path) -> None:
    files = sorted(index.glob("index-*/MAIN_*.dct"), key=lambda path: path.stat().st_size)
    if files:
        os.truncate(files[-1], files[-1].stat().st_size // 2)


def settled(store: Store) -> tuple[dict[str, object], float]:
    """What ``flask search check`` says when it agrees, and after how many seconds; or what it says in the end."""
    started = time.monotonic()
    while True:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "search", "check", "--json"],
            cwd=CHECKOUT, env=store.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        said: dict[str, object] = json.loads(done.stdout[done.stdout.index("{") :])
        waited = time.monotonic() - started
        if (said["agrees"] and not said["waiting"]) or waited > SETTLE_SECONDS:
            return said, waited
        time.sleep(1)


def unfindable(port: int, seen: Seen) -> list[str]:
    """The saved petitions that searching for their own word does not find."""
    client = Client(port).log_in("supervisor1", PASSWORD)
    return [
        number
        for token, number in seen.saved.items()
        if number not in rows_of(client.get("/search?" + urlencode({"q": token})).expect(200))
    ]


def run(store: Store, seconds: float, rate: float, kills: int) -> dict[str, object]:
    """Everything; the figures."""
    seen = Seen()
    port = free_port(0)
    with program(store, port, lambda: 0.0) as served:
        served.settle()
        until = time.monotonic() + seconds
        acts: list[Callable[[], None]] = [lambda: desk(port, rate, until, seen)]
        acts += [lambda seed=seed: search(port, until, seen, seed) for seed in range(2)]  # type: ignore[misc]
        if kills:
            acts.append(lambda: torment(store, served.pid, until, kills, seen))
        threads = [threading.Thread(target=act) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        said, waited = settled(store)
        lost = unfindable(port, seen)
    delays = sorted(seen.delays)
    return {
        "saved": len(seen.saved),
        "refused": dict(seen.refused),
        "kills": dict(seen.kills),
        "searches": seen.searches,
        "errors_seen": seen.errors[:10],
        "answers_that_said_partial": seen.degraded,
        "found_after_s": {
            "p50": round(statistics.median(delays), 3),
            "p99": round(delays[int(0.99 * (len(delays) - 1))], 3),
            "max": round(delays[-1], 3),
        },
        "not_found_within_30_s": len(seen.never),
        "check_agrees_after_s": round(waited, 1),
        "check": said,
        "unfindable_at_the_end": len(lost),
    }


def main() -> None:
    """Run as the command line says; exit status 1 where something was lost or an error was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--petitions", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--rate", type=float, default=5)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=CHECKOUT / "instance" / "bench")
    arguments = parser.parse_args()
    stores = SqliteStores(arguments.folder)
    built(stores, arguments.petitions, say=lambda line: print(line, file=sys.stderr))
    with tempfile.TemporaryDirectory(prefix="search-chaos-") as work:
        store = stores.copied(stores.kept(arguments.petitions), Path(work))
        found = run(store, arguments.seconds, arguments.rate, arguments.kills)
    print(json.dumps({"petitions": arguments.petitions, "rate": arguments.rate, **found}, ensure_ascii=False, indent=1))
    said = found["check"]
    good = isinstance(said, dict) and said["agrees"] and not found["unfindable_at_the_end"] and not found["errors_seen"]
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
