import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session

from auth.models import Office, Unit
from core.database import db, unit_of_work
from core.outbox import Outbox, enqueue
from core.settings import Settings


def units(session: Session) -> int:
    return session.execute(select(func.count()).select_from(Unit)).scalar_one()


def add_unit(session: Session, name: str) -> None:
    session.add(Unit(office_id=session.scalars(select(Office.id)).one(), name=name))


def test_the_end_of_the_block_commits(session: Session) -> None:
    before = units(session)
    with unit_of_work() as inside:
        add_unit(inside, "Một")
    session.rollback()
    assert units(session) == before + 1


def test_an_error_leaves_nothing_behind(session: Session) -> None:
    before = units(session)

    def fail() -> None:
        with unit_of_work() as inside:
            add_unit(inside, "Một")
            inside.flush()
            raise LookupError("no")

    with pytest.raises(LookupError):
        fail()
    assert units(session) == before
    with unit_of_work() as inside:
        add_unit(inside, "Hai")
    assert units(session) == before + 1


def test_a_refused_commit_leaves_the_session_usable(session: Session) -> None:
    def twice() -> None:
        with unit_of_work() as inside:
            add_unit(inside, "Một")
            add_unit(inside, "Một")

    with pytest.raises(IntegrityError):
        twice()
    with unit_of_work() as inside:
        add_unit(inside, "Một")


def test_units_of_work_are_not_nested(session: Session) -> None:
    with unit_of_work(), pytest.raises(RuntimeError, match="nested"), unit_of_work():
        pass


def test_changes_made_outside_are_refused(session: Session) -> None:
    add_unit(session, "Một")
    with pytest.raises(RuntimeError, match="outside"), unit_of_work():
        pass


def test_what_was_read_before_is_read_anew_inside(app: Flask, session: Session) -> None:
    unit = session.scalars(select(Unit).limit(1)).one()
    former = unit.name

    def rename() -> None:
        with app.app_context(), unit_of_work() as other:
            other.execute(update(Unit).where(Unit.id == unit.id).values(name=f"{former} mới"))

    in_thread(rename)
    with unit_of_work():
        assert unit.name == f"{former} mới"


def test_no_increment_is_lost_between_writers(app: Flask, session: Session) -> None:
    """With a deferred BEGIN, SQLite fails the second of two writers that both began by reading."""
    with unit_of_work() as inside:
        inside.execute(update(Office).values(name="0"))
    errors: list[BaseException] = []

    def count(times: int) -> None:
        try:
            for _ in range(times):
                with app.app_context(), unit_of_work() as own:
                    value = own.execute(select(Office.name).with_for_update()).scalar_one()
                    own.execute(update(Office).values(name=str(int(value) + 1)))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=count, args=(15,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert session.execute(select(Office.name)).scalar_one() == "60"


def test_a_reader_is_not_held_up_by_a_writer(app: Flask, session: Session) -> None:
    found: list[int] = []
    before = units(session)
    session.rollback()

    def read() -> None:
        with app.app_context():
            found.append(units(db.session()))

    with unit_of_work() as inside:
        add_unit(inside, "Một")
        inside.flush()
        in_thread(read)
    assert found == [before]


def test_moments_come_back_aware_and_in_utc(session: Session) -> None:
    moment = datetime(2026, 11, 24, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=7)))
    with unit_of_work() as inside:
        enqueue(inside, ["search"], [(1, 1)])
        inside.execute(update(Outbox).values(created_at=moment))
    (kept,) = session.scalars(select(Outbox.created_at)).all()
    assert kept == moment
    assert kept.utcoffset() == timedelta(0)


def test_a_moment_without_zone_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="time zone"):
        session.execute(select(Outbox.id).where(Outbox.created_at == datetime(2026, 11, 24)))  # noqa: DTZ001 - the point


def test_sqlite_is_set_up_for_safety(session: Session, database: str) -> None:
    if database != "sqlite":
        pytest.skip("pragmas are SQLite's")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    assert {name: session.execute(text(f"PRAGMA {name}")).scalar_one() for name in wanted} == wanted


def test_a_reference_to_nothing_is_refused(session: Session) -> None:
    def orphan() -> None:
        with unit_of_work() as inside:
            inside.add(Unit(office_id=987, name="Không nơi nào"))

    with pytest.raises(IntegrityError):
        orphan()


def test_text_keys_are_compared_byte_by_byte(session: Session) -> None:
    """Paging by key needs the same order on both databases: Z before a, before é."""
    with unit_of_work() as inside:
        for code in ("a", "Z", "é", "B"):
            inside.add(Office(code=code, name="x"))
    found = session.scalars(select(Office.code).where(Office.name == "x").order_by(Office.code)).all()
    assert found == ["B", "Z", "a", "é"]


def in_thread(work: Callable[[], None]) -> None:
    """Run ``work`` in a thread, which has its own session and connection."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_utc_is_what_is_stored(session: Session, database: str) -> None:
    """SQLite keeps no zone: what stands in the file must be UTC, so that other programs can read it."""
    moment = datetime(2026, 11, 24, 17, 0, tzinfo=timezone(timedelta(hours=7)))
    with unit_of_work() as inside:
        enqueue(inside, ["search"], [(1, 1)])
        inside.execute(update(Outbox).values(created_at=moment))
    raw = session.execute(text("SELECT created_at FROM outbox")).scalar_one()
    if database == "sqlite":
        assert raw == "2026-11-24 10:00:00.000000"
    else:
        assert raw.astimezone(UTC) == moment


def test_background_work_waits_for_its_turn_where_a_page_would_give_up(
    session: Session, database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database != "sqlite":
        pytest.skip("PostgreSQL has no lock on the whole database")
    monkeypatch.setattr("core.database.BUSY_TIMEOUT_MS", 50)
    before = units(session)
    with unit_of_work(patient=True) as inside:  # leaves the connection with the short wait
        add_unit(inside, "Một")
    other = sqlite3.connect(settings.data_dir / "donthu.sqlite3", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), unit_of_work():
        pass
    timer = threading.Timer(0.5, other.execute, ["ROLLBACK"])
    timer.start()
    with unit_of_work(patient=True) as inside:
        add_unit(inside, "Hai")
    timer.join()
    other.close()
    session.rollback()
    assert units(session) == before + 2
