"""What somebody must not see although their role would show it, because it is about them or their unit.

``auth`` knows no petition: the domain installs what it knows, and every actor is loaded with the records it is barred
from. The question whether there are any is part of the statement that finds the log-in; only where there are does a
second one follow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Barriers:
    """``present`` says of a row of ``User`` whether anything may be barred; ``of`` gives the records' ids, rising."""

    present: ColumnElement[bool]
    of: Callable[[Session, int], Sequence[int]]


def _nothing(_session: Session, _user_id: int) -> Sequence[int]:
    return ()


NONE = Barriers(false(), _nothing)
_installed = NONE


def install(barriers: Barriers) -> None:
    """Make ``barriers`` the ones that are asked; ``wsgi.py`` does so."""
    global _installed
    _installed = barriers


def installed() -> Barriers:
    """The barriers that are asked."""
    return _installed
