"""A petition as search sees it: which of its texts weigh how much, and the terms they give."""

from dataclasses import replace

from petitions.queries.file_texts import FileSource
from petitions.queries.indexing import IndexSource
from search.analysis import DocumentTerms, document_terms
from search.engines import SEALED_TERM, Document, office_term


def document_of(source: IndexSource) -> Document:
    """The document to be indexed for a petition."""
    return Document(source.id, source.version, terms_of(source))


def document_of_files(source: FileSource) -> Document:
    """The document to be indexed for the files of a petition: their names and their text."""
    body = (text for _, name, content in source.texts for text in (name, content))
    return Document(source.petition_id, source.version, document_terms(head=(), body=body))


def terms_of(source: IndexSource) -> DocumentTerms:
    """All terms of a petition. Title, names and whom it is against weigh more than the rest."""
    terms = document_terms(
        head=(source.title, *source.names, source.against),
        body=(
            source.body, *source.notes, *source.addresses, source.ward, source.forwarder, source.also_sent_to,
            source.resolution_note, source.paper_location, source.forwarder_ref, source.decision_number,
        ),
        codes=(source.number, source.external_ref, source.forwarder_ref, source.decision_number, source.paper_code),
        numbers=(*source.phones, *source.id_numbers),
        people=source.names,
    )  # fmt: skip
    marks = {office_term(source.office_id)} | ({SEALED_TERM} if source.sealed else set())
    return replace(terms, codes=terms.codes | marks)
