"""Letters that come again, at size: what the desk is told, what it is told wrongly, and what that costs.

    .venv/bin/python -m bench.duplicates [--petitions 20000] [--database sqlite] [--no-floors]

The backlog of ``bench.letters`` is brought in through ``flask petition import`` and kept between runs; fingerprints and
groups are made by the program's own rebuild. Then the labelled letters of ``bench.letter_cases`` and those written by
hand in ``bench/data/letters.toml`` are typed. The first half of them is for setting thresholds (its figures are
printed, too), the other half is held out and is what counts.

Beside it, in the same run and over the same text: a contentless SQLite FTS5 index asked for a letter's rarest pairs of
words, and bands of a whole-letter MinHash in a table, each followed by the same comparison of as many candidates.
"""

import argparse
import csv
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.cli_actor import find_actor
from bench.letter_cases import Case, all_cases, letters_by_hand
from bench.letter_floors import Bands, Finder, RarestPairs
from bench.letters import Letter, Writer
from bench.stores import Store, add_arguments, opened_stores
from core import clock
from core.database import db, unit_of_work
from core.outbox import Outbox
from core.settings import load_settings
from petitions.importing.aliases import NATIVE_COLUMNS
from petitions.models import Petition
from search.likeness.backlog import kept_pairs, weights_now
from search.likeness.comparing import Letter as Compared
from search.likeness.fingerprints import fingerprint, from_bytes
from search.likeness.grouping import group_some
from search.likeness.queries import Alike, Typed, alike
from search.likeness.services import rebuild
from search.likeness.thresholds import SAME_LETTER, SAME_LETTER_OF_PERSON
from wsgi import create_app

SEED = 4
SHOWN = 5
ROWS_A_FILE = 50_000
PASSWORD = "mưa phùn ngoài hiên"  # noqa: S105 - of invented people

Figures = dict[str, Any]


def p50_p95(times: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


@contextmanager
def _app(store: Store) -> Iterator[bytes]:
    settings = load_settings(store.environment())
    with create_app(settings).app_context():
        try:
            yield settings.lookup_key
        finally:
            db.session.remove()
            db.engine.dispose()


def _build(store: Store, petitions: int) -> Figures:
    """Bring the backlog in, once; make fingerprints and groups, once; return what that took."""
    note = store.folder / "letters.json"
    if note.exists():
        known: Figures = json.loads(note.read_text(encoding="utf-8"))
        return known
    store.folder.mkdir(parents=True, exist_ok=True)
    store.flask("db", "upgrade")
    store.flask("demo", "load", "--petitions", "1", "--seed", "1", "--password", PASSWORD)
    letters = chain(letters_by_hand(), Writer(SEED).letters(petitions))
    while chunk := list(islice(letters, ROWS_A_FILE)):
        file = store.folder / "rows.csv"
        _write(file, chunk)
        store.flask("petition", "import", str(file), "--source", "letters")
        file.unlink()
    with _app(store):
        with unit_of_work() as work:
            work.execute(delete(Outbox))
        figures = _make_fingerprints(db.session())
    note.write_text(json.dumps(figures), encoding="utf-8")
    return figures


def _write(file: Path, letters: Sequence[Letter]) -> None:
    today = clock.today()
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, NATIVE_COLUMNS, restval="")
        writer.writeheader()
        for letter in letters:
            dice = random.Random(letter.number)  # noqa: S311 - made-up rows
            day = today - timedelta(days=dice.randrange(500))
            writer.writerow(
                {
                    "external_ref": f"L-{letter.number:07d}",
                    "received_on": f"{day:%d/%m/%Y}",
                    "channel": "desk",
                    "kind": "kiến nghị",
                    "title": letter.title,
                    "body": letter.body,
                    "petitioner_name": letter.sender.name,
                    "petitioner_phone": letter.sender.phone,
                    "petitioner_id_number": letter.sender.identity,
                    "petitioner_address": letter.sender.address,
                    "status": "resolved",
                    "resolved_on": f"{day:%d/%m/%Y}",
                    "disposition": "guided",
                    "officer": "officer1",
                }
            )


def _make_fingerprints(session: Session) -> Figures:
    wall, cpu = time.monotonic(), time.process_time()
    count = rebuild(session)
    made = time.monotonic() - wall, time.process_time() - cpu
    wall, cpu = time.monotonic(), time.process_time()
    while group_some(session):
        pass
    grouped = time.monotonic() - wall, time.process_time() - cpu
    return {"letters": count, "fingerprints_s_wall_cpu": made, "groups_s_wall_cpu": grouped}


def _typed(case: Case) -> Typed:
    who = case.sender
    return Typed(
        title=case.title, body=case.body, name=who.name, id_number=who.identity, phone=who.phone, address=who.address
    )


class _Asked:
    """The answers to some cases, and their CPU milliseconds."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.answers: list[list[Alike]] = []
        self.times: list[float] = []

    def ask(self, session: Session, who: Actor, case: Case, lookup_key: bytes) -> None:
        """Type ``case``."""
        start = time.process_time()
        found = alike(session, who, _typed(case), lookup_key=lookup_key, shown=SHOWN)
        self.times.append((time.process_time() - start) * 1000)
        self.cases.append(case)
        self.answers.append(found)

    def judge(self, numbers: dict[int, int]) -> Figures:
        """Recall and false alarms, altogether and by kind; and the shares, to set thresholds by."""
        by_kind: dict[str, list[bool]] = {}
        right, wrong = [], []
        for case, found in zip(self.cases, self.answers, strict=True):
            letters = [numbers.get(one.petition.id, -1) for one in found if one.same_letter]
            if case.source:
                hit = case.source in letters
                right.append(hit)
            else:
                hit = not letters
                wrong.append(bool(letters))
            by_kind.setdefault(case.kind, []).append(hit)
        return {
            "cases": len(self.cases),
            "recall_at_5": statistics.mean(right),
            "false_alarms": statistics.mean(wrong),
            "by_kind_right": {kind: (sum(hits), len(hits)) for kind, hits in by_kind.items()},
            "cpu_ms_p50_p95": p50_p95(self.times),
        }


def _numbers(session: Session) -> dict[int, int]:
    """The letter of each petition."""
    rows = session.execute(select(Petition.id, Petition.external_ref).where(Petition.source == "letters"))
    return {petition_id: int(str(reference)[2:]) for petition_id, reference in rows}


def run(store: Store, petitions: int, *, floors: bool) -> Figures:
    """Build, ask and judge."""
    figures: Figures = {"petitions": petitions, "building": _build(store, petitions)}
    with _app(store) as lookup_key:
        session = db.session()
        numbers = _numbers(session)
        who = find_actor("reception1")
        setting, held_out = _Asked(), _Asked()
        for case in all_cases(Writer(SEED)):
            (held_out if case.held_out else setting).ask(session, who, case, lookup_key)
        figures["thresholds"] = {"same_letter": SAME_LETTER, "of_person": SAME_LETTER_OF_PERSON}
        figures["setting_half"] = setting.judge(numbers)
        figures["held_out_half"] = held_out.judge(numbers)
        if floors:
            with tempfile.TemporaryDirectory(prefix="letters-bench-") as folder:
                for name, finder in (
                    ("fts5, 20 rarest pairs", RarestPairs(Path(folder) / "pairs.sqlite3")),
                    ("minhash bands, 32 of 2", Bands(Path(folder) / "bands.sqlite3")),
                ):
                    figures[name] = _floor(session, finder, held_out.cases, numbers)
    return figures


def _floor(session: Session, finder: Finder, cases: Sequence[Case], numbers: dict[int, int]) -> Figures:
    """The same cases where ``finder`` finds the candidates; without what phone and identity card tell."""
    start = time.process_time()
    rows = session.execute(select(Petition.id, Petition.title, Petition.body).where(Petition.source == "letters"))
    for row in rows.yield_per(1_000):
        finder.add(row.id, (row.title, row.body))
    finder.finish()
    built = time.process_time() - start
    weights = weights_now(session)
    right, wrong, times = [], [], []
    for case in cases:
        start = time.process_time()
        made = fingerprint(case.title, case.body)
        letter = Compared(made.pairs, weights)
        kept = kept_pairs(session, finder.candidates((case.title, case.body)))
        shares = {one: letter.agreement(from_bytes(pairs)).contained for one, pairs in kept.items()}
        best = sorted((one for one in shares if shares[one] >= SAME_LETTER), key=shares.__getitem__, reverse=True)
        times.append((time.process_time() - start) * 1000)
        if case.source:
            right.append(case.source in [numbers.get(one) for one in best[:SHOWN]])
        else:
            wrong.append(bool(best))
    return {
        "recall_at_5": statistics.mean(right),
        "false_alarms": statistics.mean(wrong),
        "cpu_ms_p50_p95": p50_p95(times),
        "build_cpu_s": built,
    }


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--petitions", type=int, default=20_000)
    parser.add_argument("--no-floors", action="store_true", help="leave out what it is measured against")
    add_arguments(parser)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with opened_stores(chosen.database, chosen.folder, chosen.postgresql_folder) as stores:
        store = stores.kept(chosen.petitions)
        figures = run(store, chosen.petitions, floors=not chosen.no_floors)
    print(json.dumps(figures, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
