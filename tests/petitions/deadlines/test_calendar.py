"""The working-day calendar: its seed, and counting on it."""

from collections import Counter
from datetime import date, timedelta

import pytest

from petitions.calendars import seed_days
from petitions.deadlines import DayKind, NamedDay, WorkingCalendar
from tests.petitions.deadlines.given import OFFICE, day

PLAIN = WorkingCalendar()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("01/01/2026", "holiday"),
        ("02/01/2026", "swap-off"),
        ("10/01/2026", "worked"),
        ("16/02/2026", "holiday"),
        ("17/02/2026", "holiday"),
        ("18/02/2026", "holiday"),
        ("19/02/2026", "holiday"),
        ("20/02/2026", "holiday"),
        ("26/04/2026", "holiday"),  # Giỗ Tổ, a Sunday
        ("27/04/2026", "lieu"),
        ("30/04/2026", "holiday"),
        ("01/05/2026", "holiday"),
        ("31/08/2026", "swap-off"),
        ("22/08/2026", "worked"),
        ("01/09/2026", "holiday"),
        ("02/09/2026", "holiday"),
        ("24/11/2026", "holiday"),
        ("24/11/2027", "holiday"),
        ("06/02/2027", "holiday"),  # mùng một
        ("16/04/2027", "holiday"),  # Giỗ Tổ
        # Swaps of earlier years: a backlog is counted on them.
        ("29/04/2024", "swap-off"),
        ("04/05/2024", "worked"),
        ("02/05/2025", "swap-off"),
        ("26/04/2025", "worked"),
        ("31/12/2018", "swap-off"),
        ("05/01/2019", "worked"),
        ("02/01/2015", "swap-off"),
        ("27/12/2014", "worked"),
    ],
)
def test_the_seed_holds(text: str, kind: str) -> None:
    named = OFFICE.why(day(text))
    assert named is not None
    assert named.kind.value == kind
    assert named.name
    assert OFFICE.is_working(day(text)) is (kind == "worked")


def test_culture_day_is_off_since_2026_only() -> None:
    assert OFFICE.is_working(date(2025, 11, 24))
    assert OFFICE.why(date(2025, 11, 24)) is None


def test_the_seed_names_each_day_once_and_makes_up_only_weekend_days() -> None:
    seeds = list(seed_days())
    assert [found for found, times in Counter(seed.day for seed in seeds).items() if times > 1] == []
    assert [seed for seed in seeds if seed.kind == "worked" and seed.day.weekday() < 5] == []
    assert {seed.day.year for seed in seeds} == set(range(2010, 2032))
    assert [seed for seed in seeds if not seed.name or not seed.source or len(seed.name) > 120] == []


def test_every_swap_has_two_sides() -> None:
    kinds = Counter(seed.kind for seed in seed_days())
    assert kinds["swap-off"] == kinds["worked"] == 14


def test_of_builds_what_was_entered() -> None:
    calendar = WorkingCalendar.of(
        [
            NamedDay(date(2026, 3, 2), DayKind.LIEU, "a"),
            NamedDay(date(2026, 3, 7), DayKind.WORKED, "b"),
        ]
    )
    assert calendar.off == {date(2026, 3, 2)}
    assert calendar.worked == {date(2026, 3, 7)}
    assert calendar.why(date(2026, 3, 8)) == NamedDay(date(2026, 3, 8), DayKind.WEEKEND)
    assert calendar.why(date(2026, 3, 3)) is None


def test_a_calendar_without_names_explains_too() -> None:
    calendar = WorkingCalendar(off=frozenset({date(2026, 3, 2)}), worked=frozenset({date(2026, 3, 7)}))
    assert calendar.why(date(2026, 3, 2)) == NamedDay(date(2026, 3, 2), DayKind.OFF)
    assert calendar.why(date(2026, 3, 7)) == NamedDay(date(2026, 3, 7), DayKind.WORKED)


def test_counting_back_mirrors_counting_on() -> None:
    start = date(2026, 11, 30)  # a Monday
    assert OFFICE.add_working_days(start, -5) == date(2026, 11, 20)  # the 24th is off
    assert PLAIN.add_working_days(start, -5) == date(2026, 11, 23)
    assert OFFICE.add_working_days(start, 0) == start
    for count in range(1, 30):
        back = OFFICE.add_working_days(start, -count)
        assert OFFICE.add_working_days(back, count) == start


def test_moving_off_days_off() -> None:
    assert OFFICE.next_working_day(date(2027, 1, 2)) == date(2027, 1, 4)
    assert OFFICE.previous_working_day(date(2027, 1, 3)) == date(2026, 12, 31)
    assert OFFICE.next_working_day(date(2026, 8, 22)) == date(2026, 8, 22)  # a worked Saturday
    assert OFFICE.previous_working_day(date(2026, 9, 2)) == date(2026, 8, 28)


def test_working_days_between() -> None:
    monday = date(2026, 11, 23)
    assert OFFICE.working_days_between(monday, date(2026, 12, 3)) == 7
    assert OFFICE.working_days_between(date(2026, 12, 3), monday) == -7
    assert OFFICE.working_days_between(monday, monday) == 0
    assert OFFICE.working_days_between(monday, monday + timedelta(days=1)) == 0
