"""Text of office packages (DOCX, XLSX, ODT): a zip of XML, read as a stream.

No tree is built and what is unpacked is counted as it comes, whatever the directory says. A document type is refused
at once, which takes away every trick with entities.
"""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import IO
from xml.parsers import expat

from documents.text.errors import bloated, damaged, locked
from documents.text.gathering import Gathering
from documents.text.outcome import Outcome, TextState

MOST_UNPACKED = 60 * 1024 * 1024
"""Bytes of XML that are unpacked of one file."""
MOST_PARTS = 200
_CHUNK = 1 << 16
_DEEPEST = 2_000
_ENCRYPTED = 0x1

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
_STRICT_WORD = "http://purl.oclc.org/ooxml/wordprocessingml/main "
_STRICT_SHEET = "http://purl.oclc.org/ooxml/spreadsheetml/main "
_ODF = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "


class _Kind:
    """How a kind of package writes text: in which elements, and which ones end a line or stand for white space."""

    def __init__(
        self,
        parts: Callable[[Sequence[str]], list[str]],
        text: Sequence[str],
        lines: Sequence[str],
        gaps: Sequence[str],
    ) -> None:
        self.parts = parts
        self.text = frozenset(text)
        self.lines = frozenset(lines)
        self.gaps = frozenset(gaps)


def _word_parts(names: Sequence[str]) -> list[str]:
    wanted = ("header", "footer", "footnotes", "endnotes")
    around = sorted(n for n in names if n.endswith(".xml") and n.startswith(tuple(f"word/{w}" for w in wanted)))
    return ["word/document.xml", *around]


def _sheet_parts(names: Sequence[str]) -> list[str]:
    sheets = sorted(n for n in names if n.startswith("xl/worksheets/") and n.endswith(".xml"))
    return [n for n in ("xl/sharedStrings.xml",) if n in names] + sheets


def _odf_parts(names: Sequence[str]) -> list[str]:
    return ["content.xml", *(n for n in ("styles.xml",) if n in names)]


_KINDS = {
    "docx": _Kind(
        _word_parts,
        text=[f"{space}t" for space in (_WORD, _STRICT_WORD)],
        lines=[f"{space}{name}" for space in (_WORD, _STRICT_WORD) for name in ("p", "br", "cr")],
        gaps=[f"{space}{name}" for space in (_WORD, _STRICT_WORD) for name in ("tab", "tc")],
    ),
    "xlsx": _Kind(
        _sheet_parts,
        text=[f"{space}t" for space in (_SHEET, _STRICT_SHEET)],
        lines=[f"{space}{name}" for space in (_SHEET, _STRICT_SHEET) for name in ("si", "is")],
        gaps=[],
    ),
    "odt": _Kind(
        _odf_parts,
        text=[f"{_ODF}p", f"{_ODF}h"],
        lines=[f"{_ODF}p", f"{_ODF}h", f"{_ODF}line-break"],
        gaps=[f"{_ODF}s", f"{_ODF}tab"],
    ),
}


def read(stream: IO[bytes], gathering: Gathering, *, kind: str) -> Outcome:
    """Gather the text of the package ``stream`` of that kind. Raises ``Unreadable``."""
    how = _KINDS[kind]
    try:
        with zipfile.ZipFile(stream) as package:
            members = {member.filename: member for member in package.infolist()}
            left = MOST_UNPACKED
            for name in how.parts(list(members))[:MOST_PARTS]:
                if name not in members:
                    raise damaged()
                if members[name].flag_bits & _ENCRYPTED:
                    raise locked()
                with package.open(members[name]) as part:
                    left = _read_part(part, how, gathering, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, expat.ExpatError) as error:
        raise damaged() from error
    return Outcome(TextState.READ, method=kind)


def _read_part(part: IO[bytes], how: _Kind, gathering: Gathering, left: int) -> int:
    walk = _Walk(how, gathering)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.text
    parser.StartDoctypeDeclHandler = _refuse
    while chunk := part.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise bloated()
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return left


def _refuse(*_: object) -> None:
    raise damaged()


class _Walk:
    """Follows the elements of one part and gathers what stands in those that hold text."""

    def __init__(self, how: _Kind, gathering: Gathering) -> None:
        self._how = how
        self._gathering = gathering
        self._inside = 0
        self._depth = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise bloated()
        if name in self._how.text:
            self._inside += 1
        elif name in self._how.gaps:
            self._gathering.add(" ")

    def end(self, name: str) -> None:
        self._depth -= 1
        if name in self._how.text:
            self._inside -= 1
        if name in self._how.lines:
            self._gathering.add("\n")

    def text(self, data: str) -> None:
        if self._inside:
            self._gathering.add(data)
