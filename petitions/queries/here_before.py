"""Was this person here before? Earlier petitions by name, identity number or phone."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import AnyRow
from core.text import clean_line, fold
from petitions.lookup import lookup_hash
from petitions.models import Party, Petition
from petitions.queries.visibility import visible_to

SHOWN = 8
LEAST_LETTERS = 5
_AFTER_EVERY_LETTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Hit:
    """An earlier petition and what it has in common: id-number, phone or name."""

    petition: AnyRow
    why: str
    in_matter: int


def here_before(
    session: Session, actor: Actor, *, name: str, id_number: str, phone: str, lookup_key: bytes
) -> tuple[list[Hit], int]:
    """Earlier petitions of somebody with this identity number, phone or beginning of a name, and how many are left out.

    The surest reason comes first. A name of fewer than five letters finds nothing: it would find half the ward.
    """
    reasons: list[tuple[str, ColumnElement[bool]]] = []
    id_hash, phone_hash = lookup_hash(lookup_key, id_number), lookup_hash(lookup_key, phone)
    if id_hash:
        reasons.append(("id-number", Party.id_hash == id_hash))
    if phone_hash:
        reasons.append(("phone", Party.phone_hash == phone_hash))
    folded = fold(clean_line(name))
    if len(folded) >= LEAST_LETTERS:
        reasons.append(("name", and_(Party.name_fold >= folded, Party.name_fold < folded + _AFTER_EVERY_LETTER)))
    found: dict[int, str] = {}
    more = 0
    for why, condition in reasons:
        ids = session.scalars(
            select(Party.petition_id)
            .where(Party.office_id == actor.office_id, condition)
            .order_by(Party.id.desc())
            .limit(SHOWN * 4)
        ).all()
        for petition_id in ids:
            found.setdefault(petition_id, why)
    if not found:
        return [], 0
    rows = session.execute(
        select(
            Petition.id,
            Petition.number,
            Petition.title,
            Petition.petitioner_name,
            Petition.received_on,
            Petition.state,
            Petition.matter_id,
        )
        .where(Petition.id.in_(list(found)), visible_to(actor))
        .order_by(Petition.received_on.desc(), Petition.id.desc())
    ).all()
    order = {why: place for place, (why, _condition) in enumerate(reasons)}
    ranked = sorted(rows, key=lambda row: order[found[row.id]])
    more = max(0, len(ranked) - SHOWN)
    shown = ranked[:SHOWN]
    sizes = _matter_sizes(session, [row.matter_id for row in shown])
    return [Hit(row, found[row.id], sizes.get(row.matter_id, 1)) for row in shown], more


def _matter_sizes(session: Session, matter_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(Petition.matter_id, func.count()).where(Petition.matter_id.in_(matter_ids)).group_by(Petition.matter_id)
    )
    return dict(rows.all())
