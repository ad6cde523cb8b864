"""Search at size: CPU per query over N made-up petitions, beside bare SQLite FTS5 over the same text in the same run.

    .venv/bin/python -m bench.search_engine [--documents 20000] [--seed 1] [--queries 30] [--json]

The engine is measured alone (analysis of the query, matching, exact count, order of the first 60 candidates), without
the database's re-rank and the page. "cold" asks each query for the first time in a process that has just opened the
index; "warm" asks it again. The floor is a contentless FTS5 table of the same text with its marks folded: a phrase
query ordered by bm25, first 20, and a second query for the count. Ratios travel between machines; times do not.
"""

import argparse
import json
import resource
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.corpus import KINDS, Corpus, Text
from core.text import fold
from search.analysis import document_terms
from search.engines import Document, Snapshot
from search.engines.whoosh_engine import WhooshEngine
from search.ground import Ground
from search.matching import Matches
from search.parsing import parse

BATCH = 2_000
CANDIDATES = 60


def cpu(work: Callable[[], object]) -> float:
    """CPU milliseconds that ``work`` takes."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def p50_p95(times: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def run(documents: int, seed: int, wanted: int) -> dict[str, object]:
    """Build both indexes, ask both the same, and return the figures."""
    folder = Path(tempfile.mkdtemp(prefix="search-bench-"))
    try:
        return _run(folder, documents, seed, wanted)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path, documents: int, seed: int, wanted: int) -> dict[str, object]:
    corpus = Corpus(documents, seed)
    engine = WhooshEngine(folder / "index", b"bench")
    floor = sqlite3.connect(folder / "floor.sqlite3")
    floor.execute("CREATE VIRTUAL TABLE floor USING fts5(text, content='', tokenize='unicode61')")
    builder = engine.start_rebuild()
    times = {"engine": 0.0, "floor": 0.0}
    batch: list[Text] = []

    def index_batch() -> None:
        made = (
            Document(text.number, 1, document_terms(
                head=[text.title, text.name], body=text.body.split("\n"), codes=[f"DT-2026-{text.number:06d}-K"],
                numbers=[text.phone, text.identity],
            ))
            for text in batch
        )  # fmt: skip
        builder.append(made, resume_after=batch[-1].number)
        builder.tidy()

    def floor_batch() -> None:
        floor.executemany(
            "INSERT INTO floor (rowid, text) VALUES (?, ?)",
            [
                (text.number, fold(f"{text.title}\n{text.name}\n{text.body}\n{text.phone} {text.identity}"))
                for text in batch
            ],
        )
        floor.commit()

    for row in corpus:
        batch.append(row)
        if len(batch) == BATCH or row.number == documents:
            times["engine"] += cpu(index_batch)
            times["floor"] += cpu(floor_batch)
            batch.clear()
    with engine.exclusive():
        builder.publish()

    reader = WhooshEngine(folder / "index", b"bench")
    opening = cpu(reader.snapshot)
    snapshot = reader.snapshot()
    results: dict[str, object] = {}
    for kind in KINDS:
        cold, warm, plain, hits = [], [], [], []
        for text in corpus.queries(kind, wanted):
            # Typed in quotation marks, a rare phrase is rare although its two words are not.
            ask = _asker(snapshot, f'"{text}"' if kind == "rare" else text)
            cold.append(cpu(ask))
            warm.append(cpu(ask))
            plain.append(cpu(_floor_asker(floor, text)))
            hits.append(ask())
        results[kind] = {
            "matches": statistics.median(hits),
            "cold_ms": p50_p95(cold), "warm_ms": p50_p95(warm), "floor_ms": p50_p95(plain),
            "ratio_cold": p50_p95(cold)[0] / p50_p95(plain)[0], "ratio_warm": p50_p95(warm)[0] / p50_p95(plain)[0],
        }  # fmt: skip
    appended = [cpu(partial(_append_one, engine, documents + at)) for at in range(1, 31)]
    status = engine.status()
    return {
        "documents": documents,
        "build_documents_per_cpu_second": documents / times["engine"] * 1000,
        "floor_build_documents_per_cpu_second": documents / times["floor"] * 1000,
        "kilobytes_per_document": status.kilobytes / documents,
        "floor_kilobytes_per_document": (folder / "floor.sqlite3").stat().st_size / 1024 / documents,
        "segments": status.segments,
        "open_ms": opening,
        "append_one_ms": p50_p95(appended),
        "queries": results,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _asker(snapshot: Snapshot, text: str) -> Callable[[], int]:
    def ask() -> int:
        matches = Matches(parse(text), Ground(snapshot))
        matches.best(CANDIDATES)
        return matches.total

    return ask


def _floor_asker(floor: sqlite3.Connection, text: str) -> Callable[[], object]:
    phrase = '"' + fold(text) + '"'

    def ask() -> object:
        floor.execute("SELECT rowid FROM floor WHERE floor MATCH ? ORDER BY rank LIMIT 20", (phrase,)).fetchall()
        return floor.execute("SELECT count(*) FROM floor WHERE floor MATCH ?", (phrase,)).fetchone()

    return ask


def _append_one(engine: WhooshEngine, number: int) -> None:
    terms = document_terms(head=["Khiếu nại về đất đai"], body=["Một đơn mới " * 20], codes=[f"DT-2026-{number:06d}-K"])
    with engine.exclusive():
        engine.append([Document(number, 1, terms)])


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--queries", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    figures = run(chosen.documents, chosen.seed, chosen.queries)
    if chosen.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        if isinstance(value, dict):
            for kind, row in value.items():
                print(
                    f"{kind:20} {row['matches']:>8.0f} matches   "
                    f"cold {row['cold_ms'][0]:6.2f} / {row['cold_ms'][1]:6.2f}   "
                    f"warm {row['warm_ms'][0]:6.2f} / {row['warm_ms'][1]:6.2f}   "
                    f"FTS5 {row['floor_ms'][0]:6.2f} / {row['floor_ms'][1]:6.2f} ms   "
                    f"ratio {row['ratio_cold']:.2f} cold, {row['ratio_warm']:.2f} warm"
                )
        else:
            print(f"{name:40} {value}")


if __name__ == "__main__":
    main()
