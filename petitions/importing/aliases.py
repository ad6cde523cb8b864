"""What registers write for the codes of the field, in Vietnamese and English, with or without marks."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from core.text import fold
from petitions.importing.reading import heading_key
from petitions.vocabulary import Channel, Disposition, Kind
from petitions.workflow import State

NATIVE_COLUMNS = (
    "external_ref",
    "received_on",
    "channel",
    "kind",
    "field",
    "title",
    "body",
    "petitioner_name",
    "petitioner_address",
    "ward_code",
    "petitioner_id_number",
    "petitioner_phone",
    "people_count",
    "against",
    "unit",
    "officer",
    "status",
    "resolved_on",
    "disposition",
    "complex",
    "prominent",
    "note",
)

MAPPED_COLUMNS = ("resolution_note",)
"""What a mapping can fill besides: what was written to the petitioner when the petition was resolved."""

Code = TypeVar("Code", bound=StrEnum)


def value_key(text: str) -> str:
    """What makes two entries of a list the same: letters and digits without marks, case and punctuation."""
    return heading_key(text)


def _table(entries: Mapping[Code, str]) -> dict[str, Code]:
    table: dict[str, Code] = {}
    for code, words in entries.items():
        for word in (code.value, *words.split(" | ")):
            table[value_key(word)] = code
    return table


KINDS = _table(
    {
        Kind.COMPLAINT: "khiếu nại | đơn khiếu nại | KN | complaints",
        Kind.DENUNCIATION: "tố cáo | đơn tố cáo | TC | denunciations",
        Kind.RECOMMENDATION: (
            "kiến nghị | phản ánh | kiến nghị, phản ánh | phản ánh, kiến nghị | phản ánh kiến nghị | đề nghị | "
            "đơn kiến nghị | đơn phản ánh | đơn đề nghị | đơn kiến nghị, phản ánh | KNPA | PAKN | KN-PA | PA | "
            "recommendation or report | report"
        ),
        Kind.MIXED: "nhiều nội dung | nhiều loại | đơn có nhiều nội dung | hỗn hợp | several | several kinds in one",
        Kind.UNCLASSIFIED: "chưa phân loại | not yet classified | unknown",
    }
)
"""Kinds. A cell that names several is read word by word; see ``kinds_in``."""

CHANNELS = _table(
    {
        Channel.DESK: "trực tiếp | tại quầy | nộp trực tiếp | tiếp công dân | at the desk | in person | counter",
        Channel.POST: "bưu điện | bưu chính | qua bưu điện | thư | gửi thư | mail | by post | letter",
        Channel.ONLINE: (
            "trực tuyến | qua mạng | thư điện tử | email | e-mail | cổng dịch vụ công | cổng thông tin | iHanoi | "
            "zalo | web | website | internet"
        ),
        Channel.PHONE: "điện thoại | qua điện thoại | đường dây nóng | telephone | by telephone | hotline",
        Channel.FORWARDED: (
            "chuyển đến | cơ quan khác chuyển đến | cơ quan khác chuyển | cấp trên chuyển | đơn chuyển | "
            "forwarded by another body"
        ),
        Channel.HEAD_RECEPTION: (
            "lãnh đạo tiếp | lãnh đạo tiếp công dân | chủ tịch tiếp | chủ tịch tiếp công dân | tiếp dân định kỳ | "
            "tiếp công dân định kỳ | at the head's reception"
        ),
        Channel.OTHER: "khác | hình thức khác | another way",
    }
)

STATES = _table(
    {
        State.RECEIVED: (
            "đã tiếp nhận | tiếp nhận | mới | mới tiếp nhận | chưa xử lý | chưa giải quyết | chưa phân công | new | "
            "open"
        ),
        State.ASSIGNED: (
            "đã phân công | đã giao | đang xử lý | đang giải quyết | đang thụ lý | đang xác minh | in progress | "
            "in process | pending"
        ),
        State.ESCALATED: (
            "đã báo cáo cấp trên | báo cáo cấp trên | chuyển cấp trên | trình lãnh đạo | xin ý kiến chỉ đạo"
        ),
        State.RESOLVED: (
            "đã giải quyết | đã xử lý | giải quyết xong | đã giải quyết xong | xong | đã xong | hoàn thành | "
            "kết thúc | đã đóng | đóng | closed | done | completed"
        ),
    }
)

DISPOSITIONS = _table(
    {
        Disposition.DECIDED: "quyết định giải quyết | đã ra quyết định | ra quyết định | QĐ giải quyết | decision",
        Disposition.CONCLUDED: "kết luận | đã kết luận | kết luận nội dung tố cáo | conclusion",
        Disposition.ANSWERED: "trả lời | đã trả lời | văn bản trả lời | answer",
        Disposition.GUIDED: "hướng dẫn | đã hướng dẫn | trả đơn và hướng dẫn | guidance",
        Disposition.FORWARDED: "chuyển đơn | đã chuyển đơn | chuyển | đã chuyển",
        Disposition.NOT_ACCEPTED: "không thụ lý | không xử lý | trả lại đơn | not accepted | rejected",
        Disposition.FILED: "lưu | lưu đơn | xếp lưu | filed without further action",
        Disposition.WITHDRAWN: "rút đơn | đình chỉ | đã rút đơn",
        Disposition.JOINED: "nhập vụ việc | đơn trùng | nhập vào vụ việc khác | duplicate",
        Disposition.ENTERED_IN_ERROR: "vào sổ nhầm | nhập nhầm | registered in error",
        Disposition.UNKNOWN_IMPORTED: "không rõ | không rõ (nhập từ sổ cũ) | unknown | unknown (imported)",
    }
)

YES = frozenset(map(value_key, ("1", "x", "có", "yes", "y", "true", "đúng", "đ", "v")))
NO = frozenset(map(value_key, ("0", "không", "ko", "k", "no", "n", "false", "sai")))

FIELD_WORDS: Mapping[str, str] = {
    value_key(word): code
    for code, words in {
        "land": "đất | nhà đất | đất đai, nhà cửa | bồi thường, giải phóng mặt bằng | giải phóng mặt bằng | GPMB",
        "construction-order": "xây dựng | TTXD | construction | construction order",
        "environment": "vệ sinh môi trường | ô nhiễm | ô nhiễm môi trường",
        "policy": "chế độ | chính sách | chế độ chính sách | chính sách xã hội | policy and benefits",
        "officials": "cán bộ | công chức | cán bộ công chức | official | staff",
        "other": "khác | others",
    }.items()
    for word in words.split(" | ")
}
"""Other names of the fields that every office begins with; the office's own list comes first."""

HEADINGS: Mapping[str, str] = {heading_key(column): column for column in NATIVE_COLUMNS} | {
    heading_key(heading): column
    for column, headings in {
        "external_ref": "mã ngoài | số hiệu cũ | mã đơn cũ",
        "received_on": "ngày nhận | ngày tiếp nhận | ngày nhận đơn",
        "channel": "nguồn đơn | hình thức nhận | kênh tiếp nhận",
        "kind": "loại đơn",
        "field": "lĩnh vực",
        "title": "tiêu đề | trích yếu",
        "body": "nội dung | nội dung đơn",
        "petitioner_name": "họ tên người gửi | họ và tên người gửi | người gửi",
        "petitioner_address": "địa chỉ người gửi | địa chỉ",
        "ward_code": "mã xã | mã phường",
        "petitioner_id_number": "số căn cước | CCCD | số CCCD",
        "petitioner_phone": "điện thoại | số điện thoại",
        "people_count": "số người",
        "against": "đối tượng bị khiếu nại, tố cáo | người bị khiếu nại, tố cáo",
        "unit": "bộ phận",
        "officer": "cán bộ thụ lý | người thụ lý",
        "status": "trạng thái | tình trạng",
        "resolved_on": "ngày giải quyết | ngày giải quyết xong",
        "disposition": "kết quả giải quyết | hướng xử lý",
        "complex": "phức tạp",
        "prominent": "nổi cộm",
        "note": "ghi chú",
    }.items()
    for heading in headings.split(" | ")
}
"""Headings by which the native columns are known."""

_PLAIN = {word: kind for word, kind in KINDS.items() if kind not in (Kind.MIXED, Kind.UNCLASSIFIED)}
_SPLIT = str.maketrans(dict.fromkeys(",;/+&\n|", "\n"))


def kinds_in(text: str) -> tuple[Kind, tuple[Kind, ...]] | None:
    """The kind that ``text`` names, with its parts when it names several; None for what is no kind."""
    whole = KINDS.get(value_key(text))
    if whole is not None:
        return whole, ()
    pieces = fold(text).replace(" va ", "\n").replace(" and ", "\n").translate(_SPLIT).split("\n")
    named = [_PLAIN.get(value_key(piece)) for piece in pieces if value_key(piece)]
    if not named or None in named:
        return None
    parts = tuple(sorted({kind for kind in named if kind is not None}, key=list(Kind).index))
    return (parts[0], ()) if len(parts) == 1 else (Kind.MIXED, parts)
