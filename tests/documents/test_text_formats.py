"""What is read from sound files of each kind."""

import unicodedata
from io import BytesIO
from typing import Literal

import pypdfium2
import pytest

from documents.text import ocr, pdf
from documents.text.child import read
from documents.text.ocr import TooSlow
from documents.text.outcome import MOST_CHARACTERS, Outcome, TextState
from tests.documents.samples import png
from tests.documents.texts import (
    DOCX_TYPE,
    ODT_TYPE,
    PDF_TYPE,
    XLSX_TYPE,
    docx_of,
    odt_of,
    paragraphs,
    pdf_of,
    scan_of,
    tiff_of,
    xlsx_of,
)

TEXT = "Tôi khiếu nại việc thu hồi đất thửa 47."
with_tesseract = pytest.mark.skipif(not ocr.is_available(), reason="Tesseract with Vietnamese is not installed")


def outcome_of(data: bytes, media_type: str, *, recognising: bool = False) -> Outcome:
    return read(BytesIO(data), media_type, ocr.Recogniser(60) if recognising else None)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("kind", ["docx", "odt", "xlsx", "pdf", "txt", "txt-16", "txt-bom"])
def test_the_text_of_every_kind_is_read_in_one_normal_form(kind: str, form: Literal["NFC", "NFD"]) -> None:
    text = unicodedata.normalize(form, TEXT)
    data, media_type = {
        "docx": (docx_of(paragraphs(text)), DOCX_TYPE),
        "odt": (odt_of(f"<text:p>{text}</text:p>"), ODT_TYPE),
        "xlsx": (xlsx_of([text]), XLSX_TYPE),
        "pdf": (pdf_of(text), PDF_TYPE),
        "txt": (text.encode(), "text/plain"),
        "txt-16": (text.encode("utf-16"), "text/plain"),
        "txt-bom": (text.encode("utf-8-sig"), "text/plain"),
    }[kind]
    found = outcome_of(data, media_type)
    assert (found.state, found.text, found.detail, found.cut) == (TextState.READ, TEXT, "", False)


def test_paragraphs_stay_apart_and_tabs_part_words() -> None:
    body = paragraphs("Kính gửi", "Ủy ban") + "<w:p><w:r><w:t>Số</w:t><w:tab/><w:t>12</w:t></w:r></w:p>"
    assert outcome_of(docx_of(body), DOCX_TYPE).text == "Kính gửi\nỦy ban\nSố 12"
    body = "<text:h>Đơn <text:span>tố</text:span><text:s/>giác</text:h><text:p>a<text:line-break/>Bảy mẫu</text:p>"
    # Here a line ends where its writer ended it, whatever comes next.
    assert outcome_of(odt_of(body), ODT_TYPE).text == "Đơn tố giác\na\nBảy mẫu"


def test_what_word_struck_out_or_keeps_for_itself_is_not_read() -> None:
    body = (
        paragraphs("Giữ nguyên đơn")
        + "<w:p><w:r><w:delText>đã xoá</w:delText><w:instrText>PAGE</w:instrText></w:r></w:p>"
    )
    assert outcome_of(docx_of(body), DOCX_TYPE).text == "Giữ nguyên đơn"


def test_a_workbook_gives_texts_and_no_formulas() -> None:
    found = outcome_of(xlsx_of(["Nguyễn Văn Thử", "Trần Thị Mẫu"], inline="ghi chú"), XLSX_TYPE)
    assert found.text == "Nguyễn Văn Thử\nTrần Thị Mẫu\nghi chú"


def test_a_sentence_broken_by_lines_is_one_again() -> None:
    text = "bồi thường giải\nphóng mặt bằng\nThửa số\n47\n\n\n\nKết luận"
    assert outcome_of(text.encode(), "text/plain").text == "bồi thường giải phóng mặt bằng\nThửa số 47\n\nKết luận"


def test_pages_are_counted_and_all_read() -> None:
    found = outcome_of(pdf_of("Trang thứ nhất", "Trang thứ hai", "Trang thứ ba"), PDF_TYPE)
    assert (found.pages, found.method) == (3, "pdf")
    assert found.text == "Trang thứ nhất\nTrang thứ hai\nTrang thứ ba"


def test_windows_1258_is_recognised_and_tcvn3_is_not_guessed() -> None:
    # It has ê and the five tones, but no letter that is both.
    vietnamese = "Đơn khiê\u0301u na\u0323i vê\u0300 đâ\u0301t"
    assert outcome_of(vietnamese.encode("cp1258"), "text/plain").text == "Đơn khiếu nại về đất"
    tcvn3 = b"\xa7\xac n khi\xd5u n\xb9i v\xd2 \xae\xca t \xae ai c\xf1a gia \xae\xd7nh"
    found = outcome_of(tcvn3, "text/plain")
    assert (found.state, found.detail) == (TextState.FAILED, "charset")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(docx_of(""), DOCX_TYPE), (pdf_of("3"), PDF_TYPE), (b" \n\t - 12 -", "text/plain"), (odt_of(""), ODT_TYPE)],
)
def test_a_file_without_words_says_so(data: bytes, media_type: str) -> None:
    found = outcome_of(data, media_type)
    assert (found.state, found.text) == (TextState.NONE, "")


def test_a_long_text_is_cut_and_says_so() -> None:
    found = outcome_of(("dài " * MOST_CHARACTERS).encode(), "text/plain")
    assert found.state is TextState.READ
    assert found.cut
    assert MOST_CHARACTERS - 10 <= len(found.text) <= MOST_CHARACTERS
    many = outcome_of(docx_of(paragraphs("từ ngữ ") * 40_000), DOCX_TYPE)
    assert (many.state, many.cut) == (TextState.READ, True)


def test_a_cut_within_a_letter_is_no_fault() -> None:
    data = ("a" + "ế" * 500_000).encode()
    assert outcome_of(data, "text/plain").text.endswith("ế")


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/tiff"])
def test_without_tesseract_a_scan_is_called_one(media_type: str) -> None:
    assert outcome_of(png(), media_type).state is TextState.SCAN


def test_without_tesseract_a_pdf_of_pictures_is_called_a_scan() -> None:
    found = outcome_of(scan_of(10, 10, bytes(100)), PDF_TYPE)
    assert (found.state, found.pages, found.detail) == (TextState.SCAN, 1, "no-ocr")


def scanned(text: str) -> tuple[int, int, bytes]:
    """``text`` as a picture: width, height and a byte for each point."""
    drawn = pypdfium2.PdfDocument(typed(text))[0].render(scale=3, grayscale=True)
    rows = (bytes(drawn.buffer)[row * drawn.stride :][: drawn.width] for row in range(drawn.height))
    return drawn.width, drawn.height, b"".join(rows)


def typed(text: str) -> bytes:
    """A PDF whose letters are drawn as they are: the fonts that every reader has know no Vietnamese."""
    return pdf_of(text).replace(b"/ToUnicode 4 0 R", b"").replace(b"500 ", b"750 ").replace(*_codes(text))


def _codes(text: str) -> tuple[bytes, bytes]:
    letters = sorted(set(text))
    shown = "".join(f"{letters.index(letter) + 1:02x}" for letter in text)
    return f"<{shown}> Tj".encode(), f"({text}) Tj".encode()


@with_tesseract
def test_scans_are_read_where_tesseract_is() -> None:
    width, height, grey = scanned("DON KHIEU NAI THU HOI DAT")
    found = outcome_of(scan_of(width, height, grey), PDF_TYPE, recognising=True)
    assert (found.state, found.method, found.pages) == (TextState.READ, "ocr", 1)
    assert "HOI DAT" in found.text
    blank = outcome_of(scan_of(100, 100, b"\xff" * 10_000), PDF_TYPE, recognising=True)
    assert (blank.state, blank.method) == (TextState.NONE, "ocr")


@with_tesseract
def test_all_pages_of_a_picture_are_read() -> None:
    pages = [scanned("DON MOT"), scanned("TRANG HAI"), scanned("TRANG CUOI")]
    found = outcome_of(tiff_of(pages), "image/tiff", recognising=True)
    assert (found.state, found.pages) == (TextState.READ, 3)
    assert [word in found.text for word in ("DON", "HAI", "CUOI")] == [True] * 3


def test_no_more_pages_are_looked_at_than_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_PAGES", 2)
    found = outcome_of(pdf_of("Trang thứ nhất", "Trang thứ hai", "Trang thứ ba"), PDF_TYPE)
    assert (found.pages, found.cut) == (3, True)
    assert found.text == "Trang thứ nhất\nTrang thứ hai"
    monkeypatch.setattr(pdf, "MOST_RECOGNISED", 0)
    found = read(BytesIO(scan_of(10, 10, bytes(100))), PDF_TYPE, lambda _: pytest.fail("one too many"))
    assert (found.state, found.cut) == (TextState.NONE, True)


def test_what_was_recognised_before_the_time_was_up_is_kept() -> None:
    def slow(_picture: bytes) -> str:
        raise TooSlow("Trang đầu tiên\n")

    found = read(BytesIO(png()), "image/png", slow)
    assert (found.state, found.text, found.detail, found.cut) == (TextState.READ, "Trang đầu tiên", "slow", True)
    found = read(BytesIO(scan_of(10, 10, bytes(100))), PDF_TYPE, slow)
    assert (found.state, found.detail) == (TextState.FAILED, "slow")


@with_tesseract
def test_recognising_ends_with_its_time() -> None:
    width, height, grey = scanned("DON KHIEU NAI")
    with pytest.raises(TooSlow):
        ocr.Recogniser(0)(tiff_of([(width, height, grey)]))


@with_tesseract
def test_a_broken_picture_fails() -> None:
    found = outcome_of(b"\xff\xd8\xff\xe0 nothing", "image/jpeg", recognising=True)
    assert (found.state, found.detail) == (TextState.FAILED, "damaged")
