"""What the program's way of finding earlier letters is measured against: two other ways to find candidates.

Both hand as many candidates to the same comparison as the program does, so that only the finding differs.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from search.analysis import prepare
from search.likeness.phrases import plain_words, runs_between
from search.likeness.thresholds import COMPARED, LEAST_PAIRS

RAREST = 20
HASHES = 64
ROWS_A_BAND = 2
_MASK = (1 << 48) - 1
_MIXER = 0x9E3779B97F4B


class Finder(Protocol):
    """A way to find petitions that are worth a comparison."""

    def add(self, petition_id: int, texts: Sequence[str]) -> None:
        """Take a letter of the backlog."""
        ...

    def finish(self) -> None:
        """All are in."""
        ...

    def candidates(self, texts: Sequence[str]) -> list[int]:
        """The petitions most worth a comparison."""
        ...


def _pairs(texts: Sequence[str]) -> list[str]:
    return [
        f"{first}_{second}"
        for text in texts
        for run in runs_between(plain_words(prepare(text)))
        for first, second in pairwise(run)
    ]


class RarestPairs:
    """A contentless FTS5 index of pairs of words, asked for the rarest ones of a letter, ordered by bm25."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file)
        self._database.execute(
            "CREATE VIRTUAL TABLE letter USING fts5(pairs, content='', tokenize=\"unicode61 tokenchars '_'\")"
        )
        self._database.execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab(letter, row)")

    def add(self, petition_id: int, texts: Sequence[str]) -> None:
        """Take a letter of the backlog."""
        self._database.execute(
            "INSERT INTO letter (rowid, pairs) VALUES (?, ?)", (petition_id, " ".join(_pairs(texts)))
        )

    def finish(self) -> None:
        """All are in."""
        self._database.commit()

    def candidates(self, texts: Sequence[str]) -> list[int]:
        """The petitions most worth a comparison."""
        pairs = list(dict.fromkeys(_pairs(texts)))
        if len(pairs) < LEAST_PAIRS:
            return []
        places = ", ".join("?" * len(pairs))
        known = dict(
            self._database.execute(f"SELECT term, doc FROM vocabulary WHERE term IN ({places})", pairs)  # noqa: S608
        )
        rarest = sorted(known, key=known.__getitem__)[:RAREST]
        if not rarest:
            return []
        asked = " OR ".join(f'"{pair}"' for pair in rarest)
        rows = self._database.execute(
            "SELECT rowid FROM letter WHERE letter MATCH ? ORDER BY rank LIMIT ?", (asked, COMPARED)
        )
        return [petition_id for (petition_id,) in rows]


class Bands:
    """MinHash of the whole letter (one permutation, 64 bins) in bands of two, in a table: the usual way."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file)
        self._database.execute(
            "CREATE TABLE band (value INTEGER, petition_id INTEGER, PRIMARY KEY (value, petition_id)) WITHOUT ROWID"
        )

    def add(self, petition_id: int, texts: Sequence[str]) -> None:
        """Take a letter of the backlog."""
        rows = [(value, petition_id) for value in _bands(_pairs(texts))]
        self._database.executemany("INSERT OR IGNORE INTO band VALUES (?, ?)", rows)

    def finish(self) -> None:
        """All are in."""
        self._database.commit()

    def candidates(self, texts: Sequence[str]) -> list[int]:
        """The petitions most worth a comparison."""
        values = _bands(_pairs(texts))
        places = ", ".join("?" * len(values))
        rows = self._database.execute(f"SELECT petition_id FROM band WHERE value IN ({places})", values)  # noqa: S608
        return [petition_id for petition_id, _count in Counter(one for (one,) in rows).most_common(COMPARED)]


def _bands(pairs: Iterable[str]) -> list[int]:
    lowest: dict[int, int] = {}
    for first, second in pairwise(pairs):
        value = (hash((first, second)) * _MIXER) & _MASK
        place, rest = value % HASHES, value // HASHES
        lowest[place] = min(rest, lowest.get(place, rest))
    values = [lowest.get(place, place) for place in range(HASHES)]
    bands = [values[at : at + ROWS_A_BAND] for at in range(0, HASHES, ROWS_A_BAND)]
    return [hash((at, *band)) >> 16 for at, band in enumerate(bands) if any(band)]
