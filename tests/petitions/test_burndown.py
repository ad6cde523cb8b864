"""The arithmetic of clearing a backlog, against a plain count of what is open on each day."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.burndown import Course, Pace, empty_on, pace_achieved, pace_needed, weeks
from petitions.charts import HEIGHT, WIDTH, burndown_chart, nice_step, share
from petitions.deadlines import WorkingCalendar

START = date(2026, 10, 1)
TARGET = date(2026, 12, 31)
PLAIN = WorkingCalendar()
HOLIDAY = WorkingCalendar(off=frozenset({date(2026, 11, 24)}))

days = st.integers(0, 120).map(lambda offset: START + timedelta(days=offset))
# Days on which a case changes between open and closed; it is open when the programme begins.
histories = st.lists(st.lists(days, max_size=4, unique=True).map(sorted), max_size=30)


def course(cases: list[list[date]], target: date = TARGET) -> Course:
    settled, returned = Counter[date](), Counter[date]()
    for turns in cases:
        settled.update(turns[0::2])
        returned.update(turns[1::2])
    return Course(START, target, len(cases), settled, returned)


def open_after(cases: list[list[date]], day: date) -> int:
    return sum(sum(turn <= day for turn in turns) % 2 == 0 for turns in cases)


@given(histories, days)
def test_what_is_left_is_what_a_plain_count_finds(cases: list[list[date]], day: date) -> None:
    assert course(cases).left_after(day) == open_after(cases, day)


@given(histories, days)
def test_each_week_begins_with_what_the_last_one_left(cases: list[list[date]], today: date) -> None:
    made = course(cases)
    left = made.at_start
    found = weeks(made, today)
    for week in found:
        if week.left is None or week.settled is None or week.returned is None:
            assert week.first > today
            continue
        left = left - week.settled + week.returned
        assert week.left == left == open_after(cases, min(week.last, today))
    assert [week.first for week in found[1:]] == [week.last + timedelta(days=1) for week in found[:-1]]
    assert found[0].first == START
    assert found[-1].last == (max(TARGET, today) if open_after(cases, today) else TARGET)


def test_a_long_programme_is_told_in_steps_of_four_weeks() -> None:
    made = Course(START, date(2030, 12, 31), 10, {START: 4}, {})
    found = weeks(made, START)
    assert [week.number for week in found[:3]] == [4, 8, 12]
    assert len(found) == 56
    assert found[0].last == START + timedelta(days=27)
    drawn = burndown_chart(10, found)
    assert drawn is not None
    assert [tick.label for tick in drawn.across][:2] == ["0", "19"]


@given(histories)
def test_the_ideal_line_falls_from_all_to_nothing(cases: list[list[date]]) -> None:
    made = course(cases)
    assert made.ideal_after(START - timedelta(days=1)) == len(cases)
    assert made.ideal_after(TARGET) == 0
    line = [made.ideal_after(START + timedelta(days=offset)) for offset in range(120)]
    assert line == sorted(line, reverse=True)
    assert min(line) >= 0


@given(st.integers(1, 5000), st.integers(-3, 400), st.integers(1, 60), days)
def test_the_day_of_the_end_is_the_first_that_suffices(left: int, count: int, over: int, today: date) -> None:
    made = Course(START, TARGET, left, {}, {})
    day = empty_on(made, Pace(count, over), today, HOLIDAY)
    if count <= 0:
        assert day is None
        return
    if day is None:
        assert left * over / count > 12_000
        return
    worked = HOLIDAY.working_days_between(today - timedelta(days=1), day)
    assert worked * count >= left * over
    assert (worked - 1) * count < left * over
    assert HOLIDAY.is_working(day)


def test_nothing_left_is_empty_today_and_no_pace_is_never() -> None:
    today = date(2026, 11, 25)
    assert empty_on(Course(START, TARGET, 0, {}, {}), None, today, PLAIN) == today
    assert empty_on(Course(START, TARGET, 1, {}, {}), None, today, PLAIN) is None
    assert empty_on(Course(START, TARGET, 10**9, {}, {}), Pace(1, 60), today, PLAIN) is None


def test_the_pace_needed_counts_today_and_the_target() -> None:
    made = Course(START, date(2026, 11, 30), 12, {}, {})
    # Wednesday to Monday: the weekend does not count.
    assert pace_needed(made, date(2026, 11, 25), PLAIN) == Pace(12, 4)
    assert pace_needed(made, date(2026, 11, 30), PLAIN) == Pace(12, 1)
    assert pace_needed(made, date(2026, 12, 1), PLAIN) is None
    # Before the start, only the programme's own days count.
    assert pace_needed(made, date(2026, 9, 1), PLAIN) == Pace(
        12, PLAIN.working_days_between(date(2026, 9, 30), made.target_on)
    )


def test_the_pace_achieved_counts_days_that_are_over_less_what_came_back() -> None:
    today = date(2026, 11, 25)
    settled = {START: 5, date(2026, 10, 28): 3, date(2026, 11, 24): 4, today: 100}
    made = Course(START, TARGET, 200, settled, {date(2026, 11, 2): 2})
    since_start = pace_achieved(made, today, HOLIDAY, recent=False)
    assert since_start == Pace(10, 38)
    recent = pace_achieved(made, today, HOLIDAY, recent=True)
    assert recent == Pace(5, 19)
    assert recent is not None
    assert recent.a_week == pytest.approx(5 * 5 / 19)
    assert pace_achieved(made, START, PLAIN, recent=True) is None
    assert pace_achieved(made, date(2026, 9, 1), PLAIN, recent=False) is None


@given(histories, days)
def test_a_chart_stays_on_its_paper(cases: list[list[date]], today: date) -> None:
    made = course(cases)
    drawn = burndown_chart(made.at_start, weeks(made, today))
    if not cases:
        assert drawn is None
        return
    assert drawn is not None
    places = [tuple(map(float, pair.split(","))) for pair in f"{drawn.ideal} {drawn.actual}".split()]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
    assert len(drawn.across) <= 13


@pytest.mark.parametrize(("most", "step"), [(1, 1), (5, 1), (6, 2), (14_217, 5000), (100, 20), (101, 50), (0, 1)])
def test_the_grid_has_round_steps(most: int, step: int) -> None:
    assert nice_step(most) == step


def test_a_share_is_drawn_where_there_is_any() -> None:
    assert [share(part, whole) for part, whole in ((0, 9), (1, 9000), (9, 9), (1, 2), (0, 0))] == [0, 1, 100, 50, 0]
