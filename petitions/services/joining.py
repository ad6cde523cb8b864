"""Joining petitions: the one that leads, and those that follow it. One level deep: whoever leads follows nobody."""

import json

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased

from auth.actor import Actor
from core.errors import IllegalTransition, InvalidInput
from core.i18n import lazy_gettext as _l
from petitions.models import Petition, PetitionEvent
from petitions.numbering import parse_number
from petitions.queries.visibility import visible_to
from petitions.sealing import APART
from petitions.services.ledger import change, lock_all
from petitions.vocabulary import Disposition
from petitions.workflow import State

_NO_SUCH = _l("There is no petition with this number.")
_NUMBERS_TOLD = 3


def lock_both(session: Session, petition_id: int, typed: str) -> None:
    """Lock the petition, what follows it and the one whose number was ``typed``, always in the same order.

    Two people who join two petitions to each other at once wait for one another, and the second is refused.
    """
    lock_family(session, petition_id, Petition.number == parse_number(typed))


def lock_family(session: Session, petition_id: int, *others: ColumnElement[bool]) -> None:
    """Lock the petition, what follows it, and ``others``."""
    lock_all(session, or_(Petition.id == petition_id, Petition.leading_id == petition_id, *others))


def companions_of(petition_id: int) -> ColumnElement[bool]:
    """Petitions that follow the same one as ``petition_id``."""
    this = aliased(Petition)
    return Petition.leading_id == select(this.leading_id).where(this.id == petition_id).scalar_subquery()


def find_leading(session: Session, petition: Petition, typed: str, by: Actor) -> Petition:
    """The petition that is to lead ``petition``. Raises ``InvalidInput`` (leading_number) for one that cannot."""
    number = parse_number(typed)
    query = select(Petition).where(Petition.number == number, visible_to(by)).execution_options(populate_existing=True)
    leading = session.scalars(query).one_or_none() if number else None
    if leading is None:
        raise InvalidInput({"leading_number": _NO_SUCH})
    check_leading(petition, leading)
    return leading


def check_leading(petition: Petition, leading: Petition) -> None:
    """Raise ``InvalidInput`` (leading_number) where ``leading`` cannot lead ``petition``."""
    if leading.disposition == Disposition.ENTERED_IN_ERROR:
        raise InvalidInput({"leading_number": _NO_SUCH})
    if leading.id == petition.id:
        raise InvalidInput({"leading_number": _l("A petition cannot be joined to itself.")})
    if leading.leading_id is not None:
        raise InvalidInput({"leading_number": _l("That petition is itself joined to another; join this one there.")})
    if leading.sealed != petition.sealed:
        raise InvalidInput({"leading_number": APART})


def take_followers_along(session: Session, petition: Petition, leading: Petition, *, by: Actor, cause: int) -> None:
    """Join to ``leading`` what was joined to ``petition``; ``cause`` is the event that joined ``petition`` itself.

    A proposal to join moves too, but its petition stays in its own matter until it is confirmed.
    """
    for follower in _followers(session, petition.id):
        values: dict[str, object] = {"leading_id": leading.id}
        if follower.state == State.RESOLVED:
            values["matter_id"] = leading.matter_id
        data = {"leading": leading.number, "cause": cause}
        change(session, follower, by=by, action="follow", values=values, data=data)


def give_followers_back(session: Session, petition: Petition, leading_id: int, *, by: Actor, cause: int) -> None:
    """Take back what ``take_followers_along`` did for the event ``cause``, where nothing has moved on since."""
    rows = session.execute(
        select(PetitionEvent.id, PetitionEvent.petition_id, PetitionEvent.data)
        .join(Petition, Petition.id == PetitionEvent.petition_id)
        .where(Petition.leading_id == leading_id, PetitionEvent.action == "follow", PetitionEvent.id > cause)
        .order_by(PetitionEvent.petition_id)
    ).all()
    for row in rows:
        data = json.loads(row.data)
        if data.get("cause") != cause:
            continue
        follower = session.get_one(Petition, row.petition_id, populate_existing=True)
        change(
            session,
            follower,
            by=by,
            action="follow",
            values=data["before"],
            data={"leading": petition.number},
            cancels_id=row.id,
        )


def refuse_while_leading(session: Session, petition: Petition) -> None:
    """Raise ``IllegalTransition`` while other petitions are joined to this one: they would follow nothing."""
    if not session.execute(select(exists().where(Petition.leading_id == petition.id))).scalar_one():
        return
    numbers = [row.number for row in _followers(session, petition.id)]
    told = ", ".join(numbers[:_NUMBERS_TOLD]) + (" …" if len(numbers) > _NUMBERS_TOLD else "")
    raise IllegalTransition(
        _l(
            "Other petitions are joined to this one (%(numbers)s). Join them elsewhere or reopen them first.",
            numbers=told,
        )
    )


def _followers(session: Session, petition_id: int) -> list[Petition]:
    query = select(Petition).where(Petition.leading_id == petition_id).order_by(Petition.id)
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))
