"""What is indexed: petitions by their own text, and by the text of their files, each with an index of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from petitions.queries.file_texts import FILES_CONSUMER, file_sources, file_total, file_versions
from petitions.queries.indexing import index_sources, indexed_versions, petition_total
from search.documents import document_of, document_of_files
from search.engines import Document


@dataclass(frozen=True, slots=True)
class Feed:
    """Where the documents of an index come from.

    ``consumer`` names its rows of the outbox; ``documents`` makes those of some ids, leaving out what is not to be in
    the index; ``versions`` lists id and version of what is, beyond an id, rising; ``total`` counts it.
    """

    consumer: str
    documents: Callable[[Session, Sequence[int]], list[Document]]
    versions: Callable[[Session, int, int], list[tuple[int, int]]]
    total: Callable[[Session], int]


def _case_documents(session: Session, ids: Sequence[int]) -> list[Document]:
    return [document_of(source) for source in index_sources(session, ids)]


def _case_versions(session: Session, after: int, limit: int) -> list[tuple[int, int]]:
    return indexed_versions(session, after=after, limit=limit)


def _file_documents(session: Session, ids: Sequence[int]) -> list[Document]:
    return [document_of_files(source) for source in file_sources(session, ids)]


CASES = Feed("search", _case_documents, _case_versions, petition_total)
FILES = Feed(FILES_CONSUMER, _file_documents, file_versions, file_total)
