"""Looking for petitions in the whole program: database, outbox, index, permissions."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from auth.actor import Actor, operating_system_actor
from core.database import unit_of_work
from core.outbox import Outbox
from core.settings import Settings
from petitions.queries.filters import Filters
from petitions.services.assignment import assign
from petitions.services.corrections import correct
from petitions.services.records import add_note
from petitions.vocabulary import Kind
from search import queries
from search.engines import IndexState
from search.feeds import CASES
from search.indexing import drain
from search.installed import installed
from search.queries import Order, Results, find
from tests.search.making import lose_index, register
from tests.search.test_parsing import HOSTILE

ActorOf = Callable[[str], Actor]


def numbers(results: Results) -> list[str]:
    return [result.row.number for result in results.results]


def search(session: Session, typed: str, actor: Actor, **more: object) -> list[str]:
    session.rollback()
    return numbers(find(session, installed(), typed, actor, **more))  # type: ignore[arg-type]


def drain_all() -> int:
    handled = 0
    while step := drain():
        handled += step
    return handled


@pytest.fixture
def desk(actor: ActorOf) -> Actor:
    return actor("reception1")


def test_a_petition_is_found_before_and_after_it_is_indexed(session: Session, desk: Actor) -> None:
    drain_all()
    made = register(session, desk, "Khiếu nại về thu hồi đất", "Gia đình không đồng ý", name="Trần Thị Lan")
    for _ in range(2):
        for typed in (
            "khieu nai thu hoi dat",
            "Lan",
            "lan không đồng ý",
            made.number,
            made.number.lower().replace("-", ""),
        ):
            assert search(session, typed, desk) == [made.number], typed
        drain_all()
    assert session.query(Outbox).filter(Outbox.consumer == CASES.consumer).count() == 0


def test_everything_written_is_searched(session: Session, desk: Actor) -> None:
    made = register(
        session, desk, "Đơn", "Thân bài", name="Phạm Minh Khôi", phone="0903 111 222", id_number="001085012345",
        address="Số 165/20 phố Vọng", against="Công ty Hoa Sen", forwarder="Ban Tiếp công dân", forwarder_ref="77/BTCD",
        external_ref="REF-9", also_sent_to="Thanh tra thành phố", note="Hẹn gặp thứ sáu", complex_reason="Nhiều đời",
        paper_location="Tủ ba",
    )  # fmt: skip
    drain_all()
    with unit_of_work() as writing:
        add_note(writing, made.id, by=desk, text="Đã điện thoại nhắc lịch")
    for _ in range(2):
        for typed in (
            "thân bài", "khoi", "0903111222", "111222", "5012345", "165/20", "phố vọng", "hoa sen", "tiep cong dan",
            "77/BTCD", "REF-9", "ref9", "thanh tra thanh pho", "thu sau", "nhiều đời", "tủ ba", "nhac lich",
        ):  # fmt: skip
            assert search(session, typed, desk) == [made.number], typed
        drain_all()


def test_a_corrected_text_is_found_by_its_new_words_only(session: Session, desk: Actor) -> None:
    made = register(session, desk, "Tiếng ồn ban đêm")
    drain_all()
    with unit_of_work() as writing:
        correct(writing, made.id, {"title": "Rác thải ven đường"}, by=desk)
    for _ in range(2):
        assert search(session, "tieng on", desk) == []
        assert search(session, "rac thai", desk) == [made.number]
        drain_all()


def test_marks_decide_among_many(session: Session, desk: Actor) -> None:
    exact = register(session, desk, "Mở đường vào xóm")
    for n in range(70):
        register(session, desk, f"Ông Dương số {n} trình bày")
    drain_all()
    assert search(session, "đường", desk)[0] == exact.number
    assert exact.number not in search(session, "duong", desk)
    assert exact.number in search(session, "duong", desk, page=4)


# Who may see what


@pytest.mark.parametrize("indexed", [False, True])
def test_a_denunciation_is_found_by_its_unit_and_by_those_who_supervise(
    session: Session, actor: ActorOf, desk: Actor, indexed: bool
) -> None:
    open_one = register(session, desk, "Tố giác việc đổ rác")
    sealed = register(session, desk, "Tố giác cán bộ nhận tiền", kind=Kind.DENUNCIATION)
    boss, unit = actor("supervisor1"), actor("officer1").unit_ids[0]
    with unit_of_work() as writing:
        assign(writing, sealed.id, by=boss, unit_id=unit, version=1)
    if indexed:
        drain_all()
    both = {open_one.number, sealed.number}
    assert set(search(session, "to giac", desk)) == both
    assert set(search(session, "to giac", boss)) == both
    assert set(search(session, "to giac", actor("officer1"))) == both
    for outsider in (actor("officer3"), operating_system_actor(desk.office_id)):
        results = find(session, installed(), "to giac", outsider)
        assert numbers(results) == [open_one.number]
        assert results.total == 1
        assert search(session, sealed.number, outsider) == []
        assert search(session, "nhan tien", outsider) == []
    assert search(session, "to giac", actor("admin1")) == []


def test_no_index_term_tells_who_denounced(session: Session, desk: Actor) -> None:
    """Whatever the tables held, a sealed petition gives the index no name, address or number."""
    made = register(session, desk, "Đơn của người dân", name="Hoàng Thị Mật", phone="0912345678", address="Ngõ Kín")
    drain_all()
    with unit_of_work() as writing:
        # As if a later fault of the program left the party beside a petition that is sealed.
        from sqlalchemy import text  # noqa: PLC0415

        writing.execute(
            text("UPDATE petition SET kind='denunciation', sealed=:yes, petitioner_name=NULL, version=2 WHERE id=:id"),
            {"yes": True, "id": made.id},
        )
    for typed in ("Hoang Thi Mat", "0912345678", "ngo kin"):
        assert search(session, typed, desk) == [], typed


def test_another_office_is_another_world(session: Session, desk: Actor) -> None:
    register(session, desk, "Đất đai")
    stranger = operating_system_actor(desk.office_id + 1)
    for _ in range(2):
        results = find(session, installed(), "đất đai", stranger)
        assert (numbers(results), results.total) == ([], 0)
        drain_all()


# Filters, order, pages


@pytest.fixture
def hundred(session: Session, desk: Actor) -> list[str]:
    made = []
    for n in range(100):
        kind = Kind.RECOMMENDATION if n % 4 == 0 else Kind.COMPLAINT
        day = date(2026, 11, 1) + timedelta(days=n % 20)
        made.append(register(session, desk, f"Đất đai lô {n}", kind=kind, received_on=day).number)
    drain_all()
    return made


def test_filters_count_and_narrow(session: Session, desk: Actor, hundred: list[str]) -> None:
    results = find(session, installed(), "dat dai", desk, filters=Filters(kind="recommendation"), size=10)
    expected = [number for n, number in enumerate(hundred) if n % 4 == 0][::-1]
    assert numbers(results) == expected[:10]
    assert results.total == 25
    third = find(session, installed(), "dat dai", desk, filters=Filters(kind="recommendation"), size=10, page=3)
    assert numbers(third) == expected[20:]
    assert not third.has_next


def test_all_matches_are_counted_though_only_the_first_are_looked_at(
    session: Session, desk: Actor, hundred: list[str]
) -> None:
    """The best sixty are read and put in order; the count is that of the index."""
    for page in range(1, 6):
        results = find(session, installed(), "dat dai", desk, size=20, page=page)
        assert (len(results.results), results.total) == (20, 100)
        assert results.has_next == (page < 5)


def test_the_newest_first(session: Session, desk: Actor, hundred: list[str]) -> None:
    found = [
        number for page in (1, 2) for number in search(session, "dat dai", desk, order=Order.NEWEST, page=page, size=20)
    ]
    expected = sorted(range(100), key=lambda n: (n % 20, n), reverse=True)
    assert found == [hundred[n] for n in expected[:40]]


def test_pages_hold_every_petition_once(session: Session, desk: Actor, hundred: list[str]) -> None:
    pages = [search(session, "đất đai", desk, page=page) for page in range(1, 7)]
    assert [len(page) for page in pages] == [20] * 5 + [0]
    assert sorted(number for page in pages for number in page) == sorted(hundred)


def test_a_number_typed_stands_first_in_a_list(session: Session, desk: Actor, hundred: list[str]) -> None:
    with unit_of_work() as writing:
        writing.execute(delete(Outbox))
    late = register(session, desk, "Việc khác")
    with unit_of_work() as writing:
        writing.execute(delete(Outbox))  # lost: neither indexed nor waiting
    assert search(session, late.number, desk)[0] == late.number
    assert search(session, hundred[3], desk)[0] == hundred[3]


# Without an index


def test_without_an_index_the_newest_are_looked_through(
    session: Session, desk: Actor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [register(session, desk, f"Đất đai lô {n}").number for n in range(12)]
    drain_all()
    lose_index(settings)
    session.rollback()
    results = find(session, installed(), "dat dai", desk)
    assert results.state is IndexState.MISSING
    assert (numbers(results), results.scanned) == (made[::-1], 12)
    assert queries.notices(results) != []
    monkeypatch.setattr(queries, "SCANNED", 5)
    assert len(search(session, "dat dai", desk)) == 5
    # The worker brings it back by itself.
    drain_all()
    results = find(session, installed(), "dat dai", desk)
    assert results.state is IndexState.READY
    assert (results.total, results.complete) == (12, True)


def test_petitions_of_an_import_are_found_when_their_turn_comes(session: Session, desk: Actor) -> None:
    drain_all()
    made = [register(session, desk, f"Đất đai lô {n}").number for n in range(5)]
    with unit_of_work() as writing:
        writing.execute(Outbox.__table__.update().values(lane=1))  # type: ignore[attr-defined]
    assert search(session, "dat dai", desk) == []
    assert drain(2) == 2
    assert len(search(session, "dat dai", desk)) == 2
    single = register(session, desk, "Đất đai mới")
    assert drain(1) == 1
    assert single.number in search(session, "dat dai", desk)
    drain_all()
    assert len(search(session, "dat dai", desk)) == len(made) + 1


@pytest.mark.parametrize("typed", [*HOSTILE, "đơn " * 60, "a b c d e f g h i k l m", "1 2 3 4 5"])
def test_hostile_queries_find_something_or_nothing(session: Session, desk: Actor, typed: str) -> None:
    register(session, desk, "Đơn a b c [x] (y) % _ 12345", "abcdefgh " * 50)
    drain_all()
    results = find(session, installed(), typed, desk)
    assert results.total >= 0
    assert results.page == 1
