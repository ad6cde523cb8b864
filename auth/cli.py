"""``flask user …`` and ``flask unit …``: the administrator's pages, for scripts and for the first start."""

import difflib
import json
import sys
from collections.abc import Sequence

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from auth import queries
from auth.actor import Actor, Membership
from auth.cli_actor import acting_user
from auth.permissions import TWO_FACTOR_ROLES, Permission, Role, parse_role
from auth.queries import UnitRow, UserRow
from auth.second_factor import enrolment_uri
from auth.services import accounts, second_factor
from auth.services import units as unit_services
from core.database import db, unit_of_work
from core.errors import InvalidInput, NotVisible
from core.i18n import gettext as _
from core.keyring import Keyring
from core.text import clean_line, fold

# Two names nearer than this are more likely one name and a slip of the finger.
_NEAR = 0.8

user_group = AppGroup("user", help="Users: create, reset, disable, enable, list.")
unit_group = AppGroup("unit", help="Units (bộ phận) of the office.")

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class RoleType(click.ParamType[Role]):
    """A role by its name; ``admin`` is short for ``administrator``."""

    name = "role"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Role:
        """Read the name."""
        try:
            return parse_role(str(value))
        except ValueError:
            self.fail(f"{value!r} is not one of {', '.join(Role)}.", param, ctx)


@user_group.command("create")
@click.argument("name")
@click.option("--role", required=True, type=RoleType(), metavar="ROLE", help=f"{', '.join(Role)}.")
@click.option("--unit", "unit_names", multiple=True, metavar="UNIT", help="Unit by name; may be given several times.")
@click.option("--head", is_flag=True, help="Head of the (first) unit.")
@click.option("--full-name", default="", help="Name as shown; default: NAME.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--must-change", is_flag=True, help="The password must be changed at the first log-in.")
@click.option("--create-unit", is_flag=True, help="Make a unit although one of a similar name exists.")
@_json_option
@acting_user(Permission.USER_MANAGE)
def create(
    actor: Actor,
    name: str,
    role: Role,
    unit_names: Sequence[str],
    head: bool,
    full_name: str,
    password_stdin: bool,
    must_change: bool,
    create_unit: bool,
    as_json: bool,
) -> None:
    """Create the user NAME. Without --password-stdin a one-time password is made and printed.

    A unit that does not exist yet is made, unless its name is close to that of another one.
    """
    password = _read_password() if password_stdin else None
    if head and not unit_names:
        raise click.UsageError(_("--head needs --unit."))
    with unit_of_work() as session:
        units = [
            Membership(_unit_id(session, unit_name, actor, insist=create_unit), head and position == 0)
            for position, unit_name in enumerate(unit_names)
        ]
        made = accounts.create_user(
            session,
            username=name,
            full_name=full_name,
            role=role,
            units=units,
            password=password,
            must_change_password=True if must_change else None,
            by=actor,
        )
        secret = ""
        if role in TWO_FACTOR_ROLES:
            secret = second_factor.give_secret(session, _keys(), user_id=made.id, by=actor)
    row = queries.user(db.session(), actor.office_id, made.id)
    shown = _as_dict(row, _unit_names(actor))
    if secret:
        shown |= _second_factor(row.username, secret)
    if made.one_time_password:
        shown["one_time_password"] = made.one_time_password
    if as_json:
        _print_json(shown)
        return
    click.echo(_("User %(name)s is created.", name=row.username))
    if made.one_time_password:
        _print_one_time(made.one_time_password)
    if secret:
        _print_secret(row.username, secret)


@user_group.command("reset-totp")
@click.argument("name")
@_json_option
@acting_user(Permission.USER_MANAGE)
def reset_totp(actor: Actor, name: str, as_json: bool) -> None:
    """Give the user NAME a new secret of the second factor and print it; all their log-ins end."""
    with unit_of_work() as session:
        row = _find(session, actor, name)
        secret = second_factor.give_secret(session, _keys(), user_id=row.id, by=actor)
    if as_json:
        _print_json({"username": row.username, **_second_factor(row.username, secret)})
    else:
        _print_secret(row.username, secret)


@user_group.command("reset")
@click.argument("name")
@_json_option
@acting_user(Permission.USER_MANAGE)
def reset(actor: Actor, name: str, as_json: bool) -> None:
    """Give the user NAME a one-time password and print it; all their log-ins end."""
    with unit_of_work() as session:
        row = _find(session, actor, name)
        password = accounts.reset_password(session, user_id=row.id, by=actor)
    if as_json:
        _print_json({"username": row.username, "one_time_password": password})
    else:
        _print_one_time(password)


@user_group.command("disable")
@click.argument("name")
@click.option("--hand-over-to", "successor_name", metavar="USER", help="Who takes over what NAME still holds.")
@click.option("--absent-ok", is_flag=True, help="Hand over to USER although recorded as away.")
@_json_option
@acting_user(Permission.USER_MANAGE)
def disable(actor: Actor, name: str, successor_name: str | None, absent_ok: bool, as_json: bool) -> None:
    """Disable the user NAME. Whoever still holds open petitions needs a successor."""
    with unit_of_work() as session:
        row = _find(session, actor, name)
        successor = _find(session, actor, successor_name) if successor_name else None
        moved = accounts.disable_user(
            session,
            user_id=row.id,
            successor_id=successor.id if successor else None,
            by=actor,
            absent_ok=absent_ok,
        )
    if as_json:
        _print_json({"username": row.username, "active": False, "handed_over": moved})
    else:
        click.echo(_("User %(name)s is disabled; handed over: %(moved)s.", name=row.username, moved=moved))


@user_group.command("enable")
@click.argument("name")
@acting_user(Permission.USER_MANAGE)
def enable(actor: Actor, name: str) -> None:
    """Let the disabled user NAME log in again."""
    with unit_of_work() as session:
        row = _find(session, actor, name)
        accounts.enable_user(session, user_id=row.id, by=actor)
    click.echo(_("User %(name)s can log in again.", name=row.username))


@user_group.command("list")
@_json_option
@acting_user(Permission.USER_MANAGE)
def list_users(actor: Actor, as_json: bool) -> None:
    """List all users of the office."""
    names = _unit_names(actor)
    rows = queries.users(db.session(), actor.office_id)
    if as_json:
        _print_json([_as_dict(row, names) for row in rows])
        return
    for row in rows:
        units = ", ".join(names[unit_id] for unit_id in row.unit_ids)
        state = "" if row.active else _("disabled")
        click.echo(f"{row.username}\t{row.role.value}\t{units}\t{row.full_name}\t{state}".rstrip())


@unit_group.command("create")
@click.argument("name")
@_json_option
@acting_user(Permission.USER_MANAGE)
def create_unit_command(actor: Actor, name: str, as_json: bool) -> None:
    """Create the unit NAME."""
    with unit_of_work() as session:
        unit_id = unit_services.create_unit(session, name=name, by=actor)
    if as_json:
        _print_json({"id": unit_id, "name": clean_line(name)})
    else:
        click.echo(_("The unit “%(name)s” is created.", name=clean_line(name)))


@unit_group.command("list")
@_json_option
@acting_user(Permission.USER_MANAGE)
def list_units(actor: Actor, as_json: bool) -> None:
    """List the units of the office."""
    rows = queries.units(db.session(), actor.office_id)
    if as_json:
        _print_json([row._asdict() for row in rows])
        return
    for row in rows:
        click.echo(row.name if row.active else f"{row.name}\t" + _("not offered"))


def _read_password() -> str:
    # One line: what follows the first line end is no part of a password.
    try:
        password = sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidInput({"password": _("The password on standard input is not UTF-8 text.")}) from error
    if not password:
        raise InvalidInput({"password": _("No password on standard input.")})
    return password


def _find(session: Session, actor: Actor, name: str) -> UserRow:
    try:
        return queries.user_by_username(session, actor.office_id, name)
    except NotVisible as error:
        raise click.ClickException(_("There is no user called %(name)s.", name=name)) from error


def _unit_id(session: Session, name: str, actor: Actor, *, insist: bool) -> int:
    rows = queries.units(session, actor.office_id)
    found = queries.unit_by_name(rows, clean_line(name))
    if found is not None:
        return found.id
    if not insist and (near := _near(rows, name)):
        raise InvalidInput(
            {
                "unit": _(
                    "There is no unit “%(name)s”. Did you mean “%(near)s”? Else add --create-unit. Units: %(all)s.",
                    name=clean_line(name),
                    near=near,
                    all="; ".join(row.name for row in rows if row.active),
                )
            }
        )
    unit_id = unit_services.create_unit(session, name=name, by=actor)
    click.echo(_("The unit “%(name)s” is created.", name=clean_line(name)), err=True)
    return unit_id


def _near(rows: Sequence[UnitRow], name: str) -> str:
    folded = {fold(row.name): row.name for row in rows if row.active}
    close = difflib.get_close_matches(fold(clean_line(name)), list(folded), n=1, cutoff=_NEAR)
    return folded[close[0]] if close else ""


def _unit_names(actor: Actor) -> dict[int, str]:
    return {row.id: row.name for row in queries.units(db.session(), actor.office_id)}


def _as_dict(row: UserRow, unit_names: dict[int, str]) -> dict[str, object]:
    return {
        "username": row.username,
        "full_name": row.full_name,
        "role": row.role.value,
        "units": [unit_names[unit_id] for unit_id in row.unit_ids],
        "head_of": [unit_names[unit_id] for unit_id in row.head_of],
        "active": row.active,
        "must_change_password": row.must_change_password,
        "language": row.language,
    }


def _keys() -> Keyring:
    keys: Keyring = current_app.extensions["keyring"]
    return keys


def _second_factor(username: str, secret: str) -> dict[str, object]:
    return {"totp_secret": secret, "totp_uri": enrolment_uri(secret, username)}


def _print_secret(username: str, secret: str) -> None:
    click.echo(_("Secret of the second factor: %(secret)s", secret=secret))
    click.echo(enrolment_uri(secret, username))


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def _print_one_time(password: str) -> None:
    click.echo(
        _("One-time password, valid for %(days)s days: %(password)s", days=accounts.ONE_TIME_DAYS, password=password)
    )
