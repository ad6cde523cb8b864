"""Programs as processes of their own, and the CPU that they used."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.building import environment
from core.settings import CHECKOUT

START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Served:
    """A program that answers on 127.0.0.1; ``pid`` is its web process."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU that the web process has used so far, in all threads, user and system."""
        return process_cpu(self.pid)

    def worker_cpu(self) -> float:
        """The same of its background worker; 0.0 where there is none."""
        return sum(process_cpu(child) for child in _children(self.pid))


def process_cpu(pid: int) -> float:
    """Seconds of CPU used by process ``pid``, to the nanosecond.

    The kernel counts them for every process; /proc/PID/stat rounds the same figure to hundredths. The number of the
    clock is what clock_getcpuclockid(3) makes of a process id.
    """
    return time.clock_gettime((~pid << 3) | 2)


@contextmanager
def bare(folder: Path, port: int) -> Iterator[Served]:
    """The yardstick, with its database in ``folder``."""
    with _running([sys.executable, "-m", "bench.bare", str(port), str(folder / "bare.sqlite3")], folder, port) as it:
        yield it


@contextmanager
def program(data: Path, port: int) -> Iterator[Served]:
    """The program over the data folder ``data``, started as ``./run`` starts it, web and worker."""
    with _running([sys.executable, "-m", "flask", "serve"], data, port) as it:
        yield it


def free_port(wanted: int) -> int:
    """``wanted``, or for 0 a port that nobody uses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", wanted))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[Served]:
    log_file = folder / "log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=CHECKOUT, env=environment(folder, PORT=str(port)), stdout=log, stderr=log
        )
    try:
        if not _answers(port, process):
            raise SystemExit(f"{' '.join(command)} did not start:\n{log_file.read_text(encoding='utf-8')}")
        yield Served(port, process.pid)
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


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]
