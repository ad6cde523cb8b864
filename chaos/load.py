"""An office at work, then five times as many: is everybody served in time, and is nothing lost?

    python -m chaos.load [--staff 50] [--desks 10] [--seconds 60] [--petitions 2000] [--times 5]

Over demo data the program runs as ``./run`` starts it. Staff open queues, cases and searches with ten seconds between two
acts; desks log petitions without pause. First no answer may be an error, and 95 of 100 come within 300 ms; then, with
``--times`` as many, an answer may also be 429 or 503, and no petition that was acknowledged is missing. Exit status 1
otherwise.
"""

import argparse
import http.client
import random
import sqlite3
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.building import PASSWORD
from bench.client import Client
from bench.serving import free_port, program
from bench.stores import Store
from bench.tasks import INTAKE, saved_number
from core import clock

THINK_SECONDS = 10.0
P95_SECONDS = 0.3
PAGES = (
    "/queues/open", "/queues/priority", "/queues/overdue", "/queues/all?kind=complaint", "/search?q=dat+dai",
    "/search?q=tieng+on", "/petitions/day", "/", "/queues/unassigned", "/queues/mine",
)  # fmt: skip


@dataclass
class Seen:
    """What came of one phase."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    saved: list[str] = field(default_factory=list)
    dropped: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int, seconds: float) -> None:
        """One answer."""
        with self.lock:
            self.statuses[status] += 1
            self.seconds.append(seconds)

    def p95(self) -> float:
        """The time within which 95 of 100 answers came."""
        ordered = sorted(self.seconds)
        return ordered[int(0.95 * (len(ordered) - 1))] if ordered else 0.0


def copy_of(client: Client) -> Client:
    """The same person in another window."""
    return Client(client.port, client.username, dict(client.cookies), client.key)


def staff(client: Client, numbers: list[str], until: float, seen: Seen, seed: int) -> None:
    """Open pages, with time to read between them."""
    dice = random.Random(seed)
    time.sleep(dice.random() * THINK_SECONDS)
    while time.monotonic() < until:
        path = f"/petitions/{dice.choice(numbers)}" if dice.random() < 0.4 else dice.choice(PAGES)
        started = time.monotonic()
        try:
            answer = client.get(path)
            seen.note(answer.status, answer.seconds)
        except (OSError, http.client.HTTPException):
            with seen.lock:
                seen.dropped += 1
            client = copy_of(client)
        time.sleep(max(0.0, THINK_SECONDS * dice.uniform(0.8, 1.2) - (time.monotonic() - started)))


def desk(client: Client, until: float, seen: Seen) -> None:
    """Log petitions without pause; what was refused is sent again."""
    while time.monotonic() < until:
        typed = INTAKE | {"intake_token": str(uuid.uuid4()), "received_on": f"{clock.today():%d/%m/%Y}"}
        try:
            answer = client.post("/petitions/new", typed, multipart=True)
        except (OSError, http.client.HTTPException):
            with seen.lock:
                seen.dropped += 1
            client = copy_of(client)
            continue
        seen.note(answer.status, answer.seconds)
        if answer.status == 302 and "saved=" in answer.location:
            with seen.lock:
                seen.saved.append(saved_number(answer))
        else:
            time.sleep(0.5)


def phase(clerk: Client, officer: Client, numbers: list[str], people: int, desks: int, seconds: float) -> Seen:
    """So many at work for so long."""
    seen = Seen()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=staff, args=(copy_of(officer), numbers, until, seen, seed)) for seed in range(people)
    ]
    threads += [threading.Thread(target=desk, args=(copy_of(clerk), until, seen)) for _each in range(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def told(name: str, seen: Seen, store: Store) -> int:
    """Print a phase; return how many acknowledged petitions are missing."""
    with sqlite3.connect(store.folder / "donthu.sqlite3", timeout=60) as connection:
        stored = {row[0] for row in connection.execute("SELECT number FROM petition")}
    lost = len(set(seen.saved) - stored) + len(seen.saved) - len(set(seen.saved))
    print(
        f"{name}: {len(seen.seconds)} answers {dict(seen.statuses)}, dropped {seen.dropped}, logged {len(seen.saved)},"
        f" lost {lost}, p50 {sorted(seen.seconds)[len(seen.seconds) // 2] * 1000:.0f} ms, p95 {seen.p95() * 1000:.0f} ms"
    )
    return lost


def main() -> int:
    """Run both phases and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--staff", type=int, default=50)
    parser.add_argument("--desks", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--petitions", type=int, default=2000)
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        store = Store(Path(scratch) / "data")
        store.folder.mkdir()
        store.flask("db", "upgrade")
        store.flask("demo", "load", "--petitions", str(asked.petitions), "--password", PASSWORD)
        with sqlite3.connect(store.folder / "donthu.sqlite3") as connection:
            numbers = [row[0] for row in connection.execute("SELECT number FROM petition WHERE NOT sealed LIMIT 500")]
        port = free_port(0)
        with program(store, port, lambda: 0.0) as served:
            served.settle()
            clerk, officer = (Client(port).log_in(name, PASSWORD) for name in ("reception1", "officer1"))
            clerk.read_key(clerk.get("/petitions/new").expect(200))
            usual = phase(clerk, officer, numbers, asked.staff, asked.desks, asked.seconds)
            lost = told("usual", usual, store)
            many = phase(clerk, officer, numbers, asked.staff * asked.times, asked.desks * asked.times, asked.seconds)
            lost += told(f"{asked.times} times", many, store)
    errors = usual.dropped + sum(count for status, count in usual.statuses.items() if status not in (200, 302))
    worse = many.dropped + sum(count for status, count in many.statuses.items() if status not in (200, 302, 429, 503))
    return 0 if not errors and not worse and not lost and usual.p95() < P95_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
