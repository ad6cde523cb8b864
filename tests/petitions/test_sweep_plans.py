"""What the sweep and the home page ask of alerts walks an index, at every size."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.clock import FixedClock
from petitions.queries.alerts import alerts_for, alerts_of
from petitions.services.sweep import sweep
from tests.petitions.given import a_petition
from tests.petitions.test_sweep import LATE, go_to, watch

As = Callable[[str], Actor]
Sent = list[tuple[str, Any]]


@contextmanager
def listening(session: Session) -> Iterator[Sent]:
    sent: Sent = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_more: object) -> None:
        if statement.startswith("SELECT") and ("petition_clock" in statement or "clock_alert" in statement):
            sent.append((statement, values))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan(session: Session, statement: str, values: Any) -> list[str]:
    raw = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return [row[3] for row in raw]


def test_no_question_of_the_sweep_walks_a_table(session: Session, actor: As, clock: FixedClock, database: str) -> None:
    if database != "sqlite":
        pytest.skip("PostgreSQL plans by the size of the tables")
    for _ in range(3):
        a_petition(actor("reception1"))
    watch(session)
    go_to(clock, LATE)
    with listening(session) as sent:
        sweep(batch=2)
        alerts_for(session, actor("supervisor1"), None)
        alerts_of(session, 1)
    plans = {statement: plan(session, statement, values) for statement, values in sent}
    assert len(plans) >= 5
    walked = [step for steps in plans.values() for step in steps if step.startswith("SCAN") and "SUBQUERY" not in step]
    assert walked == []
    due = [steps for statement, steps in plans.items() if "next_alert_on <= ?" in statement and "LIMIT" in statement]
    assert len(due) == 2, "from the beginning, and after the batch before"
    for steps in due:
        assert len(steps) == 1, "in the order of the index, without sorting"
        assert "ix_petition_clock_next_alert" in steps[0]
    mine = next(steps for statement, steps in plans.items() if "JOIN petition " in statement)
    assert any("ix_clock_alert_to_user_id_id" in step for step in mine)
    assert session.execute(text("SELECT count(*) FROM clock_alert")).scalar_one() == 9
