"""What a checked row becomes, and what is known before rows are checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from petitions.importing.problems import RowError
from petitions.vocabulary import Channel, Disposition, Kind
from petitions.workflow import State


@dataclass(frozen=True, slots=True)
class PetitionRow:
    """A row that can be taken: a petition as it will be written, but for its number and matter.

    ``title_made`` says that the file gave no title; ``again`` is how many earlier rows of the file bear the same
    ``external_ref``.
    """

    row: int
    received_on: date
    title: str
    body: str
    channel: Channel
    kind: Kind
    kind_parts: tuple[Kind, ...]
    sealed: bool
    external_ref: str | None
    field_id: int | None
    people_count: int
    against: str
    name: str
    address: str
    ward_code: str | None
    id_number: str
    phone: str
    unit_id: int | None
    officer_id: int | None
    state: State
    resolved_on: date | None
    disposition: Disposition | None
    complex: bool
    prominent: bool
    note: str
    resolution_note: str
    title_made: bool
    again: int = 0

    @property
    def names_somebody(self) -> bool:
        """Whether the row says anything of a petitioner."""
        return bool(self.name or self.address or self.ward_code or self.id_number or self.phone)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that cannot be taken, and why.

    A ``guarded`` row is or may be a denunciation: outside this object only its number, ``external_ref`` and the
    reasons may be shown or kept.
    """

    row: int
    errors: tuple[RowError, ...]
    guarded: bool
    external_ref: str = ""


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who can hold petitions, with the units that they may hold them for; ``any_unit`` for supervisors."""

    id: int
    units: tuple[int, ...]
    any_unit: bool


@dataclass(frozen=True, slots=True)
class Lookups:
    """What rows refer to: the office's lists by key (see ``value_key``), the communes' codes, and the day.

    An officer's key of None means that two people share the name.
    """

    today: date
    earliest: date
    fields: Mapping[str, int]
    units: Mapping[str, int]
    officers: Mapping[str, Officer | None]
    ward_codes: Mapping[str, object]


Progress = Callable[[int, float], None]
"""Told every now and then how many rows were read, and which share of the file that is (0 to 1; 1 while writing)."""
