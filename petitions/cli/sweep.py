"""``flask clock sweep``: look at the clocks whose day has come now, and not when the worker does."""

import json

import click
from flask_babel import force_locale

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core.i18n import gettext as _
from petitions.cli.groups import clock_group
from petitions.escalation import LEVEL_LABELS, Level
from petitions.levels_page import MARK, levels_section
from petitions.services.sweep import BATCH, Swept
from petitions.services.sweep import sweep as sweep_clocks


@clock_group.command("sweep")
@click.option("--batch", type=click.IntRange(1, 10_000), default=BATCH, show_default=True, help="Clocks at once.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@acting_user(Permission.SYSTEM_VIEW)
def sweep(actor: Actor, batch: int, as_json: bool) -> None:
    """Tell whoever is to be told of limits that come near or have passed, and escalate what is late.

    The worker does the same every minute; running both at once does no harm.
    """
    # Whoever starts it: what the sweep does is the program's own act.
    del actor
    done = sweep_clocks(batch=batch)
    if as_json:
        click.echo(json.dumps(done.as_json(), ensure_ascii=False, indent=2))
        return
    for line in _lines(done):
        click.echo(line)


def _lines(done: Swept) -> list[str]:
    told = ", ".join(f"{LEVEL_LABELS[Level(level)]}: {count}" for level, count in done.told.items())
    lines = [
        _("Clocks looked at: %(count)s, of %(petitions)s petitions.", count=done.looked_at, petitions=done.petitions),
        _("Told: %(told)s.", told=told),
        _("Escalated: %(count)s.", count=done.escalated),
    ]
    if done.waiting:
        lines.append(_("No supervisor is there: %(count)s clocks wait until tomorrow.", count=done.waiting))
    return lines


@clock_group.command("levels")
def levels() -> None:
    """Print the second half of the page docs/escalation.md."""
    with force_locale("en"):
        click.echo(MARK + levels_section(), nl=False)
