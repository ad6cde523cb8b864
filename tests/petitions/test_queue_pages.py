"""Lists through their addresses: the address is the view, and what cannot be understood is said."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.models import Petition
from petitions.queries import lists
from petitions.services import assignment
from petitions.services.intake_input import PartyInput
from tests.petitions.given import PLAIN, a_petition, do

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


@pytest.fixture
def many(session: Session, actor: ActorOf) -> list[str]:
    """Sixty petitions: more than a page holds."""
    reception = actor("reception1")
    return [
        a_petition(
            reception,
            replace(PLAIN, petitioners=(PartyInput(f"Người {number % 7}"),)),
            received_on=date(2026, 11, 2 + number % 10),
            people_count=1 + 5 * (number % 2),
        ).number
        for number in range(60)
    ]


def numbers(page: str) -> list[str]:
    return re.findall(r'data-row-link href="/petitions/([A-Z0-9-]+)"', page)


def link(page: str, rel: str) -> str:
    found = re.search(rf'<a[^>]*rel="{rel}"[^>]*href="([^"]+)"|<a[^>]*href="([^"]+)"[^>]*rel="{rel}"', page)
    return unescape(found.group(1) or found.group(2)) if found else ""


@pytest.mark.parametrize(
    "address", ["/queues/all", "/queues/open?sort=petitioner", "/queues/all?flag=group&sort=-number"]
)
def test_the_links_lead_through_all_pages(as_user: AsUser, many: list[str], address: str) -> None:
    boss = as_user("supervisor1")
    met: list[str] = []
    here = address
    while here:
        page = boss.get(here).text
        met += numbers(page)
        here = link(page, "next")
        assert all(part in here for part in address.partition("?")[2].split("&") if here)
    assert len(met) == len(set(met)) == (30 if "flag" in address else 60)
    back = link(page, "prev")
    if back:
        assert set(numbers(boss.get(back).text)) < set(met)


def test_a_list_says_how_many_it_holds(as_user: AsUser, many: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    boss = as_user("supervisor1")
    assert "60" in re.search(r'list-head">\s*<p><b>([^<]+)', boss.get("/queues/all").text).group(1)  # type: ignore[union-attr]
    monkeypatch.setattr(lists, "COUNTED_TO", 10)
    page = boss.get("/queues/all?kind=complaint").text
    assert "10" in re.search(r'list-head">\s*<p><b>([^<]+)', page).group(1)  # type: ignore[union-attr]
    exact = re.search(r'href="([^"]*exact=1[^"]*)"', page)
    assert exact is not None
    counted = boss.get(unescape(exact.group(1))).text
    assert "60" in re.search(r'list-head">\s*<p><b>([^<]+)', counted).group(1)  # type: ignore[union-attr]


WRONG_FILTERS = [
    ("kind", "bogus"),
    ("state", "overdue"),
    ("unit", "abc"),
    ("officer", "99999999999"),
    ("field", "-1"),
    ("ward_code", "99999"),
    ("ward_text", "Không Có Phường Này"),
    ("received_from", "31/02/2026"),
    ("received_to", "hôm qua"),
]


@pytest.mark.parametrize(("name", "value"), WRONG_FILTERS)
def test_a_filter_that_is_not_understood_is_said(
    as_user: AsUser, actor: ActorOf, session: Session, name: str, value: str
) -> None:
    a_petition(actor("reception1"))
    page = as_user("supervisor1").get("/queues/all", query_string={name: value}).text
    assert "data-error-summary" in page
    assert len(numbers(page)) == 1


def test_a_ward_that_was_typed_and_not_chosen_counts(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    a_petition(actor("reception1"))
    a_petition(actor("reception1"), petitioners=(PartyInput("Người Khác", ward_code="00008"),))
    page = as_user("supervisor1").get("/queues/all?ward_text=phuong ba dinh, thanh pho ha noi").text
    assert len(numbers(page)) == 1


def test_next_case_opens_it_and_says_when_nothing_waits(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    made = a_petition(actor("reception1"))
    officer = as_user("officer1")
    assert officer.post("/queues/next").location == f"/petitions/{made.number}"
    answer = officer.post("/queues/next")
    assert answer.location == "/queues/mine"
    assert session.scalars(select(Petition.officer_id)).one() == actor("officer1").id
    for name in ("reception1", "admin1"):
        assert as_user(name).post("/queues/next").status_code == 403
    assert officer.get("/queues/next").status_code in (404, 405)


def test_an_unknown_queue_does_not_exist(as_user: AsUser) -> None:
    for name in ("bogus", "MINE", "%00", "mine%2f.."):
        assert as_user("officer1").get(f"/queues/{name}").status_code == 404


def test_sorting_by_a_column_turns_on_the_second_press(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    first, second = (a_petition(actor("reception1")).number for _ in range(2))
    boss = as_user("supervisor1")
    page = boss.get("/queues/all?sort=number").text
    assert numbers(page) == [first, second]
    assert 'aria-sort="ascending"' in page
    turned = boss.get("/queues/all?sort=-number").text
    assert numbers(turned) == [second, first]
    assert 'aria-sort="descending"' in turned


def test_work_of_the_unit_stands_in_unassigned_until_somebody_takes_it(
    as_user: AsUser, actor: ActorOf, session: Session
) -> None:
    made, officer = a_petition(actor("reception1")), actor("officer2")
    do(assignment.assign, made.id, by=actor("supervisor1"), unit_id=officer.unit_ids[0])
    assert made.number in as_user("officer2").get("/queues/unassigned").text
    assert as_user("officer2").post("/queues/next").location == f"/petitions/{made.number}"
    assert made.number in as_user("officer2").get("/queues/mine").text
