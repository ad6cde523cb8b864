"""Saved searches say what they found since they were last opened, each owner with the own sight."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from core.audit import AuditEntry
from core.database import unit_of_work
from core.settings import Settings
from petitions.models import SavedView
from petitions.services.assignment import assign
from petitions.vocabulary import Kind
from search.indexing import drain
from search.installed import installed
from search.watching import Watcher
from tests.search.making import lose_index, register

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]

HERE = "/search?q=cay+do&kind=denunciation"


@pytest.fixture
def desk(actor: ActorOf) -> Actor:
    return actor("reception1")


def drain_all() -> None:
    while drain():
        pass


def save(client: FlaskClient, query: str = "kind=denunciation&q=cay+do", **more: str) -> None:
    data = {"queue": "search", "query": query, "name": "Cây đổ", "on_home": "1", **more}
    answer = client.post("/views", data=data)
    assert (answer.status_code, answer.headers.get("Location")) == (302, HERE), answer.text


def look(session: Session) -> int:
    session.rollback()
    return Watcher().look(session, installed())


def new_of(session: Session) -> tuple[int | None, int | None]:
    session.rollback()
    row = session.execute(select(SavedView.found_total, SavedView.found_new)).one()
    return row.found_total, row.found_new


def test_what_came_in_since_is_told_until_it_is_opened(session: Session, desk: Actor, as_user: AsUser) -> None:
    register(session, desk, "Cây đổ cũ", kind=Kind.DENUNCIATION)
    drain_all()
    client = as_user("supervisor1")
    save(client)
    assert look(session) == 1
    assert new_of(session) == (1, 0)
    assert "tag-news" not in client.get("/").text
    for n in range(3):
        register(session, desk, f"Cây đổ {n}", kind=Kind.DENUNCIATION)
    register(session, desk, "Đất đai", kind=Kind.DENUNCIATION)
    look(session)
    assert new_of(session) == (4, 3)
    for page in ("/", "/views", "/queues/all", "/search?q=dat"):
        assert "3 đơn mới" in client.get(page).text, page
    opened = client.get(HERE).text
    assert "Từ lần mở “Cây đổ” trước đến nay: 3 đơn mới." in opened
    assert new_of(session) == (4, 0)
    assert "tag-news" not in client.get(HERE).text
    assert "tag-news" not in client.get("/").text


def test_what_left_and_what_came_do_not_cancel_out(
    session: Session, desk: Actor, actor: ActorOf, as_user: AsUser
) -> None:
    first = register(session, desk, "Cây đổ một")
    drain_all()
    client = as_user("supervisor1")
    data = {"queue": "search", "query": "q=cay+do&state=received", "name": "Mới nhận"}
    assert client.post("/views", data=data).status_code == 302
    look(session)
    register(session, desk, "Cây đổ hai")
    with unit_of_work() as work:
        assign(work, first.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    look(session)
    assert new_of(session) == (1, 1)


def test_a_sealed_case_is_no_news_for_who_may_not_see_it(session: Session, desk: Actor, as_user: AsUser) -> None:
    drain_all()
    save(as_user("officer1"))
    look(session)
    register(session, desk, "Cây đổ", kind=Kind.DENUNCIATION)
    look(session)
    assert new_of(session) == (0, 0)


def test_the_numbers_of_a_shared_search_are_its_owners(session: Session, desk: Actor, as_user: AsUser) -> None:
    drain_all()
    save(as_user("supervisor1"), share="office")
    look(session)
    register(session, desk, "Cây đổ", kind=Kind.DENUNCIATION)
    look(session)
    other = as_user("officer1")
    assert "Cây đổ" in other.get("/views").text
    for page in ("/", "/views", HERE):
        assert "tag-news" not in other.get(page).text
    assert "<b>–</b>Cây đổ" in other.get("/").text
    assert new_of(session) == (1, 1), "another reader opened it"
    assert "<b>1</b>Cây đổ" in as_user("supervisor1").get("/").text
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "view.shared")).one()
    assert "cay" not in entry.payload


def test_it_is_counted_only_after_something_happened(session: Session, desk: Actor, as_user: AsUser) -> None:
    drain_all()
    save(as_user("supervisor1"))
    watcher = Watcher()
    session.rollback()
    assert [watcher.look(session, installed()) for _ in range(3)] == [1, 0, 0]
    register(session, desk, "Đất đai")
    session.rollback()
    assert [watcher.look(session, installed()) for _ in range(2)] == [1, 0]


def test_nobody_to_count_for_and_no_index_are_no_work(
    session: Session, app: Flask, desk: Actor, as_user: AsUser, settings: Settings
) -> None:
    drain_all()
    save(as_user("supervisor1"))
    with unit_of_work() as work:
        work.execute(update(User).where(User.username == "supervisor1").values(active=False))
    assert look(session) == 0
    with unit_of_work() as work:
        work.execute(update(User).where(User.username == "supervisor1").values(active=True))
    lose_index(settings)
    assert look(session) == 0
    assert new_of(session) == (None, None)


def test_nothing_typed_is_no_search_to_save(session: Session, as_user: AsUser) -> None:
    data = {"queue": "search", "query": "", "name": "Trống"}
    answer = as_user("officer1").post("/views", data=data)
    assert answer.status_code == 400
    assert "Hãy tìm trước" in answer.text
