import tracemalloc
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from petitions.importing import workbook as workbooks
from petitions.importing.cells import FORMULA, MERGED, SHEET_ERROR, TOO_LONG, Line
from petitions.importing.charsets import Charset
from petitions.importing.problems import ImportRefused
from petitions.importing.reading import Layout, open_table
from tests.petitions.importing.files import lines_of, rewritten, workbook
from tests.petitions.importing.test_charsets import TCVN3, VIETNAMESE

SHEET = "xl/worksheets/sheet1.xml"


def test_texts_numbers_dates_and_empty_cells(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, [["a", "b", "c"], ["Đường", 7, date(2026, 3, 4)], [None, 1.5, "=nó"[1:]], [], [" ", 912345678, True]]
    )
    assert [(line.number, line.cells) for line in lines_of(path)] == [
        (2, ["Đường", 7, date(2026, 3, 4)]),
        (3, [None, 1.5, "nó"]),
        (5, [" ", 912345678, "true"]),
    ]


def test_a_formula_is_a_fault_of_its_cell(tmp_path: Path) -> None:
    (line,) = lines_of(workbook(tmp_path, [["a", "b"], ["=1+1", "x"]]))
    assert line.problems == {0: FORMULA}
    assert line.cells[1] == "x"


def test_a_spreadsheet_error_is_a_fault_of_its_cell(tmp_path: Path) -> None:
    path = rewritten(
        workbook(tmp_path, [["a", "b"], [1, 2]]), SHEET, '<c r="A2"><v>1</v>', '<c r="A2" t="e"><v>#N/A</v>'
    )
    assert lines_of(path)[0].problems == {0: SHEET_ERROR}


def test_dates_of_the_1904_calendar(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], [date(2026, 3, 4)]])
    rewritten(path, "xl/workbook.xml", "<workbookPr ", '<workbookPr date1904="1" ')
    (line,) = lines_of(path)
    assert line.cells == [date(2030, 3, 5)]


def test_texts_inside_the_cell_and_escaped_characters(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], [1]])
    inline = '<c r="A2" t="inlineStr"><is><r><t>hai</t></r><rPh><t>x</t></rPh><r><t>_x000D_\nba</t></r></is>'
    rewritten(path, SHEET, '<c r="A2"><v>1</v>', inline)
    assert lines_of(path)[0].cells == ["hai\r\nba"]


def test_the_visible_sheet_is_read_and_others_are_told(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], [1]])
    with open_table(path, Layout(sheet="sổ"), ["a"]) as table:
        assert table.other_sheets == ()
    with pytest.raises(ImportRefused, match="no sheet"):
        lines_of(path, Layout(sheet="Khác"))
    rewritten(path, "xl/workbook.xml", '<sheet name="Sổ"', '<sheet state="hidden" name="Sổ"')
    with pytest.raises(ImportRefused, match="no visible sheet"):
        lines_of(path)


def test_tcvn3_fonts_are_converted_when_declared(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a", "b"], [TCVN3, VIETNAMESE]])
    assert lines_of(path, Layout(charset=Charset.TCVN3))[0].cells == [VIETNAMESE, VIETNAMESE]


def test_a_cell_of_ten_megabytes_is_passed_over(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a", "b"], ["LONG", "x"]])
    long = "y" * 10_000_000
    rewritten(path, "xl/sharedStrings.xml", "LONG", long)
    tracemalloc.start()
    (line,) = lines_of(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert line.problems == {0: TOO_LONG}
    assert line.cells[1] == "x"
    assert peak < 5_000_000


def test_an_endless_row_costs_no_memory(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], [1]])
    rewritten(path, SHEET, "</row></sheetData>", "<c><v>1</v></c>" * 60_000 + "</row></sheetData>")
    tracemalloc.start()
    (line,) = lines_of(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert -1 in line.problems
    assert peak < 5_000_000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<row r="2"', '<row r="99999999999"'),
        ('<row r="2"', '<row r="1"'),
        ('<c r="A2"', '<c r="ZZZZZZ2"'),
        ('<c r="A2"', '<c r="2"'),
        ('<c r="A2"><v>1</v>', '<c r="A2" t="s"><v>77</v>'),
        ('<c r="A2"><v>1</v>', '<c r="A2"><v>one</v>'),
        ("</sheetData>", ""),
    ],
)
def test_a_damaged_sheet_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = rewritten(workbook(tmp_path, [["a"], [1]]), SHEET, old, new)
    with pytest.raises(ImportRefused, match="damaged"):
        lines_of(path)


def test_entities_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], [1]])
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet'
    rewritten(path, SHEET, "<worksheet", bomb)
    with pytest.raises(ImportRefused, match="document type"):
        lines_of(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (5 << 20))
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(workbooks, "_TOTAL_LIMIT", 4 << 20)
    with pytest.raises(ImportRefused, match="unpacks to more"):
        lines_of(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(ImportRefused, match="ZIP"):
        lines_of(path)


def test_a_workbook_cut_off_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], [1]])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ImportRefused, match="damaged"):
        lines_of(path)


def test_a_line_is_blank_only_without_problems() -> None:
    assert Line(1, [None, ""]).blank
    assert not Line(1, [None], {0: FORMULA}).blank


def with_cover(folder: Path) -> Path:
    path = folder / "cover.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Bìa")
    book.add_worksheet("Hướng dẫn").write(0, 0, "Điền vào trang sau")
    sheet = book.add_worksheet("Đơn")
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_row(1, 0, ["một", "hai"])
    book.close()
    return path


def test_a_cover_and_instructions_before_the_table_are_passed_over(tmp_path: Path) -> None:
    path = with_cover(tmp_path)
    with open_table(path, Layout(), ["a", "b"]) as table:
        assert [line.cells for line in table.rows] == [["một", "hai"]]
        assert table.other_sheets == ("Bìa", "Hướng dẫn")
    with pytest.raises(ImportRefused, match="rows holds a heading"):
        lines_of(path, expected=["c"])
    with pytest.raises(ImportRefused, match="holds no rows"):
        lines_of(path, Layout(sheet="bìa"))


def test_cells_merged_over_rows_are_a_fault_of_the_rows_that_look_empty(tmp_path: Path) -> None:
    path = tmp_path / "merged.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 1, 0, "a")
    sheet.write_row(1, 1, ["b", "c"])
    sheet.merge_range(2, 0, 4, 0, "chung")
    sheet.merge_range(2, 1, 2, 2, "ngang")
    for row in (3, 4, 5):
        sheet.write_row(row, 1, [f"b{row}", f"c{row}"])
    sheet.write(5, 0, "riêng")
    book.close()
    lines = lines_of(path, Layout(heading_rows=2))
    assert [(line.number, dict(line.problems)) for line in lines] == [
        (3, {}),
        (4, {0: MERGED}),
        (5, {0: MERGED}),
        (6, {}),
    ]


def test_merges_that_overlap_without_end_are_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("petitions.importing.sheetxml.CELLS_LIMIT", 3)
    path = workbook(tmp_path, [["a"], [1], [2]])
    merges = "".join(f'<mergeCell ref="A1:A{row}"/>' for row in range(3, 9))
    rewritten(path, SHEET, "</sheetData>", f"</sheetData><mergeCells>{merges}</mergeCells>")
    with pytest.raises(ImportRefused, match="damaged"):
        lines_of(path)
