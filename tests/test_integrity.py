"""``flask integrity check`` finds what was changed behind the program's back, whatever it was, and the pages say so."""

import io
import json
import subprocess
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from auth.actor import Actor
from chaos.attacks import unguard
from core import integrity
from core.clock import FixedClock
from core.database import unit_of_work
from core.integrity import Check, NightlyCheck, Result, SelfCheck
from core.settings import Settings
from petitions.importing.loading import Job, import_file
from petitions.importing.mapping import NATIVE
from petitions.services import assignment, closing, records
from petitions.views import alarms
from search.indexing import drain
from tests.petitions.given import FILED, PLAIN, SECRET, a_petition, do
from tests.petitions.importing.files import csv_file
from tests.petitions.test_main_job import FORM

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def office(session: Session, settings: Settings, actor: ActorOf, as_user: AsUser, tmp_path: Path) -> Session:
    """Work of every sort: typed with a note and a file, assigned, closed, imported; and an index of it."""
    reception, boss = actor("reception1"), actor("supervisor1")
    answer = as_user("reception1").post(
        "/petitions/new",
        data={**FORM, "note": "Mang theo bản gốc", "attachments": (io.BytesIO(PDF), "don.pdf")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302, answer.text
    made = a_petition(reception)
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer1").id)
    do(records.add_note, made.id, by=actor("officer1"), text="Đã gọi điện")
    do(closing.resolve, made.id, FILED, by=actor("officer1"))
    a_petition(reception, SECRET)
    a_petition(reception, PLAIN, note="Ghi chú tại quầy")
    rows = [
        {"received_on": "02/03/2026", "kind": "KNPA", "title": "Đèn hỏng", "note": "Từ sổ cũ"},
        {"received_on": "03/03/2026", "kind": "khiếu nại", "title": "Thu hồi đất"},
    ]
    path = csv_file(tmp_path, rows)
    import_file(Job(path, path.name, NATIVE, settings.imports_dir, settings.lookup_key), by=reception)
    drain()
    session.rollback()
    return session


INSERTED = (
    "INSERT INTO petition_event (petition_id, office_id, action, from_state, to_state, actor_name, occurred_on,"
    " recorded_at, reason, data) SELECT petition_id, office_id, 'note', from_state, to_state, 'ai đó', occurred_on,"
    " recorded_at, 'thêm', '{}' FROM petition_event WHERE action = 'assign'"
)


def check(app: Flask, *words: str) -> tuple[int, Mapping[str, Any]]:
    answer = app.test_cli_runner().invoke(args=["integrity", "check", "--json", *words])
    told = json.loads(answer.stdout)
    return answer.exit_code, {one["name"]: one for one in told["checks"]}


def tamper(session: Session, *statements: str) -> None:
    session.rollback()
    with unit_of_work() as work:
        unguard(work.connection())
        for statement in statements:
            work.execute(text(statement))


def test_an_honest_office_has_no_fault(office: Session, app: Flask) -> None:
    code, found = check(app)
    assert list(found) == [
        *("database", "chain", "time", "accounts", "seals", "events", "petitions", "legal", "attachments"),
        *("clocks", "queues", "files", "index"),
    ]
    assert [one["faults"] for one in found.values()] == [[]] * len(found)
    assert code == 0
    assert found["events"]["checked"] > 8
    assert found["files"]["checked"] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE petition_event SET reason = 'khác' WHERE reason = 'Đã gọi điện'",
        "UPDATE petition_event SET reason = 'khác' WHERE reason = 'Ghi chú tại quầy'",
        "UPDATE petition_event SET reason = 'khác' WHERE reason = 'Từ sổ cũ'",
        "UPDATE petition_event SET data = '{}' WHERE action = 'assign'",
        "UPDATE petition_event SET data = '{}' WHERE action = 'imported'",
        "UPDATE petition_event SET occurred_on = '2026-01-01' WHERE action = 'receive'",
        "UPDATE petition_event SET occurred_on = '2026-01-01' WHERE action = 'resolve'",
        "UPDATE petition_event SET action = 'take' WHERE action = 'assign'",
        "UPDATE petition_event SET actor_name = 'ai đó' WHERE action = 'resolve'",
        "UPDATE petition_event SET actor_id = NULL WHERE action = 'receive'",
        "UPDATE petition_event SET actor_name = 'ai đó' WHERE action = 'imported'",
        "UPDATE petition_event SET recorded_at = '2026-11-24 02:00:01' WHERE action = 'assign'",
        "UPDATE petition_event SET cancels_id = 1 WHERE action = 'resolve'",
        "UPDATE petition_event SET petition_id = (SELECT MIN(id) FROM petition) WHERE action = 'assign'",
        "DELETE FROM petition_event WHERE action = 'note' AND from_state = 'assigned'",
        "DELETE FROM petition_event WHERE action = 'imported' AND id = (SELECT MAX(id) FROM petition_event)",
        INSERTED,
    ],
)
def test_a_changed_history_is_found(office: Session, app: Flask, statement: str) -> None:
    tamper(office, statement)
    code, found = check(app, "--only", "events")
    assert code == 1
    assert found["events"]["faults"]


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("queues", "UPDATE petition SET due_on = '2027-05-05' WHERE state = 'received'"),
        ("queues", "UPDATE petition SET priority_key = priority_key + 1 WHERE state = 'received'"),
        ("queues", "UPDATE tally SET n = n + 1 WHERE name = 'open'"),
        ("queues", "UPDATE number_counter SET last = last + 1"),
        ("clocks", "UPDATE petition SET received_on = '2026-11-20' WHERE state = 'received'"),
        ("chain", "UPDATE audit_entry SET actor = 'ai đó' WHERE seq = 5"),
        ("database", "SELECT 1"),
        ("index", "UPDATE petition SET title = 'Tên khác', version = version + 1 WHERE state = 'received'"),
    ],
)
def test_whatever_is_changed_is_found_by_its_check(office: Session, app: Flask, name: str, statement: str) -> None:
    tamper(office, statement)
    assert check(app)[1][name]["faults"], name


def test_a_guard_that_is_there_by_name_only_is_found(office: Session, app: Flask, settings: Settings) -> None:
    office.rollback()
    with unit_of_work() as work:
        if settings.is_sqlite:
            work.execute(text("DROP TRIGGER petition_event_no_update"))
            work.execute(
                text("CREATE TRIGGER petition_event_no_update BEFORE UPDATE ON petition_event BEGIN SELECT 1; END")
            )
        else:
            body = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
            work.execute(text(f"CREATE OR REPLACE FUNCTION refuse_change() {body}"))
    faults = check(app, "--only", "database")[1]["database"]["faults"]
    assert any("petition_event" in fault and "hollow" in fault for fault in faults)


def test_files_that_are_changed_or_gone_are_found(office: Session, app: Flask, settings: Settings) -> None:
    (path,) = (path for path in settings.uploads_dir.rglob("*") if path.is_file())
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"\0")
    assert check(app, "--only", "files")[1]["files"]["faults"]
    path.write_bytes(content)
    assert not check(app, "--only", "files")[1]["files"]["faults"]
    path.unlink()
    assert check(app, "--only", "files")[1]["files"]["faults"]


def test_a_check_that_breaks_down_is_a_fault(session: Session) -> None:
    def broken(_session: Session) -> Result:
        raise RuntimeError("secret words")

    (result,) = integrity.run_all(session, [Check("broken", broken)])
    assert len(result.faults) == 1
    assert "secret" not in result.faults[0]


def test_the_morning_page_and_the_banner_tell_what_was_found(
    office: Session, app: Flask, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "REMEMBERED_SECONDS", -1.0)
    check(app)
    boss = as_user("supervisor1")
    alarm = "Kiểm tra toàn vẹn phát hiện sai lệch"
    page = boss.get("/morning").text
    assert "Chuỗi nhật ký và các mốc neo" in page
    assert alarm not in page
    tamper(office, "UPDATE petition_event SET data = '{}' WHERE action = 'assign'")
    check(app)
    assert alarm in boss.get("/morning").text
    assert "differs from the chain in what it says" in boss.get("/morning").text
    assert alarm in as_user("officer1").get("/queues/mine").text
    assert "differs from" not in as_user("officer1").get("/morning").text


def test_checks_that_no_longer_run_are_told(
    office: Session, app: Flask, as_user: AsUser, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "REMEMBERED_SECONDS", -1.0)
    alarm = "Đã nhiều ngày chưa chạy kiểm tra toàn vẹn"
    assert alarm not in as_user("supervisor1").get("/morning").text
    check(app)
    clock.advance(timedelta(days=3))
    assert alarm not in as_user("supervisor1").get("/morning").text
    clock.advance(timedelta(days=2))
    assert alarm in as_user("supervisor1").get("/morning").text


def test_the_check_runs_once_a_day_in_a_process_of_its_own(
    session: Session, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[list[str]] = []

    class Process:
        status: int | None = None

        def __init__(self, words: list[str], **_more: object) -> None:
            begun.append(words)

        def poll(self) -> int | None:
            return self.status

    monkeypatch.setattr(subprocess, "Popen", Process)
    nightly = NightlyCheck()
    nightly.run()
    nightly.run()
    assert len(begun) == 1
    assert begun[0][1:] == ["-m", "flask", "integrity", "check", "--gently"]
    Process.status = 0
    nightly.run()
    integrity.keep([Result("chain")])
    nightly.run()
    assert len(begun) == 1
    clock.advance(timedelta(hours=25))
    session.rollback()
    nightly.run()
    assert len(begun) == 2


def test_the_daily_sheet_shows_heads_that_stand_in_the_chain(office: Session, app: Flask, as_user: AsUser) -> None:
    boss = as_user("supervisor1")
    page = boss.get("/audits/sheet").text
    shown = office.scalars(text("SELECT hash FROM audit_entry")).all()
    assert any(each[:12] in page for each in shown)
    assert "Tiếp nhận trong ngày" in page
    assert boss.get("/audits/sheet?day=01/01/2030").status_code == 400
    assert boss.get("/audits/sheet?day=xx").status_code == 400
    assert boss.get("/audits/sheet?day=01/01/2026").status_code == 200
    assert as_user("officer1").get("/audits/sheet").status_code == 403


def test_every_receipt_carries_the_head(office: Session, as_user: AsUser) -> None:
    number = office.scalars(text("SELECT number FROM petition ORDER BY id LIMIT 1")).one()
    page = as_user("reception1").get(f"/petitions/{number}/receipt").text
    head = office.execute(text("SELECT seq, hash FROM audit_head")).one()
    assert f"{head.seq}:{head.hash[:12]}" in page


def test_what_was_kept_is_read_again(session: Session) -> None:
    integrity.keep([Result("a", 3), Result("b", 1, ["x"])])
    integrity.keep([Result("b", 2)])
    session.rollback()
    assert [(row.name, row.checked, row.faults) for row in integrity.latest(session)] == [("a", 3, 0), ("b", 2, 0)]
    assert session.get_one(SelfCheck, "b").detail == ""
