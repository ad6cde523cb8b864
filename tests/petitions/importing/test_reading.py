import gzip
from pathlib import Path

import pytest

from petitions.importing.charsets import Charset
from petitions.importing.problems import ImportRefused
from petitions.importing.reading import Layout, heading_key, open_table
from tests.petitions.importing.files import lines_of, text_file
from tests.petitions.importing.test_charsets import TCVN3, VIETNAMESE


def refusal(path: Path, layout: Layout | None = None) -> ImportRefused:
    with pytest.raises(ImportRefused) as caught:
        lines_of(path, layout)
    return caught.value


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_by_the_headings(tmp_path: Path, delimiter: str) -> None:
    # Commas in the cells outnumber the real delimiter.
    path = text_file(tmp_path, f'a{delimiter}b{delimiter}c\n"1,2,3"{delimiter}"4,5,6"{delimiter}"7,8,9"\n')
    assert [line.cells for line in lines_of(path)] == [["1,2,3", "4,5,6", "7,8,9"]]


def test_the_line_by_which_spreadsheets_name_the_delimiter_is_heeded(tmp_path: Path) -> None:
    (line,) = lines_of(text_file(tmp_path, "sep=;\na;b\n1,5;2\n"))
    assert (line.number, line.cells) == (3, ["1,5", "2"])


def test_titles_above_the_headings_and_numbers_below_them_are_passed_over(tmp_path: Path) -> None:
    path = text_file(tmp_path, "SỔ TIẾP CÔNG DÂN,,\nNăm 2026,,\n\nA,b,C\n(1),(2),(3)\nx,y,z\n,,\nu,v,w\n")
    with open_table(path, Layout(), ["a", "b", "c"]) as table:
        assert [(line.number, line.cells) for line in table.rows] == [(6, ["x", "y", "z"]), (8, ["u", "v", "w"])]
        assert (table.headings, table.heading_row, table.blank_rows) == (("A", "b", "C"), 4, 1)


def test_headings_in_two_rows_are_read_as_one(tmp_path: Path) -> None:
    path = text_file(tmp_path, "Ngày,Hướng xử lý,,Kết quả\n,Số,Ngày,Số\n1,2,3,4\n")
    with open_table(path, Layout(heading_rows=2), ["huong xu ly so"]) as table:
        assert table.headings == ("Ngày", "Hướng xử lý Số", "Hướng xử lý Ngày", "Kết quả Số")


def test_headings_match_without_marks_case_and_punctuation() -> None:
    assert heading_key(" Họ tên,\nĐỊA CHỈ ") == heading_key("ho_ten (dia chi)") == "ho ten dia chi"


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress("a,b\n1,đường\n".encode()))
    assert [line.cells for line in lines_of(path)] == [["1", "đường"]]


def test_a_broken_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n" * 1000)[:40])
    assert "damaged" in str(refusal(path))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"\n\n \n", "no rows"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<html><table><tr><td>a</td></tr></table></html>", "web page"),
        (b"x,y,z\n1,2,3\n", "heading"),
        (b"a\x00,b\x00\n\x00", "zero bytes"),
    ],
)
def test_files_that_are_no_table_are_refused(tmp_path: Path, data: bytes, word: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert word in str(refusal(path))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    found = refusal(text_file(tmp_path, "a,b,A\n1,2,3\n"))
    assert found.row == 1
    assert "Two columns" in str(found)


def test_wrong_bytes_name_the_row_in_which_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n1,2\n3,4\n" + "5,Nguyễn".encode()[:-2] + b"\n7,8\n")
    found = refusal(path)
    assert found.row == 4
    assert "UTF-8" in str(found.sentence)


def test_a_file_far_down_in_tcvn3_is_refused_at_its_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 70_000 + f"3,{TCVN3}\n".encode("latin-1"))
    found = refusal(path)
    assert found.row == 70_002
    assert "TCVN3" in str(found)


def test_tcvn3_saved_as_unicode_is_refused_when_most_of_the_file_is_so(tmp_path: Path) -> None:
    found = refusal(text_file(tmp_path, "a,b\n1,plain\n" + f"2,{TCVN3}\n" * 20))
    assert found.row == 3
    assert "TCVN3" in str(found)


def test_tcvn3_is_read_when_declared(tmp_path: Path) -> None:
    path = text_file(tmp_path, f"a,b\n1,{TCVN3}\n", encoding="latin-1")
    assert lines_of(path, Layout(charset=Charset.TCVN3))[0].cells == ["1", VIETNAMESE]


def test_one_damaged_cell_spoils_only_its_row(tmp_path: Path) -> None:
    sound = "1,Đường\n" * 50
    lines = lines_of(text_file(tmp_path, f"a,b\n{sound}2,NguyÃªn\n{sound}"))
    bad = [line for line in lines if line.problems]
    assert [(line.number, list(line.problems)) for line in bad] == [(52, [1])]


def test_misread_cells_are_mended_where_the_mapping_wants_it(tmp_path: Path) -> None:
    path = text_file(tmp_path, "a,b\n1,NguyÃªn\n")
    with open_table(path, Layout(mend=True), ["a", "b"]) as table:
        assert [line.cells for line in table.rows] == [["1", "Nguyên"]]
        assert table.mended_cells == 1


def test_more_cells_than_headings_is_a_fault_of_the_row(tmp_path: Path) -> None:
    more, trailing, fewer = lines_of(text_file(tmp_path, "a,b\n1,2,3\n1,2,,\n1\n"))
    assert list(more.problems) == [-1]
    assert not trailing.problems
    assert fewer.cells == ["1"]


def test_text_that_begins_like_a_formula_stays_text_and_loses_its_mark(tmp_path: Path) -> None:
    (line,) = lines_of(text_file(tmp_path, "a,b,c\n=1+1,'=1+1,'tis\n"))
    assert line.cells == ["=1+1", "=1+1", "'tis"]


def test_the_share_of_the_file_grows_to_one(tmp_path: Path) -> None:
    path = text_file(tmp_path, "a,b\n" + "1,2\n" * 150_000)
    with open_table(path, Layout(), ["a", "b"]) as table:
        next(table.rows)
        assert 0 < table.share() < 0.95
        for _ in table.rows:
            pass
        assert table.share() == 1.0
