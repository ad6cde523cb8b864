"""One analysis for what is stored and what is typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import fold
from search.analysis import (
    MARKS_FOLLOW,
    MAX_TEXT,
    compact,
    document_terms,
    grams,
    local_number,
    plain_in_place,
    prepare,
    serial,
    split_marks,
    tokens,
)


def plains(terms: frozenset[str]) -> set[str]:
    return {term.partition(MARKS_FOLLOW)[0] for term in terms}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà", "hòa"),
        ("thuỷ", "thủy"),
        ("khoẻ", "khỏe"),
        ("kỹ", "kĩ"),
        ("lý", "lí"),
        ("quý", "quí"),
        ("ĐƯỜNG", "đường"),
        ("Tiếng", unicodedata.normalize("NFD", "tiếng")),
        ("ấ", unicodedata.normalize("NFC", "a\u0301\u0302")),
    ],
)
def test_spellings_of_one_word_are_one(one: str, other: str) -> None:
    first, second = document_terms(head=[one], body=[]), document_terms(head=[other], body=[])
    assert first.words == second.words


@pytest.mark.parametrize(("one", "other"), [("đường", "dương"), ("má", "mà"), ("ăn", "ân"), ("hoa", "hoà")])
def test_different_words_share_their_plain_form_only(one: str, other: str) -> None:
    assert split_marks(one)[0] == split_marks(other)[0]
    assert split_marks(one)[1] != split_marks(other)[1]


def test_final_y_of_other_words_stays() -> None:
    assert [split_marks(word)[0] for word in ("tay", "sky", "quay", "my", "ty")] == ["tay", "sky", "quay", "mi", "ti"]


@given(st.text(alphabet="aăâáàạđêệôởưựiyhklmtAĐƠ ", max_size=30))
def test_plain_letters_are_the_fold_of_the_house_but_for_final_y(text: str) -> None:
    for token in tokens(unicodedata.normalize("NFC", text)):
        whole = fold(unicodedata.normalize("NFC", text)[token.start : token.end])
        assert token.plain in (whole, whole[:-1] + "i")


@given(st.text(max_size=60))
def test_any_text_gives_terms_that_keep_their_separators_apart(text: str) -> None:
    terms = document_terms(head=[text], body=[text], codes=[text], numbers=[text])
    for term in terms.words | terms.pairs:
        assert term.count(MARKS_FOLLOW) == 1
        assert "\n" not in term
        assert len(term.encode()) < 800


@given(st.text(max_size=80))
def test_plain_letters_stand_where_the_letters_stood(text: str) -> None:
    assert len(plain_in_place(text)) == len(text)


def test_plain_in_place_agrees_with_the_terms() -> None:
    text = "Khiếu nại về ĐẤT đai ở phường Nghĩa Đô"
    assert plain_in_place(text) == "khieu nai ve dat dai o phuong nghia do"


def test_pairs_cross_neither_lines_nor_texts() -> None:
    terms = document_terms(head=["tranh chấp", "đất đai"], body=["ngõ hẻm\nlối đi"])
    assert plains(terms.pairs) == {"tranh chap", "dat dai", "ngo hem", "loi di"}
    assert plains(terms.head_pairs) == {"tranh chap", "dat dai"}


def test_invisible_characters_do_not_cut_a_word() -> None:
    assert plains(document_terms(head=["đất\u200b đai\u00ad"], body=[]).words) == {"dat", "dai"}


def test_codes_and_numbers() -> None:
    terms = document_terms(head=[], body=["gọi 0912.345.678"], codes=["PTN-2026-000123-K"], numbers=["001 085"])
    assert {"ptn2026000123k", "~123", "#0123", "#0010", "#3456"} <= terms.codes
    assert grams("123") == []
    assert grams("12345") == ["#1234", "#2345"]
    assert serial("000") == "~0"
    assert compact("Ptn 2026/000123.k") == "ptn2026000123k"


def test_a_foreign_prefix_is_the_local_zero() -> None:
    assert local_number("84912345678") == "0912345678"
    assert local_number("0912345678") == "0912345678"


def test_text_is_bounded() -> None:
    assert len(prepare("ạ " * MAX_TEXT)) <= MAX_TEXT
    assert max(len(plain) for plain in plains(document_terms(head=["x" * 500], body=[]).words)) == 40
