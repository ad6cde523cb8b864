"""What is taken as an attachment: the name and the content must agree."""

import struct
import zipfile
from io import BytesIO

import pytest

from documents import recognition
from documents.recognition import media_type_of
from tests.documents.samples import EXE, HTML, JPEG, PDF, SVG, TIFF, docx, odt, package, png, xlsx

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("đơn.pdf", PDF, "application/pdf"),
        ("ĐƠN.PDF", PDF, "application/pdf"),
        ("ảnh.jpg", JPEG, "image/jpeg"),
        ("ảnh.jpeg", JPEG, "image/jpeg"),
        ("ảnh.png", png(), "image/png"),
        ("quét.tif", TIFF, "image/tiff"),
        ("đơn.docx", docx(), WORD),
        ("bảng.xlsx", xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("đơn.odt", odt(), "application/vnd.oasis.opendocument.text"),
        ("ghi chú.txt", "Kính gửi Ủy ban".encode(), "text/plain"),
        ("ghi chú.txt", "Kính gửi".encode("utf-16"), "text/plain"),
        ("cũ.txt", "BM.01: đơn".encode("cp1258", errors="replace"), "text/plain"),  # begins like a bitmap
    ],
)
def test_taken(name: str, content: bytes, media_type: str) -> None:
    assert media_type_of(name, BytesIO(content)) == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("hình.svg", SVG),
        ("trang.html", HTML),
        ("chạy.exe", EXE),
        ("không đuôi", PDF),
        ("đơn.pdf.exe", PDF),
        ("đơn.pdf", HTML),
        ("đơn.pdf", EXE),
        ("đơn.pdf", b""),
        ("ảnh.png", JPEG),
        ("ảnh.jpg", SVG),
        ("đơn.txt", HTML),
        ("đơn.txt", b"\xef\xbb\xbf \n" + SVG),
        ("đơn.txt", "<html>".encode("utf-16")),
        ("đơn.txt", EXE),
        ("đơn.txt", PDF),
        ("đơn.docx", xlsx()),
        ("đơn.docx", odt()),
        ("bảng.xlsx", docx()),
        ("đơn.odt", docx()),
        ("đơn.docx", docx(**{"word/vbaProject.bin": b"macro"})),
        ("đơn.docx", package({"a.txt": b"no document"})),
        ("đơn.docx", docx()[:-30]),
        ("đơn.docx", b"PK\x03\x04" + bytes(100)),
    ],
)
def test_refused(name: str, content: bytes) -> None:
    assert media_type_of(name, BytesIO(content)) is None


def test_a_package_with_too_many_members_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "MOST_MEMBERS", 4)
    assert media_type_of("a.docx", BytesIO(docx(**{"word/a.xml": b"a"}))) == WORD
    assert media_type_of("a.docx", BytesIO(docx(**{"word/a.xml": b"a", "word/b.xml": b"b"}))) is None


def test_a_package_that_unpacks_to_very_much_is_refused_unopened() -> None:
    content = bytearray(docx(**{"word/media/a.bin": bytes(1000)}))
    place = content.rindex(b"word/media/a.bin") - 22  # where the directory says how large the member becomes
    assert struct.unpack_from("<L", content, place) == (1000,)
    for said, media_type in ((100_000_000, WORD), (0xFFFFFFF0, None)):
        struct.pack_into("<L", content, place, said)
        assert media_type_of("a.docx", BytesIO(bytes(content))) == media_type


def test_a_package_with_a_huge_directory_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(docx())
    end = content.rindex(b"PK\x05\x06")
    struct.pack_into("<L", content, end + 12, 500_000_000)

    def opened(*_: object) -> None:
        raise AssertionError("the directory was read")

    monkeypatch.setattr(zipfile, "ZipFile", opened)
    assert media_type_of("a.docx", BytesIO(bytes(content))) is None
