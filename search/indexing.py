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
from petitions.queries.indexing import index_sources, indexed_versions
from search.documents import document_of
from search.engines import IndexBusy, IndexState, IndexUnavailable, SearchEngine, Snapshot
from search.installed import installed

log = logging.getLogger(__name__)

CONSUMER = "search"
# About half a second's work, so that a single save never waits long behind an import.
BATCH = 400
GATHERING_SECONDS = 0.3
# Searching slows down a little with every segment; beyond this merging does not wait for a quiet moment.
MANY_SEGMENTS = 48


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

    With nothing waiting it goes on refilling an index that was lost, and then merges small segments. Where another
    process is writing the index it does nothing.
    """
    engine = installed().engine
    session = db.session()
    try:
        with engine.exclusive():
            return _drain(session, engine, limit)
    except IndexBusy:
        return 0
    finally:
        session.rollback()


def _drain(session: Session, engine: SearchEngine, limit: int) -> int:
    snapshot = _readable(engine)
    handled = _handle_rows(session, engine, limit)
    if not handled and not snapshot.complete:
        handled = _refill(session, engine, snapshot, limit)
    if not handled:
        return int(engine.tidy(lambda: _is_awaited(session)))
    if len(snapshot.segments) >= MANY_SEGMENTS:
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


def _handle_rows(session: Session, engine: SearchEngine, limit: int) -> int:
    rows = outbox.pending(session, CONSUMER, limit=limit)
    if not rows:
        session.rollback()
        return 0
    wanted = {row.subject_id for row in rows}
    sources = index_sources(session, sorted(wanted))
    session.rollback()  # no transaction stays open while the index is written
    engine.append(map(document_of, sources), remove=wanted - {source.id for source in sources})
    with unit_of_work() as writing:
        outbox.mark_done(writing, [row.id for row in rows])
    return len(rows)


def _refill(session: Session, engine: SearchEngine, snapshot: Snapshot, limit: int) -> int:
    found = indexed_versions(session, after=snapshot.resume_after, limit=limit)
    absent = [record_id for record_id, version in found if not _holds(snapshot, record_id, version)]
    sources = index_sources(session, absent)
    session.rollback()
    engine.append(map(document_of, sources), resume_after=found[-1][0] if found else -1)
    if not found:
        log.info("the search index is complete again")
    return len(found)


def _holds(snapshot: Snapshot, record_id: int, version: int) -> bool:
    # What waited in the outbox came in first.
    return any(
        (position := segment.position_of(record_id)) is not None and segment.versions[position] == version
        for segment in snapshot.segments
    )


def _is_awaited(session: Session) -> bool:
    waiting = select(Outbox.id).where(Outbox.consumer == CONSUMER, Outbox.lane == SINGLE).limit(1)
    found = session.execute(waiting).first() is not None
    session.rollback()
    return found
