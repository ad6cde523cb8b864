"""Setting the weights of the queue's order, and putting the stored order right."""

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from auth.permissions import Permission
from core import audit
from core.database import db, unit_of_work
from core.errors import InvalidInput, NotAllowed
from core.i18n import lazy_gettext as _l
from petitions.models import Petition, PriorityWeight
from petitions.priority import DAILY, DEFAULT_WEIGHTS, MOST_POINTS, PriorityRule, Weights
from petitions.queries.weights import key_expression, tier_expression, weights_of
from petitions.workflow import OPEN_STATES


def check_weights(weights: Weights) -> None:
    """Raise ``InvalidInput`` beside each weight that cannot be taken.

    One daily rule must count: without any, a case that waits could wait for ever.
    """
    errors: dict[str, object] = {
        rule.value: _l("Give a whole number from 0 to %(most)s.", most=MOST_POINTS)
        for rule in PriorityRule
        if not 0 <= weights[rule] <= MOST_POINTS
    }
    if not errors and not any(weights[rule] for rule in DAILY):
        errors[DAILY[0].value] = _l("One of the two daily rules must count, or a case could wait for ever.")
    if errors:
        raise InvalidInput(errors)


def set_weights(session: Session, weights: Weights, *, by: Actor) -> int:
    """Set the office's weights and put every open petition into the new order; return how many there are.

    No petition gets an event: its order follows from the weights, whose change the audit chain keeps.
    """
    if not by.may(Permission.PRIORITY_EDIT):
        raise NotAllowed("priority weights")
    check_weights(weights)
    before = weights_of(session, by.office_id)
    session.execute(delete(PriorityWeight).where(PriorityWeight.office_id == by.office_id))
    own = [
        {"office_id": by.office_id, "rule": rule.value, "weight": weights[rule]}
        for rule in PriorityRule
        if weights[rule] != DEFAULT_WEIGHTS[rule]
    ]
    if own:
        session.execute(insert(PriorityWeight), own)
    session.execute(
        update(Office)
        .where(Office.id == by.office_id)
        .values(weights_version=Office.weights_version + 1)
        .execution_options(synchronize_session=False)
    )
    count = rekey(session, by.office_id)
    changed = {rule.value: [before[rule], weights[rule]] for rule in PriorityRule if before[rule] != weights[rule]}
    audit.record(
        session,
        by.office_id,
        actor=by.username,
        action="office.priority-weights",
        subject=f"office:{by.office_id}",
        payload={"changed": changed},
    )
    return count


def rekey(session: Session, office_id: int) -> int:
    """Write the key of every open petition as the weights in force make it; return how many petitions are open.

    One statement: readers see the old order or the new one, never a mixture.
    """
    key = key_expression(weights_of(session, office_id), session.get_bind().dialect.name)
    is_open = (Petition.office_id == office_id, Petition.state.in_(OPEN_STATES))
    session.execute(
        update(Petition)
        .where(*is_open, Petition.priority_key != key)
        .values(priority_key=key)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Office)
        .where(Office.id == office_id)
        .values(keyed_version=Office.weights_version)
        .execution_options(synchronize_session=False)
    )
    return session.execute(select(func.count()).select_from(Petition).where(*is_open)).scalar_one()


def _place_anew(session: Session, office_id: int) -> None:
    """Write the tier of every petition: an earlier release kept another number in that column."""
    tier = tier_expression()
    session.execute(
        update(Petition)
        .where(Petition.office_id == office_id, Petition.priority_tier != tier)
        .values(priority_tier=tier)
        .execution_options(synchronize_session=False)
    )


def rekey_stale() -> int:
    """The worker's job after an upgrade: put the order right where the stored one rests on older rules."""
    stale = db.session.scalars(select(Office.id).where(Office.keyed_version != Office.weights_version)).all()
    for office_id in stale:
        with unit_of_work() as session:
            _place_anew(session, office_id)
            rekey(session, office_id)
    return len(stale)
