"""Several offices in one database: each is swept by its own people, calendar and chain."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor, system_actor
from auth.permissions import Role
from auth.services import accounts
from auth.services.offices import open_office
from core import audit
from core.clock import FixedClock
from core.database import unit_of_work
from petitions.models import ClockAlert, Petition
from petitions.queries.checks import queue_drift
from petitions.services.sweep import sweep
from tests.petitions.given import a_petition
from tests.petitions.test_sweep import LATE, go_to

As = Callable[[str], Actor]


def test_each_office_is_swept_by_its_own_people(session: Session, actor: As, clock: FixedClock) -> None:
    with unit_of_work() as work:
        other = open_office(work, code="PHA", name="UBND phường Hai")
    system = system_actor(other)
    ours = [a_petition(actor("reception1")).id for _ in range(3)]
    theirs = [a_petition(system).id for _ in range(3)]
    go_to(clock, LATE)
    # The other office has nobody yet: its cases wait, ours do not.
    done = sweep(batch=4)
    assert (done.escalated, done.waiting) == (3, 6), "three cases, each late by decree and by law"
    with unit_of_work() as work:
        boss = accounts.create_user(work, username="boss2", full_name="Lê Thị Chủ", role=Role.SUPERVISOR, by=system).id
    clock.advance(timedelta(days=1))
    done = sweep(batch=4)
    assert (done.escalated, done.waiting) == (3, 0)
    session.rollback()
    to = {petition.id: petition.escalated_to_id for petition in session.scalars(select(Petition))}
    assert {to[petition_id] for petition_id in ours} == {actor("supervisor1").id}
    assert {to[petition_id] for petition_id in theirs} == {boss}
    told = session.scalars(select(ClockAlert)).all()
    assert {alert.office_id for alert in told if alert.petition_id in theirs} == {other}
    for office_id in (1, other):
        assert audit.verify(session, office_id).first_bad_seq is None
        assert queue_drift(session, office_id)[1] == []
