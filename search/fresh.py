"""Petitions that are not in the index yet, ready to be asked as it is: what was saved a moment ago is found at once."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from sqlalchemy.orm import Session

from core.database import AnyRow
from petitions.queries.indexing import IndexSource, index_sources
from search.documents import document_of
from search.engines.memory import FreshDocument, FreshSegment

_REMEMBERED = 2_000


class FreshCache:
    """Petitions read and analysed lately, so that those that wait are read once and not for every query."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: OrderedDict[tuple[int, int], FreshDocument] = OrderedDict()

    def waiting(self, session: Session, rows: Sequence[AnyRow]) -> FreshSegment:
        """The petitions of ``rows`` (id, and a version that the outbox speaks of), ready to be asked."""
        newest: dict[int, int] = {}
        for record_id, version in rows:
            newest[record_id] = max(version, newest.get(record_id, 0))
        pairs = list(newest.items())
        with self._lock:
            known = {pair: self._documents[pair] for pair in pairs if pair in self._documents}
        unread = [record_id for record_id, version in pairs if (record_id, version) not in known]
        read = {source.id: FreshDocument(document_of(source)) for source in index_sources(session, unread)}
        with self._lock:
            for document in read.values():
                self._documents[document.id, document.version] = document
            while len(self._documents) > _REMEMBERED:
                self._documents.popitem(last=False)
        found = {document.id: document for document in known.values()} | read
        return FreshSegment(list(found.values()))

    def segment(self, sources: Sequence[IndexSource]) -> FreshSegment:
        """``sources``, which may be read in part only, ready to be asked."""
        return FreshSegment([FreshDocument(document_of(source)) for source in sources])
