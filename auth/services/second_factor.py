"""The second factor of a log-in: giving a secret, taking a code, beginning anew.

A log-in of a role in ``TWO_FACTOR_ROLES`` goes on like this after the password was right::

    pending = pending_login(session, token)             # None: begin again with the password
    with unit_of_work() as session:
        secret = enrol(session, keys, pending)          # only until a first code was shown
    with unit_of_work() as session:
        attempt = login.begin_attempt(...)              # counts it as failed; may raise Throttled
    with unit_of_work() as session:
        token = enter_code(session, keys, pending, code, attempt)   # "" where the code is wrong
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auth import second_factor
from auth.actor import Actor
from auth.models import LoginSession, User
from auth.permissions import TWO_FACTOR_ROLES, Permission, Role
from auth.services import login, sessions
from auth.services.login import Attempt
from core import audit, clock
from core.errors import InvalidInput, NotAllowed, NotVisible
from core.i18n import lazy_gettext as _l
from core.integrity import Result
from core.keyring import Keyring, SealError

log = logging.getLogger(__name__)

# How long somebody has between the password and the code.
PENDING_LIMIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Pending:
    """A log-in whose password was right and whose code is still to come."""

    token: str
    user_id: int
    office_id: int
    username: str
    language: str
    confirmed: bool


def pending_login(session: Session, token: str) -> Pending | None:
    """The log-in that waits for its code; None where there is none, or it waited for too long."""
    row = session.execute(
        select(LoginSession.created_at, User.id, User.office_id, User.username, User.language, User.totp_confirmed_at)
        .join(User, User.id == LoginSession.user_id)
        .where(LoginSession.token_hash == sessions.token_hash(token), LoginSession.pending, User.active)
    ).one_or_none()
    if row is None or not timedelta(0) <= clock.now() - row.created_at < PENDING_LIMIT:
        return None
    return Pending(token, row.id, row.office_id, row.username, row.language, row.totp_confirmed_at is not None)


def enrol(session: Session, keys: Keyring, pending: Pending) -> str:
    """The secret that is shown until a first code of it was typed; made where there is none yet.

    Raises ``NotAllowed`` once it is confirmed: nobody sees it again.
    """
    user = _locked(session, pending.user_id)
    if user.totp_confirmed_at is not None:
        raise NotAllowed("the second factor is set up already")
    return _open(keys, user) or _give(session, keys, user, second_factor.new_secret())


def enter_code(session: Session, keys: Keyring, pending: Pending, typed: str, attempt: Attempt) -> str:
    """Take the code: the token of the new log-in, empty where the code is wrong or counted before."""
    user = _locked(session, pending.user_id)
    secret = _open(keys, user)
    step = second_factor.matching_step(secret, typed, clock.now(), user.totp_step) if secret else None
    if step is None:
        log.warning("log-in refused: code for %s from %s", attempt.name, attempt.address)
        login.record(session, attempt, "login.refused", {"reason": "code"})
        return ""
    user.totp_step = step
    first = user.totp_confirmed_at is None
    if first:
        user.totp_confirmed_at = clock.now()
    session.flush()
    sessions.end(session, token=pending.token)
    login.forget_attempts(session, name=attempt.name, address=attempt.address)
    login.record(session, attempt, "login", {"second_factor": "enrolled" if first else "code"})
    return sessions.begin(session, user_id=pending.user_id)


def give_secret(session: Session, keys: Keyring, *, user_id: int, by: Actor, secret: str = "") -> str:
    """Give a user a new secret, which still has to be confirmed, and return it; all their log-ins end.

    Raises ``InvalidInput`` (user) for the actor's own account, and for a role that needs no second factor.
    """
    user = _managed(session, user_id, by)
    if Role(user.role) not in TWO_FACTOR_ROLES:
        raise InvalidInput({"user": _l("This role logs in without a second factor.")})
    given = _give(session, keys, user, secret or second_factor.new_secret())
    sessions.end_all(session, user_id=user.id)
    _record(session, by, "user.reset-totp", user.id)
    return given


def forget_secret(session: Session, *, user_id: int, by: Actor) -> None:
    """Have a user set up the second factor anew at the next log-in, after a lost telephone; all their log-ins end.

    Raises ``InvalidInput`` (user) for the actor's own account.
    """
    user = _managed(session, user_id, by)
    user.totp_secret = user.totp_confirmed_at = user.totp_step = None
    session.flush()
    sessions.end_all(session, user_id=user.id)
    _record(session, by, "user.reset-totp", user.id)


def confirm_for_demo(session: Session, keys: Keyring, *, username: str, secret: str) -> None:
    """Give an invented user of the demo a secret that counts as confirmed: it is printed at every start."""
    user_id = session.execute(select(User.id).where(User.username == username)).scalar_one()
    user = _locked(session, user_id)
    _give(session, keys, user, secret)
    user.totp_confirmed_at = clock.now()
    session.flush()


def secret_of(session: Session, keys: Keyring, username: str) -> str:
    """The secret of a user, for the commands of the demo; empty where there is none."""
    user = session.scalars(select(User).where(User.username == username)).one_or_none()
    return _open(keys, user) if user is not None else ""


def seals_check(session: Session, keys: Keyring) -> Result:
    """Every sealed secret opens with the keys at hand."""
    result = Result("seals")
    for user in session.scalars(select(User).where(User.totp_secret.is_not(None)).order_by(User.id)):
        result.checked += 1
        try:
            _open(keys, user)
        except SealError as error:
            result.faults.append(f"second factor of {user.username}: {error}")
    return result


def _managed(session: Session, user_id: int, by: Actor) -> User:
    if not by.may(Permission.USER_MANAGE):
        raise NotAllowed("managing users")
    user = _locked(session, user_id)
    if user.office_id != by.office_id:
        raise NotVisible(f"user {user_id}")
    if user.id == by.id:
        raise InvalidInput({"user": _l("Another administrator resets your second factor.")})
    return user


def _locked(session: Session, user_id: int) -> User:
    user = session.scalars(
        select(User).where(User.id == user_id).with_for_update(key_share=True).execution_options(populate_existing=True)
    ).one_or_none()
    if user is None:
        raise NotVisible(f"user {user_id}")
    return user


def _context(user_id: int) -> str:
    return f"user:{user_id}:totp"


def _open(keys: Keyring, user: User) -> str:
    return keys.open(user.totp_secret, context=_context(user.id)).decode() if user.totp_secret else ""


def _give(session: Session, keys: Keyring, user: User, secret: str) -> str:
    session.execute(
        update(User)
        .where(User.id == user.id)
        .values(
            totp_secret=keys.seal(secret.encode(), context=_context(user.id)), totp_confirmed_at=None, totp_step=None
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(user)
    return secret


def _record(session: Session, by: Actor, action: str, user_id: int) -> None:
    audit.record(session, by.office_id, actor=by.username, action=action, subject=f"user:{user_id}", payload={})
