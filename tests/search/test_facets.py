"""The counts beside the results: what is promised is what one gets, for whoever asks."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from petitions.services.assignment import assign
from petitions.services.records import set_flag
from petitions.vocabulary import Flag, Kind
from search.indexing import drain
from tests.search.making import register

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]

_LINK = re.compile(r'<a href="([^"]+)"( aria-current="true")?><span>([^<]*)</span> <b>([\d.]+)</b></a>')
_TOTAL = re.compile(r'<p role="status"><b>([\d.]+)')
_FACETS = re.compile(r'<nav class="facets-in".*?</nav>', re.DOTALL)


def number(text: str) -> int:
    return int(text.replace(".", ""))


def total_of(page: str) -> int:
    found = _TOTAL.search(page)
    return number(found.group(1)) if found else 0


def links_of(page: str) -> Iterator[tuple[str, bool, str, int]]:
    """Address, whether it is chosen, label and count of each value of each facet."""
    facets = _FACETS.search(page)
    for address, chosen, label, count in _LINK.findall(facets.group() if facets else ""):
        yield unescape(address), bool(chosen), label, number(count)


@pytest.fixture
def office(session: Session, actor: ActorOf) -> None:
    """Petitions of every sort, among them sealed ones, in two units."""
    desk, boss = actor("reception1"), actor("supervisor1")
    kinds = (Kind.COMPLAINT, Kind.DENUNCIATION, Kind.RECOMMENDATION, Kind.DENUNCIATION)
    for n in range(16):
        day = date(2026, 8 + n % 4, 3 + n)
        people = 7 if n % 5 == 0 else 1
        made = register(session, desk, f"Cây đổ ở ngõ {n}", kind=kinds[n % 4], received_on=day, people_count=people)
        with unit_of_work() as work:
            if n % 3 == 0:
                set_flag(work, made.id, Flag.PROMINENT, by=boss, reason="Nhiều người biết")
            if n % 2:
                to = actor("officer1" if n % 4 == 1 else "officer3")
                assign(work, made.id, by=boss, officer_id=to.id, unit_id=None, reason="", version=None)
    while drain():
        pass


@pytest.mark.parametrize("name", ["reception1", "officer1", "officer3", "supervisor1"])
@pytest.mark.parametrize("address", ["/search?q=cay+do", "/search?q=cay+do&kind=denunciation", "/search?flag=major"])
def test_every_link_gives_the_number_that_it_promised(
    session: Session, office: None, as_user: AsUser, name: str, address: str
) -> None:
    client = as_user(name)
    page = client.get(address).text
    links = list(links_of(page))
    assert len(links) > 5, links
    for url, chosen, label, count in links:
        answer = client.get(url)
        assert answer.status_code == 200
        if chosen:
            assert count == total_of(page), (label, url)
            assert not any(link[1] for link in links_of(answer.text)), url
        else:
            assert count == total_of(answer.text) > 0, (label, url)


def test_sealed_cases_are_in_nobody_elses_counts(session: Session, office: None, as_user: AsUser) -> None:
    def denunciations(name: str) -> int:
        page = as_user(name).get("/search?q=cay+do").text
        return sum(count for url, _chosen, _label, count in links_of(page) if "kind=denunciation" in url)

    assert denunciations("supervisor1") == 8
    assert denunciations("officer1") == 4
    assert denunciations("officer3") == 4


def test_a_chosen_value_is_a_chip_and_a_month_is_one(session: Session, office: None, as_user: AsUser) -> None:
    client = as_user("reception1")
    page = client.get("/search?q=cay+do&received_from=2026-09-01&received_to=2026-09-30").text
    assert total_of(page) == 4
    chips = page[page.index("chosen-filters") :].partition("</ul>")[0]
    assert chips.count("<li>") == 2  # the month, and "remove all"
    assert "09/2026" in chips
    assert 'href="/search?q=cay+do"' in chips
    assert [label for _url, chosen, label, _count in links_of(page) if chosen] == ["09/2026"]


@pytest.mark.parametrize("month", ["0001-01", "9999-12"])
def test_the_first_and_the_last_month_that_there_is_are_no_fault(session: Session, as_user: AsUser, month: str) -> None:
    address = f"/search?received_from={month}-01&received_to={month}-31"
    page = as_user("officer1").get(address)
    assert page.status_code == 200
    year, number_of_month = month.split("-")
    assert f"<b>{number_of_month}/{year}</b>" in page.text


def test_filters_without_words_list_what_fits(session: Session, office: None, as_user: AsUser) -> None:
    client = as_user("supervisor1")
    page = client.get("/search?kind=recommendation").text
    assert total_of(page) == 4
    assert page.count("data-row-link") == 4
    assert "sort=relevance" not in page
    assert "Sắp hết hạn trước" in page
    assert client.get("/search?kind=recommendation&officer=999").text.count("data-row-link") == 0
    assert total_of(client.get("/search").text) == 0


def test_results_can_stand_by_their_due_day(session: Session, office: None, as_user: AsUser) -> None:
    page = as_user("supervisor1").get("/search?q=cay+do&sort=due").text
    days = re.findall(r'class="nowrap due [^"]*" data-label="[^"]*"><span>(\d\d)/(\d\d)/(\d{4})', page)
    in_order = [date(int(year), int(month), int(day)) for day, month, year in days]
    assert len(set(in_order)) > 2
    assert in_order == sorted(in_order)
