"""Makes the example files beside it: ``python docs/examples/make_examples.py``. All people and matters are invented."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

HERE = Path(__file__).parent
SEED = 3
ROWS = 40
FIRST_DAY = date(2026, 7, 1)
DAYS = 140

NATIVE_COLUMNS = (
    "external_ref received_on channel kind field title body petitioner_name petitioner_address ward_code "
    "petitioner_id_number petitioner_phone people_count against unit officer status resolved_on disposition complex "
    "prominent note"
).split()

NATIVE_ROWS = (
    {
        "external_ref": "CU-2026-001",
        "received_on": "02/03/2026",
        "channel": "trực tiếp",
        "kind": "khiếu nại",
        "field": "đất đai",
        "title": "Khiếu nại quyết định thu hồi đất",
        "body": "Đề nghị xem xét lại diện tích ghi trong quyết định thu hồi đất.",
        "petitioner_name": "Nguyễn Thị Ví Dụ",
        "petitioner_address": "Số 1 ngõ Thí Dụ",
        "ward_code": "00004",
        "petitioner_id_number": "000000000001",
        "petitioner_phone": "0900 000 001",
        "people_count": "1",
        "against": "Ủy ban nhân dân phường",
        "complex": "có",
        "note": "Nhập từ sổ giấy năm 2026",
    },
    {
        "external_ref": "CU-2026-002",
        "received_on": "03/03/2026",
        "channel": "bưu điện",
        "kind": "tố cáo",
        "field": "cán bộ",
        "title": "Tố cáo việc thu tiền ngoài quy định khi chứng thực",
        "body": "Tóm tắt do cán bộ viết, không nêu người tố cáo. Bản giấy: tủ 2, bìa TC-02.",
        "people_count": "1",
    },
    {
        "external_ref": "CU-2026-003",
        "received_on": "2026-03-04",
        "channel": "trực tuyến",
        "kind": "kiến nghị, phản ánh",
        "field": "môi trường",
        "title": "Phản ánh rác thải tồn đọng ở ngõ",
        "petitioner_name": "Trần Văn Mẫu",
        "petitioner_phone": "0900000002",
        "people_count": "6",
        "status": "đã giải quyết",
        "resolved_on": "12/03/2026",
        "disposition": "đã trả lời",
    },
)

UPPER = (
    "STT",
    "Ngày tiếp",
    "Họ tên, địa chỉ",
    "CCCD/Hộ chiếu",
    "Tóm tắt nội dung vụ việc",
    "Phân loại đơn",
    "Số công dân có đơn cùng một nội dung",
    "Cơ quan, tổ chức, đơn vị đã giải quyết",
    "Hướng xử lý",
    "",
    "",
    "Theo dõi, kết quả giải quyết",
    "Ghi chú",
)
LOWER = ("", "", "", "", "", "", "", "", "Thuộc thẩm quyền", "Hướng dẫn", "Chuyển đơn", "", "")
WIDTHS = (6, 12, 34, 16, 46, 14, 12, 22, 10, 28, 28, 26, 24)

SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
MIDDLE = ("Văn", "Thị", "Minh", "Thu")
GIVEN = ("Ví Dụ", "Mẫu", "Thử", "Giả Định", "Tạm", "Tưởng Tượng")
STREETS = ("Thí Dụ", "Làm Mẫu", "Giả Định", "Bản Nháp")
MATTERS = {
    "Khiếu nại": (
        "Không đồng ý với biên bản xác định ranh giới thửa đất",
        "Khiếu nại việc từ chối cấp giấy phép xây dựng nhà ở",
        "Khiếu nại mức hỗ trợ khi thu hồi đất làm đường",
    ),
    "Kiến nghị": (
        "Đề nghị lắp thêm đèn chiếu sáng đầu ngõ",
        "Đề nghị xem xét chế độ cho người có công",
        "Kiến nghị sửa đoạn cống thoát nước hay ngập",
    ),
    "Phản ánh": (
        "Hàng xóm xây tường lấn ra ngõ chung",
        "Cơ sở sửa xe gây ồn sau 22 giờ",
        "Rác thải để tồn nhiều ngày ở điểm tập kết",
    ),
    "Tố cáo": ("Việc thu tiền ngoài quy định khi chứng thực giấy tờ", "Việc xác nhận sai nguồn gốc đất"),
}


def main() -> None:
    """Write the files."""
    _native_template(HERE / "native-template.csv")
    _register(HERE / "so-tiep-cong-dan.xlsx")


def _native_template(path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, NATIVE_COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(NATIVE_ROWS)


def _register(path: Path) -> None:
    # A fixed day of creation, so that the same program makes the same file.
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_numbers": False})
    book.set_properties({"created": datetime(2026, 7, 1)})  # noqa: DTZ001 - the format knows no zones
    sheet = book.add_worksheet("Sổ tiếp công dân")
    title = book.add_format({"bold": True, "align": "center", "font_size": 14})
    head = book.add_format({"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "border": 1})
    text = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "num_format": "@"})
    day = book.add_format({"valign": "top", "border": 1, "num_format": "dd/mm/yyyy"})
    number = book.add_format({"valign": "top", "border": 1})
    sheet.merge_range(0, 0, 0, 12, "SỔ TIẾP CÔNG DÂN (Mẫu số 03/TCD) – dữ liệu mẫu, người và việc đều bịa ra", title)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
        if LOWER[column]:
            sheet.write_string(3, column, LOWER[column], head)
        else:
            sheet.merge_range(2, column, 3, column, UPPER[column], head)
        sheet.write_string(4, column, f"({column + 1})", head)
    sheet.merge_range(2, 8, 2, 10, UPPER[8], head)
    for index, cells in enumerate(_visits(Random(SEED)), start=5):  # noqa: S311 - invented people, not secrets
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(index, column, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
            elif isinstance(cell, int):
                sheet.write_number(index, column, cell, number)
            else:
                sheet.write_string(index, column, cell, text)
    sheet.freeze_panes(5, 2)
    book.close()


def _visits(random: Random) -> list[list[str | int | date]]:
    days = sorted(FIRST_DAY + timedelta(days=random.randrange(DAYS)) for _ in range(ROWS))
    rows: list[list[str | int | date]] = []
    for number, visited_on in enumerate(days, start=1):
        kind = random.choices(list(MATTERS), weights=(4, 4, 4, 1))[0]
        sealed = kind == "Tố cáo"
        name = f"{random.choice(SURNAMES)} {random.choice(MIDDLE)} {random.choice(GIVEN)}"
        address = f"số {random.randrange(1, 99)} ngõ {random.choice(STREETS)}"
        people = random.choice((1, 1, 1, 1, 2, 3, 7))
        ours = random.random() < 0.7
        guided = "" if ours else "Hướng dẫn đến cơ quan có thẩm quyền, phiếu hướng dẫn số " + str(number)
        passed = ""
        if sealed and not ours:
            guided, passed = "", f"Chuyển cơ quan có thẩm quyền, phiếu chuyển số {number}"
        rows.append(
            [
                number,
                visited_on,
                "" if sealed else f"{name}, {address}",
                "" if sealed else f"000000{number:06d}",
                random.choice(MATTERS[kind]),
                kind,
                1 if sealed else people,
                "",
                "x" if ours else "",
                guided,
                passed,
                "",
                f"Bản giấy: tủ 1, bìa TC-{number:02d}" if sealed else "",
            ]
        )
    return rows


if __name__ == "__main__":
    main()
