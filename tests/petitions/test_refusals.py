"""A disk or a database that takes nothing now: a plain 503 with what was typed, nothing half saved; it works again."""

import errno
import io
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from core import database
from core.settings import Settings
from documents.models import StoredFile
from petitions.models import Petition
from petitions.views import intake
from tests.petitions.test_main_job import FORM

AsUser = Callable[[str], FlaskClient]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
TYPED = "Đơn gõ dài rất công phu"


def send(client: FlaskClient, **more: object) -> tuple[int, str, str]:
    data = {**FORM, "title": TYPED, **more}
    answer = client.post("/petitions/new", data=data, content_type="multipart/form-data")
    return answer.status_code, answer.text, answer.headers.get("Retry-After", "")


def stored(session: Session, settings: Settings) -> tuple[int, int, int]:
    session.rollback()
    petitions, rows = (
        session.execute(select(func.count()).select_from(table)).scalar_one() for table in (Petition, StoredFile)
    )
    files = sum(path.is_file() for path in settings.uploads_dir.rglob("*")) if settings.uploads_dir.exists() else 0
    return petitions, rows, files


def refused(answer: tuple[int, str, str]) -> bool:
    status, text, retry = answer
    return (status, retry) == (503, "5") and TYPED in text and "Chưa lưu được" in text


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("where", ["fsync", "open"])
def test_a_disk_that_takes_no_file(
    session: Session, settings: Settings, as_user: AsUser, monkeypatch: pytest.MonkeyPatch, code: int, where: str
) -> None:
    client = as_user("reception1")

    def full(*_given: object, **_more: object) -> int:
        raise OSError(code, "the disk says no")

    with monkeypatch.context() as broken:
        broken.setattr(f"documents.services.os.{where}", full)
        assert refused(send(client, attachments=(io.BytesIO(PDF), "don.pdf")))
    assert stored(session, settings) == (0, 0, 0)
    assert send(client, attachments=(io.BytesIO(PDF), "don.pdf"))[0] == 302
    assert stored(session, settings) == (1, 1, 1)


def test_another_fault_of_the_system_stays_a_fault(as_user: AsUser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object, **_more: object) -> None:
        raise OSError(errno.EBADF, "a fault of ours")

    monkeypatch.setattr(intake, "receive", broken)
    assert send(as_user("reception1"))[0] == 500


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_that_does_not_answer(
    as_user: AsUser, monkeypatch: pytest.MonkeyPatch, kind: type[OperationalError]
) -> None:
    def broken(*_given: object, **_more: object) -> None:
        raise kind("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    client = as_user("reception1")
    monkeypatch.setattr(intake, "receive", broken)
    answer = send(client)
    assert refused(answer)
    assert "hết chỗ" in answer[1]


def test_a_database_that_somebody_holds(
    session: Session, settings: Settings, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held for longer than anybody waits: refused in time. Held for a moment: saved."""
    if not settings.is_sqlite:
        pytest.skip("PostgreSQL has no lock on the whole database")
    client = as_user("reception1")
    session.rollback()
    holder = sqlite3.connect(settings.data_dir / "donthu.sqlite3", isolation_level=None, check_same_thread=False)
    try:
        holder.execute("BEGIN IMMEDIATE")
        assert database.BUSY_TIMEOUT_MS <= 6_000
        monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 300)
        with database.db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 300")
        assert refused(send(client))
        threading.Timer(0.1, holder.execute, ["ROLLBACK"]).start()
        assert send(client)[0] == 302
    finally:
        holder.close()
    assert stored(session, settings)[0] == 1


def test_a_database_that_can_only_be_read(session: Session, settings: Settings, as_user: AsUser) -> None:
    client = as_user("reception1")
    session.rollback()
    pragma = "PRAGMA query_only = {}" if settings.is_sqlite else "SET default_transaction_read_only = {}"

    def set_to(value: str) -> Callable[..., None]:
        def on_checkout(connection: Any, _record: object, _proxy: object) -> None:
            connection.execute(pragma.format(value))
            if not settings.is_sqlite:
                connection.commit()

        return on_checkout

    engine, only_read, all_again = database.db.engine, set_to("on"), set_to("off")
    event.listen(engine, "checkout", only_read)
    try:
        answer = send(client)
        assert client.get("/queues/open").status_code == 200
    finally:
        event.remove(engine, "checkout", only_read)
        event.listen(engine, "checkout", all_again)
    assert answer[0] == 503
    assert TYPED in answer[1]
    assert send(client)[0] == 302
    event.remove(engine, "checkout", all_again)


def test_while_the_database_is_away_every_page_says_so(as_user: AsUser, monkeypatch: pytest.MonkeyPatch) -> None:
    client = as_user("reception1")

    def away(*_given: object, **_more: object) -> None:
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("the database system is in recovery mode"))

    monkeypatch.setattr("auth.queries.login_by_token", away)
    for path in ("/", "/queues/open", "/petitions/new", "/nowhere"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5"), path
    assert refused(send(client))
