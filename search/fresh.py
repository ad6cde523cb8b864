"""Petitions that are not in the index yet, as one more segment: what was saved a moment ago is found at once."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_

from petitions.queries.indexing import IndexSource
from search.analysis import MARKS_FOLLOW
from search.documents import document_of
from search.engines import CODES, HEAD_PAIRS, HEAD_WORDS, PAIRS, WORDS, Document

_REMEMBERED = 1_000

# Field, then plain word or pair, then the marks it has in this document.
_Spelled = dict[str, dict[str, list[str]]]


class FreshDocument:
    """One document, ready to be asked."""

    def __init__(self, document: Document) -> None:
        self.id = document.id
        self.version = document.version
        self.codes = document.terms.codes
        self.spelled: _Spelled = {
            WORDS: _spelled(document.terms.words),
            PAIRS: _spelled(document.terms.pairs),
            HEAD_WORDS: _spelled(document.terms.head_words),
            HEAD_PAIRS: _spelled(document.terms.head_pairs),
        }


def _spelled(terms: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for term in terms:
        plain, _, marks = term.partition(MARKS_FOLLOW)
        found.setdefault(plain, []).append(marks)
    return found


class FreshSegment:
    """A segment in memory. A document's number is its place in ``documents``, which must rise by id."""

    def __init__(self, documents: Sequence[FreshDocument]) -> None:
        self._documents = documents
        self.size = len(documents)
        self.live = (1 << self.size) - 1
        self.ids: Sequence[int] = [document.id for document in documents]
        self.versions: Sequence[int] = [document.version for document in documents]

    def position_of(self, record_id: int) -> int | None:
        """The document number of a petition, if it is here."""
        return self.ids.index(record_id) if record_id in self.ids else None

    def spellings(self, field: str, plain: str) -> tuple[int, Mapping[str, int]]:
        """The documents having ``plain`` with any marks, and the same by marks."""
        by_marks: dict[str, int] = {}
        for number, document in enumerate(self._documents):
            for marks in document.spelled[field].get(plain, ()):
                by_marks[marks] = by_marks.get(marks, 0) | 1 << number
        return reduce(or_, by_marks.values(), 0), by_marks

    def exact(self, field: str, term: str) -> int:
        """The documents having exactly ``term``."""
        if field == CODES:
            return sum(1 << number for number, document in enumerate(self._documents) if term in document.codes)
        plain, _, marks = term.partition(MARKS_FOLLOW)
        return self.spellings(field, plain)[1].get(marks, 0)

    def codes_starting(self, prefix: str, limit: int) -> int:
        """The documents having a code that begins with ``prefix``."""
        return sum(
            1 << number
            for number, document in enumerate(self._documents)
            if any(code.startswith(prefix) for code in document.codes)
        )

    def words_starting(self, prefix: str, limit: int) -> Sequence[str]:
        """At most ``limit`` plain words that begin with ``prefix``."""
        found = {plain for document in self._documents for plain in document.spelled[WORDS] if plain.startswith(prefix)}
        return sorted(found)[:limit]


class FreshCache:
    """Documents analysed lately, so that the same pending ones are not analysed for every query."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: OrderedDict[tuple[int, int, int], FreshDocument] = OrderedDict()

    def segment(self, sources: Sequence[IndexSource]) -> FreshSegment:
        """A segment of ``sources``, which rise by id."""
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
