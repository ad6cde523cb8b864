"""Numbers of petitions by id, for the reader who may see them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.models import Petition
from petitions.queries.visibility import visible_to


def numbers_of(session: Session, ids: Sequence[int], actor: Actor) -> dict[int, str]:
    """Number by id, of those that the actor may see."""
    rows = session.execute(select(Petition.id, Petition.number).where(Petition.id.in_(ids), visible_to(actor)))
    return dict(rows.all())
