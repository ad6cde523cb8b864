"""Petitions that are not in the index yet, ready to be asked as it is: what was saved a moment ago is found at once."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from petitions.queries.indexing import IndexSource
from search.documents import document_of
from search.engines.memory import FreshDocument, FreshSegment

_REMEMBERED = 1_000


class FreshCache:
    """Documents analysed lately, so that the same pending ones are not analysed for every query."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: OrderedDict[tuple[int, int, int], FreshDocument] = OrderedDict()

    def segment(self, sources: Sequence[IndexSource]) -> FreshSegment:
        """``sources``, ready to be asked."""
        return FreshSegment([self._document(source) for source in sources])

    def _document(self, source: IndexSource) -> FreshDocument:
        key = (source.id, source.version, len(source.body))
        with self._lock:
            known = self._documents.get(key)
        if known is None:
            known = FreshDocument(document_of(source))
            with self._lock:
                self._documents[key] = known
                while len(self._documents) > _REMEMBERED:
                    self._documents.popitem(last=False)
        return known
