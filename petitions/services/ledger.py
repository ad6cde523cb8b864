"""The one way in which a petition changes: lock, derive, write, remember, announce, all in one transaction.

Locks are taken in one order, so that nobody waits in a circle: the office's calendar, people, petitions by rising id
(all that one verb will change, before the first is changed), the number counter, the head of the audit chain, the
counters of the queues.

Every verb of the services ends here, so that no change can leave out the event, the counters, the outbox or the audit
entry.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from core import audit, clock, outbox
from core.database import table_of
from core.errors import Change, InvalidInput, NotVisible, StaleVersion
from core.i18n import lazy_gettext as _l
from core.text import clean_text
from petitions import priority
from petitions.models import Petition, PetitionEvent, Tally
from petitions.queries.event_checks import BOUND, SAID, row_digest
from petitions.queries.places import Place
from petitions.queries.visibility import Sight, sight_of, visible_in
from petitions.queries.weights import weights_of
from petitions.vocabulary import Disposition, Kind
from petitions.workflow import Facts, State

CONSUMERS = ("search",)
# Who must hear of a letter that is new, and of one whose text or people were corrected.
LETTER_CONSUMERS = (*CONSUMERS, "likeness")
_LETTER = frozenset({"title", "body", "sealed", "petitioner_name"})

# What a step may change and an undo gives back.
STEP_COLUMNS = (
    "matter_id",
    "state",
    "unit_id",
    "officer_id",
    "escalation_trigger",
    "escalated_to_id",
    "reply_by",
    "proposed_disposition",
    "disposition",
    "resolved_on",
    "decision_number",
    "decision_on",
    "decision_signer",
    "resolution_note",
    "leading_id",
)


_TALLIES = table_of(Tally)
_COUNTER = ("office_id", "name", "bucket", "scope")


def _grow(new: Any) -> Any:
    return new.on_conflict_do_update(index_elements=_COUNTER, set_={"n": _TALLIES.c.n + new.excluded.n})


# Every act moves counters, so the statements are built once, for each database.
_GROW = {"sqlite": _grow(sqlite.insert(_TALLIES)), "postgresql": _grow(postgresql.insert(_TALLIES))}
_SHRINK = (
    update(_TALLIES)
    .where(*(_TALLIES.c[name] == bindparam(f"of_{name}") for name in _COUNTER))
    .values(n=_TALLIES.c.n + bindparam("of_n"))
)
# Without the machinery for objects, and what is set is named by what is handed over.
_PETITIONS = table_of(Petition)
_CHANGE = update(_PETITIONS).where(
    _PETITIONS.c.id == bindparam("of_id"), _PETITIONS.c.version == bindparam("of_version")
)
_CONFIRMATION_REQUIRED = select(Office.require_confirmation).where(Office.id == bindparam("office_id"))
_ADD_EVENT = insert(table_of(PetitionEvent)).returning(table_of(PetitionEvent).c.id)


def lock(session: Session, petition_id: int, actor: Actor, version: int | None = None) -> Petition:
    """Read the petition for changing it, other writers waiting.

    Raises ``NotVisible`` for one that the actor may not see, ``StaleVersion`` when it is no longer at ``version``.
    """
    petition = session.scalars(_locked(sight_of(actor)), {"petition_id": petition_id}).one_or_none()
    if petition is None:
        raise NotVisible(f"petition {petition_id}")
    if version is not None and petition.version != version:
        raise StaleVersion(newest_change(session, petition_id))
    return petition


@lru_cache(maxsize=500)
def _locked(sight: Sight) -> Select[Petition]:
    query = select(Petition).where(Petition.id == bindparam("petition_id"), visible_in(sight))
    return query.with_for_update().execution_options(populate_existing=True)


MAX_STATEMENT = 20_000


def statement(text: str, field: str = "reason") -> str:
    """What somebody says with a step, made clean. Raises ``InvalidInput`` beside ``field`` when it is too long."""
    said = clean_text(text)
    if len(said) > MAX_STATEMENT:
        raise InvalidInput({field: _l("At most %(count)s characters.", count=MAX_STATEMENT)})
    return said


def lock_all(session: Session, condition: ColumnElement[bool]) -> list[int]:
    """Lock the petitions that fulfil ``condition`` in the order of their ids, and return these.

    For verbs that change several: each change holds the audit chain, and must not wait for a petition then.
    """
    query = select(Petition.id).where(condition).order_by(Petition.id).with_for_update()
    return list(session.scalars(query))


def newest_change(session: Session, petition_id: int) -> Change | None:
    """The newest act on a petition, to tell who moved first."""
    row = session.execute(
        select(PetitionEvent.actor_name, PetitionEvent.action, PetitionEvent.recorded_at)
        .where(PetitionEvent.petition_id == petition_id)
        .order_by(PetitionEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return Change(*row) if row else None


def facts(session: Session, petition: Petition) -> Facts:
    """What the workflow's table needs to know of ``petition``."""
    required = session.execute(_CONFIRMATION_REQUIRED, {"office_id": petition.office_id}).scalar_one()
    return facts_of(petition, confirmation_required=required)


def facts_of(petition: Petition, *, confirmation_required: bool) -> Facts:
    """The same from a petition and its office's setting, without asking the database."""
    return Facts(
        state=State(petition.state),
        kind=Kind(petition.kind),
        officer_id=petition.officer_id,
        unit_id=petition.unit_id,
        escalated_to_id=petition.escalated_to_id,
        proposed=Disposition(petition.proposed_disposition) if petition.proposed_disposition else None,
        disposition=Disposition(petition.disposition) if petition.disposition else None,
        confirmation_required=confirmation_required,
    )


def change(
    session: Session,
    petition: Petition,
    *,
    by: Actor,
    action: str,
    values: Mapping[str, Any],
    reason: str = "",
    data: Mapping[str, object] | None = None,
    occurred_on: date | None = None,
    cancels_id: int | None = None,
    is_act: bool = True,
) -> int:
    """Write ``values`` to the petition, with its event, counters, outbox row and audit entry; return the event's id.

    What the program derives by itself (a due day that follows the calendar) is no act: ``is_act`` False leaves the day
    of the last act as it was.
    Raises ``StaleVersion`` when the row was changed since it was read.
    """
    place_before = Place.of(petition)
    state_before = petition.state
    before = {name: getattr(petition, name) for name in values}
    acted = {"last_act_at": clock.now()} if is_act else {}
    derived = derived_columns(petition, {**values, **acted}, weights_of(session, petition.office_id))
    row = {**values, **derived, **acted, "version": petition.version + 1}
    result = session.execute(_CHANGE, row | {"of_id": petition.id, "of_version": petition.version})
    if getattr(result, "rowcount", 0) != 1:
        raise StaleVersion(newest_change(session, petition.id))
    session.refresh(petition)
    after = {name: getattr(petition, name) for name in values}
    event_id = remember(
        session,
        petition,
        by=by,
        action=action,
        from_state=state_before,
        reason=reason,
        data={"before": before, "after": after, **(data or {})},
        occurred_on=occurred_on,
        cancels_id=cancels_id,
        consumers=LETTER_CONSUMERS if _LETTER & values.keys() else CONSUMERS,
    )
    move_tallies(session, petition.office_id, [place_before], [Place.of(petition)])
    return event_id


def derived_columns(petition: Any, values: Mapping[str, Any], weights: priority.Weights) -> dict[str, object]:
    """The columns that follow from the others once ``values`` are written: the tier and key of the queue.

    ``petition`` is the petition, or a row with its columns.
    """
    standing = priority.Standing.of(
        SimpleNamespace(**{name: values.get(name, getattr(petition, name)) for name in priority.READS})
    )
    return {"priority_tier": priority.tier(standing), "priority_key": priority.key(standing, weights)}


def remember(
    session: Session,
    petition: Petition,
    *,
    by: Actor,
    action: str,
    from_state: str | None,
    reason: str = "",
    data: Mapping[str, object] | None = None,
    occurred_on: date | None = None,
    cancels_id: int | None = None,
    consumers: Sequence[str] = CONSUMERS,
) -> int:
    """Add the event, the outbox rows and the audit entry of an act; return the event's id."""
    payload = as_text(data or {})
    now, now_day = clock.now(), clock.today()
    event = {
        "petition_id": petition.id,
        "office_id": petition.office_id,
        "action": action,
        "from_state": from_state,
        "to_state": petition.state,
        "actor_id": by.id,
        "actor_name": by.full_name,
        "occurred_on": occurred_on or now_day,
        "recorded_at": now,
        "reason": reason,
        "data": payload,
        "cancels_id": cancels_id,
    }
    event_id: int = session.execute(_ADD_EVENT, event).scalar_one()
    outbox.enqueue(session, consumers, [(petition.id, petition.version)])
    audit.record(
        session,
        petition.office_id,
        actor=by.username,
        action=f"petition.{action}",
        subject=petition.number,
        payload=audited(event_id, event),
    )
    return event_id


def as_text(data: Mapping[str, object]) -> str:
    """The data of an event as it is stored."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, default=_plain)


def audited(event_id: int, event: Mapping[str, Any]) -> dict[str, object]:
    """What the audit chain keeps of an event: ``petitions.queries.event_checks`` holds the event against it.

    Of what was said there is a digest only, so that it can be disposed of one day and the chain still holds.
    """
    return {
        "event": event_id,
        "from": event["from_state"],
        "to": event["to_state"],
        "on": event["occurred_on"],
        "bind": row_digest(event.get(name) for name in BOUND),
        "said": row_digest(event[name] for name in SAID),
    }


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def move_tallies(session: Session, office_id: int, before: Iterable[Place], after: Iterable[Place]) -> None:
    """Change the counters by the difference between two sets of places."""
    steps: dict[tuple[str, str, int], int] = {}
    for places, step in ((before, -1), (after, 1)):
        for place in places:
            for name, bucket in place.counted_in():
                counter = (name, bucket, place.scope)
                steps[counter] = steps.get(counter, 0) + step
    # A fixed order, so that two transactions never wait for each other in a circle.
    rows: list[dict[str, Any]] = [
        {"office_id": office_id, "name": name, "bucket": bucket, "scope": scope, "n": step}
        for (name, bucket, scope), step in sorted(steps.items())
        if step
    ]
    grown = [row for row in rows if row["n"] > 0]
    shrunk = [{f"of_{name}": value for name, value in row.items()} for row in rows if row["n"] < 0]
    if grown:
        session.execute(_GROW[session.get_bind().dialect.name], grown)
    if shrunk:
        session.execute(_SHRINK, shrunk)
