"""Naming who in the office a denunciation accuses, and taking a name back.

Nghị định 31/2019/NĐ-CP, Điều 5 khoản 2 and Điều 10 khoản 3: nobody with an interest in the case settles or verifies it.
The program keeps the case from the accused and from their unit on every path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Unit, User
from auth.permissions import Permission
from core import clock
from core.database import AnyRow
from core.errors import InvalidInput, NotAllowed, NotVisible
from core.i18n import lazy_gettext as _l
from petitions.models import Accused, Petition
from petitions.queries.absences import roster_of
from petitions.queries.accused import accused_in, barred_people, barred_units
from petitions.roster import Case
from petitions.services.ledger import change, lock, statement
from petitions.workflow import State

BARRED = _l("A denunciation accuses this person, or somebody in the same unit: choose somebody else.")
BARRED_UNIT = _l("A denunciation accuses this unit, or somebody in it: choose another one.")


@dataclass(frozen=True, slots=True)
class AccusedInput:
    """Who is accused: one user or one unit of the office."""

    user_id: int | None = None
    unit_id: int | None = None

    @classmethod
    def parse(cls, text: str) -> "AccusedInput | None":
        """What a choice of a form means (``user:7``, ``unit:3``); None for anything else."""
        kind, _, number = text.partition(":")
        if kind not in ("user", "unit") or not number.isascii() or not number.isdigit() or len(number) > 9:
            return None
        return cls(user_id=int(number)) if kind == "user" else cls(unit_id=int(number))


def refuse_barred(session: Session, petition_id: int, *, unit_id: int | None, officer_id: int | None) -> None:
    """Raise ``InvalidInput`` (officer_id, unit_id) for whom a denunciation accuses, and for the unit of the accused."""
    if officer_id is not None and officer_id in barred_people(session, petition_id):
        raise InvalidInput({"officer_id": BARRED})
    if unit_id is not None and unit_id in barred_units(session, petition_id):
        raise InvalidInput({"unit_id" if officer_id is None else "officer_id": BARRED_UNIT})


def goes_to_the_accused(session: Session, petition_id: int, values: Mapping[str, object]) -> bool:
    """Whether ``values`` would give the petition to somebody whom it accuses, or to their unit."""
    people, units = barred_people(session, petition_id), barred_units(session, petition_id)
    return (
        values.get("officer_id") in people or values.get("escalated_to_id") in people or values.get("unit_id") in units
    )


def name_accused(
    session: Session, petition_id: int, accused: AccusedInput, *, by: Actor, version: int | None = None
) -> None:
    """Note that a denunciation accuses a user or a unit of the office; it is out of their sight at once.

    Where they, or their unit, hold the case it goes back to whoever distributes; an escalation to them goes to another
    supervisor. Raises ``InvalidInput`` (accused): no such person or unit, named already, or no denunciation.
    """
    if not by.may(Permission.PETITION_CORRECT):
        raise NotAllowed("name the accused")
    petition = lock(session, petition_id, by, version)
    name = _name_of(session, petition, accused)
    _add(session, petition, accused, by)
    data = {"accused": name}
    change(session, petition, by=by, action="accuse", values=_out_of_their_hands(session, petition), data=data)


def lift_accusation(
    session: Session, petition_id: int, accused_id: int, *, by: Actor, reason: str, version: int | None = None
) -> None:
    """Take back that somebody is accused, with a reason; the name stays in the history.

    Raises ``InvalidInput`` (reason) where nothing is said, ``NotVisible`` where nobody of that id is accused here.
    """
    if not by.may(Permission.PETITION_ASSIGN):
        raise NotAllowed("lift an accusation")
    petition = lock(session, petition_id, by, version)
    row = next((row for row in accused_in(session, petition.id) if row.id == accused_id and not row.lifted_at), None)
    if row is None:
        raise NotVisible(f"accused {accused_id}")
    said = statement(reason)
    if not said:
        raise InvalidInput({"reason": _l("This is needed.")})
    if len(said) > 1000:
        raise InvalidInput({"reason": _l("At most %(count)s characters.", count=1000)})
    session.execute(
        update(Accused)
        .where(Accused.id == accused_id)
        .values(lifted_by=by.id, lifted_at=clock.now(), lifted_why=said)
        .execution_options(synchronize_session=False)
    )
    change(session, petition, by=by, action="clear-accused", values={}, reason=said, data={"accused": shown_name(row)})


def name_at_intake(
    session: Session, petition_id: int, accused: Sequence[AccusedInput], *, by: Actor
) -> tuple[str, ...]:
    """Write down whom a petition accuses that was received a moment ago by ``by``; return the names."""
    petition = session.get_one(Petition, petition_id)
    names = []
    for each in dict.fromkeys(accused):
        names.append(_name_of(session, petition, each))
        _add(session, petition, each, by)
    return tuple(names)


def shown_name(row: AnyRow) -> str:
    """The name of an accused person or unit."""
    return str(row.full_name or row.unit_name or "")


def _name_of(session: Session, petition: Petition, accused: AccusedInput) -> str:
    if not petition.sealed:
        raise InvalidInput({"accused": _l("Only a denunciation accuses somebody.")})
    if accused.user_id is not None:
        of_office = (User.id == accused.user_id, User.office_id == petition.office_id)
        name = session.execute(select(User.full_name).where(*of_office)).scalar_one_or_none()
    else:
        unit = (Unit.id == accused.unit_id, Unit.office_id == petition.office_id)
        name = session.execute(select(Unit.name).where(*unit)).scalar_one_or_none()
    if name is None:
        raise InvalidInput({"accused": _l("Choose from the list.")})
    known = ((row.user_id, row.unit_id) for row in accused_in(session, petition.id) if row.lifted_at is None)
    if (accused.user_id, accused.unit_id) in known:
        raise InvalidInput({"accused": _l("This is noted already.")})
    return name


def _add(session: Session, petition: Petition, accused: AccusedInput, by: Actor) -> None:
    row = {
        "office_id": petition.office_id,
        "petition_id": petition.id,
        "user_id": accused.user_id,
        "unit_id": accused.unit_id,
        "named_by": by.id,
        "named_at": clock.now(),
        "lifted_why": "",
    }
    session.execute(insert(Accused), [row])


def _out_of_their_hands(session: Session, petition: Petition) -> dict[str, object]:
    """What must change so that nobody accused holds or answers the case."""
    if petition.state == State.RESOLVED:
        return {}
    values: dict[str, object] = {}
    people, units = barred_people(session, petition.id), barred_units(session, petition.id)
    if petition.officer_id in people or petition.unit_id in units:
        values |= {"officer_id": None, "unit_id": None}
        if petition.state == State.ASSIGNED:
            values["state"] = State.RECEIVED
    if petition.escalated_to_id in people:
        case = Case(None, None, petition.sealed, people)
        to = roster_of(session, petition.office_id, clock.today()).supervisor(case, absent_too=True)
        values["escalated_to_id"] = to.id if to else None
    return values
