"""Commands that run the program: ``flask serve`` and ``flask worker``."""

import os
import signal
import sys
import threading

import click
from flask import Flask

from core.serve import Parts, serve
from core.settings import Settings
from core.worker import WORKER_NAME, run_forever


def register(app: Flask, settings: Settings, parts: Parts) -> None:
    """Give ``app`` the commands; ``wsgi.py`` says what they start."""

    @app.cli.command("serve")
    def serve_command() -> None:
        """Migrate, fill an empty database with demo data, serve web and worker until stopped."""
        sys.exit(serve(app, settings, parts))

    @app.cli.command("worker")
    @click.option(
        "--jobs", type=click.Choice(["office", "files"]), default="office", help="files: read the text of attachments."
    )
    @click.option("--until-stdin-closes", is_flag=True, help="End when standard input closes (used by serve).")
    def worker_command(jobs: str, until_stdin_closes: bool) -> None:
        """Run background jobs until stopped: search index, imports, deadlines; or those of files."""
        halt = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: halt.set())
        if until_stdin_closes:
            threading.Thread(target=_halt_at_end_of_input, args=(halt,), daemon=True).start()
        if jobs == "files":
            run_forever(app, parts.file_jobs(), name=parts.reader_name, stop=halt)
        else:
            run_forever(app, parts.jobs(), name=WORKER_NAME, stop=halt)


def _halt_at_end_of_input(halt: threading.Event) -> None:
    # Not sys.stdin.read(): a thread that waits in there holds a lock that Python wants when it exits.
    while os.read(0, 1024):
        pass
    halt.set()
