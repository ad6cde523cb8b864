"""Search at size: CPU per query over N made-up petitions, beside bare SQLite FTS5 over the same text in the same run.

    python bench/search_bench.py [--documents 20000] [--seed 1] [--queries 30] [--json]

The engine is measured alone (analysis of the query, matching, exact count, order of the first 60 candidates), without
the database's re-rank and the page. "cold" asks each query for the first time in a process that has just opened the
index; "warm" asks it again. The floor is a contentless FTS5 table of the same text with its marks folded: a phrase
query ordered by bm25, first 20, and a second query for the count. Ratios travel between machines; times do not.
"""

import argparse
import json
import random
import resource
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.text import fold, nfc
from search.analysis import document_terms
from search.engines import Document
from search.engines.whoosh_engine import WhooshEngine
from search.matching import Matches
from search.parsing import parse

BATCH = 2_000
CANDIDATES = 60
# How often each kind of query matches, as a share of all documents.
KINDS = {"rare": 0.0004, "medium": 0.01, "common": 0.25, "common phrase of 3": 0.25}

_ONSETS = "b c ch d đ g gi h k kh l m n nh ng ph qu r s t th tr v x".split()
_RIMES = "a an ang anh ao âm ân âu ăn ăng e en êu ê i in inh iên iêu o oan ong ô ôi ông ơ u un ung ưa ươn ương".split()
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_SENTENCES = (
    "Kính gửi Ủy ban nhân dân phường, tôi tên là {name}, trú tại số {house} đường {street}.",
    "Gia đình tôi sử dụng thửa đất này ổn định từ năm {year}, nay phát sinh {trouble}.",
    "Tôi đã gửi đơn ngày {day}/{month}/{year} nhưng chưa được trả lời.",
    "Đề nghị cơ quan có thẩm quyền xem xét, giải quyết theo quy định của pháp luật.",
)
_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ")


class Corpus:
    """Made-up petitions: about 140 words each, words after Zipf's law, the same for the same seed."""

    def __init__(self, documents: int, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - made-up text
        self._documents = documents
        syllables = [nfc(onset + rime[0] + tone + rime[1:]) for onset in _ONSETS for rime in _RIMES for tone in _TONES]
        self._dice.shuffle(syllables)
        self._words = [" ".join(self._dice.choices(syllables[:4000], k=2)) for _ in range(25_000)]
        self._up_to = list(accumulate(1 / (rank + 8) for rank in range(len(self._words))))
        phrases = [" ".join(self._dice.sample(syllables[4000:], 3)) for _ in range(40)]
        self.common_phrases = phrases
        self.count: Counter[str] = Counter()

    def __iter__(self) -> Iterator[tuple[int, str, str, str, str]]:
        """Id, title, body, phone number, identity number."""
        dice = random.Random(self._dice.random())  # noqa: S311 - made-up text
        for number in range(1, self._documents + 1):
            words = dice.choices(self._words, cum_weights=self._up_to, k=52)
            extra = [phrase for phrase in self.common_phrases if dice.random() < KINDS["common phrase of 3"]]
            self.count.update(set(words) | set(extra))
            name = f"{dice.choice(_NAMES)} {words[3].title()}"
            lines = [
                sentence.format(
                    name=name, house=f"{dice.randint(1, 300)}/{dice.randint(1, 90)}", street=words[4].title(),
                    year=dice.randint(1985, 2026), trouble=words[5], day=dice.randint(1, 28), month=dice.randint(1, 12),
                )
                for sentence in _SENTENCES
            ]  # fmt: skip
            lines.insert(2, " ".join(words[:26]) + ".")
            lines.insert(4, " ".join(words[26:] + extra) + ".")
            title = f"{dice.choice(('Khiếu nại', 'Phản ánh', 'Kiến nghị'))} về {words[0]} {words[1]}"
            phone, identity = f"09{dice.randint(0, 99_999_999):08d}", f"001{dice.randint(0, 999_999_999):09d}"
            yield number, title, f"{name}\n" + "\n".join(lines), phone, identity

    def queries(self, kind: str, wanted: int) -> list[str]:
        """Texts that match about as often as ``kind`` says, the nearest first."""
        target = KINDS[kind] * self._documents
        pool = self.common_phrases if kind == "common phrase of 3" else [w for w in self.count if w.count(" ") == 1]
        return sorted(pool, key=lambda text: abs(self.count[text] - target))[:wanted]


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
    batch: list[tuple[int, str, str, str, str]] = []

    def index_batch() -> None:
        builder.append(
            Document(number, 1, document_terms(
                head=[title], body=body.split("\n"), codes=[f"DT-2026-{number:06d}-K"], numbers=[phone, identity],
            ))
            for number, title, body, phone, identity in batch
        )  # fmt: skip
        builder.tidy()

    def floor_batch() -> None:
        floor.executemany(
            "INSERT INTO floor (rowid, text) VALUES (?, ?)",
            [(number, fold(f"{title}\n{body}\n{phone} {identity}")) for number, title, body, phone, identity in batch],
        )
        floor.commit()

    for row in corpus:
        batch.append(row)
        if len(batch) == BATCH or row[0] == documents:
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
            ask = _asker(snapshot.segments, f'"{text}"' if kind == "rare" else text)
            cold.append(cpu(ask))
            warm.append(cpu(ask))
            plain.append(cpu(_floor_asker(floor, text)))
            hits.append(ask())
        results[kind] = {
            "matches": statistics.median(hits),
            "cold_ms": p50_p95(cold), "warm_ms": p50_p95(warm), "floor_ms": p50_p95(plain),
            "ratio_cold": p50_p95(cold)[0] / p50_p95(plain)[0], "ratio_warm": p50_p95(warm)[0] / p50_p95(plain)[0],
        }  # fmt: skip
    appended = [cpu(lambda at=at: _append_one(engine, documents + at)) for at in range(1, 31)]
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


def _asker(segments: tuple[object, ...], text: str) -> Callable[[], int]:
    def ask() -> int:
        matches = Matches(parse(text), segments)  # type: ignore[arg-type]
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
