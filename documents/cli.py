"""``flask files …``: how far the text of stored files is known, and reading it anew."""

import json

import click
from flask.cli import AppGroup

from core.database import db, unit_of_work
from core.worker import is_alive
from documents.jobs import READER_NAME
from documents.text import ocr
from documents.text.outcome import TextState
from documents.text.reading import ask_again, text_totals

file_group = AppGroup("files", help="Stored files and the text in them.")

_AGAIN = tuple(state for state in TextState if state is not TextState.WAITING)


@file_group.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """How many files are read, wait, or could not be read; whether their worker runs and scans can be read."""
    totals = {str(state): count for state, count in text_totals(db.session()).items()}
    facts = {"reader": is_alive(READER_NAME), "scans": ocr.is_available()}
    if as_json:
        click.echo(json.dumps(totals | facts))
        return
    for name, count in totals.items():
        click.echo(f"{name:8} {count}")
    click.echo(f"reader   {'running' if facts['reader'] else 'not running'}")
    click.echo(
        f"scans    {'read by Tesseract (vie)' if facts['scans'] else 'not read here: Tesseract with vie is absent'}"
    )


@file_group.command("retry")
@click.option(
    "--state",
    "states",
    type=click.Choice(_AGAIN),
    multiple=True,
    default=(TextState.FAILED,),
    show_default=True,
    help="Which files; may be given several times.",
)
def retry(states: tuple[TextState, ...]) -> None:
    """Have files read anew, those that failed unless told otherwise."""
    with unit_of_work() as session:
        click.echo(ask_again(session, [TextState(state) for state in states]))
