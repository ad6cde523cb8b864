"""Verifies an office's audit chain by itself: needs Python 3.11 and nothing of the program around it.

    python3 verify_audit.py CHAIN [--anchors DIR] [--office CODE] [--known-break SEQ]

CHAIN is what ``flask audit export`` wrote, or the SQLite database itself (opened for reading only). DIR is the folder
of anchors: what another machine or place was told of the chain while it grew. The first entry that does not hold is
named, and the window of doubt is stated: the entries after the last anchor, which only the chain itself vouches for.

Days without an entry are named once the program has begun to write one every day: silence is a gap as well.

Exit status: 0 the chain holds, 1 it was tampered with, cut or broken, 2 it cannot be judged.
"""

import argparse
import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

GENESIS = "0" * 64
FORMAT = "donthu-audit-1"
# So many hexadecimal digits of every entry's hash stand in the anchors.
WITNESSED_DIGITS = 16
SUFFIX = ".anchors.jsonl"
# The entry that the worker writes every day, and the zone of the office's days.
HEARTBEAT = "heartbeat"
_ZONE = timezone(timedelta(hours=7))
_MOST_GAPS = 20


class Unreadable(Exception):
    """What was handed over cannot be judged; the message says why."""


class Entry(NamedTuple):
    """One entry as it is stored; ``at`` is ISO 8601 in UTC with microseconds."""

    office_id: int
    seq: int
    at: str
    actor: str
    action: str
    subject: str
    payload: str
    hash: str


class Anchor(NamedTuple):
    """What the second place knows: the hash of entry ``seq``, and the beginnings of those since the anchor before.

    ``break_reason`` is set where the office declared that the chain was put back to an earlier state.
    """

    seq: int
    head: str
    at: str
    witnessed: tuple[str, ...] = ()
    break_reason: str = ""


@dataclass(frozen=True, slots=True)
class Anchors:
    """The anchors of an office, in order.

    ``faults`` say which lines of the file do not hold, ``breaks`` which declare a break that nobody knows of.
    """

    lines: Sequence[Anchor] = ()
    faults: Sequence[str] = ()
    notes: Sequence[str] = ()
    last_line: str = ""
    missing: bool = False
    breaks: Sequence[str] = ()


@dataclass(slots=True)
class Verdict:
    """What came of a verification. ``doubtful`` entries follow the last anchor; None where there are no anchors.

    ``unjudged`` says what was missing or could not be read, so that nobody takes the rest for the whole.
    """

    entries: int = 0
    head: str = GENESIS
    newest_at: str = ""
    first_bad_seq: int | None = None
    why: str = ""
    anchored_to: int | None = None
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.first_bad_seq is None and not self.faults

    @property
    def doubtful(self) -> int | None:
        """How many entries only the chain itself vouches for."""
        return None if self.anchored_to is None else max(0, self.entries - self.anchored_to)


def digest(
    office_id: int, seq: int, at: str, actor: str, action: str, subject: str, payload: str, previous: str
) -> str:
    """The hash of an entry over its fields and the hash of the entry before it."""
    fields = [FORMAT, office_id, seq, at, actor, action, subject, payload, previous]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check(entries: Iterable[Entry], head: tuple[int, str] | None, anchors: Anchors | None = None) -> Verdict:
    """Walk the entries, in the order of their numbers, against the chain's head and the anchors, in bounded memory.

    ``head`` is None where the database or the export names none: that is a fault, whatever the entries say.
    """
    verdict = Verdict()
    witnessed, last = _known(anchors, verdict)
    previous = GENESIS
    days = _Days()
    for entry in entries:
        expected = verdict.entries + 1
        why = _fault_of(entry, expected, previous, witnessed.get(expected, ""))
        if why:
            verdict.first_bad_seq, verdict.why = expected, why
            return verdict
        previous, verdict.entries, verdict.head = entry.hash, expected, entry.hash
        verdict.newest_at = entry.at
        days.count(entry)
    verdict.notes += days.gaps()
    if last is not None and last.seq > verdict.entries:
        verdict.first_bad_seq = verdict.entries + 1
        verdict.why = f"the chain ends here, but entry {last.seq} was anchored on {last.at}"
    elif head is None:
        verdict.first_bad_seq = verdict.entries + 1
        verdict.why = "the head of the chain is gone"
    elif head != (verdict.entries, previous):
        verdict.first_bad_seq = verdict.entries + 1
        verdict.why = f"the head names entry {head[0]}, which is not the last one with its hash"
    return verdict


class _Days:
    """Counts the days without any entry, from the first heartbeat on."""

    def __init__(self) -> None:
        self._newest: date | None = None
        self._gaps: list[tuple[date, date]] = []

    def count(self, entry: Entry) -> None:
        """Look at one more entry. A clock that was set back makes no gap: it is an entry of its own."""
        if self._newest is None and entry.action != HEARTBEAT:
            return
        try:
            day = datetime.fromisoformat(entry.at).astimezone(_ZONE).date()
        except (ValueError, OverflowError):
            return
        if self._newest is not None and day - self._newest > timedelta(days=1):
            self._gaps.append((self._newest + timedelta(days=1), day - timedelta(days=1)))
        self._newest = day if self._newest is None else max(day, self._newest)

    def gaps(self) -> Iterator[str]:
        """A line for each gap."""
        for first, last in self._gaps[-_MOST_GAPS:]:
            span = f"on {first}" if first == last else f"from {first} to {last}"
            yield f"no entry {span}: the program did not run, or entries are missing; an anchor or paper must tell"
        if len(self._gaps) > _MOST_GAPS:
            yield f"{len(self._gaps) - _MOST_GAPS} earlier gaps"


def _known(anchors: Anchors | None, verdict: Verdict) -> tuple[Mapping[int, str], Anchor | None]:
    """The beginnings of hashes that were witnessed, by number, and the newest anchor."""
    if anchors is None:
        return {}, None
    verdict.faults += [*anchors.breaks, *anchors.faults]
    verdict.notes += anchors.notes
    if anchors.missing:
        verdict.unjudged.append("there are no anchors of this chain in that folder")
    known: dict[int, str] = {}
    last: Anchor | None = None
    for anchor in anchors.lines:
        if anchor.break_reason:
            # What was witnessed beyond the state that was put back is no longer in the chain.
            known = {seq: hash_ for seq, hash_ in known.items() if seq <= anchor.seq}
        first = anchor.seq - len(anchor.witnessed) + 1
        known |= dict(enumerate(anchor.witnessed, start=first))
        known[anchor.seq] = anchor.head
        last = anchor
    known.pop(0, None)
    verdict.anchored_to = last.seq if last else 0
    return known, last


def _fault_of(entry: Entry, expected: int, previous: str, witnessed: str) -> str:
    if entry.seq != expected:
        return f"entry {expected} is missing; entry {entry.seq} stands in its place"
    if not (isinstance(entry.office_id, int) and all(isinstance(said, str) for said in entry[2:])):
        return "it holds what no entry can hold"
    if not entry.hash.startswith(witnessed):
        return "this is not the entry that was anchored"
    if entry.hash != digest(*entry[:7], previous):
        return "its content does not fit its hash and the entry before it"
    return ""


def read_anchors(path: Path, known_breaks: Sequence[int] = ()) -> Anchors:
    """The anchors in the file ``path``; none where there is no such file. Raises ``Unreadable``."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Anchors(missing=True)
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: {error}") from error
    whole, _, torn = text.rpartition("\n")
    notes = [f"{path.name}: the last line was not finished and is passed over"] if torn else []
    lines: list[Anchor] = []
    faults: list[str] = []
    breaks: list[str] = []
    before = ""
    for number, line in enumerate(whole.split("\n") if whole else (), start=1):
        anchor, fault = _read_line(line, before, lines[-1] if lines else None)
        if anchor is None:
            faults.append(f"{path.name}, line {number}: {fault}")
            break
        if anchor.break_reason and anchor.seq not in known_breaks:
            said = f"a break was declared at entry {anchor.seq} on {anchor.at}: {anchor.break_reason}"
            breaks.append(f"{path.name}, line {number}: {said}")
        lines.append(anchor)
        before = line
    return Anchors(lines, faults, notes, before, breaks=breaks)


def _read_line(line: str, before: str, last: Anchor | None) -> tuple[Anchor | None, str]:
    try:
        said = json.loads(line)
        together = said["entries"]
        witnessed = tuple(
            together[start : start + WITNESSED_DIGITS] for start in range(0, len(together), WITNESSED_DIGITS)
        )
        anchor = Anchor(int(said["seq"]), str(said["head"]), str(said["at"]), witnessed, str(said.get("break", "")))
        bound_to = said["before"]
    except (ValueError, KeyError, TypeError):
        return None, "this is no anchor"
    if bound_to != line_hash(before):
        return None, "it does not follow the line before it: the anchors themselves were changed"
    if last is not None and anchor.seq < last.seq and not anchor.break_reason:
        return None, f"it anchors entry {anchor.seq} after entry {last.seq}"
    return anchor, ""


def line_hash(line: str) -> str:
    """What an anchor says of the line before it; empty for the first."""
    return hashlib.sha256(line.encode()).hexdigest() if line else ""


Chain = tuple[str, Iterator[Entry], tuple[int, str] | None]
"""An office's code, its entries, its head."""


def _of_export(path: Path) -> Iterator[Chain]:
    """Each office of an export."""
    by_office: dict[str, list[Entry]] = {}
    heads: dict[str, tuple[int, str]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            said: dict[str, Any] = json.loads(line)
            code = str(said["code"])
            if "head" in said:
                heads[code] = (int(said["head"]["seq"]), str(said["head"]["hash"]))
                by_office.setdefault(code, [])
            else:
                by_office.setdefault(code, []).append(Entry(*(said[name] for name in Entry._fields)))
    for code, entries in by_office.items():
        yield code, iter(entries), heads.get(code)


def _of_database(path: Path) -> Iterator[Chain]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    offices = connection.execute(
        "SELECT o.id, o.code, h.seq, h.hash FROM office o LEFT JOIN audit_head h ON h.office_id = o.id ORDER BY o.id"
    ).fetchall()
    # As bytes: what is no text at all must not stop the reading.
    texts = ", ".join(f"CAST({name} AS BLOB)" for name in Entry._fields[2:])
    for office_id, code, seq, head in offices:
        rows = connection.execute(
            f"SELECT office_id, seq, {texts} FROM audit_entry WHERE office_id = ? ORDER BY seq, id",  # noqa: S608 - our own
            (office_id,),
        )
        yield code, map(entry_of_sqlite, rows), None if seq is None else (seq, str(head))


def entry_of_sqlite(row: Sequence[Any]) -> Entry:
    """An entry from a row of SQLite whose texts were read as bytes."""
    at, *texts = (said.decode("utf-8", "replace") if isinstance(said, bytes) else said for said in row[2:])
    return Entry(row[0], row[1], iso_of_sqlite(at), *texts)


def iso_of_sqlite(stored: Any) -> Any:
    """A moment as SQLite keeps it, as it was hashed; what is no text comes back as it is."""
    if not isinstance(stored, str):
        return stored
    day, _, time = stored.replace("T", " ").partition(" ")
    time = time.removesuffix("+00:00")
    return f"{day}T{time if '.' in time else time + '.000000'}+00:00"


def verify(
    chains: Iterable[Chain], folder: Path | None, known_breaks: Sequence[int] = ()
) -> Iterator[tuple[str, Verdict]]:
    """Verify ``chains`` against the anchors in ``folder``; a chain that has anchors there and is gone is told too."""
    seen = set()
    for code, entries, head in chains:
        seen.add(code)
        yield code, _verified(code, entries, head, folder, known_breaks)
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder else ():
        code = path.name.removesuffix(SUFFIX)
        if code not in seen:
            yield code, _verified(code, iter(()), None, folder, known_breaks)


def _verified(
    code: str, entries: Iterator[Entry], head: tuple[int, str] | None, folder: Path | None, known_breaks: Sequence[int]
) -> Verdict:
    try:
        anchors = read_anchors(folder / f"{code}{SUFFIX}", known_breaks) if folder else None
    except Unreadable as error:
        verdict = check(entries, head)
        verdict.unjudged.append(str(error))
        return verdict
    return check(entries, head, anchors)


def status_of(verdicts: Iterable[Verdict]) -> int:
    """The exit status: 0 all hold, 1 one does not, 2 none is bad but not all could be judged."""
    status = 2
    for number, verdict in enumerate(verdicts):
        if not verdict.sound:
            return 1
        if number == 0:
            status = 0
        if verdict.unjudged:
            status = 2
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what the command line names; print what was found; return the exit status."""
    parser = argparse.ArgumentParser(description="Verify the audit chain of Đơn Thư.")
    parser.add_argument("chain", type=Path, help="an export of the chain, or the SQLite database")
    parser.add_argument("--anchors", type=Path, help="folder of anchors")
    parser.add_argument("--office", help="code of the one office to verify")
    parser.add_argument("--known-break", type=int, action="append", default=[], metavar="SEQ",
                        help="a break declared at this entry is known and no fault")  # fmt: skip
    asked = parser.parse_args(arguments)
    out = sys.stdout.write
    try:
        with asked.chain.open("rb") as file:
            is_database = file.read(16) == b"SQLite format 3\0"
        if asked.anchors is not None and not asked.anchors.is_dir():
            raise Unreadable(f"{asked.anchors}: there is no such folder")
        verdicts = []
        for code, verdict in verify(
            (_of_database if is_database else _of_export)(asked.chain), asked.anchors, asked.known_break
        ):
            if asked.office in (None, code):
                verdicts.append(verdict)
                out("".join(f"{line}\n" for line in told(code, verdict)))
        if not verdicts:
            raise Unreadable(f"{asked.chain}: no office to verify")
    except (Unreadable, OSError, sqlite3.Error, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"cannot judge: {error}\n")
        return 2
    return status_of(verdicts)


def told(code: str, verdict: Verdict) -> Iterator[str]:
    """The verdict in lines for a reader."""
    if verdict.first_bad_seq is None:
        yield f"{code}: {verdict.entries} entries hold, head {verdict.head[:12]}, the newest of {verdict.newest_at}"
    else:
        yield f"{code}: BAD entry {verdict.first_bad_seq}: {verdict.why}"
    yield from (f"{code}: FAULT {fault}" for fault in verdict.faults)
    yield from (f"{code}: CANNOT JUDGE: {why}" for why in verdict.unjudged)
    yield from (f"{code}: note: {note}" for note in verdict.notes)
    if verdict.doubtful is None:
        yield f"{code}: without anchors; what was cut off or written anew with the program's own code is not seen"
    elif verdict.first_bad_seq is None:
        first = (verdict.anchored_to or 0) + 1
        window = f"entries {first} to {verdict.entries}" if verdict.doubtful else "none"
        yield f"{code}: window of doubt: {window} ({verdict.doubtful} after the last anchor)"


if __name__ == "__main__":
    sys.exit(main())
