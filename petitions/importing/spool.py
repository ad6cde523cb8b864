"""Prepared petitions on their way to the database: kept in a file without a name, in batches.

The file never has a directory entry, so that nothing of it is left behind, whatever happens to the process.
"""

import pickle
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType

from petitions.importing.preparing import Prepared


class Spool:
    """A queue on disk; written first, then read once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._open_batch: list[Prepared] = []
        self.count = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, petition: Prepared, *, batch: int) -> None:
        """Put ``petition`` at the end; ``batch`` of them are written at once."""
        self._open_batch.append(petition)
        self.count += 1
        if len(self._open_batch) >= batch:
            self._flush()

    def empty(self) -> None:
        """Forget everything."""
        self._open_batch = []
        self.count = 0
        self._file.seek(0)
        self._file.truncate()

    def batches(self) -> Iterator[list[Prepared]]:
        """What was put in, batch by batch, in order."""
        self._flush()
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)  # noqa: S301 - written by us a moment ago; nobody else can open the file
            except EOFError:
                return

    def _flush(self) -> None:
        if self._open_batch:
            pickle.dump(self._open_batch, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._open_batch = []
