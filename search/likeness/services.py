"""Keeping fingerprints: taking what waits in the outbox, making all anew, and proving them against the database."""

import random
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.orm import Session

from core import outbox
from core.database import table_of, unit_of_work
from core.rows import insert_many
from petitions.models import Petition
from petitions.queries.indexing import indexed_versions, petition_total
from search.likeness.backlog import CONSUMER, THE_ROW
from search.likeness.fingerprints import FORM, as_bytes
from search.likeness.letters import StoredLetter, letters
from search.likeness.weights import Weights
from search.models import LikenessCount, LikenessMark, LikenessPrint

BATCH = 200
REMADE_AT_ONCE = 1_000
# Counts are written when so many letters came since, or so large a part of all: they are a megabyte.
_WRITTEN_AFTER = 25
_WRITTEN_SHARE = 0.02

_PRINTS, _MARKS, _COUNTS = map(table_of, (LikenessPrint, LikenessMark, LikenessCount))

_ROW = LikenessCount.id == THE_ROW

Progress = Callable[[int, int], None]


class Keeper:
    """Keeps the tables up to date. The worker has one; what it has counted and not yet written is no loss."""

    def __init__(self) -> None:
        self._weights: Weights | None = None
        self._unwritten = 0
        self._edition = 0
        self._remaking = False
        self._looked_through: int | None = 0

    def drain(self, session: Session, limit: int = BATCH) -> int:
        """Take at most ``limit`` letters that wait in the outbox; return how many."""
        rows = outbox.pending(session, CONSUMER, limit=limit)
        if not rows:
            session.rollback()
            return 0
        self._take(session, [row.subject_id for row in rows], [row.id for row in rows])
        return len(rows)

    def refill(self, session: Session, limit: int = BATCH) -> int:
        """Take at most ``limit`` letters that have no fingerprint although nothing waits; return how many.

        All petitions are looked through once in a keeper's life: after an update of the program they have none.
        """
        if self._looked_through is None:
            return 0
        lacking = (
            select(Petition.id)
            .outerjoin(LikenessPrint, and_(LikenessPrint.petition_id == Petition.id, LikenessPrint.form == FORM))
            .where(Petition.id > self._looked_through, LikenessPrint.petition_id.is_(None))
            .order_by(Petition.id)
            .limit(limit)
        )
        ids = session.scalars(lacking).all()
        self._looked_through = ids[-1] if ids else None
        if ids:
            self._take(session, ids, [])
        return len(ids)

    def _take(self, session: Session, ids: Sequence[int], row_ids: Sequence[int]) -> None:
        made = letters(session, ids)
        weights = self._read(session)
        session.rollback()  # nothing stays open while the fingerprints are written
        with unit_of_work() as writing:
            write(writing, made)
            for letter in made:
                weights.add(letter.print.pairs)
            self._unwritten += len(made)
            if not self._remaking and self._unwritten >= max(_WRITTEN_AFTER, _WRITTEN_SHARE * weights.letters):
                self._edition = write_counts(writing, weights)
                self._unwritten = 0
            outbox.mark_done(writing, row_ids)

    def _read(self, session: Session) -> Weights:
        row = session.execute(select(LikenessCount.edition, LikenessCount.remade_to).where(_ROW)).one_or_none()
        # A rebuild that is under way counts everything, and the letters taken here too.
        self._remaking = row is not None and row.remade_to is not None
        if row is None:
            self._weights = self._weights if self._weights is not None and not self._edition else Weights()
            self._edition = 0
        elif self._weights is None or row.edition != self._edition:
            counted = session.execute(select(LikenessCount.letters, LikenessCount.counts).where(_ROW)).one()
            self._weights, self._edition, self._unwritten = Weights(counted.letters, counted.counts), row.edition, 0
        return self._weights


def write(session: Session, made: Sequence[StoredLetter]) -> None:
    """Put the fingerprints of ``made`` in place of those that these petitions had. They wait to be grouped."""
    _remove(session, [letter.petition_id for letter in made])
    insert_many(session, _PRINTS, [_print_row(letter) for letter in made])
    marks = sorted((mark, letter.petition_id) for letter in made for mark in set(letter.marks))
    rows = [{"mark": mark, "petition_id": petition_id} for mark, petition_id in marks]
    insert_many(session, _MARKS, rows, skip_known=True)


def _print_row(letter: StoredLetter) -> dict[str, object]:
    return {
        "petition_id": letter.petition_id,
        "office_id": letter.office_id,
        "form": FORM,
        "sealed": letter.sealed,
        "pairs": as_bytes(letter.print.pairs),
        "marks": array("Q", letter.marks).tobytes(),
        "grouped": False,
        "alike": 0,
    }


def stored_marks(stored: bytes) -> list[int]:
    """Marks as a fingerprint keeps them: those of the text first, the smallest hash first."""
    found = array("Q")
    found.frombytes(stored)
    return found.tolist()


def _remove(session: Session, ids: Sequence[int]) -> None:
    known = session.execute(
        select(LikenessPrint.petition_id, LikenessPrint.marks, LikenessPrint.group_id).where(
            LikenessPrint.petition_id.in_(ids)
        )
    ).all()
    if not known:
        return
    gone = [(mark, row.petition_id) for row in known for mark in stored_marks(row.marks)]
    for mark, petition_id in gone:
        session.execute(delete(_MARKS).where(_MARKS.c.mark == mark, _MARKS.c.petition_id == petition_id))
    session.execute(delete(_PRINTS).where(_PRINTS.c.petition_id.in_([row.petition_id for row in known])))


def write_counts(session: Session, weights: Weights, *, remade_to: int | None = None) -> int:
    """Write the counts; return the new edition."""
    values = {"letters": weights.letters, "counts": weights.stored(), "remade_to": remade_to}
    edition = session.execute(select(LikenessCount.edition).where(_ROW)).scalar_one_or_none()
    if edition is None:
        session.execute(insert(_COUNTS), {"id": THE_ROW, "edition": 1, **values})
        return 1
    session.execute(update(_COUNTS).where(_ROW).values(edition=edition + 1, **values))
    return edition + 1


def rebuild(session: Session, *, progress: Progress = lambda _done, _total: None) -> int:
    """Make all fingerprints anew, the oldest petition first; return how many. Groups are formed afterwards.

    One that was stopped goes on where it was. What is saved meanwhile waits in the outbox and is taken by the worker.
    """
    row = session.execute(
        select(LikenessCount.letters, LikenessCount.counts, LikenessCount.remade_to).where(_ROW)
    ).one_or_none()
    weights, after = (
        (Weights(row.letters, row.counts), row.remade_to) if row and row.remade_to is not None else (Weights(), 0)
    )
    total = petition_total(session)
    while found := indexed_versions(session, after=after, limit=REMADE_AT_ONCE):
        made = letters(session, [petition_id for petition_id, _version in found])
        after = found[-1][0]
        for letter in made:
            weights.add(letter.print.pairs)
        with unit_of_work(patient=True) as writing:
            write(writing, made)
            write_counts(writing, weights, remade_to=after)
        progress(min(weights.letters, total), total)
    with unit_of_work(patient=True) as writing:
        write_counts(writing, weights)
    session.rollback()
    return weights.letters


@dataclass(frozen=True, slots=True)
class Comparison:
    """Fingerprints against the database.

    ``missing`` petitions have none, ``misplaced`` one of another form or on the wrong side of secrecy; ``wrong`` were
    looked at in full and differ, out of ``sampled``; ``waiting`` stand in the outbox, and are none of these.
    """

    petitions: int
    kept: int
    missing: int
    misplaced: int
    wrong: int
    sampled: int
    waiting: int
    ungrouped: int

    @property
    def agrees(self) -> bool:
        """Whether nothing is missing, misplaced or wrong."""
        return not (self.missing or self.misplaced or self.wrong)


def compare(session: Session, *, sample: int = 100) -> Comparison:
    """Compare every petition with the kept fingerprints, and ``sample`` of them in full."""
    waiting = set(session.scalars(select(outbox.Outbox.subject_id).where(outbox.Outbox.consumer == CONSUMER)))
    pairs = select(Petition.id, Petition.sealed, LikenessPrint.form, LikenessPrint.sealed.label("kept_sealed"))
    rows = session.execute(pairs.outerjoin(LikenessPrint, LikenessPrint.petition_id == Petition.id)).all()
    settled = [row for row in rows if row.id not in waiting]
    good = [row.id for row in settled if row.form == FORM and row.kept_sealed == row.sealed]
    chosen = random.Random(len(good)).sample(good, min(sample, len(good)))  # noqa: S311 - no secret
    return Comparison(
        petitions=len(rows),
        kept=sum(row.form is not None for row in rows),
        missing=sum(row.form is None for row in settled),
        misplaced=sum(row.form is not None for row in settled) - len(good),
        wrong=_count_wrong(session, chosen),
        sampled=len(chosen),
        waiting=len(waiting),
        ungrouped=session.execute(select(func.count()).where(LikenessPrint.grouped.is_(False))).scalar_one(),
    )


def _count_wrong(session: Session, ids: Sequence[int]) -> int:
    kept = {
        row.petition_id: row
        for row in session.execute(
            select(LikenessPrint.petition_id, LikenessPrint.pairs, LikenessPrint.marks).where(
                LikenessPrint.petition_id.in_(ids)
            )
        )
    }
    return sum(
        kept[letter.petition_id].pairs != as_bytes(letter.print.pairs)
        or set(stored_marks(kept[letter.petition_id].marks)) != set(letter.marks)
        or not _has_marks(session, letter)
        for letter in letters(session, ids)
    )


def _has_marks(session: Session, letter: StoredLetter) -> bool:
    found = session.scalars(
        select(LikenessMark.mark).where(
            LikenessMark.mark.in_(letter.marks), LikenessMark.petition_id == letter.petition_id
        )
    )
    return set(found) == set(letter.marks)
