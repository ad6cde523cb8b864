"""What a file is, by its name and by its content: both must agree. Pure; nothing is unpacked or decoded."""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import IO

import filetype

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ODT = "application/vnd.oasis.opendocument.text"
_ZIP = "application/zip"
_TEXT = "text/plain"

MEDIA_TYPES: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".docx": _DOCX,
    ".xlsx": _XLSX,
    ".odt": _ODT,
    ".txt": _TEXT,
}
"""The media type of each file extension that is taken. Nothing that a browser would run stands here."""

# The member without which a package is not what its name says.
_CORE_MEMBER = {_DOCX: "word/document.xml", _XLSX: "xl/workbook.xml", _ODT: "content.xml"}

MOST_MEMBERS = 2_000
MOST_UNPACKED = 300 * 1024 * 1024
# A directory of so many members with long names; reading one costs memory before anything can be counted.
_MOST_DIRECTORY = 1024 * 1024

_HEAD = 8192
_CHUNK = 256 * 1024
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_LONGEST_COMMENT = 65_535
_MACROS = "vbaproject.bin"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
# Text that some program would run or render.
_LIVE_TEXT = (b"<!doctype", b"<html", b"<?xml", b"<svg", b"<script", b"<?php", b"#!", b"%!ps")


def media_type_of(name: str, content: IO[bytes]) -> str | None:
    """The media type under which a file called ``name`` may be kept; None for one that is not taken.

    ``content`` must be seekable; where it stands afterwards is not said.
    """
    expected = MEDIA_TYPES.get(PurePosixPath(name).suffix.lower())
    if expected is None:
        return None
    content.seek(0)
    head = content.read(_HEAD)
    found = filetype.guess_mime(head)
    if expected in _CORE_MEMBER:
        return expected if found in (expected, _ZIP) and _is_package(content, head, expected) else None
    if expected == _TEXT:
        # Plain words may begin like some rare format; only what is taken under another name is refused.
        return expected if found not in MEDIA_TYPES.values() and _is_plain_text(content, head) else None
    return expected if found == expected else None


def _is_package(content: IO[bytes], head: bytes, media_type: str) -> bool:
    """Whether an office package is what its name says, and small enough to be opened later on a clerk's computer."""
    if _directory_size(content) > _MOST_DIRECTORY:
        return False
    # The type of an OpenDocument stands at its very beginning, unpacked.
    if media_type == _ODT and media_type.encode() not in head[:200]:
        return False
    try:
        with zipfile.ZipFile(content) as package:
            members = package.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError, struct.error):
        return False
    names = {member.filename for member in members}
    return (
        _CORE_MEMBER[media_type] in names
        and len(members) <= MOST_MEMBERS
        and sum(member.file_size for member in members) <= MOST_UNPACKED
        and not any(name.lower().endswith(_MACROS) for name in names)
    )


def _directory_size(content: IO[bytes]) -> int:
    """Bytes of the directory that a package says it has; more than is taken where it says nothing clear."""
    unclear = _MOST_DIRECTORY + 1
    content.seek(0, 2)
    length = content.tell()
    content.seek(max(0, length - _LONGEST_COMMENT - _END_OF_DIRECTORY.size))
    tail = content.read()
    start = tail.rfind(b"PK\x05\x06")
    if start < 0 or len(tail) - start < _END_OF_DIRECTORY.size:
        return unclear
    size: int = _END_OF_DIRECTORY.unpack_from(tail, start)[5]
    return size


def _is_plain_text(content: IO[bytes], head: bytes) -> bool:
    beginning = head.removeprefix(_UTF8_MARK).lstrip().lower()
    if beginning.startswith(_LIVE_TEXT):
        return False
    if head.startswith(_UTF16_MARKS):
        return not head.replace(b"\x00", b"")[2:].lstrip().lower().startswith(_LIVE_TEXT)
    content.seek(0)
    while chunk := content.read(_CHUNK):
        if b"\x00" in chunk:
            return False
    return True
