"""One Whoosh index in one folder: opened, added to, merged."""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from whoosh import fields, formats
from whoosh.index import TOC, FileIndex

from core.durable import flush
from search.analysis import ANALYSIS_VERSION
from search.engines import (
    CODES,
    HEAD_PAIRS,
    HEAD_WORDS,
    PAIRS,
    SEALED_TERM,
    WORDS,
    Document,
    IndexState,
    IndexUnavailable,
)  # fmt: skip
from search.engines.bitmap_codec import BitmapSegment
from search.engines.segment_data import SegmentData
from search.engines.segment_view import DAMAGE, BitsetCache, SegmentedSnapshot, SegmentView
from search.engines.segment_writer import Interrupted, SetWriter, worth_merging
from search.engines.signed_storage import ForeignFile, SignedStorage

FORMAT_VERSION = 1
_NAME = "MAIN"
_MADE_BY = f"don-thu search index, format {FORMAT_VERSION}, analysis {ANALYSIS_VERSION}, {sys.byteorder}-endian\n"


def schema() -> fields.Schema:
    """Five fields of terms, and id and version, the only things stored."""
    terms = {
        name: fields.FieldType(formats.Existence(), None) for name in (WORDS, PAIRS, HEAD_WORDS, HEAD_PAIRS, CODES)
    }
    return fields.Schema(**terms, id=fields.STORED(), version=fields.STORED())


class IndexFolder:
    """The index in the folder ``path``, signed with ``key``."""

    def __init__(self, path: Path, key: bytes, cache: BitsetCache) -> None:
        self.path = path
        self._key = key
        self._cache = cache
        self._lock = threading.Lock()
        self._opened: tuple[int, SegmentedSnapshot] | None = None
        self._segments: dict[str, SegmentData] = {}

    def create(self) -> None:
        """Make the folder, with an empty index in it."""
        self.path.mkdir(mode=0o700)
        write_file(self.path / "made-by", _MADE_BY)
        FileIndex.create(SignedStorage(self.path, self._key), schema(), _NAME)

    def snapshot(self) -> SegmentedSnapshot:
        """The newest committed state.

        Raises ``IndexUnavailable``, or ``FileNotFoundError`` when a writer removed what was about to be opened: then
        the next try will see the newer state.
        """
        generation = self._latest_generation()
        with self._lock:
            if self._opened is None or self._opened[0] != generation:
                self._opened = generation, self._read(generation)
            return self._opened[1]

    def _read(self, generation: int) -> SegmentedSnapshot:
        try:
            if (self.path / "made-by").read_text(encoding="ascii") != _MADE_BY:
                raise IndexUnavailable(IndexState.OUTDATED)
            records = self._records(generation)
            datas = {record.segment_id(): self._data(record) for record in records}
            views = tuple(
                SegmentView(datas[record.segment_id()], list(record.deleted_docs()), self._cache) for record in records
            )
            position = self._position()
        except FileNotFoundError:
            raise
        except ForeignFile as error:
            raise IndexUnavailable(IndexState.FOREIGN, str(error)) from error
        except (*DAMAGE, OSError) as error:
            raise IndexUnavailable(IndexState.DAMAGED, f"{type(error).__name__}: {error}") from error
        self._segments = datas
        return SegmentedSnapshot(views, f"{self.path.name}.{generation}", position=position)

    def append(self, documents: Iterable[Document], remove: Iterable[int]) -> None:
        """Add or replace ``documents`` and forget ``remove``, in one durable commit."""
        newest = {document.id: document for document in documents}
        gone = set(remove) | newest.keys()
        writer = self._writer()
        try:
            for record in writer.segments:
                _supersede(record, self._data(record), gone, newest)
            writer.put([newest[record_id] for record_id in sorted(newest)])
            writer.commit(merge=False)
        except BaseException:
            _give_up(writer)
            raise

    def merge(self, interrupted: Callable[[], bool]) -> bool:
        """Merge what is worth it; False when there was nothing or when it was interrupted."""
        if not worth_merging(self._records(self._latest_generation())):
            return False
        writer = self._writer()
        chosen = worth_merging(writer.segments)
        try:
            writer.merge_segments(chosen, [self._data(record) for record in chosen], interrupted)
            writer.commit(mergetype=lambda _writer, records: [record for record in records if record not in chosen])
        except Interrupted:
            _give_up(writer)
            return False
        except BaseException:
            _give_up(writer)
            raise
        return True

    def set_position(self, position: int) -> None:
        """Record how far a refill came; -1: it is complete."""
        if position < 0:
            (self.path / "refill").unlink(missing_ok=True)
            flush(self.path)
        else:
            write_file(self.path / "refill", str(position))
        with self._lock:
            self._opened = None

    def kilobytes(self) -> int:
        """Size on disk."""
        total = 0
        for path in self.path.glob("*"):
            try:
                total += path.stat().st_size
            except FileNotFoundError:
                continue
        return total // 1024

    def _position(self) -> int | None:
        path = self.path / "refill"
        return int(path.read_text(encoding="ascii")) if path.exists() else None

    def _records(self, generation: int) -> list[BitmapSegment]:
        storage = SignedStorage(self.path, self._key)
        found: list[BitmapSegment] = TOC.read(storage, _NAME, gen=generation, schema=schema()).segments
        return found

    def _data(self, record: BitmapSegment) -> SegmentData:
        name = record.segment_id()
        return self._segments.get(name) or SegmentData(self.path, name, record.doc_count_all())

    def _writer(self) -> SetWriter:
        return SetWriter(FileIndex(SignedStorage(self.path, self._key), schema=schema(), indexname=_NAME))

    def _latest_generation(self) -> int:
        newest = -1
        for name in os.listdir(self.path):  # noqa: PTH208 - runs for every query; Path objects would cost as much again
            if name.endswith(".toc"):
                newest = max(newest, int(name[len(_NAME) + 2 : -4]))
        if newest < 0:
            raise FileNotFoundError("no table of contents")
        return newest


def _supersede(record: BitmapSegment, data: SegmentData, gone: set[int], newest: Mapping[int, Document]) -> None:
    """Mark the documents ``gone`` in a segment, and the segment itself where secret terms must leave the disk."""
    if not data.size:
        return
    first, last = data.ids[0], data.ids[-1]
    sealed: int | None = None
    for record_id in gone:
        position = data.position_of(record_id) if first <= record_id <= last else None
        if position is None:
            continue
        record.delete_document(position)
        if record_id not in newest or SEALED_TERM in newest[record_id].terms.codes:
            if sealed is None:
                pointer = data.find(CODES, SEALED_TERM.encode())
                sealed = 0 if pointer is None else data.bitset(pointer)
            if not sealed >> position & 1:
                record.holds_secrets = True


def write_file(path: Path, text: str) -> None:
    """Replace a small file at once and whole."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    flush(path.parent)


def _give_up(writer: SetWriter) -> None:
    """Let go of a writer, whatever state it is in: its lock must be free for the next try, in this process too.

    Whoosh's own ``cancel`` closes the files first, and on a full disk that fails once more.
    """
    writer.drop()
    writer.is_closed = True
    if writer.writelock is not None:
        with suppress(Exception):  # a fork of Whoosh has released it
            writer.writelock.release()
