"""Programs as processes of their own, and the CPU that they and their databases used."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import children, process_cpu
from bench.stores import Store, environment
from core.settings import CHECKOUT

START_SECONDS = 120
IDLE_SHARE = 0.03
IDLE_LOOK_SECONDS = 0.5
SETTLE_SECONDS = 300


def _none() -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """A program that answers on 127.0.0.1; ``pid`` is its web process.

    ``database_cpu`` tells the seconds of CPU that the processes of its database have used so far, where it has any.
    """

    port: int
    pid: int
    database_cpu: Callable[[], float] = _none

    def web_cpu(self) -> float:
        """Seconds of CPU that the web process has used so far, in all threads, user and system."""
        return process_cpu(self.pid)

    def cpu(self) -> float:
        """The same with the processes of the database: what a page costs the server."""
        return self.web_cpu() + self.database_cpu()

    def worker_cpu(self) -> float:
        """Seconds of CPU that its background worker has used so far; 0.0 where there is none."""
        return sum(process_cpu(child) for child in children(self.pid))

    def settle(self) -> None:
        """Wait until the background worker rests: what it does must not slow what comes next."""
        end = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end:
            before = self.worker_cpu()
            time.sleep(IDLE_LOOK_SECONDS)
            if self.worker_cpu() - before < IDLE_SHARE * IDLE_LOOK_SECONDS:
                return


@contextmanager
def bare(folder: Path, port: int) -> Iterator[Served]:
    """The yardstick, with its database in ``folder``."""
    command = [sys.executable, "-m", "bench.bare", str(port), str(folder / "bare.sqlite3")]
    with _running(command, folder / "log", port, environment(folder, PORT=str(port)), _none) as it:
        yield it


@contextmanager
def program(store: Store, port: int, database_cpu: Callable[[], float]) -> Iterator[Served]:
    """The program over ``store``, started as ``./run`` starts it, web and worker."""
    command, environ = [sys.executable, "-m", "flask", "serve"], store.environment(PORT=str(port))
    with _running(command, store.folder / "log", port, environ, database_cpu) as it:
        yield it


def free_port(wanted: int) -> int:
    """``wanted``, or for 0 a port that nobody uses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", wanted))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _running(
    command: list[str], log_file: Path, port: int, environ: Mapping[str, str], database_cpu: Callable[[], float]
) -> Iterator[Served]:
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, cwd=CHECKOUT, env=environ, stdout=log, stderr=log)
    try:
        if not _answers(port, process):
            raise SystemExit(f"{' '.join(command)} did not start:\n{log_file.read_text(encoding='utf-8')}")
        yield Served(port, process.pid, database_cpu)
    finally:
        process.terminate()
        process.wait(60)


def _answers(port: int, process: "subprocess.Popen[bytes]") -> bool:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.05)
    return False
