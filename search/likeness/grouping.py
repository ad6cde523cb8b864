"""Which letters of the backlog form a group, because each repeats another of it.

A letter joins the group of the letters that it agrees with (``thresholds.SAME_GROUP``). They are found by its smallest
keys alone: several of these agree where letters agree as a whole, so few letters need a full comparison.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from core.database import AnyRow, table_of, unit_of_work
from core.rows import update_many
from search.likeness.backlog import holders, most_promising, weights_now
from search.likeness.comparing import Letter
from search.likeness.fingerprints import from_bytes
from search.likeness.services import stored_marks
from search.likeness.thresholds import GROUP_COMPARED, GROUP_HOLDERS, GROUP_KEYS, LEAST_PAIRS, SAME_GROUP
from search.models import LikenessApart, LikenessPrint

BATCH = 200
_PRINTS = table_of(LikenessPrint)


@dataclass
class _Round:
    """What one round reads and decides."""

    group_of: dict[int, int | None]
    nearest: dict[int, tuple[int, int]] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    merged: dict[int, int] = field(default_factory=dict)

    def now(self, petition_id: int) -> int | None:
        """The group in which the petition stands by now."""
        group = self.group_of[petition_id]
        while group in self.merged:
            group = self.merged[group]
        return group

    def unite(self, petition_id: int, other_id: int) -> None:
        """Put both into one group, the older of theirs, or a new one named after the older petition."""
        groups = {group for one in (petition_id, other_id) if (group := self.now(one)) is not None}
        kept = min(groups, default=min(petition_id, other_id))
        for group in groups - {kept}:
            self.merged[group] = kept
        for one in (petition_id, other_id):
            self.group_of[one] = kept
            self.touched.add(one)


def group_some(session: Session, limit: int = BATCH) -> int:
    """Find the groups of at most ``limit`` letters that wait for it; return how many."""
    waiting = session.execute(
        select(LikenessPrint.petition_id, LikenessPrint.pairs, LikenessPrint.marks, LikenessPrint.group_id)
        .where(LikenessPrint.grouped.is_(False))
        .order_by(LikenessPrint.petition_id)
        .limit(limit)
    ).all()
    if not waiting:
        session.rollback()
        return 0
    decided = _decide(session, waiting)
    session.rollback()
    with unit_of_work() as writing:
        _write(writing, [row.petition_id for row in waiting], decided)
    return len(waiting)


def _decide(session: Session, waiting: Sequence[AnyRow]) -> _Round:
    marks = {row.petition_id: stored_marks(row.marks)[:GROUP_KEYS] for row in waiting}
    having = holders(session, {mark for some in marks.values() for mark in some}, most=GROUP_HOLDERS)
    candidates = {one: _likely(one, some, having) for one, some in marks.items()}
    apart = _apart(session, sorted(marks))
    kept = _kept(session, sorted(set().union(*candidates.values(), *apart.values(), marks)))
    weights = weights_now(session)
    decided = _Round({one: row.group_id for one, row in kept.items()})
    for row in waiting:
        if len(row.pairs) < 4 * LEAST_PAIRS or not candidates[row.petition_id]:
            continue
        letter = Letter(from_bytes(row.pairs), weights)
        like = []
        for other in candidates[row.petition_id] & kept.keys() - apart[row.petition_id]:
            share = letter.agreement(from_bytes(kept[other].pairs)).mutual
            if share >= SAME_GROUP:
                like.append((share, -other))
        if not like:
            continue
        share, other = max(like)
        decided.nearest[row.petition_id] = (-other, round(100 * share))
        for _share, one in sorted(like, reverse=True):
            if not _kept_apart(apart[row.petition_id], decided, -one):
                decided.unite(row.petition_id, -one)
    return decided


def _likely(petition_id: int, marks: Sequence[int], having: Mapping[int, Sequence[int]]) -> set[int]:
    """The other petitions with the most marks in common: letters that agree as a whole have several."""
    mine = {mark: having[mark] for mark in marks if mark in having}
    return set(most_promising(mine, most=GROUP_COMPARED + 1, cap=GROUP_HOLDERS)) - {petition_id}


def _kept(session: Session, ids: Sequence[int]) -> dict[int, AnyRow]:
    found: dict[int, AnyRow] = {}
    for start in range(0, len(ids), 500):
        query = select(LikenessPrint.petition_id, LikenessPrint.pairs, LikenessPrint.group_id)
        rows = session.execute(query.where(LikenessPrint.petition_id.in_(ids[start : start + 500])))
        found |= {row.petition_id: row for row in rows}
    return found


def _apart(session: Session, ids: Sequence[int]) -> dict[int, set[int]]:
    """For each of ``ids`` the petitions of which somebody said that they are not the same."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(
        select(LikenessApart.low_id, LikenessApart.high_id).where(
            or_(LikenessApart.low_id.in_(ids), LikenessApart.high_id.in_(ids))
        )
    )
    for low_id, high_id in rows:
        found[low_id].add(high_id)
        found[high_id].add(low_id)
    return found


def _kept_apart(apart: set[int], decided: _Round, other_id: int) -> bool:
    """Whether the other's group holds one that must not stand with the letter."""
    group = decided.now(other_id)
    return group is not None and any(one in decided.group_of and decided.now(one) == group for one in apart)


def _write(session: Session, ids: Sequence[int], decided: _Round) -> None:
    for gone, group in decided.merged.items():
        session.execute(update(_PRINTS).where(_PRINTS.c.group_id == gone).values(group_id=group))
    rows = [{"of_id": one, "group_id": decided.now(one)} for one in sorted(decided.touched)]
    update_many(session, _PRINTS, rows, where={"petition_id": "of_id"})
    near = [
        {"of_id": one, "nearest_id": other, "alike": share} for one, (other, share) in sorted(decided.nearest.items())
    ]
    update_many(session, _PRINTS, near, where={"petition_id": "of_id"})
    session.execute(update(_PRINTS).where(_PRINTS.c.petition_id.in_(ids)).values(grouped=True))
