"""The table of the state machine, held against a second one written by hand."""

import itertools

import pytest

from auth.actor import Actor, Membership, operating_system_actor
from auth.permissions import Role
from core.errors import IllegalTransition, InvalidInput, NotAllowed
from petitions.vocabulary import Disposition, Kind
from petitions.workflow import (
    DISPOSITIONS,
    TRANSITIONS,
    Action,
    Facts,
    State,
    allowed_dispositions,
    available_actions,
    check,
    check_disposition,
    fits_kind,
)

UNIT, OTHER_UNIT = 1, 2
HOLDER = 10


def person(number: int, role: Role, *units: Membership) -> Actor:
    return Actor(number, f"user{number}", f"User {number}", role, office_id=1, units=units)


WHO = {
    "reception": person(20, Role.RECEPTION),
    "holder": person(HOLDER, Role.OFFICER, Membership(UNIT, False)),
    "colleague": person(11, Role.OFFICER, Membership(UNIT, False)),
    "head": person(12, Role.OFFICER, Membership(UNIT, True)),
    "stranger": person(13, Role.OFFICER, Membership(OTHER_UNIT, True)),
    "supervisor": person(30, Role.SUPERVISOR),
    "administrator": person(40, Role.ADMINISTRATOR),
}

STANDS = {
    "received": Facts(State.RECEIVED, Kind.COMPLAINT),
    "given to a unit": Facts(State.ASSIGNED, Kind.COMPLAINT, None, UNIT),
    "assigned": Facts(State.ASSIGNED, Kind.COMPLAINT, HOLDER, UNIT),
    "escalated": Facts(State.ESCALATED, Kind.COMPLAINT, HOLDER, UNIT, escalated_to_id=30),
    "escalated untouched": Facts(State.ESCALATED, Kind.COMPLAINT, escalated_to_id=30),
    "assigned, confirmed here": Facts(State.ASSIGNED, Kind.COMPLAINT, HOLDER, UNIT, confirmation_required=True),
    "escalated, confirmed here": Facts(
        State.ESCALATED, Kind.COMPLAINT, HOLDER, UNIT, escalated_to_id=30, confirmation_required=True
    ),
    "proposed": Facts(
        State.ASSIGNED, Kind.COMPLAINT, HOLDER, UNIT, proposed=Disposition.DECIDED, confirmation_required=True
    ),
    # The setting was switched off while a proposal waited.
    "proposed once": Facts(State.ASSIGNED, Kind.COMPLAINT, HOLDER, UNIT, proposed=Disposition.DECIDED),
    "proposed, escalated": Facts(
        State.ESCALATED, Kind.COMPLAINT, HOLDER, UNIT, proposed=Disposition.DECIDED, confirmation_required=True
    ),
    "resolved": Facts(State.RESOLVED, Kind.COMPLAINT, HOLDER, UNIT, disposition=Disposition.DECIDED),
    "imported closed": Facts(State.RESOLVED, Kind.COMPLAINT, disposition=Disposition.UNKNOWN_IMPORTED),
    "struck": Facts(State.RESOLVED, Kind.COMPLAINT, disposition=Disposition.ENTERED_IN_ERROR),
}

# Who may do what where; whoever is not named may do nothing there.
MAY: dict[str, dict[str, str]] = {
    "received": {
        "reception": "escalate void",
        "holder": "take escalate",
        "colleague": "take escalate",
        "head": "take escalate",
        "stranger": "take escalate",
        "supervisor": "take assign escalate resolve void",
    },
    "given to a unit": {
        "reception": "escalate void",
        "holder": "take escalate",
        "colleague": "take escalate",
        "head": "take reassign send-back escalate",
        "stranger": "escalate",
        "supervisor": "reassign send-back escalate resolve void",
    },
    "assigned": {
        "reception": "escalate void",
        "holder": "send-back escalate resolve",
        "colleague": "escalate",
        "head": "reassign send-back escalate",
        "stranger": "escalate",
        "supervisor": "reassign send-back escalate resolve void",
    },
    "escalated": {
        "reception": "void",
        "holder": "resolve",
        "head": "reassign",
        "supervisor": "reassign return resolve void",
    },
    "escalated untouched": {"reception": "void", "supervisor": "reassign return resolve void"},
    "assigned, confirmed here": {
        "reception": "escalate void",
        "holder": "send-back escalate propose",
        "colleague": "escalate",
        "head": "reassign send-back escalate",
        "stranger": "escalate",
        "supervisor": "reassign send-back escalate resolve void",
    },
    "escalated, confirmed here": {
        "reception": "void",
        "holder": "propose",
        "head": "reassign",
        "supervisor": "reassign return resolve void",
    },
    "proposed": {
        "reception": "escalate void",
        "holder": "escalate",
        "colleague": "escalate",
        "head": "reassign escalate",
        "stranger": "escalate",
        "supervisor": "reassign escalate confirm decline void",
    },
    "proposed once": {
        "reception": "escalate void",
        "holder": "escalate",
        "colleague": "escalate",
        "head": "reassign escalate",
        "stranger": "escalate",
        "supervisor": "reassign escalate confirm decline void",
    },
    "proposed, escalated": {
        "reception": "void",
        "head": "reassign",
        "supervisor": "reassign confirm decline void",
    },
    "resolved": {"supervisor": "reopen"},
    "imported closed": {"supervisor": "reopen"},
    "struck": {},
}

NEEDS = {
    Action.TAKE: (),
    Action.ASSIGN: ("assignee",),
    Action.REASSIGN: ("assignee", "reason"),
    Action.SEND_BACK: ("reason",),
    Action.ESCALATE: ("trigger", "escalated_to", "reply_by", "reason"),
    Action.RETURN: ("instruction", "assignee"),
    Action.RESOLVE: ("disposition",),
    Action.PROPOSE: ("disposition",),
    Action.CONFIRM: (),
    Action.DECLINE: ("reason",),
    Action.REOPEN: ("reopen_ground", "reason", "assignee"),
    Action.VOID: ("reason",),
}
LEADS_TO = {
    Action.TAKE: State.ASSIGNED,
    Action.ASSIGN: State.ASSIGNED,
    Action.REASSIGN: None,
    Action.SEND_BACK: State.RECEIVED,
    Action.ESCALATE: State.ESCALATED,
    Action.RETURN: State.ASSIGNED,
    Action.RESOLVE: State.RESOLVED,
    Action.PROPOSE: None,
    Action.CONFIRM: State.RESOLVED,
    Action.DECLINE: None,
    Action.REOPEN: State.ASSIGNED,
    Action.VOID: State.RESOLVED,
}
CELLS = [
    pytest.param(stand, who, id=f"{stand}-{who}".replace(" ", "_")) for stand, who in itertools.product(STANDS, WHO)
]


@pytest.mark.parametrize(("stand", "who"), CELLS)
def test_each_person_may_do_what_the_table_says_and_nothing_else(stand: str, who: str) -> None:
    facts, actor = STANDS[stand], WHO[who]
    allowed = set(MAY[stand].get(who, "").split())
    assert {line.action.value for line in available_actions(facts, actor)} == allowed
    for action, needs in NEEDS.items():
        if action.value in allowed:
            line = check(action, facts, actor, needs)
            assert (line.action, line.to) == (action, LEADS_TO[action])
        else:
            with pytest.raises((NotAllowed, IllegalTransition)):
                check(action, facts, actor, needs)


@pytest.mark.parametrize("action", list(NEEDS))
def test_what_is_missing_is_said_beside_its_field(action: Action) -> None:
    stand, who = next(
        (stand, who)
        for stand, people in MAY.items()
        for who, actions in people.items()
        if action.value in actions.split()
    )
    for given in itertools.chain.from_iterable(
        itertools.combinations(NEEDS[action], size) for size in range(len(NEEDS[action]))
    ):
        with pytest.raises(InvalidInput) as refused:
            check(action, STANDS[stand], WHO[who], given)
        assert set(refused.value.errors) == set(NEEDS[action]) - set(given)


def test_the_second_table_names_every_action_that_moves_a_case() -> None:
    assert set(NEEDS) == set(Action) - {Action.RECEIVE} == {line.action for line in TRANSITIONS}
    assert {line.action for line in TRANSITIONS if not line.undoable} == set()


def test_an_action_that_is_another_persons_is_not_allowed_and_one_of_another_state_not_possible() -> None:
    with pytest.raises(NotAllowed):
        check(Action.ASSIGN, STANDS["received"], WHO["holder"], NEEDS[Action.ASSIGN])
    with pytest.raises(IllegalTransition):
        check(Action.ASSIGN, STANDS["resolved"], WHO["supervisor"], NEEDS[Action.ASSIGN])


def test_an_officer_is_told_to_propose_where_the_office_confirms() -> None:
    with pytest.raises(IllegalTransition, match="propose"):
        check(Action.RESOLVE, STANDS["assigned, confirmed here"], WHO["holder"], ("disposition",))


def test_the_command_line_holds_no_case() -> None:
    """Its actor has no id: a case without officer is not thereby its own."""
    system = operating_system_actor(1)
    actions = {line.action for line in available_actions(STANDS["given to a unit"], system)}
    assert Action.TAKE not in actions
    assert Action.PROPOSE not in actions


DOCUMENT = ("decision_number", "decision_on", "decision_signer")
NOTE = ("resolution_note",)
C, D, R, M, U = Kind.COMPLAINT, Kind.DENUNCIATION, Kind.RECOMMENDATION, Kind.MIXED, Kind.UNCLASSIFIED
# Which kinds may end so; whether straight from the desk; what must be given.
ENDINGS: dict[Disposition, tuple[set[Kind], bool, tuple[str, ...]]] = {
    Disposition.DECIDED: ({C, M}, False, DOCUMENT),
    Disposition.CONCLUDED: ({D, M}, False, DOCUMENT),
    Disposition.ANSWERED: ({R, M}, False, DOCUMENT),
    Disposition.GUIDED: ({C, D, R, M, U}, True, NOTE),
    Disposition.FORWARDED: ({D, R, M}, True, DOCUMENT + NOTE),
    Disposition.NOT_ACCEPTED: ({C, D, M}, True, DOCUMENT),
    Disposition.FILED: ({C, D, R, M, U}, True, NOTE),
    Disposition.WITHDRAWN: ({C, D, R, M}, False, DOCUMENT),
    Disposition.JOINED: ({C, D, R, M, U}, True, ("leading_number",)),
    Disposition.ENTERED_IN_ERROR: (set(), False, ()),
    Disposition.UNKNOWN_IMPORTED: (set(), False, ()),
}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("state", [State.RECEIVED, State.ASSIGNED, State.ESCALATED])
@pytest.mark.parametrize("disposition", list(Disposition))
def test_a_disposition_fits_kind_and_state_or_is_refused_beside_its_field(
    disposition: Disposition, state: State, kind: Kind
) -> None:
    kinds, from_desk, needs = ENDINGS[disposition]
    facts = Facts(state, kind, HOLDER, UNIT)
    fits = kind in kinds and (from_desk or state is not State.RECEIVED)
    assert (disposition in allowed_dispositions(facts)) is fits
    if not fits:
        with pytest.raises(InvalidInput) as refused:
            check_disposition(disposition, facts, (*DOCUMENT, *NOTE, "leading_number"))
        assert set(refused.value.errors) == {"disposition"}
        return
    check_disposition(disposition, facts, needs)
    for missing in needs:
        with pytest.raises(InvalidInput) as refused:
            check_disposition(disposition, facts, [need for need in needs if need != missing])
        assert set(refused.value.errors) == {missing}


def test_what_only_an_import_or_a_strike_sets_can_be_chosen_by_nobody() -> None:
    assert not {Disposition.ENTERED_IN_ERROR, Disposition.UNKNOWN_IMPORTED} & set(DISPOSITIONS)
    assert all(fits_kind(Disposition.ENTERED_IN_ERROR, kind) for kind in Kind)
    assert not fits_kind(Disposition.DECIDED, Kind.RECOMMENDATION)
