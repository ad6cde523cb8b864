"""The consumer that keeps the index up with the database; runs in the worker, the one process that writes the index.

A row of the outbox is removed only after the index holds the petition on disk. A crash in between makes the row be
handled again, which changes nothing: a petition indexed twice in the same version is one document.
"""

import logging
import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import outbox
from core.database import db, unit_of_work
from core.outbox import SINGLE, Outbox
from core.worker import Job
from search.engines import IndexBusy, IndexState, IndexUnavailable, SearchEngine, Snapshot
from search.feeds import CASES, FILES, Feed
from search.installed import installed

log = logging.getLogger(__name__)

# About half a second's work, so that a single save never waits long behind an import.
BATCH = 400
GATHERING_SECONDS = 0.3


def job() -> Job:
    """What the worker runs.

    After a batch that was not full it lets more gather: every batch costs the same writing to disk, however little is
    in it. Searching looks through what waits, so nobody has to wait for the next batch.
    """
    rests_until = 0.0

    def run() -> int:
        nonlocal rests_until
        if time.monotonic() < rests_until:
            return 0
        handled = drain()
        if 0 < handled < BATCH:
            rests_until = time.monotonic() + GATHERING_SECONDS
        return handled

    return Job("search index", run)


def drain(limit: int = BATCH) -> int:
    """Index what waits in the outbox, at most ``limit`` rows; return how many rows (or refilled petitions) it handled.

    With nothing waiting it goes on refilling an index that was lost, and then merges small pieces. Where another
    process is writing the index it does nothing.
    """
    parts = installed()
    return _drain(parts.engine, CASES, limit) or _drain(parts.files, FILES, limit)


def _drain(engine: SearchEngine, feed: Feed, limit: int) -> int:
    session = db.session()
    try:
        with engine.exclusive():
            return _keep_up(session, engine, feed, limit)
    except IndexBusy:
        return 0
    finally:
        session.rollback()


def _keep_up(session: Session, engine: SearchEngine, feed: Feed, limit: int) -> int:
    snapshot = _readable(engine)
    handled = _handle_rows(session, engine, feed, limit)
    if not handled and not snapshot.complete:
        handled = _refill(session, engine, feed, snapshot, limit)
    if not handled:
        return int(engine.tidy(lambda: _is_awaited(session)))
    if engine.is_crowded():
        engine.tidy()
    return handled


def _readable(engine: SearchEngine) -> Snapshot:
    try:
        return engine.snapshot()
    except IndexUnavailable as error:
        level = logging.INFO if error.state is IndexState.MISSING else logging.WARNING
        log.log(level, "the search index cannot be used (%s): starting an empty one and filling it", error)
        engine.start_empty()
        return engine.snapshot()


def _handle_rows(session: Session, engine: SearchEngine, feed: Feed, limit: int) -> int:
    rows = outbox.pending(session, feed.consumer, limit=limit)
    if not rows:
        session.rollback()
        return 0
    wanted = {row.subject_id for row in rows}
    documents = feed.documents(session, sorted(wanted))
    session.rollback()  # no transaction stays open while the index is written
    engine.append(documents, remove=wanted - {document.id for document in documents})
    with unit_of_work() as writing:
        outbox.mark_done(writing, [row.id for row in rows])
    return len(rows)


def _refill(session: Session, engine: SearchEngine, feed: Feed, snapshot: Snapshot, limit: int) -> int:
    found = feed.versions(session, snapshot.resume_after, limit)
    # What waited in the outbox came in first.
    held = snapshot.versions_of([record_id for record_id, _ in found])
    absent = [record_id for record_id, version in found if held.get(record_id) != version]
    documents = feed.documents(session, absent)
    session.rollback()
    engine.append(documents, resume_after=found[-1][0] if found else -1)
    if not found:
        log.info("the search index is complete again")
    return len(found)


def _is_awaited(session: Session) -> bool:
    waiting = select(Outbox.id).where(Outbox.consumer == CASES.consumer, Outbox.lane == SINGLE).limit(1)
    found = session.execute(waiting).first() is not None
    session.rollback()
    return found
