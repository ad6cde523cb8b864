"""Lists walk an index in their order from a key, so that a page costs the same at any size."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import db
from petitions.queries import counts, lists
from petitions.queries.lists import Queue, Sort, View
from tests.conftest import NOW

ActorOf = Callable[[str], Actor]
TODAY = NOW.date()
WALKED = {
    (Queue.MINE, None): "ix_petition_officer_id_priority_key_id",
    (Queue.UNASSIGNED, None): "ix_petition_unassigned",
    (Queue.OPEN, None): "ix_petition_office_id_due_on_id",
    (Queue.OPEN, Sort.PRIORITY): "ix_petition_office_id_priority_key_id",
    (Queue.OPEN, Sort.RECEIVED): "ix_petition_open_by_day",
    (Queue.OPEN, Sort.PETITIONER): "ix_petition_office_id_petitioner_sort_id",
    (Queue.OPEN, Sort.NUMBER): "ix_petition_all_by_number",
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


@pytest.mark.parametrize(("queue", "sort"), WALKED, ids=str)
@pytest.mark.parametrize("name", ["supervisor1", "officer1"])
def test_a_page_walks_one_index(session: Session, actor: ActorOf, name: str, queue: Queue, sort: Sort | None) -> None:
    view, who = View(queue, sort=sort), actor(name)
    first = plans_of(session, lambda: lists.page(session, view, who, today=TODAY, soon_until=TODAY))
    assert len(first) == 1, first
    assert re.search(rf"\b{WALKED[queue, sort]}\b", first[0])


@pytest.mark.parametrize("name", ["supervisor1", "officer1", "reception1"])
def test_counting_the_queues_reads_no_petition(session: Session, actor: ActorOf, name: str) -> None:
    who = actor(name)
    steps = plans_of(session, lambda: counts.queue_counts(session, who, today=TODAY, soon_until=TODAY))
    assert steps
    assert [step for step in steps if not re.search(r"\btally\b|^USE TEMP B-TREE FOR GROUP BY$", step)] == []
