"""Waiting files are brought to an end, whatever happens to whoever reads them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.clock import FixedClock
from core.database import db, unit_of_work
from core.settings import CHECKOUT, Settings
from documents import jobs
from documents.models import StoredText
from documents.services import store_files
from documents.text import ocr, reading
from documents.text.outcome import Outcome, TextState
from documents.text.reading import CLAIM_LASTS, MOST_ATTEMPTS, ask_again, read_next, text_totals
from documents.text.running import Died
from tests.documents.samples import sent
from tests.documents.texts import docx_of, paragraphs

ActorOf = Callable[[str], Actor]


class Told:
    """Remembers which files it was told of."""

    def __init__(self) -> None:
        self.ids: list[int] = []

    def __call__(self, session: Session, file_id: int) -> None:
        self.ids.append(file_id)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def keep(session: Session, settings: Settings, actor: ActorOf) -> Callable[..., int]:
    by = actor("reception1")

    def store(name: str = "đơn.txt", content: bytes = "Đơn khiếu nại đất đai".encode()) -> int:
        with unit_of_work() as writing:
            (kept,) = store_files(writing, [sent(name, content)], by=by, uploads_dir=settings.uploads_dir)
        return kept.id

    return store


def row(session: Session, file_id: int) -> StoredText:
    session.rollback()
    session.expire_all()
    return session.scalars(select(StoredText).where(StoredText.stored_file_id == file_id)).one()


def test_a_file_waits_from_the_moment_it_is_kept_and_is_read(
    session: Session, settings: Settings, keep: Callable[..., int], told: Told
) -> None:
    file_id = keep("đơn.docx", docx_of(paragraphs("Đơn khiếu nại đất đai")))
    waiting = row(session, file_id)
    assert (waiting.state, waiting.text, waiting.attempts, waiting.revision) == ("waiting", "", 0, 0)
    assert read_next(settings.uploads_dir, told) == 1
    done = row(session, file_id)
    assert (done.state, done.text, done.method, done.characters) == ("read", "Đơn khiếu nại đất đai", "docx", 21)
    assert (done.revision, done.attempts) == (1, 1)
    assert told.ids == [file_id]
    assert read_next(settings.uploads_dir, told) == 0


def test_the_newest_file_comes_first(
    session: Session, settings: Settings, keep: Callable[..., int], told: Told
) -> None:
    ids = [keep(), keep(), keep()]
    while read_next(settings.uploads_dir, told):
        pass
    assert told.ids == ids[::-1]


def test_a_file_that_kills_its_reader_is_given_up_and_the_others_are_read(
    session: Session, settings: Settings, keep: Callable[..., int], told: Told, clock: FixedClock
) -> None:
    good, bad = keep(), keep()
    bad_name = reading._claim()
    assert bad_name is not None
    with unit_of_work() as writing:
        ask_again(writing, [TextState.WAITING])

    def deadly(path: Path, media_type: str) -> Outcome:
        if path.name == bad_name.stored_name:
            raise Died("killed")
        return Outcome(TextState.READ, "chữ nghĩa đây")

    for _ in range(MOST_ATTEMPTS + 2):
        clock.advance(CLAIM_LASTS + timedelta(seconds=1))
        read_next(settings.uploads_dir, told, deadly)
    assert (row(session, bad).state, row(session, bad).detail) == ("failed", "killed")
    assert row(session, bad).attempts == MOST_ATTEMPTS
    assert row(session, good).state == "read"
    assert sorted(told.ids) == [good, bad]


def test_a_file_whose_reader_vanishes_each_time_is_given_up_too(
    session: Session, settings: Settings, keep: Callable[..., int], told: Told, clock: FixedClock
) -> None:
    """Nobody was left to write anything but the claim."""
    file_id = keep()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        claim = reading._claim()
        assert claim is not None
        assert claim.attempt == attempt
        assert reading._claim() is None  # while it may still be read, nobody else takes it
        clock.advance(CLAIM_LASTS + timedelta(seconds=1))
    assert read_next(settings.uploads_dir, told, lambda *_: pytest.fail("it was given up")) == 1
    assert (row(session, file_id).state, row(session, file_id).detail) == ("failed", "killed")


def test_a_reader_that_comes_late_writes_over_nobody(
    session: Session, settings: Settings, keep: Callable[..., int], told: Told, clock: FixedClock
) -> None:
    file_id = keep()
    late = reading._claim()
    clock.advance(CLAIM_LASTS + timedelta(seconds=1))
    read_next(settings.uploads_dir, told)
    assert late is not None
    reading._finish(late, Outcome(TextState.FAILED, detail="slow"), told)
    assert row(session, file_id).state == "read"
    assert told.ids == [file_id]


def test_a_file_gone_from_the_disk_is_told_apart(
    session: Session, settings: Settings, keep: Callable[..., int], told: Told
) -> None:
    file_id = keep()
    for path in settings.uploads_dir.glob("??/*"):
        path.unlink()
    read_next(settings.uploads_dir, told)
    assert (row(session, file_id).state, row(session, file_id).detail) == ("failed", "missing")


def test_asked_again_a_file_waits_and_keeps_what_was_read(
    session: Session, settings: Settings, keep: Callable[..., int], told: Told
) -> None:
    file_id = keep()
    read_next(settings.uploads_dir, told)
    with unit_of_work() as writing:
        assert ask_again(writing, [TextState.FAILED]) == 0
        assert ask_again(writing, [TextState.READ]) == 1
    waiting = row(session, file_id)
    assert (waiting.state, waiting.attempts, waiting.text) == ("waiting", 0, "Đơn khiếu nại đất đai")
    read_next(settings.uploads_dir, told)
    assert row(session, file_id).revision == 2
    assert text_totals(session)[TextState.READ] == 1


def test_scans_are_taken_up_once_tesseract_is_there(
    app: Flask,
    session: Session,
    settings: Settings,
    keep: Callable[..., int],
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file_id = keep()
    read_next(settings.uploads_dir, told, lambda *_: Outcome(TextState.SCAN, detail="no-ocr"))
    monkeypatch.setattr(ocr, "is_available", lambda: False)
    assert jobs.reading_job(told).run() == 0
    assert row(session, file_id).state == "scan"
    monkeypatch.setattr(ocr, "is_available", lambda: True)
    assert jobs.reading_job(told).run() == 1
    assert row(session, file_id).state == "read"


def test_status_and_retry_on_the_command_line(
    app: Flask, session: Session, settings: Settings, keep: Callable[..., int], told: Told
) -> None:
    keep()
    read_next(settings.uploads_dir, told, lambda *_: Outcome(TextState.FAILED, detail="damaged"))
    runner = app.test_cli_runner()
    assert '"failed": 1' in runner.invoke(args=["files", "status", "--json"]).output
    assert "failed   1" in runner.invoke(args=["files", "status"]).output
    assert runner.invoke(args=["files", "retry"]).output == "1\n"
    session.rollback()
    assert text_totals(session)[TextState.WAITING] == 1


READER = """
import sys
from pathlib import Path
from core.settings import load_settings
from documents.text.outcome import Outcome, TextState
from documents.text.reading import read_next
from wsgi import create_app
import time
with create_app().app_context():
    while True:
        Path(sys.argv[1]).touch()
        read_next(load_settings().uploads_dir, lambda *_: None)
        time.sleep(0.01)
"""


def test_the_worker_killed_at_any_moment_loses_no_file(
    session: Session,
    settings: Settings,
    database: str,
    keep: Callable[..., int],
    told: Told,
    clock: FixedClock,
    tmp_path: Path,
) -> None:
    ids = [keep(content=f"Đơn khiếu nại số {n}".encode()) for n in range(8)]
    db.session.remove()
    (settings.data_dir / "secret_key").write_text("0" * 64, encoding="ascii")
    url = settings.database_url.replace("postgresql+psycopg://", "postgresql://")
    env = {**os.environ, "DONTHU_DATA": str(settings.data_dir), "DATABASE_URL": url, "PYTHONPATH": str(CHECKOUT)}
    for pause in (0.05, 0.2, 0.35):
        begun = tmp_path / f"begun-{pause}"
        process = subprocess.Popen(
            [sys.executable, "-c", READER, str(begun)], env=env, cwd=CHECKOUT, start_new_session=True
        )
        for _ in range(200):
            if begun.exists():
                break
            time.sleep(0.05)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
    # The killed ones went by the clock of this machine, which may be far ahead of that of the tests.
    clock.advance(max(timedelta(), datetime.now(UTC) - clock.now()))
    for _ in range(40):
        clock.advance(CLAIM_LASTS + timedelta(days=1))
        if not read_next(settings.uploads_dir, told):
            break
    assert [(row(session, file_id).state, row(session, file_id).text) for file_id in ids] == [
        ("read", f"Đơn khiếu nại số {n}") for n in range(8)
    ]
