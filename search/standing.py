"""Where petitions stand, kept in memory as sets: exact counts and filters over the whole backlog in microseconds.

Every value that a list can be filtered by (a state, an officer, a month of receipt …) has the set of the petitions that
have it now. Each change of a petition adds an event, so the sets are brought up to date from the newest events before
they are used; nothing else is asked of the database. A process keeps one of these, about 50 bytes for each petition.
"""

import threading
import time
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy.orm import Session

from core.database import AnyRow
from petitions.queries.standing import all_standings, as_date, events_among, events_since, newest_event, standings
from petitions.vocabulary import GROUP_FROM
from petitions.workflow import State
from search.engines import bits

# Columns of one value each; what stands in a set is its value, 0 or "" for none.
OFFICE, KIND, FIELD, WARD, UNIT, OFFICER, STATE, RECEIVED, DUE = (
    *("office", "kind", "field", "ward", "unit", "officer"),
    *("state", "received", "due"),
)
# Marks, each of which a petition has or has not.
COMPLEX, PROMINENT, GROUP, IN_PRIORITY, SEALED = "complex", "prominent", "group", "priority", "sealed"

NO_MONTH = 0

Key = tuple[str, object]
_COLUMNS = (OFFICE, KIND, FIELD, WARD, UNIT, OFFICER, STATE, RECEIVED, DUE)
_MARKS = (COMPLEX, PROMINENT, GROUP, IN_PRIORITY, SEALED)
_BYTE = 256
# Up to here petitions are put one by one, each into few sets; beyond, all sets are gone through once.
_SINGLY = 40
# For so many seconds an event may come to light that was not to be seen when a later one was.
_LOOKED_OUT_FOR = 1_800.0


def month_of(day: date | None) -> int:
    """A day's month as one number that rises with time; ``NO_MONTH`` for no day."""
    return NO_MONTH if day is None else day.year * 12 + day.month - 1


@dataclass(frozen=True, slots=True)
class Standing:
    """The sets at one moment. ``received`` and ``due`` hold a day's ordinal number by petition id, 0 for none.

    A due day is that of an open petition with a running limit; others have none.
    """

    sets: Mapping[Key, int]
    received: "array[int]"
    due: "array[int]"

    def having(self, column: str, value: object) -> int:
        """The petitions with ``value`` in ``column``, or with the mark ``column`` (value True)."""
        return self.sets.get((column, value), 0)

    def values(self, column: str) -> list[object]:
        """The values that occur in ``column``, or occurred."""
        return [value for name, value in self.sets if name == column]

    def months(self, column: str) -> list[int]:
        """The months that occur in ``column`` (RECEIVED or DUE), as ``month_of`` numbers them."""
        return [month for month in self.values(column) if isinstance(month, int) and month != NO_MONTH]

    def between(self, column: str, first: date | None, last: date | None) -> int:
        """The petitions whose day of ``column`` (RECEIVED or DUE) lies between two days, both included."""
        days = self.received if column == RECEIVED else self.due
        lowest = first.toordinal() if first else 1
        highest = last.toordinal() if last else date.max.toordinal()
        first_month, last_month = month_of(first), month_of(last) if last else month_of(date.max)
        found = 0
        for month in self.months(column):
            if not first_month <= month <= last_month:
                continue
            whole = self.sets[column, month]
            if month in (first_month, last_month):
                inside = (at for at in bits.members(whole) if lowest <= days[at] <= highest)
                whole = bits.of(inside, whole.bit_length())
            found |= whole
        return found


class Standings:
    """What a process keeps of all petitions, brought up to date whenever it is asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sets: dict[Key, int] = {}
        self._received = array("i")
        self._due = array("i")
        self._columns = {name: _Column() for name in _COLUMNS}
        self._marks = array("B")
        self._seen = -1
        self._skipped: dict[int, float] = {}

    def current(self, session: Session) -> Standing:
        """The sets as of what ``session`` sees now."""
        with self._lock:
            if self._seen < 0:
                self._load(session)
            else:
                self._follow(session)
            return Standing(dict(self._sets), self._received, self._due)

    def forget(self) -> None:
        """Read everything anew when next asked."""
        with self._lock:
            self._seen = -1

    # Following events

    def _follow(self, session: Session) -> None:
        events = [*events_since(session, self._seen), *self._come_to_light(session)]
        if not events:
            return
        self._note(event_id for event_id, _ in events)
        changed = sorted({petition_id for _, petition_id in events})
        rows = list(standings(session, changed))
        if len(rows) > _SINGLY:
            self._put_many(rows)
        else:
            for row in rows:
                self._put(row)

    def _come_to_light(self, session: Session) -> list[tuple[int, int]]:
        """Events that were not to be seen when later ones were, and are now."""
        now = time.monotonic()
        for event_id in [one for one, since in self._skipped.items() if now - since > _LOOKED_OUT_FOR]:
            del self._skipped[event_id]
        return events_among(session, list(self._skipped)) if self._skipped else []

    def _note(self, event_ids: Iterable[int]) -> None:
        # PostgreSQL gives out the id of an event before its transaction is committed, so that an id may be missing now
        # and come later. One that was rolled back never comes.
        now = time.monotonic()
        for event_id in sorted(event_ids):
            self._skipped.pop(event_id, None)
            if event_id > self._seen:
                self._skipped.update(dict.fromkeys(range(self._seen + 1, event_id), now))
                self._seen = event_id

    # Reading

    def _load(self, session: Session) -> None:
        self._sets = {}
        self._columns = {name: _Column() for name in _COLUMNS}
        self._marks, self._received, self._due = array("B"), array("i"), array("i")
        self._skipped = {}
        # Events first: what happens between the two questions is then looked at twice, and not left out.
        seen = newest_event(session)
        for rows in all_standings(session):
            self._make_room(rows[-1].id)
            for row in rows:
                self._note_row(row)
        for name, column in self._columns.items():
            self._sets |= {(name, value): members for value, members in column.sets()}
        for place, name in enumerate(_MARKS):
            self._sets[name, True] = _where(self._marks.tobytes(), [code for code in range(256) if code >> place & 1])
        self._seen = seen

    def _put_many(self, rows: Sequence[AnyRow]) -> None:
        self._make_room(max(row.id for row in rows))
        changed = bits.of((row.id for row in rows), max(row.id for row in rows) + 1)
        members: dict[Key, list[int]] = defaultdict(list)
        for row in rows:
            self._note_row(row)
            for key in self._keys_of(row.id):
                members[key].append(row.id)
        for key in self._sets.keys() | members.keys():
            ids = members.get(key)
            added = bits.of(ids, max(ids) + 1) if ids else 0
            self._sets[key] = self._sets.get(key, 0) & ~changed | added

    def _put(self, row: AnyRow) -> None:
        self._make_room(row.id)
        before = set(self._keys_of(row.id))
        self._note_row(row)
        bit = 1 << row.id
        for key in before ^ set(self._keys_of(row.id)):
            self._sets[key] = self._sets.get(key, 0) ^ bit

    def _make_room(self, highest: int) -> None:
        missing = highest + 1 - len(self._marks)
        if missing > 0:
            missing += len(self._marks) // 16
            for numbers in (self._marks, self._received, self._due, *(c.codes for c in self._columns.values())):
                numbers.frombytes(bytes(missing * numbers.itemsize))

    def _keys_of(self, record_id: int) -> list[Key]:
        """The sets that a petition was last put into."""
        found = [
            (name, column.values[code]) for name, column in self._columns.items() if (code := column.codes[record_id])
        ]
        return found + [(name, True) for place, name in enumerate(_MARKS) if self._marks[record_id] >> place & 1]

    def _note_row(self, row: AnyRow) -> None:
        (
            record_id, office_id, kind, field_id, ward_code, unit_id, officer_id, state, is_complex, prominent,
            people_count, tier, sealed, received_on, due_on, halted,
        ) = row  # fmt: skip
        received, received_month = _day(received_on)
        due, due_month = _day(None if halted or state == State.RESOLVED else due_on)
        self._received[record_id], self._due[record_id] = received, due
        values = (
            office_id, kind, field_id or 0, ward_code or "", unit_id or 0, officer_id or 0, state, received_month,
            due_month,
        )  # fmt: skip
        for column, value in zip(self._columns.values(), values, strict=True):
            column.codes[record_id] = column.code_of.get(value) or column.new_code(value)
        self._marks[record_id] = (
            bool(is_complex)
            | bool(prominent) << 1
            | (people_count >= GROUP_FROM) << 2
            | (tier > 0) << 3
            | bool(sealed) << 4
        )


class _Column:
    """Each petition's value in one column, as a small number; 0: the petition is not known yet."""

    def __init__(self) -> None:
        self.codes = array("H")
        self.values: list[object] = [None]
        self.code_of: dict[object, int] = {}

    def new_code(self, value: object) -> int:
        code = self.code_of[value] = len(self.values)
        self.values.append(value)
        return code

    def sets(self) -> Iterator[tuple[object, int]]:
        """Each value with the set of its petitions."""
        if len(self.values) <= _BYTE:
            codes = bytes(self.codes.tolist())
            for code, value in enumerate(self.values[1:], start=1):
                yield value, _where(codes, [code])
            return
        members: list[list[int]] = [[] for _ in self.values]
        for record_id, code in enumerate(self.codes):
            members[code].append(record_id)
        for value, ids in zip(self.values[1:], members[1:], strict=True):
            yield value, bits.of(ids, len(self.codes))


def _where(codes: bytes, wanted: Sequence[int]) -> int:
    """The set of places at which ``codes`` has one of ``wanted``."""
    digits = bytes(ord("1") if code in wanted else ord("0") for code in range(_BYTE))
    return int(codes.translate(digits)[::-1] or b"0", 2)


@lru_cache(maxsize=20_000)
def _day(kept: date | str | None) -> tuple[int, int]:
    """The ordinal number of a day, and its month's."""
    day = as_date(kept)
    return (day.toordinal() if day else 0), month_of(day)
