import io
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth.actor import Actor
from core.clock import FixedClock
from core.database import unit_of_work
from core.errors import NotVisible
from core.settings import Settings
from petitions.importing import jobs, runs
from petitions.importing.loading import Job
from petitions.importing.summary import Summary
from petitions.models import ImportRun, Petition

GOOD = "received_on,title,external_ref\n02/03/2026,Đèn đường hỏng,A-1\n"
BAD = GOOD + "99/99/2026,Rác thải,A-2\n"
LEAKING = "received_on,title,kind,petitioner_name\n02/03/2026,Thu tiền,tố cáo,Nguyễn Thị Bí Mật\n"

AsUser = Callable[[str], FlaskClient]


def hand_in(client: FlaskClient, text: str = GOOD, /, **fields: Any) -> TestResponse:
    """Send the form of the import; a pair of bytes and name is a file, opened anew for each request."""
    data = {"file": (text.encode(), "sổ cũ.csv"), "mapping": "native", "mode": "all-or-nothing", **fields}
    sent = {
        name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value for name, value in data.items()
    }
    return client.post("/petitions/import", data=sent)


def fetched(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    text = answer.text
    answer.close()
    return text


def work_off(session: Session, settings: Settings, by: Actor) -> Summary:
    waiting = runs.next_in_line(session)
    session.rollback()
    assert waiting is not None
    return runs.carry_out(waiting[0], by=by, imports_dir=settings.imports_dir, lookup_key=settings.lookup_key)


def files(settings: Settings) -> list[Path]:
    return sorted(settings.imports_dir.iterdir()) if settings.imports_dir.is_dir() else []


def test_a_file_handed_in_waits_is_worked_off_and_removed(
    session: Session, settings: Settings, as_user: AsUser, actor: Callable[[str], Actor]
) -> None:
    client = as_user("reception1")
    answer = hand_in(client)
    assert answer.status_code == 302
    address = answer.headers["Location"]
    (upload,) = files(settings)
    assert upload.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"[0-9a-f]{32}\.upload", upload.name)
    state = client.get(f"{address}/state").json
    assert state is not None
    assert not state["over"]
    assert "data-import-state" in client.get(address).text

    summary = work_off(session, settings, actor("reception1"))
    assert summary.imported == 1
    assert files(settings) == []
    petition = session.scalars(select(Petition)).one()
    run = session.scalars(select(ImportRun)).one()
    assert (run.state, run.rows_done, petition.import_run_id) == ("done", 1, run.id)
    page = client.get(address).text
    assert petition.number in page
    assert "data-import-state" not in page
    state = client.get(f"{address}/state").json
    assert state is not None
    assert state["over"]
    assert "sổ cũ.csv" in client.get("/petitions/import").text


def test_a_dry_run_tells_and_writes_nothing(
    session: Session, settings: Settings, as_user: AsUser, actor: Callable[[str], Actor]
) -> None:
    hand_in(as_user("reception1"), dry_run="1")
    assert work_off(session, settings, actor("reception1")).imported == 1
    assert session.scalars(select(Petition)).all() == []
    assert session.scalars(select(ImportRun.state)).one() == "done"
    # It does not count as an import of the file.
    hand_in(as_user("reception1"))
    assert work_off(session, settings, actor("reception1")).imported == 1


def test_bad_rows_are_shown_and_can_be_fetched(
    session: Session, settings: Settings, as_user: AsUser, actor: Callable[[str], Actor], clock: FixedClock
) -> None:
    client = as_user("reception1")
    address = hand_in(client, BAD).headers["Location"]
    assert not work_off(session, settings, actor("reception1")).succeeded
    page = client.get(address).text
    assert "received_on" in page
    assert "99/99/2026" in page
    assert "Rác thải" in fetched(client, f"{address}/rejects.csv")
    assert session.scalars(select(Petition)).all() == []
    (kept,) = files(settings)
    os.utime(kept, (clock.now().timestamp(),) * 2)
    clock.advance(timedelta(days=6))
    assert runs.sweep(session, settings.imports_dir) == 0
    clock.advance(timedelta(days=2))
    assert runs.sweep(session, settings.imports_dir) == 1


def test_a_leaking_denunciation_leaves_no_trace_on_disk_or_page(
    session: Session, settings: Settings, as_user: AsUser, actor: Callable[[str], Actor]
) -> None:
    client = as_user("reception1")
    address = hand_in(client, LEAKING, mode="good-rows").headers["Location"]
    assert work_off(session, settings, actor("reception1")).rejected == 1
    assert "Bí Mật" not in client.get(address).text
    assert "Bí Mật" not in fetched(client, f"{address}/rejects.csv")
    for path in settings.data_dir.rglob("*"):
        assert not path.is_file() or "Bí Mật".encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"file": (b"", "")}, "f-file"),
        ({"mode": "some"}, "f-mode"),
        ({"mapping": "none"}, "f-mapping"),
        ({"mapping": "../../../etc/passwd"}, "f-mapping"),
        ({"mapping": "own"}, "f-mapping_file"),
        ({"mapping": "own", "mapping_file": (b"name = ", "m.toml")}, "f-mapping_file"),
        ({"mapping": "own", "mapping_file": (b"\xff\xff", "m.toml")}, "f-mapping_file"),
    ],
)
def test_a_wrong_form_is_told_beside_its_field(
    as_user: AsUser, settings: Settings, fields: dict[str, Any], field: str
) -> None:
    answer = hand_in(as_user("reception1"), **fields)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert files(settings) == []


def test_a_mapping_of_ones_own(
    session: Session, settings: Settings, as_user: AsUser, actor: Callable[[str], Actor]
) -> None:
    mapping = 'name = "Sổ"\nsource = "so"\n[columns]\nreceived_on = "Ngày"\ntitle = "Việc"\n'.encode()
    answer = hand_in(
        as_user("supervisor1"),
        "Ngày;Việc\n02/03/2026;Đèn\n",
        mapping="own",
        mapping_file=(mapping, "m.toml"),
    )
    assert answer.status_code == 302
    work_off(session, settings, actor("supervisor1"))
    assert session.scalars(select(Petition.source)).one() == "so"


def test_who_may_not_import_sees_no_page(as_user: AsUser) -> None:
    for name in ("officer1", "admin1"):
        client = as_user(name)
        assert client.get("/petitions/import").status_code == 403
        assert hand_in(client).status_code == 403


def test_a_run_that_is_not_there_is_not_found(as_user: AsUser) -> None:
    client = as_user("reception1")
    for address in ("/petitions/import/99", "/petitions/import/99/state", "/petitions/import/99/rejects.csv"):
        assert client.get(address).status_code == 404


def test_the_example_can_be_fetched(as_user: AsUser) -> None:
    text = fetched(as_user("reception1"), "/petitions/import/template.csv")
    assert text.lstrip("\ufeff").startswith("external_ref,received_on,")


def test_a_fault_ends_the_run_and_removes_the_file(
    session: Session,
    settings: Settings,
    as_user: AsUser,
    actor: Callable[[str], Actor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = hand_in(as_user("reception1")).headers["Location"]

    def broken(*_: object, **__: object) -> Summary:
        raise OSError("disk full")

    monkeypatch.setattr(runs, "import_file", broken)
    with pytest.raises(OSError, match="disk full"):
        work_off(session, settings, actor("reception1"))
    assert session.scalars(select(ImportRun.state)).one() == "failed"
    assert files(settings) == []
    assert as_user("reception1").get(address).status_code == 200


def test_a_run_is_worked_off_once(
    session: Session, settings: Settings, as_user: AsUser, actor: Callable[[str], Actor]
) -> None:
    hand_in(as_user("reception1"))
    work_off(session, settings, actor("reception1"))
    run_id = session.scalars(select(ImportRun.id)).one()
    with pytest.raises(NotVisible):
        runs.carry_out(run_id, by=actor("reception1"), imports_dir=settings.imports_dir, lookup_key=settings.lookup_key)


def test_what_was_running_when_the_worker_ended_waits_again(session: Session, as_user: AsUser) -> None:
    hand_in(as_user("reception1"))
    run = session.scalars(select(ImportRun)).one()
    with unit_of_work() as work:
        work.get_one(ImportRun, run.id).state = "running"
    with unit_of_work() as work:
        assert runs.put_back_in_line(work) == 1
    assert runs.next_in_line(session) == (run.id, "reception1")


def test_uploads_that_nobody_waits_for_are_swept(
    session: Session, settings: Settings, as_user: AsUser, clock: FixedClock
) -> None:
    hand_in(as_user("reception1"))
    (waiting,) = files(settings)
    lost = settings.imports_dir / "lost.upload"
    lost.write_text("x")
    clock.advance(timedelta(days=400))
    assert runs.sweep(session, settings.imports_dir) == 1
    assert files(settings) == [waiting]


def test_the_worker_starts_a_process_for_each_import(
    app: Flask, session: Session, settings: Settings, as_user: AsUser, database: str
) -> None:
    hand_in(as_user("reception1"))
    job = jobs.job()
    assert job.run() == 1
    for _ in range(300):
        time.sleep(0.1)
        session.rollback()
        if session.scalars(select(ImportRun.state)).one() == "done":
            break
    assert session.scalars(select(Petition.external_ref)).all() == ["A-1"]
    for _ in range(100):
        time.sleep(0.05)
        assert job.run() == 0
    assert files(settings) == []


def test_an_import_whose_process_was_killed_is_told_and_its_file_removed(
    app: Flask, session: Session, settings: Settings, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    del app
    address = hand_in(as_user("reception1")).headers["Location"]
    monkeypatch.setattr(
        jobs, "_start", lambda *_: subprocess.Popen(["/bin/sh", "-c", "kill -9 $$"], stdin=subprocess.PIPE)
    )
    job = jobs.job()
    assert job.run() == 1
    for _ in range(100):
        time.sleep(0.05)
        job.run()
        session.rollback()
        if session.scalars(select(ImportRun.state)).one() == "failed":
            break
    assert files(settings) == []
    assert "dừng vì lỗi" in as_user("reception1").get(address).text


def test_progress_that_cannot_be_noted_does_not_stop_an_import(
    session: Session,
    settings: Settings,
    as_user: AsUser,
    actor: Callable[[str], Actor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand_in(as_user("reception1"))

    def busy(*_: object, **__: object) -> None:
        raise OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(runs, "_write", busy)
    assert work_off(session, settings, actor("reception1")).imported == 1
    assert session.scalars(select(ImportRun.state)).one() == "done"


def test_a_run_that_another_process_carried_out_stays_done(
    session: Session,
    settings: Settings,
    as_user: AsUser,
    actor: Callable[[str], Actor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand_in(as_user("reception1"))
    work_off(session, settings, actor("reception1"))
    hand_in(as_user("reception1"), mode="good-rows")

    def overtaken(job: Job, **_: object) -> Summary:
        with unit_of_work() as work:
            work.get_one(ImportRun, job.run_id).state = "done"
        return Summary("sổ cũ.csv", "native", "native", False, True, refused="Another import finished meanwhile.")

    monkeypatch.setattr(runs, "import_file", overtaken)
    work_off(session, settings, actor("reception1"))
    session.rollback()
    assert session.scalars(select(ImportRun.state)).all() == ["done", "done"]


def test_a_second_worker_leaves_running_imports_alone(app: Flask, session: Session, as_user: AsUser) -> None:
    del app
    first, second = jobs.job(), jobs.job()
    assert first.run() == 0
    hand_in(as_user("reception1"))
    with unit_of_work() as work:
        work.get_one(ImportRun, session.scalars(select(ImportRun.id)).one()).state = "running"
    assert second.run() == 0
    session.rollback()
    assert session.scalars(select(ImportRun.state)).one() == "running"
