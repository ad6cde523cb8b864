"""``flask serve``: prepare the database, then web server and background worker together, until the web server ends.

Web and worker are processes of their own, so that a long import cannot slow a page; a second worker reads the text of
files, which may take minutes for a scan. Each worker holds one end of a pipe; when the web process is gone, however it
went, the pipe closes and the worker ends too. A worker that dies is started again: the office goes on saving meanwhile,
and the banner tells that search is behind.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.exc import DBAPIError
from waitress import create_server

from core.database import database_said, db
from core.settings import CHECKOUT, Settings
from core.worker import WORKER_NAME, Job, beat

MIGRATIONS = CHECKOUT / "migrations"
DEMO_PASSWORD = "don-thu-demo-2026"  # noqa: S105 - of invented people, and printed at every start
DEMO_PETITIONS = 300
DEMO_SEED = 1
WEB_THREADS = 8
WORKER_GRACE_SECONDS = 10
LONG_LIFE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Parts:
    """What the floors above hand to the start; ``wsgi.py`` fills it in.

    ``jobs`` are the worker's, ``file_jobs`` those of the worker that reads files, which is called ``reader_name``;
    ``is_empty`` says whether the database has no user yet; ``load_demo`` fills an empty database with so many
    petitions from that seed, all its users having that password; ``demo_logins`` names them,
    ``demo_secrets`` tells who of them has which second factor;
    ``warm`` reads what the first who ask would otherwise wait for.
    """

    jobs: Callable[[], Sequence[Job]]
    file_jobs: Callable[[], Sequence[Job]]
    reader_name: str
    is_empty: Callable[[], bool]
    load_demo: Callable[[int, int, str], None]
    demo_logins: Sequence[str]
    demo_secrets: Callable[[], Sequence[tuple[str, str]]] = lambda: ()
    warm: Callable[[], None] = lambda: None


def serve(app: Flask, settings: Settings, parts: Parts) -> int:
    """Serve until a signal; return the exit status.

    Raises ``click.ClickException`` before anything is touched when the port cannot be had.
    """
    with _listen(settings) as listener, _signals_as_exceptions():
        migrate(app)
        fill(app, settings, parts)
        with app.app_context():
            # The worker needs a second before it says so itself; the first page must not warn that it is missing.
            beat(WORKER_NAME)
        with _worker(settings, "office"), _worker(settings, "files"):
            server = create_server(app, sockets=[listener], threads=WEB_THREADS, ident=None)
            threading.Thread(target=_warm, args=(app, parts), daemon=True).start()
            click.echo(welcome(app, settings, parts))
            server.run()
            server.close()
    return 0


def _warm(app: Flask, parts: Parts) -> None:
    try:
        with app.app_context():
            parts.warm()
    except Exception:  # whoever asks first reads it then, and is told what is wrong
        logging.getLogger(__name__).warning("not everything could be read in advance", exc_info=True)


def migrate(app: Flask) -> None:
    """Bring the database to the newest revision; costs a glance when it is there already.

    Raises ``click.ClickException`` with one line when the database cannot be reached or is none.
    """
    # It announces at every look how it would run revisions.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context():
        try:
            with db.engine.connect() as connection:
                present = set(MigrationContext.configure(connection).get_current_heads())
        except DBAPIError as error:
            raise click.ClickException(
                f"Không dùng được cơ sở dữ liệu / cannot use the database: {database_said(error)}"
            ) from error
        if present != set(ScriptDirectory(str(MIGRATIONS)).get_heads()):
            upgrade(str(MIGRATIONS))


def fill(app: Flask, settings: Settings, parts: Parts) -> None:
    """Load demo data if the settings want it and the database has no user yet."""
    if not settings.demo:
        return
    with app.app_context():
        if not parts.is_empty():
            return
        click.echo("Đang nạp dữ liệu mẫu… / Loading demo data…")
        password = settings.demo_password or DEMO_PASSWORD
        parts.load_demo(DEMO_PETITIONS, DEMO_SEED, password)
    _demo_note(settings).write_text(password, encoding="utf-8")
    _demo_note(settings).chmod(0o600)


def is_demo(settings: Settings) -> bool:
    """Whether the database was filled with demo data at its first start."""
    return settings.demo and _demo_note(settings).exists()


def _demo_note(settings: Settings) -> Path:
    """The file that remembers the demo password, so that later starts can print it; it marks a demo database."""
    return settings.data_dir / "demo_password"


def welcome(app: Flask, settings: Settings, parts: Parts) -> str:
    """What the administrator reads when the server is up: its address, and how to log in."""
    lines = [f"Đơn Thư: http://{_host_in_url(settings.host)}:{settings.port}/"]
    if is_demo(settings):
        password = _demo_note(settings).read_text(encoding="utf-8")
        lines += [
            f"  Tài khoản mẫu / demo log-ins: {', '.join(parts.demo_logins)}",
            f"  Mật khẩu / password: {password}",
        ]
        with app.app_context():
            secrets = parts.demo_secrets()
        if secrets:
            lines.append("  Mã lần hai / second factor: .venv/bin/flask demo code NAME")
            lines += [f"    {name}: {secret}" for name, secret in secrets]
        if settings.host != "127.0.0.1":
            lines.append("  Dữ liệu mẫu, đừng mở ra mạng! / Demo data: do not open this to a network!")
    else:
        with app.app_context():
            if parts.is_empty():
                lines += [
                    "  Chưa có người dùng; tạo quản trị viên / no user yet; create an administrator:",
                    "  .venv/bin/flask user create NAME --role administrator",
                ]
    lines.append("  Ctrl+C để dừng / to stop")
    return "\n".join(lines)


def _host_in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@contextmanager
def _listen(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # A restart must not wait for the old connections to be forgotten.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(128)
        except OSError as error:
            raise click.ClickException(
                f"Không mở được cổng {settings.port} / cannot use port {settings.port} on {settings.host}: "
                f"{error.strerror}. PORT=8001 ./run"
            ) from error
        yield listener


class _Stop(SystemExit):
    """A signal asked for the end. Waitress stops cleanly on ``SystemExit``."""


@contextmanager
def _signals_as_exceptions() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # Once is enough: a second Ctrl+C must not break the orderly end.
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise _Stop(0)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _worker(settings: Settings, jobs: str) -> Iterator[None]:
    keeper = _Keeper(settings, jobs)
    thread = threading.Thread(target=keeper.keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        keeper.end()


class _Keeper:
    """Keeps one worker running until it is told to end it."""

    def __init__(self, settings: Settings, jobs: str) -> None:
        self._settings = settings
        self._jobs = jobs
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._process = self._start()

    def keep(self) -> None:
        """Start the worker again whenever it has died, later each time it dies soon."""
        deaths = 0
        while True:
            began = time.monotonic()
            self._process.wait()
            if self._ending.is_set():
                return
            deaths = 1 if time.monotonic() - began > LONG_LIFE_SECONDS else deaths + 1
            pause = min(LONGEST_PAUSE_SECONDS, 2 ** (deaths - 1))
            click.echo(
                f"Tiến trình nền đã dừng đột ngột; khởi động lại sau {pause} giây.\n"
                f"The background worker ended unexpectedly; starting it again in {pause} seconds.",
                err=True,
            )
            if self._ending.wait(pause):
                return
            with self._lock:
                if not self._ending.is_set():
                    self._process = self._start()

    def end(self) -> None:
        """End the worker, gently at first."""
        with self._lock:
            self._ending.set()
        self._process.terminate()
        try:
            self._process.wait(WORKER_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        # A session of its own: Ctrl+C in the terminal reaches the web process alone, which then ends the worker.
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "flask", "worker", "--jobs", self._jobs, "--until-stdin-closes"],
            cwd=CHECKOUT,
            env={**os.environ, "DONTHU_DATA": str(self._settings.data_dir)},
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
