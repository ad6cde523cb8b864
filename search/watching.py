"""Saved searches that say when they find something new: what is new is what was not found when the owner last looked.

Counted by the worker with the owner's own sight, after something happened to a petition; opening the search, or saving
it, makes everything seen.
"""

import zlib
from collections import deque
from datetime import date, timedelta
from urllib.parse import parse_qsl

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from auth.actor import Actor
from auth.models import User
from auth.permissions import Permission
from auth.queries import actor_by_username
from core import clock
from core.database import db, unit_of_work
from core.worker import Job
from petitions.forms.filters import read_filters
from petitions.models import SavedView
from petitions.queries.saved_views import SEARCH
from petitions.queries.standing import newest_event
from search.engines import IndexUnavailable
from search.installed import Installed, installed
from search.queries import matching_set

AT_ONCE = 20
"""Searches that are looked at in one turn of the worker, so that its other jobs have theirs in between."""
EVERY = timedelta(seconds=20)
# Rights change without anything happening to a petition.
_AGAIN_AFTER = timedelta(minutes=10)


class Watcher:
    """Goes round all saved searches whenever something has happened since the last round."""

    def __init__(self) -> None:
        self._waiting: deque[int] = deque()
        self._round: tuple[int, date, int] | None = None

    def look(self, session: Session, parts: Installed) -> int:
        """Count some searches anew; how many. 0: nothing has happened, or there is none."""
        if not self._waiting:
            self._begin(session)
        looked_at = 0
        while self._waiting and looked_at < AT_ONCE:
            try:
                looked_at += _count(session, parts, self._waiting[0])
            except IndexUnavailable:
                # Nothing is known now; the round goes on when there is an index.
                return 0
            self._waiting.popleft()
        return looked_at

    def _begin(self, session: Session) -> None:
        moment = int(clock.now().timestamp() // _AGAIN_AFTER.total_seconds())
        present = (newest_event(session), clock.today(), moment)
        searches = select(SavedView.id).where(SavedView.queue == SEARCH).order_by(SavedView.id)
        if present == self._round:
            # Those that were saved since the last round have nothing seen yet.
            searches = searches.where(SavedView.found_seen.is_(None))
        self._waiting.extend(session.scalars(searches))
        self._round = present


def job() -> Job:
    """Look at the saved searches after something happened."""
    watcher = Watcher()

    def run() -> int:
        session = db.session()
        try:
            return watcher.look(session, installed())
        finally:
            session.rollback()

    return Job("saved-searches", run, every=EVERY, eager=True)


def mark_seen(session: Session, parts: Installed, view_id: int, *, by: Actor) -> None:
    """The owner ``by`` has the search open: nothing of it is new any more."""
    view = session.execute(_WHAT.where(SavedView.id == view_id, SavedView.owner_id == by.id)).one_or_none()
    if view is None:
        return
    try:
        found = _found(session, parts, view.query, by)
    except IndexUnavailable:
        return
    _keep(session, view_id, total=found.bit_count(), new=0, seen=_packed(found))


_WHAT = select(SavedView.query, SavedView.found_total, SavedView.found_new, SavedView.found_seen, SavedView.owner_id)


def _count(session: Session, parts: Installed, view_id: int) -> bool:
    """Whether there was somebody to count it for."""
    view = session.execute(_WHAT.where(SavedView.id == view_id)).one_or_none()
    owner = _owner(session, view.owner_id) if view is not None else None
    if view is None or owner is None:
        return False
    found = _found(session, parts, view.query, owner)
    seen = None if view.found_seen is None else _unpacked(view.found_seen)
    total, new = found.bit_count(), 0 if seen is None else (found & ~seen).bit_count()
    if seen is not None and (total, new) == (view.found_total, view.found_new):
        return True
    session.rollback()
    with unit_of_work() as work:
        _keep(work, view_id, total=total, new=new, seen=_packed(found) if seen is None else view.found_seen)
    return True


def _keep(session: Session, view_id: int, *, total: int, new: int, seen: bytes) -> None:
    values = {"found_total": total, "found_new": new, "found_seen": seen}
    session.execute(
        update(SavedView).where(SavedView.id == view_id).values(**values).execution_options(synchronize_session=False)
    )


def _owner(session: Session, owner_id: int) -> Actor | None:
    username = session.scalars(select(User.username).where(User.id == owner_id)).one_or_none()
    who = actor_by_username(session, username) if username else None
    return who if who is not None and who.may(Permission.PETITION_VIEW) else None


def _found(session: Session, parts: Installed, query: str, who: Actor) -> int:
    args = MultiDict(parse_qsl(query, keep_blank_values=True))
    return matching_set(session, parts, args.get("q", ""), who, filters=read_filters(args).filters)


def _packed(documents: int) -> bytes:
    return zlib.compress(documents.to_bytes(documents.bit_length() // 8 + 1, "little"))


def _unpacked(kept: bytes) -> int:
    return int.from_bytes(zlib.decompress(kept), "little")
