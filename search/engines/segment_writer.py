"""Writing segments: one from new documents, or one from several older ones."""

import heapq
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from whoosh.writing import SegmentWriter

from search.analysis import DocumentTerms
from search.engines import CODES, HEAD_PAIRS, HEAD_WORDS, PAIRS, WORDS, Document
from search.engines.bitmap_codec import BitmapCodec, Grouped
from search.engines.segment_data import SegmentData

_GONE = 0xFFFFFFFF
_ASK_EVERY = 2_000

MERGE_AT = 8
LARGEST = 160_000


_FIELDS: dict[str, Callable[[DocumentTerms], frozenset[str]]] = {
    WORDS: attrgetter("words"),
    PAIRS: attrgetter("pairs"),
    HEAD_WORDS: attrgetter("head_words"),
    HEAD_PAIRS: attrgetter("head_pairs"),
    CODES: attrgetter("codes"),
}


class Interrupted(Exception):
    """A merge gave way to something more urgent."""


class SetWriter(SegmentWriter):  # type: ignore[misc]  # Whoosh has no types
    """Whoosh's writer, for documents that come as sets of terms."""

    def __init__(self, index: Any) -> None:
        super().__init__(index, codec=BitmapCodec(), compound=False)
        self._postings: Grouped = ()

    def put(self, documents: Sequence[Document]) -> None:
        """Take ``documents``, their ids rising, as the new segment."""
        for document in documents:
            self.perdocwriter.add(document.id, document.version)
        self._take(len(documents), _group(documents))

    def merge_segments(
        self, records: Sequence[Any], datas: Sequence[SegmentData], interrupted: Callable[[], bool]
    ) -> None:
        """Take what is not superseded in segments as the new segment. The commit may raise ``Interrupted``."""
        numbers = [array("I", [_GONE]) * data.size for data in datas]
        streams = [
            _live_records(source, record, data)
            for source, (record, data) in enumerate(zip(records, datas, strict=True))
        ]
        count = 0
        for record_id, source, at in heapq.merge(*streams):
            self.perdocwriter.add(record_id, datas[source].versions[at])
            numbers[source][at] = count
            count += 1
        self._take(count, _merge(datas, numbers, interrupted))

    def drop(self) -> None:
        """Let go of the files of a segment that will not be; the next commit removes them."""
        self.fieldwriter.drop()

    def _take(self, count: int, postings: Grouped) -> None:
        self.docnum += count
        self._added = count > 0
        self._postings = postings

    def _flush_segment(self) -> None:
        # Called by Whoosh's commit.
        self.perdocwriter.close()
        self.fieldwriter.write(self._postings, self.docnum)
        self.fieldwriter.close()


def worth_merging(records: Sequence[Any]) -> list[Any]:
    """Segments to make one of: the smallest size class that has ``MERGE_AT`` of them, or one that must be rewritten.

    Rewritten is a segment that is mostly superseded, and one that holds secrets, which then are gone.
    """
    classes: dict[int, list[Any]] = {}
    for record in records:
        live = record.doc_count()
        if record.holds_secrets or record.deleted_count() > max(live, 1_000):
            return [record]
        if live * 2 < LARGEST:
            classes.setdefault(max(0, (live.bit_length() - 4) // 3), []).append(record)
    for size_class in sorted(classes):
        if len(classes[size_class]) >= MERGE_AT:
            return _not_too_large(classes[size_class])
    return []


def _not_too_large(records: Sequence[Any]) -> list[Any]:
    chosen: list[Any] = []
    documents = 0
    for record in records:
        documents += record.doc_count()
        if documents > LARGEST:
            break
        chosen.append(record)
    return chosen


def _group(documents: Sequence[Document]) -> Grouped:
    # The fields in the order of their names, which is the order in which the terms are written.
    for field, terms_of in sorted(_FIELDS.items()):
        groups: dict[str, array[int]] = {}
        for number, document in enumerate(documents):
            for term in terms_of(document.terms):
                try:
                    groups[term].append(number)
                except KeyError:
                    groups[term] = array("I", (number,))
        # UTF-8 keeps the order of code points, so sorting before encoding is the same and quicker.
        for term in sorted(groups):
            yield field, term.encode(), groups[term]


def _merge(datas: Sequence[SegmentData], numbers: Sequence["array[int]"], interrupted: Callable[[], bool]) -> Grouped:
    streams = [_all_terms(source, data) for source, data in enumerate(datas)]
    whole = [_GONE not in translation for translation in numbers]
    for count, ((field, term), group) in enumerate(groupby(heapq.merge(*streams), key=itemgetter(0, 1))):
        if count % _ASK_EVERY == 0 and interrupted():
            raise Interrupted
        merged = array("I", sorted(_translate(group, datas, numbers, whole)))
        if merged:
            yield field, term, merged


def _live_records(source: int, record: Any, data: SegmentData) -> Iterator[tuple[int, int, int]]:
    return ((record_id, source, at) for at, record_id in enumerate(data.ids) if not record.is_deleted(at))


def _all_terms(source: int, data: SegmentData) -> Iterator[tuple[str, bytes, int, int]]:
    return ((field, term, source, pointer) for field, term, pointer in data.everything())


def _translate(
    group: Iterator[tuple[str, bytes, int, int]],
    datas: Sequence[SegmentData],
    numbers: Sequence["array[int]"],
    whole: Sequence[bool],
) -> Iterator[int]:
    for _, _, source, pointer in group:
        translated = map(numbers[source].__getitem__, datas[source].members(pointer))
        if whole[source]:
            yield from translated
        else:
            yield from (number for number in translated if number != _GONE)
