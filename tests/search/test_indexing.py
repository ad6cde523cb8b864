"""The index follows the database: the outbox, refilling, rebuilding, comparing, and what the banner says."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import worker
from core.clock import FixedClock
from core.database import unit_of_work
from core.outbox import BULK, Outbox, enqueue
from core.settings import Settings
from petitions.demo import load_demo
from petitions.models import ImportRun
from search import feeds, indexing, services
from search.analysis import document_terms
from search.engines import Document, IndexBusy, IndexState
from search.feeds import CASES
from search.health import COUNTED_TO, IndexHealth, measure
from search.indexing import drain
from search.installed import installed
from search.queries import find
from tests.search.making import lose_index, register

NO_TERMS = document_terms(head=[], body=[])
ActorOf = Callable[[str], Actor]


@pytest.fixture
def desk(actor: ActorOf) -> Actor:
    return actor("reception1")


def drain_all() -> None:
    while drain():
        pass


def waiting(session: Session) -> list[int]:
    session.rollback()
    mine = select(Outbox.subject_id).where(Outbox.consumer == CASES.consumer)
    return list(session.scalars(mine.order_by(Outbox.id)))


def indexed() -> dict[int, int]:
    return installed().engine.snapshot().versions()


def beat() -> None:
    worker.beat(worker.WORKER_NAME)


def test_the_worker_lets_a_small_batch_gather(
    session: Session, desk: Actor, actor: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1_000.0
    monkeypatch.setattr("search.indexing.time.monotonic", lambda: moment)
    run = indexing.job().run
    first = register(session, desk, "Đơn về lối đi").id
    assert run() == 1
    second = register(session, desk, "Đơn về giếng nước").id
    moment += indexing.GATHERING_SECONDS / 2
    assert run() == 0
    assert waiting(session) == [second]
    found = find(session, installed(), "giếng nước", actor("supervisor1"))
    assert [result.row.id for result in found.results] == [second]
    moment += indexing.GATHERING_SECONDS
    assert run() == 1
    assert indexed() == {first: 1, second: 1}


@pytest.mark.parametrize(("handled", "rests"), [(indexing.BATCH, False), (indexing.BATCH - 1, True), (0, False)])
def test_only_a_batch_that_was_not_full_makes_the_worker_wait(
    handled: int, rests: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fake() -> int:
        asked.append(True)
        return handled

    monkeypatch.setattr(indexing, "drain", fake)
    run = indexing.job().run
    assert run() == handled
    run()
    assert len(asked) == (1 if rests else 2)


def test_rows_leave_the_outbox_once_the_index_holds_them(session: Session, desk: Actor) -> None:
    made = [register(session, desk, f"Đơn {n}").id for n in range(3)]
    assert waiting(session) == made
    assert drain(2) == 2
    assert waiting(session) == made[2:]
    assert indexed() == {made[0]: 1, made[1]: 1}
    drain_all()
    assert waiting(session) == []
    assert indexed() == dict.fromkeys(made, 1)


def test_single_saves_overtake_imports(session: Session, desk: Actor) -> None:
    made = [register(session, desk, f"Đơn {n}").id for n in range(3)]
    with unit_of_work() as writing:
        writing.execute(text("DELETE FROM outbox"))
        enqueue(writing, [CASES.consumer], [(made[0], 1), (made[1], 1)], lane=BULK)
        enqueue(writing, [CASES.consumer], [(made[2], 1)])
    assert drain(1) == 1
    assert set(indexed()) == {made[2]}


def test_a_crash_between_index_and_outbox_is_harmless(
    session: Session, desk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = register(session, desk, "Đơn").id

    def crash(*_args: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("core.outbox.mark_done", crash)
        with pytest.raises(RuntimeError):
            drain()
    assert indexed() == {made: 1}
    assert waiting(session) == [made]
    drain_all()
    assert indexed() == {made: 1}
    assert waiting(session) == []


def test_a_crash_before_the_commit_loses_nothing(
    session: Session, desk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    drain_all()
    made = register(session, desk, "Đơn").id

    def crash(_source: object) -> Document:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(feeds, "document_of", crash)
        with pytest.raises(RuntimeError):
            drain()
    assert waiting(session) == [made]
    assert indexed() == {}
    drain_all()
    assert indexed() == {made: 1}


def test_a_row_for_a_petition_that_is_gone_removes_it(session: Session) -> None:
    drain_all()
    with installed().engine.exclusive():
        installed().engine.append([Document(777, 1, NO_TERMS)])
    with unit_of_work() as writing:
        enqueue(writing, [CASES.consumer], [(777, 2)])
    drain_all()
    assert indexed() == {}


def test_a_lost_index_is_refilled_in_steps_that_survive_a_restart(
    session: Session, desk: Actor, settings: Settings
) -> None:
    made = [register(session, desk, f"Đơn {n}").id for n in range(7)]
    drain_all()
    lose_index(settings)
    assert drain(3) == 3
    snapshot = installed().engine.snapshot()
    assert (snapshot.complete, snapshot.resume_after) == (False, made[2])
    single = register(session, desk, "Đơn mới").id
    assert drain(3) == 1  # what was just saved comes before the rest of the refill
    assert set(indexed()) == {*made[:3], single}
    drain_all()
    assert indexed() == dict.fromkeys([*made, single], 1)
    assert installed().engine.snapshot().complete


def test_a_refill_does_not_index_again_what_waited_in_the_outbox(session: Session, desk: Actor) -> None:
    made = [register(session, desk, f"Đơn {n}").id for n in range(5)]
    drain_all()
    assert set(indexed()) == set(made)
    assert installed().engine.snapshot().complete
    assert installed().engine.status().superseded == 0


def test_demo_data_does_not_look_as_if_search_were_behind_for_months(session: Session) -> None:
    load_demo(petitions=3, seed=1, password="mưa phùn ngoài hiên")
    beat()
    health = measure(session, installed())
    assert (health.pending > 0, health.lag_seconds) == (True, 0)


def test_while_another_process_writes_the_worker_waits(session: Session, desk: Actor) -> None:
    register(session, desk, "Đơn")
    with installed().engine.exclusive():
        assert drain() == 0
    assert drain() == 1


def test_many_small_commits_are_merged_when_it_is_quiet(session: Session, desk: Actor) -> None:
    for n in range(30):
        register(session, desk, f"Đơn {n}")
        drain()
    drain_all()
    assert installed().engine.status().segments < 10
    assert len(indexed()) == 30


# Rebuild and check


def test_check_tells_every_kind_of_difference(session: Session, desk: Actor) -> None:
    made = [register(session, desk, f"Đơn {n}").id for n in range(6)]
    engine = installed().engine
    assert services.compare(session, engine, CASES).state is IndexState.MISSING
    drain_all()
    session.rollback()
    assert services.compare(session, engine, CASES) == services.Comparison(
        IndexState.READY, petitions=6, indexed=6, sampled=6
    )  # fmt: skip
    with engine.exclusive():
        engine.append([Document(999, 1, NO_TERMS), Document(made[1], 1, NO_TERMS)], remove=[made[0]])
    with unit_of_work() as writing:
        writing.execute(text("UPDATE petition SET version = 5 WHERE id = :id"), {"id": made[2]})
    found = services.compare(session, engine, CASES)
    assert (found.missing, found.outdated, found.surplus, found.wrong) == (1, 1, 1, 1)
    assert not found.agrees


def test_what_waits_in_the_outbox_is_late_and_not_lost(session: Session, desk: Actor, clock: FixedClock) -> None:
    drain_all()
    register(session, desk, "Đơn")
    session.rollback()
    found = services.compare(session, installed().engine, CASES)
    assert (found.missing, found.waiting, found.agrees) == (0, 1, True)
    clock.advance(timedelta(minutes=1))
    found = services.compare(session, installed().engine, CASES)
    assert (found.late_seconds, found.agrees) == (60, False)


def test_rebuild_makes_the_index_agree_again(session: Session, desk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 4)
    made = [register(session, desk, f"Đơn {n}").id for n in range(10)]
    drain_all()
    engine = installed().engine
    with engine.exclusive():
        engine.append([Document(999, 1, NO_TERMS)], remove=made[:3])
    session.rollback()
    told: list[tuple[int, int]] = []
    assert services.rebuild(session, engine, CASES, progress=lambda *figures: told.append(figures)) == 10
    assert told == [(4, 10), (8, 10), (10, 10)]
    assert services.compare(session, engine, CASES).agrees


def test_a_rebuild_leaves_nothing_waiting_that_it_has_read(session: Session, desk: Actor, clock: FixedClock) -> None:
    read = [register(session, desk, f"Đơn {n}").id for n in range(3)]
    clock.advance(timedelta(minutes=1))
    later: list[int] = []

    def save(_done: int, _total: int) -> None:
        later.append(register(session, desk, "Đơn lưu trong lúc tạo lại").id)

    services.rebuild(session, installed().engine, CASES, progress=save)
    assert waiting(session) == later
    assert set(indexed()) == {*read, *later}
    assert services.compare(session, installed().engine, CASES).agrees


def test_what_is_saved_during_a_rebuild_is_in_the_new_index(session: Session, desk: Actor) -> None:
    first = register(session, desk, "Đơn một").id
    drain_all()
    later: list[int] = []

    def save(_done: int, _total: int) -> None:
        later.append(register(session, desk, "Đơn hai").id)
        drain()

    services.rebuild(session, installed().engine, CASES, progress=save)
    assert set(indexed()) == {first, *later}


def test_a_rebuild_that_fails_leaves_the_present_index(
    session: Session, desk: Actor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = register(session, desk, "Đơn").id
    drain_all()

    def fail(*_args: object) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(feeds, "index_sources", fail)
        with pytest.raises(RuntimeError):
            services.rebuild(session, installed().engine, CASES)
    assert indexed() == {made: 1}
    assert services.rebuild(session, installed().engine, CASES) == 1
    if settings.engine_name == "whoosh":
        assert len(list(settings.index_dir.glob("index-*"))) == 1


def test_one_rebuild_at_a_time(session: Session) -> None:
    drain_all()
    builder = installed().engine.start_rebuild()
    with pytest.raises(IndexBusy):
        services.rebuild(session, installed().engine, CASES)
    builder.leave()
    assert services.rebuild(session, installed().engine, CASES) == 0


# The banner


def test_the_banner_is_silent_when_all_is_well(session: Session, desk: Actor) -> None:
    register(session, desk, "Đơn")
    drain_all()
    beat()
    health = measure(session, installed())
    assert health == IndexHealth(worker_alive=True, lag_seconds=0, pending=0, index_present=True)
    assert (health.level, health.text) == ("", "")


def test_the_banner_tells_that_the_worker_is_down_and_since_when(
    session: Session, desk: Actor, clock: FixedClock
) -> None:
    drain_all()
    beat()
    register(session, desk, "Đơn")
    clock.advance(timedelta(minutes=5))
    health = measure(session, installed())
    assert (health.worker_alive, health.lag_seconds, health.pending, health.level) == (False, 300, 1, "danger")
    assert "5" in health.text


def test_the_banner_tells_how_far_the_index_is_behind(session: Session, desk: Actor, clock: FixedClock) -> None:
    drain_all()
    register(session, desk, "Đơn")
    clock.advance(timedelta(seconds=8))
    beat()
    assert measure(session, installed()).level == ""
    clock.advance(timedelta(seconds=8))
    health = measure(session, installed())
    assert (health.level, health.lag_seconds) == ("warning", 16)
    assert "16" in health.text
    assert str(COUNTED_TO) not in health.text


def test_the_banner_tells_of_an_index_that_is_absent_or_refilled(
    session: Session, desk: Actor, settings: Settings
) -> None:
    for n in range(4):
        register(session, desk, f"Đơn {n}")
    drain_all()
    beat()
    lose_index(settings)
    health = measure(session, installed())
    assert (health.index_present, health.level) == (False, "danger")
    drain(2)
    health = measure(session, installed())
    assert (health.refilled, health.refill_total, health.level) == (2, 4, "warning")


def test_the_banner_tells_of_an_import_that_keeps_all_others_from_saving(
    session: Session, desk: Actor, clock: FixedClock
) -> None:
    drain_all()
    beat()
    clock.advance(timedelta(minutes=1))  # the worker cannot write its sign of life meanwhile
    with unit_of_work() as work:
        work.add(
            ImportRun(
                office_id=desk.office_id,
                requested_by=desk.id,
                requested_at=clock.now(),
                file_name="sổ.csv",
                file_hash="",
                state="running",
                rows_done=8,
                rows_total=9,
            )
        )
    assert not measure(session, installed()).import_saving
    with unit_of_work() as work:
        work.scalars(select(ImportRun)).one().rows_done = 9
    health = measure(session, installed())
    assert (health.import_saving, health.level) == (True, "warning")
    assert health.text not in ("", IndexHealth(True, 0, 0, True).text)
