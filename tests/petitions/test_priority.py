"""The order of the queue: declared weights, ageing without writing, the stored key, the page of the weights."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from core.audit import AuditEntry
from core.clock import FixedClock
from core.database import unit_of_work
from core.errors import InvalidInput, NotAllowed
from petitions.models import Petition, PetitionEvent
from petitions.priority import DEFAULT_WEIGHTS, PriorityRule, Standing, key, reasons, score, tier
from petitions.queries.checks import queue_drift
from petitions.queries.lists import Queue, View, page
from petitions.queries.weights import key_expression, weights_of
from petitions.services import assignment, records
from petitions.services.office import set_day
from petitions.services.priorities import rekey_stale, set_weights
from petitions.vocabulary import Flag, Trigger
from tests.petitions.given import PLAIN, a_petition

As = Callable[[str], Actor]
TODAY = date(2026, 11, 24)
QUIET = Standing(
    complex=False,
    prominent=False,
    escalated=False,
    people_count=1,
    repeated=False,
    forwarded=False,
    due_on=TODAY,
    last_act_on=TODAY,
)
days = st.dates(date(2010, 1, 1), date(2040, 12, 31))
standings = st.builds(
    Standing,
    complex=st.booleans(),
    prominent=st.booleans(),
    escalated=st.booleans(),
    people_count=st.integers(1, 40),
    repeated=st.booleans(),
    forwarded=st.booleans(),
    due_on=days,
    last_act_on=days,
    trigger=st.sampled_from([None, *(trigger.value for trigger in Trigger)]),
    points=st.integers(0, 7),
    especially_complex=st.booleans(),
    second_instance=st.booleans(),
    forwarded_above=st.booleans(),
)


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({"complex": True}, 2000),
        ({"prominent": True}, 2000),
        ({"escalated": True}, 400),
        ({"people_count": 5}, 200),
        ({"people_count": 4}, 0),
        ({"repeated": True}, 60),
        ({"forwarded": True}, 60),
        ({"forwarded": True, "forwarded_above": True}, 180),
        ({"second_instance": True}, 150),
        ({"complex": True, "points": 3}, 2300),
        ({"complex": True, "points": 2, "especially_complex": True}, 2600),
        ({"escalated": True, "trigger": "superior-request"}, 800),
        ({"escalated": True, "trigger": "overdue"}, 400),
        ({"trigger": "superior-request"}, 0),
        ({"due_on": TODAY - timedelta(days=9)}, 18),
        ({"due_on": TODAY + timedelta(days=9)}, -18),
        ({"last_act_on": TODAY - timedelta(days=9)}, 9),
        ({"complex": True, "people_count": 12, "due_on": TODAY - timedelta(days=9)}, 2218),
    ],
)
def test_the_score_is_the_sum_of_the_rules(change: dict[str, object], points: int) -> None:
    standing = replace(QUIET, **change)  # type: ignore[arg-type]
    assert score(key(standing, DEFAULT_WEIGHTS), DEFAULT_WEIGHTS, TODAY) == points


@given(standings, standings, days)
def test_the_key_orders_as_the_score_of_any_day_does(one: Standing, other: Standing, day: date) -> None:
    keys = key(one, DEFAULT_WEIGHTS), key(other, DEFAULT_WEIGHTS)
    scores = (score(keys[0], DEFAULT_WEIGHTS, day), score(keys[1], DEFAULT_WEIGHTS, day))
    assert (keys[0] < keys[1]) == (scores[0] > scores[1])


@given(standings)
def test_a_case_that_waits_is_overtaken_no_more_after_a_bounded_time(waiting: Standing) -> None:
    """Whatever comes in later than this bound stands behind it, be it complex, prominent and escalated."""
    most = sum(weight for rule, weight in DEFAULT_WEIGHTS.items() if not rule.value.startswith("day"))
    most += 6 * DEFAULT_WEIGHTS[PriorityRule.COMPLEXITY_POINT]
    bound = max(waiting.due_on, waiting.last_act_on) + timedelta(days=most)
    newcomer = Standing(
        complex=True,
        prominent=True,
        escalated=True,
        people_count=99,
        repeated=True,
        forwarded=True,
        due_on=bound,
        last_act_on=bound,
        trigger=Trigger.CRIME_SIGNS.value,
        points=7,
        especially_complex=True,
        second_instance=True,
        forwarded_above=True,
    )
    assert key(waiting, DEFAULT_WEIGHTS) <= key(newcomer, DEFAULT_WEIGHTS)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (QUIET, 0),
        (replace(QUIET, people_count=5), 1),
        (replace(QUIET, escalated=True), 1),
        (replace(QUIET, complex=True), 2),
    ],
)
def test_the_tier_says_whether_a_case_stands_in_the_priority_queue(standing: Standing, expected: int) -> None:
    assert tier(standing) == expected


def test_the_reasons_are_words(app: Flask) -> None:
    standing = replace(
        QUIET,
        complex=True,
        escalated=True,
        trigger=Trigger.CRIME_SIGNS.value,
        people_count=12,
        due_on=TODAY - timedelta(days=9),
        last_act_on=TODAY - timedelta(days=20),
    )
    with app.test_request_context(headers={"Accept-Language": "en"}):
        words = [str(word) for word in reasons(standing, TODAY)]
    assert words == [
        "phức tạp",
        "đã trình: Có dấu hiệu tội phạm",
        "12 người",
        "quá hạn 9 ngày",
        "20 ngày chưa xử lý",
    ]


@pytest.fixture
def mixed_backlog(actor: As, session: Session, clock: FixedClock) -> list[int]:
    """Thirty petitions of every standing, acted on at different times of the office's day."""
    reception, boss = actor("reception1"), actor("supervisor1")
    ids = []
    for at in range(30):
        clock.advance(timedelta(hours=7, minutes=at))
        received = PLAIN.received_on - timedelta(days=at * 37 % 300)
        changes: dict[str, Any] = {
            "received_on": received,
            "people_count": (1, 2, 5, 12)[at % 4],
            "complex_reason": "nhiều nội dung" if at % 2 else None,
            "prominent_reason": "báo nêu" if at % 3 == 0 else None,
            "forwarder": "HĐND thành phố" if at % 5 == 0 else "",
        }
        made = a_petition(reception, **changes)
        ids.append(made.id)
        if at % 4 == 0:
            with unit_of_work() as work:
                assignment.escalate(
                    work,
                    made.id,
                    by=boss,
                    trigger=Trigger.CROWD,
                    to_id=boss.id,
                    reply_by=date(2027, 6, 1),
                    reason="đông người",
                )
    return ids


def test_the_key_in_sql_is_the_key_in_python(session: Session, mixed_backlog: list[int]) -> None:
    dialect = session.get_bind().dialect.name
    weights = {rule: 7 * at + 3 for at, rule in enumerate(PriorityRule)}
    rows = session.execute(select(Petition, key_expression(weights, dialect).label("key"))).all()
    assert len(rows) == len(mixed_backlog)
    for petition, found in rows:
        assert found == key(Standing.of(petition), weights)


def test_new_weights_reorder_every_open_petition(session: Session, actor: As, mixed_backlog: list[int]) -> None:
    boss = actor("supervisor1")
    other = {**DEFAULT_WEIGHTS, PriorityRule.COMPLEX: 0, PriorityRule.FORWARDED: 9000}
    events = session.scalars(select(PetitionEvent.id)).all()
    with unit_of_work() as work:
        assert set_weights(work, other, by=boss) == len(mixed_backlog)
    assert queue_drift(session, boss.office_id) == (len(mixed_backlog), [])
    shown = page(session, View(Queue.PRIORITY), boss, today=TODAY, soon_until=TODAY).rows
    forwarded = [bool(row.forwarder) for row in shown]
    assert forwarded == sorted(forwarded, reverse=True)
    assert session.scalars(select(PetitionEvent.id)).all() == events, "an order is no act on the petitions"
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "office.priority-weights")).one()
    assert '"complex":[2000,0]' in entry.payload


def test_a_stored_order_that_rests_on_older_rules_is_put_right(
    session: Session, actor: As, mixed_backlog: list[int]
) -> None:
    with unit_of_work() as work:
        older = {"priority_key": 0, "priority_tier": Petition.priority_tier * 100}
        work.execute(update(Petition).values(**older).execution_options(synchronize_session=False))
        work.execute(update(Office).values(keyed_version=0).execution_options(synchronize_session=False))
    assert queue_drift(session, actor("supervisor1").office_id)[1]
    assert rekey_stale() == 1
    assert rekey_stale() == 0
    assert queue_drift(session, actor("supervisor1").office_id)[1] == []


def test_what_the_program_derives_is_no_act(session: Session, actor: As, clock: FixedClock) -> None:
    made = a_petition(actor("reception1"))
    acted = session.execute(select(Petition.last_act_at)).scalar_one()
    clock.advance(timedelta(days=1))
    with unit_of_work() as work:
        moved = set_day(work, date(2026, 11, 27), kind="lieu", name="Nghỉ", source="TB", by=actor("supervisor1"))
    assert moved == 1
    session.expire_all()
    assert session.execute(select(Petition.last_act_at)).scalar_one() == acted
    assert queue_drift(session, actor("supervisor1").office_id)[1] == []
    with unit_of_work() as work:
        records.set_flag(work, made.id, Flag.COMPLEX, by=actor("officer1"), reason="nhiều nội dung")
    session.expire_all()
    assert session.execute(select(Petition.last_act_at)).scalar_one() == clock.now()


def test_weights_that_cannot_be_taken(session: Session, actor: As) -> None:
    boss = actor("supervisor1")
    for wrong, field in (
        ({PriorityRule.COMPLEX: -1}, "complex"),
        ({PriorityRule.GROUP: 10_001}, "group"),
        ({PriorityRule.DAY_PAST_DUE: 0, PriorityRule.DAY_WITHOUT_ACT: 0}, "day-past-due"),
    ):
        with pytest.raises(InvalidInput) as refused, unit_of_work() as work:
            set_weights(work, {**DEFAULT_WEIGHTS, **wrong}, by=boss)
        assert list(refused.value.errors) == [field]
    with pytest.raises(NotAllowed), unit_of_work() as work:
        set_weights(work, DEFAULT_WEIGHTS, by=actor("officer1"))
    assert weights_of(session, boss.office_id) == DEFAULT_WEIGHTS


def form(**changes: str) -> dict[str, str]:
    return {rule.value: str(weight) for rule, weight in DEFAULT_WEIGHTS.items()} | changes


def test_the_page_shows_what_would_move_before_it_saves(
    session: Session, actor: As, as_user: Callable[[str], FlaskClient]
) -> None:
    reception, boss = actor("reception1"), as_user("supervisor1")
    plain, many = a_petition(reception), a_petition(reception, people_count=9)
    before = boss.get("/office/priority").text
    assert before.index(many.number) < before.index(plain.number)
    assert "Lưu trọng số này" not in before
    tried = boss.post("/office/priority", data=form(group="0", then="try")).text
    assert tried.index(plain.number) < tried.index(many.number)
    assert "▲" in tried
    assert 'name="group" value="0"' in tried
    assert weights_of(session, reception.office_id) == DEFAULT_WEIGHTS
    assert boss.post("/office/priority", data=form(group="0", then="save")).status_code == 302
    session.rollback()
    assert weights_of(session, reception.office_id)[PriorityRule.GROUP] == 0


@pytest.mark.parametrize("typed", ["", "-5", "1.5", "hai", "99999", "９", "1" * 4000])
def test_the_page_keeps_what_was_typed_wrong(as_user: Callable[[str], FlaskClient], typed: str) -> None:
    answer = as_user("supervisor1").post("/office/priority", data=form(group=typed, complex="77", then="save"))
    assert answer.status_code == 400
    assert 'name="complex" value="77"' in answer.text
    assert 'id="f-group"' in answer.text
    assert 'aria-invalid="true"' in answer.text
