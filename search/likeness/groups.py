"""Groups of letters that repeat each other, as somebody may see them: letters sent again, and campaigns.

Every count is of what the reader sees: a group of which he sees one letter is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from auth.actor import Actor
from core.database import AnyRow, AnySelect
from petitions.models import Party, Petition
from petitions.queries.lists import ROW_COLUMNS
from petitions.queries.visibility import visible_to
from petitions.vocabulary import Disposition
from petitions.workflow import State
from search.likeness.houses import houses_of
from search.models import LikenessPrint

_Follower = aliased(Petition)

PAGE_SIZE = 30
MEMBERS = 200
CAMPAIGN_SENDERS = 3
"""From as many different senders a group is a campaign and no longer one person who writes again."""


class Which(StrEnum):
    """Which groups are listed."""

    REPEATED = "repeated"
    CAMPAIGNS = "campaigns"


class Order(StrEnum):
    """The order of the groups."""

    LARGEST = "largest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Group:
    """A group: its oldest letter, and what is seen of the others. ``least`` and ``most`` alike in hundredths."""

    number: str
    title: str
    sealed: bool
    petitions: int
    still_open: int
    matters: int
    senders: int
    first_on: date
    last_on: date
    least: int
    most: int


class Member(NamedTuple):
    """A letter of a group: its row, how much agrees with which other, and what the senders have in common."""

    row: AnyRow
    alike: int
    nearest: str
    same_id: bool
    same_phone: bool
    same_house: bool


@dataclass(frozen=True, slots=True)
class Members:
    """The letters of one group, the oldest first; ``total`` of them are seen in all."""

    leading: str
    rows: Sequence[Member]
    total: int


def _counted(actor: Actor) -> ColumnElement[bool]:
    return and_(
        or_(Petition.disposition.is_(None), Petition.disposition != Disposition.ENTERED_IN_ERROR), visible_to(actor)
    )


def groups(
    session: Session, actor: Actor, *, which: Which, order: Order, handled: bool, page: int
) -> tuple[list[Group], bool]:
    """One page of groups, and whether more follow. ``handled`` also those with nothing open or all in one matter."""
    petitions = func.count()
    senders = func.count(func.distinct(Petition.petitioner_sort))
    still_open = func.sum(case((Petition.state != State.RESOLVED, 1), else_=0))
    matters = func.count(func.distinct(Petition.matter_id))
    newest = func.max(Petition.id)
    query: AnySelect = (
        select(
            func.min(Petition.id).label("first_id"),
            petitions.label("petitions"),
            still_open.label("still_open"),
            matters.label("matters"),
            senders.label("senders"),
            func.min(Petition.received_on).label("first_on"),
            func.max(Petition.received_on).label("last_on"),
            func.min(case((LikenessPrint.alike > 0, LikenessPrint.alike))).label("least"),
            func.max(LikenessPrint.alike).label("most"),
        )
        .join(Petition, Petition.id == LikenessPrint.petition_id)
        .where(LikenessPrint.group_id.is_not(None), _counted(actor))
        .group_by(LikenessPrint.group_id)
        .having(petitions > 1, senders >= CAMPAIGN_SENDERS if which is Which.CAMPAIGNS else senders < CAMPAIGN_SENDERS)
        .order_by(*((petitions.desc(), newest.desc()) if order is Order.LARGEST else (newest.desc(),)))
        .limit(PAGE_SIZE + 1)
        .offset((page - 1) * PAGE_SIZE)
    )
    if not handled:
        query = query.having(still_open > 0, matters > 1)
    rows = session.execute(query).all()
    first = _first_letters(session, [row.first_id for row in rows])
    return [_group(row, first[row.first_id]) for row in rows[:PAGE_SIZE]], len(rows) > PAGE_SIZE


def _first_letters(session: Session, ids: Sequence[int]) -> dict[int, AnyRow]:
    rows = session.execute(
        select(Petition.id, Petition.number, Petition.title, Petition.sealed).where(Petition.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _group(row: AnyRow, first: AnyRow) -> Group:
    return Group(
        first.number,
        first.title,
        first.sealed,
        row.petitions,
        row.still_open,
        row.matters,
        row.senders,
        row.first_on,
        row.last_on,
        row.least or 0,
        row.most or 0,
    )


def group_of(session: Session, actor: Actor, petition_id: int) -> int | None:
    """The group in which the petition stands with at least one other that ``actor`` sees; None without one."""
    group_id = session.execute(
        select(LikenessPrint.group_id).where(LikenessPrint.petition_id == petition_id)
    ).scalar_one_or_none()
    if group_id is None or len(member_ids(session, actor, group_id, limit=2)) < 2:
        return None
    return group_id


def member_ids(session: Session, actor: Actor, group_id: int, *, limit: int | None = None) -> list[int]:
    """The petitions of a group that ``actor`` sees, the oldest first."""
    query = (
        select(Petition.id)
        .join(LikenessPrint, LikenessPrint.petition_id == Petition.id)
        .where(LikenessPrint.group_id == group_id, _counted(actor))
        .order_by(Petition.id)
    )
    return list(session.scalars(query.limit(limit)))


def members(session: Session, actor: Actor, group_id: int, *, page: int = 1) -> Members:
    """One page of the letters of a group."""
    ids = member_ids(session, actor, group_id)
    shown = ids[(page - 1) * MEMBERS : page * MEMBERS]
    rows = session.execute(
        select(*ROW_COLUMNS, LikenessPrint.alike, LikenessPrint.nearest_id)
        .join(LikenessPrint, LikenessPrint.petition_id == Petition.id)
        .where(Petition.id.in_(shown), _counted(actor))
        .order_by(Petition.id)
    ).all()
    numbers = _numbers(session, actor, {row.nearest_id for row in rows if row.nearest_id})
    people = _people(session, [*ids[:1], *shown])
    first = people.get(ids[0], _NOBODY) if ids else _NOBODY
    told = []
    for row in rows:
        here = people.get(row.id, _NOBODY) if row.id != ids[0] else _NOBODY
        nearest = numbers.get(row.nearest_id, "")
        told.append(
            Member(
                row,
                row.alike if nearest else 0,
                nearest,
                bool(first.ids & here.ids),
                bool(first.phones & here.phones),
                bool(first.houses & here.houses),
            )
        )
    return Members(_leading(session, ids), told, len(ids))


def _leading(session: Session, ids: Sequence[int]) -> str:
    """The letter that should lead: one that others follow already, else the oldest open one, else the oldest."""
    if not ids:
        return ""
    leads = func.count(func.distinct(_Follower.id))
    query = (
        select(Petition.number)
        .outerjoin(_Follower, _Follower.leading_id == Petition.id)
        .where(Petition.id.in_(ids[:MEMBERS]), Petition.leading_id.is_(None))
        .group_by(Petition.id, Petition.number, Petition.state)
        .order_by(leads.desc(), case((Petition.state == State.RESOLVED, 1), else_=0), Petition.id)
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none() or ""


def _numbers(session: Session, actor: Actor, ids: set[int]) -> dict[int, str]:
    rows = session.execute(select(Petition.id, Petition.number).where(Petition.id.in_(ids), visible_to(actor)))
    return dict(rows.all())


class _People(NamedTuple):
    ids: frozenset[str]
    phones: frozenset[str]
    houses: frozenset[str]


_NOBODY = _People(frozenset(), frozenset(), frozenset())


def _people(session: Session, ids: Sequence[int]) -> dict[int, _People]:
    rows = session.execute(
        select(Party.petition_id, Party.id_hash, Party.phone_hash, Party.address, Party.old_address).where(
            Party.petition_id.in_(set(ids))
        )
    )
    found: dict[int, _People] = {}
    for row in rows:
        before = found.get(row.petition_id, _NOBODY)
        found[row.petition_id] = _People(
            before.ids | ({row.id_hash} if row.id_hash else set()),
            before.phones | ({row.phone_hash} if row.phone_hash else set()),
            before.houses | houses_of(row.address, row.old_address),
        )
    return found
