"""Abbreviations of Vietnamese offices, found under their full wording and the other way round."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from search.analysis import tokens

Words = tuple[str, ...]
"""Plain words next to each other."""

MAX_WORDS = 8
"""Words of one wording at most."""
_MOST_WORDINGS = 8

# What every office starts with; each may add its own and leave some out.
BUILT_IN_PAIRS: tuple[tuple[str, str], ...] = (
    ("ANQP", "an ninh quốc phòng"),
    ("ANTT", "an ninh trật tự"),
    ("ATGT", "an toàn giao thông"),
    ("ATTP", "an toàn thực phẩm"),
    ("BHXH", "bảo hiểm xã hội"),
    ("BHYT", "bảo hiểm y tế"),
    ("BQL", "ban quản lý"),
    ("BQLDA", "ban quản lý dự án"),
    ("BTXH", "bảo trợ xã hội"),
    ("BVMT", "bảo vệ môi trường"),
    ("CCCD", "căn cước công dân"),
    ("CMND", "chứng minh nhân dân"),
    ("CSGT", "cảnh sát giao thông"),
    ("CSKV", "cảnh sát khu vực"),
    ("GCN", "giấy chứng nhận"),
    ("GCNQSDĐ", "giấy chứng nhận quyền sử dụng đất"),
    ("GPMB", "giải phóng mặt bằng"),
    ("GPXD", "giấy phép xây dựng"),
    ("HĐND", "hội đồng nhân dân"),
    ("HKTT", "hộ khẩu thường trú"),
    ("HTX", "hợp tác xã"),
    ("KDC", "khu dân cư"),
    ("KĐT", "khu đô thị"),
    ("KNTC", "khiếu nại tố cáo"),
    ("KNPA", "kiến nghị phản ánh"),
    ("MĐSD", "mục đích sử dụng"),
    ("MTTQ", "mặt trận tổ quốc"),
    ("NCC", "người có công"),
    ("NTM", "nông thôn mới"),
    ("NVH", "nhà văn hóa"),
    ("PCCC", "phòng cháy chữa cháy"),
    ("PCTN", "phòng chống tham nhũng"),
    ("QH", "quy hoạch"),
    ("QLĐT", "quản lý đô thị"),
    ("QSDĐ", "quyền sử dụng đất"),
    ("SDĐ", "sử dụng đất"),
    ("TDP", "tổ dân phố"),
    ("TĐC", "tái định cư"),
    ("THA", "thi hành án"),
    ("TNGT", "tai nạn giao thông"),
    ("TNMT", "tài nguyên môi trường"),
    ("TTĐT", "trật tự đô thị"),
    ("TTHC", "thủ tục hành chính"),
    ("TTXD", "trật tự xây dựng"),
    ("UBND", "ủy ban nhân dân"),
    ("VPĐKĐĐ", "văn phòng đăng ký đất đai"),
    ("VPHC", "vi phạm hành chính"),
    ("VSMT", "vệ sinh môi trường"),
    ("XPVPHC", "xử phạt vi phạm hành chính"),
)


@dataclass(frozen=True, slots=True)
class ShortForms:
    """Wordings that mean the same: each leads to the others. ``longest`` counts the words of the longest one."""

    wordings: Mapping[Words, tuple[Words, ...]]
    longest: int

    @staticmethod
    def of(pairs: Iterable[tuple[str, str]]) -> "ShortForms":
        """The short forms of ``pairs`` of a short and a full wording.

        A full wording that holds another is also looked up with that one written short ("giấy chứng nhận QSDĐ"), and
        whatever says the longer one says the shorter one, too ("GCNQSDĐ" is a "giấy chứng nhận").
        """
        known: dict[Words, dict[Words, None]] = {}
        shorts: dict[Words, Words] = {}
        for short, full in pairs:
            one, other = plain_words(short), plain_words(full)
            if one and other and one != other:
                known.setdefault(one, {})[other] = None
                known.setdefault(other, {})[one] = None
                shorts.setdefault(other, one)
        for whole, initials in shorts.items():
            for inner in shorts:
                if inner != whole and _holds(whole, inner):
                    known[inner].setdefault(initials)
                    known[shorts[inner]].setdefault(initials)
            for mixed in _mixed(whole, shorts):
                known[whole].setdefault(mixed)
                known[initials].setdefault(mixed)
        wordings = {words: tuple(others)[:_MOST_WORDINGS] for words, others in known.items()}
        return ShortForms(MappingProxyType(wordings), max(map(len, wordings), default=1))


def plain_words(text: str) -> Words:
    """``text`` as plain words, cut at ``MAX_WORDS``."""
    return tuple(token.plain for token in tokens(text))[:MAX_WORDS]


def _holds(longer: Words, shorter: Words) -> bool:
    size = len(shorter)
    return any(longer[at : at + size] == shorter for at in range(len(longer) - size + 1))


def _mixed(full: Words, shorts: Mapping[Words, Words]) -> Iterable[Words]:
    """``full`` with one proper part of it written short."""
    for start in range(len(full)):
        for end in range(start + 2, len(full) + 1):
            if end - start < len(full) and (short := shorts.get(full[start:end])):
                yield (*full[:start], *short, *full[end:])


BUILT_IN = ShortForms.of(BUILT_IN_PAIRS)
