"""The actor: who does something, as plain data that outlives any database session."""

import getpass
import os
from dataclasses import dataclass
from typing import NamedTuple

from auth.permissions import Permission, Role, permissions_of


class Membership(NamedTuple):
    """A unit that the actor belongs to."""

    unit_id: int
    is_head: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: a logged-in user, or the operating system's user at the command line (``id`` None)."""

    id: int | None
    username: str
    full_name: str
    role: Role | None
    office_id: int
    units: tuple[Membership, ...] = ()
    language: str = "vi"
    must_change_password: bool = False
    session_token: str = ""
    system: bool = False
    # Records that are about the actor or the actor's unit: never shown, never given (``auth.barriers``).
    barred: tuple[int, ...] = ()

    def may(self, permission: Permission) -> bool:
        """Whether the actor's role grants ``permission``. The command line may do all but see sealed data."""
        if self.system:
            return permission is not Permission.SEALED_VIEW_ALL
        return self.role is not None and permission in permissions_of(self.role)

    @property
    def unit_ids(self) -> tuple[int, ...]:
        """The units that the actor belongs to."""
        return tuple(member.unit_id for member in self.units)

    def belongs_to(self, unit_id: int | None) -> bool:
        """Whether the actor is a member of the unit."""
        return any(member.unit_id == unit_id for member in self.units)

    def heads(self, unit_id: int | None) -> bool:
        """Whether the actor is head of the unit."""
        return any(member.is_head and member.unit_id == unit_id for member in self.units)

    # What Flask-Login asks of a user. The session's token, not the user's id, goes into the cookie: a log-in can
    # then be ended on the server.
    @property
    def is_authenticated(self) -> bool:
        """Always: an anonymous visitor is no actor."""
        return True

    @property
    def is_active(self) -> bool:
        """Always: disabled users are not loaded."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """Never."""
        return False

    def get_id(self) -> str:
        """The token by which the log-in is found again."""
        return self.session_token


def operating_system_actor(office_id: int) -> Actor:
    """The actor of a command run without ``--as``: the operating system's user."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid{os.getuid()}"
    return Actor(id=None, username=f"os:{name}", full_name=f"os:{name}", role=None, office_id=office_id, system=True)


def system_actor(office_id: int) -> Actor:
    """The actor of what the program does by itself, such as the sweep of deadlines."""
    return Actor(id=None, username="system", full_name="Hệ thống", role=None, office_id=office_id, system=True)
