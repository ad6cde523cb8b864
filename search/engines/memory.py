"""Petitions in memory, asked as an index is asked: those that are not in the index yet, and an engine's newest ones."""

from collections.abc import Callable, Iterable, Sequence

from search.analysis import MARKS_FOLLOW
from search.engines import CODES, HEAD_PAIRS, HEAD_WORDS, PAIRS, WORDS, Document

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
    """Petitions in memory, asked as an index is asked."""

    def __init__(self, documents: Sequence[FreshDocument]) -> None:
        self._documents = documents
        self.held = sum(1 << record_id for record_id in {document.id for document in documents})

    def versions_of(self, ids: Sequence[int]) -> dict[int, int]:
        """The versions in which the petitions ``ids`` are here; those that are not are left out."""
        wanted = set(ids)
        return {document.id: document.version for document in self._documents if document.id in wanted}

    def spelled(self, field: str, plain: str) -> int:
        """The petitions having ``plain`` with any marks."""
        return self._having(lambda document: plain in document.spelled[field])

    def exact(self, field: str, term: str) -> int:
        """The petitions having exactly ``term``."""
        if field == CODES:
            return self._having(lambda document: term in document.codes)
        plain, _, marks = term.partition(MARKS_FOLLOW)
        return self._having(lambda document: marks in document.spelled[field].get(plain, ()))

    def fetch(self, spelled: Iterable[tuple[str, str]], exact: Iterable[tuple[str, str]]) -> None:
        """Nothing: all is here."""

    def codes_starting(self, prefix: str, limit: int) -> int:
        """The petitions having a code that begins with ``prefix``."""
        return self._having(lambda document: any(code.startswith(prefix) for code in document.codes))

    def words_starting(self, prefix: str, limit: int) -> Sequence[str]:
        """At most ``limit`` plain words that begin with ``prefix``."""
        found = {plain for document in self._documents for plain in document.spelled[WORDS] if plain.startswith(prefix)}
        return sorted(found)[:limit]

    def _having(self, has: Callable[[FreshDocument], bool]) -> int:
        found = 0
        for document in self._documents:
            if has(document):
                found |= 1 << document.id
        return found


NOTHING = FreshSegment(())
