import csv
import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.importing.delimited import CELL_LIMIT, CELLS_LIMIT, records
from petitions.importing.problems import ImportRefused
from tests.petitions.importing.files import pieces

cell = st.text(st.sampled_from("abđ,;\"\n\r\t '=0"), max_size=6)
# A row of one empty cell is written as an empty line, which is a blank row.
row = st.lists(cell, min_size=2, max_size=4)


@given(rows=st.lists(row, max_size=6), size=st.integers(1, 9), quote_all=st.booleans())
def test_reads_back_what_the_standard_library_writes_however_it_is_cut(
    rows: list[list[str]], size: int, quote_all: bool
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL, lineterminator="\r\n").writerows(rows)
    found = list(records(pieces(text.getvalue(), size), ","))
    assert [record.cells for record in found] == rows
    assert [record.number for record in found] == list(range(1, len(rows) + 1))


def test_rows_count_as_a_spreadsheet_counts() -> None:
    found = list(records(iter(['a,b\n\n"x\ny",z\nlast,row']), ","))
    assert [(record.number, record.cells) for record in found] == [
        (1, ["a", "b"]),
        (2, [""]),
        (3, ["x\ny", "z"]),
        (4, ["last", "row"]),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end(ending: str) -> None:
    found = [record.cells for record in records(iter([ending.join(["a;b", "1;2", "3;4", ""])]), ";")]
    assert found == [["a", "b"], ["1", "2"], ["3", "4"]]


def test_a_quote_inside_an_unquoted_cell_is_a_letter() -> None:
    assert [record.cells for record in records(iter(['ống 5" vỡ,x\nnext,row\n']), ",")] == [
        ['ống 5" vỡ', "x"],
        ["next", "row"],
    ]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_cell_of_ten_megabytes_is_passed_over_without_being_held(quote: str) -> None:
    def text() -> Iterator[str]:
        yield f"a,{quote}"
        for _ in range(160):
            yield "x" * 65_536
        yield f"{quote},b\nnext,row,c\n"

    tracemalloc.start()
    found = list(records(text(), ","))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found[0].cells, found[0].too_long) == (["a", "", "b"], (1,))
    assert found[1].cells == ["next", "row", "c"]
    assert peak < 4_000_000


def test_a_cell_of_the_greatest_length_is_taken() -> None:
    longest = "y" * CELL_LIMIT
    first, second = records(pieces(f'{longest},"{longest}"\n{longest}y,z\n', 1000), ",")
    assert (first.cells, first.too_long) == ([longest, longest], ())
    assert (second.cells, second.too_long) == (["", "z"], (0,))


def test_a_row_with_endless_cells_is_cut() -> None:
    (record,) = records(iter(["," * 5000 + "\n"]), ",")
    assert record.too_many
    assert len(record.cells) == CELLS_LIMIT


def test_a_quote_that_is_never_closed_names_its_row() -> None:
    with pytest.raises(ImportRefused) as refusal:
        list(records(iter(['a,b\n1,2\n3,"never\nclosed,4\n']), ","))
    assert refusal.value.row == 3


def test_text_after_a_closing_quote_names_its_row() -> None:
    with pytest.raises(ImportRefused) as refusal:
        list(records(iter(['a,b\n"Nguyễn "Tèo" A",2\n']), ","))
    assert refusal.value.row == 2
