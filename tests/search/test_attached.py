"""What is found in files: through the whole way from the upload to the passage that names the file."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from core.settings import Settings
from documents.text.reading import read_next
from petitions.services.attachments import store_attachments
from petitions.services.file_texts import text_known
from petitions.services.records import add_note
from search import attached
from search.indexing import drain
from search.installed import installed
from search.queries import Result, find
from tests.documents.samples import sent
from tests.search.making import register

ActorOf = Callable[[str], Actor]
LETTER = "Biên bản đo đạc ngày 12/3/2020 tại thửa số 47, có mặt ông Hoàng Văn Chứng, điện thoại 0987 654 321."


@pytest.fixture
def by(actor: ActorOf) -> Actor:
    return actor("reception1")


@pytest.fixture
def attach(session: Session, settings: Settings, by: Actor) -> Callable[..., None]:
    def add(petition_id: int, text: str = LETTER, name: str = "biên bản.txt") -> None:
        with unit_of_work() as writing:
            files = [sent(name, text.encode())]
            store_attachments(writing, petition_id, files, by=by, uploads_dir=settings.uploads_dir)
        while read_next(settings.uploads_dir, text_known):
            pass
        settle()

    return add


def settle() -> None:
    while drain():
        pass


def results(session: Session, typed: str, by: Actor) -> list[Result]:
    session.rollback()
    return list(find(session, installed(), typed, by).results)


@pytest.mark.parametrize(
    "typed", ["hoàng văn chứng", "hoang van chung", "0987654321", "654321", '"thửa số 47"', "đo đạc thu hồi"]
)
def test_a_petition_is_found_by_what_stands_in_its_file(
    session: Session, by: Actor, attach: Callable[..., None], typed: str
) -> None:
    petition = register(session, by, "Khiếu nại việc thu hồi đất", "Nội dung khác hẳn.")
    register(session, by, "Khiếu nại việc thu hồi nhà", "Nội dung nữa.")
    attach(petition.id)
    found = results(session, typed, by)
    assert [result.row.number for result in found if not result.partial] == [petition.number]
    passage = found[0].passage
    assert str(passage.label) == "Tệp “biên bản.txt”"
    assert any(marked for _text, marked in passage.runs)


def test_its_own_text_is_quoted_where_that_tells_as_much(
    session: Session, by: Actor, attach: Callable[..., None]
) -> None:
    petition = register(session, by, "Đơn", "Xin xem biên bản đo đạc kèm theo.")
    attach(petition.id)
    (result,) = results(session, "biên bản đo đạc", by)
    assert str(result.passage.label) == "Nội dung"


def test_what_stands_in_a_file_word_for_word_is_quoted_before_words_that_stand_apart(
    session: Session, by: Actor, attach: Callable[..., None]
) -> None:
    petition = register(session, by, "Đơn", "Tôi là Ngô Văn Thử, ở ngách 20 Phố Mới.")
    attach(petition.id, "Kính gửi ủy ban. Nhà tại ngõ 165/20 phố Chợ.")
    (result,) = [one for one in results(session, "ngõ 165/20 phố chợ", by) if not one.partial]
    assert "<mark>ngõ 165/20 phố Chợ</mark>" in result.passage.html


def test_a_file_is_found_by_its_name(session: Session, by: Actor, attach: Callable[..., None]) -> None:
    petition = register(session, by, "Đơn", "Nội dung.")
    attach(petition.id, "x", "sổ đỏ nhà bà Lành.txt")
    (result,) = results(session, "bà lành", by)
    assert result.row.number == petition.number
    assert str(result.passage.label).startswith("Tệp")
    assert "<mark>Lành</mark>" in result.passage.html


def test_a_change_of_the_case_does_not_hide_what_its_file_says(
    session: Session, by: Actor, attach: Callable[..., None]
) -> None:
    petition = register(session, by, "Đơn", "Nội dung.")
    attach(petition.id)
    with unit_of_work() as writing:
        add_note(writing, petition.id, by=by, text="Đã gọi điện")
    for _ in range(2):
        assert [result.row.number for result in results(session, "hoàng văn chứng", by)] == [petition.number]
        assert [result.row.number for result in results(session, "0987654321", by)] == [petition.number]
        settle()


def test_a_number_whose_pieces_only_happen_to_stand_there_is_not_found(
    session: Session, by: Actor, attach: Callable[..., None]
) -> None:
    petition = register(session, by, "Đơn", "Nội dung.")
    attach(petition.id, "số 098765 và số 876543 và số 765432, rồi 654321")
    assert results(session, "0987654321", by) == []


def test_where_the_words_lie_too_deep_to_be_quoted_the_result_says_so(
    session: Session, by: Actor, attach: Callable[..., None]
) -> None:
    petition = register(session, by, "Đơn", "Nội dung của đơn.")
    attach(petition.id, "lời dẫn " * (attached.FILE_READ // 8 + 10) + "chữ ẩn")
    (result,) = results(session, "chữ ẩn", by)
    assert "không trích" in str(result.passage.label)
    assert result.passage.text == "Nội dung của đơn."


def test_the_page_names_the_file(
    session: Session, by: Actor, attach: Callable[..., None], as_user: Callable[[str], FlaskClient]
) -> None:
    petition = register(session, by, "Đơn", "Nội dung.")
    attach(petition.id, name="<b>biên bản.txt")
    page = as_user("reception1").get("/search?q=đo đạc").text
    assert petition.number in page
    assert "Tệp “_b_biên bản.txt”" in page or "Tệp “&lt;b" in page
    assert "<mark>đo</mark>" in page or "<mark>đo đạc</mark>" in page
