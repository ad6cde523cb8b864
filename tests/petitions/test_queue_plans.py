"""Lists walk an index in their order from a key, so that a page costs the same at any size."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import db, unit_of_work
from petitions.forms.filters import FLAGS
from petitions.models import Absence, Petition, figures
from petitions.queries import counts, lists
from petitions.queries.case import siblings_of
from petitions.queries.desk import recent_of
from petitions.queries.filters import Filters
from petitions.queries.lists import Queue, Sort, View
from petitions.queries.workload import workload
from petitions.services.assignment import top_for
from tests.conftest import NOW
from tests.petitions.given import a_petition

ActorOf = Callable[[str], Actor]
TODAY = NOW.date()
WALKED = {
    (Queue.MINE, None): "ix_petition_officer_id_priority_key_id",
    (Queue.UNASSIGNED, None): "ix_petition_unassigned",
    (Queue.OPEN, None): "ix_petition_office_id_due_on_id",
    (Queue.OPEN, Sort.PRIORITY): "ix_petition_office_id_priority_key_id",
    (Queue.OPEN, Sort.RECEIVED): "ix_petition_open_by_day",
    (Queue.OPEN, Sort.PETITIONER): "ix_petition_office_id_petitioner_sort_id",
    (Queue.OPEN, Sort.NUMBER): "ix_petition_open_by_number",
    (Queue.DUE_SOON, None): "ix_petition_office_id_due_on_id",
    (Queue.OVERDUE, None): "ix_petition_office_id_due_on_id",
    (Queue.PRIORITY, None): "ix_petition_priority_queue",
    (Queue.ESCALATED, None): "ix_petition_office_id_priority_key_id",
    (Queue.CONFIRMATION, None): "ix_petition_awaiting_confirmation",
    (Queue.ALL, None): "ix_petition_office_id_received_on_id",
    (Queue.ALL, Sort.DUE): "ix_petition_all_by_due",
    (Queue.ALL, Sort.PETITIONER): "ix_petition_all_by_name",
    (Queue.ALL, Sort.NUMBER): "ix_petition_all_by_number",
}

# Queues that stay short, whatever the office: few petitions are one's own, soon due or waiting for a confirmation.
SHORT = {Queue.MINE, Queue.DUE_SOON, Queue.CONFIRMATION}
KEYS = {Sort.DUE: TODAY, Sort.RECEIVED: TODAY, Sort.PETITIONER: "2013!1", Sort.NUMBER: 7}


@pytest.fixture(autouse=True)
def _sqlite_only(database: str) -> None:
    if database != "sqlite":
        pytest.skip("PostgreSQL plans by what it has counted; SQLite has no statistics and takes what it is led to")


def plans_of(session: Session, ask: object) -> list[str]:
    """How SQLite answers the statements on petitions that ``ask`` sends: one line for each step."""
    sent: list[tuple[str, tuple[object, ...]]] = []

    def note(_c: object, _cursor: object, statement: str, values: tuple[object, ...], *_more: object) -> None:
        sent.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        ask()  # type: ignore[operator]
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    connection = session.connection()
    found = []
    for statement, values in sent:
        if statement.startswith("SELECT"):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            found += [row[3] for row in rows]
    return found


def page_plan(session: Session, who: Actor, view: View) -> list[str]:
    return plans_of(session, lambda: lists.page(session, view, who, today=TODAY, soon_until=TODAY))


@pytest.mark.parametrize(("queue", "sort"), WALKED, ids=str)
@pytest.mark.parametrize("name", ["supervisor1", "officer1"])
def test_a_page_walks_the_index_that_was_made_for_it(
    session: Session, actor: ActorOf, name: str, queue: Queue, sort: Sort | None
) -> None:
    steps = page_plan(session, actor(name), View(queue, sort=sort))
    assert len(steps) == 1, steps
    assert re.search(rf"\b{WALKED[queue, sort]}\b", steps[0])


@pytest.mark.parametrize("queue", [queue for queue in Queue if queue not in SHORT])
@pytest.mark.parametrize("sort", [Sort.DUE, Sort.RECEIVED, Sort.PETITIONER, Sort.NUMBER])
def test_no_order_that_a_list_offers_makes_it_sort_everything(
    session: Session, actor: ActorOf, queue: Queue, sort: Sort
) -> None:
    for name in ("supervisor1", "officer1"):
        for key in ("", lists.page_key(sort, KEYS[sort], 7)):
            steps = page_plan(session, actor(name), View(queue, sort=sort, after=key))
            assert [step for step in steps if "TEMP B-TREE" in step or step.startswith("SCAN")] == []


@pytest.mark.parametrize("name", ["supervisor1", "officer1", "reception1"])
def test_counting_the_queues_reads_no_petition(session: Session, actor: ActorOf, name: str) -> None:
    who = actor(name)
    steps = plans_of(session, lambda: counts.queue_counts(session, who, today=TODAY, soon_until=TODAY))
    read = [step for step in steps if step.startswith(("SEARCH", "SCAN"))]
    # Each part reads a range of the key: how many counters years have left behind makes no difference.
    assert len(read) == 5
    narrow = re.compile(r"SEARCH tally USING INDEX \w+ \(office_id=\? AND name=\?")
    assert [step for step in read if not narrow.match(step)] == []


@pytest.mark.parametrize("flag", FLAGS)
def test_marked_petitions_are_counted_in_the_priority_queue(session: Session, actor: ActorOf, flag: str) -> None:
    view, who = View(Queue.OPEN, Filters(flags=(flag,))), actor("supervisor1")
    steps = plans_of(session, lambda: lists.count_up_to(session, view, who, today=TODAY, soon_until=TODAY))
    assert [step for step in steps if "ix_petition_priority_queue" in step]


# What the morning page links to: the list, and the index that its page and its count walk.
MORNING = {
    (Queue.OPEN, Filters(due="late")): "ix_petition_office_id_due_on_id",
    (Queue.OPEN, Filters(due="today")): "ix_petition_office_id_due_on_id",
    (Queue.OPEN, Filters(due="week")): "ix_petition_office_id_due_on_id",
    (Queue.OPEN, Filters(idle=15)): "ix_petition_awaiting_act",
    (Queue.OPEN, Filters(halted=30)): "ix_petition_halted",
    (Queue.OPEN, Filters(finding="missing")): "ix_petition_without_finding",
    (Queue.OPEN, Filters(absent=True)): "ix_petition_officer_id_priority_key_id",
}


@pytest.mark.parametrize(("queue", "filters"), MORNING, ids=lambda part: str(part)[:5])
@pytest.mark.parametrize("name", ["supervisor1", "officer1"])
def test_a_list_of_the_morning_page_walks_its_index(
    session: Session, actor: ActorOf, name: str, queue: Queue, filters: Filters
) -> None:
    who, view = actor(name), View(queue, filters)
    is_away(actor("officer2"))
    page = page_plan(session, who, view)
    count = plans_of(session, lambda: lists.count_up_to(session, view, who, today=TODAY, soon_until=TODAY))
    for steps in (page, count):
        walked = [step for step in steps if step.startswith("SEARCH petition ")]
        assert len(walked) == 1
        assert re.search(rf"\b{MORNING[queue, filters]}\b", walked[0])
        assert [step for step in steps if "TEMP B-TREE" in step] == []


@pytest.mark.parametrize("name", ["supervisor1", "officer1"])
def test_the_workload_and_the_numbers_of_a_unit_open_no_petition(session: Session, actor: ActorOf, name: str) -> None:
    who = actor(name)
    unit_id = who.unit_ids[0] if who.unit_ids else 1
    views = [View(Queue.OPEN, Filters(unit_id=unit_id, due=due)) for due in ("late", "today", "")]
    views += [View(Queue.OPEN, Filters(unit_id=unit_id, idle=15)), View(Queue.UNASSIGNED, Filters(unit_id=unit_id))]
    steps = plans_of(session, lambda: workload(session, who, today=TODAY))
    steps += plans_of(session, lambda: workload(session, who, today=TODAY, unit_id=unit_id))
    steps += plans_of(session, lambda: counted(session, views, who))
    read = [step for step in steps if re.search("(SEARCH|SCAN) petition ", step)]
    assert len(read) == 2 + len(views)
    assert [step for step in read if "COVERING INDEX ix_petition_work" not in step] == []


def counted(session: Session, views: list[View], who: Actor) -> list[int]:
    return [lists.count_up_to(session, view, who, today=TODAY, soon_until=TODAY) for view in views]


def is_away(who: Actor) -> None:
    absence = {"office_id": who.office_id, "user_id": who.id, "first_day": TODAY, "last_day": TODAY, "recorded_at": NOW}
    with unit_of_work() as work:
        work.execute(insert(Absence), [absence])


@pytest.mark.parametrize("name", ["officer1", "supervisor1"])
def test_the_next_case_is_the_first_entry_of_its_index_that_may_be_taken(
    session: Session, actor: ActorOf, name: str
) -> None:
    who = actor(name)
    steps = plans_of(session, lambda: session.execute(top_for(who, who)))
    assert re.search(r"^SEARCH petition USING INDEX ix_petition_unassigned ", steps[0])
    assert [step for step in steps if "TEMP B-TREE" in step] == []


def test_what_was_not_sent_is_found_by_its_running_limits(session: Session, actor: ActorOf) -> None:
    """The cost is that of the limits that run after the end; of the petitions only those are looked at."""
    who, view = actor("supervisor1"), View(Queue.ALL, Filters(unsent=True))
    count = plans_of(session, lambda: lists.count_up_to(session, view, who, today=TODAY, soon_until=TODAY))
    for steps in (page_plan(session, who, view), count):
        assert [step for step in steps if "ix_petition_clock_running (office_id=? AND rule_id=?)" in step]
        assert [step for step in steps if step.startswith("SEARCH petition USING INTEGER PRIMARY KEY")]


def test_a_matter_and_ones_own_latest_are_found_by_their_own_index(session: Session, actor: ActorOf) -> None:
    """The office is part of every question and says nothing."""
    made = a_petition(actor("reception1"))
    petition = session.get_one(Petition, made.id)
    who = actor("reception1")
    matter = plans_of(session, lambda: siblings_of(session, petition, who))
    latest = plans_of(session, lambda: recent_of(session, who))
    assert [re.findall(r"ix_\w+", step) for step in (*matter, *latest)] == [
        ["ix_petition_matter_id"],
        ["ix_petition_registered_by_id"],
    ]


def test_sqlite_is_told_of_every_index_of_petitions(session: Session) -> None:
    connection = session.connection()
    rows = connection.execute(text("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'petition'"))
    told = {row.idx: len(row.stat.split()) - 1 for row in rows}
    wanted = {name: columns.count(",") + 1 for name, columns in figures.indexes(connection)}
    assert told == wanted
