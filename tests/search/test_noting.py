"""What the administrator learns of searches, and what nobody may learn."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from search import views
from search.engines import IndexState, IndexUnavailable
from search.installed import installed
from search.models import QueryNote
from search.noting import MOST, Notebook, Noted, masked
from tests.search.making import register
from tests.search.test_find import drain_all

AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def desk(actor: Callable[[str], Actor]) -> Actor:
    return actor("reception1")


@pytest.fixture
def backlog(session: Session, desk: Actor) -> None:
    for n in range(6):
        register(session, desk, f"Khiếu nại thu hồi đất lô {n}", "Về việc bồi thường", name="Trần Thị Thoa")
    drain_all()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("thu hồi đất GPLX", "thu hồi đất gplx"),
        ("khiếu nại của ông Nguyễn Văn Xoan", "khiếu nại … … … … …"),
        ("Nguyen Van Xoan", "… … …"),
        ("Xoan", "…"),
        ("thoa", "…"),
        ("trần thị bồi thường đất", "… … … … đất"),
        ("0912345678 thu hồi", "# thu hồi"),
        ("001085012345", "#"),
        ("<b>đất</b>", "b đất b"),
    ],
)
def test_no_name_and_no_number_is_kept(session: Session, backlog: None, typed: str, kept: str) -> None:
    assert masked(typed, installed().engine.snapshot()) == kept


def notes(session: Session) -> list[tuple[str, str, int]]:
    session.rollback()
    rows = session.execute(select(QueryNote.why, QueryNote.words, QueryNote.times).order_by(QueryNote.id))
    return [(row.why, row.words, row.times) for row in rows]


def test_what_finds_nothing_is_noted_and_listed(session: Session, backlog: None, as_user: AsUser) -> None:
    desk, boss = as_user("reception1"), as_user("supervisor1")
    for typed in ("thu hoi GPLX", "thu hoi GPLX", "thu hoi dat", "Nguyễn Văn Xoan"):
        desk.get("/search", query_string={"q": typed})
    assert notes(session) == []  # nothing is written while somebody waits
    assert installed().notebook.write() == 3
    assert notes(session) == [("nothing", "thu hoi gplx", 2), ("nothing", "… … …", 1)]
    page = boss.get("/search/noted").text
    assert "gplx" in page
    assert "Xoan" not in page
    assert desk.get("/search/noted").status_code == 403


def test_an_index_that_breaks_while_a_note_is_made_costs_the_note_only(
    session: Session, backlog: None, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> str:
        raise IndexUnavailable(IndexState.DAMAGED)

    monkeypatch.setattr(views, "masked", broken)
    answer = as_user("reception1").get("/search", query_string={"q": "thu hoi GPLX"})
    assert answer.status_code == 200
    assert installed().notebook.write() == 0


def test_notes_are_bounded(session: Session, desk: Actor) -> None:
    book = Notebook()
    for n in range(0, MOST + 150, 150):
        for at in range(n, n + 150):
            book._waiting.append(Noted(desk.office_id, "slow", f"từ {at}", at))
        book.write()
    assert len(notes(session)) == MOST
    assert notes(session)[-1][1] == f"từ {n + 149}"
