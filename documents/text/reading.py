"""Bringing waiting files to an end, one by one: claimed, read apart, their text stored and told of.

A claim is written before the file is touched, so that a file which takes its reader with it is counted all the same
and given up after ``MOST_ATTEMPTS``.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from core import clock
from core.database import db, unit_of_work
from documents.models import StoredFile, StoredText
from documents.queries import path_of
from documents.text.limits import RECOGNISING
from documents.text.outcome import Outcome, TextState
from documents.text.running import Died, read_apart

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
CLAIM_LASTS = timedelta(seconds=RECOGNISING.wall_seconds + 60)
"""How long a file that somebody began to read is left to them: longer than any reading lasts."""

Told = Callable[[Session, int], None]
"""What is called, in the transaction that stores what was read, with the id of the file."""
Read = Callable[[Path, str], Outcome]


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that is ours to read, and the how-manieth attempt this is."""

    id: int
    stored_name: str
    media_type: str
    attempt: int


def read_next(uploads_dir: Path, told: Told, read: Read = read_apart) -> int:
    """Read one waiting file, the newest first, and return 1; 0 where none waits."""
    claim = _claim()
    if claim is None:
        return 0
    if claim.attempt > MOST_ATTEMPTS:
        _finish(claim, Outcome(TextState.FAILED, detail="killed"), told)
        return 1
    path = path_of(uploads_dir, claim.stored_name)
    try:
        outcome = read(path, claim.media_type)
    except Died as died:
        log.warning("stored file %d could not be read (%s), attempt %d", claim.id, died.code, claim.attempt)
        if claim.attempt < MOST_ATTEMPTS:
            return 1
        outcome = Outcome(TextState.FAILED, detail=died.code)
    except FileNotFoundError:
        outcome = Outcome(TextState.FAILED, detail="missing")
    _finish(claim, outcome, told)
    return 1


def ask_again(session: Session, states: Iterable[TextState]) -> int:
    """Have the files in one of ``states`` read anew, and return how many. What is known of them stays until then."""
    result = session.execute(
        update(StoredText)
        .where(StoredText.state.in_(list(states)), StoredText.state != TextState.WAITING)
        .values(state=TextState.WAITING, attempts=0)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(result, "rowcount", 0))


def text_totals(session: Session) -> dict[TextState, int]:
    """How many files are in each state."""
    rows = session.execute(select(StoredText.state, func.count()).group_by(StoredText.state))
    found = {TextState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in TextState}


def _claim() -> Claim | None:
    free = or_(StoredText.attempts == 0, StoredText.at < clock.now() - CLAIM_LASTS)
    waiting = (
        select(StoredText.stored_file_id, StoredFile.stored_name, StoredFile.media_type, StoredText.attempts)
        .join(StoredFile, StoredFile.id == StoredText.stored_file_id)
        .where(StoredText.state == TextState.WAITING, free)
        .order_by(StoredText.attempts, StoredText.stored_file_id.desc())
        .limit(1)
    )
    session = db.session()
    row = session.execute(waiting).first()
    session.rollback()
    if row is None:
        return None
    with unit_of_work(patient=True) as writing:
        claimed = writing.execute(
            update(StoredText)
            .where(
                StoredText.stored_file_id == row.stored_file_id,
                StoredText.state == TextState.WAITING,
                StoredText.attempts == row.attempts,
            )
            .values(attempts=row.attempts + 1, at=clock.now())
            .execution_options(synchronize_session=False)
        )
        mine = bool(getattr(claimed, "rowcount", 0))
    # Another reader was quicker: the next turn finds another file.
    return Claim(row.stored_file_id, row.stored_name, row.media_type, row.attempts + 1) if mine else None


def _finish(claim: Claim, outcome: Outcome, told: Told) -> None:
    with unit_of_work(patient=True) as session:
        stored = session.execute(
            update(StoredText)
            .where(
                StoredText.stored_file_id == claim.id,
                StoredText.state == TextState.WAITING,
                # Whoever took so long that another one began must not write over them.
                StoredText.attempts == claim.attempt,
            )
            .values(
                state=outcome.state,
                text=outcome.text,
                characters=len(outcome.text),
                pages=outcome.pages,
                method=outcome.method,
                detail=outcome.detail,
                cut=outcome.cut,
                revision=StoredText.revision + 1,
                at=clock.now(),
            )
            .execution_options(synchronize_session=False)
        )
        if getattr(stored, "rowcount", 0):
            told(session, claim.id)
