"""The readers: who is logged in, users, units, and who may be given work."""

import threading
import time
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from auth.actor import Actor, Membership
from auth.barriers import Barriers, installed
from auth.models import LoginSession, Office, Unit, UnitMember, User
from auth.permissions import ASSIGNABLE_ROLES, DISTRIBUTING_ROLES, Role
from core.database import AnyRow, AnySelect
from core.errors import NotVisible
from core.text import fold

# How long another process may go on showing an officer or a unit that was changed meanwhile. Only lists and names
# are kept; a service that gives work to somebody asks ``is_assignable``, which is never kept.
LOOKUP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class OpenLogin:
    """A log-in found by its token: who it is, and the moments that its limits are counted from."""

    actor: Actor
    created_at: datetime
    last_seen_at: datetime


class UserRow(NamedTuple):
    """A user as the administrator's pages show one."""

    id: int
    username: str
    full_name: str
    role: Role
    active: bool
    must_change_password: bool
    language: str
    created_at: datetime
    units: tuple[Membership, ...]

    @property
    def unit_ids(self) -> tuple[int, ...]:
        """The units that the user belongs to."""
        return tuple(member.unit_id for member in self.units)

    @property
    def head_of(self) -> tuple[int, ...]:
        """The units whose head the user is."""
        return tuple(member.unit_id for member in self.units if member.is_head)


class UnitRow(NamedTuple):
    """A unit of the office."""

    id: int
    name: str
    active: bool


class Officer(NamedTuple):
    """Somebody who may be given work."""

    id: int
    username: str
    full_name: str
    unit_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lookups:
    """What many pages need of the office: its name; active units, who may be given work and who gives it, in order."""

    office_name: str
    units: tuple[UnitRow, ...]
    officers: tuple[Officer, ...]
    distributors: tuple[Officer, ...]
    unit_names: dict[int, str]
    user_names: dict[int, str]


_ACTOR_COLUMNS = (
    User.id,
    User.username,
    User.full_name,
    User.role,
    User.office_id,
    User.language,
    User.must_change_password,
    UnitMember.unit_id,
    UnitMember.is_head,
)


# Asked at every request: one statement, built once, rows instead of entities.
@lru_cache(maxsize=4)
def _login(barriers: Barriers) -> AnySelect:
    return (
        select(
            LoginSession.created_at, LoginSession.last_seen_at, *_ACTOR_COLUMNS, barriers.present.label("maybe_barred")
        )
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(UnitMember, UnitMember.user_id == User.id)
        .where(LoginSession.token_hash == bindparam("token_hash"), LoginSession.pending.is_(False), User.active)
        .order_by(UnitMember.unit_id)
    )


@lru_cache(maxsize=4)
def _actor_by_name(barriers: Barriers) -> AnySelect:
    return (
        select(*_ACTOR_COLUMNS, barriers.present.label("maybe_barred"))
        .outerjoin(UnitMember, UnitMember.user_id == User.id)
        .where(User.username == bindparam("username"), User.active)
        .order_by(UnitMember.unit_id)
    )


def login_by_token(session: Session, token: str, token_hash: str) -> OpenLogin | None:
    """The log-in whose token has the hash ``token_hash``, of an active user; its limits are not looked at here."""
    barriers = installed()
    rows = session.execute(_login(barriers), {"token_hash": token_hash}).all()
    if not rows:
        return None
    return OpenLogin(_actor(session, barriers, rows, token), rows[0].created_at, rows[0].last_seen_at)


def actor_by_username(session: Session, username: str) -> Actor | None:
    """The active user called ``username`` as an actor; None when there is none."""
    barriers = installed()
    rows = session.execute(_actor_by_name(barriers), {"username": username.strip().lower()}).all()
    return _actor(session, barriers, rows) if rows else None


def installed_office(session: Session) -> int | None:
    """The id of the office that this installation shows (the first one); None before it is set up."""
    return session.execute(select(func.min(Office.id))).scalar()


def users(session: Session, office_id: int) -> list[UserRow]:
    """All users of the office, the active ones first, ordered by name."""
    return _users(session, User.office_id == office_id)


def user(session: Session, office_id: int, user_id: int) -> UserRow:
    """One user of the office. Raises ``NotVisible``."""
    found = _users(session, User.office_id == office_id, User.id == user_id)
    if not found:
        raise NotVisible(f"user {user_id}")
    return found[0]


def user_by_username(session: Session, office_id: int, username: str) -> UserRow:
    """The user of the office called ``username``, active or not. Raises ``NotVisible``."""
    found = _users(session, User.office_id == office_id, User.username == username.strip().lower())
    if not found:
        raise NotVisible(f"user {username}")
    return found[0]


def units(session: Session, office_id: int) -> list[UnitRow]:
    """All units of the office, the active ones first, in the order in which they were made."""
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.active).where(Unit.office_id == office_id).order_by(Unit.active.desc(), Unit.id)
    )
    return [UnitRow(*row) for row in rows]


def unit(session: Session, office_id: int, unit_id: int) -> UnitRow:
    """One unit of the office. Raises ``NotVisible``."""
    row = session.execute(
        select(Unit.id, Unit.name, Unit.active).where(Unit.id == unit_id, Unit.office_id == office_id)
    ).one_or_none()
    if row is None:
        raise NotVisible(f"unit {unit_id}")
    return UnitRow(*row)


def unit_by_name(rows: Iterable[UnitRow], name: str) -> UnitRow | None:
    """The unit called ``name``: letter for letter, or else the only one that agrees without marks and capitals."""
    listed = [row for row in rows if row.active]
    exact = [row for row in listed if row.name == name]
    if exact:
        return exact[0]
    folded = [row for row in listed if fold(row.name) == fold(name)]
    return folded[0] if len(folded) == 1 else None


def members(session: Session, office_id: int) -> dict[int, int]:
    """How many active users each unit of the office has; units without any are absent."""
    rows = session.execute(
        select(UnitMember.unit_id, func.count().label("people"))
        .join(User, User.id == UnitMember.user_id)
        .where(User.office_id == office_id, User.active)
        .group_by(UnitMember.unit_id)
    )
    return {row.unit_id: row.people for row in rows}


def is_assignable(session: Session, office_id: int, user_id: int) -> bool:
    """Whether the user may be given work now: active, of this office, in a role that holds work."""
    return (
        session.execute(
            select(User.id).where(
                User.id == user_id, User.office_id == office_id, User.active, User.role.in_(ASSIGNABLE_ROLES)
            )
        ).first()
        is not None
    )


def assignable_officers(session: Session, office_id: int) -> tuple[Officer, ...]:
    """Who may be given work, ordered by name as offices do (by given name); at most ``LOOKUP_SECONDS`` old."""
    return lookups(session, office_id).officers


def names_of(session: Session, user_ids: Sequence[int]) -> dict[int, str]:
    """Full names by user id, of disabled users too."""
    wanted = sorted(set(user_ids))
    found: dict[int, str] = {}
    for start in range(0, len(wanted), 500):
        rows = session.execute(select(User.id, User.full_name).where(User.id.in_(wanted[start : start + 500])))
        found.update((user_id, name) for user_id, name in rows)
    return found


_kept: WeakKeyDictionary[Engine, dict[int, tuple[float, Lookups]]] = WeakKeyDictionary()
_kept_lock = threading.Lock()


def lookups(session: Session, office_id: int) -> Lookups:
    """Units, officers and names of the office, read at most every ``LOOKUP_SECONDS`` seconds."""
    engine = _engine(session)
    # How old a kept answer is has nothing to do with the office's clock, which tests and drills set back.
    moment = time.monotonic()
    with _kept_lock:
        at, kept = _kept.setdefault(engine, {}).get(office_id, (0.0, None))
    if kept is not None and moment - at < LOOKUP_SECONDS and not session.info.get("unit_of_work"):
        return kept
    fresh = _read_lookups(session, office_id)
    # What an open transaction sees may still be rolled back: it is not for others.
    if not session.info.get("unit_of_work"):
        with _kept_lock:
            _kept.setdefault(engine, {})[office_id] = (moment, fresh)
    return fresh


def forget_lookups() -> None:
    """Read units, officers and names anew at the next call, after a change made in this process."""
    with _kept_lock:
        _kept.clear()


def _read_lookups(session: Session, office_id: int) -> Lookups:
    all_units = units(session, office_id)
    people = users(session, office_id)
    office_name = select(Office.name).where(Office.id == office_id)
    return Lookups(
        office_name=session.execute(office_name).scalar_one_or_none() or "",
        units=tuple(row for row in all_units if row.active),
        officers=_in_roles(people, ASSIGNABLE_ROLES),
        distributors=_in_roles(people, DISTRIBUTING_ROLES),
        unit_names={row.id: row.name for row in all_units},
        user_names={row.id: row.full_name for row in people},
    )


def _in_roles(people: Iterable[UserRow], roles: Container[Role]) -> tuple[Officer, ...]:
    return tuple(
        Officer(row.id, row.username, row.full_name, row.unit_ids) for row in people if row.active and row.role in roles
    )


def _engine(session: Session) -> Engine:
    bind = session.get_bind()
    return bind.engine if isinstance(bind, Connection) else bind


def _actor(session: Session, barriers: Barriers, rows: Sequence[AnyRow], token: str = "") -> Actor:
    first = rows[0]
    return Actor(
        id=first.id,
        username=first.username,
        full_name=first.full_name,
        role=Role(first.role),
        office_id=first.office_id,
        units=tuple(Membership(row.unit_id, row.is_head) for row in rows if row.unit_id is not None),
        language=first.language,
        must_change_password=first.must_change_password,
        session_token=token,
        barred=tuple(barriers.of(session, first.id)) if first.maybe_barred else (),
    )


def _users(session: Session, *conditions: ColumnElement[bool]) -> list[UserRow]:
    rows = session.execute(
        select(
            User.id,
            User.username,
            User.full_name,
            User.role,
            User.active,
            User.must_change_password,
            User.language,
            User.created_at,
            UnitMember.unit_id,
            UnitMember.is_head,
        )
        .outerjoin(UnitMember, UnitMember.user_id == User.id)
        .where(*conditions)
        .order_by(User.active.desc(), User.sort_key, User.id, UnitMember.unit_id)
    )
    found: dict[int, UserRow] = {}
    for row in rows:
        member = () if row.unit_id is None else (Membership(row.unit_id, row.is_head),)
        known = found.get(row.id)
        if known is None:
            found[row.id] = UserRow(
                row.id,
                row.username,
                row.full_name,
                Role(row.role),
                row.active,
                row.must_change_password,
                row.language,
                row.created_at,
                member,
            )
        else:
            found[row.id] = known._replace(units=known.units + member)
    return list(found.values())
