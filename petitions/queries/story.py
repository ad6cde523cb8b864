"""What one case's whole story needs beyond its page: alerts, documents, and the audit entry of each act."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from core.audit import AuditEntry, AuditHead
from core.database import AnyRow
from petitions.models import ClockAlert, Petition

AUDITED_ACTS = 300
"""For so many acts of a case the audit entry is looked up; the newest ones."""

READ_THROUGH = 5_000
# The entry of an act is written a moment after it; so many entries of others may lie between the two.
_LOOKED_THROUGH = 400


class Audited(NamedTuple):
    """Where the audit chain holds an act: its place, and the hash that binds it to all before it."""

    seq: int
    hash: str


def alerts_of(session: Session, petition_id: int) -> Sequence[AnyRow]:
    """The levels that the petition's clocks reached, the earliest first, and to whom each was told."""
    return session.execute(
        select(
            ClockAlert.rule_id,
            ClockAlert.started_on,
            ClockAlert.level,
            ClockAlert.due_on,
            ClockAlert.at,
            User.full_name,
        )
        .outerjoin(User, User.id == ClockAlert.to_user_id)
        .where(ClockAlert.petition_id == petition_id)
        .order_by(ClockAlert.at, ClockAlert.id)
    ).all()


def audited(session: Session, petition: Petition, events: Sequence[AnyRow]) -> dict[int, Audited]:
    """The audit entry of each of ``events``, by the id of the event; none for what came in with an import.

    The chain has no index by petition, which every act would have to keep up. A short one is read through. A long one
    is written in the order of time, so that the place of a moment is found by halving: some twenty steps among a
    million entries.
    """
    last = session.execute(select(AuditHead.seq).where(AuditHead.office_id == petition.office_id)).scalar_one_or_none()
    if not last:
        return {}
    chain = _Chain(session, petition.office_id, last)
    received = next((event.id for event in events if event.action == "receive"), None)
    if last <= READ_THROUGH:
        return chain.acts_from(1, last, petition.number, received)
    found: dict[int, Audited] = {}
    newest = sorted(events, key=lambda event: -event.id)[:AUDITED_ACTS]
    for event in reversed(newest):
        if event.id not in found:
            first = chain.first_from(event.recorded_at)
            found |= chain.acts_from(first, first + _LOOKED_THROUGH, petition.number, received)
    return found


class _Chain:
    """The audit chain of an office, looked through by time."""

    def __init__(self, session: Session, office_id: int, last: int) -> None:
        self._session = session
        self._office_id = office_id
        self._last = last
        self._moments: dict[int, datetime] = {}

    def acts_from(self, first: int, last: int, subject: str, received: int | None) -> dict[int, Audited]:
        """The entries about ``subject`` from one place to another, by the event that they name.

        The entry of the registration names none: it stands for the event ``received``.
        """
        rows = self._session.execute(
            select(AuditEntry.seq, AuditEntry.hash, AuditEntry.action, AuditEntry.payload)
            .where(
                AuditEntry.office_id == self._office_id,
                AuditEntry.seq >= first,
                AuditEntry.seq <= last,
                AuditEntry.subject == subject,
            )
            .order_by(AuditEntry.seq)
        )
        found: dict[int, Audited] = {}
        for row in rows:
            event_id = received if row.action == "petition.receive" else json.loads(row.payload).get("event")
            if event_id is not None:
                found[event_id] = Audited(row.seq, row.hash)
        return found

    def first_from(self, moment: datetime) -> int:
        """The first entry that was written at ``moment`` or later."""
        low, high = 1, self._last + 1
        while low < high:
            middle = (low + high) // 2
            if self._at(middle) < moment:
                low = middle + 1
            else:
                high = middle
        return low

    def _at(self, seq: int) -> datetime:
        known = self._moments.get(seq)
        if known is None:
            query = select(AuditEntry.at).where(AuditEntry.office_id == self._office_id, AuditEntry.seq == seq)
            known = self._moments[seq] = self._session.execute(query).scalar_one()
        return known
