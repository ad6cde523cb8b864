from datetime import date

import pytest

from petitions.importing.cells import Cell
from petitions.importing.dates import DateOrder, DayReader, NotADay
from petitions.importing.problems import ImportRefused

MARCH_4 = date(2026, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "04/03/2026",
        "4/3/2026",
        "04-03-2026",
        "04.03.2026",
        " 04 / 03 / 2026 ",
        "2026-03-04",
        "2026/3/4",
        "2026-03-04T08:30:00",
        "2026-03-04 08:30",
        "04/03/2026 08:30",
        "ngày 04 tháng 3 năm 2026",
        MARCH_4,
    ],
)
def test_ways_to_write_a_day(text: Cell) -> None:
    assert DayReader(DateOrder.AUTO).read(text, 1) == MARCH_4


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "missing"),
        (None, "missing"),
        ("31/02/2026", "no such day"),
        ("04/03/26", "four digits"),
        ("12/25/2026", "no month 25"),
        ("hôm qua", "no date"),
        ("45123", "day number"),
        (45123, "day number"),
        (45123.5, "day number"),
        ("2026-13-01", "no such day"),
        (-1, "no date"),
    ],
)
def test_what_is_no_day(text: Cell, word: str) -> None:
    with pytest.raises(NotADay, match=word):
        DayReader(DateOrder.AUTO).read(text, 1)


@pytest.mark.parametrize(
    ("order", "text"), [(DateOrder.MDY, "03/04/2026"), (DateOrder.DMY, "04/03/2026"), (DateOrder.YMD, "2026-03-04")]
)
def test_a_declared_order_wins(order: DateOrder, text: str) -> None:
    reader = DayReader(order)
    assert reader.read(text, 1) == MARCH_4
    reader.conclude()


def test_year_first_declared_refuses_the_others() -> None:
    with pytest.raises(NotADay):
        DayReader(DateOrder.YMD).read("04/03/2026", 1)


@pytest.mark.parametrize("serial", ["46085", 46085, 46085.75])
def test_day_numbers_when_declared(serial: Cell) -> None:
    assert DayReader(DateOrder.AUTO, serials=True).read(serial, 1) == MARCH_4


def test_a_file_with_both_orders_is_refused_at_the_end() -> None:
    reader = DayReader(DateOrder.AUTO)
    reader.read("03/04/2026", 5)
    with pytest.raises(NotADay):
        reader.read("12/25/2026", 9)
    with pytest.raises(ImportRefused) as refusal:
        reader.conclude()
    assert refusal.value.row == 9
    assert "row 5" in str(refusal.value)


def test_a_slip_in_a_file_without_doubtful_dates_stays_with_its_row() -> None:
    reader = DayReader(DateOrder.AUTO)
    reader.read("25/12/2025", 5)
    with pytest.raises(NotADay):
        reader.read("12/25/2025", 9)
    reader.conclude()


def test_dates_turned_round_by_a_spreadsheet_are_noticed() -> None:
    # 13 April stayed text where 3 April became 4 March.
    reader = DayReader(DateOrder.AUTO)
    for day in (date(2026, 3, 4), date(2026, 7, 9), date(2026, 1, 12), "13/04/2026", "25/12/2025"):
        reader.read(day, 1)
    with pytest.raises(ImportRefused, match="days for months"):
        reader.conclude()


def test_real_dates_beside_texts_are_fine_when_they_agree() -> None:
    reader = DayReader(DateOrder.AUTO)
    for day in (date(2026, 3, 4), date(2026, 7, 19), date(2026, 1, 12), "13/04/2026"):
        reader.read(day, 1)
    reader.conclude()
