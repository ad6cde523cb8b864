"""The 3,321 communes of Việt Nam since 1 July 2025: a list that everybody reads and nobody changes here."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.text import fold

_FILE = Path(__file__).parent / "data" / "wards.csv"


@dataclass(frozen=True, slots=True)
class Ward:
    """A commune (xã, phường, đặc khu): its official code, its name and its province's."""

    code: str
    name: str
    province: str
    province_code: str

    @property
    def label(self) -> str:
        """The commune with its province, as an address ends."""
        return f"{self.name}, {self.province}"


@cache
def wards() -> dict[str, Ward]:
    """All communes by code."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Ward(row["code"], row["name"], row["province_name"], row["province_code"])
            for row in csv.DictReader(file)
        }


@cache
def _folded() -> list[tuple[str, Ward]]:
    return [(fold(ward.label), ward) for ward in wards().values()]


def ward_label(code: str | None) -> str:
    """The name of the commune ``code`` with its province; empty for none."""
    ward = wards().get(code) if code else None
    return ward.label if ward else ""


def wards_named(typed: str) -> list[str]:
    """Codes of the communes called exactly ``typed``, with or without the province, marks or none."""
    wanted = fold(typed)
    return [ward.code for ward in wards().values() if wanted in (fold(ward.label), fold(ward.name))]


def find_wards(typed: str, *, near: str | None = None, limit: int = 12) -> list[Ward]:
    """Communes whose name contains every word of ``typed``, marks or none.

    Names that begin so come first, and those of the province of ``near`` (a commune's code) before others.
    """
    words = fold(typed).replace(",", " ").split()
    if not words:
        return []
    home = wards()[near].province if near in wards() else None
    ranked = []
    for folded, ward in _folded():
        if all(word in folded for word in words):
            name = folded.split(",")[0].removeprefix("phuong ").removeprefix("xa ").removeprefix("dac khu ")
            ranked.append((ward.province != home, not name.startswith(" ".join(words)), len(name), ward.code, ward))
    return [entry[-1] for entry in sorted(ranked)[:limit]]
