from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from core.clock import FixedClock, SystemClock, now, office_time, today, use


def test_the_day_is_the_offices_whatever_the_machines_zone() -> None:
    with use(FixedClock(datetime(2026, 11, 23, 17, 0, tzinfo=UTC))):
        assert today() == date(2026, 11, 24)
    with use(FixedClock(datetime(2026, 11, 23, 16, 59, tzinfo=UTC))):
        assert today() == date(2026, 11, 23)


def test_the_former_clock_returns_also_after_an_error(clock: FixedClock) -> None:
    from_before = clock.now()
    other = FixedClock(datetime(2030, 1, 1, tzinfo=UTC))

    def fail() -> None:
        with use(other):
            assert now().year == 2030
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert now() == from_before


def test_a_fixed_clock_moves_only_when_told(clock: FixedClock) -> None:
    before = now()
    assert now() == before
    clock.advance(timedelta(minutes=5))
    assert now() - before == timedelta(minutes=5)


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    moment = SystemClock().now()
    assert moment.utcoffset() == timedelta(0)


def test_a_moment_from_another_zone_is_shown_on_the_offices_wall() -> None:
    moment = datetime(2026, 11, 24, 0, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert office_time(moment).strftime("%d/%m/%Y %H:%M") == "24/11/2026 12:00"
