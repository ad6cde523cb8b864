"""The state machine: states, actions and the one table that says what leads where, for whom and with what. Pure.

Buttons, services and the diagram in the documents all read ``TRANSITIONS``; nothing else decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from auth.permissions import Permission
from core.errors import IllegalTransition, InvalidInput, NotAllowed
from core.i18n import lazy_gettext as _l
from petitions.vocabulary import Disposition, Kind

UNDO_WINDOW = timedelta(minutes=10)


class State(StrEnum):
    """Work status. A change of status moves no legal date; "overdue" is derived and never a state."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ESCALATED = "escalated"
    RESOLVED = "resolved"


STATE_LABELS = {
    State.RECEIVED: _l("Received"),
    State.ASSIGNED: _l("Assigned"),
    State.ESCALATED: _l("Escalated"),
    State.RESOLVED: _l("Resolved"),
}

OPEN_STATES = (State.RECEIVED, State.ASSIGNED, State.ESCALATED)


class Action(StrEnum):
    """What can be done to a petition's status."""

    RECEIVE = "receive"
    TAKE = "take"
    ASSIGN = "assign"
    REASSIGN = "reassign"
    SEND_BACK = "send-back"
    ESCALATE = "escalate"
    RETURN = "return"
    PROPOSE = "propose"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    DECLINE = "decline"
    REOPEN = "reopen"
    VOID = "void"


ACTION_LABELS = {
    Action.RECEIVE: _l("Register"),
    Action.TAKE: _l("Take this case"),
    Action.ASSIGN: _l("Assign"),
    Action.REASSIGN: _l("Reassign"),
    Action.SEND_BACK: _l("Not ours: send back"),
    Action.ESCALATE: _l("Escalate"),
    Action.RETURN: _l("Return to the officer"),
    Action.PROPOSE: _l("Propose the resolution"),
    Action.RESOLVE: _l("Resolve"),
    Action.CONFIRM: _l("Confirm the resolution"),
    Action.DECLINE: _l("Decline the resolution"),
    Action.REOPEN: _l("Reopen"),
    Action.VOID: _l("Registered in error"),
}


class Who(Protocol):
    """What the table asks of an actor."""

    @property
    def id(self) -> int | None:
        """The user's id; None for the command line and the system."""
        ...

    def may(self, permission: Permission) -> bool:
        """Whether the actor holds ``permission``."""
        ...

    def heads(self, unit_id: int | None) -> bool:
        """Whether the actor is head of the unit."""
        ...

    def belongs_to(self, unit_id: int | None) -> bool:
        """Whether the actor is a member of the unit."""
        ...


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table needs to know of a petition."""

    state: State
    kind: Kind
    officer_id: int | None = None
    unit_id: int | None = None
    escalated_to_id: int | None = None
    proposed: Disposition | None = None
    disposition: Disposition | None = None
    confirmation_required: bool = False


Guard = Callable[[Facts, Who], bool]


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table.

    ``permission`` opens the action for any petition, ``own`` for the actor's own cases, ``head`` for the head of the
    unit that holds it. ``needs`` names what must be given; ``to`` None keeps the state.
    """

    action: Action
    sources: tuple[State, ...]
    to: State | None
    permission: Permission | None = None
    own: Permission | None = None
    head: bool = False
    needs: tuple[str, ...] = ()
    guard: Guard | None = None
    undoable: bool = False


def _free_for(facts: Facts, who: Who) -> bool:
    # What was given to a unit and to nobody in it is for its members.
    return facts.officer_id is None and (facts.state is State.RECEIVED or who.belongs_to(facts.unit_id))


def _proposed(facts: Facts, _who: Who) -> bool:
    return facts.proposed is not None


def _nothing_proposed(facts: Facts, _who: Who) -> bool:
    return facts.proposed is None


def _may_resolve_at_once(facts: Facts, who: Who) -> bool:
    confirmed = not facts.confirmation_required or who.may(Permission.PETITION_CONFIRM)
    return facts.proposed is None and confirmed


def _must_propose(facts: Facts, who: Who) -> bool:
    return facts.proposed is None and facts.confirmation_required and not who.may(Permission.PETITION_CONFIRM)


def _reopenable(facts: Facts, _who: Who) -> bool:
    # What was registered in error never was a petition.
    return facts.disposition is not Disposition.ENTERED_IN_ERROR


_WORKED = (State.ASSIGNED, State.ESCALATED)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        Action.TAKE,
        (State.RECEIVED, State.ASSIGNED),
        State.ASSIGNED,
        permission=Permission.PETITION_TAKE,
        guard=_free_for,
        undoable=True,
    ),
    Transition(
        Action.ASSIGN,
        (State.RECEIVED,),
        State.ASSIGNED,
        permission=Permission.PETITION_ASSIGN,
        head=True,
        needs=("assignee",),
        undoable=True,
    ),
    Transition(
        Action.REASSIGN,
        _WORKED,
        None,
        permission=Permission.PETITION_ASSIGN,
        head=True,
        needs=("assignee", "reason"),
        undoable=True,
    ),
    Transition(
        Action.SEND_BACK,
        (State.ASSIGNED,),
        State.RECEIVED,
        permission=Permission.PETITION_ASSIGN,
        own=Permission.PETITION_WORK_OWN,
        head=True,
        needs=("reason",),
        guard=_nothing_proposed,
        undoable=True,
    ),
    Transition(
        Action.ESCALATE,
        (State.RECEIVED, State.ASSIGNED),
        State.ESCALATED,
        permission=Permission.PETITION_ESCALATE,
        needs=("trigger", "escalated_to", "reply_by", "reason"),
        undoable=True,
    ),
    Transition(
        Action.RETURN,
        (State.ESCALATED,),
        State.ASSIGNED,
        permission=Permission.PETITION_ASSIGN,
        needs=("instruction", "assignee"),
        guard=_nothing_proposed,
        undoable=True,
    ),
    Transition(
        Action.RESOLVE,
        (State.RECEIVED, State.ASSIGNED, State.ESCALATED),
        State.RESOLVED,
        permission=Permission.PETITION_WORK_ANY,
        own=Permission.PETITION_WORK_OWN,
        needs=("disposition",),
        guard=_may_resolve_at_once,
        undoable=True,
    ),
    Transition(
        Action.PROPOSE,
        _WORKED,
        None,
        own=Permission.PETITION_WORK_OWN,
        needs=("disposition",),
        guard=_must_propose,
        undoable=True,
    ),
    Transition(
        Action.CONFIRM,
        _WORKED,
        State.RESOLVED,
        permission=Permission.PETITION_CONFIRM,
        guard=_proposed,
        undoable=True,
    ),
    Transition(
        Action.DECLINE,
        _WORKED,
        None,
        permission=Permission.PETITION_CONFIRM,
        needs=("reason",),
        guard=_proposed,
        undoable=True,
    ),
    Transition(
        Action.REOPEN,
        (State.RESOLVED,),
        State.ASSIGNED,
        permission=Permission.PETITION_REOPEN,
        needs=("reopen_ground", "reason", "assignee"),
        guard=_reopenable,
        undoable=True,
    ),
    Transition(
        Action.VOID,
        (State.RECEIVED, State.ASSIGNED, State.ESCALATED),
        State.RESOLVED,
        permission=Permission.PETITION_VOID,
        needs=("reason",),
        undoable=True,
    ),
)


@dataclass(frozen=True, slots=True)
class DispositionRule:
    """When a disposition may be chosen: for which kinds, straight from received or not, with a signed document."""

    kinds: tuple[Kind, ...]
    from_received: bool = False
    needs_document: bool = False
    needs: tuple[str, ...] = field(default=())


_ANY_KIND = tuple(Kind)
_CLASSIFIED = (Kind.COMPLAINT, Kind.DENUNCIATION, Kind.RECOMMENDATION, Kind.MIXED)

# After domain report §1 and §8: a complaint that belongs elsewhere is guided and not forwarded; a denunciation is
# forwarded; several kinds in one are guided (to be written apart) or answered as what they contain.
DISPOSITIONS: dict[Disposition, DispositionRule] = {
    Disposition.DECIDED: DispositionRule((Kind.COMPLAINT, Kind.MIXED), needs_document=True),
    Disposition.CONCLUDED: DispositionRule((Kind.DENUNCIATION, Kind.MIXED), needs_document=True),
    Disposition.ANSWERED: DispositionRule((Kind.RECOMMENDATION, Kind.MIXED), needs_document=True),
    Disposition.GUIDED: DispositionRule(_ANY_KIND, from_received=True, needs=("resolution_note",)),
    Disposition.FORWARDED: DispositionRule(
        (Kind.DENUNCIATION, Kind.RECOMMENDATION, Kind.MIXED),
        from_received=True,
        needs_document=True,
        needs=("resolution_note",),
    ),
    Disposition.NOT_ACCEPTED: DispositionRule(
        (Kind.COMPLAINT, Kind.DENUNCIATION, Kind.MIXED), from_received=True, needs_document=True
    ),
    Disposition.FILED: DispositionRule(_ANY_KIND, from_received=True, needs=("resolution_note",)),
    Disposition.WITHDRAWN: DispositionRule(_CLASSIFIED, needs_document=True),
    Disposition.JOINED: DispositionRule(_ANY_KIND, from_received=True, needs=("leading_number",)),
}


def transition_for(action: Action) -> Transition:
    """The line of the table for ``action``."""
    return _BY_ACTION[action]


_BY_ACTION = {line.action: line for line in TRANSITIONS}


def _standing(line: Transition, facts: Facts, who: Who) -> bool:
    if line.permission is not None and who.may(line.permission):
        return True
    own = who.id is not None and facts.officer_id == who.id
    if line.own is not None and own and who.may(line.own):
        return True
    return line.head and facts.unit_id is not None and who.heads(facts.unit_id)


def available_actions(facts: Facts, who: Who) -> list[Transition]:
    """The lines of the table that ``who`` may walk now, in the table's order."""
    return [
        line
        for line in TRANSITIONS
        if facts.state in line.sources
        and _standing(line, facts, who)
        and (line.guard is None or line.guard(facts, who))
        and not (line.action is Action.RESOLVE and not allowed_dispositions(facts))
    ]


def allowed_dispositions(facts: Facts) -> list[Disposition]:
    """The dispositions that fit the petition's kind and state."""
    return [
        disposition
        for disposition, rule in DISPOSITIONS.items()
        if facts.kind in rule.kinds and (facts.state is not State.RECEIVED or rule.from_received)
    ]


def check(action: Action, facts: Facts, who: Who, given: Sequence[str]) -> Transition:
    """Return the line that ``action`` walks, or raise.

    ``given`` names what was given. Raises ``IllegalTransition`` when the state or a guard forbids it, ``NotAllowed``
    when the actor does, ``InvalidInput`` when something needed is missing.
    """
    line = transition_for(action)
    if facts.state not in line.sources or (line.guard is not None and not line.guard(facts, who)):
        if line.action is Action.RESOLVE and _must_propose(facts, who):
            raise IllegalTransition(_l("This office asks for a supervisor's confirmation: propose the resolution."))
        raise IllegalTransition(
            _l(
                "“%(action)s” is not possible while the petition is “%(state)s”.",
                action=ACTION_LABELS[action],
                state=STATE_LABELS[facts.state],
            )
        )
    if not _standing(line, facts, who):
        raise NotAllowed(f"{action} is not open to this user")
    missing = [need for need in line.needs if need not in given]
    if missing:
        raise InvalidInput({need: _l("This is needed.") for need in missing})
    return line


def fits_kind(disposition: Disposition, kind: Kind) -> bool:
    """Whether a petition of ``kind`` may have ended so; what only an import or a strike sets fits every kind."""
    rule = DISPOSITIONS.get(disposition)
    return rule is None or kind in rule.kinds


def check_disposition(disposition: Disposition, facts: Facts, given: Sequence[str]) -> DispositionRule:
    """Return the rule of ``disposition``, or raise ``InvalidInput`` naming the field that does not fit."""
    rule = DISPOSITIONS.get(disposition)
    if rule is None or facts.kind not in rule.kinds:
        raise InvalidInput({"disposition": _l("This disposition does not fit the kind of petition.")})
    if facts.state is State.RECEIVED and not rule.from_received:
        raise InvalidInput({"disposition": _l("Assign the petition first; this disposition needs an officer's work.")})
    document = ("decision_number", "decision_on", "decision_signer") if rule.needs_document else ()
    missing = [need for need in (*document, *rule.needs) if need not in given]
    if missing:
        raise InvalidInput({need: _l("This disposition needs it.") for need in missing})
    return rule
