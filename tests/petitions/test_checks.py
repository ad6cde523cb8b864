"""The proof that stored equals derived must find what is not so: here each thing is put wrong by hand."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from petitions.models import NumberCounter, Petition, PetitionClock, Tally
from petitions.queries.checks import queue_drift
from tests.petitions.given import SECRET, a_petition

ActorOf = Callable[[str], Actor]

DAMAGES: dict[str, tuple[str, Any]] = {
    "due day": (
        "due_on",
        update(Petition).values(due_on=date(2026, 12, 24)),
    ),
    "tier": ("priority_tier", update(Petition).values(priority_tier=2)),
    "key": ("priority_key", update(Petition).values(priority_key=Petition.priority_key + 1)),
    "clock": (
        "due_on",
        update(PetitionClock).values(due_on=date(2026, 12, 24)),
    ),
    "counter too high": ("tally", update(Tally).where(Tally.name == "open").values(n=Tally.n + 1)),
    "counter missing": ("tally", delete(Tally).where(Tally.name == "unassigned")),
    "counter of nobody": (
        "tally",
        insert(Tally).values(office_id=1, name="officer", bucket="77", scope=0, n=1),
    ),
    "counter of another unit": ("tally", update(Tally).where(Tally.scope == -1, Tally.name == "open").values(scope=1)),
    "number skipped": ("numbers", update(NumberCounter).values(last=NumberCounter.last + 1)),
    "numbers begin late": ("numbers", update(Petition).where(Petition.reg_seq == 1).values(reg_seq=9)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_difference_is_found_and_named(session: Session, actor: ActorOf, damage: str) -> None:
    reception = actor("reception1")
    for intake in ({}, {"intake": SECRET}, {"people_count": 1}):
        a_petition(reception, **intake)
    session.rollback()
    assert queue_drift(session, 1) == (3, [])
    what, statement = DAMAGES[damage]
    with unit_of_work() as work:
        work.execute(statement.execution_options(synchronize_session=False))
    session.rollback()
    _checked, found = queue_drift(session, 1)
    assert what in {drift.what for drift in found}


def test_a_long_list_of_differences_is_cut_where_asked(session: Session, actor: ActorOf) -> None:
    for _ in range(4):
        a_petition(actor("reception1"))
    with unit_of_work() as work:
        work.execute(update(Petition).values(priority_key=0).execution_options(synchronize_session=False))
    session.rollback()
    assert len(queue_drift(session, 1, most=3)[1]) == 3
