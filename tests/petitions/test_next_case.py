"""“Next case”: the top for the own team, and nobody waits for ever, however much comes in that stands first."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock as clocks
from core.clock import FixedClock
from core.database import unit_of_work
from petitions.models import Petition
from petitions.priority import DAILY, DEFAULT_WEIGHTS, PriorityRule
from petitions.services import assignment
from petitions.services.priorities import set_weights
from tests.petitions.given import a_petition, do

As = Callable[[str], Actor]
ARRIVALS_A_DAY = 2


def taken_by(officer: Actor, reception: Actor) -> int | None:
    """What the officer is given on a day on which more came in than one can take."""
    for _ in range(ARRIVALS_A_DAY):
        a_petition(reception, received_on=clocks.today(), complex_reason="nhiều nội dung")
    taken = do(assignment.take_next, by=officer)
    return taken.id if taken else None


@pytest.mark.parametrize("days_ahead", [5, 20])
def test_a_case_that_waits_is_never_starved(session: Session, actor: As, clock: FixedClock, days_ahead: int) -> None:
    """Twice as many come in each day as are taken, all of them complex; the plain one is taken all the same, in time.

    What comes in stands first for as many days as its points are worth; whatever comes later stands behind.
    """
    reception, boss, officer = actor("reception1"), actor("supervisor1"), actor("officer1")
    a_day = sum(DEFAULT_WEIGHTS[rule] for rule in DAILY)
    weights = dict.fromkeys(PriorityRule, 0) | {rule: DEFAULT_WEIGHTS[rule] for rule in DAILY}
    with unit_of_work() as work:
        set_weights(work, weights | {PriorityRule.COMPLEX: days_ahead * a_day}, by=boss)
    waiting = a_petition(reception, received_on=clocks.today())
    most = ARRIVALS_A_DAY * (days_ahead + 12)  # days off, on which a limit does not end, may add some
    days = 0
    while taken_by(officer, reception) != waiting.id:
        clock.advance(timedelta(days=1))
        days += 1
        assert days < most, "it waits and waits"
    assert days >= days_ahead - 1, "it did stand behind for a while"
    left = session.scalars(select(Petition.id).where(Petition.officer_id.is_(None), Petition.id > waiting.id)).all()
    assert left, "and was taken although others, who would once have stood first, wait"


def test_the_top_is_taken_and_not_what_another_team_has(session: Session, actor: As) -> None:
    boss, officer = actor("supervisor1"), actor("officer1")
    other_team = actor("officer3").unit_ids[0]
    theirs, ours, free, held = (a_petition(actor("reception1"), people_count=count) for count in (60, 30, 9, 90))
    do(assignment.assign, theirs.id, by=boss, unit_id=other_team)
    do(assignment.assign, ours.id, by=boss, unit_id=officer.unit_ids[0])
    do(assignment.assign, held.id, by=boss, officer_id=actor("officer2").id)
    order = [getattr(do(assignment.take_next, by=officer), "id", None) for _ in range(3)]
    assert order == [ours.id, free.id, None]
    taken = do(assignment.take_next, by=actor("officer3"))
    assert taken is not None
    assert taken.id == theirs.id
