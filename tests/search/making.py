"""Documents, segments and petitions for the tests of search."""

import random
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from core.settings import Settings
from petitions.services.intake import Received, receive
from petitions.services.intake_input import Intake, PartyInput
from petitions.vocabulary import Channel, Kind
from search.analysis import document_terms
from search.engines import Document
from search.engines.memory import FreshDocument, FreshSegment
from search.ground import Ground
from search.matching import Matches
from search.parsing import parse


def dice_of(seed: int) -> random.Random:
    """Chance that is the same in every run."""
    return random.Random(seed)  # noqa: S311 - no secret


LOOKUP_KEY = b"\0" * 32


def document(
    record_id: int,
    title: str = "",
    body: str = "",
    *,
    version: int = 1,
    codes: Iterable[str] = (),
    numbers: Iterable[str] = (),
    marks: Iterable[str] = (),
) -> Document:
    """A document with these texts; ``marks`` are codes that no text gives, such as the sealed mark."""
    terms = document_terms(head=[title], body=[body], codes=codes, numbers=numbers)
    return Document(record_id, version, replace(terms, codes=terms.codes | frozenset(marks)))


def segment(*documents: Document) -> FreshSegment:
    """The documents in memory, asked as an index is asked."""
    return FreshSegment([FreshDocument(one) for one in sorted(documents, key=lambda one: one.id)])


def found(typed: str, *documents: Document, limit: int = 60) -> list[int]:
    """Ids that ``typed`` finds among ``documents``, in order."""
    return [hit.id for hit in Matches(parse(typed), Ground(segment(*documents))).best(limit)]


def lose_index(settings: Settings) -> None:
    """Take away the index, as a hand would that meant well."""
    if settings.engine_name == "whoosh":
        shutil.rmtree(settings.index_dir)
        return
    with unit_of_work() as session:
        session.execute(text("DELETE FROM search.kept"))


def register(session: Session, by: Actor, title: str, body: str = "", **more: Any) -> Received:
    """Register a petition as the desk would. ``name``, ``id_number``, ``phone`` and ``address`` make a petitioner."""
    person = {key: more.pop(key) for key in ("name", "id_number", "phone", "address") if key in more}
    petitioners: Sequence[PartyInput] = (PartyInput(**{"name": "", **person}),) if person else ()
    more = {"received_on": date(2026, 11, 20), "channel": Channel.DESK, "kind": Kind.COMPLAINT, **more}
    intake = Intake(title=title, body=body, petitioners=tuple(petitioners), **more)
    with unit_of_work() as writing:
        return receive(writing, intake, by=by, lookup_key=LOOKUP_KEY)
