"""Who may see which petition: the one predicate that lists, pages, search, counts and files share."""

from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, or_

from auth.actor import Actor
from auth.permissions import Permission
from petitions.models import Petition, Tally


class Sight(NamedTuple):
    """What decides which petitions somebody sees. Whoever has the same sight sees the same."""

    office_id: int
    cases: bool
    all_sealed: bool
    unit_ids: tuple[int, ...]
    barred: tuple[int, ...] = ()

    @property
    def unbarred(self) -> "Sight":
        """The sight as it would be if nothing were about the reader."""
        return self._replace(barred=())


def sight_of(actor: Actor) -> Sight:
    """What ``actor`` sees."""
    cases, all_sealed = actor.may(Permission.PETITION_VIEW), actor.may(Permission.SEALED_VIEW_ALL)
    return Sight(actor.office_id, cases, all_sealed, () if all_sealed else actor.unit_ids, actor.barred)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Rows of ``Petition`` that ``actor`` may see.

    Everybody with access to petitions sees those of the own office; a denunciation only the unit that holds it, and
    those who register and supervise. An officer who is given a case is always of its unit. A denunciation is hidden
    from whom it accuses and from the unit of the accused, whatever their role (``petitions.queries.accused``).
    """
    return visible_in(sight_of(actor))


@lru_cache(maxsize=500)
def visible_in(sight: Sight) -> ColumnElement[bool]:
    """The same for everybody of that sight."""
    if not sight.cases:
        return false()
    mine = Petition.office_id == sight.office_id
    if sight.barred:
        mine = and_(mine, Petition.id.not_in(sight.barred))
    if sight.all_sealed:
        return mine
    open_to_all = Petition.sealed.is_(False)
    if not sight.unit_ids:
        return and_(mine, open_to_all)
    return and_(mine, or_(open_to_all, Petition.unit_id.in_(sight.unit_ids)))


@lru_cache(maxsize=500)
def counted_in(sight: Sight) -> ColumnElement[bool]:
    """Rows of ``Tally`` that add up to what is seen, but for what the reader is barred from: counters name no
    petition, so that is taken off by whoever reads them.
    """
    if not sight.cases:
        return false()
    mine = Tally.office_id == sight.office_id
    if sight.all_sealed:
        return mine
    return and_(mine, Tally.scope.in_((0, *sight.unit_ids)))
