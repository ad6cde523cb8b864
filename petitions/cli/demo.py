"""``flask demo load`` and ``flask demo code``."""

import click
from flask import current_app

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from auth.second_factor import code_at
from core import clock
from core.i18n import gettext as _
from core.serve import DEMO_PASSWORD
from core.settings import Settings
from petitions.cli.groups import demo_group
from petitions.demo import DEMO_USERNAMES, demo_secrets, load_demo


@demo_group.command("code")
@click.argument("name", type=click.Choice(DEMO_USERNAMES))
def code(name: str) -> None:
    """Print the present code of the second factor of the demo's user NAME."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.demo:
        raise click.ClickException(_("This installation is no demo."))
    secret = dict(demo_secrets()).get(name)
    if secret is None:
        raise click.ClickException(_("%(name)s logs in without a second factor.", name=name))
    click.echo(code_at(secret, clock.now()))


@demo_group.command("load")
@click.option("--petitions", type=click.IntRange(1, 1_000_000), default=300, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same petitions.")
@click.option("--password", default=DEMO_PASSWORD, show_default=True, help="Password of every demo user.")
@acting_user(Permission.PETITION_IMPORT)
def load(actor: Actor, petitions: int, seed: int, password: str) -> None:
    """Fill an empty database with invented petitions."""
    del actor

    def tell(done: int, total: int) -> None:
        click.echo(f"\r{done}/{total}", nl=done == total, err=True)

    made = load_demo(petitions=petitions, seed=seed, password=password, progress=tell)
    click.echo(f"{made} petitions")
