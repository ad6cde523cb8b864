"""Which level a clock reaches on which day, for every rule."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.deadlines import ALL_RULES, DUE_SOON_WORKING_DAYS, due_soon_until
from petitions.deadlines.case_clocks import NOT_THE_OFFICES
from petitions.deadlines.own_limits import SUBSTANCE_ID
from petitions.deadlines.rule import Nature
from petitions.deadlines.soon import due_soon_from
from petitions.deadlines.starts import NOT_ON_A_PETITION
from petitions.escalation import (
    ESCALATING,
    REPLY_WITHIN,
    STEPS,
    Audience,
    Level,
    first_alert_on,
    levels_reached,
    next_alert_on,
    steps_of,
)
from tests.petitions.deadlines.given import OFFICE

DAYS = st.dates(date(2026, 1, 5), date(2027, 1, 25))
WATCHED = st.sampled_from(sorted(STEPS))

# Received on Monday 23/11/2026; the day after is a public holiday.
DUE = date(2026, 12, 3)
SOON = date(2026, 11, 30)


def _levels(rule_id: str, due_on: date, today: date) -> list[Level]:
    return [step.level for step in levels_reached(rule_id, due_on, OFFICE, today)]


def test_a_limit_is_watched_exactly_where_an_event_of_a_petition_starts_it() -> None:
    limits = {rule.id for rule in ALL_RULES if rule.nature is Nature.LIMIT}
    watched = limits - set(NOT_ON_A_PETITION) | {"petition-unprocessed-line", SUBSTANCE_ID}
    assert set(STEPS) == watched


@pytest.mark.parametrize("rule_id", sorted(STEPS))
def test_the_steps_of_a_rule_stand_in_order_and_those_of_the_office_end_with_a_supervisor(rule_id: str) -> None:
    steps = steps_of(rule_id)
    levels = [step.level for step in steps]
    assert levels == sorted(set(levels), key=tuple(Level).index)
    if rule_id in NOT_THE_OFFICES:
        assert not ESCALATING & set(levels), "nobody of the office is late"
        return
    assert steps[-1].to is Audience.SUPERVISOR
    assert steps[-1].level in ESCALATING
    assert steps[-1].level in REPLY_WITHIN


def test_an_acceptance_is_told_three_working_days_before_on_the_day_and_the_day_after() -> None:
    days = [(date(2026, 11, 29), []), (SOON, ["soon"]), (date(2026, 12, 2), ["soon"]), (DUE, ["soon", "due"])]
    for day, expected in days:
        assert _levels("complaint-acceptance", DUE, day) == expected
    assert _levels("complaint-acceptance", DUE, date(2026, 12, 4)) == ["soon", "due", "late"]
    assert first_alert_on("complaint-acceptance", DUE, OFFICE) == SOON
    assert next_alert_on("complaint-acceptance", DUE, OFFICE, Level.SOON) == DUE
    assert next_alert_on("complaint-acceptance", DUE, OFFICE, Level.DUE) == date(2026, 12, 4)
    assert next_alert_on("complaint-acceptance", DUE, OFFICE, Level.LATE) is None


def test_the_line_of_discipline_is_told_to_the_head_before_and_to_a_supervisor_when_it_has_passed() -> None:
    due = date(2027, 1, 7)  # 45 days after 23/11/2026
    assert first_alert_on("petition-unprocessed-line", due, OFFICE) == date(2026, 12, 30)  # 1/1 is a holiday
    assert _levels("petition-unprocessed-line", due, due) == ["soon"]
    assert _levels("petition-unprocessed-line", due, due + timedelta(days=1)) == ["soon", "line"]
    # A level that the rule does not have lies between those that it has.
    assert next_alert_on("petition-unprocessed-line", due, OFFICE, Level.DUE) == date(2027, 1, 8)


def test_what_must_be_done_at_once_is_told_on_the_day() -> None:
    assert first_alert_on("denunciation-crime-transfer", DUE, OFFICE) == DUE


def test_a_short_limit_is_not_near_from_its_beginning() -> None:
    # Decided on Monday 30/11, to be sent in three working days.
    assert first_alert_on("complaint-first-decision-sending", DUE, OFFICE) == date(2026, 12, 2)


@pytest.mark.parametrize(
    "rule_id", ["complaint-acceptance", "complaint-lodging", "head-reception-duty", "no-such-rule"]
)
def test_no_day_without_a_last_day_or_a_rule_that_is_watched(rule_id: str) -> None:
    due_on = None if rule_id in STEPS else DUE
    assert first_alert_on(rule_id, due_on, OFFICE) is None
    assert next_alert_on(rule_id, due_on, OFFICE, Level.SOON) is None
    assert levels_reached(rule_id, due_on, OFFICE, DUE) == ()


@given(rule_id=WATCHED, due_on=DAYS, later=st.integers(0, 80))
def test_whoever_looks_on_the_days_that_are_named_meets_every_level(rule_id: str, due_on: date, later: int) -> None:
    met: list[Level] = []
    look = first_alert_on(rule_id, due_on, OFFICE)
    while look is not None:
        # However late the look comes, it misses nothing.
        found = _levels(rule_id, due_on, look + timedelta(days=later))
        assert found[: len(met)] == met
        assert len(found) > len(met)
        assert _levels(rule_id, due_on, look - timedelta(days=1)) == found[: len(_levels(rule_id, due_on, look)) - 1]
        met = found
        look = next_alert_on(rule_id, due_on, OFFICE, met[-1])
    assert met == [step.level for step in steps_of(rule_id)]


@given(due_on=DAYS, today=DAYS)
def test_a_limit_is_told_as_near_from_the_day_on_which_the_lists_call_it_near(due_on: date, today: date) -> None:
    told = due_soon_from(due_on, OFFICE, DUE_SOON_WORKING_DAYS) <= today
    assert told == (due_on <= due_soon_until(today, OFFICE))
