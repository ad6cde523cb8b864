"""Fingerprints, houses and weights: what makes two letters alike and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import fold
from search.likeness.comparing import Letter
from search.likeness.fingerprints import MAX_WORDS, WINDOW, as_bytes, fingerprint, from_bytes, room
from search.likeness.houses import houses_of
from search.likeness.weights import Weights
from tests.search.likeness.texts import DITCH, MARKET, WELL

WORDS = st.lists(
    st.sampled_from("mot hai ba bon nam sau bay tam chin muoi tram nghin".split()), min_size=12, max_size=60
)


def backlog(*texts: str) -> Weights:
    weights = Weights()
    for text in texts:
        weights.add(fingerprint(text).pairs)
    return weights


def contained(typed: str, kept: str, weights: Weights | None = None) -> float:
    letter = Letter(fingerprint(typed).pairs, weights or backlog(WELL, MARKET, DITCH))
    return letter.agreement(fingerprint(kept).pairs).contained


def test_marks_case_and_line_breaks_make_no_difference() -> None:
    assert fingerprint(fold(WELL).upper().replace("\n", " ")) == fingerprint(WELL)


def test_heads_and_closings_are_no_part_of_a_letter() -> None:
    head = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nKính gửi: Ủy ban nhân dân phường"
    assert fingerprint(head, "Tôi xin chân thành cảm ơn!") == ([], [])
    assert set(fingerprint(f"{head}\n{DITCH}").pairs) == set(fingerprint(DITCH).pairs)


@given(before=WORDS, shared=WORDS, after=WORDS)
def test_a_shared_run_of_words_gives_a_shared_key(before: list[str], shared: list[str], after: list[str]) -> None:
    """Whatever stands around it: so half a letter finds the whole."""
    assert len(shared) >= WINDOW + 2
    whole = fingerprint(" ".join(before + shared + after))
    assert set(fingerprint(" ".join(shared)).keys) & set(whole.keys)


def test_the_first_half_of_a_letter_is_all_contained() -> None:
    assert contained(WELL[: len(WELL) // 2].rsplit(" ", 1)[0], WELL) == pytest.approx(1.0)


def test_other_letters_have_nothing_in_common() -> None:
    assert contained(WELL, MARKET) == 0.0
    assert contained(DITCH, MARKET) == 0.0


def test_what_everybody_writes_makes_no_two_letters_alike() -> None:
    form = "đề nghị kiểm tra hồ sơ trả lời bằng văn bản trong thời hạn luật định cho gia đình tôi được biết rõ ràng"
    many = backlog(*(f"{form} số riêng thứ {n} {n}" for n in range(2_000)))
    assert contained(f"{form} {DITCH}", f"{form} {MARKET}", many) == 0.0
    few = backlog(DITCH, MARKET)
    assert contained(f"{form} {DITCH}", f"{form} {MARKET}", few) > 0.2


def test_a_title_of_few_words_is_not_yet_a_letter() -> None:
    assert contained("Mương thoát nước", DITCH) == 0.0


def test_pairs_are_stored_and_read_again() -> None:
    pairs = fingerprint(WELL).pairs
    assert list(from_bytes(as_bytes(pairs))) == pairs


def test_endless_text_is_cut() -> None:
    words = " ".join(f"chữ{n}" for n in range(2 * MAX_WORDS))
    assert len(fingerprint(words).pairs) < MAX_WORDS


def test_offices_and_denunciations_have_rooms_of_their_own() -> None:
    rooms = [room(office, sealed=sealed) for office in range(1, 200) for sealed in (False, True)]
    assert len(set(rooms)) == len(rooms)


@pytest.mark.parametrize(
    "address",
    [
        "số 12, ngõ 165 Đường Mẫu",
        "165/12 duong Mau",
        "12 ngõ 165 Đ. Mẫu, P. Nghĩa Đô, Hà Nội",
        "Số nhà 12 ngõ 165 phố Mẫu",
    ],
)
def test_one_house_however_it_is_written(address: str) -> None:
    assert houses_of(address) == houses_of("12 ngõ 165 đường Mẫu")


@pytest.mark.parametrize(
    "address",
    ["14 ngõ 165 đường Mẫu", "12 ngõ 156 đường Mẫu", "12 ngõ 165 đường Thử", "tổ 12 Khu Mẫu", "phường Mẫu", ""],
)
def test_another_house_or_none(address: str) -> None:
    assert not houses_of(address) & houses_of("12 ngõ 165 đường Mẫu")
