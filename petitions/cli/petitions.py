"""``flask petition show`` and ``flask petition workflow``."""

import json

import click

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core.database import db
from core.errors import NotVisible
from core.i18n import gettext as _
from petitions.cli.groups import petition_group
from petitions.diagram import workflow_page
from petitions.queries.case import get_visible
from petitions.queries.export import petition_data


@petition_group.command("show")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@acting_user(Permission.PETITION_VIEW)
def show(actor: Actor, number: str, as_json: bool) -> None:
    """Print one petition; NUMBER may be typed without separators."""
    session = db.session()
    try:
        petition = get_visible(session, number, actor)
    except NotVisible as error:
        raise click.ClickException(_("There is no petition with the number %(number)s.", number=number)) from error
    data = petition_data(session, petition, actor)
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
        return
    for name, value in data.items():
        if value not in (None, "", [], False) and name not in {"history", "body"}:
            click.echo(f"{name}: {value if not isinstance(value, list) else json.dumps(value, ensure_ascii=False)}")
    if data["body"]:
        click.echo("\n" + data["body"] + "\n")
    for event in data["history"]:
        click.echo(f"{event['recorded_at'][:16]}  {event['by']}: {event['action']}  {event['reason']}".rstrip())


@petition_group.command("workflow")
def workflow() -> None:
    """Print the table of the workflow as the page docs/workflow.md."""
    click.echo(workflow_page(), nl=False)
