"""Works out what a checked row will be in the database, but for what only the writing transaction can know."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core import clock
from core.text import fold, name_sort_key
from petitions import deadlines, priority
from petitions.deadlines import Rule, WorkingCalendar
from petitions.importing.rows import PetitionRow
from petitions.lookup import lookup_hash
from petitions.priority import Weights
from petitions.vocabulary import Kind, PartyRole, Trigger
from petitions.workflow import State

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A petition ready to be written: the values of its rows in each table, without ids, numbers and matter.

    ``repeats`` says that an earlier petition bears the same ``external_ref``, so that this one joins its matter.
    """

    petition: Row
    clock: Row
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
        calendar: WorkingCalendar,
        weights: Weights,
        lookup_key: bytes,
        source: str,
    ) -> None:
        self._constants = dict(constants)
        self._calendar = calendar
        self._weights = weights
        self._today = clock.today()
        self._lookup_key = lookup_key
        self._source = source
        self._due: dict[tuple[Kind, date], tuple[Rule, date]] = {}

    def prepare(self, row: PetitionRow, *, repeats: bool) -> Prepared:
        """What ``row`` will be in the database."""
        rule, due_on = self._limit(row.kind, row.received_on)
        return Prepared(
            petition=self._petition(row, due_on, repeats=repeats),
            clock={
                "rule_id": rule.id,
                "rule_version": rule.version,
                "started_on": row.received_on,
                "due_on": due_on,
                "stopped_on": None,
                "office_id": self._constants["office_id"],
                "variant": "standard",
                "started_by": "received",
                "standing_on": due_on,
                "suspended_on": None,
                "next_alert_on": None,
            },
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

    def _limit(self, kind: Kind, received_on: date) -> tuple[Rule, date]:
        known = self._due.get((kind, received_on))
        if known is None:
            rule = deadlines.rule_for(kind, received_on)
            known = rule, rule.due(received_on, self._calendar)
            self._due[(kind, received_on)] = known
        return known

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
