"""Anchors: what a place outside the database is told of every office's audit chain while it grows.

Whoever can write to the database, and has the program, can write a chain anew that holds in itself. What they cannot
change is what was said elsewhere before. An anchor says the number and hash of the newest entry, and the beginning of
the hash of each entry since the anchor before it; each line is bound to the line before. One file an office, appended
to, never written anew. ``DONTHU_ANCHORS`` should be a folder that the administrator of the database cannot write to:
a share of another machine, or one that keeps what was appended. ``core.verify_audit`` reads it.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.audit import AuditEntry, AuditHead
from core.settings import OFFICE_ZONE
from core.verify_audit import SUFFIX, WITNESSED_DIGITS, Anchor, Anchors, Unreadable, line_hash, read_anchors

# An anchor is written when so many entries have come since the last one, or when the last one is so old.
EVERY_ENTRIES = 100
EVERY = timedelta(hours=1)
# So many entries at most in one line.
MOST_IN_LINE = 500


class AnchorRefused(Exception):
    """No anchor was written, and somebody has to look; the message says why."""


@dataclass(frozen=True, slots=True)
class Chain:
    """An office's chain as it stands: its code, its newest entry, and up to which entry it was anchored."""

    office_id: int
    code: str
    seq: int
    head: str
    anchored_to: int = 0


def path_of(folder: Path, code: str) -> Path:
    """The file of an office's anchors."""
    return folder / f"{code}{SUFFIX}"


def anchor(
    session: Session,
    chain: Chain,
    folder: Path,
    *,
    petitions: int,
    every: timedelta = EVERY,
    break_reason: str = "",
) -> int:
    """Tell the second place of ``chain``, where it is time to; return how many lines were written.

    It is time when there are many new entries, or when the last line is as old as ``every`` says.

    ``petitions`` is how many there are, for whoever compares figures. ``break_reason`` declares that the chain was put
    back to an earlier state, after a restore. Raises ``AnchorRefused`` where the chain does not go on from what was
    anchored, or the place cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _held(path_of(folder, chain.code)) as handle:
            known = read_anchors(path_of(folder, chain.code))
            return _append(session, chain, handle, known, petitions, every=every, reason=break_reason)
    except OSError as error:
        raise AnchorRefused(f"{folder}: {error.strerror}") from error
    except Unreadable as error:
        raise AnchorRefused(str(error)) from error


@contextlib.contextmanager
def _held(path: Path) -> Iterator[int]:
    """The file, open for appending, held against everybody else who appends; an unfinished last line is cut."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            os.ftruncate(handle, os.pread(handle, size, 0).rfind(b"\n") + 1)
        yield handle
    finally:
        os.close(handle)


def _append(
    session: Session, chain: Chain, handle: int, known: Anchors, petitions: int, *, every: timedelta, reason: str
) -> int:
    # A break that was declared is no fault for whoever goes on writing.
    if known.faults:
        raise AnchorRefused(known.faults[0])
    last = known.lines[-1] if known.lines else None
    stands_at = last.seq if last else 0
    if stands_at < chain.anchored_to and not reason:
        raise AnchorRefused(
            f"{chain.code}: entry {chain.anchored_to} was anchored, but the anchors there end at {stands_at}:"
            " is it the right folder, is the share mounted?"
        )
    now = clock.now()
    if reason:
        start = _last_common(session, chain, known)
        broken = _line(Anchor(start.seq, start.head, _iso(now), (), reason), petitions, known.last_line)
        _write(handle, [broken])
        known, last = Anchors((start,), last_line=broken), start
        every = timedelta(0)
    elif last is not None:
        _refuse_if_broken(session, chain, last)
    since = chain.seq - (last.seq if last else 0)
    if not since or not (since >= EVERY_ENTRIES or _is_old(last, now, every)):
        return 1 if reason else 0
    lines: list[str] = []
    before = known.last_line
    for seq, head, witnessed in _pieces(session, chain, last.seq if last else 0):
        before = _line(Anchor(seq, head, _iso(now), witnessed), petitions, before)
        lines.append(before)
    _write(handle, lines)
    return len(lines) + bool(reason)


def _refuse_if_broken(session: Session, chain: Chain, last: Anchor) -> None:
    if chain.seq < last.seq:
        raise AnchorRefused(f"{chain.code}: the chain ends at entry {chain.seq}, entry {last.seq} was anchored")
    if last.seq and hash_at(session, chain.office_id, last.seq) != last.head:
        raise AnchorRefused(f"{chain.code}: entry {last.seq} is not the one that was anchored")


def _last_common(session: Session, chain: Chain, known: Anchors) -> Anchor:
    """The newest anchor that the chain still bears out."""
    for line in reversed(known.lines):
        if line.seq <= chain.seq and hash_at(session, chain.office_id, line.seq) == line.head:
            return line
    return Anchor(0, "", "")


def hash_at(session: Session, office_id: int, seq: int) -> str | None:
    """The stored hash of an entry; None where there is none."""
    of_entry = (AuditEntry.office_id == office_id, AuditEntry.seq == seq)
    return session.execute(select(AuditEntry.hash).where(*of_entry)).scalar_one_or_none()


def _pieces(session: Session, chain: Chain, after: int) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    query = select(AuditEntry.seq, AuditEntry.hash).where(
        AuditEntry.office_id == chain.office_id, AuditEntry.seq > after, AuditEntry.seq <= chain.seq
    )
    for rows in session.execute(query.order_by(AuditEntry.seq).execution_options(yield_per=MOST_IN_LINE)).partitions():
        if [row.seq for row in rows] != list(range(after + 1, after + len(rows) + 1)):
            raise AnchorRefused(f"{chain.code}: entries after {after} are missing")
        after = rows[-1].seq
        yield after, rows[-1].hash, tuple(row.hash[:WITNESSED_DIGITS] for row in rows)


def _line(anchor: Anchor, petitions: int, before: str) -> str:
    said = {
        "seq": anchor.seq,
        "head": anchor.head,
        "at": anchor.at,
        "petitions": petitions,
        "before": line_hash(before),
        "entries": "".join(anchor.witnessed),
    }
    if anchor.break_reason:
        said["break"] = anchor.break_reason
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _write(handle: int, lines: list[str]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    while data:
        data = data[os.write(handle, data) :]
    os.fsync(handle)


def _is_old(last: Anchor | None, now: datetime, every: timedelta) -> bool:
    return last is None or not every or abs(now - datetime.fromisoformat(last.at)) >= every


def _iso(moment: datetime) -> str:
    return moment.astimezone(OFFICE_ZONE).isoformat(timespec="seconds")


def chains(session: Session, codes: Callable[[Session], dict[int, str]]) -> list[Chain]:
    """Every office's chain; ``codes`` gives the offices' codes by id. One whose head is gone stands at nothing."""
    heads = {row.office_id: row for row in session.execute(select(*_HEAD_COLUMNS))}
    return [
        Chain(office_id, code, head.seq, head.hash, head.anchored_to)
        if (head := heads.get(office_id))
        else Chain(office_id, code, 0, "")
        for office_id, code in codes(session).items()
    ]


_HEAD_COLUMNS = (AuditHead.office_id, AuditHead.seq, AuditHead.hash, AuditHead.anchored_to)
