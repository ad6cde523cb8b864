"""Who may see which petition: the one predicate that lists, pages, search, counts and files share."""

from sqlalchemy import ColumnElement, and_, false, or_

from auth.actor import Actor
from auth.permissions import Permission
from petitions.models import Petition, Tally


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Rows of ``Petition`` that ``actor`` may see.

    Everybody with access to petitions sees those of the own office; a denunciation only the unit that holds it, and
    those who register and supervise. An officer who is given a case is always of its unit.
    """
    if not actor.may(Permission.PETITION_VIEW):
        return false()
    mine = Petition.office_id == actor.office_id
    if actor.may(Permission.SEALED_VIEW_ALL):
        return mine
    open_to_all = Petition.sealed.is_(False)
    if not actor.units:
        return and_(mine, open_to_all)
    return and_(mine, or_(open_to_all, Petition.unit_id.in_(actor.unit_ids)))


def counted_for(actor: Actor) -> ColumnElement[bool]:
    """Rows of ``Tally`` that add up to what ``actor`` may see."""
    if not actor.may(Permission.PETITION_VIEW):
        return false()
    mine = Tally.office_id == actor.office_id
    if actor.may(Permission.SEALED_VIEW_ALL):
        return mine
    return and_(mine, Tally.scope.in_((0, *actor.unit_ids)))
