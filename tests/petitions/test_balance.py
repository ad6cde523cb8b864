"""Even assignment: fair whatever the cases, nobody who is absent, the same suggestion every time."""

import random

from hypothesis import given
from hypothesis import strategies as st

from petitions.balance import MAJOR_WEIGHT, PLAIN_WEIGHT, Case, Hand, may_get, share_out, weight, weighted

units = st.integers(1, 3)


@st.composite
def offices(draw: st.DrawFn) -> tuple[list[Case], list[Hand]]:
    """Cases and people with any units, loads and absences."""
    people = [
        Hand(number, draw(st.frozensets(units, max_size=2)), draw(st.integers(0, 20)), draw(st.booleans()))
        for number in range(1, draw(st.integers(0, 6)) + 1)
    ]
    weights = st.sampled_from((PLAIN_WEIGHT, MAJOR_WEIGHT))
    cases = [Case(number, draw(st.none() | units), draw(weights)) for number in range(draw(st.integers(0, 40)))]
    return cases, people


@given(offices())
def test_every_case_has_an_answer_and_only_who_may_gets_it(office: tuple[list[Case], list[Hand]]) -> None:
    cases, people = office
    by_id = {hand.officer_id: hand for hand in people}
    shares = share_out(cases, people)
    assert [share.case for share in shares] == cases
    for share in shares:
        able = [hand for hand in people if may_get(hand, share.case)]
        if share.officer_id is None:
            assert able == []
        else:
            assert not by_id[share.officer_id].absent
            assert by_id[share.officer_id] in able


@given(offices())
def test_whoever_gets_a_case_has_least_of_those_who_could_get_it(office: tuple[list[Case], list[Hand]]) -> None:
    """At every step; so nobody ends with more than the least loaded of the own units and one heavy case on top."""
    cases, people = office
    loads = {hand.officer_id: hand.load for hand in people}
    for share in share_out(cases, people):
        if share.officer_id is None:
            continue
        assert share.load_before == loads[share.officer_id]
        assert share.load_before == min(loads[hand.officer_id] for hand in people if may_get(hand, share.case))
        loads[share.officer_id] += share.case.weight


@given(st.integers(0, 60), st.integers(1, 8), st.integers(0, 50))
def test_of_equal_cases_nobody_gets_more_than_a_fair_share_and_one(cases: int, people: int, load: int) -> None:
    hands = [Hand(number, frozenset({1}), load) for number in range(people)]
    got = [share.officer_id for share in share_out([Case(number, 1) for number in range(cases)], hands)]
    counts = [got.count(number) for number in range(people)]
    assert max(counts) <= cases // people + 1
    assert max(counts) - min(counts) <= 1


@given(offices())
def test_the_order_of_the_people_makes_no_difference(office: tuple[list[Case], list[Hand]]) -> None:
    cases, people = office
    turned = list(people)
    random.Random(1).shuffle(turned)  # noqa: S311 - test data
    assert share_out(cases, people) == share_out(cases, turned) == share_out(cases, people)


def test_an_office_is_made_even_step_by_step() -> None:
    hands = [Hand(1, frozenset({1}), 4), Hand(2, frozenset({1}), 0), Hand(3, frozenset({2}), 0, absent=True)]
    cases = [Case(10, 1, MAJOR_WEIGHT), Case(11, 1), Case(12, None), Case(13, 2), Case(14, 1)]
    assert [share.officer_id for share in share_out(cases, hands)] == [2, 2, 1, None, 2]
    assert [share.load_before for share in share_out(cases, hands)] == [0, 3, 4, 0, 4]


def test_a_complex_case_counts_three() -> None:
    assert (weight(major=False), weight(major=True)) == (1, 3)
    assert weighted(5, 2) == 3 * weight(major=False) + 2 * weight(major=True)
