"""Shapes of single values as people type them."""

import re
from datetime import date

_DAY = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_COMPACT_DAY = re.compile(r"(\d{2})(\d{2})(\d{4})")


def parse_day(typed: str) -> date | None:
    """The day meant by ``typed``: dd/mm/yyyy, with other separators or none, or yyyy-mm-dd; None for no day."""
    text = typed.strip()
    if found := _ISO_DAY.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
        year += 2000 if year < 100 else 0
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_count(typed: str) -> int | None:
    """The whole number meant by ``typed``, thousands separators allowed; None for none."""
    text = typed.strip().replace(".", "").replace(",", "").replace(" ", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


LARGEST_ID = 2**31 - 1
LARGEST_PETITION_ID = 2**63 - 1
"""What the columns hold; PostgreSQL answers a wider number with an error."""


def parse_id(typed: str, most: int = LARGEST_ID) -> int | None:
    """A record's id, at most ``most``; None for anything else."""
    text = typed.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    return int(text) if int(text) <= most else None
