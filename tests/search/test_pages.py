"""The search page and the commands."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.clock import FixedClock
from core.database import unit_of_work
from petitions.services.records import set_flag
from petitions.vocabulary import Flag, Kind
from search.indexing import drain
from tests.search.making import register
from tests.search.test_parsing import HOSTILE

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def desk(actor: ActorOf) -> Actor:
    return actor("reception1")


def drain_all() -> None:
    while drain():
        pass


def test_results_show_the_passage_in_its_own_spelling(session: Session, desk: Actor, as_user: AsUser) -> None:
    body = "Gia đình tôi khiếu nại việc <b>thu hồi</b> đất tại ngõ 165/20."
    made = register(session, desk, "Đơn của hộ dân", body, name="Trần Thị Lan")
    drain_all()
    page = as_user("officer1").get("/search", query_string={"q": "khieu nai thu hoi dat"}).text
    assert f"/petitions/{made.number}" in page
    assert "<mark>khiếu</mark> <mark>nại</mark>" in page
    assert "<b>thu" not in page
    assert 'value="khieu nai thu hoi dat"' in page


def test_a_saved_petition_is_on_the_page_at_once(session: Session, desk: Actor, as_user: AsUser) -> None:
    drain_all()
    made = register(session, desk, "Đơn về cây đổ", phone="0912345678", name="Lê Văn Tám")
    client = as_user("officer3")
    for typed in ("cay do", made.number, "45678", "tám"):
        assert made.number in client.get("/search", query_string={"q": typed}).text, typed


def test_a_marked_petition_shows_its_marks(session: Session, desk: Actor, actor: ActorOf, as_user: AsUser) -> None:
    made = register(session, desk, "Đơn về cây đổ")
    boss = actor("supervisor1")
    with unit_of_work() as work:
        set_flag(work, made.id, Flag.COMPLEX, by=boss, reason="Nhiều nơi cùng xem xét")
    client = as_user("supervisor1")
    for address in ("/search?q=cay+do", "/"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert made.number in answer.text
        assert "tag-flag" in answer.text


def test_filters_sort_and_pages_stand_in_the_address(session: Session, desk: Actor, as_user: AsUser) -> None:
    complaints = [register(session, desk, f"Cây đổ số {n}").number for n in range(45)]
    other = register(session, desk, "Cây đổ", kind=Kind.RECOMMENDATION).number
    drain_all()
    client = as_user("reception1")
    page = client.get("/search?q=cay+do&kind=recommendation").text
    assert other in page
    assert not any(number in page for number in complaints)
    assert (
        "/search?q=cay+do&amp;sort=newest" in page or "/search?q=cay+do&amp;kind=recommendation&amp;sort=newest" in page
    )
    first, third = client.get("/search?q=cay+do").text, client.get("/search?q=cay+do&page=3").text
    assert "/search?q=cay+do&amp;page=2" in first
    assert "/search?q=cay+do&amp;page=2" in third
    assert "page=4" not in third
    assert complaints[0] in third
    assert "46" in first


@pytest.mark.parametrize("typed", HOSTILE)
def test_no_query_makes_a_server_error(session: Session, as_user: AsUser, typed: str) -> None:
    answer = as_user("officer1").get("/search", query_string={"q": typed[:5000]})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "", "?q=", "?page=0",
        "?q=a&page=-1", "?q=a&page=99999999999999999999", "?q=a&page=x", "?q=a&kind=x&field=y&unit=1e9",
        "?q=a&received_from=99/99/9999", "?q=a&sort=worst", "?q=%ff%fe", "?q=a&q=b", "?q=a&ward_code=99999&flag=x",
        "?q=a&officer=99999999999999999999999",
    ],
)  # fmt: skip
def test_no_address_makes_a_server_error(session: Session, as_user: AsUser, address: str) -> None:
    assert as_user("supervisor1").get(f"/search{address}").status_code == 200


def test_case_content_is_for_those_who_may_see_cases(
    session: Session, desk: Actor, as_user: AsUser, client: FlaskClient
) -> None:
    made = register(session, desk, "Cây đổ")
    assert as_user("admin1").get("/search?q=cay").status_code == 403
    assert client.get("/search?q=cay").status_code == 302
    sealed = register(session, desk, "Mật báo cây đổ", kind=Kind.DENUNCIATION)
    page = as_user("officer1").get("/search?q=cay+do").text
    assert made.number in page
    assert sealed.number not in page
    assert "Mật" not in page


def test_the_banner_stands_on_the_page(session: Session, as_user: AsUser, clock: FixedClock) -> None:
    clock.advance(timedelta(hours=1))
    assert "banner-danger" in as_user("officer1").get("/search").text


# Commands


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["search", *words])
    return result.exit_code, result.stdout


def test_query_prints_what_the_page_finds(session: Session, app: Flask, desk: Actor) -> None:
    made = register(session, desk, "Khiếu nại về đất đai", "Nội dung", external_ref="NYCC18501367")
    drain_all()
    status, out = run(app, "query", "khieu nai dat dai", "--json", "--as", "officer1")
    assert status == 0
    (found,) = json.loads(out)
    assert (found["number"], found["external_ref"]) == (made.number, "NYCC18501367")
    assert found["score"] > 0
    assert found["snippet"] == "Nội dung"
    assert json.loads(run(app, "query", "nycc18501367", "--json")[1])[0]["number"] == made.number
    assert json.loads(run(app, "query", "không có", "--json")[1]) == []
    assert made.number in run(app, "query", "dat", "dai", "--limit", "1")[1]


def test_query_obeys_the_rights_of_its_user(session: Session, app: Flask, desk: Actor) -> None:
    register(session, desk, "Tố cáo", kind=Kind.DENUNCIATION)
    drain_all()
    assert json.loads(run(app, "query", "to cao", "--json")[1]) == []
    assert len(json.loads(run(app, "query", "to cao", "--json", "--as", "reception1")[1])) == 1
    assert run(app, "query", "to cao", "--as", "admin1")[0] == 1
    assert run(app, "query", "to cao", "--as", "nobody")[0] == 1


def test_check_and_rebuild_by_exit_status(session: Session, app: Flask, desk: Actor) -> None:
    register(session, desk, "Đất đai")
    assert run(app, "check")[0] == 1
    status, out = run(app, "rebuild", "--as", "supervisor1")
    assert status == 0
    assert "1" in out
    status, out = run(app, "check", "--json")
    assert status == 0
    assert json.loads(out)["agrees"]
    assert json.loads(run(app, "status", "--json")[1])["documents"] == 1
    assert run(app, "status")[0] == 0
    assert run(app, "rebuild", "--as", "officer1")[0] == 1


def test_a_page_of_half_matches_says_that_they_are_half(session: Session, desk: Actor, as_user: AsUser) -> None:
    made = register(session, desk, "Đơn về cây đổ")
    drain_all()
    page = as_user("officer1").get("/search?q=cay+xoai").text
    assert made.number in page
    assert "Không có đơn nào chứa đủ các từ" in page
    assert "0 đơn" not in page
