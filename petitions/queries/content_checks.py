"""Proof that petitions are what their history makes of them: what stands in a row is what the acts left there.

Each act keeps the old and the new value of every column that it wrote. Read backwards, the newest new value of a column
must stand in the row, and what is left at the beginning must be what was received: the act of receiving has its digest.
A title, a day, a state or an outcome that was changed past the program is found, though no event was touched.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import AnyRow
from core.integrity import MOST_FINDINGS
from petitions.models import Party, Petition, PetitionEvent
from petitions.queries.event_checks import DISPOSE, row_digest

# Written beside the acts, and proved by the check of the queues; or of no weight.
_NO_ACT = {"version", "priority_tier", "priority_key", "last_act_at"}
_COLUMNS = [getattr(Petition, column.key) for column in Petition.__table__.columns if column.key not in _NO_ACT]
RECEIVED = (
    *("number", "matter_role", "external_ref", "received_on", "channel", "registered_at", "registered_by"),
    *("forwarder_kind", "forwarder", "forwarder_ref", "answer_by", "kind", "kind_parts", "sealed", "field_id", "title"),
    *("body", "against", "also_sent_to", "people_count", "ward_code", "petitioner_name", "paper_code"),
    *("paper_location", "state", "complex", "prominent", "second_instance", "discipline", "due_on"),
)
"""The columns that intake writes: the act of receiving has a digest of their first values."""
_PARTY = ("role", "position", "name", "id_number", "phone", "address", "old_address", "ward_code")
_FIRST = ("petitioner", 1)

_AT_ONCE = 500
WHOLE = "whole"
"""Under this name the digest stands in the data of the act."""


def received_digest(petition: Mapping[str, Any], parties: Iterable[Mapping[str, Any]]) -> str:
    """The digest of a petition and its parties as they were received."""
    in_order = sorted(parties, key=lambda party: (str(party["role"]), party["position"]))
    of_parties = (party[name] for party in in_order for name in _PARTY)
    return row_digest((*(petition[name] for name in RECEIVED), *of_parties))


def content_drift(session: Session, office_id: int) -> tuple[int, list[str]]:
    """How many petitions were held against their history, and a line for each that differs, up to a limit."""
    checked, found = 0, list[str]()
    for rows in _petitions(session, office_id):
        ids = [row.id for row in rows]
        events, parties = _events(session, ids), _parties(session, ids)
        checked += len(rows)
        for row in rows:
            fault = _fault(row._asdict(), parties.get(row.id, {}), events.get(row.id, []))
            if fault and len(found) < MOST_FINDINGS:
                found.append(f"{row.number}: {fault}")
    return checked, found


def _petitions(session: Session, office_id: int) -> Iterator[Sequence[AnyRow]]:
    last = 0
    query = select(*_COLUMNS).where(Petition.office_id == office_id).order_by(Petition.id).limit(_AT_ONCE)
    while rows := session.execute(query.where(Petition.id > last)).all():
        last = rows[-1].id
        yield rows


def _events(session: Session, ids: Sequence[int]) -> dict[int, list[AnyRow]]:
    """The acts of each petition, the newest first."""
    query = select(PetitionEvent.petition_id, PetitionEvent.action, PetitionEvent.data)
    rows = session.execute(
        query.where(PetitionEvent.petition_id.in_(ids)).order_by(PetitionEvent.petition_id, PetitionEvent.id.desc())
    )
    return {petition_id: list(some) for petition_id, some in groupby(rows, key=lambda row: row.petition_id)}


_Parties = dict[tuple[str, int], dict[str, Any]]


def _parties(session: Session, ids: Sequence[int]) -> dict[int, _Parties]:
    query = select(Party.petition_id, *(getattr(Party, name) for name in _PARTY)).where(Party.petition_id.in_(ids))
    found: dict[int, _Parties] = {}
    for row in session.execute(query):
        found.setdefault(row.petition_id, {})[row.role, row.position] = row._asdict()
    return found


def _fault(row: dict[str, Any], parties: _Parties, events: Sequence[AnyRow]) -> str:
    """What in the petition is not what its acts left; ``row`` and ``parties`` are taken back to the beginning."""
    if any(event.action == DISPOSE for event in events):
        return ""
    for event in events:
        data = json.loads(event.data)
        changed = _differing(row, data.get("after", {}))
        row |= data.get("before", {})
        if "petitioner" in data:
            changed += _differing(parties.get(_FIRST, {}), data["petitioner"]["after"])
            _take_back(parties, data["petitioner"]["before"])
        if changed:
            return f"{', '.join(sorted(changed))}: not what the act {event.action} left"
        if WHOLE in data and data[WHOLE] != received_digest(row, parties.values()):
            return "it is not what was received"
    return ""


def _differing(stored: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    # A day stands as text in the history.
    return [name for name, value in told.items() if str(stored.get(name)) != str(value)]


def _take_back(parties: _Parties, before: Mapping[str, Any]) -> None:
    if before:
        parties.setdefault(_FIRST, {}).update(before)
    else:
        parties.pop(_FIRST, None)
