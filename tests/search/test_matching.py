"""What matches, how many, in which order."""

from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines import SEALED_TERM, bits, office_term
from search.ground import Ground
from search.matching import Matches, Sum
from search.parsing import parse
from tests.search.making import document, found, segment

numbers = st.lists(st.integers(0, 400), unique=True).map(sorted)


@given(numbers, st.integers(401, 900))
def test_sets_survive_packing(members: list[int], size: int) -> None:
    as_set = bits.of(members, size)
    assert bits.members(as_set) == members
    assert list(bits.highest(as_set, 10_000)) == members[::-1]
    if members:
        packed = b"head" + bits.pack(members, size) + b"tail"
        assert bits.unpack(packed, 4, len(members), size) == as_set
        assert bits.unpack_members(packed, 4, len(members), size) == members


@given(st.lists(st.integers(1, 100_000), unique=True, min_size=1, max_size=40).map(sorted))
def test_sets_with_wide_gaps_survive_packing(members: list[int]) -> None:
    size = 200_000
    assert bits.unpack_members(bits.pack(members, size), 0, len(members), size) == members


@given(st.lists(st.tuples(st.integers(0, 2**30), st.integers(0, 300)), max_size=12))
def test_sums_are_sums(added: list[tuple[int, int]]) -> None:
    total = Sum()
    for documents, weight in added:
        total.add(documents, weight)
    everybody = (1 << 31) - 1
    groups = list(total.groups(everybody))
    assert [number for number, _ in groups] == sorted({number for number, _ in groups}, reverse=True)
    for number, group in groups:
        for place in bits.members(group):
            assert number == reduce(add, (weight for documents, weight in added if documents >> place & 1), 0)
    assert sum(group.bit_count() for _, group in groups) == 31


LAND = document(1, "Khiếu nại đất đai")
NOISE = document(2, "Phản ánh tiếng ồn")
SCATTERED = document(3, "Đất thuê", "không phải chuyện đai")


def test_typed_without_marks_finds_the_marked() -> None:
    assert found("khieu nai dat dai", LAND, NOISE) == [1]
    assert found("KHIEU NAI", LAND, NOISE) == [1]


def test_all_words_are_needed_where_enough_is_found() -> None:
    many = [document(n, f"Đơn số {n} về đất đai phường Nghĩa Đô") for n in range(10, 40)]
    assert set(found("dat dai nghia do", *many, LAND)) == set(range(10, 40))


def test_with_too_few_found_petitions_with_some_of_the_words_follow() -> None:
    matches = Matches(parse("khieu nai dat dai ao ca"), Ground(segment(LAND, NOISE, SCATTERED)))
    assert matches.total == 0
    assert [(hit.id, hit.partial) for hit in matches.best(20)] == [(1, True)]


def test_exact_marks_come_first_however_old() -> None:
    exact = document(1, "Mở rộng đường")
    others = [document(n, "Ông Dương trình bày") for n in range(2, 200)]
    assert found("đường", exact, *others)[0] == 1
    assert found("duong", exact, *others)[0] == 199
    assert set(found("dương", exact, *others)[:59]) <= set(range(2, 200))


def test_a_word_without_marks_among_marked_ones_means_one_without() -> None:
    one, other = document(1, "Nguyễn Văn An"), document(2, "Nguyễn Văn Ân")
    assert found("Nguyễn Văn An", one, other)[0] == 1
    assert found("Nguyễn Văn Ân", one, other)[0] == 2


def test_neighbours_stand_before_scattered_words_and_the_title_before_the_body() -> None:
    body = document(4, "Việc khác", "khiếu nại đất đai tại phường")
    scattered = document(5, "Việc khác", "đất này của tôi. Khiếu tố. Nại ra. Vành đai.")
    assert found("khieu nai dat dai", LAND, body, scattered) == [1, 4, 5]


def test_among_equals_the_later_petition_comes_first() -> None:
    assert found("tieng on", *[document(n, "Phản ánh tiếng ồn") for n in range(1, 6)]) == [5, 4, 3, 2, 1]


def test_quotation_marks_are_kept() -> None:
    assert found('"dat dai"', LAND, SCATTERED) == [1]
    assert found("dat dai", LAND, SCATTERED) == [1, 3]


CASE = document(7, "Đơn", codes=["PTN-2026-000123-K", "NYCC18501367"], numbers=["0912345678", "001085012345"])
OTHER = document(8, "Đơn", codes=["PTN-2026-000124-L"], numbers=["0987654321"])


@pytest.mark.parametrize(
    "typed",
    [
        "PTN-2026-000123-K", "ptn2026000123k", "ptn 2026 000123 k", "PTN-2026-000123", "2026-000123", "000123", "123",
        "nycc18501367", "NYCC 18501367", "18501367", "0912345678", "0912 345 678", "+84912345678", "345678", "5678",
        "001085012345", "0850", "đơn 0912345678",
    ],
)  # fmt: skip
def test_numbers_by_any_part_of_four_digits(typed: str) -> None:
    assert found(typed, CASE, OTHER)[0] == 7


def test_a_number_is_not_found_by_what_it_does_not_hold() -> None:
    assert found("0912345679", CASE, OTHER) == []
    assert found("PTN-2026-000125-M", CASE, OTHER) == []


def test_house_numbers_match_as_a_whole() -> None:
    here = document(1, "Nhà số 165/20 Nguyễn Trãi")
    there = document(2, "Nhà số 165 Nguyễn Trãi, tầng 20")
    assert found("165/20", here, there) == [1]


def test_names_by_their_last_word() -> None:
    assert found("Lan", document(1, "Trần Thị Lan"), document(2, "Lê Văn Lâm"))[0] == 1


def test_abbreviations_find_the_full_wording_and_back() -> None:
    short, full = document(1, "UBND phường"), document(2, "Ủy ban nhân dân phường")
    assert set(found("ubnd", short, full)) == {1, 2}
    assert set(found("uỷ ban nhân dân", short, full)) == {1, 2}


def test_a_word_half_typed_is_completed_only_where_it_is_no_word() -> None:
    assert found("sanit", document(1, "Sanitation complaint"), document(2, "Noise")) == [1]
    assert found("an", document(1, "Nguyễn Văn An"), document(2, "ánh sáng")) == [1]


def test_sealed_and_office_marks_cannot_be_typed() -> None:
    sealed = document(1, "Tóm tắt", marks=[SEALED_TERM, office_term(1)])
    for typed in (SEALED_TERM, office_term(1), "sealed", "@1"):
        assert found(typed, sealed) == []


def test_only_what_is_within_the_set_counts() -> None:
    ground = Ground(segment(*[document(n, "Đất đai") for n in range(1, 6)]))
    matches = Matches(parse("đất đai"), ground, within=bits.of([2, 3, 9], 10))
    assert matches.total == 2
    assert matches.all_parts.bit_count() == 5
    assert [hit.id for hit in matches.best(60)] == [3, 2]


def test_the_ground_tells_what_is_sealed() -> None:
    old = segment(document(1, "Đất đai"), document(2, "Đất đai", marks=[SEALED_TERM]))
    fresh = segment(document(1, "Tóm tắt", version=2, marks=[SEALED_TERM]))
    assert bits.members(Ground(old).sealed) == [2]
    assert bits.members(Ground(old, fresh=fresh).sealed) == [1, 2]


def test_fresh_text_stands_for_the_indexed_one() -> None:
    old = segment(document(1, "tiếng ồn"), document(2, "tiếng ồn"))
    ground = Ground(old, fresh=segment(document(1, "rác thải", version=2)))
    assert bits.members(Matches(parse("tieng on"), ground).full) == [2]
    assert [(hit.id, hit.version) for hit in Matches(parse("rac thai"), ground).best(5)] == [(1, 2)]


def test_the_text_of_a_file_finds_its_petition_unless_it_is_sealed() -> None:
    cases = segment(document(1, "đơn kèm biên bản"), document(2, "đơn tố cáo", marks=[SEALED_TERM]))
    files = segment(document(1, body="ranh giới thửa đất"), document(2, body="ranh giới thửa đất"))
    ground = Ground(cases, files=files)
    assert bits.members(Matches(parse("ranh giới"), ground).full) == [1]
    assert bits.members(Matches(parse("biên bản thửa đất"), ground).full) == [1]
    assert bits.members(Ground(segment(document(3, "khác")), files=files).spelled("w", "ranh")) == []


def test_the_first_of_many_are_the_first_of_all() -> None:
    everything = [document(n, "đất " * (n % 3) + "đai " * (n % 5) + "xa") for n in range(1, 200)]
    assert found("đất đai", *everything, limit=10) == found("đất đai", *everything, limit=150)[:10]
