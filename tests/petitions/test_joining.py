"""Petitions that follow another one: which may lead, and what happens when the one that leads moves."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.errors import IllegalTransition, InvalidInput
from petitions.models import Petition, PetitionEvent
from petitions.queries.checks import queue_drift
from petitions.services import assignment, closing, corrections, office
from petitions.services.intake import Received
from petitions.vocabulary import Kind
from tests.petitions.given import DECIDED, SECRET, a_petition, do, joined_to

ActorOf = Callable[[str], Actor]

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def boss(actor: ActorOf) -> Actor:
    return actor("supervisor1")


@pytest.fixture
def three(session: Session, actor: ActorOf) -> list[Received]:
    return [a_petition(actor("reception1")) for _ in range(3)]


def read(session: Session, made: Received) -> Petition:
    session.rollback()
    return session.get_one(Petition, made.id, populate_existing=True)


def join(made: Received, leading: Received, by: Actor) -> None:
    do(closing.resolve, made.id, joined_to(leading.number), by=by)


def test_a_joined_petition_is_closed_and_stands_in_the_matter_of_the_leading_one(
    session: Session, boss: Actor, three: list[Received]
) -> None:
    first, second, _third = three
    do(closing.resolve, second.id, joined_to(first.number.replace("-", "").lower()), by=boss)
    leading, joined = read(session, first), read(session, second)
    assert (joined.state, joined.disposition, joined.leading_id) == ("resolved", "joined", leading.id)
    assert joined.matter_id == leading.matter_id
    assert leading.state == "received"


def test_what_cannot_lead_is_refused_beside_the_number(actor: ActorOf, boss: Actor, three: list[Received]) -> None:
    first, second, third = three
    secret, struck = a_petition(actor("reception1"), SECRET), a_petition(actor("reception1"))
    do(closing.void, struck.id, by=boss, reason="Nhập nhầm")
    join(second, first, boss)
    wrong_check = first.number[:-1] + ("A" if first.number[-1] != "A" else "B")
    for number in (third.number, second.number, secret.number, struck.number, wrong_check, "12"):
        with pytest.raises(InvalidInput) as refused:
            do(closing.resolve, third.id, joined_to(number), by=boss)
        assert set(refused.value.errors) == {"leading_number"}, number
    with pytest.raises(InvalidInput):
        do(closing.resolve, secret.id, joined_to(first.number), by=boss)


def test_two_petitions_never_follow_each_other(boss: Actor, three: list[Received]) -> None:
    first, second, _third = three
    join(second, first, boss)
    with pytest.raises(InvalidInput):
        join(first, second, boss)


def test_when_the_leading_one_is_joined_its_followers_go_along_and_come_back(
    session: Session, boss: Actor, three: list[Received]
) -> None:
    first, second, third = three
    matter = read(session, first).matter_id
    join(second, first, boss)
    join(first, third, boss)
    leading = read(session, third)
    for made in (first, second):
        petition = read(session, made)
        assert (petition.leading_id, petition.matter_id) == (leading.id, leading.matter_id)
    do(closing.undo, first.id, by=boss)
    assert (read(session, first).leading_id, read(session, first).matter_id) == (None, matter)
    assert (read(session, second).leading_id, read(session, second).matter_id) == (first.id, matter)
    follows = session.scalars(select(PetitionEvent).where(PetitionEvent.action == "follow").order_by(PetitionEvent.id))
    there, back = follows.all()
    assert (there.petition_id, back.petition_id, back.cancels_id) == (second.id, second.id, there.id)
    assert queue_drift(session, boss.office_id)[1] == []


def test_a_leading_petition_is_not_struck_while_others_follow_it(
    session: Session, boss: Actor, three: list[Received]
) -> None:
    first, second, third = three
    join(second, first, boss)
    with pytest.raises(IllegalTransition, match=second.number):
        do(closing.void, first.id, by=boss, reason="Nhập nhầm")
    do(closing.reopen, second.id, by=boss, ground="own-error", reason="Gộp nhầm", officer_id=boss.id)
    join(second, third, boss)
    do(closing.void, first.id, by=boss, reason="Nhập nhầm")
    assert read(session, first).disposition == "entered-in-error"


def test_reopening_the_leading_one_leaves_the_followers_with_it(
    session: Session, boss: Actor, three: list[Received]
) -> None:
    first, second, _third = three
    join(second, first, boss)
    do(assignment.take, first.id, by=boss)
    do(closing.resolve, first.id, DECIDED, by=boss)
    do(closing.reopen, first.id, by=boss, ground="court", reason="Bản án")
    follower = read(session, second)
    assert (follower.leading_id, follower.disposition) == (first.id, "joined")


def test_a_proposal_to_join_binds_nothing_until_it_is_confirmed(
    session: Session, actor: ActorOf, boss: Actor, three: list[Received]
) -> None:
    first, second, third = three
    officer = actor("officer1")
    own_matter = read(session, second).matter_id
    do(office.require_confirmation, required=True, by=boss)
    do(assignment.take, second.id, by=officer)
    do(closing.propose, second.id, joined_to(first.number), by=officer)
    assert read(session, second).matter_id == own_matter
    do(closing.decline, second.id, by=boss, reason="Khác nội dung")
    assert read(session, second).leading_id is None
    do(closing.propose, second.id, joined_to(first.number), by=officer)
    join(first, third, boss)
    assert read(session, second).leading_id == third.id
    assert read(session, second).matter_id == own_matter
    do(closing.confirm, second.id, by=boss)
    assert (read(session, second).leading_id, read(session, second).state) == (third.id, "resolved")
    assert read(session, second).matter_id == read(session, third).matter_id


def test_a_denunciation_and_a_named_petition_never_stand_in_one_matter(
    session: Session, actor: ActorOf, three: list[Received]
) -> None:
    """The name beside it would tell who denounced."""
    reception = actor("reception1")
    named = three[0]
    secret = a_petition(reception, SECRET)
    with pytest.raises(InvalidInput) as refused:
        a_petition(reception, SECRET, matter_of=named.number)
    assert set(refused.value.errors) == {"matter_of"}
    with pytest.raises(InvalidInput):
        a_petition(reception, matter_of=secret.number)
    again = a_petition(reception, SECRET, matter_of=secret.number)
    assert read(session, again).matter_id == read(session, secret).matter_id
    nameless = a_petition(reception, petitioners=(), body="", matter_of=named.number)
    for made, values in ((nameless, {"kind": Kind.DENUNCIATION}), (again, {"kind": Kind.COMPLAINT})):
        with pytest.raises(InvalidInput) as refused:
            do(corrections.correct, made.id, values, by=reception, reason="Phân loại lại")
        assert set(refused.value.errors) == {"kind"}
