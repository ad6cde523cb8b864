"""Lists that somebody gave a name: one's own, and those that are shared with one's unit, one's role or the office."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import AnyRow, AnySelect
from core.errors import NotVisible
from petitions.models import SavedView
from petitions.queries.oversight import oversees_office

MOST_ON_HOME = 12
MOST_IN_LISTS = 20
SEARCH = "search"
"""What stands in the place of the queue where a search is saved."""


@dataclass(frozen=True, slots=True)
class Named:
    """A saved view: the queue, the rest of the address, who keeps it and with whom it is shared."""

    id: int
    name: str
    queue: str
    query: str
    owner_id: int
    shared_with: str
    unit_id: int | None
    role: str | None
    on_home: bool
    found_total: int | None
    found_new: int | None

    @classmethod
    def of(cls, row: AnyRow) -> "Named":
        """The view that a row holds."""
        return cls(*row)

    @property
    def path(self) -> str:
        """The address of the list, without the root of the program."""
        return path_of(self.queue, self.query)


_COLUMNS = (
    SavedView.id,
    SavedView.name,
    SavedView.queue,
    SavedView.query,
    SavedView.owner_id,
    SavedView.shared_with,
    SavedView.unit_id,
    SavedView.role,
    SavedView.on_home,
    SavedView.found_total,
    SavedView.found_new,
)


def path_of(queue: str, query: str) -> str:
    """The address of the list ``queue``, or of a search, without the root of the program."""
    path = "/search" if queue == SEARCH else f"/queues/{queue}"
    return path + (f"?{query}" if query else "")


def views_for(session: Session, actor: Actor, *, on_home: bool = False, limit: int) -> list[Named]:
    """The actor's own views and those shared with the actor, the own ones first; ``on_home``: only those of the home
    page.
    """
    asked = {"me": actor.id, "office": actor.office_id, "role": actor.role, "most": limit}
    rows = session.execute(_addressed(actor.unit_ids, on_home), asked).all()
    return [Named.of(row) for row in rows]


@lru_cache(maxsize=200)
def _addressed(unit_ids: tuple[int, ...], on_home: bool) -> AnySelect:
    """The question for everybody of these units: every page of a list asks it, and building it takes longest."""
    own = SavedView.owner_id == bindparam("me")
    shared = or_(
        SavedView.shared_with == "office",
        and_(SavedView.shared_with == "unit", SavedView.unit_id.in_(unit_ids)),
        and_(SavedView.shared_with == "role", SavedView.role == bindparam("role")),
    )
    query: AnySelect = select(*_COLUMNS).where(SavedView.office_id == bindparam("office"), or_(own, shared))
    if on_home:
        query = query.where(SavedView.on_home.is_(True))
    others_last = SavedView.owner_id != bindparam("me")
    return query.order_by(others_last, SavedView.name, SavedView.id).limit(bindparam("most"))


def views_kept(session: Session, actor: Actor) -> list[Named]:
    """What the actor may change or remove: the own views, and for a supervisor every one that is shared."""
    query = select(*_COLUMNS).where(_kept_by(actor))
    own_first = SavedView.owner_id != actor.id
    rows: Sequence[AnyRow] = session.execute(query.order_by(own_first, SavedView.name, SavedView.id)).all()
    return [Named.of(row) for row in rows]


def view_kept(session: Session, actor: Actor, view_id: int) -> Named:
    """One of them. Raises ``NotVisible``."""
    row = session.execute(select(*_COLUMNS).where(SavedView.id == view_id, _kept_by(actor))).one_or_none()
    if row is None:
        raise NotVisible(f"view {view_id}")
    return Named.of(row)


def _kept_by(actor: Actor) -> ColumnElement[bool]:
    own = SavedView.owner_id == actor.id
    mine = or_(own, SavedView.shared_with != "nobody") if oversees_office(actor) else own
    return and_(SavedView.office_id == actor.office_id, mine)
