"""What stands in every letter and says nothing about it: heads, forms of address, closings. Pure.

They are taken out before letters are compared. Everything else that many letters share counts for little by itself,
because pairs of words are weighed by how rare they are (``weights``).
"""

import re
from collections.abc import Sequence
from functools import cache

from search.analysis import split_marks

STANDARD_PHRASES = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam",
    "Độc lập Tự do Hạnh phúc",
    "Kính gửi",
    "Kính thưa",
    "Đồng kính gửi",
    "Ủy ban nhân dân phường",
    "Ủy ban nhân dân xã",
    "Ủy ban nhân dân thành phố",
    "Ủy ban nhân dân",
    "Chủ tịch Ủy ban nhân dân",
    "Đơn khiếu nại",
    "Đơn tố cáo",
    "Đơn kiến nghị",
    "Đơn phản ánh",
    "Đơn đề nghị",
    "Đơn kêu cứu",
    "Tôi tên là",
    "Tên tôi là",
    "Họ và tên",
    "Tôi là",
    "Chúng tôi là",
    "Sinh năm",
    "Sinh ngày",
    "Căn cước công dân số",
    "Số căn cước công dân",
    "Chứng minh nhân dân số",
    "Cấp ngày",
    "Nơi cấp",
    "Trú tại",
    "Thường trú tại",
    "Hộ khẩu thường trú",
    "Hiện trú tại",
    "Nơi ở hiện nay",
    "Số điện thoại",
    "Điện thoại",
    "Nay tôi làm đơn này",
    "Tôi viết đơn này",
    "Tôi làm đơn này",
    "Nội dung sự việc như sau",
    "Nội dung cụ thể như sau",
    "Sự việc cụ thể như sau",
    "Xin trình bày như sau",
    "Tôi xin cam đoan",
    "Tôi cam đoan",
    "Nội dung trình bày trên là đúng sự thật",
    "Những nội dung trình bày trên là đúng sự thật",
    "Những điều trình bày trên là đúng sự thật",
    "Hoàn toàn chịu trách nhiệm trước pháp luật",
    "Chịu trách nhiệm trước pháp luật",
    "Theo quy định của pháp luật",
    "Đề nghị cơ quan có thẩm quyền",
    "Xem xét giải quyết",
    "Xem xét, giải quyết theo quy định",
    "Tôi xin chân thành cảm ơn",
    "Chúng tôi xin chân thành cảm ơn",
    "Xin chân thành cảm ơn",
    "Tôi xin trân trọng cảm ơn",
    "Trân trọng cảm ơn",
    "Người làm đơn",
    "Người viết đơn",
    "Người khiếu nại",
    "Ký và ghi rõ họ tên",
    "Ký ghi rõ họ tên",
)


_WORD = re.compile(r"[^\W_]+")


def plain_words(text: str) -> list[str]:
    """The words of ``text`` (NFC) in plain letters: lower case, without marks, đ as d."""
    return [split_marks(word)[0] for word in _WORD.findall(text)]


@cache
def _by_first() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The phrases by their first word, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in STANDARD_PHRASES:
        words = tuple(plain_words(phrase))
        found.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(phrases, key=len, reverse=True)) for first, phrases in found.items()}


def runs_between(words: Sequence[str]) -> list[list[str]]:
    """``words`` (plain) without the standard phrases, as the runs that stand between these."""
    phrases = _by_first()
    runs: list[list[str]] = []
    run: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        known = phrases.get(word)
        length = next((len(p) for p in known if tuple(words[at : at + len(p)]) == p), 0) if known else 0
        if length:
            if run:
                runs.append(run)
                run = []
            at += length
        else:
            run.append(word)
            at += 1
    if run:
        runs.append(run)
    return runs
