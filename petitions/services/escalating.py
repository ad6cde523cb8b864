"""What is escalated without anybody choosing to: late cases by the sweep, at once what the law does not let wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock
from core.database import AnyRow
from core.errors import IllegalTransition, InvalidInput
from core.i18n import lazy_gettext as _l
from petitions.deadlines import WorkingCalendar
from petitions.escalation import COMPULSORY_REPLY_WITHIN, COMPULSORY_TRIGGERS, REPLY_WITHIN, Level
from petitions.models import Petition
from petitions.queries.absences import roster_of
from petitions.queries.accused import barred_people
from petitions.queries.calendar import calendar_of
from petitions.roster import Case, Colleague
from petitions.services.ledger import change, facts, facts_of, lock, statement
from petitions.services.ledger_many import Changed, change_many
from petitions.vocabulary import Trigger
from petitions.workflow import Action, Facts, State, check

ESCALATABLE = frozenset({State.RECEIVED, State.ASSIGNED})
_GIVEN = ("trigger", "escalated_to", "reply_by", "reason")


@dataclass(frozen=True, slots=True)
class Overdue:
    """A petition, locked and read, whose clock has run past the day; and who is to answer for it."""

    row: AnyRow
    to: Colleague
    level: Level
    rule_id: str
    due_on: date


def case_of(petition: Petition | AnyRow, barred: frozenset[int] = frozenset()) -> Case:
    """What decides who is told of a petition. ``barred`` are those whom it accuses, and their colleagues."""
    return Case(petition.officer_id, petition.unit_id, petition.sealed, barred)


def escalate_overdue(
    session: Session, office_id: int, cases: Sequence[Overdue], *, by: Actor, calendar: WorkingCalendar
) -> None:
    """Put late petitions before the supervisors that were chosen. They must be in a state that can be escalated.

    Nobody worked on them, so their days without an act go on.
    """
    today = clock.today()
    reply_by = {level: calendar.add_working_days(today, days) for level, days in REPLY_WITHIN.items()}
    for case in cases:
        check(Action.ESCALATE, _facts(case.row), by, _GIVEN)
    changes = [
        Changed(
            case.row,
            _values(Trigger.OVERDUE, case.to, reply_by[case.level]),
            {
                "trigger": Trigger.OVERDUE.value,
                "to": case.to.name,
                "rule": case.rule_id,
                "level": case.level.value,
                "due_on": case.due_on,
            },
        )
        for case in cases
    ]
    change_many(session, office_id, changes, by=by, action=Action.ESCALATE, is_act=False)


def _facts(row: AnyRow) -> Facts:
    # What an office asks for before it closes a case has no part in escalating one.
    return facts_of(row, confirmation_required=False)  # type: ignore[arg-type]  # a row has the same columns


def escalate_compulsory(
    session: Session, petition: Petition, trigger: Trigger, *, by: Actor, reason: str = ""
) -> int | None:
    """Put an open petition before a supervisor at once; return the event's id, None where nothing had to be done.

    For what cannot wait: signs of crime, a superior's demand, a conflict of interest. The caller has locked the
    petition and records in the same transaction what is the cause. A petition that was escalated for something else
    gets this reason, and is answered for by whoever answers already; one that stands before a supervisor for the same
    reason, or is resolved, stays as it is. Somebody absent is chosen only where no supervisor is there.
    """
    if petition.state == State.RESOLVED or petition.escalation_trigger == trigger:
        return None
    today = clock.today()
    reply_by = calendar_of(session, petition.office_id).add_working_days(today, COMPULSORY_REPLY_WITHIN)
    if petition.state == State.ESCALATED:
        return _give_reason(session, petition, trigger, by=by, reason=reason, reply_by=reply_by)
    check(Action.ESCALATE, facts(session, petition), by, _GIVEN)
    to = roster_of(session, petition.office_id, today).supervisor(
        case_of(petition, barred_people(session, petition.id)), absent_too=True
    )
    data = {"trigger": trigger.value, "to": to.name if to else "", "compulsory": True}
    values = _values(trigger, to, reply_by)
    return change(session, petition, by=by, action=Action.ESCALATE, values=values, reason=reason, data=data)


def record_conflict(
    session: Session, petition_id: int, *, by: Actor, reason: str, version: int | None = None
) -> int | None:
    """Note that who decides or works on it has an interest or is a relative of the accused; it is escalated at once.

    Nghị định 31/2019/NĐ-CP, Điều 5 khoản 2, Điều 10 khoản 3: the superior takes such a case. Raises ``InvalidInput``
    (reason) where nothing is said, ``IllegalTransition`` for a petition that is closed.
    """
    petition = lock(session, petition_id, by, version)
    said = statement(reason)
    if not said:
        raise InvalidInput({"reason": _l("This is needed.")})
    if petition.state == State.RESOLVED:
        raise IllegalTransition(_l("The petition is closed."))
    return escalate_compulsory(session, petition, Trigger.CONFLICT, by=by, reason=said)


def _give_reason(
    session: Session, petition: Petition, trigger: Trigger, *, by: Actor, reason: str, reply_by: date
) -> int:
    """Note a further reason. The mark on the case stays with what was compulsory first."""
    known = Trigger(petition.escalation_trigger) if petition.escalation_trigger else None
    values: dict[str, object] = {"reply_by": min(petition.reply_by or reply_by, reply_by)}
    if known not in COMPULSORY_TRIGGERS:
        values["escalation_trigger"] = trigger.value
    data = {"trigger": trigger.value}
    return change(session, petition, by=by, action="escalate-reason", values=values, reason=reason, data=data)


def _values(trigger: Trigger, to: Colleague | None, reply_by: date) -> Mapping[str, object]:
    return {
        "state": State.ESCALATED.value,
        "escalation_trigger": trigger.value,
        "escalated_to_id": to.id if to else None,
        "reply_by": reply_by,
    }
