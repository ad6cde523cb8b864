"""What was meant by somebody who typed something else: decided by the backlog's own words, and always said."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from auth.actor import Actor, operating_system_actor
from search.installed import installed
from search.queries import Results, find, notices
from tests.search.making import register
from tests.search.test_find import drain_all, numbers

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def desk(actor: ActorOf) -> Actor:
    return actor("reception1")


def look_for(session: Session, typed: str, desk: Actor) -> Results:
    session.rollback()
    return find(session, installed(), typed, desk)


@pytest.fixture
def backlog(session: Session, desk: Actor) -> list[str]:
    made = [register(session, desk, f"Khiếu nại thu hồi đất lô {n}", name="Trần Thị Lan").number for n in range(8)]
    made.append(register(session, desk, "Phản ánh tiếng ồn quán nhậu", "Ồn ào suốt đêm").number)
    drain_all()
    return made


@pytest.mark.parametrize("typed", ["khieesu naij", "khie6u1 na5i", "thu hooif ddaats"])
def test_keys_are_read_back(session: Session, desk: Actor, backlog: list[str], typed: str) -> None:
    results = look_for(session, typed, desk)
    assert set(numbers(results)) == set(backlog[:8])
    assert results.read_as
    assert results.read_as in notices(results)[0]
    assert results.query.text == typed


@pytest.mark.parametrize("typed", ["tieg on", "tieng onn quan nhau", "quann nhau"])
def test_a_slip_that_finds_nothing_is_mended_and_said(
    session: Session, desk: Actor, backlog: list[str], typed: str
) -> None:
    results = look_for(session, typed, desk)
    assert numbers(results)[0] == backlog[8]
    assert results.read_as
    assert notices(results)


def test_what_was_typed_is_never_replaced_where_it_finds_something(
    session: Session, desk: Actor, backlog: list[str]
) -> None:
    lone = register(session, desk, "Thu hồi đẩt", "khiêu nai thu hôi đat viết sai").number
    drain_all()
    results = look_for(session, "khieu nai", desk)
    assert (results.read_as, results.total) == ("", 9)
    assert lone in numbers(results)


def test_nothing_near_means_nothing_found(session: Session, desk: Actor, backlog: list[str]) -> None:
    results = look_for(session, "zzzzqqq", desk)
    assert (results.total, results.results, results.read_as, results.suggestion) == (0, [], "", "")


def test_minus_leaves_out(session: Session, desk: Actor, backlog: list[str]) -> None:
    other = register(session, desk, "Khiếu nại thu hồi đất chợ").number
    drain_all()
    assert numbers(look_for(session, "thu hoi dat -lo", desk)) == [other]
    assert other not in numbers(look_for(session, "thu hoi dat -cho", desk))
    assert numbers(look_for(session, 'thu hoi -"dat lo"', desk)) == [other]


def test_another_reader_learns_nothing_from_a_suggestion(session: Session, desk: Actor) -> None:
    """A word that only another office has is no suggestion, as it finds nothing there."""
    register(session, desk, "Quexyzabc bí mật")
    drain_all()
    stranger = operating_system_actor(desk.office_id + 1)
    for typed in ("quexyzaec", "bis maajt"):
        assert look_for(session, typed, desk).read_as
        results = look_for(session, typed, stranger)
        assert (results.total, results.read_as, results.suggestion) == (0, "", "")


def test_the_page_says_what_it_searched_for(session: Session, backlog: list[str], as_user: AsUser) -> None:
    page = as_user("reception1").get("/search?q=khieesu+naij").text
    assert "đã tìm theo: khiếu nại" in page
    assert "q=khi%E1%BA%BFu+n%E1%BA%A1i" in page  # what can be clicked leads to what is shown
