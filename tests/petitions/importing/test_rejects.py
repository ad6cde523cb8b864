"""The file of rejected rows, once it is mended, comes in again under the mapping of the file that it is from."""

import csv
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from petitions.importing.loading import Mode
from petitions.importing.mapping import ColumnMapping, load_mapping, parse_mapping
from petitions.importing.summary import Summary
from petitions.models import Petition
from tests.petitions.importing.files import text_file, workbook
from tests.petitions.importing.test_charsets import TCVN3, VIETNAMESE

Run = Callable[..., Summary]
DOCS = Path(__file__).parents[3] / "docs"

COLUMNS = '[columns]\nreceived_on = "Ngày"\ntitle = "Việc"\npeople_count = "Số người"\nexternal_ref = "Số"\n'
HEADINGS = ["Số", "Ngày", "Việc", "Số người"]


def mapping(file: str) -> ColumnMapping:
    return parse_mapping(f'name = "Sổ"\nsource = "so"\n[file]\n{file}\n{COLUMNS}'.encode())


def mend(path: Path, wrong: str, right: str) -> Path:
    """The file with one cell changed, as a person changes it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [[right if cell == wrong else cell for cell in row] for row in csv.reader(file)]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)  # as a spreadsheet program in Vietnamese saves it
    return path


def comes_in_again(run: Run, path: Path, by: ColumnMapping, rejects: Path) -> None:
    first = run(path, mapping=by, mode=Mode.GOOD_ROWS, rejects=rejects)
    assert (first.imported, first.rejected, first.refused) == (1, 1, "")
    again = run(mend(rejects, "0", "7"), mapping=by)
    assert (again.imported, again.rejected, again.refused) == (1, 0, "")


def text_rows(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    return "".join(delimiter.join(row) + "\n" for row in rows)


@pytest.mark.parametrize("layout", ['delimiter = ";"', 'heading_row = 3\ndelimiter = "\\t"', "heading_rows = 2"])
def test_whatever_the_layout_of_the_file_was(session: Session, run: Run, tmp_path: Path, layout: str) -> None:
    delimiter = "\t" if "\\t" in layout else ";"
    top = [["SỔ", "", "", ""], ["", "", "", "x"]] if "heading_row = 3" in layout else []
    if "heading_rows" in layout:
        top = [["", "Đơn", "", ""]]
    rows = [*top, HEADINGS, ["1", "02/03/2026", "Đèn hỏng", "1"], ["2", "15/03/2026", "=Rác", "0"]]
    comes_in_again(run, text_file(tmp_path, text_rows(rows, delimiter)), mapping(layout), tmp_path / "rejects.csv")
    assert session.scalars(select(Petition.title).where(Petition.people_count == 7)).one() == "=Rác"


def test_days_of_cells_keep_their_meaning(session: Session, run: Run, tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEADINGS, ["1", "3/20/2026", "Một", 1], ["2", date(2026, 3, 4), "Hai", 0]])
    comes_in_again(run, path, mapping('date_order = "mdy"'), tmp_path / "rejects.csv")
    assert session.scalars(select(Petition.received_on).where(Petition.people_count == 7)).one() == date(2026, 3, 4)


@pytest.mark.parametrize("kind", ["text", "workbook"])
def test_letters_are_not_converted_twice(session: Session, run: Run, tmp_path: Path, kind: str) -> None:
    rows = [["So", "Ngay", "Viec", "Nguoi"], ["1", "02/03/2026", TCVN3, "1"], ["2", "03/03/2026", TCVN3, "0"]]
    text = text_rows(rows, ",")
    path = text_file(tmp_path, text, encoding="latin-1") if kind == "text" else workbook(tmp_path, rows)
    by = parse_mapping(
        b'name = "So"\nsource = "so"\n[file]\nencoding = "tcvn3"\n[columns]\nexternal_ref = "So"\n'
        b'received_on = "Ngay"\ntitle = "Viec"\npeople_count = "Nguoi"\n'
    )
    comes_in_again(run, path, by, tmp_path / "rejects.csv")
    assert set(session.scalars(select(Petition.title))) == {VIETNAMESE}


def test_the_statutory_register_with_its_two_rows_of_headings(session: Session, run: Run, tmp_path: Path) -> None:
    by = load_mapping(DOCS / "mappings" / "so-tiep-cong-dan.toml")
    upper = ["STT", "Ngày tiếp", "Họ tên, địa chỉ", "CCCD/Hộ chiếu", "Tóm tắt nội dung vụ việc", "Phân loại đơn"]
    upper += ["Số công dân có đơn cùng một nội dung", "Cơ quan, tổ chức, đơn vị đã giải quyết", "Hướng xử lý", "", ""]
    upper += ["Theo dõi, kết quả giải quyết", "Ghi chú"]
    lower = [*[""] * 8, "Thuộc thẩm quyền", "Hướng dẫn", "Chuyển đơn", "", ""]
    rows: list[Sequence[object]] = [
        upper,
        lower,
        [1, date(2026, 7, 2), "Nguyễn Văn Mẫu, ngõ 1", "001000000001", "Đèn hỏng", "Phản ánh", 1],
        [2, date(2026, 7, 3), "Trần Thị Mẫu, ngõ 2", "001000000002", "Rác thải", "Phản ánh", 0],
    ]
    comes_in_again(run, workbook(tmp_path, rows), by, tmp_path / "rejects.csv")
    assert session.scalars(select(Petition.external_ref)).all() == ["1 02/07/2026", "2 03/07/2026"]
