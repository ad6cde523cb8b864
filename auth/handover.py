"""Open work of somebody who leaves. ``auth`` knows no petition: the domain installs what counts and moves it."""

from typing import Protocol

from sqlalchemy.orm import Session

from auth.actor import Actor


class OpenWork(Protocol):
    """What people and units still have to do, as the domain above knows it. Runs in the caller's transaction."""

    def open_count(self, session: Session, user_id: int) -> int:
        """How many open records the user holds."""
        ...

    def unit_open_count(self, session: Session, unit_id: int) -> int:
        """How many open records belong to the unit."""
        ...

    def hand_over(
        self, session: Session, *, from_user_id: int, to_user_id: int, by: Actor, absent_ok: bool = False
    ) -> int:
        """Give all open records of one user to another, each with its event; return how many were moved.

        ``by`` is an administrator, who sees no content of what is moved and needs no right to assign. Raises
        ``InvalidInput`` (successor, absent_ok) for a successor who is away today, unless ``absent_ok``.
        """
        ...


_installed: OpenWork | None = None


def install(work: OpenWork | None) -> None:
    """Make ``work`` the one that is asked (None: nobody holds anything); ``wsgi.py`` does so."""
    global _installed
    _installed = work


def open_count(session: Session, user_id: int) -> int:
    """How many open records the user holds; 0 where nothing is installed."""
    return _installed.open_count(session, user_id) if _installed else 0


def unit_open_count(session: Session, unit_id: int) -> int:
    """How many open records belong to the unit; 0 where nothing is installed."""
    return _installed.unit_open_count(session, unit_id) if _installed else 0


def hand_over(session: Session, *, from_user_id: int, to_user_id: int, by: Actor, absent_ok: bool = False) -> int:
    """Give all open records of one user to another; return how many were moved."""
    if _installed is None:
        return 0
    return _installed.hand_over(session, from_user_id=from_user_id, to_user_id=to_user_id, by=by, absent_ok=absent_ok)
