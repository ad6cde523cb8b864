"""Small files of each kind, made here."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
TIFF = b"II*\x00\x08\x00\x00\x00" + bytes(200)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(300)


def png() -> bytes:
    """One white point."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b"")
    )


def package(members: Mapping[str, bytes], *, stored: str = "") -> bytes:
    """A zip package; the member ``stored`` is not packed."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name == stored else None)
    return out.getvalue()


def docx(**more: bytes) -> bytes:
    """A document of Word."""
    return package({"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<r/>", "word/document.xml": b"<d/>", **more})


def xlsx() -> bytes:
    """A workbook of Excel, its members in the order of another program."""
    return package({"_rels/.rels": b"<r/>", "docProps/app.xml": b"<p/>", "xl/workbook.xml": b"<w/>"})


def odt() -> bytes:
    """A text of LibreOffice."""
    kind = b"application/vnd.oasis.opendocument.text"
    return package({"mimetype": kind, "content.xml": b"<c/>", "META-INF/manifest.xml": b"<m/>"}, stored="mimetype")


@dataclass
class Sent:
    """A file as a form hands it over."""

    filename: str | None
    stream: IO[bytes]


def sent(name: str | None, content: bytes) -> Sent:
    """A file called ``name`` with that content."""
    return Sent(name, BytesIO(content))
