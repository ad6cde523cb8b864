"""``flask backup …`` and ``flask restore``."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click
import pyrage
from flask import Flask
from flask.cli import AppGroup

from core import clock
from core.backup import BackupFailed
from core.backup.making import make, status
from core.backup.restoring import restore, verify
from core.settings import Settings

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


_TO = click.option(
    "--to", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder; default: DONTHU_BACKUP_DIR."
)
_RECIPIENT = click.option(
    "--recipient", "recipients", multiple=True, help="Public key (age1…); default: DONTHU_BACKUP_RECIPIENT."
)
_KEEP = click.option("--keep", type=click.IntRange(0), default=0, help="Keep so many, remove older ones; 0: all.")

Result = TypeVar("Result")


def register(app: Flask, settings: Settings) -> None:
    """Give ``app`` the commands over the installation of ``settings``."""

    @click.group("backup", cls=AppGroup, invoke_without_command=True)
    @_TO
    @_RECIPIENT
    @_KEEP
    @click.pass_context
    def group(context: click.Context, folder: Path | None, recipients: tuple[str, ...], keep: int) -> None:
        """Back up now: online, encrypted to a public key; exit status 1 where an attachment could not be taken."""
        if context.invoked_subcommand is None:
            _run(settings, folder, recipients, keep)

    @group.command("keygen")
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
    def keygen(file: Path) -> None:
        """Make a pair of keys: the private one goes into FILE (keep it off this machine), the public one is printed."""
        identity = pyrage.x25519.Identity.generate()
        try:
            handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from error
        with os.fdopen(handle, "w", encoding="ascii") as private:
            private.write(f"# public key: {identity.to_public()}\n{identity}\n")
        click.echo(identity.to_public())

    @group.command("verify")
    @click.argument("file", type=_FILE)
    @click.option("--identity", required=True, type=_FILE, help="File of the private key.")
    def verify_command(file: Path, identity: Path) -> None:
        """Read a backup from end to end; exit status 1 where a byte is not as it was written."""
        with _bar(file, "verify") as told:
            manifest = _or_fail(lambda: verify(file, identity, told))
        click.echo(json.dumps(manifest, ensure_ascii=False, indent=1))

    @group.command("status")
    @click.option(
        "--max-hours", type=click.IntRange(1), default=26, show_default=True, help="Older than this is too old."
    )
    def status_command(max_hours: int) -> None:
        """Tell of the newest backup; exit status 1 where there is none, it is too old, or it had faults."""
        known = status(settings)
        if not known:
            raise click.ClickException("no backup was made yet / chưa có bản sao lưu nào")
        hours = (clock.now() - datetime.fromisoformat(known["at"])).total_seconds() / 3600
        known["hours"] = round(hours, 1)
        click.echo(json.dumps(known, ensure_ascii=False, indent=1))
        sys.exit(1 if known["faults"] or hours > max_hours else 0)

    @app.cli.command("restore")
    @click.argument("file", type=_FILE)
    @click.option("--identity", required=True, type=_FILE, help="File of the private key.")
    def restore_command(file: Path, identity: Path) -> None:
        """Restore FILE into the empty data folder DONTHU_DATA and the empty database DATABASE_URL."""
        started = time.monotonic()
        with _bar(file, "restore") as told:
            back = _or_fail(lambda: restore(settings, file, identity, told))
        click.echo(
            f"{back.petitions} petitions, {back.files} attachments, audit chain of {back.entries} entries verified;"
            f" saved {back.at}, restored in {time.monotonic() - started:.1f} s"
        )
        click.echo(
            "Log-ins are ended, the index is made anew. Declare the break: flask audit anchor --after-restore WHY"
        )

    app.cli.add_command(group)


def _run(settings: Settings, folder: Path | None, recipients: Sequence[str], keep: int) -> None:
    said = _Steps()
    keys = list(recipients) or settings.backup_recipients
    made = _or_fail(lambda: make(settings, folder or settings.backup_dir, keys, keep=keep, step=said.step))
    click.echo(
        f"{made.path}: {made.bytes / 1_000_000:.1f} MB, {made.petitions} petitions, {made.files} attachments,"
        f" {made.seconds:.1f} s"
    )
    for fault in made.faults:
        click.echo(fault, err=True)
    if made.faults:
        sys.exit(1)


class _Steps:
    """Tells how far a backup is: a line that is written over on a terminal, a line per tenth elsewhere."""

    def __init__(self) -> None:
        self._said: tuple[str, int] = ("", -1)

    def step(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` of ``what``."""
        percent = 100 * done // total if total else 100
        terminal = sys.stderr.isatty()
        tenth = percent if terminal else percent // 10 * 10
        if (what, tenth) != self._said:
            self._said = what, tenth
            line = f"{what} {percent} %"
            click.echo(f"\r{line:20}" if terminal else line, err=True, nl=not terminal or percent == 100)


@contextmanager
def _bar(file: Path, what: str) -> Iterator[Callable[[int], None]]:
    size, steps = file.stat().st_size, _Steps()
    yield lambda done: steps.step(what, done, size)


def _or_fail(run: Callable[[], Result]) -> Result:
    try:
        return run()
    except BackupFailed as error:
        raise click.ClickException(str(error)) from error
