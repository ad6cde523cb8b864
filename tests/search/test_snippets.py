"""What a result shows, and the order decided on the text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.queries.indexing import IndexSource
from search.documents import document_of
from search.ground import Ground
from search.locating import Locator
from search.matching import Matches
from search.parsing import parse
from search.ranking import rank
from search.snippets import WIDTH, passage_of, title_of
from tests.search.making import segment

LONG = "Mở đầu đài các. " * 40 + "Gia đình tôi khiếu nại về đất đai tại ngõ 165/20. " + "Kết thúc lê thê. " * 40


def source(record_id: int = 1, **texts: Any) -> IndexSource:
    values: dict[str, Any] = {
        "version": 1,
        "office_id": 1,
        "sealed": False,
        "number": "PTN-2026-000001-X",
        "title": "Đơn",
        "body": "",
    }
    return IndexSource(id=record_id, **{**values, "against": "", **texts})


def marked(typed: str, **texts: Any) -> list[str]:
    passage = passage_of(source(**texts), Locator(parse(typed)))
    return [text for text, is_marked in passage.runs if is_marked]


def order(typed: str, *sources: IndexSource) -> list[int]:
    query = parse(typed)
    hits = Matches(query, Ground(segment(*map(document_of, sources)))).best(60)
    ranked = rank(
        hits, {one.id: one for one in sources}, query, Locator(query), still_matches=lambda _source: False
    )  # fmt: skip
    return [candidate.hit.id for candidate in ranked]


def test_the_passage_is_the_original_text_around_the_match() -> None:
    passage = passage_of(source(body=LONG), Locator(parse("khieu nai dat dai")))
    assert "khiếu nại về đất đai" in passage.text
    assert [text for text, is_marked in passage.runs if is_marked][-4:] == ["khiếu", "nại", "đất", "đai"]
    assert 40 < passage.text.index("khiếu") < 120
    assert passage.text.startswith("…")
    assert passage.text.endswith("…")
    assert len(passage.text) <= WIDTH + 45
    assert str(passage.label) != ""


@pytest.mark.parametrize(
    ("typed", "texts", "expected"),
    [
        ("ly do", {"body": "Lý do và lí do"}, ["Lý", "do", "lí", "do"]),
        ("hoà", {"body": "Hòa giải, hoà giải, hoa"}, ["Hòa", "hoà", "hoa"]),
        ("0912345678", {"phones": ("0912 345 678",)}, ["0912 345 678"]),
        ("5678", {"phones": ("0912345678",)}, ["5678"]),
        ("165/20", {"addresses": ("Số 165/20 Nguyễn Trãi",)}, ["165/20"]),
        ("nycc18", {"external_ref": "NYCC18501367"}, ["NYCC18"]),
        ("ubnd", {"body": "Ủy ban nhân dân phường"}, ["Ủy", "ban", "nhân", "dân"]),
        ("an", {"body": "An ninh, quan an"}, ["An", "an"]),
    ],
)
def test_what_matched_is_marked(typed: str, texts: dict[str, object], expected: list[str]) -> None:
    assert marked(typed, **texts) == expected


def test_the_passage_comes_from_the_text_that_matched() -> None:
    locator = Locator(parse("gọi điện"))
    passage = passage_of(source(body="Không liên quan.", notes=("Đã gọi điện cho ông An",)), locator)
    assert passage.text == "Đã gọi điện cho ông An"


def test_a_match_in_the_title_alone_shows_how_the_body_begins() -> None:
    passage = passage_of(source(title="Đất đai", body="Nội dung " * 60), Locator(parse("đất đai")))
    assert passage.text.startswith("Nội dung")
    assert len(passage.text) <= WIDTH
    assert title_of(source(title="Đất đai"), Locator(parse("dat dai"))).html == "<mark>Đất</mark> <mark>đai</mark>"


def test_text_of_others_is_escaped() -> None:
    passage = passage_of(source(body="<script>alert('đất')</script> & <b>"), Locator(parse("đất script")))
    assert "<script" not in passage.html
    assert "<mark>đất</mark>" in passage.html
    assert "&amp;" in passage.html


@given(st.text(max_size=120), st.text(max_size=40))
def test_any_text_can_be_quoted_for_any_query(text: str, typed: str) -> None:
    passage = passage_of(source(title=text, body=text, notes=(text,)), Locator(parse(typed)))
    assert "\n" not in passage.text
    assert len(passage.text) <= WIDTH + 45


def test_the_phrase_stands_before_its_words() -> None:
    whole = source(1, body="về việc tranh chấp đất đai kéo dài")
    near = source(2, body="đất đang tranh chấp, đai ốc")
    far = source(3, body="tranh chấp. " + "xa " * 200 + "đất. " + "xa " * 200 + "đai")
    assert order("tranh chấp đất đai", far, near, whole) == [1, 2, 3]


def test_pieces_of_a_number_that_stand_apart_are_no_match() -> None:
    apart = source(1, phones=("0912340000", "0000023456"))
    whole = source(2, phones=("0912345600",))
    assert order("123456", apart, whole) == [2]
    assert order("912340", apart, whole) == [1]
    assert order("912342345", apart, whole) == []
    assert order("123456", apart, source(3, id_numbers=("001123456789",))) == [3]
    assert order("0912 3456", apart, whole) == [2]


def test_a_text_that_changed_since_it_was_indexed_is_looked_at_again() -> None:
    query = parse("dat dai")
    hits = Matches(query, Ground(segment(document_of(source(1, body="đất đai"))))).best(5)
    newer = source(1, body="tiếng ồn", version=2)
    assert rank(hits, {1: newer}, query, Locator(query), still_matches=lambda one: "đất" in one.body) == []
    assert rank(hits, {}, query, Locator(query), still_matches=lambda _one: True) == []
