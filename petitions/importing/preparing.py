"""Works out what a checked row will be in the database, but for what only the writing transaction can know."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from core import clock
from core.text import fold, name_sort_key
from petitions import priority
from petitions.deadlines.case_clocks import CaseFacts, StoredClock, Terms, is_at_reception, leading_day
from petitions.importing.rows import PetitionRow
from petitions.lookup import lookup_hash
from petitions.priority import Weights
from petitions.services.clocks import new_clock
from petitions.vocabulary import PartyRole, Trigger
from petitions.workflow import State

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A petition ready to be written: the values of its rows in each table, without ids, numbers and matter.

    ``repeats`` says that an earlier petition bears the same ``external_ref``, so that this one joins its matter.
    """

    petition: Row
    clocks: tuple[Row, ...]
    event: Row
    party: Row | None
    note: str
    flags: tuple[str, ...]
    repeats: bool


class Preparer:
    """Prepares the rows of one file. ``constants`` are the petition columns that all of its rows share."""

    def __init__(
        self,
        constants: Mapping[str, Any],
        terms: Terms,
        weights: Weights,
        lookup_key: bytes,
        source: str,
    ) -> None:
        self._constants = dict(constants)
        self._terms = terms
        self._weights = weights
        self._today = clock.today()
        self._lookup_key = lookup_key
        self._source = source
        self._clocks: dict[Sequence[StoredClock], tuple[Row, ...]] = {}

    def prepare(self, row: PetitionRow, *, repeats: bool) -> Prepared:
        """What ``row`` will be in the database."""
        clocks = self._terms.stored_clocks(_case_facts(row))
        due_on = leading_day([replace(clock, stopped_on=None) for clock in clocks], row.received_on).due_on
        return Prepared(
            petition=self._petition(row, due_on, repeats=repeats),
            clocks=self._clock_rows(clocks),
            event={
                "to_state": row.state.value,
                "occurred_on": row.received_on,
                "data": self._event_data(row, due_on),
            },
            party=self._party(row),
            note=row.note,
            flags=tuple(flag for flag, marked in (("complex", row.complex), ("prominent", row.prominent)) if marked),
            repeats=repeats,
        )

    def _clock_rows(self, clocks: Sequence[StoredClock]) -> tuple[Row, ...]:
        """The rows of a petition's clocks, without its id; petitions of one day share them."""
        rows = self._clocks.get(clocks)
        if rows is None:
            office_id = self._constants["office_id"]
            rows = tuple(new_clock(clock, office_id=office_id, terms=self._terms) for clock in clocks)
            self._clocks[clocks] = rows
        return rows

    def _petition(self, row: PetitionRow, due_on: date, *, repeats: bool) -> Row:
        escalated = row.state is State.ESCALATED
        standing = priority.Standing(
            complex=row.complex,
            prominent=row.prominent,
            escalated=escalated,
            people_count=row.people_count,
            repeated=repeats,
            forwarded=False,
            due_on=due_on,
            last_act_on=self._today,
        )
        return {
            **self._constants,
            "external_ref": row.external_ref,
            "received_on": row.received_on,
            "channel": row.channel.value,
            "kind": row.kind.value,
            "kind_parts": ",".join(row.kind_parts),
            "sealed": row.sealed,
            "field_id": row.field_id,
            "title": row.title,
            "body": row.body,
            "against": row.against,
            "people_count": row.people_count,
            "ward_code": row.ward_code,
            "petitioner_name": row.name or None,
            "petitioner_sort": name_sort_key(row.name) if row.name else "",
            "paper_code": (row.external_ref or "")[:60] if row.sealed else "",
            "state": row.state.value,
            "unit_id": row.unit_id,
            "officer_id": row.officer_id,
            "complex": row.complex,
            "prominent": row.prominent,
            "escalation_trigger": Trigger.OTHER.value if escalated else None,
            "due_on": due_on,
            "priority_tier": priority.tier(standing),
            "priority_key": priority.key(standing, self._weights),
            "disposition": row.disposition.value if row.disposition else None,
            "resolved_on": row.resolved_on,
            "resolution_note": row.resolution_note,
        }

    def _event_data(self, row: PetitionRow, due_on: date) -> str:
        data = {
            "source": self._source,
            "row": row.row,
            "received_on": row.received_on.isoformat(),
            "due_on": due_on.isoformat(),
        }
        if row.resolved_on is not None and row.disposition is not None:
            data |= {"resolved_on": row.resolved_on.isoformat(), "disposition": row.disposition.value}
        return json.dumps(data, ensure_ascii=False)

    def _party(self, row: PetitionRow) -> Row | None:
        if not row.names_somebody:
            return None
        return {
            "office_id": self._constants["office_id"],
            "role": PartyRole.PETITIONER.value,
            "position": 1,
            "name": row.name,
            "name_fold": fold(row.name),
            "sort_key": name_sort_key(row.name) if row.name else "",
            "id_number": row.id_number,
            "phone": row.phone,
            "address": row.address,
            "old_address": "",
            "ward_code": row.ward_code,
            "id_hash": lookup_hash(self._lookup_key, row.id_number),
            "phone_hash": lookup_hash(self._lookup_key, row.phone),
        }


def _case_facts(row: PetitionRow) -> CaseFacts:
    return CaseFacts(
        kind=row.kind,
        received_on=row.received_on,
        at_reception=is_at_reception(row.channel),
        closed_on=row.resolved_on if row.state is State.RESOLVED else None,
    )
