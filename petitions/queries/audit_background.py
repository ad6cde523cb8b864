"""What belongs to the rows of the audit: the acts on each case, the orders on its clocks, its other missed limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.database import AnyRow
from petitions.holding import MOVING_ACTIONS
from petitions.models import LegalEventRow, PetitionClock, PetitionEvent
from petitions.queries.audits import OWN_RULES, Audit


@dataclass(frozen=True, slots=True)
class Background:
    """What belongs to the rows of a page, by the id of the petition: acts, orders on the clock, other missed limits."""

    acts: Mapping[int, Sequence[AnyRow]]
    orders: Mapping[int, Sequence[AnyRow]]
    limits: Mapping[int, Sequence[AnyRow]]


def background(session: Session, audit: Audit, ids: Sequence[int]) -> Background:
    """Read what belongs to the petitions ``ids``, in three questions for all of them."""
    acts = session.execute(
        select(
            PetitionEvent.petition_id,
            PetitionEvent.id,
            PetitionEvent.action,
            PetitionEvent.recorded_at,
            PetitionEvent.data,
            PetitionEvent.cancels_id,
        )
        .where(PetitionEvent.petition_id.in_(ids), PetitionEvent.action.in_(MOVING_ACTIONS))
        .order_by(PetitionEvent.id)
    )
    orders = session.execute(
        select(
            LegalEventRow.petition_id,
            LegalEventRow.id,
            LegalEventRow.event,
            LegalEventRow.occurred_on,
            LegalEventRow.days,
            LegalEventRow.document_number,
            LegalEventRow.document_on,
            LegalEventRow.signer,
            LegalEventRow.cancels_id,
        )
        .where(LegalEventRow.petition_id.in_(ids))
        .order_by(LegalEventRow.occurred_on, LegalEventRow.id)
    ).all()
    missed_now = and_(PetitionClock.stopped_on.is_(None), PetitionClock.due_on < audit.late_before)
    limits = session.execute(
        select(
            PetitionClock.petition_id,
            PetitionClock.id,
            PetitionClock.rule_id,
            PetitionClock.rule_version,
            PetitionClock.due_on,
            PetitionClock.stopped_on,
        )
        .where(
            PetitionClock.petition_id.in_(ids),
            PetitionClock.rule_id.in_(OWN_RULES),
            or_(missed_now, PetitionClock.stopped_on > PetitionClock.due_on),
        )
        .order_by(PetitionClock.due_on, PetitionClock.id)
    )
    return Background(_grouped(acts), _grouped(in_force(orders)), _grouped(limits))


def in_force(rows: Sequence[AnyRow]) -> list[AnyRow]:
    """Legal events without those taken back and those that took one back.

    Sifted here and not in SQL: SQLite would enter the index of reversals, in which nearly all rows have nothing.
    """
    cancelled = {row.cancels_id for row in rows if row.cancels_id is not None}
    return [row for row in rows if row.cancels_id is None and row.id not in cancelled]


def _grouped(rows: Any) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    for row in rows:
        found.setdefault(row.petition_id, []).append(row)
    return found
