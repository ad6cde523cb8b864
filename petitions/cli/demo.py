"""``flask demo load``."""

import click

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core.serve import DEMO_PASSWORD
from petitions.cli.groups import demo_group
from petitions.demo import load_demo


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
