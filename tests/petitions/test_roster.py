"""Who is told: never somebody absent, always the same one, and nobody who may not see the case."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.escalation import Audience
from petitions.roster import Case, Colleague, Roster

LAND, SOCIAL = 1, 2
AWAY = date(2026, 11, 30)
HEAD = Colleague(11, "Trưởng", frozenset({LAND}), frozenset({LAND}))
OFFICER = Colleague(12, "Cán bộ", frozenset({LAND}))
OTHER = Colleague(13, "Cán bộ khác", frozenset({SOCIAL}))
BOSS = Colleague(21, "Lãnh đạo", distributes=True, sees_all=True)
DEPUTY = Colleague(22, "Phó", frozenset({LAND}), frozenset({LAND}), distributes=True, sees_all=True)
CASE = Case(12, LAND, sealed=False)
SECRET = Case(12, LAND, sealed=True)


def away(person: Colleague, substitute: Colleague | None = None) -> Colleague:
    return Colleague(
        person.id,
        person.name,
        person.unit_ids,
        person.head_of,
        person.distributes,
        person.sees_all,
        AWAY,
        substitute.id if substitute else None,
    )


@pytest.mark.parametrize(
    ("people", "audience", "case", "told"),
    [
        ([HEAD, OFFICER, BOSS], Audience.OFFICER, CASE, OFFICER),
        ([HEAD, OFFICER, BOSS], Audience.HEAD, CASE, HEAD),
        ([HEAD, OFFICER, BOSS], Audience.SUPERVISOR, CASE, BOSS),
        # Nobody has it, or whoever has it cannot log in any more.
        ([HEAD, OFFICER, BOSS], Audience.OFFICER, Case(None, LAND, sealed=False), HEAD),
        ([HEAD, BOSS], Audience.OFFICER, CASE, HEAD),
        ([HEAD, OFFICER, BOSS], Audience.OFFICER, Case(None, None, sealed=False), BOSS),
        # Absent: the substitute, or else the next of the list.
        ([HEAD, away(OFFICER, OTHER), OTHER, BOSS], Audience.OFFICER, CASE, OTHER),
        ([HEAD, away(OFFICER), BOSS], Audience.OFFICER, CASE, HEAD),
        ([away(HEAD), away(OFFICER), BOSS], Audience.OFFICER, CASE, BOSS),
        ([HEAD, away(OFFICER, OTHER), away(OTHER), BOSS], Audience.OFFICER, CASE, HEAD),
        # A denunciation is told to nobody who may not see it.
        ([HEAD, away(OFFICER, OTHER), OTHER, BOSS], Audience.OFFICER, SECRET, HEAD),
        ([HEAD, away(OFFICER, DEPUTY), DEPUTY, BOSS], Audience.OFFICER, SECRET, DEPUTY),
        # Of supervisors: who leads the unit; whoever works on the case comes last.
        ([BOSS, DEPUTY], Audience.SUPERVISOR, CASE, DEPUTY),
        ([BOSS, DEPUTY], Audience.SUPERVISOR, Case(22, LAND, sealed=False), BOSS),
        ([DEPUTY], Audience.SUPERVISOR, Case(22, LAND, sealed=False), DEPUTY),
        ([BOSS, away(DEPUTY)], Audience.SUPERVISOR, CASE, BOSS),
        ([away(BOSS, DEPUTY), DEPUTY], Audience.SUPERVISOR, Case(None, None, sealed=False), DEPUTY),
        # A substitute who gives no work cannot answer for a supervisor.
        ([away(BOSS, OFFICER), OFFICER], Audience.SUPERVISOR, CASE, None),
        ([OFFICER, HEAD], Audience.SUPERVISOR, CASE, None),
    ],
)
def test_who_is_told(people: list[Colleague], audience: Audience, case: Case, told: Colleague | None) -> None:
    found = Roster(people).told(audience, case)
    assert (found and found.id) == (told and told.id)


def test_what_cannot_wait_goes_to_an_absent_supervisor_rather_than_to_nobody() -> None:
    roster = Roster([away(BOSS), away(DEPUTY)])
    assert roster.supervisor(CASE) is None
    found = roster.supervisor(CASE, absent_too=True)
    assert found is not None
    assert found.id == DEPUTY.id
    assert Roster([OFFICER]).supervisor(CASE, absent_too=True) is None


ids = st.integers(1, 6)
units = st.frozensets(st.sampled_from([LAND, SOCIAL]))


@st.composite
def people(draw: st.DrawFn) -> list[Colleague]:
    found = []
    for user_id in draw(st.sets(ids)):
        of = draw(units)
        boss = draw(st.booleans())
        until = draw(st.sampled_from([None, AWAY]))
        substitute = draw(ids) if until else None
        heads = draw(units) & of
        found.append(Colleague(user_id, str(user_id), of, heads, boss, boss, until, substitute))
    return found


cases = st.builds(Case, st.none() | ids, st.none() | st.sampled_from([LAND, SOCIAL]), st.booleans())


@given(people(), cases, st.sampled_from(Audience), st.randoms(use_true_random=False))
def test_nobody_absent_nobody_blind_and_always_the_same(
    office: list[Colleague], case: Case, audience: Audience, dice: random.Random
) -> None:
    found = Roster(office).told(audience, case)
    if found is not None:
        assert found.absent_until is None
        assert found.sees_all or not case.sealed or case.unit_id in found.unit_ids
        assert audience is not Audience.SUPERVISOR or found.distributes
    elif audience is Audience.SUPERVISOR:
        assert not any(person.distributes and person.absent_until is None for person in office)
    shuffled = list(office)
    dice.shuffle(shuffled)
    assert Roster(shuffled).told(audience, case) == found
