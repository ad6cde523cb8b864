"""The search index kept by Whoosh: append-only segments of document sets, one writer, any number of readers.

Below the root folder lies one folder per index, and the file ``current`` names the one in use. A commit adds one
segment and one table of contents; no file is ever changed. A petition indexed again gets a new document, and its old
one is marked superseded in the table of contents. A rebuild fills a new folder and then replaces ``current``. A reader
opens what the table of contents names and is not disturbed by anything that is written later.
"""

import fcntl
import hashlib
import hmac
import logging
import os
import secrets
import shutil
import struct
import sys
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from whoosh import fields, formats
from whoosh.index import TOC, FileIndex, IndexError as WhooshIndexError

from search.analysis import ANALYSIS_VERSION, MARKS_FOLLOW
from search.engines import (
    CODES, HEAD_PAIRS, HEAD_WORDS, PAIRS, WORDS, Document, EngineStatus, IndexBusy, IndexState, IndexUnavailable,
    Snapshot, bits,
)  # fmt: skip
from search.engines.bitmap_codec import DamagedSegment, SegmentData
from search.engines.segment_writer import Interrupted, SetWriter, worth_merging
from search.engines.signed_storage import ForeignFile, SignedStorage, flush

log = logging.getLogger(__name__)

FORMAT_VERSION = 1
CACHE_BYTES = 64 * 1024 * 1024
MAX_SPELLINGS = 200
_NAME = "MAIN"
_MADE_BY = f"don-thu search index, format {FORMAT_VERSION}, analysis {ANALYSIS_VERSION}, {sys.byteorder}-endian\n"
# What reading a file that is not what it should be can raise, in Whoosh or here.
_DAMAGE = (
    DamagedSegment, WhooshIndexError, struct.error, zlib.error, ValueError, LookupError, TypeError, AttributeError,
    OverflowError, EOFError, AssertionError,
)  # fmt: skip


def schema() -> fields.Schema:
    """Five fields of terms; what a document is lies in the ``.ids`` file of its segment."""
    names = (WORDS, PAIRS, HEAD_WORDS, HEAD_PAIRS, CODES)
    return fields.Schema(**{name: fields.FieldType(formats.Existence(), None) for name in names})


class WhooshEngine:
    """The index below ``root``, signed with a key made from the installation's ``secret``."""

    def __init__(self, root: Path, secret: bytes) -> None:
        self._root = root
        self._key = hmac.new(secret, b"search index", hashlib.sha256).digest()
        self._lock = threading.RLock()
        self._opened: tuple[tuple[str, int], Snapshot] | None = None
        self._segments: dict[str, SegmentData] = {}
        self._cache = BitsetCache(CACHE_BYTES)
        self._writing = False

    # Reading

    def snapshot(self) -> Snapshot:
        """The newest committed state. Raises ``IndexUnavailable``."""
        folder = self._current()
        for attempt in range(5):
            try:
                return self._open(folder)
            except FileNotFoundError:  # a commit or a rebuild removed what we were about to open
                try:
                    folder = self._current()
                except IndexUnavailable:
                    if attempt == 4:
                        raise
        raise IndexUnavailable(IndexState.DAMAGED, "files named by the table of contents are absent")

    def _current(self) -> Path:
        try:
            name = (self._root / "current").read_text(encoding="ascii").strip()
        except (FileNotFoundError, NotADirectoryError):
            raise IndexUnavailable(IndexState.MISSING) from None
        except (OSError, ValueError) as error:
            raise IndexUnavailable(IndexState.DAMAGED, str(error)) from error
        folder = self._root / name
        if not name.startswith("index-") or "/" in name or not folder.is_dir():
            raise IndexUnavailable(IndexState.MISSING)
        return folder

    def _open(self, folder: Path) -> Snapshot:
        generation = _latest_generation(folder)
        with self._lock:
            if self._opened is not None and self._opened[0] == (folder.name, generation):
                return self._opened[1]
            snapshot = self._read(folder, generation)
            self._opened = (folder.name, generation), snapshot
            return snapshot

    def _read(self, folder: Path, generation: int) -> Snapshot:
        try:
            if (folder / "made-by").read_text(encoding="ascii") != _MADE_BY:
                raise IndexUnavailable(IndexState.OUTDATED)
            contents = self._contents(folder, generation)
            datas = {record.segment_id(): self._data(folder, record) for record in contents.segments}
            views = tuple(
                SegmentView(datas[record.segment_id()], list(record.deleted_docs()), self._cache)
                for record in contents.segments
            )
            position = _read_position(folder)
        except FileNotFoundError:
            raise
        except ForeignFile as error:
            raise IndexUnavailable(IndexState.FOREIGN, str(error)) from error
        except (*_DAMAGE, OSError) as error:
            raise IndexUnavailable(IndexState.DAMAGED, f"{type(error).__name__}: {error}") from error
        self._segments = datas
        return Snapshot(views, f"{folder.name}.{generation}", position is None, position or 0)

    def _contents(self, folder: Path, generation: int) -> TOC:
        return TOC.read(SignedStorage(folder, self._key), _NAME, gen=generation, schema=schema())

    def _data(self, folder: Path, record: object) -> SegmentData:
        name: str = record.segment_id()  # type: ignore[attr-defined]  # Whoosh has no types
        size: int = record.doc_count_all()  # type: ignore[attr-defined]  # Whoosh has no types
        return self._segments.get(name) or SegmentData(folder, name, size)

    def status(self) -> EngineStatus:
        """Figures; never raises."""
        try:
            snapshot = self.snapshot()
        except IndexUnavailable as error:
            return EngineStatus(error.state, detail=str(error))
        live = sum(segment.live.bit_count() for segment in snapshot.segments)
        folder = self._root / snapshot.generation.rpartition(".")[0]
        return EngineStatus(
            IndexState.READY,
            documents=live,
            superseded=sum(segment.size for segment in snapshot.segments) - live,
            segments=len(snapshot.segments),
            kilobytes=_kilobytes(folder),
            generation=snapshot.generation,
            complete=snapshot.complete,
            resume_after=snapshot.resume_after,
        )

    # Writing

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the right to write. Raises ``IndexBusy`` at once when another process or thread has it."""
        with _file_lock(self._make_root() / "writer.lock"):
            self._writing = True
            try:
                yield
            finally:
                self._writing = False

    def append(
        self, documents: Iterable[Document], *, remove: Iterable[int] = (), resume_after: int | None = None
    ) -> None:
        """Add or replace ``documents`` and forget the ids ``remove``: one commit, on disk when it returns.

        ``resume_after`` records how far a refill came; -1 says that it is complete. Needs ``exclusive``.
        Raises ``IndexUnavailable``.
        """
        self._need_exclusive()
        self.snapshot()  # never add to what could not be read
        folder = self._current()
        self._commit(folder, documents, remove)
        if resume_after is not None:
            _write_position(folder, resume_after)
            with self._lock:
                self._opened = None

    def start_empty(self) -> None:
        """Put an empty index, marked as being refilled, in the place of one that cannot be read. Needs ``exclusive``."""
        self._need_exclusive()
        folder = self._new_folder()
        _write_position(folder, 0)
        self._point_to(folder)

    def start_rebuild(self) -> "WhooshBuilder":
        """Begin a new index beside the present one. Raises ``IndexBusy`` when another rebuild runs."""
        lock = _file_lock(self._make_root() / "rebuild.lock")
        lock.__enter__()
        return WhooshBuilder(self, lambda: lock.__exit__(None, None, None))

    def tidy(self, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Merge small segments if there are many. True when something was merged. Needs ``exclusive``."""
        self._need_exclusive()
        self.snapshot()
        return self._merge(self._current(), interrupted)

    def _merge(self, folder: Path, interrupted: Callable[[], bool]) -> bool:
        if not worth_merging(self._contents(folder, _latest_generation(folder)).segments):
            return False
        writer = self._writer(folder)
        chosen = worth_merging(writer.segments)
        try:
            writer.merge_segments(chosen, [self._data(folder, record) for record in chosen], interrupted)
            writer.commit(mergetype=lambda _writer, records: [record for record in records if record not in chosen])
        except Interrupted:
            writer.cancel()
            return False
        except BaseException:
            _cancel_quietly(writer)
            raise
        return True

    def _commit(self, folder: Path, documents: Iterable[Document], remove: Iterable[int]) -> None:
        newest = {document.id: document for document in documents}
        gone = set(remove) | newest.keys()
        writer = self._writer(folder)
        try:
            for record in writer.segments:
                data = self._data(folder, record)
                for record_id in gone:
                    position = data.position_of(record_id)
                    if position is not None:
                        record.delete_document(position)
            writer.put([newest[record_id] for record_id in sorted(newest)])
            writer.commit(merge=False)
        except BaseException:
            _cancel_quietly(writer)
            raise

    def _writer(self, folder: Path) -> SetWriter:
        return SetWriter(FileIndex(SignedStorage(folder, self._key), schema=schema(), indexname=_NAME))

    def _need_exclusive(self) -> None:
        if not self._writing:
            raise RuntimeError("the index is written inside exclusive() only")

    def _make_root(self) -> Path:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._root

    def _new_folder(self) -> Path:
        folder = self._make_root() / f"index-{secrets.token_hex(6)}"
        folder.mkdir(mode=0o700)
        _write_file(folder / "made-by", _MADE_BY)
        FileIndex.create(SignedStorage(folder, self._key), schema(), _NAME)
        return folder

    def _point_to(self, folder: Path) -> None:
        _write_file(self._root / "current", folder.name + "\n")
        for other in self._root.glob("index-*"):
            if other != folder and not (other / "rebuilding").exists():
                shutil.rmtree(other, ignore_errors=True)


class WhooshBuilder:
    """A new index being filled beside the present one."""

    def __init__(self, engine: WhooshEngine, release: Callable[[], None]) -> None:
        self._release = release
        root = engine._make_root()
        for left_over in root.glob("index-*/rebuilding"):  # we hold the lock: nobody fills these any more
            shutil.rmtree(left_over.parent, ignore_errors=True)
        self._outer = engine
        # An engine of its own, so that readers of the present index keep their caches.
        self._engine = WhooshEngine(engine._root, b"")
        self._engine._key = engine._key
        self._folder = engine._new_folder()
        (self._folder / "rebuilding").touch()

    def append(self, documents: Iterable[Document]) -> None:
        """Add documents, durable on return."""
        self.snapshot()
        self._engine._commit(self._folder, documents, ())

    def tidy(self) -> None:
        """Merge what is worth merging."""
        while self._engine._merge(self._folder, lambda: False):
            self.snapshot()

    def snapshot(self) -> Snapshot:
        """What it holds so far."""
        return self._engine._open(self._folder)

    def publish(self) -> None:
        """Make it the index that is searched, at once and whole; the former one is removed."""
        self._outer._need_exclusive()
        (self._folder / "rebuilding").unlink()
        self._outer._point_to(self._folder)
        self._release()

    def abandon(self) -> None:
        """Remove it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._release()


class SegmentView:
    """A segment as one snapshot sees it: its data, and what has been superseded by then."""

    def __init__(self, data: SegmentData, superseded: Sequence[int], cache: "BitsetCache") -> None:
        self._data = data
        self._cache = cache
        self.size = data.size
        self.live = ((1 << data.size) - 1) & ~bits.of(superseded, data.size)
        self.ids: Sequence[int] = data.ids
        self.versions: Sequence[int] = data.versions

    def position_of(self, record_id: int) -> int | None:
        """The document number of a petition, if it is here and not superseded."""
        position = self._data.position_of(record_id)
        return position if position is not None and self.live >> position & 1 else None

    def spellings(self, field: str, plain: str) -> tuple[int, Mapping[str, int]]:
        """The documents having ``plain`` with any marks, and the same by marks."""
        key = (self._data.name, field, plain)
        known = self._cache.get(key)
        if known is None:
            known = self._read_spellings(field, plain)
            self._cache.put(key, known)
        return known

    def exact(self, field: str, term: str) -> int:
        """The documents having exactly ``term``."""
        key = (self._data.name, field, term)
        known = self._cache.get(key)
        if known is None:
            with _reading():
                pointer = self._data.find(field, term.encode())
                known = (0 if pointer is None else self._data.bitset(pointer)), {}
            self._cache.put(key, known)
        return known[0]

    def codes_starting(self, prefix: str, limit: int) -> int:
        """The documents having one of the first ``limit`` codes that begin with ``prefix``."""
        documents = 0
        with _reading():
            for _, pointer in islice(self._data.starting_with(CODES, prefix.encode()), limit):
                documents |= self._data.bitset(pointer)
        return documents

    def words_starting(self, prefix: str, limit: int) -> Sequence[str]:
        """At most ``limit`` plain words that begin with ``prefix``."""
        found: dict[str, None] = {}
        with _reading():
            for count, (term, _) in enumerate(self._data.starting_with(WORDS, prefix.encode())):
                found[term.decode().partition(MARKS_FOLLOW)[0]] = None
                if len(found) >= limit or count >= 8 * limit:
                    break
        return list(found)

    def _read_spellings(self, field: str, plain: str) -> tuple[int, Mapping[str, int]]:
        union = 0
        by_marks: dict[str, int] = {}
        with _reading():
            for term, pointer in self._data.starting_with(field, f"{plain}{MARKS_FOLLOW}".encode()):
                by_marks[term.decode().partition(MARKS_FOLLOW)[2]] = documents = self._data.bitset(pointer)
                union |= documents
                if len(by_marks) >= MAX_SPELLINGS:
                    break
        return union, by_marks


class BitsetCache:
    """The sets most recently asked for, within a number of bytes. Segments never change, so nothing goes stale."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[str, str, str], tuple[int, Mapping[str, int]]] = OrderedDict()

    def get(self, key: tuple[str, str, str]) -> tuple[int, Mapping[str, int]] | None:
        """The entry, if it is kept."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def put(self, key: tuple[str, str, str], entry: tuple[int, Mapping[str, int]]) -> None:
        """Keep the entry, dropping the longest unused ones for it."""
        with self._lock:
            if key in self._entries:
                return
            self._entries[key] = entry
            self._used += _weight(entry)
            while self._used > self._limit:
                _, dropped = self._entries.popitem(last=False)
                self._used -= _weight(dropped)


def _weight(entry: tuple[int, Mapping[str, int]]) -> int:
    union, by_marks = entry
    return 400 + sys.getsizeof(union) + sum(100 + sys.getsizeof(documents) for documents in by_marks.values())


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise IndexUnavailable(IndexState.DAMAGED, f"{type(error).__name__}: {error}") from error


def _latest_generation(folder: Path) -> int:
    newest = -1
    for name in os.listdir(folder):
        if name.endswith(".toc"):
            newest = max(newest, int(name[len(_NAME) + 2 : -4]))
    if newest < 0:
        raise FileNotFoundError("no table of contents")
    return newest


def _kilobytes(folder: Path) -> int:
    total = 0
    for path in folder.glob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total // 1024


def _read_position(folder: Path) -> int | None:
    try:
        return int((folder / "refill").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None


def _write_position(folder: Path, position: int) -> None:
    if position < 0:
        (folder / "refill").unlink(missing_ok=True)
        flush(folder)
    else:
        _write_file(folder / "refill", str(position))


def _write_file(path: Path, text: str) -> None:
    """Replace a small file at once and whole."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    flush(path.parent)


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


def _cancel_quietly(writer: SetWriter) -> None:
    try:
        writer.cancel()
    except Exception:
        log.exception("the unfinished segment could not be closed; the next commit removes it")
