"""Whole lists as files: what the pages show, in their order, for whoever may take it out, and noted."""

import csv
import json
import re
from collections.abc import Callable
from datetime import date
from io import BytesIO, StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.audit import AuditEntry
from core.settings import Settings
from petitions.views import list_files
from petitions.vocabulary import Kind
from search.indexing import drain
from search.installed import installed
from search.queries import Order, matching_ids, rows_of
from tests.search.making import lose_index, register

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def desk(actor: ActorOf) -> Actor:
    return actor("reception1")


def drain_all() -> None:
    while drain():
        pass


def csv_rows(client: FlaskClient, address: str) -> list[list[str]]:
    answer = client.get(address, buffered=True)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))[1:]


def sheet_rows(client: FlaskClient, address: str) -> list[list[object]]:
    answer = client.get(address, buffered=True)
    assert answer.status_code == 200
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def numbers_on_pages(client: FlaskClient, address: str) -> list[str]:
    """The numbers that the pages of a list show, one page after the other."""
    found: list[str] = []
    following = [address]
    while following:
        page = client.get(following[0]).text
        found += re.findall(r'data-row-link href="/petitions/([^"]+)"', page)
        following = [url.replace("&amp;", "&") for url in re.findall(r'rel="next" href="([^"]+)"', page)]
    return found


@pytest.mark.parametrize("order", ["", "&sort=newest", "&sort=due"])
def test_a_file_has_the_rows_of_all_pages_in_their_order(
    session: Session, desk: Actor, as_user: AsUser, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    for n in range(70):
        body = "cây đổ " * (n % 4)
        register(session, desk, f"Cây đổ số {n}", body, received_on=date(2026, 11, 1 + n % 19))
    register(session, desk, "Đất đai")
    drain_all()
    monkeypatch.setattr("search.views_export.AT_ONCE", 9)
    client = as_user("supervisor1")
    address = f"q=cay+do{order}"
    on_pages = numbers_on_pages(client, f"/search?{address}")
    assert len(on_pages) == 70
    assert [row[1] for row in csv_rows(client, f"/search/list.csv?{address}")] == on_pages
    in_sheet = [row[1] for row in sheet_rows(client, f"/search/list.xlsx?{address}") if row[0] and row[1]]
    assert in_sheet[1:] == on_pages


@pytest.mark.parametrize("address", ["/queues/all{}?kind=complaint", "/queues/open{}?sort=-number", "/queues/open{}"])
def test_a_queue_too(
    session: Session, desk: Actor, as_user: AsUser, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    for n in range(60):
        register(session, desk, f"Đơn {n}", received_on=date(2026, 11, 1 + n % 19))
    register(session, desk, "Kiến nghị", kind=Kind.RECOMMENDATION)
    monkeypatch.setattr(list_files, "AT_ONCE", 7)
    client = as_user("reception1")
    on_pages = numbers_on_pages(client, address.format(""))
    assert len(on_pages) >= 60
    assert [row[1] for row in csv_rows(client, address.format("/list.csv"))] == on_pages


def test_no_cell_is_a_formula(session: Session, desk: Actor, as_user: AsUser) -> None:
    register(session, desk, '=HYPERLINK("http://x","cây")', name="@SUM(1+1)")
    drain_all()
    client = as_user("reception1")
    (row,) = csv_rows(client, "/search/list.csv?q=cay")
    assert row[3].startswith("'=HYPERLINK")
    assert row[4].startswith("'@")
    answer = client.get("/search/list.xlsx?q=cay", buffered=True)
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    assert {cell.data_type for cells in sheet.iter_rows() for cell in cells} <= {"s", "n"}
    assert any(str(cell.value).startswith("=HYPERLINK") for cells in sheet.iter_rows() for cell in cells)


def test_a_file_has_nothing_that_its_reader_may_not_see(
    session: Session, app: Flask, desk: Actor, actor: ActorOf, as_user: AsUser
) -> None:
    sealed = register(session, desk, "Mật báo cây đổ", kind=Kind.DENUNCIATION)
    known = register(session, desk, "Cây đổ")
    drain_all()
    ids = {}
    for name in ("supervisor1", "officer1"):
        who = actor(name)
        ids[name] = matching_ids(session, installed(), "cay do", who, order=Order.RELEVANCE)
        assert [row.id for row in rows_of(session, [sealed.id, known.id], who)] == sorted(ids[name])
    assert sorted(ids["supervisor1"]) == [sealed.id, known.id]
    assert ids["officer1"] == [known.id]


@pytest.mark.parametrize("address", ["/search/list.csv?q=cay", "/queues/all/list.xlsx"])
def test_who_may_not_take_lists_out(session: Session, desk: Actor, as_user: AsUser, address: str) -> None:
    register(session, desk, "Cây đổ")
    assert as_user("officer1").get(address).status_code == 403
    assert as_user("admin1").get(address).status_code == 403
    for page in ("/search?q=cay", "/queues/all"):
        assert "list.csv" not in as_user("officer1").get(page).text
        assert "list.csv" in as_user("reception1").get(page).text


def test_the_audit_chain_keeps_who_took_how_many_and_no_words(session: Session, desk: Actor, as_user: AsUser) -> None:
    for n in range(3):
        register(session, desk, f"Cây đổ {n}", name="Trần Thị Lan")
    drain_all()
    csv_rows(as_user("supervisor1"), "/search/list.csv?q=tran+thi+lan&kind=complaint")
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.subject) == ("export", "search")
    assert json.loads(entry.payload)["rows"] == 3
    assert "lan" not in entry.payload
    assert "complaint" in entry.payload


def test_a_list_is_whole_or_refused(
    session: Session, desk: Actor, as_user: AsUser, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        register(session, desk, f"Cây đổ {n}")
    drain_all()
    client = as_user("reception1")
    assert client.get("/search/list.pdf?q=cay").status_code == 404
    assert client.get("/queues/none/list.csv").status_code == 404
    assert client.get("/search/list.csv?q=cay&received_from=99/99/9999").status_code == 400
    with monkeypatch.context() as patch:
        patch.setattr(list_files, "MOST_EXPORTED", 2)
        assert client.get("/queues/all/list.csv").status_code == 400
    lose_index(settings)
    assert client.get("/search/list.csv?q=cay").status_code == 400
