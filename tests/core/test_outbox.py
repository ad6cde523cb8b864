from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from core.clock import FixedClock
from core.database import unit_of_work
from core.outbox import BULK, SINGLE, backlog, enqueue, mark_done, pending


@pytest.fixture(autouse=True)
def _nothing_waits(session: Session) -> None:
    assert backlog(session, "search") == (0, None)


def subjects(session: Session, consumer: str = "search", limit: int = 10) -> list[int]:
    return [row.subject_id for row in pending(session, consumer, limit=limit)]


def test_single_saves_overtake_imports(session: Session) -> None:
    with unit_of_work() as inside:
        enqueue(inside, ["search"], [(1, 1), (2, 1)], lane=BULK)
        enqueue(inside, ["search"], [(9, 4)], lane=SINGLE)
    assert subjects(session) == [9, 1, 2]
    assert subjects(session, limit=2) == [9, 1]
    assert [row.version for row in pending(session, "search", limit=1)] == [4]


def test_every_consumer_has_its_own_rows(session: Session) -> None:
    with unit_of_work() as inside:
        enqueue(inside, ["search", "notices"], [(1, 1), (2, 1)])
    with unit_of_work() as inside:
        mark_done(inside, [row.id for row in pending(inside, "search", limit=10)])
    assert subjects(session) == []
    assert subjects(session, "notices") == [1, 2]


def test_the_backlog_tells_how_much_and_since_when(session: Session, clock: FixedClock) -> None:
    first = clock.now()
    with unit_of_work() as inside:
        enqueue(inside, ["search"], [(1, 1)])
    clock.advance(timedelta(minutes=3))
    with unit_of_work() as inside:
        enqueue(inside, ["search"], [(2, 1), (3, 1)])
    assert backlog(session, "search") == (3, first)


def test_many_rows_are_removed_at_once(session: Session) -> None:
    """More than a statement takes parameters for."""
    with unit_of_work() as inside:
        enqueue(inside, ["search"], [(number, 1) for number in range(1700)], lane=BULK)
    with unit_of_work() as inside:
        mark_done(inside, [row.id for row in pending(inside, "search", limit=1650)])
    assert backlog(session, "search")[0] == 50
    assert subjects(session, limit=1) == [1650]


def test_an_act_that_fails_tells_nobody(session: Session) -> None:
    def fail() -> None:
        with unit_of_work() as inside:
            enqueue(inside, ["search"], [(1, 1)])
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert subjects(session) == []


def test_nothing_to_tell_writes_nothing(session: Session) -> None:
    with unit_of_work() as inside:
        enqueue(inside, ["search"], [])
        enqueue(inside, [], [(1, 1)])
    assert backlog(session, "search") == (0, None)
