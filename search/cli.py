"""``flask search …``: query, rebuild, check, status. The web page and these share the same doors."""

import json
import sys
from dataclasses import asdict

import click
from flask import Flask
from flask.cli import AppGroup

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core.database import db
from core.i18n import gettext as _
from search import services
from search.engines import IndexBusy, IndexState
from search.feeds import CASES, FILES
from search.health import measure
from search.installed import installed
from search.queries import Result, find, notices

MOST = 1_000

search_group = AppGroup("search", help="The search index: query, rebuild, check, status.")

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def register(app: Flask) -> None:
    """Give ``app`` the commands."""
    app.cli.add_command(search_group)


@search_group.command("query")
@click.argument("text", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, MOST), help="Results at most.")
@_json_option
@acting_user(Permission.PETITION_VIEW)
def query(actor: Actor, text: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find petitions by number, name, phone or words, as the search page does."""
    results = find(db.session(), installed(), " ".join(text), actor, size=limit)
    for line in notices(results):
        click.echo(line, err=True)
    if as_json:
        click.echo(json.dumps([_as_json(result) for result in results.results], ensure_ascii=False, indent=2))
        return
    for result in results.results:
        click.echo(f"{result.row.number}  {result.score:>4}  {result.row.title}")
        click.echo(f"    {result.passage.text}")
    click.echo(_("%(count)s found", count=results.total))


@search_group.command("rebuild")
@click.option("--afresh", is_flag=True, help="Do not go on with a rebuild that was broken off.")
@acting_user(Permission.SYSTEM_VIEW)
def rebuild(_actor: Actor, afresh: bool) -> None:
    """Make the index anew from the database; searching goes on meanwhile."""
    try:
        parts = installed()
        documents = services.rebuild(db.session(), parts.engine, CASES, afresh=afresh, progress=tell_progress())
        services.rebuild(db.session(), parts.files, FILES, afresh=afresh)
    except IndexBusy as error:
        raise click.ClickException(_("Another process is making or writing the index; try again later.")) from error
    click.echo(_("The index holds %(count)s petitions.", count=documents))


@search_group.command("check")
@click.option("--sample", default=100, show_default=True, type=click.IntRange(0), help="Petitions compared in full.")
@_json_option
@acting_user(Permission.SYSTEM_VIEW)
def check(_actor: Actor, sample: int, as_json: bool) -> None:
    """Compare the index with the database; exit status 1 where they differ."""
    parts = installed()
    found = services.compare(db.session(), parts.engine, CASES, sample=sample)
    files = services.compare(db.session(), parts.files, FILES, sample=sample)
    agrees = found.agrees and files.agrees
    if as_json:
        click.echo(json.dumps({**asdict(found), "files": asdict(files), "agrees": agrees}, indent=2))
    elif found.state is not IndexState.READY:
        click.echo(_("There is no index that can be used (%(state)s).", state=found.state.value))
    else:
        click.echo(f"{'':10} {_('petitions'):>12} {_('with files'):>12}")
        for name in ("petitions", "indexed", "missing", "outdated", "surplus", "wrong", "sampled", "waiting"):
            click.echo(f"{name:10} {getattr(found, name):>12} {getattr(files, name):>12}")
        click.echo(_("The index agrees with the database.") if agrees else _("The index differs; rebuild it."))
    sys.exit(0 if agrees else 1)


@search_group.command("status")
@_json_option
@acting_user(Permission.SYSTEM_VIEW)
def status(_actor: Actor, as_json: bool) -> None:
    """Show the state of index and worker."""
    session, parts = db.session(), installed()
    health = measure(session, parts)
    figures = {
        **asdict(parts.engine.status()),
        "worker_alive": health.worker_alive,
        "pending": health.pending,
        "lag_seconds": health.lag_seconds,
    }
    if as_json:
        click.echo(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        click.echo(f"{name:14} {value}")
    if health.text:
        click.echo(health.text)


def _as_json(result: Result) -> dict[str, object]:
    return {
        "number": result.row.number,
        "external_ref": result.row.external_ref,
        "score": result.score,
        "snippet": result.passage.text,
        "title": result.row.title,
        "partial": result.partial,
    }


def tell_progress() -> services.Progress:
    """A line on the standard error that is written over; where that is no terminal, one line per tenth."""
    terminal = sys.stderr.isatty()
    said = -1

    def tell(done: int, total: int) -> None:
        nonlocal said
        percent = 100 * done // total if total else 100
        step = percent if terminal else percent // 10 * 10
        if step != said:
            said = step
            line = f"{done}/{total} ({percent} %)"
            click.echo(f"\r{line}" if terminal else line, err=True, nl=not terminal or done == total)

    return tell
