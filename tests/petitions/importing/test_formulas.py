"""No cell of a file that leaves the program is run by a spreadsheet program, and comes back as it was."""

import pytest

from petitions.importing.reading import _take_marks_off
from petitions.importing.rejects import as_plain_text

BEGINNINGS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", " =", "\u00a0=", "  \u2003@", "\n\n+")


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_formula_becomes_text_and_comes_back(beginning: str) -> None:
    text = f"{beginning}HYPERLINK(1)"
    marked = as_plain_text(text)
    assert marked == f"'{text}"
    cells: list[object] = [marked]
    _take_marks_off(cells)  # type: ignore[arg-type]
    assert cells == [text]


@pytest.mark.parametrize("text", ["", " ", "Đơn", "1+1", "'quoted'", "a=b", "số 7"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert as_plain_text(text) == text
    cells: list[object] = [text]
    _take_marks_off(cells)  # type: ignore[arg-type]
    assert cells == [text]
