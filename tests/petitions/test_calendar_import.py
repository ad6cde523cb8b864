"""``flask calendar import``: a year's notice comes in from a file, all of it or nothing."""

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.audit import AuditEntry
from petitions.deadlines import DayKind, NamedDay
from petitions.importing.calendar_file import BadCalendarFile, read_calendar
from petitions.importing.problems import ImportRefused
from petitions.models import CalendarDay, Petition, PetitionEvent
from petitions.queries.checks import queue_drift
from petitions.vocabulary import Kind
from tests.petitions.given import a_petition

ActorOf = Callable[[str], Actor]
GOOD = "date,kind,name\n2026-11-27,swap-off,Nghỉ hoán đổi\n12/12/2026,worked,Làm bù\n"


@pytest.fixture
def cli(app: Flask, tmp_path: Path) -> Any:
    runner = app.test_cli_runner()

    def run(text: str, *options: str) -> Any:
        file = tmp_path / "lich-2026.csv"
        file.write_text(text, encoding="utf-8")
        return runner.invoke(args=["calendar", "import", str(file), *options])

    return run


def entered(session: Session) -> dict[date, tuple[str, str, str]]:
    rows = session.scalars(select(CalendarDay).execution_options(populate_existing=True))
    return {row.day: (row.kind, row.name, row.source) for row in rows}


def due_on(session: Session, number: str) -> date:
    return session.scalars(select(Petition.due_on).where(Petition.number == number)).one()


def test_days_come_in_and_open_due_days_move_with_an_event(session: Session, cli: Any, actor: ActorOf) -> None:
    number = a_petition(actor("reception1"), kind=Kind.RECOMMENDATION).number
    before = due_on(session, number)
    done = cli(GOOD, "--json", "--as", "supervisor1")
    assert done.exit_code == 0, done.output
    session.rollback()
    assert entered(session)[date(2026, 11, 27)] == ("swap-off", "Nghỉ hoán đổi", "lich-2026.csv")
    assert entered(session)[date(2026, 12, 12)] == ("worked", "Làm bù", "lich-2026.csv")
    moved = json.loads(done.stdout)["moved"]
    events = session.scalars(select(PetitionEvent).where(PetitionEvent.action == "due-moved")).all()
    # The Saturday worked stands past the due day; the Friday off is what moved it.
    assert (before, due_on(session, number)) == (date(2026, 12, 8), date(2026, 12, 9))
    assert moved == len(events) == 1
    assert queue_drift(session, actor("reception1").office_id)[1] == []


def test_a_day_off_in_the_way_moves_the_due_day(session: Session, cli: Any, actor: ActorOf) -> None:
    number = a_petition(actor("reception1"), kind=Kind.RECOMMENDATION).number
    before = due_on(session, number)
    assert json.loads(cli("date,kind,name\n2026-11-27,holiday,Lễ\n", "--json").stdout) == {"days": 1, "moved": 1}
    session.rollback()
    assert due_on(session, number) > before
    assert session.scalars(select(PetitionEvent.action)).all().count("due-moved") == 1
    # Taken in again, nothing is left to move.
    assert json.loads(cli("date,kind,name\n2026-11-27,holiday,Lễ\n", "--json").stdout) == {"days": 1, "moved": 0}


def test_the_notice_can_be_named_and_the_audit_keeps_what_came_in(session: Session, cli: Any) -> None:
    assert cli(GOOD, "--source", "Thông báo 6150/TB").exit_code == 0
    session.rollback()
    assert entered(session)[date(2026, 11, 27)][2] == "Thông báo 6150/TB"
    assert session.scalars(select(AuditEntry.action)).all().count("calendar.import") == 1


def test_a_day_that_stands_in_the_calendar_is_replaced(session: Session, cli: Any) -> None:
    before = session.scalars(select(func.count()).select_from(CalendarDay)).one()
    assert cli("date,kind,name\n2026-11-24,lieu,Đổi tên\n").exit_code == 0
    session.rollback()
    assert entered(session)[date(2026, 11, 24)][:2] == ("lieu", "Đổi tên")
    assert session.scalars(select(func.count()).select_from(CalendarDay)).one() == before


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("2026-02-30,holiday,x", "date"),
        ("27/13/2026,holiday,x", "date"),
        ("27/11/26,holiday,x", "date"),
        (",holiday,x", "date"),
        ("1999-12-31,holiday,x", "date"),
        ("2101-01-01,holiday,x", "date"),
        ("2026-11-30,party,x", "kind"),
        ("2026-11-30,,x", "kind"),
        ("2026-11-30,worked,x", "kind"),  # a Monday
        ("2026-11-30,holiday,", "name"),
        ("2026-11-30,holiday," + "x" * 121, "name"),
        ("2026-11-27,holiday,x", "date"),  # stands in row 2
        ("2026-11-30", "kind"),
        ("2026-11-30,holiday,x,y", ""),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_entered(session: Session, cli: Any, row: str, column: str) -> None:
    before = entered(session)
    done = cli(GOOD + row + "\n")
    assert done.exit_code == 1
    assert done.stdout == ""
    first = done.stderr.splitlines()[0]
    assert " 4" in first.partition(":")[0]
    assert column in first.partition(":")[0]
    session.rollback()
    assert entered(session) == before


@pytest.mark.parametrize(
    "text", ["", "\n\n", "day,kind,name\n2026-11-27,holiday,x\n", "date,kind,name,who\n", "date,kind,name,name\n"]
)
def test_a_file_that_is_no_calendar_is_refused_in_one_line(cli: Any, text: str) -> None:
    done = cli(text)
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) == 1


def test_only_who_keeps_the_calendar_may(cli: Any) -> None:
    refused = cli(GOOD, "--as", "officer1")
    assert refused.exit_code == 1
    assert "calendar.edit" in refused.stderr


def test_a_missing_file_is_a_wrong_option(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["calendar", "import", "/no/such/file.csv"]).exit_code == 2


@pytest.mark.parametrize(
    "data",
    [
        "date,kind,name\n2027-02-05,holiday,Tết\n".encode(),
        "\ufeffname;date;kind\r\nTết;05/02/2027;nghỉ lễ\r\n".encode(),
        "kind\tname\tdate\nHoliday\t Tết \t5/2/2027\n\n".encode("utf-16"),
    ],
)
def test_files_as_spreadsheets_write_them(data: bytes) -> None:
    assert read_calendar(io.BytesIO(data)) == [NamedDay(date(2027, 2, 5), DayKind.HOLIDAY, "Tết")]


@pytest.mark.parametrize(
    ("word", "kind"),
    [("nghỉ", "holiday"), ("Nghỉ bù", "lieu"), ("nghỉ hoán đổi", "swap-off"), ("swap-off", "swap-off")],
)
def test_kinds_in_vietnamese(word: str, kind: str) -> None:
    assert read_calendar(io.BytesIO(f"date,kind,name\n2027-02-05,{word},x\n".encode()))[0].kind.value == kind


def test_a_worked_saturday_in_vietnamese() -> None:
    found = read_calendar(io.BytesIO("date,kind,name\n2027-02-20,làm bù,x\n".encode()))
    assert found == [NamedDay(date(2027, 2, 20), DayKind.WORKED, "x")]


def test_all_bad_rows_are_told() -> None:
    with pytest.raises(BadCalendarFile) as refused:
        read_calendar(io.BytesIO(b"date,kind,name\nx,holiday,a\n2026-11-30,y,a\n2026-12-01,holiday,\n"))
    assert [(error.row, error.column) for error in refused.value.errors] == [(2, "date"), (3, "kind"), (4, "name")]


def test_a_calendar_of_a_million_days_is_refused() -> None:
    rows = b"date,kind,name\n" + b"2026-11-30,holiday,x\n" * 5_001
    with pytest.raises(ImportRefused):
        read_calendar(io.BytesIO(rows))


def test_a_heading_alone_enters_nothing(session: Session, cli: Any) -> None:
    assert json.loads(cli("date,kind,name\n", "--json").stdout) == {"days": 0, "moved": 0}
    assert session.scalars(select(Petition)).all() == []
