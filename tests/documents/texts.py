"""Files of each kind with text in them, sound and hostile, made here."""

import struct
import zlib
from collections.abc import Sequence

from tests.documents.samples import package

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ODF_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
ODF_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT_TYPE = "application/vnd.oasis.opendocument.text"
PDF_TYPE = "application/pdf"


def docx_of(body: str, head: str = "") -> bytes:
    """A letter of Word with that XML in its body, ``head`` before the root element."""
    xml = f'<?xml version="1.0"?>{head}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return package({"[Content_Types].xml": b"<Types/>", "word/document.xml": xml.encode()})


def paragraphs(*texts: str) -> str:
    """Paragraphs of Word, each cut into runs of four letters as Word does after spell checking."""
    return "".join(
        "<w:p>" + "".join(f"<w:r><w:t>{text[i : i + 4]}</w:t></w:r>" for i in range(0, len(text), 4)) + "</w:p>"
        for text in texts
    )


def odt_of(body: str) -> bytes:
    """A text of LibreOffice with that XML in its body."""
    xml = (
        f'<office:document-content xmlns:office="{ODF_OFFICE}" xmlns:text="{ODF_TEXT}">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    members = {"mimetype": ODT_TYPE.encode(), "content.xml": xml.encode(), "META-INF/manifest.xml": b"<m/>"}
    return package(members, stored="mimetype")


def xlsx_of(shared: Sequence[str], inline: str = "") -> bytes:
    """A workbook with shared texts and one text in its cell."""
    strings = "".join(f"<si><t>{text}</t></si>" for text in shared)
    sheet = f'<c t="inlineStr"><is><t>{inline}</t></is></c><c><f>SUM(A1)</f><v>17</v></c>'
    return package(
        {
            "xl/workbook.xml": b"<w/>",
            "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}">{strings}</sst>'.encode(),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}">{sheet}</worksheet>'.encode(),
        }
    )


def pdf_of(*pages: str, trailer: str = "") -> bytes:
    """A PDF with these texts, one a page; each letter has a code of its own, as subset fonts do."""
    letters = sorted(set("".join(pages)))
    code = {letter: place + 1 for place, letter in enumerate(letters)}
    mapping = "\n".join(f"<{code[letter]:02x}> <{letter.encode('utf-16-be').hex()}>" for letter in letters)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{mapping}\nendbfchar endcmap end end"
    )
    kids = " ".join(f"{5 + 2 * place} 0 R" for place in range(len(pages)))
    font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/FirstChar 1/LastChar 255/ToUnicode 4 0 R/Widths ["
    objects: list[str | bytes] = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>",
        f"{font}{'500 ' * 255}]>>",
        stream(cmap.encode()),
    ]
    for place, text in enumerate(pages):
        shown = "".join(f"{code[letter]:02x}" for letter in text)
        objects.append(page(6 + 2 * place, "/Font<</F 3 0 R>>"))
        objects.append(stream(f"BT /F 12 Tf 40 700 Td <{shown}> Tj ET".encode()))
    return assembled(objects, trailer)


def scan_of(width: int, height: int, grey: bytes) -> bytes:
    """A PDF of one page that is a picture: ``grey`` has a byte for each point."""
    image = (
        f"<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 8"
        "/Filter/FlateDecode/Length %d>>\nstream\n"
    )
    packed = zlib.compress(grey)
    objects: list[str | bytes] = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]>>",
        page(4, "/XObject<</I 5 0 R>>"),
        stream(b"q 595 0 0 842 0 0 cm /I Do Q"),
        (image % len(packed)).encode() + packed + b"\nendstream",
    ]
    return assembled(objects)


def tiff_of(pages: Sequence[tuple[int, int, bytes]]) -> bytes:
    """A TIFF of several grey pages: width, height and a byte for each point."""
    out, link = bytearray(b"II*\0\0\0\0\0"), 4
    for width, height, grey in pages:
        data = len(out)
        out += grey + bytes(len(grey) % 2)
        directory = len(out)
        tags = (
            (256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, data), (277, 3, 1),
            (278, 4, height), (279, 4, len(grey)),
        )  # fmt: skip
        out += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, kind, 1, n) for tag, kind, n in tags)
        out[link : link + 4] = struct.pack("<I", directory)
        link = len(out)
        out += bytes(4)
    return bytes(out)


def page(contents: int, resources: str) -> str:
    return f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {contents} 0 R/Resources<<{resources}>>>>"


def stream(data: bytes, more: str = "") -> bytes:
    return f"<</Length {len(data)}{more}>>\nstream\n".encode() + data + b"\nendstream"


def assembled(objects: Sequence[str | bytes], trailer: str = "") -> bytes:
    """The file that has these objects, numbered from 1; the first is its catalogue."""
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        body = content.encode() if isinstance(content, str) else content
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out_of = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    end = f"trailer<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + (out_of + end).encode()


LOCKED_PDF = pdf_of(
    "bí mật",
    trailer="/ID[<00><00>]/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O<"
    + "ab" * 32
    + ">/U<"
    + "cd" * 32
    + ">>>",
)
ROUND_PDF = assembled(
    ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1000000/Kids[2 0 R 3 0 R 2 0 R]>>", page(3, "")]
)
"""Its pages contain themselves, and its page draws itself."""
LAUGHS = (
    '<!DOCTYPE w [<!ENTITY a "ha ha ha ha">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 20}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
"""A document type whose entities grow without end."""
