"""Who looked at a confidential case."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.models import User
from core.database import AnyRow
from petitions.models import CaseLook

MOST_SHOWN = 50


def looks_at(session: Session, petition_id: int) -> Sequence[AnyRow]:
    """The newest looks at the petition: full_name, at."""
    query = (
        select(User.full_name, CaseLook.at)
        .join(User, User.id == CaseLook.user_id)
        .where(CaseLook.petition_id == petition_id)
        .order_by(CaseLook.at.desc(), CaseLook.id.desc())
        .limit(MOST_SHOWN)
    )
    return session.execute(query).all()
