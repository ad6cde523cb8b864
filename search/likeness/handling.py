"""What a supervisor does with a group: join its letters to the one that leads, or say that some are not the same."""

from collections.abc import Iterable, Sequence
from itertools import combinations, product

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.permissions import Permission
from core import clock
from core.database import table_of
from core.errors import NotAllowed
from core.rows import insert_many
from petitions.models import Petition
from petitions.queries.visibility import visible_to
from petitions.services.closing import Resolution, resolve
from petitions.vocabulary import Disposition
from search.models import LikenessApart, LikenessPrint

_PRINTS, _APART = map(table_of, (LikenessPrint, LikenessApart))
MOST_APART = 200
# That it is no copy of so many of a group keeps a letter out of the whole group.
MOST_REMEMBERED = 50


def join(session: Session, petition_id: int, leading_number: str, *, by: Actor, version: int | None) -> None:
    """Join the petition to the one that leads: it is closed as a repeated letter, and both stay counted.

    Raises as ``closing.resolve`` does.
    """
    resolve(session, petition_id, Resolution(Disposition.JOINED, leading_number=leading_number), by=by, version=version)


def tell_apart(session: Session, group_id: int, ids: Sequence[int], *, by: Actor) -> int:
    """Take the petitions ``ids`` out of the group, for good; return how many were taken out.

    They are no copies of those that stay. Where several are taken out they stay together as a group of their own, and
    where none would stay, each stands alone. Raises ``NotAllowed`` for somebody who may not.
    """
    if not by.may(Permission.DUPLICATES_HANDLE):
        raise NotAllowed("tell apart")
    seen = session.scalars(
        select(LikenessPrint.petition_id)
        .join(Petition, Petition.id == LikenessPrint.petition_id)
        .where(LikenessPrint.group_id == group_id, visible_to(by))
        .order_by(LikenessPrint.petition_id)
    ).all()
    chosen = set(ids)
    gone = [one for one in seen if one in chosen][:MOST_APART]
    staying = [one for one in seen if one not in chosen]
    if not gone:
        return 0
    _remember(session, product(gone, staying[:MOST_REMEMBERED]) if staying else combinations(gone, 2), by)
    own_group = gone[0] if staying and len(gone) > 1 else None
    taken = update(_PRINTS).where(_PRINTS.c.petition_id.in_(gone))
    session.execute(taken.values(group_id=own_group, nearest_id=None, alike=0))
    _name_anew(session, group_id)
    return len(gone)


def _remember(session: Session, pairs: Iterable[tuple[int, int]], by: Actor) -> None:
    now = clock.now()
    rows = [{"low_id": min(pair), "high_id": max(pair), "said_by": by.id, "said_at": now} for pair in pairs]
    insert_many(session, _APART, rows, skip_known=True)


def _name_anew(session: Session, group_id: int) -> None:
    """A group is named after its oldest letter; one letter alone is no group."""
    mine = select(LikenessPrint.petition_id).where(LikenessPrint.group_id == group_id)
    left = session.scalars(mine.order_by(LikenessPrint.petition_id).limit(2)).all()
    name = left[0] if len(left) > 1 else None
    if name != group_id:
        session.execute(update(_PRINTS).where(_PRINTS.c.group_id == group_id).values(group_id=name))
