"""The audit and the programmes walk indexes: what is not asked for is not read."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.queries import audits, programmes
from petitions.queries.audit_background import background
from petitions.queries.audits import Audit, Key, What
from petitions.queries.clocks import happenings_by_petition, legal_events_of
from petitions.services import programmes as services
from tests.conftest import NOW
from tests.petitions.given import do
from tests.petitions.test_programmes import GIVEN
from tests.petitions.test_queue_plans import plans_of

ActorOf = Callable[[str], Actor]
TODAY = NOW.date()
WALKED = {
    What.NOW: "ix_petition_office_id_due_on_id",
    What.AFTER: "ix_petition_clock_running",
    What.CLOSED: "ix_petition_clock_missed",
}


@pytest.fixture(autouse=True)
def _sqlite_only(database: str) -> None:
    if database != "sqlite":
        pytest.skip("PostgreSQL plans by what it has counted")


@pytest.mark.parametrize("what", What)
@pytest.mark.parametrize("name", ["supervisor1", "officer1"])
def test_each_part_of_the_audit_walks_its_index(session: Session, actor: ActorOf, what: What, name: str) -> None:
    who = actor(name)
    audit = Audit(date(2026, 11, 1), TODAY, TODAY, what=what)
    for key in (None, Key(what, TODAY, 7)):
        steps = plans_of(session, lambda key=key: audits.page(session, audit, who, after=key))
        assert re.search(rf"\b{WALKED[what]}\b", steps[0]), steps
        assert [step for step in steps if step.startswith("SCAN")] == []
        # What the index gives is in order already; only the few limits that run after a closing are sorted.
        assert what is What.AFTER or not [step for step in steps if "TEMP B-TREE" in step], steps
    counted = plans_of(session, lambda: audits.figures(session, audit, who))
    assert re.search(rf"\b{WALKED[what]}\b", counted[0]), counted
    assert [step for step in counted if step.startswith("SCAN")] == []


def test_what_belongs_to_a_page_is_found_by_petition(session: Session) -> None:
    steps = plans_of(session, lambda: background(session, Audit(TODAY, TODAY, TODAY), [1, 2, 3]))
    read = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
    assert len(read) == 3
    assert all("petition_id=?" in step for step in read), read


def test_a_programme_reads_its_own_petitions(session: Session, actor: ActorOf) -> None:
    boss = actor("supervisor1")
    programme = programmes.get_programme(session, do(services.create, GIVEN, by=boss), boss)
    walked = ["ix_petition_open_by_day", "ix_petition_resolved_by_day"]
    parts = plans_of(session, lambda: programmes.parts_of(session, programme, boss))
    assert [name for step in parts for name in re.findall(r"ix_\w+", step)] == walked
    course = plans_of(session, lambda: programmes.course_of(session, programme, boss))
    names = {name for step in course for name in re.findall(r"ix_\w+", step)}
    assert {*walked, "ix_petition_event_reopening"} <= names
    hard = plans_of(session, lambda: programmes.hard_cases(session, programme, boss))
    assert "ix_petition_priority_queue" in hard[0]
    assert not [step for step in hard[:1] if "TEMP B-TREE" in step]


def test_the_legal_events_of_a_petition_are_found_by_petition(session: Session) -> None:
    """Nearly no row takes another back: that one does not is no way to find anything."""
    for ask in (lambda: legal_events_of(session, 1), lambda: happenings_by_petition(session, [1, 2, 3])):
        steps = plans_of(session, ask)
        assert "ix_legal_event_petition_id_id (petition_id=?" in steps[0], steps
