"""What somebody types is never an error."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.parsing import MAX_LENGTH, MAX_WORDS, Part, SearchQuery, parse

HOSTILE = (
    "", " ", "**", "*", "?", "[a TO z]", "a AND", "NOT", "OR OR OR", '"', '""', "\"'", "title:", "title:(", "^5", "~",
    "\\",
    "\x00\x01\x02", "%", "_", "'; DROP TABLE petition; --", "(" * 3000, ")" * 3000, '"' * 3000, "a" * 100_000,
    " ".join("abcdefgh"[n % 8] * (n % 7 + 1) for n in range(5000)), "\u0301" * 3000, "ạ\u0323\u0302" * 2000, "1" * 5000,
    "1-" * 2000, "1." * 3000 + "x", "\u202e\u200f\ufeff", "𝔘𝔫𝔦", "🙂" * 500, "/" * 2000, "-" * 2000, "a/b." * 1000,
)  # fmt: skip


def words(query: SearchQuery) -> list[str]:
    return [word.plain for word in query.words]


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_text_is_understood_somehow_and_at_once(typed: str) -> None:
    start = time.process_time()
    query = parse(typed)
    assert time.process_time() - start < 0.05
    assert len(query.text) <= MAX_LENGTH
    assert len(query.words) <= MAX_WORDS


@given(st.text(max_size=400))
def test_any_text_is_understood(typed: str) -> None:
    query = parse(typed)
    assert len(query.words) <= MAX_WORDS
    assert bool(query.required) == bool(query.parts)


def test_what_is_left_out_is_said() -> None:
    assert not parse("khiếu nại đất đai").cut
    assert parse("từ " * 100).cut
    assert parse(" ".join(f"chu{n}" for n in range(MAX_WORDS + 1))).cut
    assert words(parse(" ".join(f"chu{n}" for n in range(MAX_WORDS + 1)))) == [f"chu{n}" for n in range(MAX_WORDS)]


def test_marks_typed_are_noticed() -> None:
    assert parse("khiếu nại").marked
    assert not parse("khieu nai").marked


def test_quotation_marks_ask_for_neighbours() -> None:
    query = parse('đơn về "đất đai" và “nhà ở”')
    assert [[word.plain for word in phrase] for phrase in query.phrases] == [["dat", "dai"], ["nha", "o"]]
    assert parse('"đất').phrases == ()


def test_binding_words_are_not_required_unless_alone() -> None:
    assert [part.words[0].plain for part in parse("đất của ông An").required] == ["dat", "an"]
    assert [part.words[0].plain for part in parse("ông").required] == ["ong"]
    assert [part.words[0].plain for part in parse("của và").required] == ["cua", "va"]
    # Typed without marks it may be another word: "cho" is "chợ" too.
    assert [part.words[0].plain for part in parse("cua hang").required] == ["cua", "hang"]


@pytest.mark.parametrize("typed", ["ptn-2026-000123-k", "PTN2026000123K", "Ptn/2026/000123/K", "PTN 2026 000123 K"])
def test_a_case_number_however_written(typed: str) -> None:
    query = parse(typed)
    assert "ptn2026000123k" in {query.code, *(part.code for part in query.parts)}


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0912345678", "0912345678"),
        ("0912 345 678", "0912345678"),
        ("0912.345.678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("5678", "5678"),
        ("165/20", "16520"),
    ],
)
def test_figures_that_belong_together(typed: str, number: str) -> None:
    (part,) = parse(typed).parts
    assert part.number == number


def test_a_date_stays_findable_as_words() -> None:
    (part,) = parse("12/3/2026").parts
    assert [word.plain for word in part.words] == ["12", "3", "2026"]


def test_abbreviations_both_ways() -> None:
    (short, place) = parse("UBND phường").parts
    assert short.other_wordings == (("uy", "ban", "nhan", "dan"),)
    assert place == Part(place.words)
    (full, _) = parse("uỷ ban nhân dân phường").parts
    assert full.other_wordings == (("ubnd",),)
