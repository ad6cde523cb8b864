"""How much a pair of words tells: the rarer it is in the backlog, the more. Pure.

Counts are kept in cells, each shared by the pairs whose hashes agree, so that they have one size at any backlog: of
100,000 letters some sixty fall on a cell by chance, which makes only the difference between rare and very rare unsure.
"""

from array import array
from collections.abc import Iterable
from math import log

CELLS = 1 << 18
_MASK = CELLS - 1


class Weights:
    """In how many of ``letters`` letters each pair stands, and what follows from it."""

    def __init__(self, letters: int = 0, counts: bytes = b"") -> None:
        self.letters = letters
        self._counts = array("I")
        self._counts.frombytes(counts or bytes(CELLS * self._counts.itemsize))
        self._by_count: dict[int, float] = {}

    def add(self, pairs: Iterable[int]) -> None:
        """Count one more letter."""
        counts = self._counts
        for pair in pairs:
            counts[pair & _MASK] += 1
        self.letters += 1
        self._by_count = {}

    def stored(self) -> bytes:
        """The counts as they are kept."""
        return self._counts.tobytes()

    def of(self, pairs: Iterable[int]) -> list[float]:
        """The weight of each of ``pairs``: 1 for one that stands nowhere else, 0 for one that stands everywhere."""
        counts, known = self._counts, self._by_count
        found = []
        for pair in pairs:
            count = counts[pair & _MASK]
            weight = known.get(count)
            if weight is None:
                weight = known[count] = self._weight(count)
            found.append(weight)
        return found

    def _weight(self, count: int) -> float:
        # A new office knows little of what is common; with few letters a pair must be very frequent to count for less.
        letters = self.letters + 20
        return (max(0.0, log(letters / (count + 1))) / log(letters)) ** 2
