"""Making the index anew, and proving it against the database."""

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from core import clock, outbox
from core.database import db, unit_of_work
from core.worker import Job
from petitions.queries.indexing import newest_petition_id
from search.analysis import DocumentTerms
from search.engines import (
    CODES,
    HEAD_PAIRS,
    HEAD_WORDS,
    PAIRS,
    WORDS,
    Builder,
    IndexBusy,
    IndexState,
    IndexUnavailable,
    SearchEngine,
    Snapshot,
)  # fmt: skip
from search.feeds import CASES, FILES, Feed
from search.installed import installed

log = logging.getLogger(__name__)

BATCH = 1_000
PAIRS_READ = 10_000
MARKED_AT_ONCE = 10_000
# What the outbox still holds is late, not lost, for this long.
GRACE = timedelta(seconds=10)
_WAIT_FOR_WRITER = 120.0
_ROUNDS = 5
_FEW = 200

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Index against database. ``waiting`` petitions differ but stand in the outbox, ``late_seconds`` the oldest.

    ``missing`` are not in the index, ``outdated`` in an older version, ``surplus`` in the index only; ``wrong`` were
    looked at term by term and differ, out of ``sampled``.
    """

    state: IndexState
    petitions: int = 0
    indexed: int = 0
    missing: int = 0
    outdated: int = 0
    surplus: int = 0
    wrong: int = 0
    sampled: int = 0
    waiting: int = 0
    late_seconds: int = 0
    complete: bool = True

    @property
    def agrees(self) -> bool:
        """Whether the index holds what the database holds, apart from what was saved in the last seconds."""
        return (
            self.state is IndexState.READY
            and self.complete
            and not (self.missing or self.outdated or self.surplus or self.wrong)
            and self.late_seconds <= GRACE.total_seconds()
        )


def rebuild(
    session: Session,
    engine: SearchEngine,
    feed: Feed,
    *,
    afresh: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> int:
    """Make the index anew from the database, beside the present one, and put it in its place; return its size.

    Searching and indexing go on meanwhile. A rebuild that was broken off is taken up where it was, unless ``afresh``.
    What waited in the outbox at the beginning waits no more. Raises ``IndexBusy`` when another rebuild runs.
    """
    builder = engine.start_rebuild(afresh=afresh)
    try:
        # What these rows speak of is committed, so all of it is read below.
        covered = outbox.pending_ids(session, feed.consumer)
        total = feed.total(session)
        done = builder.snapshot().held.bit_count()
        for ids in _all_ids(session, feed, after=builder.resume_after):
            _add(session, builder, feed, ids, resume_after=ids[-1])
            done += len(ids)
            progress(min(done, total), total)
        for _ in range(_ROUNDS):  # what was changed meanwhile
            if _catch_up(session, builder, feed) <= _FEW:
                break
        with _exclusive(engine):
            _catch_up(session, builder, feed)
            builder.publish()
    except BaseException:
        builder.leave()
        raise
    _mark_done(covered)
    return engine.snapshot().held.bit_count()


def _mark_done(row_ids: Sequence[int]) -> None:
    # In pieces, so that nobody who saves has to wait for long.
    for start in range(0, len(row_ids), MARKED_AT_ONCE):
        with unit_of_work() as session:
            outbox.mark_done(session, row_ids[start : start + MARKED_AT_ONCE])


def compare(session: Session, engine: SearchEngine, feed: Feed, *, sample: int = 100) -> Comparison:
    """Compare every petition's id and version, and the terms of ``sample`` petitions, with the index."""
    rows, oldest = outbox.backlog(session, feed.consumer)
    late = int((clock.now() - oldest).total_seconds()) if oldest else 0
    try:
        snapshot = engine.snapshot()
        indexed = snapshot.versions()
    except IndexUnavailable as error:
        return Comparison(error.state, feed.total(session), waiting=rows, late_seconds=late)
    held = dict(_all_versions(session, feed))
    waiting = {row.subject_id for row in outbox.pending(session, feed.consumer, limit=rows)} if rows else set()
    apart = _apart(held, indexed, waiting)
    settled = held.keys() & indexed.keys() - waiting - apart.outdated
    chosen = random.Random(len(settled)).sample(sorted(settled), min(sample, len(settled)))  # noqa: S311 - no secret
    return Comparison(
        IndexState.READY,
        petitions=len(held),
        indexed=len(indexed),
        missing=len(apart.missing),
        outdated=len(apart.outdated),
        surplus=len(apart.surplus),
        wrong=_count_wrong(session, snapshot, feed, chosen),
        sampled=len(chosen),
        waiting=len(waiting),
        late_seconds=late,
        complete=snapshot.complete,
    )


def mend(session: Session, engine: SearchEngine, feed: Feed) -> int:
    """Have indexed again what the index lacks, holds in an older version, or holds though it is gone; return how much.

    Nothing should ever be found; what a damaged disk or a hand has done is put right without anybody asking.
    """
    try:
        snapshot = engine.snapshot()
    except IndexUnavailable:
        return 0  # it is filled again as a whole
    if not snapshot.complete:
        return 0
    indexed = snapshot.versions()
    rows, _oldest = outbox.backlog(session, feed.consumer)
    waiting = {row.subject_id for row in outbox.pending(session, feed.consumer, limit=rows)} if rows else set()
    held = dict(_all_versions(session, feed))
    session.rollback()
    apart = _apart(held, indexed, waiting)
    wrong = sorted(apart.missing | apart.outdated | apart.surplus)
    for start in range(0, len(wrong), MARKED_AT_ONCE):
        with unit_of_work() as work:
            part = wrong[start : start + MARKED_AT_ONCE]
            outbox.enqueue(work, [feed.consumer], ((one, held.get(one, 0)) for one in part), lane=outbox.BULK)
    if wrong:
        log.warning("the search index differed in %s petitions; they are indexed again", len(wrong))
    return len(wrong)


def mending_job() -> Job:
    """What the worker runs every hour."""

    def run() -> int:
        parts = installed()
        return mend(db.session(), parts.engine, CASES) + mend(db.session(), parts.files, FILES)

    return Job("search check", run, every=timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class _Apart:
    """Petitions in which index and database differ."""

    missing: set[int]
    outdated: set[int]
    surplus: set[int]


def _apart(held: Mapping[int, int], indexed: Mapping[int, int], waiting: set[int]) -> _Apart:
    both = held.keys() & indexed.keys() - waiting
    return _Apart(
        missing=held.keys() - indexed.keys() - waiting,
        outdated={record_id for record_id in both if held[record_id] != indexed[record_id]},
        surplus=indexed.keys() - held.keys() - waiting,
    )


def _all_versions(session: Session, feed: Feed) -> Iterator[tuple[int, int]]:
    after = 0
    while found := feed.versions(session, after, PAIRS_READ):
        yield from found
        after = found[-1][0]


def _all_ids(session: Session, feed: Feed, *, after: int) -> Iterator[list[int]]:
    last = newest_petition_id(session)  # what comes later is caught up with at the end
    while after < last and (found := feed.versions(session, after, BATCH)):
        yield [record_id for record_id, _ in found]
        after = found[-1][0]
        session.rollback()  # a long rebuild must not hold one old snapshot of the database


def _add(session: Session, builder: Builder, feed: Feed, ids: Sequence[int], *, resume_after: int) -> None:
    builder.append(feed.documents(session, ids), resume_after=resume_after)
    builder.tidy()


def _catch_up(session: Session, builder: Builder, feed: Feed) -> int:
    session.rollback()
    indexed = builder.snapshot().versions()
    changed = [record_id for record_id, version in _all_versions(session, feed) if indexed.get(record_id) != version]
    for start in range(0, len(changed), BATCH):
        _add(session, builder, feed, changed[start : start + BATCH], resume_after=builder.resume_after)
    return len(changed)


@contextmanager
def _exclusive(engine: SearchEngine) -> Iterator[None]:
    """Hold the right to write, waiting for a batch or a merge of the worker to end."""
    until = time.monotonic() + _WAIT_FOR_WRITER
    while True:
        try:
            with engine.exclusive():
                yield
            return
        except IndexBusy:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _count_wrong(session: Session, snapshot: Snapshot, feed: Feed, ids: Sequence[int]) -> int:
    return sum(not _holds(snapshot, document.id, document.terms) for document in feed.documents(session, ids))


def _holds(snapshot: Snapshot, record_id: int, terms: DocumentTerms) -> bool:
    fields = {
        WORDS: terms.words, PAIRS: terms.pairs, HEAD_WORDS: terms.head_words, HEAD_PAIRS: terms.head_pairs,
        CODES: terms.codes,
    }  # fmt: skip
    try:
        return all(snapshot.exact(field, term) >> record_id & 1 for field, wanted in fields.items() for term in wanted)
    except IndexUnavailable:
        return False
