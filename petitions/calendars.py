"""What a fresh calendar holds: the public holidays of Việt Nam, and the swaps that the library does not know. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from holidays.countries.vietnam import VN

# What stands as the source of the days that the library of holidays knows.
FROM_LIBRARY = "holidays"

FIRST_YEAR = 2010
LAST_YEAR = 2031


@dataclass(frozen=True, slots=True)
class SeedDay:
    """One day of the seed; ``kind`` is holiday, lieu, swap-off (all off) or worked."""

    day: date
    kind: str
    name: str
    source: str


# Days off swapped with working Saturdays by the yearly notice that the library does not know.
_SWAPS = (
    SeedDay(date(2026, 1, 2), "swap-off", "Nghỉ hoán đổi với thứ Bảy 10/01/2026", "Thông báo nghỉ Tết Dương lịch 2026"),
    SeedDay(date(2026, 1, 10), "worked", "Làm bù cho thứ Sáu 02/01/2026", "Thông báo nghỉ Tết Dương lịch 2026"),
    SeedDay(date(2026, 8, 31), "swap-off", "Nghỉ hoán đổi với thứ Bảy 22/08/2026", "Thông báo nghỉ Quốc khánh 2026"),
    SeedDay(date(2026, 8, 22), "worked", "Làm bù cho thứ Hai 31/08/2026", "Thông báo nghỉ Quốc khánh 2026"),
)
_SWAPPED = re.compile(r"thay cho ngày (\d{2})/(\d{2})/(\d{4})")


def seed_days(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> Iterator[SeedDay]:
    """The days of a fresh calendar, each once; a supervisor corrects them after the yearly notice."""
    years = range(first_year, last_year + 1)
    seen = {swap.day for swap in _SWAPS}
    yield from (swap for swap in _SWAPS if swap.day.year in years)
    # A day off early in a year may be swapped with a Saturday of the year before, and the other way round.
    known = VN(years=range(first_year - 1, last_year + 2), language="vi")
    for day, name in sorted(known.items()):
        for seed in _seeds(day, name):
            if seed.day.year in years and seed.day not in seen:
                seen.add(seed.day)
                yield seed


def _seeds(day: date, name: str) -> Iterator[SeedDay]:
    swapped = _SWAPPED.search(name)
    if swapped:
        worked = date(int(swapped[3]), int(swapped[2]), int(swapped[1]))
        yield SeedDay(day, "swap-off", f"Nghỉ hoán đổi với {_written(worked)}", FROM_LIBRARY)
        yield SeedDay(worked, "worked", f"Làm bù cho {_written(day)}", FROM_LIBRARY)
    else:
        lieu = "nghỉ bù" in name.lower()
        yield SeedDay(day, "lieu" if lieu else "holiday", name[:120], FROM_LIBRARY)


def _written(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day:%d/%m/%Y}"


_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
