"""Kills (``kill -9``) whatever keeps the program up, again and again, while desks log petitions.

    python -m chaos.kills [--intakes 4000] [--kills 200] [--desks 4] [--postgresql]

The program runs as in production: gunicorn with two processes, the worker beside it; on PostgreSQL processes of the
database are killed as well, and it recovers by itself. A desk that has no answer sends the same form again, as a
browser does. Afterwards: every petition that was acknowledged is there, once; every one has its event and its audit
entry; numbers have no gap; the index agrees within 30 seconds. Exit status 1 otherwise.
"""

import argparse
import http.client
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.building import PASSWORD
from bench.client import Client, Untrue
from bench.postgresql import Server
from bench.postgresql import postgresql as server_in
from bench.processes import children
from bench.serving import free_port
from bench.stores import POSTGRESQL_FOLDER, Store
from bench.tasks import INTAKE, saved_number
from core import clock
from core.settings import CHECKOUT

DRIFT_SECONDS = 30.0
GIVEN_UP_AFTER = 120.0
_NEVER = "<never>"


@dataclass(slots=True)
class Seen:
    """What was sent and what came of it; ``acknowledged`` has the number that each form was told."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    retries: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Program:
    """The program over ``store`` in processes of its own; whoever is killed comes back."""

    def __init__(self, store: Store, port: int) -> None:
        self._store, self.port = store, port
        self._ending = False
        self._log = (store.folder / "chaos.log").open("ab")
        self.web = self._start_web()
        self.worker = self._start_worker()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _start(self, *words: str) -> "subprocess.Popen[bytes]":
        environ = self._store.environment(PORT=str(self.port))
        return subprocess.Popen(
            [sys.executable, "-m", *words], cwd=CHECKOUT, env=environ, stdout=self._log, stderr=self._log
        )

    def _start_web(self) -> "subprocess.Popen[bytes]":
        bound = f"127.0.0.1:{self.port}"
        return self._start("gunicorn", "--workers=2", "--threads=4", "--worker-class=gthread", f"--bind={bound}",
                           "--no-control-socket", "wsgi:create_app()")  # fmt: skip

    def _start_worker(self) -> "subprocess.Popen[bytes]":
        return self._start("flask", "worker")

    def _keep(self) -> None:
        while not self._ending:
            if self.web.poll() is not None and not self._ending:
                # Its processes go when they notice that they are alone; the port is free then.
                time.sleep(0.5)
                self.web = self._start_web()
            if self.worker.poll() is not None and not self._ending:
                self.worker = self._start_worker()
            time.sleep(0.05)

    def web_processes(self) -> list[int]:
        """The processes that answer."""
        try:
            return children(self.web.pid)
        except OSError:
            return []

    def end(self) -> None:
        """End all of it."""
        self._ending = True
        self._keeper.join()
        for process in (self.web, self.worker):
            process.terminate()
        for process in (self.web, self.worker):
            process.wait(60)
        self._log.close()


def desk(client: Client, forms: int, seen: Seen) -> None:
    """Log ``forms`` petitions; a form without an answer is sent again until it has one."""
    for _each in range(forms):
        token = str(uuid.uuid4())
        typed = INTAKE | {"intake_token": token, "received_on": f"{clock.today():%d/%m/%Y}"}
        end = time.monotonic() + GIVEN_UP_AFTER
        number = ""
        while not number and time.monotonic() < end:
            try:
                answer = client.post("/petitions/new", typed, multipart=True)
            except (OSError, http.client.HTTPException):
                with seen.lock:
                    seen.unanswered += 1
                client = again(client)
                continue
            with seen.lock:
                seen.answers[answer.status] += 1
            if answer.status == 302 and "saved=" in answer.location:
                number = saved_number(answer)
            else:
                time.sleep(0.1)
                client = again(client)
        with seen.lock:
            if number:
                seen.acknowledged[token] = number


def enter(port: int) -> Client:
    """Somebody logged in, however long that takes."""
    end = time.monotonic() + GIVEN_UP_AFTER
    while True:
        try:
            client = Client(port).log_in("reception1", PASSWORD)
            client.read_key(client.get("/petitions/new").expect(200))
            return client
        except (OSError, http.client.HTTPException, Untrue):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def again(client: Client) -> Client:
    """The same browser with a new connection: cookies and the key of the form stay."""
    time.sleep(0.05)
    return Client(client.port, client.username, dict(client.cookies), client.key)


def torment(program: Program, kills: int, done: Callable[[], bool], total: Callable[[], float], seen: Seen,
            server: Server | None, name: str, dice: random.Random) -> None:  # fmt: skip
    """Kill until all is logged: ``kills`` times at the least, spread over the work."""
    killed = 0
    while not done():
        if killed >= total() * kills:
            time.sleep(0.01)
            continue
        what = dice.choices(("web", "worker", "gunicorn", "database"), (12, 4, 1, 3 if server else 0))[0]
        if _kill(what, program, server, name, dice):
            killed += 1
            seen.kills[what] += 1
            if what != "web":
                time.sleep(0.3)
        time.sleep(0.05)


def _kill(what: str, program: Program, server: Server | None, name: str, dice: random.Random) -> bool:
    try:
        if what == "web":
            found = program.web_processes()
            if not found:
                return False
            os.kill(dice.choice(found), signal.SIGKILL)
        elif what == "worker":
            os.kill(program.worker.pid, signal.SIGKILL)
        elif what == "gunicorn":
            # Its processes too, at once: else they would go on answering beside the new ones for a moment.
            for pid in (*program.web_processes(), program.web.pid):
                os.kill(pid, signal.SIGKILL)
        elif server is not None:
            # One process that dies makes PostgreSQL end all and recover from its log.
            with psycopg.connect(server.url(name), autocommit=True) as connection:
                query = (
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                pids = [row[0] for row in connection.execute(query)]
            if not pids:
                return False
            os.kill(dice.choice(pids), signal.SIGKILL)
    except (OSError, psycopg.Error):
        return False
    return True


def faults(store: Store, seen: Seen) -> dict[str, int]:
    """What is not as it must be, counted from the database."""
    query = {
        "number of each token": "SELECT intake_token, number FROM petition WHERE intake_token IS NOT NULL",
        "without event": "SELECT count(*) FROM petition p WHERE NOT EXISTS (SELECT 1 FROM petition_event e"
        " WHERE e.petition_id = p.id AND e.action = 'receive') AND p.intake_token IS NOT NULL",
        "without audit entry": "SELECT count(*) FROM petition p WHERE NOT EXISTS (SELECT 1 FROM audit_entry a"
        " WHERE a.subject = p.number AND a.action = 'petition.receive')",
        "audit entry without petition": "SELECT count(*) FROM audit_entry a WHERE a.action = 'petition.receive' AND"
        " NOT EXISTS (SELECT 1 FROM petition p WHERE p.number = a.subject)",
        "gaps": "SELECT coalesce(sum(n), 0) FROM"
        " (SELECT max(reg_seq) - count(*) AS n FROM petition GROUP BY reg_year) of_year",
    }
    rows = {name: _ask(store, sql) for name, sql in query.items()}
    stored: dict[str, str] = {str(token): str(number) for token, number in rows.pop("number of each token")}
    counted = Counter(number for number in stored.values())
    found = {name: int(str(value[0][0])) for name, value in rows.items()}
    found["acknowledged lost"] = sum(stored.get(token) != number for token, number in seen.acknowledged.items())
    found["duplicates"] = sum(count - 1 for count in counted.values()) + len(stored) - len(set(stored))
    return found


def _ask(store: Store, sql: str) -> list[tuple[object, ...]]:
    if store.url:
        with psycopg.connect(store.url) as connection:
            return connection.execute(sql.encode()).fetchall()
    with sqlite3.connect(store.folder / "donthu.sqlite3", timeout=60) as connection:
        return connection.execute(sql).fetchall()


def proved(store: Store, *words: str, quietly: bool = False) -> bool:
    """Whether a check of the program ends with status 0."""
    done = subprocess.run([sys.executable, "-m", "flask", *words], cwd=CHECKOUT, env=store.environment(),
                          capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode and not quietly:
        sys.stderr.write(done.stdout[-2000:] + done.stderr[-500:])
    return done.returncode == 0


def run(store: Store, server: Server | None, intakes: int, kills: int, desks: int, seed: int) -> bool:
    """Everything; whether every figure is reached."""
    seen = Seen()
    program = Program(store, free_port(0))
    started = time.monotonic()
    try:
        # All have logged in before the first is killed: a log-in without an answer counts against the account.
        clients = [enter(program.port) for _each in range(desks)]
        threads = [threading.Thread(target=desk, args=(client, intakes // desks, seen)) for client in clients]
        for thread in threads:
            thread.start()
        torment(
            program, kills, lambda: not any(thread.is_alive() for thread in threads),
            lambda: len(seen.acknowledged) / intakes + 0.01, seen, server, _name(store), random.Random(seed),
        )  # fmt: skip
        spent = time.monotonic() - started
        rested = time.monotonic()
        agrees = False
        while not agrees and time.monotonic() - rested < DRIFT_SECONDS:
            agrees = proved(store, "search", "check", quietly=True)
        agreed = time.monotonic() - rested
    finally:
        program.end()
    found = faults(store, seen)
    found["never acknowledged"] = intakes // desks * desks - len(seen.acknowledged)
    found["audit chain broken"] = int(not proved(store, "audit", "verify"))
    found["integrity check"] = int(not proved(store, "integrity", "check", *(f"--only={name}" for name in CHECKS)))
    found["index drift after 30 s"] = int(not agrees)
    print(
        f"{len(seen.acknowledged)} acknowledged in {spent:.0f} s, {sum(seen.kills.values())} kills {dict(seen.kills)}"
    )
    print(f"answers {dict(seen.answers)}, without an answer {seen.unanswered}; index agrees after {agreed:.1f} s")
    for name, count in found.items():
        print(f"  {name:28} {count}")
    return not any(found.values()) and sum(seen.kills.values()) >= kills


CHECKS = ("database", "chain", "events", "clocks", "queues", "files")


def _name(store: Store) -> str:
    return store.name if store.url else _NEVER


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--intakes", type=int, default=4000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--desks", type=int, default=4)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "data"
        folder.mkdir()
        server: Server | None = None
        store = Store(folder)
        if asked.postgresql:
            server = stack.enter_context(server_in(POSTGRESQL_FOLDER))
            server.drop("chaos_kills")
            server.create("chaos_kills")
            store = Store(folder, server.url("chaos_kills"))
            with psycopg.connect(store.url, autocommit=True) as connection:
                # The bench builds quickly; here a commit must be one.
                connection.execute("ALTER DATABASE chaos_kills SET synchronous_commit = on")
        store.flask("db", "upgrade")
        store.flask("demo", "load", "--petitions", "20", "--password", PASSWORD)
        good = run(store, server, asked.intakes, asked.kills, asked.desks, asked.seed)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
