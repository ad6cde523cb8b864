"""The clock against a second, plainly written counting: any start, any calendar, any lawful history, in any order."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from petitions.deadlines import ALL_RULES, Rule, Variant, WorkingCalendar, compute, compute_from, rule_in_force
from petitions.deadlines.clock_events import Act, ClockEvent, extend, resume, start, suspend, vary
from petitions.deadlines.counting import Direction, Unit
from petitions.deadlines.explanation import explain
from petitions.deadlines.readings import NEW_TEXTS_ON
from tests.petitions.deadlines import plain_law
from tests.petitions.deadlines.given import OFFICE
from tests.petitions.deadlines.plain_law import Days, Told

SEEDED = Days(OFFICE.off, OFFICE.worked)
COUNTED = (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)
SPAN = timedelta(days=900)

# Around Tết, leap days and the turn of the texts, and anywhere.
_EDGES = (
    date(2024, 2, 8),
    date(2024, 2, 29),
    date(2026, 2, 13),
    date(2026, 6, 30),
    date(2027, 2, 3),
    date(2028, 2, 29),
)
NEAR = st.builds(lambda day, off: day + timedelta(days=off), st.sampled_from(_EDGES), st.integers(-20, 20))
STARTS = NEAR | st.dates(date(2014, 7, 1), date(2029, 12, 31))
LATER = st.dates(NEW_TEXTS_ON, date(2028, 6, 30))


@st.composite
def calendars(draw: st.DrawFn, around: date) -> tuple[WorkingCalendar, Days]:
    """The seeded calendar, or any other one with days off and worked weekends near ``around``."""
    if draw(st.booleans()):
        return OFFICE, SEEDED
    span = st.integers(-60, 400).map(lambda number: around + timedelta(days=number))
    off = frozenset(draw(st.sets(span, max_size=60)))
    worked = frozenset(day for day in draw(st.sets(span, max_size=20)) if day.isoweekday() > 5) - off
    return WorkingCalendar(off, worked), Days(off, worked)


@given(data=st.data(), started_on=STARTS)
def test_every_counted_limit_ends_where_the_plain_count_ends(data: st.DataObject, started_on: date) -> None:
    calendar, days = data.draw(calendars(started_on))
    limits = [
        (rule, variant)
        for rule in ALL_RULES
        if rule.is_valid_on(started_on)
        for variant in rule.known_variants
        if rule.limit_of(variant).unit in COUNTED
    ]
    for rule, variant in limits:
        limit = rule.limit_of(variant)
        working = limit.unit is Unit.WORKING_DAYS
        if limit.direction is Direction.BEFORE:
            wanted = plain_law.latest_day_before(started_on, limit.amount, working, days)
        else:
            wanted = plain_law.last_day(started_on, limit.amount, working, [], days)
        assert compute_from(rule, started_on, calendar, variant=variant).due == wanted, (rule.id, variant)


@st.composite
def orders(draw: st.DrawFn, started_on: date, *, many: int = 4) -> list[ClockEvent]:
    """Suspensions and continuations by turns, from the start on, some on one day, the last perhaps open."""
    events: list[ClockEvent] = []
    day = max(started_on, NEW_TEXTS_ON)
    for number in range(draw(st.integers(0, 2 * many))):
        day += timedelta(days=draw(st.integers(0, 40)))
        events.append(resume(day) if number % 2 else suspend(day))
    return events


def _told(events: list[ClockEvent], rule: Rule) -> list[Told]:
    """Events as the plain story takes them: in the order of days, findings and extensions before orders."""
    place = {Act.VARY: 0, Act.EXTEND: 1, Act.SUSPEND: 2, Act.CONTINUE: 2}
    told = []
    # A stable sort: orders of one day stay by turns.
    for event in sorted(events, key=lambda event: (event.on, place[event.act])):
        if event.act is Act.VARY and event.variant is not None:
            told.append(Told("total", event.on, rule.limit_of(event.variant).amount))
        else:
            told.append(Told(event.act.value, event.on, event.days))
    return told


PAUSABLE = sorted({rule.id for rule in ALL_RULES if rule.pause is not None})


@given(data=st.data(), started_on=LATER, rule_id=st.sampled_from(PAUSABLE))
def test_pauses_move_a_limit_as_in_the_plain_story(data: st.DataObject, started_on: date, rule_id: str) -> None:
    calendar, days = data.draw(calendars(started_on))
    rule = rule_in_force(rule_id, started_on)
    variant = data.draw(st.sampled_from(rule.known_variants))
    events = data.draw(orders(started_on))
    wanted = plain_law.story(started_on, rule.limit_of(variant).amount, False, _told(events, rule), days)
    shuffled = data.draw(st.permutations([start(started_on), *events]))
    assert compute(rule, shuffled, calendar, variant=variant).due == wanted


@given(data=st.data(), started_on=LATER)
def test_a_pause_in_working_days_is_counted_alike(data: st.DataObject, started_on: date) -> None:
    calendar, days = data.draw(calendars(started_on))
    settlement = rule_in_force("complaint-first-settlement", started_on)
    rule = replace(rule_in_force("complaint-acceptance", started_on), pause=settlement.pause)
    events = data.draw(orders(started_on))
    wanted = plain_law.story(started_on, rule.amount, True, _told(events, rule), days)
    shuffled = data.draw(st.permutations([start(started_on), *events]))
    assert compute(rule, shuffled, calendar).due == wanted


@given(data=st.data(), started_on=LATER)
def test_denunciations_extended_and_suspended(data: st.DataObject, started_on: date) -> None:
    calendar, days = data.draw(calendars(started_on))
    rule = rule_in_force("denunciation-settlement", started_on)
    variant = data.draw(st.sampled_from([Variant.COMPLEX, Variant.ESPECIALLY_COMPLEX]))
    events = data.draw(orders(started_on, many=2))
    for _ in range(data.draw(st.integers(0, rule.extensions[variant].most))):
        on = started_on + timedelta(days=data.draw(st.integers(0, 120)))
        events.append(extend(on, data.draw(st.integers(1, 30))))
    wanted = plain_law.story(started_on, 30, False, _told(events, rule), days)
    shuffled = data.draw(st.permutations([start(started_on), *events]))
    assert compute(rule, shuffled, calendar, variant=variant).due == wanted


@given(data=st.data(), started_on=LATER)
def test_complaints_found_complex_and_suspended(data: st.DataObject, started_on: date) -> None:
    calendar, days = data.draw(calendars(started_on))
    rule = rule_in_force("complaint-first-settlement", started_on)
    events = data.draw(orders(started_on, many=2))
    if data.draw(st.booleans()):
        on = started_on + timedelta(days=data.draw(st.integers(0, 120)))
        events.append(vary(on, data.draw(st.sampled_from([Variant.COMPLEX, Variant.REMOTE_COMPLEX]))))
    wanted = plain_law.story(started_on, 30, False, _told(events, rule), days)
    shuffled = data.draw(st.permutations([start(started_on), *events]))
    assert compute(rule, shuffled, calendar).due == wanted


@given(started_on=LATER, before=st.integers(0, 30), paused=st.integers(0, 200))
def test_in_time_a_pause_moves_the_sum_by_the_days_between_the_orders(
    started_on: date, before: int, paused: int
) -> None:
    rule = rule_in_force("complaint-first-settlement", started_on)
    since = started_on + timedelta(days=before)
    until = since + timedelta(days=paused)
    found = compute_from(rule, started_on, OFFICE, suspend(since), resume(until))
    assert found.unmoved == started_on + timedelta(days=30 + paused)
    assert found.due is not None
    assert found.due >= until


@settings(max_examples=50)
@given(data=st.data(), started_on=STARTS)
def test_a_last_day_is_worked_and_its_explanation_adds_up(data: st.DataObject, started_on: date) -> None:
    calendar, days = data.draw(calendars(started_on))
    for rule in ALL_RULES:
        if not rule.is_valid_on(started_on) or rule.unit not in COUNTED:
            continue
        found = explain(compute_from(rule, started_on, calendar))
        due = found.computation.due
        assert due is not None
        assert days.working(due)
        assert found.counted == rule.amount
        assert all(not days.working(day.day) for day in (*found.skipped, *found.moved_over))
        assert all(days.working(day.day) and day.day.isoweekday() > 5 for day in found.worked)
        if rule.unit is Unit.WORKING_DAYS:
            assert abs((due - started_on).days) == rule.amount + len(found.skipped)


@pytest.mark.parametrize("leap", [date(2024, 1, 30), date(2024, 2, 28), date(2024, 2, 29), date(2028, 2, 1)])
def test_a_leap_day_is_a_day(leap: date) -> None:
    rule = rule_in_force("complaint-acceptance-law", leap)
    assert compute_from(rule, leap, WorkingCalendar()).unmoved == leap + timedelta(days=10)
