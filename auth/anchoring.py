"""The anchors and the verification of every office's chain: what core does for one, done for all offices."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from core import audit, clock
from core.anchors import EVERY, AnchorRefused, anchor, chains, path_of
from core.audit import AuditEntry, AuditHead
from core.database import db, unit_of_work
from core.integrity import Result, SelfCheck
from core.verify_audit import Verdict, verify

CHAIN, ANCHORS = "chain", "anchors"
BREAK_KNOWN = "audit.break-known"

PetitionCount = Callable[[Session, int], int]


def codes(session: Session) -> dict[int, str]:
    """The offices' codes by id."""
    return {row.id: row.code for row in session.execute(select(Office.id, Office.code))}


def anchor_all(
    session: Session,
    folder: Path,
    count: PetitionCount,
    *,
    every: timedelta = EVERY,
    even_if_fresh: bool = False,
    break_reason: str = "",
) -> tuple[int, list[str]]:
    """Tell the second place of every office's chain; how many lines were written, and what was refused."""
    written, refused = 0, []
    age = timedelta(0) if even_if_fresh else every
    for office_id in codes(session):
        try:
            lines = _anchor_one(session, office_id, folder, count, every=age, reason=break_reason)
        except AnchorRefused:
            # Another process may have anchored between our look at the chain and our look at the file: look once more.
            session.rollback()
            try:
                lines = _anchor_one(session, office_id, folder, count, every=age, reason=break_reason)
            except AnchorRefused as error:
                refused.append(str(error))
                continue
        written += lines
    return written, refused


def _anchor_one(
    session: Session, office_id: int, folder: Path, count: PetitionCount, *, every: timedelta, reason: str
) -> int:
    chain = next(chain for chain in chains(session, codes) if chain.office_id == office_id)
    petitions = count(session, office_id)
    lines = anchor(session, chain, folder, petitions=petitions, every=every, break_reason=reason)
    if lines:
        session.rollback()
        with unit_of_work(patient=True) as work:
            work.execute(update(AuditHead).where(AuditHead.office_id == office_id).values(anchored_to=chain.seq))
    return lines


def anchoring_job(folder: Path, count: PetitionCount, every: timedelta = EVERY) -> int:
    """Write the anchors that are due, and remember whether that went well; what the worker does every minute."""
    session = db.session()
    _written, refused = anchor_all(session, folder, count, every=every)
    known = session.get(SelfCheck, ANCHORS)
    detail = "\n".join(refused)
    if known is None or known.detail != detail:
        with unit_of_work(patient=True) as work:
            work.merge(
                SelfCheck(name=ANCHORS, at=clock.now(), checked=len(codes(work)), faults=len(refused), detail=detail)
            )
    return 0


def verify_all(session: Session, folder: Path | None, known_breaks: Sequence[int] = ()) -> list[tuple[str, Verdict]]:
    """Verify every office's chain, by its code, against the anchors in ``folder`` where one is given.

    A chain that was anchored there and is in the database no more is among them.
    """
    stored = (
        (code, audit.entries_of(session, office_id), audit.stored_head(session, office_id))
        for office_id, code in codes(session).items()
    )
    return list(verify(stored, folder, known_breaks))


def known_breaks(session: Session) -> dict[int, str]:
    """The declared breaks that somebody has looked into, by the entry at which they stand, and who that was."""
    query = select(AuditEntry.actor, AuditEntry.payload).where(AuditEntry.action == BREAK_KNOWN)
    return {json.loads(row.payload)["at"]: row.actor for row in session.execute(query)}


def know_break(session: Session, seq: int, reason: str, *, by: Actor) -> None:
    """Record that ``by`` has looked into the break at entry ``seq``: the integrity check then notes it only."""
    payload = {"at": seq, "reason": reason}
    audit.record(session, by.office_id, actor=by.username, action=BREAK_KNOWN, subject=f"entry:{seq}", payload=payload)


def chain_check(session: Session, folder: Path) -> Result:
    """Every office's chain holds, and is the one that was anchored."""
    result = Result(CHAIN)
    told = {chain.code: chain.anchored_to for chain in chains(session, codes)}
    known = known_breaks(session)
    for code, verdict in verify_all(session, folder, sorted(known)):
        result.checked += verdict.entries
        if verdict.first_bad_seq is not None:
            result.faults.append(f"{code}: entry {verdict.first_bad_seq}: {verdict.why}")
        result.faults += [f"{code}: {fault}" for fault in verdict.faults]
        # An installation that never anchored yet has no file, and no fault.
        if verdict.anchored_to or path_of(folder, code).exists() or told.get(code):
            result.faults += [f"{code}: {why}" for why in verdict.unjudged]
        if (told_to := told.get(code, 0)) > (verdict.anchored_to or 0):
            result.faults.append(f"{code}: entry {told_to} was anchored, the anchors end at {verdict.anchored_to or 0}")
    if known:
        said = ", ".join(f"{seq} ({who})" for seq, who in sorted(known.items()))
        result.note = f"breaks that were looked into, at entry: {said}"
    return result
