"""The number of a petition: office, year, running number, check character. Pure.

``CG-2026-000123-K``: gapless per office and year of registration. The check character (ISO 7064 mod 37,36) catches
every single mistyped character and every swap of neighbours.
"""

import re

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

_PARTS = re.compile(r"([A-Z]{1,8})(\d{4})(\d{6,9})([0-9A-Z])")
_NOISE = re.compile(r"[^0-9A-Za-z]")


def make_number(office_code: str, year: int, seq: int) -> str:
    """The number with its check character, in the form that people read."""
    body = f"{office_code}{year:04d}{seq:06d}"
    return f"{office_code}-{year:04d}-{seq:06d}-{mod_37_36.calc_check_digit(body)}"


def paper_code(year: int, seq: int) -> str:
    """The code written on the paper of a denunciation, where the office gives it no other."""
    return f"TC-{year}-{seq:06d}"


def parse_number(typed: str) -> str | None:
    """The number meant by ``typed``, with or without separators and in any case; None where it is none.

    A number whose check character does not fit is none: better no case than another one.
    """
    compact = _NOISE.sub("", typed).upper()
    found = _PARTS.fullmatch(compact)
    if found is None:
        return None
    try:
        mod_37_36.validate(compact)
    except ValidationError:
        return None
    office, year, seq, check = found.groups()
    return f"{office}-{year}-{seq}-{check}"
