"""How the checks answer: what differs, how many were looked at, and the exit status."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import NoReturn

import click

from petitions.queries.checks import Drift


def answer(checked: int, drift: Sequence[Drift], *, as_json: bool) -> NoReturn:
    """Print what a check found and end the command: status 0 without differences, 1 with some."""
    if as_json:
        found = [asdict(item) for item in drift]
        click.echo(json.dumps({"checked": checked, "drift": found}, ensure_ascii=False, indent=2))
    else:
        for item in drift:
            click.echo(f"{item.what} {item.where}: {item.stored} / {item.derived}", err=True)
        click.echo(f"{checked} petitions, {len(drift)} differences")
    sys.exit(1 if drift else 0)
