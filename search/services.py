"""Making the index anew, and proving it against the database."""

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from core import clock, outbox
from core.database import unit_of_work
from petitions.queries.indexing import index_sources, indexed_versions, newest_petition_id, petition_total
from search.analysis import DocumentTerms
from search.documents import document_of
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
    Segment,
    Snapshot,
    bits,
)  # fmt: skip
from search.indexing import CONSUMER

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


def rebuild(session: Session, engine: SearchEngine, *, progress: Progress = lambda _done, _total: None) -> int:
    """Make the index anew from the database, beside the present one, and put it in its place; return its size.

    Searching and indexing go on meanwhile. What waited in the outbox at the beginning waits no more. Raises
    ``IndexBusy`` when another rebuild runs.
    """
    builder = engine.start_rebuild()
    try:
        # What these rows speak of is committed, so all of it is read below.
        covered = outbox.pending_ids(session, CONSUMER)
        total = petition_total(session)
        done = 0
        for ids in _all_ids(session):
            _add(session, builder, ids)
            done += len(ids)
            progress(min(done, total), total)
        for _ in range(_ROUNDS):  # what was changed meanwhile
            if _catch_up(session, builder) <= _FEW:
                break
        with _exclusive(engine):
            _catch_up(session, builder)
            builder.publish()
    except BaseException:
        builder.abandon()
        raise
    _mark_done(covered)
    return sum(segment.live.bit_count() for segment in engine.snapshot().segments)


def _mark_done(row_ids: Sequence[int]) -> None:
    # In pieces, so that nobody who saves has to wait for long.
    for start in range(0, len(row_ids), MARKED_AT_ONCE):
        with unit_of_work() as session:
            outbox.mark_done(session, row_ids[start : start + MARKED_AT_ONCE])


def compare(session: Session, engine: SearchEngine, *, sample: int = 100) -> Comparison:
    """Compare every petition's id and version, and the terms of ``sample`` petitions, with the index."""
    rows, oldest = outbox.backlog(session, CONSUMER)
    late = int((clock.now() - oldest).total_seconds()) if oldest else 0
    try:
        snapshot = engine.snapshot()
        indexed = _versions(snapshot)
    except IndexUnavailable as error:
        return Comparison(error.state, petition_total(session), waiting=rows, late_seconds=late)
    held = dict(_all_versions(session))
    waiting = {row.subject_id for row in outbox.pending(session, CONSUMER, limit=rows)} if rows else set()
    missing = {record_id for record_id in held.keys() - indexed.keys() if record_id not in waiting}
    outdated = {
        record_id for record_id in held.keys() & indexed.keys() - waiting if held[record_id] != indexed[record_id]
    }
    settled = held.keys() & indexed.keys() - waiting - outdated
    chosen = random.Random(len(settled)).sample(sorted(settled), min(sample, len(settled)))  # noqa: S311 - no secret
    return Comparison(
        IndexState.READY,
        petitions=len(held),
        indexed=len(indexed),
        missing=len(missing),
        outdated=len(outdated),
        surplus=len(indexed.keys() - held.keys() - waiting),
        wrong=_count_wrong(session, snapshot, chosen),
        sampled=len(chosen),
        waiting=len(waiting),
        late_seconds=late,
        complete=snapshot.complete,
    )


def _all_versions(session: Session) -> Iterator[tuple[int, int]]:
    after = 0
    while found := indexed_versions(session, after=after, limit=PAIRS_READ):
        yield from found
        after = found[-1][0]


def _all_ids(session: Session) -> Iterator[list[int]]:
    after, last = 0, newest_petition_id(session)  # what comes later is caught up with at the end
    while after < last and (found := indexed_versions(session, after=after, limit=BATCH)):
        yield [record_id for record_id, _ in found]
        after = found[-1][0]
        session.rollback()  # a long rebuild must not hold one old snapshot of the database


def _add(session: Session, builder: Builder, ids: Sequence[int]) -> None:
    builder.append(map(document_of, index_sources(session, ids)))
    builder.tidy()


def _catch_up(session: Session, builder: Builder) -> int:
    session.rollback()
    indexed = _versions(builder.snapshot())
    changed = [record_id for record_id, version in _all_versions(session) if indexed.get(record_id) != version]
    for start in range(0, len(changed), BATCH):
        _add(session, builder, changed[start : start + BATCH])
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


def _versions(snapshot: Snapshot) -> dict[int, int]:
    found: dict[int, int] = {}
    for segment in snapshot.segments:
        found.update((segment.ids[at], segment.versions[at]) for at in bits.members(segment.live))
    return found


def _count_wrong(session: Session, snapshot: Snapshot, ids: Sequence[int]) -> int:
    wrong = 0
    for source in index_sources(session, ids):
        for segment in snapshot.segments:
            position = segment.position_of(source.id)
            if position is not None and not _holds(segment, position, document_of(source).terms):
                wrong += 1
    return wrong


def _holds(segment: Segment, position: int, terms: DocumentTerms) -> bool:
    fields = {
        WORDS: terms.words, PAIRS: terms.pairs, HEAD_WORDS: terms.head_words, HEAD_PAIRS: terms.head_pairs,
        CODES: terms.codes,
    }  # fmt: skip
    try:
        return all(segment.exact(field, term) >> position & 1 for field, wanted in fields.items() for term in wanted)
    except IndexUnavailable:
        return False
