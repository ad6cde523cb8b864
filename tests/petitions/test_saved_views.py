"""Saved views: a name for an address; shared only by who may, and never a way to see more."""

import json
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock as clocks
from core.audit import AuditEntry
from petitions.forms.saved_views import read_query, read_sharing, sharing_value
from petitions.models import SavedView
from petitions.queries import counts as counting
from petitions.queries.counts import Glance, glance, queue_counts
from petitions.queries.filters import Filters
from petitions.queries.lists import Queue, View, count_up_to
from petitions.services import assignment
from petitions.services.saved_views import LONGEST_NAME, MOST_VIEWS, Sharing, save
from tests.petitions.given import PLAIN, SECRET, a_petition, do

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]
LATE = {"queue": "open", "query": "due=late", "name": "Đơn quá hạn", "on_home": "1"}


def kept(session: Session) -> list[SavedView]:
    session.rollback()
    return list(session.scalars(select(SavedView).order_by(SavedView.id)))


def test_saving_keeps_the_address_and_opening_is_going_there(session: Session, as_user: AsUser) -> None:
    boss = as_user("supervisor1")
    asked = {**LATE, "query": "due=late&kind=complaint&flag=complex&sort=-number&after=xyz&bogus=1&exact=1&ward_text="}
    answer = boss.post("/views", data=asked)
    assert answer.location == "/queues/open?kind=complaint&due=late&flag=complex&sort=-number"
    (view,) = kept(session)
    assert (view.name, view.query, view.shared_with) == (
        "Đơn quá hạn",
        "kind=complaint&due=late&flag=complex&sort=-number",
        "nobody",
    )
    page = unescape(boss.get("/queues/priority").text)
    assert f'<a href="{answer.location}">Đơn quá hạn</a>' in page
    assert f'<a href="{answer.location}" aria-current="page">' in unescape(boss.get(answer.location).text)
    assert "Đơn quá hạn" in boss.get("/").text
    assert "Đơn quá hạn" not in as_user("officer1").get("/").text


@pytest.mark.parametrize("name", ["", " ", "\x00", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_cannot_be_taken_is_said_beside_the_field_and_kept(
    session: Session, as_user: AsUser, name: str
) -> None:
    answer = as_user("supervisor1").post("/views", data={**LATE, "name": name, "share": "office"})
    assert answer.status_code == 400
    assert re.search(r'id="e-name">[^<]+<', answer.text)
    assert name.strip("\x00 ") in answer.text
    assert '<option value="office" selected>' in answer.text
    assert kept(session) == []


def test_a_name_is_taken_once_by_each(session: Session, as_user: AsUser) -> None:
    boss = as_user("supervisor1")
    assert boss.post("/views", data=LATE).status_code == 302
    assert boss.post("/views", data={**LATE, "name": "  ĐƠN quá hạn"}).status_code == 400
    assert as_user("officer1").post("/views", data=LATE).status_code == 302
    first, _second = kept(session)
    assert boss.post(f"/views/{first.id}", data={"name": "Đơn Quá Hạn"}).status_code == 302
    assert boss.post("/views", data={**LATE, "name": "Khác"}).status_code == 302
    other = kept(session)[-1]
    assert boss.post(f"/views/{other.id}", data={"name": "đơn quá hạn"}).status_code == 400
    assert [view.name for view in kept(session)] == ["Đơn Quá Hạn", "Đơn quá hạn", "Khác"]


def test_nobody_keeps_more_than_can_be_looked_through(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    who = actor("officer1")
    for number in range(MOST_VIEWS):
        do(save, name=f"Danh sách {number}", queue="open", query="", sharing=Sharing(), on_home=False, by=who)
    assert as_user("officer1").post("/views", data=LATE).status_code == 400
    assert len(kept(session)) == MOST_VIEWS


@pytest.mark.parametrize(
    ("name", "share", "taken"),
    [
        ("supervisor1", "office", True),
        ("supervisor1", "role:officer", True),
        ("supervisor1", "unit:{other}", True),
        ("officer1", "unit:{own}", True),
        ("officer1", "unit:{other}", False),
        ("officer1", "office", False),
        ("officer1", "role:officer", False),
        ("officer2", "unit:{own}", False),
        ("reception1", "office", False),
        ("supervisor1", "unit:9999", False),
        ("supervisor1", "role:administrator", False),
        ("supervisor1", "everybody", False),
    ],
)
def test_who_may_share_with_whom(
    session: Session, actor: ActorOf, as_user: AsUser, name: str, share: str, taken: bool
) -> None:
    share = share.format(own=actor("officer1").unit_ids[0], other=actor("officer3").unit_ids[0])
    answer = as_user(name).post("/views", data={**LATE, "share": share})
    assert answer.status_code == (302 if taken else 400)
    assert len(kept(session)) == int(taken)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "view.shared")).all()
    assert [entry.actor for entry in entries] == ([name] if taken else [])


def test_a_shared_view_reaches_whom_it_is_meant_for(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    unit = actor("officer1").unit_ids[0]
    readers = ("officer1", "officer2", "officer3", "reception1", "supervisor1")
    wanted = {
        "office": set(readers),
        f"unit:{unit}": {"officer1", "officer2", "supervisor1"},
        "role:reception": {"reception1", "supervisor1"},
    }
    for number, share in enumerate(wanted):
        as_user("supervisor1").post("/views", data={**LATE, "name": f"Chung {number}", "share": share})
    for number, reached in enumerate(wanted.values()):
        for page in ("/", "/queues/open", "/views"):
            assert {name for name in readers if f"Chung {number}" in as_user(name).get(page).text} == reached


def test_a_view_never_shows_more_than_one_may_see(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    secret, plain = a_petition(actor("reception1"), SECRET), a_petition(actor("reception1"), PLAIN)
    do(assignment.assign, secret.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    as_user("supervisor1").post(
        "/views", data={**LATE, "query": "", "name": "Mọi đơn", "queue": "all", "share": "office"}
    )
    for name, number in (("supervisor1", 2), ("officer1", 2), ("officer3", 1)):
        home = as_user(name).get("/").text
        assert re.search(rf"<b>{number}</b>Mọi đơn", home), name
    listed = as_user("officer3").get("/queues/all").text
    assert plain.number in listed
    assert secret.number not in listed
    assert as_user("admin1").get("/views").status_code == 403
    assert "Mọi đơn" not in as_user("admin1").get("/").text


def test_only_who_keeps_it_changes_or_removes_it(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    unit = actor("officer1").unit_ids[0]
    head, boss = as_user("officer1"), as_user("supervisor1")
    head.post("/views", data={**LATE, "share": f"unit:{unit}"})
    head.post("/views", data={**LATE, "name": "Riêng"})
    shared, private = kept(session)
    for view in (shared, private):
        for name in ("officer2", "reception1"):
            assert as_user(name).get(f"/views/{view.id}").status_code == 404
            assert as_user(name).post(f"/views/{view.id}", data={"name": "x"}).status_code == 404
            assert as_user(name).post(f"/views/{view.id}/remove").status_code == 404
    # A supervisor puts in order what others share, and nothing that they keep for themselves.
    assert boss.get(f"/views/{private.id}").status_code == 404
    assert boss.post(f"/views/{shared.id}/remove").status_code == 302
    assert head.post(f"/views/{private.id}", data={"name": "Đổi tên", "on_home": ""}).status_code == 302
    (left,) = kept(session)
    assert (left.name, left.on_home) == ("Đổi tên", False)
    head.get("/views")  # which tells what was done, once
    assert "Đổi tên" not in head.get("/").text
    assert "Đổi tên" in head.get("/queues/open").text
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject.like("view:%")).order_by(AuditEntry.seq)
    )
    assert actions.all() == ["view.shared", "view.removed"]


def test_taking_a_share_back_is_kept_in_the_chain(session: Session, as_user: AsUser) -> None:
    boss = as_user("supervisor1")
    boss.post("/views", data={**LATE, "share": "office"})
    (view,) = kept(session)
    boss.post(f"/views/{view.id}", data={"name": view.name, "share": "nobody"})
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.subject == f"view:{view.id}").order_by(AuditEntry.seq)
    )
    told = [(entry.action, json.loads(entry.payload)["shared_with"]) for entry in entries]
    assert told == [("view.shared", "office"), ("view.unshared", "nobody")]


def test_a_list_with_a_filter_that_is_not_understood_is_not_saved(session: Session, as_user: AsUser) -> None:
    assert as_user("officer1").post("/views", data={**LATE, "query": "idle=x"}).status_code == 400
    assert as_user("officer1").post("/views", data={**LATE, "queue": "bogus"}).status_code == 400
    assert kept(session) == []


def test_many_views_do_not_fill_the_home_page(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    for number in range(15):
        do(save, name=f"Nhiều {number}", queue="open", query="", sharing=Sharing(), on_home=True, by=actor("officer1"))
    assert as_user("officer1").get("/").text.count("Nhiều") == 12


def test_a_glance_is_exact_for_short_lists_and_says_when_it_is_not(
    session: Session, actor: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = actor("supervisor1")
    for number in range(12):
        made = a_petition(boss, SECRET if number % 4 == 0 else PLAIN, people_count=1 + 5 * (number % 2))
        if number % 3 == 0:
            do(assignment.assign, made.id, by=boss, officer_id=actor("officer1").id)
    session.rollback()
    today = clocks.today()
    views = [
        View(queue, filters)
        for queue in Queue
        for filters in (
            Filters(),
            Filters(kind="complaint"),
            Filters(flags=("group",)),
            Filters(flags=("group",), kind="complaint", officer_id=actor("officer1").id),
            Filters(unit_id=0, due="week"),
            Filters(officer_id=0, ward_code="00004"),
            Filters(due="late"),
            Filters(absent=True, unsent=True),
        )
    ]
    for name in ("supervisor1", "officer1", "officer3"):
        who = actor(name)
        counts = queue_counts(session, who, today=today, soon_until=today)
        for view in views:
            exact = count_up_to(session, view, who, today=today, soon_until=today)
            found = glance(session, view, who, today=today, soon_until=today, counts=counts)
            assert found == Glance(exact, exact=True), view
    monkeypatch.setattr(counting, "GLANCE_ROWS", 5)
    boss_counts = queue_counts(session, boss, today=today, soon_until=today)
    view = View(Queue.ALL, Filters(kind="complaint"))
    found = glance(session, view, boss, today=today, soon_until=today, counts=boss_counts)
    assert not found.exact
    assert found.number <= 6


@pytest.mark.parametrize("value", ["nobody", "unit:3", "role:officer", "office"])
def test_sharing_is_read_as_it_is_written(value: str) -> None:
    sharing = read_sharing(value)
    assert sharing is not None
    assert sharing_value(sharing) == value


@pytest.mark.parametrize("text", ["", "a=b&" * 2000, "kind=%00", "due=late&due=today", "sort=bogus", "=&=&", "%ff=%ff"])
def test_any_query_is_read_as_one_that_the_lists_know(text: str) -> None:
    query, _read = read_query(text)
    again, read = read_query(query)
    assert (again, read.errors) == (query, {})
