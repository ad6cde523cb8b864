"""The search index kept by Whoosh: append-only segments of document sets, one writer, any number of readers.

Below the root folder lies one folder per index, and the file ``current`` names the one in use. A commit adds one
segment and one table of contents; no file is ever changed. A petition indexed again gets a new document, and its old
one is marked superseded in the table of contents. A rebuild fills a new folder and then replaces ``current``. A reader
opens what the table of contents names and is not disturbed by anything that is written later.
"""

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from search.engines import Document, EngineStatus, IndexBusy, IndexState, IndexUnavailable
from search.engines.index_folder import IndexFolder, write_file
from search.engines.segment_view import BitsetCache, SegmentedSnapshot

CACHE_BYTES = 64 * 1024 * 1024
# Searching slows down a little with every segment.
MANY_SEGMENTS = 48
_TRIES = 5
_BEING_BUILT = "rebuilding"
_NAME = re.compile(r"index-[0-9a-f]{12}")


class WhooshEngine:
    """The index below ``root``, signed with a key made from the installation's ``secret``."""

    def __init__(self, root: Path, secret: bytes) -> None:
        self._root = root
        self._key = hmac.new(secret, b"search index", hashlib.sha256).digest()
        self._cache = BitsetCache(CACHE_BYTES)
        self._lock = threading.Lock()
        self._folder: IndexFolder | None = None
        self._writing = False

    def snapshot(self) -> SegmentedSnapshot:
        """The newest committed state. Raises ``IndexUnavailable``."""
        for _ in range(_TRIES):
            folder = self._current()
            try:
                return folder.snapshot()
            except FileNotFoundError:  # a commit or a rebuild removed what was about to be opened
                continue
        if not folder.path.is_dir():
            raise IndexUnavailable(IndexState.MISSING)
        raise IndexUnavailable(IndexState.DAMAGED, "files named by the table of contents are absent")

    def status(self) -> EngineStatus:
        """Figures; never raises."""
        try:
            snapshot = self.snapshot()
            kilobytes = self._current().kilobytes()
        except IndexUnavailable as error:
            return EngineStatus(error.state, detail=str(error))
        live = snapshot.held.bit_count()
        return EngineStatus(
            IndexState.READY,
            documents=live,
            superseded=snapshot.documents - live,
            segments=snapshot.segments,
            kilobytes=kilobytes,
            generation=snapshot.generation,
            complete=snapshot.complete,
            resume_after=snapshot.resume_after,
        )

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the right to write. Raises ``IndexBusy`` at once when another process or thread has it."""
        with _file_lock(self._made_root() / "writer.lock"):
            self._writing = True
            try:
                yield
            finally:
                self._writing = False

    def append(
        self, documents: Iterable[Document], *, remove: Iterable[int] = (), resume_after: int | None = None
    ) -> None:
        """Add or replace ``documents`` and forget the ids ``remove``: one commit, on disk when it returns.

        ``resume_after`` records how far a refill came; -1 says that it is complete. Where a document has become
        sealed, the next ``tidy`` removes its former terms from the disk too. Needs ``exclusive``. Raises
        ``IndexUnavailable``.
        """
        folder = self._writable()
        folder.append(documents, remove)
        if resume_after is not None:
            folder.set_position(resume_after)

    def start_empty(self) -> None:
        """Replace an index that cannot be read by an empty one, marked as being refilled. Needs ``exclusive``."""
        self._need_exclusive()
        folder = self._new_folder()
        folder.set_position(0)
        self._point_to(folder)

    def start_rebuild(self, *, afresh: bool = False) -> "WhooshBuilder":
        """Begin a new index beside the present one, or go on with one that was broken off unless ``afresh``.

        Raises ``IndexBusy`` when another rebuild runs.
        """
        lock = _file_lock(self._made_root() / "rebuild.lock")
        lock.__enter__()
        try:
            left_over = [path.parent for path in self._root.glob(f"index-*/{_BEING_BUILT}")]
            folder = None if afresh or len(left_over) != 1 else self._taken_up(left_over[0])
            if folder is None:
                for path in left_over:  # the lock is ours: nobody fills these now
                    shutil.rmtree(path, ignore_errors=True)
                folder = self._new_folder()
                (folder.path / _BEING_BUILT).touch()
        except BaseException:
            lock.__exit__(None, None, None)
            raise
        return WhooshBuilder(folder, self._publish, lock)

    def _taken_up(self, path: Path) -> IndexFolder | None:
        folder = IndexFolder(path, self._key, BitsetCache(CACHE_BYTES))
        try:
            folder.snapshot()
        except (IndexUnavailable, OSError):
            return None
        return folder

    def tidy(self, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Merge small segments if there are many. True when something was merged. Needs ``exclusive``."""
        return self._writable().merge(interrupted)

    def is_crowded(self) -> bool:
        """Whether there are so many segments that merging must not wait for a quiet moment."""
        return self.snapshot().segments >= MANY_SEGMENTS

    def _current(self) -> IndexFolder:
        try:
            name = (self._root / "current").read_text(encoding="ascii").strip()
        except (FileNotFoundError, NotADirectoryError):
            raise IndexUnavailable(IndexState.MISSING) from None
        except (OSError, ValueError) as error:
            raise IndexUnavailable(IndexState.DAMAGED, str(error)) from error
        if not _NAME.fullmatch(name):
            raise IndexUnavailable(IndexState.MISSING, "the pointer names no index")
        with self._lock:
            if self._folder is None or self._folder.path.name != name:
                self._folder = IndexFolder(self._root / name, self._key, self._cache)
            return self._folder

    def _writable(self) -> IndexFolder:
        self._need_exclusive()
        self.snapshot()  # never add to what cannot be read
        return self._current()

    def _need_exclusive(self) -> None:
        if not self._writing:
            raise RuntimeError("the index is written inside exclusive() only")

    def _made_root(self) -> Path:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._root

    def _new_folder(self) -> IndexFolder:
        # A cache of its own: filling a new index must not push out what readers of the present one use.
        folder = IndexFolder(self._made_root() / f"index-{secrets.token_hex(6)}", self._key, BitsetCache(CACHE_BYTES))
        folder.create()
        return folder

    def _publish(self, folder: IndexFolder) -> None:
        self._need_exclusive()
        folder.set_position(-1)
        (folder.path / _BEING_BUILT).unlink()
        self._point_to(folder)

    def _point_to(self, folder: IndexFolder) -> None:
        write_file(self._root / "current", folder.path.name + "\n")
        for other in self._root.glob("index-*"):
            if other != folder.path and not (other / _BEING_BUILT).exists():
                # Renamed first: whoever is just opening it must find nothing rather than half of it.
                other.rename(other.with_name(f"gone-{other.name}"))
        for gone in self._root.glob("gone-*"):
            shutil.rmtree(gone, ignore_errors=True)


class WhooshBuilder:
    """A new index being filled beside the present one."""

    def __init__(
        self, folder: IndexFolder, publish: Callable[[IndexFolder], None], lock: AbstractContextManager[None]
    ) -> None:
        self._folder = folder
        self._publish = publish
        self._lock = lock

    @property
    def resume_after(self) -> int:
        """The last id that it has: above 0 where an earlier filling was broken off and goes on."""
        return self._folder.snapshot().resume_after

    def append(self, documents: Iterable[Document], *, resume_after: int) -> None:
        """Add documents and note how far the filling came, durable on return."""
        self._folder.snapshot()
        self._folder.append(documents, ())
        self._folder.set_position(resume_after)

    def tidy(self) -> None:
        """Merge what is worth merging."""
        while self._folder.merge(lambda: False):
            self._folder.snapshot()

    def snapshot(self) -> SegmentedSnapshot:
        """What it holds so far."""
        return self._folder.snapshot()

    def publish(self) -> None:
        """Make it the index that is searched, at once and whole; the former one is removed. Needs ``exclusive``."""
        self._publish(self._folder)
        self._lock.__exit__(None, None, None)

    def leave(self) -> None:
        """Let go of it; the next rebuild goes on from here."""
        self._lock.__exit__(None, None, None)


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexBusy(path.name) from None
        yield
    finally:
        os.close(handle)
