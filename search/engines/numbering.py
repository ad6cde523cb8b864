"""From the document numbers of a segment to the ids of petitions, for whole sets at once."""

from collections.abc import Sequence

from search.engines import bits

# A segment of petitions that follow one another has one run, and a set is translated by shifting it. Beyond so many
# runs it is quicker to translate member by member.
_MOST_RUNS = 64
_CLOSE = 64


class Numbering:
    """The numbers 0, 1, 2 … stand for ``ids``, which rise. Sets of ids are told less the ``first``.

    ``is_close``: a set of ids is not much longer than a set of numbers.
    """

    def __init__(self, ids: Sequence[int]) -> None:
        self.first = ids[0] if ids else 0
        self._ids = ids
        self._span = ids[-1] - self.first + 1 if ids else 0
        self.is_close = self._span <= _CLOSE * len(ids)
        self._runs = _runs(ids, self._span)

    def to_ids(self, numbers: int) -> int:
        """The set of ids for a set of numbers."""
        if self._runs is None:
            return self._member_by_member(numbers)
        if len(self._runs) <= 1:
            return numbers
        found = 0
        for number, offset, mask in self._runs:
            found |= (numbers >> number & mask) << offset
        return found

    def _member_by_member(self, numbers: int) -> int:
        ids, first = self._ids, self.first
        return bits.of((ids[at] - first for at in bits.members(numbers)), self._span)


def _runs(ids: Sequence[int], span: int) -> list[tuple[int, int, int]] | None:
    """First number, its distance from the first id, and a mask as long as the run; None where there are too many."""
    if span == len(ids):
        return []
    starts = [0]
    for at in range(1, len(ids)):
        if ids[at] != ids[at - 1] + 1:
            starts.append(at)
            if len(starts) > _MOST_RUNS:
                return None
    ends = [*starts[1:], len(ids)]
    return [
        (start, ids[start] - ids[0], (1 << end - start) - 1) for start, end in zip(starts, ends, strict=True)
    ]  # fmt: skip
