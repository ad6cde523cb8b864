"""Who acts at the command line: the option ``--as USER`` that every command of the program takes.

How a command uses it (the signature is stable)::

    @petition.command("show")
    @click.argument("number")
    @acting_user(Permission.PETITION_VIEW)
    def show(actor: Actor, number: str) -> None: ...

``acting_user`` stands directly above the function, which receives the ``Actor`` as its first argument and everything
else by name. It

* takes ``--as USER``; without it the actor is the operating system's user, who may do all but see sealed data;
* refuses an unknown or disabled USER, and one whose role lacks the permission;
* speaks the actor's language while the command runs;
* turns a ``DomainError`` into one line on the standard error and exit status 1 (wrong options: status 2, by click).

It needs an application context, which ``AppGroup`` and ``app.cli.command`` give. The command opens its own
``unit_of_work`` around what it writes.
"""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import click
from flask_babel import force_locale
from sqlalchemy.exc import OperationalError, ProgrammingError

from auth import queries
from auth.actor import Actor, operating_system_actor
from auth.permissions import Permission
from auth.services.offices import ensure_office
from core.database import database_said, db, unit_of_work
from core.errors import DomainError, InvalidInput
from core.i18n import gettext as _

P = ParamSpec("P")
R = TypeVar("R")


def acting_user(permission: Permission) -> Callable[[Callable[Concatenate[Actor, P], R]], Callable[..., R]]:
    """Give a command the option ``--as USER`` and call it with the actor, who must have ``permission``."""

    def decorate(command: Callable[Concatenate[Actor, P], R]) -> Callable[..., R]:
        @functools.wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            name = kwargs.pop("acting_username", None)
            try:
                actor = find_actor(name if isinstance(name, str) else None)
            except (OperationalError, ProgrammingError) as error:
                # No server, no file, or no tables yet: "./run" or "flask db upgrade" makes them.
                raise click.ClickException(
                    f"Không dùng được cơ sở dữ liệu / cannot use the database: {database_said(error)}"
                ) from error
            with force_locale(actor.language):
                if not actor.may(permission):
                    raise click.ClickException(
                        _(
                            "User %(name)s may not do this (needs: %(what)s).",
                            name=actor.username,
                            what=permission.value,
                        )
                    )
                try:
                    return command(actor, *args, **kwargs)
                except DomainError as error:
                    raise click.ClickException(one_line(error)) from error

        return click.option(
            "--as", "acting_username", metavar="USER", help="Act as this user; default: the operating system's user."
        )(run)

    return decorate


def find_actor(username: str | None) -> Actor:
    """The actor for ``--as``; for None the operating system's user. Raises ``click.ClickException``.

    An installation that has no office yet receives its first one here, so that the very first command works.
    """
    try:
        office_id = queries.installed_office(db.session())
        if office_id is None:
            with unit_of_work() as session:
                office_id = ensure_office(session)
        if username is None:
            return operating_system_actor(office_id)
        actor = queries.actor_by_username(db.session(), username)
    except (OperationalError, ProgrammingError) as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise click.ClickException(
            _("The database cannot be used (%(reason)s). Has `flask db upgrade` been run?", reason=reason)
        ) from error
    if actor is None:
        raise click.ClickException(_("There is no active user called %(name)s.", name=username))
    return actor


def one_line(error: DomainError) -> str:
    """What ``error`` says, on one line."""
    if isinstance(error, InvalidInput):
        parts = [str(message) for message in error.errors.values()]
        return " ".join(" ".join(parts).split())
    return " ".join(str(error).split()) or type(error).__name__
