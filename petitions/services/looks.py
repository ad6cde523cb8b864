"""Noting who looks at a confidential case, before it is shown.

Law on Denunciations (25/2018/QH14), article 56: whoever handles a denunciation keeps it secret; who opened it can
therefore be asked.
"""

from datetime import timedelta

from sqlalchemy import bindparam, exists, insert, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import audit, clock
from core.database import unit_of_work
from petitions.models import CaseLook, Petition

# Leafing through one case is one look.
SAME_LOOK = timedelta(minutes=10)

_LOOKED = select(
    exists().where(
        CaseLook.petition_id == bindparam("petition_id"),
        CaseLook.user_id == bindparam("user_id"),
        CaseLook.at > bindparam("since"),
    )
)


def note_look(session: Session, petition: Petition, by: Actor) -> None:
    """Note that ``by`` looks at ``petition``, where it is confidential, in a transaction of its own.

    What it raises keeps the case from being shown.
    """
    if not petition.sealed or by.id is None:
        return
    now, number, office_id = clock.now(), petition.number, petition.office_id
    about = {"petition_id": petition.id, "user_id": by.id}
    if session.execute(_LOOKED, about | {"since": now - SAME_LOOK}).scalar_one():
        return
    with unit_of_work() as work:
        work.execute(insert(CaseLook), [about | {"at": now}])
        audit.record(work, office_id, actor=by.username, action="case.look", subject=number, payload={})
