"""The anchors and the verification of every office's chain: what core does for one, done for all offices."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import Office
from core import audit, clock
from core.anchors import AnchorRefused, Chain, anchor, chains, path_of
from core.database import db, unit_of_work
from core.integrity import Result, SelfCheck
from core.verify_audit import Anchors, Unreadable, Verdict, read_anchors

CHAIN, ANCHORS = "chain", "anchors"

PetitionCount = Callable[[Session, int], int]


def codes(session: Session) -> dict[int, str]:
    """The offices' codes by id."""
    return {row.id: row.code for row in session.execute(select(Office.id, Office.code))}


def anchor_all(
    session: Session,
    folder: Path,
    count: PetitionCount,
    *,
    even_if_fresh: bool = False,
    break_reason: str = "",
) -> tuple[int, list[str]]:
    """Tell the second place of every office's chain; how many lines were written, and what was refused."""
    written, refused = 0, []
    for chain in chains(session, codes):
        try:
            written += anchor(
                session,
                chain,
                folder,
                petitions=count(session, chain.office_id),
                even_if_fresh=even_if_fresh,
                break_reason=break_reason,
            )
        except AnchorRefused as error:
            refused.append(str(error))
    return written, refused


def anchoring_job(folder: Path, count: PetitionCount) -> int:
    """Write the anchors that are due, and remember whether that went well; what the worker does every minute."""
    session = db.session()
    _written, refused = anchor_all(session, folder, count)
    known = session.get(SelfCheck, ANCHORS)
    detail = "\n".join(refused)
    if known is None or known.detail != detail:
        with unit_of_work(patient=True) as work:
            work.merge(
                SelfCheck(name=ANCHORS, at=clock.now(), checked=len(codes(work)), faults=len(refused), detail=detail)
            )
    return 0


def verify_all(session: Session, folder: Path | None, known_breaks: Sequence[int] = ()) -> list[tuple[Chain, Verdict]]:
    """Verify every office's chain, against the anchors in ``folder`` where one is given."""
    found = []
    for chain in chains(session, codes):
        anchors: Anchors | None = None
        unreadable = ""
        if folder is not None:
            try:
                anchors = read_anchors(path_of(folder, chain.code), known_breaks)
            except Unreadable as error:
                unreadable = str(error)
        verdict = audit.verdict(session, chain.office_id, anchors)
        if unreadable:
            verdict.faults.append(unreadable)
        found.append((chain, verdict))
    return found


def chain_check(session: Session, folder: Path) -> Result:
    """Every office's chain holds, and is the one that was anchored."""
    result = Result(CHAIN)
    for chain, verdict in verify_all(session, folder):
        result.checked += verdict.entries
        if verdict.first_bad_seq is not None:
            result.faults.append(f"{chain.code}: entry {verdict.first_bad_seq}: {verdict.why}")
        result.faults += [f"{chain.code}: {fault}" for fault in verdict.faults]
    return result
