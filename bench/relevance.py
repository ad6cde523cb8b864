"""How well search finds: recall and rank over queries of many kinds, beside three engines as they come.

    python -m bench.relevance                    # all engines, all kinds
    python -m bench.relevance --only ours --half tuning --misses

*recall@10* is what was found of the relevant petitions among the first ten, of ten at most; *MRR* one by the place of
the first relevant one. Half of the queries are held out by a fixed rule (a hash of the text): nothing may be tuned on
them, and the aims are those of that half.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.relevance_corpus import DOCUMENTS, corpus
from bench.relevance_engines import (
    TOP,
    Ask,
    NotHere,
    fts5,
    numbered,
    ours,
    ours_on_postgresql,
    postgresql_unaccent,
    prepared,
    whoosh_standard,
)  # fmt: skip
from bench.relevance_queries import KINDS, Query, queries
from bench.stores import POSTGRESQL_FOLDER, Store

HALVES = ("held out", "tuning", "all")


@dataclass(frozen=True, slots=True)
class Figure:
    """Means over some queries."""

    queries: int
    recall: float
    mrr: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine gave for a query, and how good it was."""

    query: Query
    found: tuple[int, ...]
    milliseconds: float

    @property
    def recall(self) -> float:
        """Relevant ones found in the first ten, of ten at most."""
        return len(self.query.relevant.intersection(self.found)) / min(TOP, len(self.query.relevant))

    @property
    def rank(self) -> float:
        """One by the place of the first relevant one; 0 without any."""
        return next((1 / place for place, n in enumerate(self.found, 1) if n in self.query.relevant), 0.0)


def answered(ask: Ask, asked: Sequence[Query]) -> list[Answer]:
    """Ask everything once."""
    answers = []
    for query in asked:
        started = time.process_time()
        found = ask(query.typed)
        answers.append(Answer(query, tuple(found[:TOP]), 1000 * (time.process_time() - started)))
    return answers


def figure(answers: Sequence[Answer]) -> Figure:
    """Recall and rank, in the mean."""
    count = len(answers) or 1
    recall, rank = (sum(values) / count for values in zip(*((one.recall, one.rank) for one in answers), strict=True))
    return Figure(len(answers), round(recall, 3), round(rank, 3))


def _of(answers: Sequence[Answer], half: str) -> list[Answer]:
    return [one for one in answers if half == "all" or one.query.held_out == (half == "held out")]


def by_kind(answers: Sequence[Answer]) -> dict[str, Figure]:
    """A figure for each kind, and over all."""
    found = {kind: [one for one in answers if one.query.kind == kind] for kind in KINDS}
    return {kind: figure(some) for kind, some in found.items() if some} | {"all": figure(answers)}


def table(figures: Mapping[str, Mapping[str, Figure]]) -> str:
    """Kinds down, engines across, as Markdown: recall@10 / MRR."""
    lines = [f"| kind | queries |{''.join(f' {name} |' for name in figures)}", f"|---|---:|{'---|' * len(figures)}"]
    first = next(iter(figures.values()))
    for kind, known in first.items():
        cells = "".join(f" {some[kind].recall:.2f} / {some[kind].mrr:.2f} |" for some in figures.values())
        lines.append(f"| {kind} | {known.queries} |{cells}")
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, and write the JSON where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("instance/bench-relevance"), help="data of the program")
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--only", choices=("ours", "others"), help="one side only")
    parser.add_argument("--postgresql", action="store_true", help="ours on a real PostgreSQL, too")
    parser.add_argument("--half", choices=HALVES, default="held out", help="of which queries to print")
    parser.add_argument("--kind", choices=tuple(KINDS), help="of one kind only")
    parser.add_argument("--misses", action="store_true", help="print queries of the tuning half that fell short")
    parser.add_argument("--json", type=Path, help="write all figures here")
    chosen = parser.parse_args(words)
    made = corpus(chosen.documents)
    store = prepared(Store(chosen.folder), made)
    made = numbered(store, made)
    asked = [query for query in queries(made) if chosen.kind in (None, query.kind)]
    engines: dict[str, AbstractContextManager[Ask]] = {}
    if chosen.only != "ours":
        engines |= {"Whoosh StandardAnalyzer": whoosh_standard(made), "FTS5 unicode61": fts5(made),
                    "PostgreSQL simple+unaccent": postgresql_unaccent(made)}  # fmt: skip
    if chosen.only != "others":
        engines["ours on Whoosh"] = ours(store)
        if chosen.postgresql:
            beside = chosen.folder.with_name(chosen.folder.name + "-postgresql")
            engines["ours on PostgreSQL"] = ours_on_postgresql(beside, made, POSTGRESQL_FOLDER)
    answers: dict[str, list[Answer]] = {}
    for name, engine in engines.items():
        try:
            with engine as ask:
                answers[name] = answered(ask, asked)
        except NotHere as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    print(f"{chosen.documents} petitions, {len(asked)} queries; recall@10 / MRR, {chosen.half}:\n")
    print(table({name: by_kind(_of(some, chosen.half)) for name, some in answers.items()}))
    if chosen.misses:
        for one in _of(answers["ours on Whoosh"], "tuning"):
            if one.recall < 1 or one.rank < 1:
                print(f"{one.query.kind}: {one.query.typed!r} recall {one.recall:.2f} MRR {one.rank:.2f}")
    if chosen.json:
        chosen.json.write_text(json.dumps(_as_json(answers), ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def _as_json(answers: Mapping[str, Sequence[Answer]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, some in answers.items():
        times = sorted(one.milliseconds for one in some)
        halves = {half: by_kind(_of(some, half)) for half in HALVES}
        found[name] = {
            "halves": {
                half: {
                    kind: {"queries": one.queries, "recall@10": one.recall, "MRR": one.mrr}
                    for kind, one in kinds.items()
                }
                for half, kinds in halves.items()
            },
            "client CPU ms, median": round(times[len(times) // 2], 1),
        }
    return found


if __name__ == "__main__":
    raise SystemExit(main())
