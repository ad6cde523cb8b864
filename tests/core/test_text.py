import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean_line, clean_text, digits, fold, name_sort_key, nfc, sort_key

WORDS = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậếềểễệ ABCĐ-0123", max_size=40)


@given(st.text(max_size=80))
def test_a_clean_line_is_one_line_and_stays_clean(raw: str) -> None:
    line = clean_line(raw)
    assert line == clean_line(line)
    assert unicodedata.is_normalized("NFC", line)
    assert line == line.strip()
    assert not re.search(r"\s\s|[\n\t\x00\u200b\ufeff]", line)


@given(st.text(max_size=80))
def test_a_clean_text_keeps_lines_and_stays_clean(raw: str) -> None:
    text = clean_text(raw)
    assert text == clean_text(text)
    assert "\r" not in text
    assert unicodedata.is_normalized("NFC", text)
    assert all(line == line.rstrip() for line in text.split("\n"))
    assert not re.search("[\x00-\x08\x7f\u00ad\u200b\ufeff]", text)


def test_what_cannot_be_seen_is_taken_out() -> None:
    assert clean_line("\ufeff Nguyễn\u200b Văn\u00a0\u00a0An\t") == "Nguyễn Văn An"
    assert clean_text("một \r\nhai\r\rba \x00") == "một\nhai\n\nba"


@pytest.mark.parametrize(
    ("written", "typed"),
    [("Khiếu nại ĐẤT đai", "khieu nai dat dai"), ("Đỗ Thị Bưởi", "do thi buoi"), ("plain ASCII", "plain ascii")],
)
def test_folding_gives_what_a_hurried_hand_types(written: str, typed: str) -> None:
    assert fold(written) == typed
    assert fold(unicodedata.normalize("NFD", written)) == typed


def test_only_ascii_digits_make_a_key() -> None:
    assert digits("+84 (0)912.345-678 ext ٣") == "840912345678"


def test_words_are_ordered_as_a_vietnamese_dictionary_does() -> None:
    words = ["an", "ăn", "ân", "ba", "bà", "bả", "bã", "bá", "bạ", "da", "đa", "ea", "êa", "oa", "ôa", "ơa", "ua", "ưa"]
    assert sorted({*words}, key=sort_key) == words


def test_a_shorter_word_stands_before_a_longer_one_whatever_its_tone() -> None:
    assert sort_key("bạ") < sort_key("bac")
    assert sort_key("Đặng") < sort_key("đặng a")


def test_names_are_ordered_by_the_given_name() -> None:
    names = ["Trần Văn Ân", "Bùi Bình", "Đỗ Thị Bình", "Nguyễn Văn Đạt", "Lê Yến"]
    assert sorted({*names}, key=name_sort_key) == names


@given(WORDS)
def test_a_key_is_short_ascii_and_the_same_for_both_forms_of_a_letter(text: str) -> None:
    key = sort_key(text)
    assert key.isascii()
    assert len(key) <= 120
    assert key == sort_key(unicodedata.normalize("NFD", text))


def test_normal_form_c_is_what_is_kept() -> None:
    assert nfc("e\u0302\u0301") == "ế"
