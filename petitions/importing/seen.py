"""Which keys a file has shown so far: eight bytes a key, so that a million of them fit into a few megabytes."""

from array import array
from hashlib import blake2b

_FIRST_SIZE = 1 << 12


class SeenKeys:
    """Counts how often each key has come. Keys are told apart by a 64-bit hash."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SIZE))
        self._used = 0
        self._again: dict[int, int] = {}

    def add(self, key: str) -> int:
        """Note ``key``; return how many times it had come before."""
        mark = int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) or 1
        if self._place(self._slots, mark):
            self._used += 1
            if self._used * 3 > len(self._slots) * 2:
                self._grow()
            return 0
        times = self._again.get(mark, 0) + 1
        self._again[mark] = times
        return times

    @staticmethod
    def _place(slots: "array[int]", mark: int) -> bool:
        """Put ``mark`` into its slot; False when it is there already."""
        mask = len(slots) - 1
        at = mark & mask
        while slots[at]:
            if slots[at] == mark:
                return False
            at = (at + 1) & mask
        slots[at] = mark
        return True

    def _grow(self) -> None:
        larger = array("Q", bytes(16 * len(self._slots)))
        for mark in self._slots:
            if mark:
                self._place(larger, mark)
        self._slots = larger
