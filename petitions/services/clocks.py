"""The stored clocks of a petition: counted anew from its legal events whenever one of them, or a fact, changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import Session

from core.database import AnyRow, table_of
from petitions.deadlines import Happening
from petitions.deadlines.case_clocks import CaseFacts, StoredClock, Terms, leading_day
from petitions.escalation import first_alert_on
from petitions.models import Petition, PetitionClock
from petitions.queries.clocks import as_stored, clock_rows_of, happenings_of, keep_ended_days, terms_of
from petitions.workflow import State

_CLOCKS = table_of(PetitionClock)
_ADD = insert(_CLOCKS)
_REWRITE = update(_CLOCKS).where(_CLOCKS.c.id == bindparam("of_id"))


def hold_terms(session: Session, office_id: int) -> None:
    """Keep the office's calendar and settings as they are until the transaction ends."""
    terms_of(session, office_id, held=True)


def new_clock(clock: StoredClock, *, office_id: int, terms: Terms) -> dict[str, Any]:
    """The row of ``petition_clock`` for a new clock, without its petition."""
    return {**_columns(clock), "office_id": office_id, "next_alert_on": _watch(clock, terms)}


def _columns(clock: StoredClock) -> dict[str, Any]:
    return {name: getattr(clock, name) for name in _NAMES}


_NAMES = tuple(field.name for field in fields(StoredClock))


def _watch(clock: StoredClock, terms: Terms) -> date | None:
    if clock.stopped_on is not None:
        return None
    return first_alert_on(clock.rule_id, clock.due_on, terms.calendar)


def add_clocks(
    session: Session, clocks: Iterable[StoredClock], *, petition_id: int, office_id: int, terms: Terms
) -> None:
    """Write the clocks of a new petition."""
    rows = [new_clock(clock, office_id=office_id, terms=terms) for clock in clocks]
    session.execute(_ADD, [row | {"petition_id": petition_id} for row in rows])


@dataclass(frozen=True, slots=True)
class Moved:
    """A running clock whose last day is another one now; None where it has none (suspended)."""

    rule_id: str
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What followed from counting anew: the petition's columns, and the clocks whose day moved."""

    columns: dict[str, Any]
    moved: tuple[Moved, ...]

    @property
    def told(self) -> list[list[str | None]]:
        """The moved clocks as an event keeps them: rule, day before, day after."""
        return [[clock.rule_id, _iso(clock.before), _iso(clock.after)] for clock in self.moved]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def count_anew(
    session: Session,
    petition: Petition,
    changed: Mapping[str, Any] | None = None,
    *,
    recorded: Sequence[Happening] | None = None,
) -> dict[str, Any]:
    """``count``, where only the petition's columns are asked for."""
    return count(session, petition, changed, recorded=recorded).columns


def count(
    session: Session,
    petition: Petition,
    changed: Mapping[str, Any] | None = None,
    *,
    recorded: Sequence[Happening] | None = None,
) -> Counted:
    """Work out the petition's clocks, write what is different, and return what follows.

    ``changed`` are columns that the caller is about to change; ``recorded`` the legal events where one is about to be
    added or taken back. The caller holds the terms (``hold_terms``), and took hold of them before the petition.
    Raises an ``ImpossibleHistory`` for events that cannot have happened.
    """
    changed = changed or {}
    terms = terms_of(session, petition.office_id)
    events = happenings_of(session, petition.id) if recorded is None else recorded
    derived = terms.stored_clocks(CaseFacts.of(petition, **changed), events)
    rows = {as_stored(row).identity: row for row in clock_rows_of(session, petition.id)}
    kept = [keep_ended_days(clock, rows.get(clock.identity)) for clock in derived]
    moved = tuple(
        Moved(clock.rule_id, rows[clock.identity].due_on, clock.due_on)
        for clock in kept
        if clock.identity in rows and clock.stopped_on is None and rows[clock.identity].due_on != clock.due_on
    )
    _write(session, petition, rows, kept, terms)
    if changed.get("state", petition.state) == State.RESOLVED:
        # The day under which it was closed stays.
        return Counted({} if petition.halted_on is None else {"halted_on": None}, moved)
    lead = leading_day(kept, changed.get("received_on", petition.received_on))
    follows = {"due_on": lead.due_on, "halted_on": lead.halted_on}
    columns = {name: value for name, value in follows.items() if getattr(petition, name) != value}
    return Counted(columns, moved)


def _write(
    session: Session,
    petition: Petition,
    rows: Mapping[tuple[str, date, str], AnyRow],
    clocks: Iterable[StoredClock],
    terms: Terms,
) -> None:
    new, gone = [], dict(rows)
    for clock in clocks:
        row = gone.pop(clock.identity, None)
        if row is None:
            columns = new_clock(clock, office_id=petition.office_id, terms=terms)
            new.append(columns | {"petition_id": petition.id})
        elif as_stored(row) != clock:
            _rewrite(session, row, clock, terms)
    if new:
        session.execute(_ADD, new)
    if gone:
        session.execute(delete(_CLOCKS).where(_CLOCKS.c.id.in_([row.id for row in gone.values()])))


def _rewrite(session: Session, row: AnyRow, clock: StoredClock, terms: Terms) -> None:
    values = _columns(clock) | {"of_id": row.id}
    if (clock.due_on, clock.stopped_on) != (row.due_on, row.stopped_on):
        values["next_alert_on"] = _watch(clock, terms)
    session.execute(_REWRITE, values)
