"""``flask petition import``: a backlog comes in from a file."""

import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core.i18n import format_count
from core.i18n import gettext as _
from core.settings import Settings
from petitions.cli.groups import petition_group
from petitions.importing.loading import Job, Mode, import_file
from petitions.importing.mapping import NATIVE, load_mapping
from petitions.importing.runs import carry_out
from petitions.importing.summary import Summary
from petitions.importing.telling import sentences

_EXISTING = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
ERRORS_SHOWN = 50


def register() -> None:
    """Add the commands of this module to ``flask petition``."""
    petition_group.add_command(import_command)
    petition_group.add_command(carry_out_command)


@click.command("import")
@click.argument("file", type=_EXISTING)
@click.option("--map", "mapping_path", type=_EXISTING, help="Mapping file (TOML); default: native columns.")
@click.option("--source", default="", metavar="NAME", help="System or register that external_ref comes from.")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option("--good-rows", is_flag=True, help="Import the good rows although others are bad.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="File for the rejected rows (CSV).")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@with_appcontext
@acting_user(Permission.PETITION_IMPORT)
def import_command(
    actor: Actor,
    file: Path,
    mapping_path: Path | None,
    source: str,
    dry_run: bool,
    good_rows: bool,
    rejects: Path | None,
    as_json: bool,
) -> None:
    """Import petitions from a CSV or XLSX file.

    Exit status 0 when the file was taken as asked, 1 when nothing was imported because of an error.
    """
    settings: Settings = current_app.extensions["settings"]
    mapping = load_mapping(mapping_path) if mapping_path else NATIVE
    if source:
        mapping = replace(mapping, source=source[:60])
    job = Job(
        path=file,
        file_name=file.name,
        mapping=mapping,
        work_dir=settings.imports_dir,
        lookup_key=settings.lookup_key,
        mode=Mode.GOOD_ROWS if good_rows else Mode.ALL_OR_NOTHING,
        dry_run=dry_run,
        rejects=rejects,
    )
    summary = import_file(job, by=actor, progress=_bar if sys.stderr.isatty() else _nothing)
    if as_json:
        click.echo(json.dumps(summary.as_dict(), ensure_ascii=False, indent=2))
    else:
        _tell(summary, rejects)
    sys.exit(0 if summary.succeeded else 1)


@click.command("carry-out-import", hidden=True)
@click.argument("run_id", type=int)
@with_appcontext
@acting_user(Permission.PETITION_IMPORT)
def carry_out_command(actor: Actor, run_id: int) -> None:
    """Work off an import that was asked for on the page; the background worker starts this."""
    settings: Settings = current_app.extensions["settings"]
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    carry_out(run_id, by=actor, imports_dir=settings.imports_dir, lookup_key=settings.lookup_key)


def _end_with_the_worker() -> None:
    # The worker holds the other end. Ending at once is safe: what was not committed is rolled back.
    while os.read(0, 1024):
        pass
    os._exit(3)


def _bar(rows: int, share: float) -> None:
    width = 30
    done = int(width * share)
    click.echo(f"\r[{'#' * done}{'.' * (width - done)}] {format_count(rows)}", nl=share >= 1.0, err=True)


def _nothing(_rows: int, _share: float) -> None:
    """No bar where nobody looks."""


def _tell(summary: Summary, rejects: Path | None) -> None:
    for sentence in sentences(summary.as_dict()):
        click.echo(sentence)
    for error in (summary.errors + summary.notes)[:ERRORS_SHOWN]:
        place = _("Row %(row)s", row=error["row"]) + (f", {error['column']}" if error["column"] else "")
        seen = f" [{error['excerpt']}]" if error["excerpt"] else ""
        click.echo(f"  {place}: {error['message']}{seen}", err=True)
    if summary.errors_total > ERRORS_SHOWN:
        click.echo("  " + _("… and %(count)s more.", count=format_count(summary.errors_total - ERRORS_SHOWN)), err=True)
    if rejects is not None and summary.rejected:
        click.echo(_("The rejected rows are in %(path)s.", path=rejects), err=True)
