from datetime import UTC, date, datetime

from core.i18n import format_count, format_day, format_moment, office_seconds


def test_days_are_written_as_offices_write_them() -> None:
    assert format_day(date(2026, 1, 9)) == "09/01/2026"
    assert format_day(None) == ""


def test_moments_are_those_of_the_offices_wall() -> None:
    moment = datetime(2026, 11, 23, 17, 5, 9, tzinfo=UTC)
    assert format_moment(moment) == "24/11/2026 00:05"
    assert office_seconds(moment) == "00:05:09"
    assert format_moment(None) == ""


def test_counts_have_dots() -> None:
    assert [format_count(number) for number in (0, 999, 1000, 341299, -1234)] == [
        "0",
        "999",
        "1.000",
        "341.299",
        "-1.234",
    ]
