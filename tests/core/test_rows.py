"""Many rows in one statement, on both databases as one by one."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import table_of, unit_of_work
from core.outbox import Outbox
from core.rows import insert_many, update_many
from core.worker import WorkerHeartbeat
from petitions.models import CalendarDay

NOW = datetime(2026, 11, 24, 2, 0, 0, 123456, tzinfo=UTC)
BEATS = table_of(WorkerHeartbeat)
DAYS = table_of(CalendarDay)


def beats(session: Session) -> list[tuple[str, datetime, int]]:
    session.rollback()
    query = select(WorkerHeartbeat.name, WorkerHeartbeat.at, WorkerHeartbeat.pid).order_by(WorkerHeartbeat.name)
    return [(row.name, row.at, row.pid) for row in session.execute(query)]


def test_what_is_inserted_comes_back_as_it_was(session: Session) -> None:
    rows = [{"name": f"tên {n} 'đ'", "at": NOW + timedelta(seconds=n), "pid": n} for n in range(3)]
    with unit_of_work() as work:
        insert_many(work, BEATS, rows)
        insert_many(work, BEATS, [])
        insert_many(work, BEATS, [rows[1], {**rows[0], "name": "neu"}], skip_known=True)
    assert beats(session) == [("neu", NOW, 0), *((str(r["name"]), r["at"], r["pid"]) for r in rows)]


def test_days_nothing_and_numbers_given_by_the_database(session: Session) -> None:
    rows = [
        {"office_id": 1, "day": date(2040, 1, day), "kind": "holiday", "name": "", "source": f"{day}"} for day in (1, 2)
    ]
    with unit_of_work() as work:
        insert_many(work, DAYS, rows)
        insert_many(
            work,
            table_of(Outbox),
            [{"consumer": "x", "lane": 0, "subject_id": n, "version": 1, "created_at": NOW} for n in (7, 8)],
        )
    session.rollback()
    found = session.execute(select(CalendarDay.day, CalendarDay.source).where(CalendarDay.day > date(2039, 12, 31)))
    assert sorted((row.day, row.source) for row in found) == [(date(2040, 1, 1), "1"), (date(2040, 1, 2), "2")]
    assert session.scalars(select(Outbox.subject_id).order_by(Outbox.id)).all() == [7, 8]


def test_each_row_is_changed_to_values_of_its_own_and_only_where_all_agrees(session: Session) -> None:
    with unit_of_work() as work:
        insert_many(work, BEATS, [{"name": name, "at": NOW, "pid": at} for at, name in enumerate("abc")])
        later = NOW + timedelta(days=1)
        changes = [
            {"of_name": "a", "of_pid": 0, "pid": 10, "at": later},
            {"of_name": "b", "of_pid": 99, "pid": 11, "at": later},
            {"of_name": "c", "of_pid": 2, "pid": 12, "at": NOW},
        ]
        assert update_many(work, BEATS, changes, where={"name": "of_name", "pid": "of_pid"}) == 2
        assert update_many(work, BEATS, [], where={"name": "of_name"}) == 0
    assert beats(session) == [("a", later, 10), ("b", NOW, 1), ("c", NOW, 12)]
