"""What every engine of search promises, whatever keeps its index: run on Whoosh, and on PostgreSQL."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine

from core.settings import Settings
from search.analysis import word_key
from search.engines import (
    PAIRS,
    SEALED_TERM,
    WORDS,
    Document,
    IndexBusy,
    IndexState,
    IndexUnavailable,
    SearchEngine,
    Snapshot,
    bits,
    postgresql_sets,
)  # fmt: skip
from search.engines.postgresql_engine import PostgresqlEngine
from search.engines.whoosh_engine import WhooshEngine
from search.ground import Ground
from search.matching import Matches
from search.parsing import parse
from tests.search.making import dice_of, document, segment

Make = Callable[[], SearchEngine]
VOCABULARY = "khiếu nại đất đai tiếng ồn rác thải nhà cửa đường dương dưỡng ngõ hẻm phường xã an ân ăn".split()


@pytest.fixture
def make(settings: Settings, tmp_path: Path) -> Iterator[Make]:
    """Makes an engine over one and the same place, as another process would."""
    if settings.is_sqlite:
        yield lambda: WhooshEngine(tmp_path / "index", b"secret of this installation")
        return
    connections = create_engine(settings.database_url)
    yield lambda: PostgresqlEngine(connections, "cases")
    connections.dispose()


@pytest.fixture
def engine(make: Make) -> SearchEngine:
    made = make()
    with made.exclusive():
        made.start_empty()
        made.append((), resume_after=-1)
    return made


def add(engine: SearchEngine, *documents: Document, remove: Iterable[int] = ()) -> None:
    with engine.exclusive():
        engine.append(documents, remove=remove)


def tidy(engine: SearchEngine) -> None:
    with engine.exclusive():
        while engine.tidy():
            pass


def find(engine: SearchEngine, typed: str) -> list[int]:
    return [hit.id for hit in Matches(parse(typed), engine.snapshot()).best(1000)]


def versions(snapshot: Snapshot) -> dict[int, int]:
    found = snapshot.versions()
    assert bits.members(snapshot.held) == sorted(found)
    assert snapshot.versions_of([*found, 999_999]) == found
    return found


def texts(dice: Random, count: int) -> list[tuple[int, str, str]]:
    return [
        (n, " ".join(dice.choices(VOCABULARY, k=4)), " ".join(dice.choices(VOCABULARY, k=12)))
        for n in range(1, count + 1)
    ]


def test_without_an_index_it_says_so(make: Make) -> None:
    made = make()
    with pytest.raises(IndexUnavailable) as caught:
        made.snapshot()
    assert caught.value.state is IndexState.MISSING
    assert made.status().state is IndexState.MISSING


def test_what_is_committed_is_found(engine: SearchEngine) -> None:
    add(engine, document(1, "Khiếu nại đất đai"), document(2, "Tiếng ồn"))
    add(engine, document(3, "Đất ruộng"))
    assert find(engine, "dat dai") == [1, 3]
    assert find(engine, "tieng on") == [2]
    assert versions(engine.snapshot()) == {1: 1, 2: 1, 3: 1}


def test_a_newer_version_supersedes_the_older(engine: SearchEngine) -> None:
    add(engine, document(1, "đất đai"), document(2, "đất đai"))
    add(engine, document(1, "tiếng ồn", version=2))
    assert find(engine, "dat dai") == [2]
    assert find(engine, "tieng on") == [1]
    assert versions(engine.snapshot()) == {1: 2, 2: 1}


def test_the_same_document_twice_is_one(engine: SearchEngine) -> None:
    add(engine, document(1, "đất đai"))
    add(engine, document(1, "đất đai"))
    add(engine, document(2, "nhà"), document(2, "đất đai"))
    assert sorted(find(engine, "dat dai")) == [1, 2]
    assert Matches(parse("dat dai"), engine.snapshot()).total == 2


def test_a_removed_petition_is_gone(engine: SearchEngine) -> None:
    add(engine, document(1, "đất đai"), document(2, "đất đai"))
    add(engine, remove=[1, 99])
    assert find(engine, "dat dai") == [2]


def test_merging_changes_no_answer(engine: SearchEngine) -> None:
    dice = dice_of(3)
    newest: dict[int, Document] = {}
    for round_number in range(60):
        batch = [
            document(n, title, body, version=round_number, codes=[f"X-{n:04d}"], numbers=[f"09{n:08d}"])
            for n, title, body in texts(dice, 40)
            if dice.random() < 0.2
        ]
        newest.update({one.id: one for one in batch})
        add(engine, *batch)
        if round_number % 7 == 0:
            tidy(engine)
    tidy(engine)
    whole = segment(*newest.values())
    for typed in (
        "đất đai",
        "duong",
        "dưỡng",
        "tieng on rac thai",
        "an",
        '"ngõ hẻm"',
        "0900000012",
        "x-0007",
        "phuong xa",
    ):
        expected = Matches(parse(typed), whole)
        actual = Matches(parse(typed), engine.snapshot())
        assert actual.total == expected.total
        assert actual.best(500) == expected.best(500)


def test_every_term_is_where_it_was_put(engine: SearchEngine) -> None:
    made = [document(n, title, body) for n, title, body in texts(dice_of(5), 300)]
    add(engine, *made)
    snapshot = engine.snapshot()
    for field, terms in (
        (WORDS, {one.id: one.terms.words for one in made}),
        (PAIRS, {one.id: one.terms.pairs for one in made}),
    ):
        for term in {term for held in terms.values() for term in held}:
            assert bits.members(snapshot.exact(field, term)) == [
                record_id for record_id, held in terms.items() if term in held
            ]
    each = [snapshot.exact(WORDS, word_key("duong", marks)) for marks in ("0-1+2+f", "1+2+", "1+2+x")]
    assert all(each)
    assert snapshot.spelled(WORDS, "duong") == each[0] | each[1] | each[2]


def test_one_writes_at_a_time(engine: SearchEngine, make: Make) -> None:
    other = make()
    with engine.exclusive():
        with pytest.raises(IndexBusy), other.exclusive():
            pass
        engine.append([document(1, "đất")])
    with other.exclusive():
        other.append([document(2, "đất")])
    with pytest.raises(RuntimeError):
        other.append([document(3, "đất")])
    assert find(engine, "dat") == [2, 1]


def test_a_rebuild_is_seen_at_once_and_whole(engine: SearchEngine, make: Make) -> None:
    add(engine, document(1, "cũ"))
    builder = engine.start_rebuild()
    with pytest.raises(IndexBusy):
        engine.start_rebuild()
    builder.append([document(n, "mới") for n in range(1, 20)], resume_after=19)
    reader = make()
    assert find(reader, "moi") == []
    assert find(reader, "cu") == [1]
    with engine.exclusive():
        builder.publish()
    assert len(find(reader, "moi")) == 19
    assert find(reader, "cu") == []
    assert engine.snapshot().complete


def test_a_rebuild_that_was_broken_off_goes_on(engine: SearchEngine, make: Make) -> None:
    builder = engine.start_rebuild()
    builder.append([document(n, "mới") for n in range(1, 20)], resume_after=19)
    builder.leave()
    other = make()
    builder = other.start_rebuild()
    assert builder.resume_after == 19
    builder.append([document(20, "mới")], resume_after=20)
    with other.exclusive():
        builder.publish()
    assert len(find(engine, "moi")) == 20
    assert engine.snapshot().complete


def test_a_rebuild_afresh_does_not_go_on(engine: SearchEngine) -> None:
    builder = engine.start_rebuild()
    builder.append([document(n, "mới") for n in range(1, 20)], resume_after=19)
    builder.leave()
    builder = engine.start_rebuild(afresh=True)
    assert builder.resume_after == 0
    assert builder.snapshot().held == 0
    builder.leave()


def test_filling_again_is_remembered(make: Make) -> None:
    made = make()
    with made.exclusive():
        made.start_empty()
        made.append([document(5, "đất đai")], resume_after=5)
    assert (make().snapshot().complete, make().snapshot().resume_after) == (False, 5)
    with made.exclusive():
        made.append((), resume_after=-1)
    assert make().snapshot().complete
    assert find(made, "dat dai") == [5]


def test_every_reader_sees_what_another_wrote(engine: SearchEngine, make: Make) -> None:
    reader = make()
    for n in range(1, 30):
        add(engine, document(n, f"đất đai lô {n}"), document(100, "ao", version=n))
        assert find(reader, "dat dai") == list(range(n, 0, -1))
        assert bits.members(Matches(parse(f"lô {n}"), reader.snapshot()).full) == [n]
        assert reader.snapshot().versions_of([100]) == {100: n}
    add(engine, remove=[3])
    assert 3 not in find(reader, "dat dai")
    assert reader.snapshot().versions_of([3]) == {}
    assert 3 not in versions(reader.snapshot())
    add(engine, document(3, "đất đai", version=9))
    assert versions(reader.snapshot())[3] == 9


@pytest.mark.parametrize(("beside", "read_back"), [(3, 2_000), (200, 5)])
def test_what_is_remembered_keeps_up(
    engine: SearchEngine, make: Make, monkeypatch: pytest.MonkeyPatch, beside: int, read_back: int
) -> None:
    """However the newest petitions come into the remembered sets, the answers are those of a new reader."""
    monkeypatch.setattr(postgresql_sets, "_BESIDE", beside)
    monkeypatch.setattr(postgresql_sets, "_READ_BACK", read_back)
    dice, reader = dice_of(11), make()
    for round_number in range(25):
        made = [
            document(n, title, body, version=round_number, codes=[f"X-{n:04d}"])
            for n, title, body in texts(dice, 30)
            if dice.random() < 0.2
        ]
        add(engine, *made, remove=[n for n in range(1, 31) if dice.random() < 0.03])
        for typed in ("đất đai", "duong", "dưỡng", "rac thai", "x-0007"):
            assert find(reader, typed) == find(make(), typed)
        assert versions(reader.snapshot()) == versions(make().snapshot())


def test_a_long_petition_is_found_by_all_of_its_words(engine: SearchEngine) -> None:
    body = " ".join(f"tu{n}x" for n in range(20_000))
    add(engine, document(1, "dài", body))
    for typed in ("dài", "tu0x", "tu15000x", "tu19999x", '"tu19998x tu19999x"', "tu3x tu19000x"):
        assert find(engine, typed) == [1]
    assert engine.snapshot().versions_of([1]) == {1: 1}


def test_words_and_codes_by_their_beginning(engine: SearchEngine) -> None:
    add(
        engine,
        document(1, "sanitation ở ngõ", codes=["AB-2026-000017-K"]),
        document(2, "sạch", codes=["AB-2026-000018"]),
    )
    snapshot = engine.snapshot()
    assert list(snapshot.words_starting("sa", 10)) == ["sach", "sanitation"]
    assert bits.members(snapshot.codes_starting("ab2026", 10)) == [1, 2]
    assert bits.members(snapshot.codes_starting("ab202600001", 10)) == [1, 2]
    assert bits.members(snapshot.codes_starting("ab2026000017", 10)) == [1]
    assert bits.members(snapshot.codes_starting("ab2026", 1)) == [1]


def test_signs_that_mean_something_to_a_database_are_letters_here(engine: SearchEngine) -> None:
    snapshot = engine.snapshot()
    for term in ("a'b", "a\\", "a:*", "'a' & 'b'", "!", "%", "\U0001f600", "a" * 300):
        assert snapshot.exact(WORDS, term) == 0
        assert snapshot.spelled(WORDS, term) == 0
        assert snapshot.codes_starting(term, 5) == 0


def test_the_vocabulary_counts_the_words_of_the_backlog(engine: SearchEngine) -> None:
    add(engine, *[document(n, "đất đai" if n % 2 else "tiếng ồn") for n in range(1, 11)])
    words = engine.snapshot().vocabulary()
    assert (words["dat"], words["on"]) == (5, 5)
    assert "xyz" not in words


def test_the_sealed_mark_is_kept(engine: SearchEngine) -> None:
    add(engine, document(1, "Tố cáo cán bộ", marks=[SEALED_TERM]), document(2, "khác"))
    assert bits.members(Ground(engine.snapshot()).sealed) == [1]
