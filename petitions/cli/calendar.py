"""``flask calendar import``: days off and worked Saturdays come in from a file."""

import json
import sys
from pathlib import Path

import click

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core.database import unit_of_work
from core.i18n import gettext as _
from petitions.cli.groups import calendar_group
from petitions.importing.calendar_file import BadCalendarFile, read_calendar
from petitions.importing.problems import ImportRefused, RowError
from petitions.services.office import set_days

_EXISTING = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
ERRORS_SHOWN = 20


@calendar_group.command("import")
@click.argument("file", type=_EXISTING)
@click.option("--source", default="", metavar="NOTICE", help="The notice that the days stand in; default: the file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@acting_user(Permission.CALENDAR_EDIT)
def import_days(actor: Actor, file: Path, source: str, as_json: bool) -> None:
    """Enter the days of FILE, a CSV file with the columns date, kind and name.

    The kinds are holiday, lieu, swap-off (all off) and worked (a Saturday that counts). All days are entered or none;
    open due days move with an event each.
    """
    try:
        with file.open("rb") as stream:
            days = read_calendar(stream)
    except BadCalendarFile as error:
        for wrong in error.errors[:ERRORS_SHOWN]:
            click.echo(_line(wrong), err=True)
        sys.exit(1)
    except ImportRefused as error:
        raise click.ClickException(str(error.sentence)) from error
    moved = 0
    if days:
        with unit_of_work() as session:
            moved = set_days(session, days, source=source or file.name, by=actor)
    if as_json:
        click.echo(json.dumps({"days": len(days), "moved": moved}))
    else:
        click.echo(_("Days entered: %(days)s; due days moved: %(moved)s.", days=len(days), moved=moved))


def _line(wrong: RowError) -> str:
    place = _("Row %(row)s", row=wrong.row) + (f", {wrong.column}" if wrong.column else "")
    seen = f" [{wrong.excerpt}]" if wrong.excerpt else ""
    return f"{place}: {wrong.message}{seen}"
