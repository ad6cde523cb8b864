"""The index put right by itself."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from auth.actor import Actor
from search import services
from search.analysis import document_terms
from search.engines import Document
from search.feeds import CASES
from search.installed import installed
from tests.search.making import register
from tests.search.test_indexing import drain_all, indexed


@pytest.fixture
def desk(actor: Callable[[str], Actor]) -> Actor:
    return actor("reception1")


def test_what_is_lost_from_the_index_comes_back_by_itself(session: Session, desk: Actor) -> None:
    made = [register(session, desk, f"Đơn {n}").id for n in range(4)]
    drain_all()
    engine = installed().engine
    assert services.mend(session, engine, CASES) == 0
    with engine.exclusive():
        engine.append([Document(made[0], 7, document_terms(head=["khác"], body=[]))], remove=[made[1]])
        engine.append([Document(999, 1, document_terms(head=["ma"], body=[]))])
    assert not services.compare(session, engine, CASES).agrees
    assert services.mend(session, engine, CASES) == 3
    assert services.mend(session, engine, CASES) == 0  # they wait already
    drain_all()
    assert services.compare(session, engine, CASES).agrees
    assert indexed() == dict.fromkeys(made, 1)
