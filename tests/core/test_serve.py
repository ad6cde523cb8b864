"""The start as an administrator meets it: real processes, real signals."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from core.serve import DEMO_PASSWORD, Parts, fill, welcome
from core.settings import CHECKOUT, Settings
from core.worker import WORKER_NAME

LIMIT = 30.0


class Served:
    """A running ``flask serve`` over an empty database in ``folder``."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "serve"],
            cwd=CHECKOUT,
            env={
                **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
                "DONTHU_DATA": str(folder),
                "DONTHU_DEMO": "0",
                "PORT": str(self.port),
                **environ,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def wait_until_it_answers(self) -> None:
        """Wait for the log-in page and for the worker's first sign of life."""
        wait_for(self.answers)
        wait_for(lambda: self.worker() is not None)

    def answers(self) -> bool:
        """Whether the log-in page comes."""
        assert self.process.poll() is None, self.process.communicate()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/login", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.URLError:
            return False

    def worker(self) -> int | None:
        """The worker's process id, once it has given a sign of life."""
        with closing(sqlite3.connect(self.folder / "donthu.sqlite3")) as connection:
            row = connection.execute("SELECT pid FROM worker_heartbeat WHERE name = ?", (WORKER_NAME,)).fetchone()
        # The web process gives the first sign on its behalf.
        return row[0] if row and row[0] != self.process.pid else None

    def known_worker(self) -> int:
        """The worker's process id."""
        pid = self.worker()
        assert pid is not None
        return pid


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    running: list[Served] = []

    def begin(**environ: str) -> Served:
        running.append(Served(tmp_path / "data", environ))
        return running[-1]

    yield begin
    for served in running:
        served.process.kill()
        served.process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def has_ended(pid: int) -> bool:
    """Whether the process is gone, or only its entry is left that nobody has fetched."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_web_and_worker_run_until_a_signal_ends_both(start: Callable[..., Served], number: signal.Signals) -> None:
    served = start()
    served.wait_until_it_answers()
    worker = served.known_worker()
    served.process.send_signal(number)
    output, errors = served.process.communicate(timeout=LIMIT)
    assert served.process.returncode == 0
    assert has_ended(worker)
    assert f"http://127.0.0.1:{served.port}/" in output
    assert ".venv/bin/flask user create" in output
    assert "Traceback" not in errors


def test_a_dead_worker_is_started_again_and_the_web_goes_on(start: Callable[..., Served]) -> None:
    served = start()
    served.wait_until_it_answers()
    dead = served.known_worker()
    os.kill(dead, signal.SIGKILL)
    wait_for(lambda: served.worker() not in (None, dead))
    assert served.answers()
    served.process.send_signal(signal.SIGTERM)
    _, errors = served.process.communicate(timeout=LIMIT)
    assert served.process.returncode == 0
    assert has_ended(served.known_worker())
    assert "The background worker ended unexpectedly" in errors


def test_a_killed_web_process_leaves_no_orphan(start: Callable[..., Served]) -> None:
    served = start()
    served.wait_until_it_answers()
    worker = served.known_worker()
    served.process.kill()
    wait_for(lambda: has_ended(worker))


def test_a_port_in_use_is_told_before_anything_is_done(start: Callable[..., Served], tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        served = start(PORT=port)
        output, errors = served.process.communicate(timeout=LIMIT)
    assert served.process.returncode == 1
    assert f"cannot use port {port}" in errors
    assert "Traceback" not in errors
    assert output == ""
    assert (tmp_path / "data" / "donthu.sqlite3").stat().st_size == 0


def test_a_wrong_setting_stops_the_start_with_one_line(start: Callable[..., Served]) -> None:
    output, errors = start(PORT="eighty").process.communicate(timeout=LIMIT)
    assert errors.splitlines() == ["Error: PORT: must be a whole number from 1 to 65535, not 'eighty'"]
    assert output == ""


@pytest.mark.parametrize("url", ["postgresql://nobody:secret-word@127.0.0.1:1/none", "sqlite:////nowhere/at/all.db"])
def test_a_database_that_cannot_be_reached_stops_the_start_with_one_line(
    start: Callable[..., Served], url: str
) -> None:
    served = start(DATABASE_URL=url)
    output, errors = served.process.communicate(timeout=LIMIT)
    assert served.process.returncode == 1
    (line,) = errors.strip().splitlines()
    assert "cannot use the database" in line
    assert "secret-word" not in line
    assert output == ""


class Filling:
    """Stands in for the floors above: remembers how the demo was asked for."""

    def __init__(self, *, empty: bool) -> None:
        self.empty = empty
        self.asked: list[tuple[int, int, str]] = []

    def load(self, petitions: int, seed: int, password: str) -> None:
        self.asked.append((petitions, seed, password))
        self.empty = False

    def parts(self) -> Parts:
        return Parts(
            jobs=tuple,
            file_jobs=tuple,
            reader_name="reader",
            is_empty=lambda: self.empty,
            load_demo=self.load,
            demo_logins=("reception1", "x1"),
        )


def test_an_empty_database_is_filled_once(app: Flask, settings: Settings) -> None:
    filling = Filling(empty=True)
    demo = replace(settings, demo=True)
    for _ in range(2):
        fill(app, demo, filling.parts())
    assert [asked[2] for asked in filling.asked] == [DEMO_PASSWORD]
    text = welcome(app, demo, filling.parts())
    assert "reception1, x1" in text
    assert DEMO_PASSWORD in text


def test_the_demo_takes_the_password_that_was_given_and_remembers_it(app: Flask, settings: Settings) -> None:
    filling = Filling(empty=True)
    fill(app, replace(settings, demo=True, demo_password="mật khẩu riêng"), filling.parts())
    assert [asked[2] for asked in filling.asked] == ["mật khẩu riêng"]
    assert "mật khẩu riêng" in welcome(app, replace(settings, demo=True), filling.parts())


@pytest.mark.parametrize(("wanted", "empty"), [(False, True), (True, False)])
def test_nothing_is_filled_unasked(app: Flask, settings: Settings, wanted: bool, empty: bool) -> None:
    filling = Filling(empty=empty)
    fill(app, replace(settings, demo=wanted), filling.parts())
    assert filling.asked == []
    text = welcome(app, replace(settings, demo=wanted), filling.parts())
    assert "demo log-ins" not in text
    assert ("user create" in text) is empty


def test_a_demo_open_to_the_network_is_warned_of(app: Flask, settings: Settings) -> None:
    filling = Filling(empty=True)
    fill(app, replace(settings, demo=True), filling.parts())
    assert "do not open this" in welcome(app, replace(settings, demo=True, host="0.0.0.0"), filling.parts())
    assert "http://[::1]:8000/" in welcome(app, replace(settings, demo=True, host="::1"), filling.parts())
