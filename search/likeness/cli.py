"""``flask search likeness …``: check and rebuild of the fingerprints of letters."""

import json
import sys
from dataclasses import asdict

import click

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core.database import db
from core.i18n import gettext as _
from search.cli import search_group, tell_progress
from search.likeness import services
from search.likeness.grouping import group_some


@search_group.group("likeness")
def likeness_group() -> None:
    """Letters that repeat each other: check, rebuild."""


@likeness_group.command("rebuild")
@acting_user(Permission.SYSTEM_VIEW)
def rebuild(_actor: Actor) -> None:
    """Make all fingerprints and groups anew; one that was stopped goes on where it was."""
    session = db.session()
    letters = services.rebuild(session, progress=tell_progress())
    while group_some(session):
        pass
    click.echo(_("Fingerprints of %(count)s letters were made.", count=letters))


@likeness_group.command("check")
@click.option("--sample", default=100, show_default=True, type=click.IntRange(0), help="Letters compared in full.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@acting_user(Permission.SYSTEM_VIEW)
def check(_actor: Actor, sample: int, as_json: bool) -> None:
    """Compare the fingerprints with the database; exit status 1 where they differ."""
    found = services.compare(db.session(), sample=sample)
    figures = asdict(found)
    if as_json:
        click.echo(json.dumps({**figures, "agrees": found.agrees}, indent=2))
    else:
        for name, value in figures.items():
            click.echo(f"{name:10} {value}")
        told = _("The fingerprints agree with the database.") if found.agrees else _("They differ; rebuild them.")
        click.echo(told)
    sys.exit(0 if found.agrees else 1)
