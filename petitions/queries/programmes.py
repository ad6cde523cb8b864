"""Programmes against the backlog: which petitions are in one, how they stand, what came and went by day.

Which petitions are in one says ``membership``. All counts go through ``visible_to``: a reader who may not see a
denunciation does not count it.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from auth.actor import Actor
from core.database import AnyRow
from core.errors import NotVisible
from core.settings import OFFICE_ZONE
from petitions.burndown import Course
from petitions.models import Petition, PetitionClock, PetitionEvent, Programme, Reminder
from petitions.queries.filters import NONE
from petitions.queries.lists import ROW_COLUMNS
from petitions.queries.membership import member_of, settled_since
from petitions.queries.visibility import visible_to
from petitions.vocabulary import Disposition
from petitions.workflow import State

CASES_SHOWN = 50
# What the program does by itself is no act.
NO_ACTS = ("due-moved",)

_OPEN = Petition.state != State.RESOLVED.value
_IN_ERROR = Petition.disposition == Disposition.ENTERED_IN_ERROR.value


def programmes_of(session: Session, office_id: int) -> Sequence[Programme]:
    """The office's programmes: those that run first, each sort with the newest first."""
    query = select(Programme).where(Programme.office_id == office_id)
    return session.scalars(query.order_by(Programme.ended_at.is_not(None), Programme.id.desc())).all()


def get_programme(session: Session, programme_id: int, actor: Actor) -> Programme:
    """The programme of the actor's office with this id. Raises ``NotVisible``."""
    found = session.get(Programme, programme_id)
    if found is None or found.office_id != actor.office_id:
        raise NotVisible(f"programme {programme_id}")
    return found


class Part(NamedTuple):
    """How many of the petitions of one unit and one field are left, and how many are settled; ``NONE`` for neither."""

    unit_id: int
    field_id: int
    left: int
    settled: int


def parts_of(session: Session, programme: Programme, actor: Actor) -> list[Part]:
    """The petitions of a programme by unit and field. Its totals are the sums of these."""
    left, settled = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    old = Petition.received_on <= programme.cut_off_on
    # Not the columns themselves: SQLite would walk their indexes, which hold every petition, to have them in order.
    by = (func.coalesce(Petition.unit_id, NONE), func.coalesce(Petition.field_id, NONE))
    for counted, condition in ((left, _OPEN), (settled, settled_since(programme.starts_on))):
        rows = session.execute(select(*by, func.count()).where(visible_to(actor), old, condition).group_by(*by))
        counted.update({(unit_id, field_id): n for unit_id, field_id, n in rows})
    keys = sorted({*left, *settled}, key=lambda key: (key[0] == NONE, key[0], key[1] == NONE, key[1]))
    return [Part(*key, left[key], settled[key]) for key in keys]


def course_of(session: Session, programme: Programme, actor: Actor) -> Course:
    """How the programme went, by day.

    A case that was resolved and reopened counts on the day on which it was resolved and on the day on which it came
    back; a step that was taken back at once counts on neither.
    """
    member = (visible_to(actor), Petition.received_on <= programme.cut_off_on)
    resolved = session.execute(
        select(Petition.resolved_on, func.count())
        .where(*member, settled_since(programme.starts_on))
        .group_by(Petition.resolved_on)
    )
    settled = Counter({day: count for day, count in resolved if day is not None})
    at_start = (
        settled.total() + session.execute(select(func.count()).select_from(Petition).where(*member, _OPEN)).scalar_one()
    )
    returned = Counter[date]()
    for closed_on, back_on in _comebacks(session, programme, actor):
        returned[back_on] += 1
        if closed_on is not None and closed_on >= programme.starts_on:
            settled[closed_on] += 1
        else:
            # It was closed when the programme began.
            at_start -= 1
    return Course(programme.starts_on, programme.target_on, at_start, settled, returned)


def _comebacks(session: Session, programme: Programme, actor: Actor) -> list[tuple[date | None, date]]:
    """Reopened cases of the programme: when they had been resolved, and when they came back."""
    start = datetime.combine(programme.starts_on, time.min, OFFICE_ZONE)
    undoing = aliased(PetitionEvent)
    rows = session.execute(
        select(PetitionEvent.data, PetitionEvent.occurred_on)
        .join(Petition, Petition.id == PetitionEvent.petition_id)
        .where(
            PetitionEvent.office_id == programme.office_id,
            PetitionEvent.recorded_at >= start,
            PetitionEvent.from_state == State.RESOLVED.value,
            PetitionEvent.to_state != State.RESOLVED.value,
            # A slip that was taken back counts on no side: neither the closing nor the reopening.
            PetitionEvent.action != "undo",
            ~select(undoing.id).where(undoing.cancels_id == PetitionEvent.id).exists(),
            visible_to(actor),
            member_of(programme.cut_off_on, programme.starts_on),
        )
    )
    found = []
    for data, back_on in rows:
        closed_on = json.loads(data or "{}").get("before", {}).get("resolved_on")
        found.append((date.fromisoformat(closed_on) if closed_on else None, back_on))
    return found


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What was received after the cut-off day. ``resolved`` holds ``in_error`` too, as the lists do."""

    open: int
    resolved: int
    in_error: int

    @property
    def arrived(self) -> int:
        """All of them."""
        return self.open + self.resolved


def arrivals_of(session: Session, programme: Programme, actor: Actor) -> Arrivals:
    """New petitions since the cut-off day, kept apart from the old stock."""
    row = session.execute(
        select(func.count(), func.count().filter(_OPEN), func.count().filter(_IN_ERROR))
        .select_from(Petition)
        .where(visible_to(actor), Petition.received_on > programme.cut_off_on)
    ).one()
    return Arrivals(open=row[1], resolved=row[0] - row[1], in_error=row[2])


@dataclass(frozen=True, slots=True)
class Hard:
    """A page of the complex and prominent cases that are left, first things first, with what belongs to each.

    By the id of the petition: the last act, the running limit that ends first, the nearest reminder of anybody.
    """

    rows: Sequence[AnyRow]
    more: bool
    acts: dict[int, AnyRow]
    clocks: dict[int, AnyRow]
    reminders: dict[int, AnyRow]


def hard_cases(session: Session, programme: Programme, actor: Actor, *, after: tuple[int, int] | None = None) -> Hard:
    """Complex and prominent cases that are left, in the order of the queue, ``after`` a key and id."""
    where: list[Any] = [
        visible_to(actor),
        _OPEN,
        # Whatever is marked stands in the priority queue, whose index holds few petitions.
        Petition.priority_tier > 0,
        or_(Petition.complex.is_(True), Petition.prominent.is_(True)),
        Petition.received_on <= programme.cut_off_on,
    ]
    if after is not None:
        key, last_id = after
        where += [Petition.priority_key >= key, or_(Petition.priority_key > key, Petition.id > last_id)]
    rows = session.execute(
        select(*ROW_COLUMNS, Petition.escalated_to_id, Petition.reply_by, Petition.proposed_disposition)
        .where(*where)
        .order_by(Petition.priority_key, Petition.id)
        .limit(CASES_SHOWN + 1)
    ).all()
    shown = rows[:CASES_SHOWN]
    ids = [row.id for row in shown]
    return Hard(
        shown,
        len(rows) > CASES_SHOWN,
        _last_acts(session, ids),
        _next_clocks(session, ids),
        _next_reminders(session, ids),
    )


def _last_acts(session: Session, ids: Sequence[int]) -> dict[int, AnyRow]:
    newest = (
        select(func.max(PetitionEvent.id))
        .where(PetitionEvent.petition_id.in_(ids), PetitionEvent.action.not_in(NO_ACTS))
        .group_by(PetitionEvent.petition_id)
    )
    rows = session.execute(
        select(
            PetitionEvent.petition_id,
            PetitionEvent.action,
            PetitionEvent.actor_name,
            PetitionEvent.recorded_at,
            PetitionEvent.reason,
            PetitionEvent.data,
        ).where(PetitionEvent.id.in_(newest))
    )
    return {row.petition_id: row for row in rows}


def _next_clocks(session: Session, ids: Sequence[int]) -> dict[int, AnyRow]:
    rows = session.execute(
        select(PetitionClock.petition_id, PetitionClock.rule_id, PetitionClock.rule_version, PetitionClock.due_on)
        .where(
            PetitionClock.petition_id.in_(ids), PetitionClock.stopped_on.is_(None), PetitionClock.due_on.is_not(None)
        )
        .order_by(PetitionClock.due_on.desc(), PetitionClock.id.desc())
    )
    # The first to end is written last.
    return {row.petition_id: row for row in rows}


def _next_reminders(session: Session, ids: Sequence[int]) -> dict[int, AnyRow]:
    rows = session.execute(
        select(Reminder.petition_id, Reminder.remind_on, Reminder.user_id, Reminder.text)
        .where(Reminder.petition_id.in_(ids), Reminder.done_at.is_(None))
        .order_by(Reminder.remind_on.desc(), Reminder.id.desc())
    )
    return {row.petition_id: row for row in rows}
