"""A mapping bound to the headings of one file: turns its rows into native columns."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from core.i18n import lazy_gettext as _l
from core.text import clean_line, fold
from petitions.importing.aliases import HEADINGS, NATIVE_COLUMNS, value_key
from petitions.importing.cells import Cell, Line, as_text
from petitions.importing.mapping import OTHERWISE, ColumnMapping, Condition, Source, Take
from petitions.importing.problems import ImportRefused
from petitions.importing.reading import heading_key
from petitions.importing.templates import CompiledTemplate, Template

IDENTITY_COLUMNS = ("petitioner_name", "petitioner_address", "petitioner_id_number", "petitioner_phone", "ward_code")
_IDENTITY_WORDS = (
    "ho ten",
    "ho va ten",
    "nguoi gui",
    "nguoi to cao",
    "dia chi",
    "can cuoc",
    "cccd",
    "cmnd",
    "ho chieu",
    "dien thoai",
    "petitioner",
    "address",
    "phone",
    "passport",
)


# What registers write where a name must not stand; our own adds the paper's code, words with figures.
_SECRECY_MARK = re.compile(
    r"(?:giu bi mat|bi mat|kept secret)(?: \((?:ho so giay|ban giay|paper)(?: [\w./-]*\d[\w./-]*){1,5}\))?[.]?"
)


def is_secrecy_mark(cell: Cell) -> bool:
    """Whether a cell says that who wrote is kept secret, and nothing more."""
    return isinstance(cell, str) and len(cell) < 120 and bool(_SECRECY_MARK.fullmatch(fold(clean_line(cell))))


@dataclass(frozen=True, slots=True)
class NativeRow:
    """A row by native columns. ``problems`` are pairs of heading and message; ``made`` names what was made up.

    ``identity`` says whether a cell that would tell who wrote is filled, mapped to a native column or not.
    """

    number: int
    cells: Mapping[str, Cell]
    problems: Sequence[tuple[str, object]]
    made: frozenset[str]
    identity: bool


Getter = Callable[[Sequence[Cell]], Cell]
Test = Callable[[Sequence[Cell]], bool]


class Plan:
    """How each native column of a row is filled. Raises ``ImportRefused`` for headings that are missing."""

    def __init__(self, mapping: ColumnMapping, headings: Sequence[str]) -> None:
        self.headings = tuple(headings)
        keys = [heading_key(heading) for heading in headings]
        self._positions = {key: position for position, key in reversed(list(enumerate(keys))) if key}
        for key, others in mapping.other_headings.items():
            found = next((self._positions[other] for other in others if other in self._positions), None)
            if found is not None:
                self._positions.setdefault(key, found)
        self._used: set[int] = set()
        self._heading_of: dict[str, str] = {}
        self.ignored: tuple[str, ...] = ()
        if mapping.native:
            sources = self._native_sources(keys)
        else:
            self._require(mapping)
            sources = dict(mapping.columns)
        self._identity = self._identity_positions(mapping, sources)
        self._columns = [(native, self._getter(native, source)) for native, source in sources.items()]
        self._templates = [(native, self._compiled(native, text)) for native, text in mapping.templates.items()]
        self._rules = [
            (
                [self._test(condition) for condition in rule.when],
                [(native, self._compiled(native, text)) for native, text in rule.set.items()],
            )
            for rule in mapping.rules
        ]
        self._missing = [(native, self._compiled(native, text)) for native, text in mapping.when_missing.items()]
        self._constants = dict(mapping.constants)
        self._values = {native: dict(table) for native, table in mapping.values.items()}
        self.ignored = tuple(
            heading for position, heading in enumerate(headings) if heading and position not in self._used
        )

    def heading_of(self, native: str) -> str:
        """The heading under which the file has the native column; the native name where it has none."""
        return self._heading_of.get(native, native)

    def native(self, line: Line) -> NativeRow:
        """The row ``line`` by native columns."""
        cells = line.cells
        row: dict[str, Cell] = {}
        for native, get in self._columns:
            value = get(cells)
            if value not in (None, "") and not (native in IDENTITY_COLUMNS and is_secrecy_mark(value)):
                row[native] = value
        self._fill(row, self._templates, cells)
        for tests, values in self._rules:
            if all(test(cells) for test in tests):
                self._fill(row, values, cells)
        made = frozenset(self._fill(row, self._missing, cells))
        for native, constant in self._constants.items():
            row.setdefault(native, constant)
        for native, table in self._values.items():
            self._translate(row, native, table)
        identity = any(
            position < len(cells) and cells[position] not in (None, "") and not is_secrecy_mark(cells[position])
            for position in self._identity
        )
        return NativeRow(line.number, row, self._problems(line), made, identity)

    @staticmethod
    def _fill(row: dict[str, Cell], texts: Sequence[tuple[str, CompiledTemplate]], cells: Sequence[Cell]) -> list[str]:
        filled = []
        for native, template in texts:
            if native not in row:
                value = template.fill(cells)
                if value not in (None, ""):
                    row[native] = value
                    filled.append(native)
        return filled

    @staticmethod
    def _translate(row: dict[str, Cell], native: str, table: Mapping[str, str]) -> None:
        key = value_key(as_text(row.get(native)))
        value = table.get(key)
        if value is None and key:
            value = table.get(OTHERWISE)
        if value is not None:
            row[native] = value

    def _problems(self, line: Line) -> list[tuple[str, object]]:
        found: list[tuple[str, object]] = []
        for position, message in line.problems.items():
            if position < 0:
                found.append(("", message))
            elif position in self._used:
                found.append((self.headings[position], message))
        return found

    def _native_sources(self, keys: Sequence[str]) -> dict[str, Source]:
        sources: dict[str, Source] = {}
        for key, heading in zip(keys, self.headings, strict=True):
            native = HEADINGS.get(key)
            if native is None:
                self._refuse_misspelt(heading)
            elif native in sources:
                raise ImportRefused(_l("Two columns have the heading “%(heading)s”.", heading=heading))
            else:
                sources[native] = Source(heading)
        if "received_on" not in sources:
            raise ImportRefused(_l("The column received_on is missing."))
        if not sources.keys() & {"title", "body"}:
            raise ImportRefused(_l("One of the columns title and body is needed."))
        return sources

    @staticmethod
    def _refuse_misspelt(heading: str) -> None:
        written = heading.strip().lower().replace(" ", "_")
        close = get_close_matches(written, NATIVE_COLUMNS, n=1, cutoff=0.84)
        if close:
            raise ImportRefused(
                _l("The heading “%(heading)s” is not known; is %(native)s meant?", heading=heading, native=close[0])
            )

    def _require(self, mapping: ColumnMapping) -> None:
        missing = [heading for heading in mapping.headings() if heading_key(heading) not in self._positions]
        if missing:
            raise ImportRefused(
                _l("The file lacks columns that the mapping names: %(headings)s.", headings=", ".join(missing))
            )

    def _identity_positions(self, mapping: ColumnMapping, sources: Mapping[str, Source]) -> frozenset[int]:
        """Columns that tell who wrote: those mapped so, and those used in a text whose heading says so."""
        positions = {self._position(sources[native].heading) for native in IDENTITY_COLUMNS if native in sources}
        for heading in mapping.headings():
            if any(word in heading_key(heading) for word in _IDENTITY_WORDS):
                positions.add(self._position(heading))
        return frozenset(positions)

    def _position(self, heading: str) -> int:
        position = self._positions[heading_key(heading)]
        self._used.add(position)
        return position

    def _getter(self, native: str, source: Source) -> Getter:
        position = self._position(source.heading)
        self._heading_of[native] = self.headings[position]

        def whole(cells: Sequence[Cell]) -> Cell:
            return cells[position] if position < len(cells) else None

        if source.take is Take.ALL:
            return whole

        def part(cells: Sequence[Cell]) -> Cell:
            text = as_text(whole(cells))
            cuts = [(at, len(mark)) for mark in source.separators if (at := text.find(mark)) >= 0]
            if not cuts:
                return text.strip() if source.take is Take.BEFORE else None
            at, length = min(cuts)
            return (text[:at] if source.take is Take.BEFORE else text[at + length :]).strip()

        return part

    def _compiled(self, native: str, template: Template) -> CompiledTemplate:
        if native not in self._heading_of and len(template.columns) == 1:
            self._heading_of[native] = self.headings[self._position(template.columns[0])]
        return template.compiled(self._position)

    def _test(self, condition: Condition) -> Test:
        position = self._position(condition.heading)

        def text(cells: Sequence[Cell]) -> str:
            return as_text(cells[position]).strip() if position < len(cells) else ""

        if condition.values:
            return lambda cells: value_key(text(cells)) in condition.values
        return lambda cells: bool(text(cells)) is condition.filled
