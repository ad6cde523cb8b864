"""A thousand tamperings with the audit chain: how many are found, and is the first bad entry named?

    python -m chaos.tampering [--count 1000] [--entries 2000] [--postgresql]

A chain is grown by the program and anchored as the worker does it; each tampering is done by somebody with full rights,
the code and the keys, looked at by the verifier with and without anchors, and taken back. Exit status 1 where one is
not found, or another entry is named.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from auth.anchoring import codes
from auth.services.offices import ensure_office
from chaos.attacks import ATTACKS, rows_of, unguard
from chaos.grounds import empty_app
from core import audit
from core.anchors import anchor, chains, path_of
from core.database import db, unit_of_work
from core.verify_audit import Anchors, read_anchors


@dataclass
class Tally:
    """What came of the tamperings of one kind."""

    done: int = 0
    found: int = 0
    named: int = 0
    missed_by_chain_alone: int = 0


@dataclass
class Report:
    """What came of all of them. ``window`` entries followed the last anchor."""

    kinds: dict[str, Tally] = field(default_factory=dict)
    window: int = 0

    @property
    def good(self) -> bool:
        """Whether every tampering was found and its first bad entry named."""
        return all(kind.done == kind.found == kind.named for kind in self.kinds.values())


def grow(office_id: int, folder: Path, entries: int, dice: random.Random) -> None:
    """Let the chain grow to ``entries``, anchored on the way as the worker does it."""
    actions = ("petition.assign", "petition.note", "login", "petition.resolve")
    grown = 0
    while grown < entries:
        some = min(dice.randint(1, 60), entries - grown)
        with unit_of_work() as session:
            for _each in range(some):
                grown += 1
                audit.record(
                    session, office_id, actor=f"can-bo-{dice.randint(1, 9)}", action=dice.choice(actions),
                    subject=f"PTN-2026-{dice.randint(1, 999):06d}", payload={"n": grown, "lý do": "đủ điều kiện"},
                )  # fmt: skip
        session = db.session()
        for chain in chains(session, codes):
            anchor(session, chain, folder, petitions=grown)
        session.rollback()


def tamper(session: Session, office_id: int, anchors: Anchors, count: int, dice: random.Random) -> Report:
    """Tamper ``count`` times before the last anchor; everything is taken back."""
    report = Report({name: Tally() for name in ATTACKS})
    anchored = anchors.lines[-1].seq
    rows = rows_of(session.connection(), office_id)
    report.window = len(rows) - anchored
    session.rollback()
    names = list(ATTACKS)
    for number in range(count):
        name = names[number % len(names)]
        tally = report.kinds[name]
        with _taken_back(session) as connection:
            unguard(connection)
            first_bad = ATTACKS[name](connection, rows, dice, anchored)
            alone = audit.verdict(session, office_id, None)
            with_anchors = audit.verdict(session, office_id, anchors)
        tally.done += 1
        tally.found += not with_anchors.sound
        tally.named += with_anchors.first_bad_seq == first_bad
        tally.missed_by_chain_alone += alone.sound
    return report


@contextmanager
def _taken_back(session: Session) -> Iterator[Connection]:
    try:
        yield session.connection(execution_options={"donthu_write": True})
    finally:
        session.rollback()


def main() -> int:
    """Run what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--entries", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    dice = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as scratch, empty_app(Path(scratch), postgresql=asked.postgresql):
        with unit_of_work() as session:
            office_id = ensure_office(session)
        folder = Path(scratch) / "anchors"
        grow(office_id, folder, asked.entries, dice)
        session = db.session()
        anchors = read_anchors(path_of(folder, codes(session)[office_id]))
        started = time.process_time()
        report = tamper(session, office_id, anchors, asked.count, dice)
        spent = time.process_time() - started
    total: Counter[str] = Counter()
    print(f"{'kind':22} {'done':>6} {'found':>6} {'named':>6} {'chain alone misses':>19}")
    for name, tally in report.kinds.items():
        print(f"{name:22} {tally.done:6} {tally.found:6} {tally.named:6} {tally.missed_by_chain_alone:19}")
        total.update(vars(tally))
    print(
        f"{'together':22} {total['done']:6} {total['found']:6} {total['named']:6} {total['missed_by_chain_alone']:19}"
    )
    print(f"window of doubt: {report.window} entries after the last anchor; {spent:.0f} s of CPU")
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
