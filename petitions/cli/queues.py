"""``flask queue list`` and ``flask queue check``."""

import json

import click

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core import clock
from core.database import db
from petitions import deadlines
from petitions.cli.drift import answer
from petitions.cli.groups import queue_group
from petitions.queries.calendar import calendar_of
from petitions.queries.checks import queue_drift
from petitions.queries.export import row_data
from petitions.queries.lists import Queue, View, page
from petitions.queries.weights import weights_of


@queue_group.command("list")
@click.argument("name", type=click.Choice([queue.value for queue in Queue]))
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@acting_user(Permission.PETITION_VIEW)
def list_queue(actor: Actor, name: str, limit: int, as_json: bool) -> None:
    """Print a queue in its order."""
    session = db.session()
    today = clock.today()
    soon_until = deadlines.due_soon_until(today, calendar_of(session, actor.office_id))
    view = View(Queue(name), limit=limit)
    weights = weights_of(session, actor.office_id)
    found = page(session, view, actor, today=today, soon_until=soon_until).rows
    rows = [row_data(row, weights, today) for row in found]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row['number']:<18} {row['due_on']}  {row['state']:<10} {row['title'][:60]}  {', '.join(row['reasons'])}"
        )


@queue_group.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@acting_user(Permission.SYSTEM_VIEW)
def check(actor: Actor, as_json: bool) -> None:
    """Prove that stored due days, order and counters equal what the rules derive; exit status 1 where they do not."""
    checked, drift = queue_drift(db.session(), actor.office_id)
    answer(checked, drift, as_json=as_json)
