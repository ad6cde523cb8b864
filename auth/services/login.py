"""Logging in and out, throttled in the database.

A log-in goes in three steps, so that the slow work on the password holds no lock of the database::

    with unit_of_work() as session:
        attempt = begin_attempt(session, username=..., address=...)   # counts it as failed; may raise Throttled
    known = password_matches(attempt, password)
    with unit_of_work() as session:
        verdict = finish_attempt(session, attempt=attempt, known=known)

The attempt is counted before the password is looked at: guesses sent at the same moment cannot slip past the limit.
"""

import hashlib
import logging
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, insert, select
from sqlalchemy.orm import Session

from auth import passwords
from auth.actor import Actor
from auth.models import LoginAttempt, Office, User
from auth.permissions import TWO_FACTOR_ROLES, Role
from auth.services import sessions
from core import audit, clock
from core.errors import DomainError
from core.text import clean_line

log = logging.getLogger(__name__)

WINDOW = timedelta(minutes=15)
# Somebody who mistypes, at one desk.
PER_ACCOUNT_AND_ADDRESS = 5
# One account tried from many addresses.
PER_ACCOUNT = 20
# A whole office sits behind one address: it must survive a bad Monday morning.
PER_ADDRESS = 100

_ADDRESS_LENGTH = 45


class Throttled(DomainError):
    """Too many failed attempts; ``minutes`` is how long to wait, at least 1."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"too many failed log-ins; wait {minutes} min")
        self.minutes = minutes


class Refusal(StrEnum):
    """Why somebody is not let in. All but the first are told only to somebody who knew the password."""

    WRONG = "wrong"
    DISABLED = "disabled"
    EXPIRED = "expired"


class Verdict(NamedTuple):
    """The end of an attempt: the token of the new log-in, or why there is none; ``pending``: a code is still needed."""

    token: str
    refusal: Refusal | None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to log in that is being counted; ``user_id`` is None for a name that nobody has."""

    name: str
    address: str
    user_id: int | None
    office_id: int | None
    password_hash: str | None


def begin_attempt(session: Session, *, username: str, address: str) -> Attempt:
    """Count an attempt, as failed for now. Raises ``Throttled`` (and counts nothing) after too many."""
    typed = clean_line(username).lower()
    found = session.execute(
        select(User.id, User.office_id, User.username, User.password_hash).where(User.username == typed[:60])
    ).one_or_none()
    # A name that nobody has may be a password typed into the wrong field: only its hash is kept.
    name = found.username if found else "#" + hashlib.sha256(typed.encode()).hexdigest()[:40]
    address = address[:_ADDRESS_LENGTH]
    # Attempts take turns, or several at once would each see too few. The row is not changed by this, and writers of
    # rows that refer to the office do not wait. SQLite lets one writer in at a time anyway.
    session.execute(select(Office.id).order_by(Office.id).limit(1).with_for_update(key_share=True))
    now = clock.now()
    session.execute(delete(LoginAttempt).where(LoginAttempt.at <= now - WINDOW))
    _refuse_if_throttled(session, name, address, now)
    session.execute(insert(LoginAttempt), [{"username": name, "address": address, "at": now}])
    if found is None:
        return Attempt(name, address, None, None, None)
    return Attempt(name, address, found.id, found.office_id, found.password_hash)


def password_matches(attempt: Attempt, password: str) -> bool:
    """Whether ``password`` is right. Takes the same time for a name that nobody has."""
    return passwords.matches(attempt.password_hash, password)


def finish_attempt(session: Session, *, attempt: Attempt, known: bool) -> Verdict:
    """Begin a log-in when the password was ``known``; a right one ends the counting."""
    if attempt.user_id is None:
        log.warning("log-in refused: unknown name from %s", attempt.address)
        return Verdict("", Refusal.WRONG)
    user = session.execute(
        select(User.active, User.password_hash, User.password_expires_at, User.role).where(User.id == attempt.user_id)
    ).one()
    refusal: Refusal | None = None
    # The password may have been reset since the attempt began.
    if not known or user.password_hash != attempt.password_hash:
        refusal = Refusal.WRONG
    elif not user.active:
        refusal = Refusal.DISABLED
    elif user.password_expires_at is not None and user.password_expires_at <= clock.now():
        refusal = Refusal.EXPIRED
    if refusal is not None:
        log.warning("log-in refused: %s for %s from %s", refusal.value, attempt.name, attempt.address)
        record(session, attempt, "login.refused", {"reason": refusal.value})
        return Verdict("", refusal)
    if Role(user.role) in TWO_FACTOR_ROLES:
        # The attempt goes on counting until the code was right: else the password alone would buy guesses at codes.
        token = sessions.begin(session, user_id=attempt.user_id, pending=True)
        record(session, attempt, "login.password", {})
        return Verdict(token, None, pending=True)
    forget_attempts(session, name=attempt.name, address=attempt.address)
    token = sessions.begin(session, user_id=attempt.user_id)
    record(session, attempt, "login", {})
    return Verdict(token, None)


def forget_attempts(session: Session, *, name: str, address: str) -> None:
    """Stop counting the failures of the account from the address."""
    session.execute(
        delete(LoginAttempt).where(LoginAttempt.username == name, LoginAttempt.address == address[:_ADDRESS_LENGTH])
    )


def forgive(session: Session, *, name: str) -> None:
    """Stop counting the failures of the account from anywhere: its password was reset."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.username == name))


def log_out(session: Session, *, by: Actor) -> None:
    """End the log-in that ``by`` came with."""
    sessions.end(session, token=by.session_token)
    audit.record(session, by.office_id, actor=by.username, action="logout", subject=f"user:{by.id}", payload={})


def _refuse_if_throttled(session: Session, name: str, address: str, now: datetime) -> None:
    of_account = LoginAttempt.username == name
    of_address = LoginAttempt.address == address
    waits = [
        _free_at(session, and_(of_account, of_address), PER_ACCOUNT_AND_ADDRESS),
        _free_at(session, of_account, PER_ACCOUNT),
        _free_at(session, of_address, PER_ADDRESS),
    ]
    latest = max((moment for moment in waits if moment is not None), default=None)
    if latest is not None:
        log.warning("log-in throttled: %s from %s", name, address)
        raise Throttled(max(1, math.ceil((latest - now).total_seconds() / 60)))


def _free_at(session: Session, which: ColumnElement[bool], limit: int) -> datetime | None:
    """When fewer than ``limit`` of the attempts will count again; None if fewer do now."""
    moment = session.execute(
        select(LoginAttempt.at).where(which).order_by(LoginAttempt.at.desc()).offset(limit - 1).limit(1)
    ).scalar()
    return None if moment is None else moment + WINDOW


def record(session: Session, attempt: Attempt, action: str, payload: dict[str, object]) -> None:
    """Note in the audit chain what became of the attempt; nothing for a name that nobody has."""
    if attempt.office_id is None:
        return
    audit.record(
        session,
        attempt.office_id,
        actor=attempt.name,
        action=action,
        subject=f"user:{attempt.user_id}",
        payload={"address": attempt.address, **payload},
    )
