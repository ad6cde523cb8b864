"""``flask clock explain`` and ``flask clock check``: the clocks of petitions."""

import json

import click

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core.database import db
from core.errors import NotVisible
from core.i18n import gettext as _
from petitions.cli.drift import answer
from petitions.cli.groups import clock_group
from petitions.deadlines import RunningClock
from petitions.deadlines.case_clocks import stored
from petitions.deadlines.explanation import explain
from petitions.deadlines.sentences import sentences
from petitions.queries.case import get_visible
from petitions.queries.clock_checks import clock_drift
from petitions.queries.clocks import clocks_of, legal_events_of


@clock_group.command("explain")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@acting_user(Permission.PETITION_VIEW)
def explain_case(actor: Actor, number: str, as_json: bool) -> None:
    """Print every clock of a petition and how each day came about."""
    session = db.session()
    try:
        petition = get_visible(session, number, actor)
    except NotVisible as error:
        raise click.ClickException(_("There is no petition with the number %(number)s.", number=number)) from error
    clocks = clocks_of(session, petition)
    if as_json:
        told = {
            "number": petition.number,
            "state": petition.state,
            "due_on": petition.due_on.isoformat(),
            "halted_on": petition.halted_on.isoformat() if petition.halted_on else None,
            "events": [_event_data(row) for row in legal_events_of(session, petition.id)],
            "clocks": [_clock_data(clock) for clock in clocks],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for clock in clocks:
        found = clock.computation
        click.echo(f"{clock.rule.id}: {found.due.isoformat() if found.due else '-'} ({found.state.value})")
        for sentence in sentences(explain(found)):
            click.echo(f"  {sentence}")


def _clock_data(clock: RunningClock) -> dict[str, object]:
    explanation = explain(clock.computation)
    return {
        **explanation.as_json(),
        "started_by": clock.started_by.event.value,
        "stopped_by": clock.stopped_by.event.value if clock.stopped_by else None,
        "kept": stored(clock) is not None,
        "sentences": sentences(explanation),
    }


def _event_data(row: object) -> dict[str, object]:
    names = ("event", "occurred_on", "days", "variant", "for_day", "points", "document_number", "document_on", "signer")
    values = {name: getattr(row, name) for name in names}
    return {name: str(value) if name.endswith(("_on", "_day")) else value for name, value in values.items() if value}


@clock_group.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@acting_user(Permission.SYSTEM_VIEW)
def check(actor: Actor, as_json: bool) -> None:
    """Prove that every stored clock equals what the rules derive from the legal events; exit status 1 where not."""
    checked, drift = clock_drift(db.session(), actor.office_id)
    answer(checked, drift, as_json=as_json)
