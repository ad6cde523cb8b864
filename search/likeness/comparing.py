"""How much two letters have in common, by the weight of the pairs of words that both have. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from search.likeness.thresholds import LEAST_SHARED
from search.likeness.weights import Weights


class Agreement(NamedTuple):
    """``of_this``, ``of_other``: the share of either letter's weight that both have; ``shared``: that weight."""

    of_this: float
    of_other: float
    shared: float

    @property
    def contained(self) -> float:
        """The share of that letter of which more stands in the other; 0 where too little agrees to say anything."""
        return max(self.of_this, self.of_other) if self.shared >= LEAST_SHARED else 0.0

    @property
    def mutual(self) -> float:
        """The share of that letter of which less stands in the other; 0 where too little agrees to say anything."""
        return min(self.of_this, self.of_other) if self.shared >= LEAST_SHARED else 0.0


NOTHING = Agreement(0.0, 0.0, 0.0)


class Letter:
    """One letter, ready to be compared with many."""

    def __init__(self, pairs: Sequence[int], weights: Weights) -> None:
        self._weights = weights
        self._weight_of = dict(zip(pairs, weights.of(pairs), strict=True))
        self._total = sum(self._weight_of.values())

    def agreement(self, other: Iterable[int]) -> Agreement:
        """How much of this letter stands in ``other`` (pairs, none twice), and of it in this."""
        theirs = set(other)
        common = self._weight_of.keys() & theirs
        if not common or not self._total:
            return NOTHING
        shared = sum(map(self._weight_of.__getitem__, common))
        if shared <= 0:
            return NOTHING
        alone = sum(self._weights.of(theirs - common))
        return Agreement(min(1.0, shared / self._total), min(1.0, shared / (shared + alone)), shared)
