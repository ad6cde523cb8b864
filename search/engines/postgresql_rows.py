"""Petitions as rows of terms in PostgreSQL: written, replaced, read back."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from operator import attrgetter

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from search.analysis import MARKS_FOLLOW, DocumentTerms
from search.engines import CODES, HEAD_PAIRS, HEAD_WORDS, PAIRS, WORDS, Document, IndexState, IndexUnavailable

_FIELDS = {
    WORDS: attrgetter("words"),
    PAIRS: attrgetter("pairs"),
    HEAD_WORDS: attrgetter("head_words"),
    HEAD_PAIRS: attrgetter("head_pairs"),
    CODES: attrgetter("codes"),
}
# A tsvector holds a megabyte at most; a longer petition has several rows.
_PART_BYTES = 400_000


def write_documents(
    connection: Connection, table: str, documents: Iterable[Document], remove: Iterable[int], generation: int
) -> None:
    """Write ``documents`` in the place of what was there of them; of those in ``remove`` only that they are gone."""
    newest = {document.id: document for document in documents}
    words: Counter[str] = Counter()
    rows = []
    for document in newest.values():
        words.update(_dictionary(document.terms))
        rows += [
            {"id": document.id, "part": part, "version": document.version, "generation": generation, "terms": terms}
            for part, terms in enumerate(_parts(document.terms))
        ]
    gone = [record_id for record_id in remove if record_id not in newest]
    replaced = [*newest, *gone]
    if replaced:
        connection.execute(text(f"DELETE FROM {table} WHERE petition_id = ANY(:ids)"), {"ids": replaced})  # noqa: S608
    # A removed petition leaves a row without terms, by which readers learn of it.
    rows += [
        {"id": record_id, "part": 0, "version": -1, "generation": generation, "terms": []} for record_id in gone
    ]  # fmt: skip
    if rows:
        connection.execute(
            text(
                f"INSERT INTO {table} (petition_id, part, version, generation, terms)"  # noqa: S608
                " VALUES (:id, :part, :version, :generation, array_to_tsvector(CAST(:terms AS text[])))"
            ),
            rows,
        )
    if words:
        counted = sorted(words.items())
        connection.execute(
            text(
                f"INSERT INTO {table}_word AS held (word, petitions)"  # noqa: S608
                " SELECT * FROM unnest(CAST(:words AS text[]), CAST(:counts AS bigint[]))"
                " ON CONFLICT (word) DO UPDATE SET petitions = held.petitions + excluded.petitions"
            ),
            {"words": [word for word, _ in counted], "counts": [count for _, count in counted]},
        )


def _lexemes(terms: DocumentTerms) -> Iterator[str]:
    return chain.from_iterable((field + term for term in terms_of(terms)) for field, terms_of in _FIELDS.items())


def _parts(terms: DocumentTerms) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    size = 0
    for lexeme in _lexemes(terms):
        size += len(lexeme.encode()) + 8
        if size > _PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(lexeme)
    return parts


def _dictionary(terms: DocumentTerms) -> set[str]:
    """What may be asked for by its beginning: plain words, last words of names, codes of letters and figures."""
    words = {WORDS + term.partition(MARKS_FOLLOW)[0] for term in terms.words}
    return words | {CODES + code for code in terms.codes if code[:1].isalnum() or code[:1] == "'"}


def read_back(rows: Sequence[Row[tuple[int, int, list[str]]]]) -> Document:
    """The document that the rows of one petition hold; with version -1 where it is gone."""
    by_field: dict[str, set[str]] = {field: set() for field in _FIELDS}
    for row in rows:
        for lexeme in row.terms:
            by_field[lexeme[0]].add(lexeme[1:])
    terms = DocumentTerms(*(frozenset(by_field[field]) for field in _FIELDS))
    return Document(rows[0].petition_id, rows[0].version, terms)


def empty_table(connection: Connection, table: str) -> None:
    """Empty the documents of ``table`` and their words."""
    connection.execute(text(f"TRUNCATE {table}, {table}_word"))


def one_number(connection: Connection, statement: str, **asked: object) -> int:
    """The one number that ``statement`` answers."""
    found: int = connection.execute(text(statement), asked).scalar_one()
    return found


@contextmanager
def reading() -> Iterator[None]:
    """Tell as ``IndexUnavailable`` that the tables are not there or cannot be read."""
    try:
        yield
    except ProgrammingError as error:
        raise IndexUnavailable(IndexState.MISSING, str(error.orig)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise  # the database is gone, and with it everything else
        raise IndexUnavailable(IndexState.DAMAGED, str(error.orig)) from error
