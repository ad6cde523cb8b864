"""Log-ins kept on the server: begun, seen, ended. The cookie holds a random token, the table only its hash.

An office day decides the limits. A desk is often shared and left for a talk at the counter, while the reception form
keeps its draft (and so the log-in) alive every few seconds: an hour without any request ends a log-in, and so do
twelve hours in all, which is longer than any working day.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, update
from sqlalchemy.orm import Session

from auth.models import LoginSession
from core import clock

IDLE_LIMIT = timedelta(minutes=60)
ABSOLUTE_LIMIT = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
# A log-in from the future means that the clock was set back; it must not live the longer for it.
CLOCK_TOLERANCE = timedelta(minutes=5)


def token_hash(token: str) -> str:
    """What the table keeps of ``token``. Tokens have 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def has_ended(created_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    """Whether a log-in is over at ``now``: idle for too long, too old, or from the future."""
    return (
        now - last_seen_at >= IDLE_LIMIT
        or now - created_at >= ABSOLUTE_LIMIT
        or min(created_at, last_seen_at) - now > CLOCK_TOLERANCE
    )


def begin(session: Session, *, user_id: int, pending: bool = False) -> str:
    """Begin a log-in of the user and return its token; log-ins that are over are removed on the way.

    ``pending``: the second factor is still to come, and the log-in opens nothing else.
    """
    now = clock.now()
    session.execute(
        delete(LoginSession).where(
            or_(
                LoginSession.last_seen_at <= now - IDLE_LIMIT,
                LoginSession.created_at <= now - ABSOLUTE_LIMIT,
                LoginSession.created_at > now + CLOCK_TOLERANCE,
            )
        )
    )
    token = secrets.token_urlsafe(32)
    session.execute(
        insert(LoginSession),
        [
            {
                "token_hash": token_hash(token),
                "user_id": user_id,
                "created_at": now,
                "last_seen_at": now,
                "pending": pending,
            }
        ],
    )
    return token


def touch(session: Session, *, token: str) -> None:
    """Note that the log-in was used now."""
    session.execute(
        update(LoginSession).where(LoginSession.token_hash == token_hash(token)).values(last_seen_at=clock.now())
    )


def end(session: Session, *, token: str) -> None:
    """End one log-in; without effect on one that is over."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash(token)))


def end_all(session: Session, *, user_id: int, keep_token: str = "") -> None:
    """End all log-ins of the user except ``keep_token``."""
    query = delete(LoginSession).where(LoginSession.user_id == user_id)
    if keep_token:
        query = query.where(LoginSession.token_hash != token_hash(keep_token))
    session.execute(query)
