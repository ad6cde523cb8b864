"""Proposals that wait for a supervisor: counted in the transaction that makes them, shown to who decides."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from petitions.models import Tally
from petitions.queries.checks import queue_drift
from petitions.services.assignment import assign
from petitions.services.closing import Resolution, confirm, decline, propose
from petitions.services.office import require_confirmation
from petitions.vocabulary import Disposition
from tests.petitions.given import PLAIN, SECRET, a_petition

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


@pytest.fixture
def waiting(session: Session, actor: ActorOf) -> list[int]:
    """Two proposals: one in the open, one of a denunciation."""
    with unit_of_work() as work:
        require_confirmation(work, required=True, by=actor("supervisor1"))
    made = [a_petition(actor("reception1"), intake).id for intake in (PLAIN, SECRET)]
    filed = Resolution(Disposition.FILED, resolution_note="Lưu đơn, không đủ căn cứ")
    with unit_of_work() as work:
        for petition_id in made:
            assign(work, petition_id, by=actor("supervisor1"), officer_id=actor("officer1").id)
            propose(work, petition_id, filed, by=actor("officer1"))
    return made


def counted(session: Session) -> dict[int, int]:
    session.rollback()
    rows = session.execute(select(Tally.scope, Tally.n).where(Tally.name == "confirmation"))
    return {scope: n for scope, n in rows if n}


def test_proposals_are_counted_until_they_are_decided(session: Session, actor: ActorOf, waiting: list[int]) -> None:
    assert sum(counted(session).values()) == 2
    assert queue_drift(session, actor("supervisor1").office_id)[1] == []
    with unit_of_work() as work:
        decline(work, waiting[0], by=actor("supervisor1"), reason="Còn thiếu căn cứ")
    assert sum(counted(session).values()) == 1
    with unit_of_work() as work:
        confirm(work, waiting[1], by=actor("supervisor1"))
    assert counted(session) == {}
    assert queue_drift(session, actor("supervisor1").office_id)[1] == []


def test_the_queue_shows_its_count_to_who_decides(as_user: AsUser, waiting: list[int]) -> None:
    page = as_user("supervisor1").get("/queues/confirmation").text
    assert ", 2 đơn</caption>" in page
    assert 'href="/queues/confirmation" aria-current="page"' in page
    assert 'href="/queues/confirmation"' not in as_user("officer1").get("/queues/open").text


def test_a_wrong_counter_is_found(session: Session, actor: ActorOf, waiting: list[int]) -> None:
    with unit_of_work() as work:
        for row in work.scalars(select(Tally).where(Tally.name == "confirmation")):
            row.n += 1
    assert {drift.what for drift in queue_drift(session, actor("supervisor1").office_id)[1]} == {"tally"}
