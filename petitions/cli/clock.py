"""``flask clock due`` and ``flask clock rules``: what the law says about time, without any petition."""

import json
import re
from datetime import date

import click
from flask_babel import force_locale

from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core.database import db
from core.i18n import gettext as _
from petitions.cli.groups import clock_group
from petitions.deadlines import ALL_RULES, Rule, Variant, compute_from, rule_in_force
from petitions.deadlines.clock_events import ClockEvent, extend, resume, stop, suspend, vary
from petitions.deadlines.counting import UNIT_LABELS, Direction, Unit
from petitions.deadlines.errors import UnknownVariant
from petitions.deadlines.explanation import explain
from petitions.deadlines.law_page import MARK, law_section
from petitions.deadlines.rule_data import rule_data
from petitions.deadlines.sentences import sentences
from petitions.importing.calendar_file import read_day
from petitions.queries.calendar import calendar_of

_EXTENSION = re.compile(r"extend(\d{1,4})")
_PLAIN_ACTS = {"suspend": suspend, "continue": resume, "stop": stop}
FIRST_YEAR = 1900
LAST_YEAR = 2200


class Day(click.ParamType[date]):
    """A day, written yyyy-mm-dd or dd/mm/yyyy."""

    name = "DATE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day that ``value`` means; fails with one line for none."""
        if isinstance(value, date):
            return value
        day = read_day(str(value))
        if day is None:
            self.fail(_("“%(typed)s” is no date. Write it as dd/mm/yyyy or yyyy-mm-dd.", typed=value), param, ctx)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            years = _("Give a year from %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
            self.fail(years, param, ctx)
        return day


class Event(click.ParamType[ClockEvent]):
    """A legal event: suspend@DATE, continue@DATE, extendN@DATE, stop@DATE, or VARIANT@DATE for a finding."""

    name = "EVENT@DATE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ClockEvent:
        """The event that ``value`` means; fails with one line for none."""
        if isinstance(value, ClockEvent):
            return value
        act, _at, day_text = str(value).strip().partition("@")
        day = Day().convert(day_text, param, ctx)
        if act in _PLAIN_ACTS:
            return _PLAIN_ACTS[act](day)
        if found := _EXTENSION.fullmatch(act):
            return extend(day, int(found[1]))
        if act in {variant.value for variant in Variant}:
            return vary(day, Variant(act))
        known = "suspend@DATE, continue@DATE, extendN@DATE, stop@DATE, VARIANT@DATE"
        message = _("“%(typed)s” is no event. Write one of: %(known)s.", typed=value, known=known)
        return self.fail(message, param, ctx)


@clock_group.command("due")
@click.option("--rule", "rule_id", required=True, metavar="ID", help="Id of the rule; see flask clock rules.")
@click.option("--from", "started_on", type=Day(), required=True, help="Day of the starting event.")
@click.option("--variant", default=Variant.STANDARD.value, show_default=True, help="Variant that holds at the start.")
@click.option("--event", "events", type=Event(), multiple=True, help="What happened since; any number, any order.")
@click.option("--settlement-due", type=Day(), help="Last day of the settlement, for complaint-execution-stay.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@acting_user(Permission.PETITION_VIEW)
def due(
    actor: Actor,
    rule_id: str,
    started_on: date,
    variant: str,
    events: tuple[ClockEvent, ...],
    settlement_due: date | None,
    as_json: bool,
) -> None:
    """Print the last day of any limit, and how it comes about, on the office's calendar."""
    rule = rule_in_force(rule_id, started_on)
    computation = compute_from(
        rule,
        started_on,
        calendar_of(db.session(), actor.office_id),
        *events,
        variant=_variant(rule, variant),
        settlement_due=settlement_due,
    )
    explanation = explain(computation)
    words = sentences(explanation)
    if as_json:
        click.echo(json.dumps({**explanation.as_json(), "sentences": words}, ensure_ascii=False, indent=2))
        return
    click.echo(computation.due.isoformat() if computation.due else "-")
    for sentence in words:
        click.echo(f"  {sentence}")


@clock_group.command("rules")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@acting_user(Permission.ACCOUNT)
def rules(actor: Actor, as_json: bool) -> None:
    """List every rule in every version, with its source and how that was read."""
    del actor
    if as_json:
        click.echo(json.dumps([rule_data(rule) for rule in ALL_RULES], ensure_ascii=False, indent=2))
        return
    for rule in ALL_RULES:
        data = rule_data(rule)
        period = f"{data['valid_from']} – {data['valid_to'] or ''}".rstrip()
        click.echo(f"{rule.id:<36} {_amount(rule):<24} {period:<24} {rule.source} ({data['read_text']})")


@clock_group.command("page")
def page() -> None:
    """Print the second half of the page docs/law.md."""
    with force_locale("en"):
        click.echo(MARK + law_section(), nl=False)


def _variant(rule: Rule, typed: str) -> Variant:
    try:
        return Variant(typed)
    except ValueError:
        raise UnknownVariant(rule.id, typed, rule.known_variants) from None


def _amount(rule: Rule) -> str:
    unit = str(UNIT_LABELS[rule.unit])
    if rule.unit in (Unit.AT_ONCE, Unit.NO_LIMIT, Unit.REST_OF_SETTLEMENT):
        return unit
    amount = f"{rule.amount} {unit}"
    return _("at least %(amount)s before", amount=amount) if rule.limit.direction is Direction.BEFORE else amount
