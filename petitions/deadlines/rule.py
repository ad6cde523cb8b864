"""What a rule of law says about time, as data: limit, variants, extensions, pause, validity, source. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from core.i18n import lazy_gettext as _l
from petitions.deadlines.calendar import WorkingCalendar
from petitions.deadlines.counting import Direction, Unit, last_day
from petitions.deadlines.readings import NEW_TEXTS_ON, Reading

Text = object
"""A text that is translated when it is shown."""


class Variant(StrEnum):
    """What makes a limit longer or other than the plain one."""

    STANDARD = "standard"
    COMPLEX = "complex"
    ESPECIALLY_COMPLEX = "especially-complex"
    REMOTE = "remote"
    REMOTE_COMPLEX = "remote-complex"
    SEVERAL_PLACES = "several-places"
    DELEGATED = "delegated"
    DISMISSAL = "dismissal"
    SETTLED_BEFORE = "settled-before"
    LINE_TEST = "line-test"
    POSTED = "posted"
    MEETING_NOTICE = "meeting-notice"
    URGENT = "urgent"


VARIANT_LABELS: dict[Variant, Text] = {
    Variant.STANDARD: _l("plain"),
    Variant.COMPLEX: _l("complex"),
    Variant.ESPECIALLY_COMPLEX: _l("especially complex"),
    Variant.REMOTE: _l("remote area"),
    Variant.REMOTE_COMPLEX: _l("remote area and complex"),
    Variant.SEVERAL_PLACES: _l("to be checked in several places"),
    Variant.DELEGATED: _l("check delegated to another body"),
    Variant.DISMISSAL: _l("dismissal from service"),
    Variant.SETTLED_BEFORE: _l("settled before"),
    Variant.LINE_TEST: _l("test of the line"),
    Variant.POSTED: _l("time on the board or online"),
    Variant.MEETING_NOTICE: _l("invitation to the meeting"),
    Variant.URGENT: _l("urgent"),
}


class ReadStatus(StrEnum):
    """How far the source of a rule was verified."""

    DECREE_2026 = "decree-2026"
    OLDER_TEXT = "older-text"
    SECONDARY = "secondary"
    MEMORY = "memory"


READ_STATUS_LABELS: dict[ReadStatus, Text] = {
    ReadStatus.DECREE_2026: _l("read in the decree of 2026, in one transcription"),
    ReadStatus.OLDER_TEXT: _l("read in an older text"),
    ReadStatus.SECONDARY: _l("seen in a secondary source only"),
    ReadStatus.MEMORY: _l("not verified"),
}


class Nature(StrEnum):
    """What the last day means."""

    LIMIT = "limit"  # something must be done by it
    RIGHT = "right"  # somebody outside the office may act until it
    EFFECT = "effect"  # something comes about when it has passed
    MINIMUM = "minimum"  # something must go on at least until it
    DUTY = "duty"  # something must be done or kept, with no day of its own


_READINGS_OF_UNITS = {
    Unit.WORKING_DAYS: Reading.CIVIL_CODE,
    Unit.CALENDAR_DAYS: Reading.CIVIL_CODE,
    Unit.YEARS: Reading.CIVIL_CODE,
    Unit.WORKING_HOURS: Reading.HOURS_AS_A_DAY,
    Unit.AT_ONCE: Reading.SAME_DAY,
    Unit.PER_WEEK: Reading.WITHIN_THE_PERIOD,
    Unit.PER_MONTH: Reading.WITHIN_THE_PERIOD,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """``amount`` of ``unit`` after or before the starting event; ``start`` names it where it is not the rule's own."""

    amount: int
    unit: Unit
    direction: Direction = Direction.AFTER
    start: Text | None = None
    nature: Nature | None = None

    @property
    def reading(self) -> Reading | None:
        """The reading that its way of counting rests on."""
        if self.direction is Direction.BEFORE:
            return Reading.BACKWARD
        return _READINGS_OF_UNITS.get(self.unit)

    def last_day(self, start: date, calendar: WorkingCalendar, *, more: int = 0) -> tuple[date, date] | None:
        """The unmoved sum and the last day, with ``more`` units on top; None where the rule sets no day."""
        return last_day(self.amount + more, self.unit, self.direction, start, calendar)


@dataclass(frozen=True, slots=True)
class Extensions:
    """How often a limit may be extended and by how much each time, in the unit of the limit."""

    most: int
    longest: int


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that is not counted: from ``since`` on, when ``ground`` allows it."""

    since: date
    ground: Text
    source: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of law in one version, valid for starting events from ``valid_from`` to ``valid_to``.

    The day of the starting event, and nothing else, decides which version applies. ``variants`` give other limits,
    always as totals. ``read`` lists how its sources were read. ``not_ward`` says why a rule is no limit of a ward's
    own; None where it is.
    """

    id: str
    label: Text
    start: Text
    limit: Limit
    valid_from: date
    source: str
    read: tuple[ReadStatus, ...]
    valid_to: date | None = None
    variants: Mapping[Variant, Limit] = field(default_factory=dict)
    extensions: Mapping[Variant, Extensions] = field(default_factory=dict)
    pause: Pause | None = None
    nature: Nature = Nature.LIMIT
    decided_by: Text | None = None
    document: str = ""
    stops: Text | None = None
    note: Text | None = None
    not_ward: Text | None = None
    readings: tuple[Reading, ...] = ()
    day_uncertain: bool = False

    @property
    def version(self) -> str:
        """What tells this rule from another of the same id."""
        return self.valid_from.isoformat()

    @property
    def amount(self) -> int:
        """The amount of the plain limit, in its unit."""
        return self.limit.amount

    @property
    def unit(self) -> Unit:
        """The unit of the plain limit."""
        return self.limit.unit

    @property
    def weakest(self) -> ReadStatus:
        """The least reliable of the ways in which its sources were read."""
        return max(self.read, key=tuple(ReadStatus).index)

    @property
    def verified(self) -> bool:
        """Whether it was read in a text that is in force; every other rule is marked on the page."""
        return self.read == (ReadStatus.DECREE_2026,)

    @property
    def known_variants(self) -> tuple[Variant, ...]:
        """The variants that this rule knows, the plain one first."""
        return (Variant.STANDARD, *(dict.fromkeys([*self.variants, *self.extensions])))

    @property
    def changeable_variants(self) -> tuple[Variant, ...]:
        """The variants that a legal finding may change to while the clock runs: those of the same starting event."""
        return tuple(
            variant
            for variant in self.known_variants
            if (limit := self.limit_of(variant)).start is None and limit.direction is self.limit.direction
        )

    def limit_of(self, variant: Variant) -> Limit:
        """The limit that ``variant`` gives; the plain one for a variant that only opens an extension."""
        return self.variants.get(variant, self.limit)

    def readings_of(self, variant: Variant) -> tuple[Reading, ...]:
        """The readings that the limit under ``variant`` rests on, whatever happens to a clock of it."""
        found = [*filter(None, [self.limit_of(variant).reading]), *self.readings]
        if self.day_uncertain:
            found.append(Reading.DAY_UNCERTAIN)
        if ReadStatus.OLDER_TEXT in self.read and self.valid_to is None and self.valid_from < NEW_TEXTS_ON:
            found.append(Reading.LAW_AS_IT_STOOD)
        return tuple(dict.fromkeys(found))

    def nature_of(self, variant: Variant) -> Nature:
        """What the last day means under ``variant``."""
        return self.limit_of(variant).nature or self.nature

    def is_valid_on(self, day: date) -> bool:
        """Whether a starting event of that day falls under this version."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def due(self, start: date, calendar: WorkingCalendar) -> date:
        """The last day of the plain limit. Raises ``ValueError`` for a rule that sets no day."""
        found = self.limit.last_day(start, calendar)
        if found is None:
            raise ValueError(f"{self.id} sets no day")
        return found[1]
