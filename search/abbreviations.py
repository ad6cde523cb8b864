"""Abbreviations of Vietnamese offices, found under their full wording and the other way round."""

from search.analysis import split_marks

_WRITTEN_OUT = {
    "anqp": "an ninh quốc phòng",
    "antt": "an ninh trật tự",
    "bhxh": "bảo hiểm xã hội",
    "bhyt": "bảo hiểm y tế",
    "bvmt": "bảo vệ môi trường",
    "cccd": "căn cước công dân",
    "cmnd": "chứng minh nhân dân",
    "gcn": "giấy chứng nhận",
    "gcnqsdđ": "giấy chứng nhận quyền sử dụng đất",
    "gpmb": "giải phóng mặt bằng",
    "gpxd": "giấy phép xây dựng",
    "hđnd": "hội đồng nhân dân",
    "kntc": "khiếu nại tố cáo",
    "knpa": "kiến nghị phản ánh",
    "mttq": "mặt trận tổ quốc",
    "pccc": "phòng cháy chữa cháy",
    "qsdđ": "quyền sử dụng đất",
    "tdp": "tổ dân phố",
    "tđc": "tái định cư",
    "tnmt": "tài nguyên môi trường",
    "ttđt": "trật tự đô thị",
    "tthc": "thủ tục hành chính",
    "ttxd": "trật tự xây dựng",
    "ubnd": "ủy ban nhân dân",
    "vpđkđđ": "văn phòng đăng ký đất đai",
    "vsmt": "vệ sinh môi trường",
}


def _plain(text: str) -> tuple[str, ...]:
    return tuple(split_marks(word)[0] for word in text.split(" "))


# Plain short form to the plain words it stands for, and back.
EXPANSIONS = {_plain(short)[0]: _plain(full) for short, full in _WRITTEN_OUT.items()}
SHORT_FORMS = {full: short for short, full in EXPANSIONS.items()}
LONGEST = max(map(len, SHORT_FORMS))
