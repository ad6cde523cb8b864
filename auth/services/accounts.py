"""Verbs on users: create, change, reset, disable, enable; and what everybody does to their own account.

Who may call them is decided here too (``USER_MANAGE``), so that a page and a command cannot disagree. Every verb
writes an entry to the office's audit chain; passwords never appear in it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from auth import handover, passwords, queries
from auth.actor import Actor, Membership
from auth.models import UnitMember, User
from auth.permissions import ASSIGNABLE_ROLES, MANAGING_ROLES, UNIT_ROLES, Permission, Role
from auth.services import login, sessions
from core import audit, clock
from core.errors import InvalidInput, NotAllowed, NotVisible
from core.i18n import LANGUAGES, ngettext
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.text import clean_line, name_sort_key

USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,59}")
# A one-time password is handed over within days, not kept on a slip of paper.
ONE_TIME_DAYS = 3
MAX_FULL_NAME = 120


class NewUser(NamedTuple):
    """A user just made; ``one_time_password`` is empty when a password was given."""

    id: int
    one_time_password: str


def create_user(
    session: Session,
    *,
    username: str,
    full_name: str = "",
    role: Role,
    units: Sequence[Membership] = (),
    password: str | None = None,
    must_change_password: bool | None = None,
    weak_password_allowed: bool = False,
    language: str = "vi",
    by: Actor,
) -> NewUser:
    """Make a user. Without ``password`` a one-time password is made, which must be changed at the first log-in.

    ``weak_password_allowed`` is for demo data only. Raises ``InvalidInput`` (username, full_name, units, password).
    """
    _require_manager(by)
    name = clean_line(username).lower()
    shown = clean_line(full_name) or name
    errors: dict[str, object] = {}
    if not USERNAME.fullmatch(name):
        errors["username"] = _l(
            "Use 2 to 60 lower-case letters without marks, digits, dot, hyphen or underscore, beginning with a letter."
        )
    elif session.execute(select(User.id).where(User.username == name)).first():
        errors["username"] = _l("This user name is taken.")
    if password is not None and not weak_password_allowed:
        fault = passwords.fault(password, (name, shown))
        if fault is not None:
            errors["password"] = fault
    errors.update(_profile_faults(session, by.office_id, shown, role, units))
    if errors:
        raise InvalidInput(errors)
    one_time = "" if password is not None else passwords.one_time_password()
    now = clock.now()
    password_hash = passwords.hash_password(one_time if password is None else password)
    user_id = session.execute(
        insert(User).returning(User.id),
        [
            {
                "office_id": by.office_id,
                "username": name,
                "full_name": shown,
                "sort_key": name_sort_key(shown),
                "role": role.value,
                "password_hash": password_hash,
                "must_change_password": password is None if must_change_password is None else must_change_password,
                "password_expires_at": now + timedelta(days=ONE_TIME_DAYS) if one_time else None,
                "active": True,
                "language": language,
                "created_at": now,
            }
        ],
    ).scalar_one()
    _set_units(session, user_id, units)
    payload = {"username": name, "full_name": shown, "role": role.value, "units": _plain(units)}
    payload["password"] = passwords.print_of(password_hash)
    _record(session, by, "user.create", user_id, payload)
    return NewUser(user_id, one_time)


def update_user(
    session: Session, *, user_id: int, full_name: str, role: Role, units: Sequence[Membership], by: Actor
) -> None:
    """Change name, role and units of a user.

    Raises ``InvalidInput`` (full_name, role, units) also when the last administrator, or the actor, would lose the
    right to manage users, or when open work would be left with somebody whose role holds none.
    """
    user = _locked(session, user_id, by)
    shown = clean_line(full_name)
    errors = _profile_faults(session, by.office_id, shown, role, units)
    if user.role in MANAGING_ROLES and role not in MANAGING_ROLES:
        if user.id == by.id:
            errors["role"] = _l("You cannot take this role from yourself.")
        elif _is_last_manager(session, user):
            errors["role"] = _l("This is the last active administrator.")
    if role not in ASSIGNABLE_ROLES and (held := handover.open_count(session, user.id)):
        errors["role"] = _open_work_message(held)
    if errors:
        raise InvalidInput(errors)
    before = queries.user(session, by.office_id, user_id)
    old = {"full_name": user.full_name, "role": user.role, "units": _plain(before.units)}
    new = {"full_name": shown, "role": role.value, "units": _plain(units)}
    if user.role != role:
        # What a log-in may do is decided anew, and a second factor may be needed from now on.
        sessions.end_all(session, user_id=user.id)
    user.full_name, user.sort_key, user.role = shown, name_sort_key(shown), role.value
    session.flush()
    _set_units(session, user_id, units)
    changed = [key for key in new if new[key] != old[key]]
    if changed:
        payload = {"old": {key: old[key] for key in changed}, "new": {key: new[key] for key in changed}}
        _record(session, by, "user.update", user_id, payload)


def reset_password(session: Session, *, user_id: int, by: Actor) -> str:
    """Give a user a one-time password, valid for ``ONE_TIME_DAYS`` days, end all log-ins, and return the password.

    Raises ``InvalidInput`` (user) for the actor's own account.
    """
    user = _locked(session, user_id, by)
    if user.id == by.id:
        raise InvalidInput({"user": _l("Change your own password on its own page.")})
    password = passwords.one_time_password()
    user.password_hash = passwords.hash_password(password)
    user.must_change_password = True
    user.password_expires_at = clock.now() + timedelta(days=ONE_TIME_DAYS)
    session.flush()
    login.forgive(session, name=user.username)
    sessions.end_all(session, user_id=user_id)
    _record(session, by, "user.reset-password", user_id, {"password": passwords.print_of(user.password_hash)})
    return password


def change_own_password(session: Session, *, old_password: str, new_password: str, by: Actor) -> None:
    """Change the actor's own password; ends all their other log-ins.

    Raises ``InvalidInput`` (current_password, new_password).
    """
    if by.id is None:
        raise NotAllowed("the command line has no password")
    user = _fetch(session, by.id, by.office_id)
    if not passwords.matches(user.password_hash, old_password):
        raise InvalidInput({"current_password": _l("This is not your present password.")})
    fault = passwords.fault(new_password, (user.username, user.full_name))
    if fault is None and passwords.normalise(new_password) == passwords.normalise(old_password):
        fault = str(_("The new password must differ from the present one."))
    if fault is not None:
        raise InvalidInput({"new_password": fault})
    user.password_hash = passwords.hash_password(new_password)
    user.must_change_password = False
    user.password_expires_at = None
    session.flush()
    login.forgive(session, name=user.username)
    sessions.end_all(session, user_id=user.id, keep_token=by.session_token)
    _record(session, by, "user.change-password", user.id, {"password": passwords.print_of(user.password_hash)})


def disable_user(
    session: Session, *, user_id: int, successor_id: int | None = None, by: Actor, absent_ok: bool = False
) -> int:
    """Disable a user, end all their log-ins, and hand their open work to the successor; return how much was moved.

    Raises ``InvalidInput`` (user, successor): the actor, the last administrator, open work without a successor, a
    successor who may not hold work, or who is away today unless ``absent_ok``.
    """
    user = _locked(session, user_id, by)
    if user.id == by.id:
        raise InvalidInput({"user": _l("You cannot disable yourself.")})
    if user.role in MANAGING_ROLES and _is_last_manager(session, user):
        raise InvalidInput({"user": _l("This is the last active administrator.")})
    held = handover.open_count(session, user_id)
    if held and successor_id is None:
        raise InvalidInput({"successor": _open_work_message(held)})
    moved = 0
    if successor_id is not None:
        if successor_id == user_id or not queries.is_assignable(session, by.office_id, successor_id):
            raise InvalidInput({"successor": _l("Choose an active colleague who may hold petitions.")})
        moved = handover.hand_over(session, from_user_id=user_id, to_user_id=successor_id, by=by, absent_ok=absent_ok)
    user.active = False
    session.flush()
    sessions.end_all(session, user_id=user_id)
    queries.forget_lookups()
    _record(session, by, "user.disable", user_id, {"successor": successor_id, "moved": moved})
    return moved


def enable_user(session: Session, *, user_id: int, by: Actor) -> None:
    """Let a disabled user log in again, with the password they had."""
    user = _locked(session, user_id, by)
    if user.active:
        return
    user.active = True
    session.flush()
    login.forgive(session, name=user.username)
    _record(session, by, "user.enable", user_id, {})


def set_language(session: Session, *, language: str, by: Actor) -> None:
    """Show the actor the pages in ``language`` from now on. Raises ``InvalidInput`` (lang)."""
    if language not in LANGUAGES:
        raise InvalidInput({"lang": _l("This language is not known.")})
    if by.id is not None:
        _fetch(session, by.id, by.office_id).language = language
        session.flush()


def _require_manager(by: Actor) -> None:
    if not by.may(Permission.USER_MANAGE):
        raise NotAllowed("managing users")


def _locked(session: Session, user_id: int, by: Actor) -> User:
    _require_manager(by)
    return _fetch(session, user_id, by.office_id)


def _fetch(session: Session, user_id: int, office_id: int) -> User:
    user = session.execute(
        select(User)
        .where(User.id == user_id, User.office_id == office_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if user is None:
        raise NotVisible(f"user {user_id}")
    return user


def _is_last_manager(session: Session, user: User) -> bool:
    # The rows are locked, so that two administrators cannot disable one another at the same moment.
    managers = session.execute(
        select(User.id)
        .where(User.office_id == user.office_id, User.active, User.role.in_(MANAGING_ROLES))
        .order_by(User.id)
        .with_for_update(key_share=True)
    ).scalars()
    return set(managers) <= {user.id}


def _profile_faults(
    session: Session, office_id: int, full_name: str, role: Role, units: Sequence[Membership]
) -> dict[str, object]:
    errors: dict[str, object] = {}
    if not full_name:
        errors["full_name"] = _l("Enter the full name.")
    elif len(full_name) > MAX_FULL_NAME:
        errors["full_name"] = _l("At most %(count)s characters.", count=MAX_FULL_NAME)
    wanted = {member.unit_id for member in units}
    known = {row.id for row in queries.units(session, office_id) if row.active}
    if not wanted <= known:
        errors["units"] = _l("Choose units from the list.")
    elif role in UNIT_ROLES and not wanted:
        errors["units"] = _l("An officer works in a unit: choose at least one.")
    return errors


def _set_units(session: Session, user_id: int, units: Sequence[Membership]) -> None:
    session.execute(delete(UnitMember).where(UnitMember.user_id == user_id))
    # The same unit named twice is one membership, and being head of it wins.
    heads: dict[int, bool] = {}
    for member in units:
        heads[member.unit_id] = heads.get(member.unit_id, False) or member.is_head
    rows = [{"user_id": user_id, "unit_id": unit_id, "is_head": head} for unit_id, head in heads.items()]
    if rows:
        session.execute(insert(UnitMember), rows)
    queries.forget_lookups()


def _open_work_message(held: int) -> object:
    return ngettext(
        "Still holds %(num)s open petition: name who takes it over.",
        "Still holds %(num)s open petitions: name who takes them over.",
        held,
    )


def _plain(units: Sequence[Membership]) -> list[list[object]]:
    return sorted([member.unit_id, member.is_head] for member in units)


def _record(session: Session, by: Actor, action: str, user_id: int, payload: Mapping[str, object]) -> None:
    audit.record(session, by.office_id, actor=by.username, action=action, subject=f"user:{user_id}", payload=payload)
