"""Mapping files: how the columns of a foreign file become the native ones. TOML, checked word by word.

``docs/import.md`` tells people how to write one.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from core.i18n import lazy_gettext as _l
from core.text import nfc
from petitions.importing.aliases import HEADINGS, MAPPED_COLUMNS, NATIVE_COLUMNS, value_key
from petitions.importing.charsets import Charset
from petitions.importing.dates import DateOrder
from petitions.importing.problems import ImportRefused
from petitions.importing.reading import DELIMITERS, Layout, heading_key
from petitions.importing.templates import Template

MAPPING_BYTES = 256 * 1024
OTHERWISE = "*"


class RepeatedKey(StrEnum):
    """What to do with a row whose ``external_ref`` an earlier row of the same file has."""

    SECOND_PETITION = "second-petition"
    SKIP = "skip"
    REFUSE = "refuse"


class Take(StrEnum):
    """Which part of a cell to take, where one cell holds two things."""

    ALL = "all"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Source:
    """The column that a native column is read from; ``take`` cuts the cell at the first of ``separators``."""

    heading: str
    take: Take = Take.ALL
    separators: tuple[str, ...] = (",", ";", "\n")


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks of one cell: to be filled, to be empty, or to be one of ``values`` (as keys)."""

    heading: str
    filled: bool = True
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """Values that native columns get where all conditions hold and nothing stands there yet."""

    when: tuple[Condition, ...]
    set: Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A checked mapping. ``source`` names the system or register the keys come from.

    Native columns are filled in this order: ``columns``, ``templates``, ``rules``, ``when_missing``, ``constants``;
    ``values`` then translates what stands in them. ``other_headings`` are keys of further wordings by the key of the
    heading that the mapping writes.
    """

    name: str
    source: str
    layout: Layout = field(default_factory=Layout)
    date_order: DateOrder = DateOrder.AUTO
    serial_dates: bool = False
    repeated_key: RepeatedKey = RepeatedKey.SECOND_PETITION
    columns: Mapping[str, Source] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    when_missing: Mapping[str, Template] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    other_headings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    native: bool = False

    def expected(self) -> Collection[str]:
        """Keys of the headings that the file should have, in every wording."""
        if self.native:
            return set(HEADINGS)
        named = {heading_key(heading) for heading in self.headings()}
        return named.union(*(others for key, others in self.other_headings.items() if key in named))

    def headings(self) -> list[str]:
        """The headings that the mapping refers to, each once, as it writes them."""
        named = [source.heading for source in self.columns.values()]
        for template in (*self.templates.values(), *self.when_missing.values()):
            named += template.columns
        for rule in self.rules:
            named += [condition.heading for condition in rule.when]
            for template in rule.set.values():
                named += template.columns
        return list(dict.fromkeys(named))


NATIVE = ColumnMapping(name="native", source="native", native=True)
"""The mapping of a file that has the native columns."""

Word = TypeVar("Word", bound=StrEnum)


def load_mapping(path: Path) -> ColumnMapping:
    """Read and check the mapping file at ``path``. Raises ``ImportRefused`` with what is wrong and where."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImportRefused(_l("The mapping file cannot be read: %(reason)s.", reason=error.strerror)) from None
    return parse_mapping(data)


def parse_mapping(data: bytes) -> ColumnMapping:
    """Check the content of a mapping file. Raises ``ImportRefused`` with what is wrong and where."""
    if len(data) > MAPPING_BYTES:
        raise ImportRefused(_l("The mapping file is too large."))
    try:
        parsed = tomllib.loads(nfc(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise ImportRefused(_l("The mapping file is not UTF-8.")) from None
    except tomllib.TOMLDecodeError as error:
        raise ImportRefused(_l("The mapping file is no sound TOML: %(reason)s.", reason=str(error))) from None
    return _mapping(_Section(parsed, ""))


class _Section:
    """A table of the mapping file, whose entries are taken out one by one; what is left over is an error."""

    def __init__(self, entries: Mapping[str, Any], path: str) -> None:
        self._entries = dict(entries)
        self._path = path

    def where(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def text(self, key: str, default: str | None = None, longest: int = 1000) -> str:
        value = self._entries.pop(key, default)
        if not isinstance(value, str) or len(value) > longest or (default is None and not value.strip()):
            raise _wrong(self.where(key), _l("a text of at most %(count)s characters", count=longest))
        return value

    def number(self, key: str, default: int, least: int, most: int) -> int:
        value = self._entries.pop(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _wrong(self.where(key), _l("a whole number from %(least)s to %(most)s", least=least, most=most))
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._entries.pop(key, default)
        if not isinstance(value, bool):
            raise _wrong(self.where(key), "true, false")
        return value

    def word(self, key: str, default: Word) -> Word:
        value = self._entries.pop(key, default)
        try:
            return type(default)(value)
        except ValueError:
            raise _wrong(self.where(key), ", ".join(repr(word.value) for word in type(default))) from None

    def texts(self, key: str) -> list[str]:
        value = self._entries.pop(key, None)
        if not isinstance(value, list) or not value or not all(isinstance(text, str) and text for text in value):
            raise _wrong(self.where(key), _l("a list of texts"))
        return value

    def section(self, key: str) -> "_Section":
        value = self._entries.pop(key, {})
        if not isinstance(value, dict):
            raise _wrong(self.where(key), _l("a table"))
        return _Section(value, self.where(key))

    def sections(self, key: str) -> list["_Section"]:
        value = self._entries.pop(key, [])
        value = [value] if isinstance(value, dict) else value
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise _wrong(self.where(key), _l("a list of tables"))
        return [_Section(entry, f"{self.where(key)}[{index}]") for index, entry in enumerate(value, start=1)]

    def take(self, key: str) -> Any:
        return self._entries.pop(key, None)

    def native_keys(self) -> list[str]:
        """The keys of a table that is indexed by native columns."""
        for key in self._entries:
            if key not in (*NATIVE_COLUMNS, *MAPPED_COLUMNS):
                raise ImportRefused(
                    _l("Mapping: %(where)s is no native column.", where=self.where(key)),
                )
        return list(self._entries)

    def names(self) -> list[str]:
        return list(self._entries)

    def done(self) -> None:
        for key in self._entries:
            raise ImportRefused(_l("Mapping: %(where)s is not known.", where=self.where(key)))


def _wrong(where: str, wanted: object) -> ImportRefused:
    return ImportRefused(_l("Mapping: %(where)s must be: %(wanted)s.", where=where, wanted=wanted))


def _mapping(top: _Section) -> ColumnMapping:
    name, source = top.text("name", longest=120), top.text("source", longest=60)
    if value_key(source) == NATIVE.source:
        raise ImportRefused(_l("Mapping: the source “native” is taken by the native columns."))
    file = top.section("file")
    layout = _layout(file)
    date_order = file.word("date_order", DateOrder.AUTO)
    serial_dates = file.flag("serial_dates", default=False)
    file.done()
    mapping = ColumnMapping(
        name=name,
        source=source,
        layout=layout,
        date_order=date_order,
        serial_dates=serial_dates,
        repeated_key=top.word("repeated_key", RepeatedKey.SECOND_PETITION),
        columns=_columns(top.section("columns")),
        templates=_templates(top.section("templates")),
        rules=tuple(map(_rule, top.sections("rules"))),
        when_missing=_templates(top.section("when_missing")),
        constants=_texts(top.section("constants")),
        values=_values(top.section("values")),
        other_headings=_other_headings(top.section("other_headings")),
    )
    top.done()
    _require_columns(mapping)
    return mapping


def _layout(file: _Section) -> Layout:
    delimiter = file.text("delimiter", "", longest=1)
    if delimiter and delimiter not in DELIMITERS:
        raise _wrong(file.where("delimiter"), '",", ";", "\\t"')
    return Layout(
        charset=file.word("encoding", Charset.AUTO),
        delimiter=delimiter,
        sheet=file.text("sheet", "", longest=100),
        heading_row=file.number("heading_row", 0, 0, 1000),
        heading_rows=file.number("heading_rows", 1, 1, 3),
        mend=file.flag("mend_misread_utf8", default=False),
    )


def _columns(section: _Section) -> dict[str, Source]:
    found = {}
    for native in section.native_keys():
        value = section.take(native)
        if isinstance(value, str):
            value = {"from": value}
        if not isinstance(value, dict):
            raise _wrong(section.where(native), _l("a heading or a table"))
        entry = _Section(value, section.where(native))
        heading = entry.text("from", longest=200)
        take = entry.word("take", Take.ALL)
        separators = entry.take("separators")
        entry.done()
        if separators is None:
            found[native] = Source(heading, take)
        elif isinstance(separators, list) and separators and all(isinstance(s, str) and s for s in separators):
            found[native] = Source(heading, take, tuple(separators))
        else:
            raise _wrong(entry.where("separators"), _l("a list of texts"))
    return found


def _texts(section: _Section) -> dict[str, str]:
    return {native: section.text(native) for native in section.native_keys()}


def _templates(section: _Section) -> dict[str, Template]:
    return {native: Template(text) for native, text in _texts(section).items()}


def _other_headings(section: _Section) -> dict[str, tuple[str, ...]]:
    return {heading_key(name): tuple(map(heading_key, section.texts(name))) for name in section.names()}


def _values(section: _Section) -> dict[str, dict[str, str]]:
    found = {}
    for native in section.native_keys():
        table = section.section(native)
        found[native] = {
            OTHERWISE if key == OTHERWISE else value_key(key): table.text(key, "", longest=300) for key in table.names()
        }
    return found


def _rule(section: _Section) -> Rule:
    when = tuple(map(_condition, section.sections("when")))
    values = _templates(section.section("set"))
    if not when or not values:
        raise _wrong(section.where("when"), _l("at least one condition, and at least one value under “set”"))
    section.done()
    return Rule(when, values)


def _condition(section: _Section) -> Condition:
    heading = section.text("column", longest=200)
    wanted = section.take("is")
    section.done()
    if wanted in ("filled", "empty"):
        return Condition(heading, filled=wanted == "filled")
    if isinstance(wanted, list) and wanted and all(isinstance(word, str) for word in wanted):
        return Condition(heading, values=frozenset(map(value_key, wanted)))
    raise _wrong(section.where("is"), _l("“filled”, “empty” or a list of texts"))


def _require_columns(mapping: ColumnMapping) -> None:
    filled = {*mapping.columns, *mapping.templates, *mapping.constants, *mapping.when_missing}
    for rule in mapping.rules:
        filled.update(rule.set)
    if "received_on" not in filled:
        raise ImportRefused(_l("Mapping: nothing fills received_on."))
    if not filled & {"title", "body"}:
        raise ImportRefused(_l("Mapping: nothing fills title or body."))
