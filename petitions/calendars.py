"""What a fresh calendar holds: the public holidays of Việt Nam, and the swaps that the library does not know. Pure."""

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


# Days off swapped with working Saturdays by the yearly notice; the library misses some of them.
_SWAPS = (
    SeedDay(date(2026, 1, 2), "swap-off", "Nghỉ hoán đổi với thứ Bảy 10/01/2026", "Thông báo nghỉ Tết Dương lịch 2026"),
    SeedDay(date(2026, 1, 10), "worked", "Làm bù cho thứ Sáu 02/01/2026", "Thông báo nghỉ Tết Dương lịch 2026"),
    SeedDay(date(2026, 8, 31), "swap-off", "Nghỉ hoán đổi với thứ Bảy 22/08/2026", "Thông báo nghỉ Quốc khánh 2026"),
    SeedDay(date(2026, 8, 22), "worked", "Làm bù cho thứ Hai 31/08/2026", "Thông báo nghỉ Quốc khánh 2026"),
)


def seed_days(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> Iterator[SeedDay]:
    """The days of a fresh calendar, each once; a supervisor corrects them after the yearly notice."""
    years = range(first_year, last_year + 1)
    seen = {swap.day for swap in _SWAPS}
    yield from (swap for swap in _SWAPS if swap.day.year in years)
    for day, name in sorted(VN(years=years, language="vi").items()):
        if day not in seen:
            seen.add(day)
            lieu = "nghỉ bù" in name.lower() or "hoán đổi" in name.lower()
            yield SeedDay(day, "lieu" if lieu else "holiday", name[:120], FROM_LIBRARY)
