"""Workbooks (.xlsx): which sheet to read, within bounds that a hostile file cannot pass."""

import re
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from posixpath import join, normpath
from typing import IO

from core.i18n import lazy_gettext as _l
from petitions.importing.cells import Line
from petitions.importing.problems import ImportRefused
from petitions.importing.sheetxml import (
    Attributes,
    Merge,
    SheetReader,
    TooLong,
    column_number,
    damaged,
    date_styles,
    parse,
    shared_strings,
)

_TOTAL_LIMIT = 1 << 30
_PARTS_LIMIT = 2_000
_SMALL_PART_LIMIT = 16 << 20
_STRINGS_PART_LIMIT = 256 << 20
_CHUNK = 1 << 18
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?\bref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_LONGEST_MERGE = 300


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: its name, where it lies, and whether it is hidden."""

    name: str
    path: str
    hidden: bool


class Workbook:
    """An open workbook."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._since_1904 = False
        self._parts: dict[str, str] = {}
        self._reading: IO[bytes] | None = None
        self._size = 1
        self.sheets = self._find_sheets()

    def candidates(self, name: str) -> list[Sheet]:
        """The sheet called ``name``, or all that are not hidden when no name is given, in their order.

        Raises ``ImportRefused`` when there is none.
        """
        if name:
            wanted = name.strip().casefold()
            for sheet in self.sheets:
                if sheet.name.strip().casefold() == wanted:
                    return [sheet]
            raise ImportRefused(_l("The workbook has no sheet called “%(name)s”.", name=name))
        visible = [sheet for sheet in self.sheets if not sheet.hidden]
        if not visible:
            raise ImportRefused(_l("The workbook has no visible sheet."))
        return visible

    def lines(self, sheet: Sheet) -> Generator[Line]:
        """The rows of ``sheet`` that hold anything."""
        if sheet.path not in self._archive.namelist():
            raise damaged()
        merged = self._merged_down(sheet.path)
        reader = SheetReader(self._strings(), self._date_styles(), since_1904=self._since_1904, merged=merged)
        self._size = max(1, self._archive.getinfo(sheet.path).file_size)
        with self._open(sheet.path) as self._reading:
            yield from reader.lines(self._reading)

    def share(self) -> float:
        """Which share of the sheet has been read, from 0 to 1."""
        return self._reading.tell() / self._size if self._reading is not None and not self._reading.closed else 0.0

    def _find_sheets(self) -> list[Sheet]:
        targets = self._targets()
        found: list[Sheet] = []

        def start(name: str, attributes: Attributes) -> None:
            if name == "workbookPr":
                self._since_1904 = attributes.get("date1904", "0") in {"1", "true"}
            elif name == "sheet":
                relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
                path = targets.get(relation)
                if path is not None:
                    hidden = attributes.get("state", "visible") != "visible"
                    found.append(Sheet(attributes.get("name", ""), path, hidden))

        with self._open("xl/workbook.xml", _SMALL_PART_LIMIT) as stream:
            for _ in parse(stream, start):
                pass
        return found

    def _targets(self) -> dict[str, str]:
        targets: dict[str, str] = {}

        def start(name: str, attributes: Attributes) -> None:
            if name != "Relationship":
                return
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            kind = attributes.get("Type", "").rpartition("/")[2]
            if kind == "worksheet":
                targets[attributes.get("Id", "")] = path
            else:
                self._parts[kind] = path

        with self._open("xl/_rels/workbook.xml.rels", _SMALL_PART_LIMIT) as stream:
            for _ in parse(stream, start):
                pass
        return targets

    def _merged_down(self, path: str) -> list[Merge]:
        """Cells merged over several rows. They stand behind all rows of the sheet, so it is looked through twice."""
        found: set[Merge] = set()
        with self._open(path) as stream:
            rest = b""
            while chunk := stream.read(_CHUNK):
                text = rest + chunk
                for left, top, right, bottom in _MERGE.findall(text):
                    if int(top) < int(bottom):
                        first, last = column_number(left.decode()), column_number(right.decode())
                        found.add(Merge(int(top), int(bottom), first, last))
                rest = text[-_LONGEST_MERGE:]
        return sorted(found)

    def _strings(self) -> list[str | TooLong]:
        if "sharedStrings" not in self._parts:
            return []
        with self._open(self._parts["sharedStrings"], _STRINGS_PART_LIMIT) as stream:
            return shared_strings(stream)

    def _date_styles(self) -> frozenset[int]:
        if "styles" not in self._parts:
            return frozenset()
        with self._open(self._parts["styles"], _SMALL_PART_LIMIT) as stream:
            return date_styles(stream)

    @contextmanager
    def _open(self, path: str, limit: int = _TOTAL_LIMIT) -> Iterator[IO[bytes]]:
        try:
            if self._archive.getinfo(path).file_size > limit:
                raise _too_large()
            with self._archive.open(path) as stream:
                yield stream
        except (
            KeyError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            # Also wrong check sums, unknown compression and encrypted members: zipfile has no one error for them.
            raise damaged() from error


@contextmanager
def open_workbook(path: Path) -> Iterator[Workbook]:
    """Open the workbook at ``path``. Raises ``ImportRefused`` when it is none, or unpacks to more than 1 GiB."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError):
        raise damaged() from None
    with archive:
        parts = archive.infolist()
        if len(parts) > _PARTS_LIMIT or sum(part.file_size for part in parts) > _TOTAL_LIMIT:
            raise _too_large()
        if "xl/workbook.xml" not in archive.namelist():
            raise ImportRefused(_l("The file is a ZIP archive, not an .xlsx workbook."))
        yield Workbook(archive)


def _too_large() -> ImportRefused:
    return ImportRefused(_l("The workbook unpacks to more than can be read safely. Save the sheet as CSV UTF-8."))
