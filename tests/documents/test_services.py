"""Keeping files: durable before the row, gone with the transaction."""

import hashlib
import os
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock as clocks
from core.database import unit_of_work
from core.errors import InvalidInput, NotVisible
from core.settings import Settings
from documents import services
from documents.jobs import sweep_job
from documents.models import StoredFile
from documents.queries import open_file
from documents.services import clean_name, store_files, sweep_orphans
from tests.documents.samples import EXE, PDF, Sent, png, sent

ActorOf = Callable[[str], Actor]


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def by(actor: ActorOf) -> Actor:
    return actor("reception1")


def keep(settings: Settings, by: Actor, *uploads: Sent) -> list[services.Kept]:
    with unit_of_work() as session:
        return store_files(session, uploads, by=by, uploads_dir=settings.uploads_dir)


def test_a_file_is_kept_under_a_random_name_and_read_again(session: Session, settings: Settings, by: Actor) -> None:
    (kept,) = keep(settings, by, sent("C:\\Hồ sơ\\đơn thư.pdf", PDF))
    assert kept.name == "đơn thư.pdf"
    row = session.scalars(select(StoredFile)).one()
    assert (row.id, row.original_name, row.media_type, row.size) == (
        kept.id,
        "đơn thư.pdf",
        "application/pdf",
        len(PDF),
    )
    assert row.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (row.office_id, row.stored_by, row.stored_at) == (by.office_id, by.id, clocks.now())
    (path,) = files_in(settings.uploads_dir)
    assert path.name == row.stored_name
    assert "đơn" not in str(path.relative_to(settings.uploads_dir))
    assert path.parent.parent == settings.uploads_dir
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, settings.uploads_dir)} == {0o700}
    opened = open_file(session, kept.id, uploads_dir=settings.uploads_dir)
    with opened.stream as stream:
        assert stream.read() == PDF
    assert (opened.name, opened.media_type, opened.size) == ("đơn thư.pdf", "application/pdf", len(PDF))


def test_the_bytes_and_their_folders_are_on_the_disk_before_the_row_is_written(
    session: Session, settings: Settings, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync = os.fsync
    register = services._register

    def noted_sync(handle: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def noted_register(*args: Any) -> int:
        order.append("row")
        return register(*args)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(services, "_register", noted_register)
    keep(settings, by, sent("a.pdf", PDF), sent("b.png", png()))
    assert order[:2] == ["file", "file"]
    assert "folder" in order[2:-2]
    assert order[-2:] == ["row", "row"]
    assert set(order[2:-2]) == {"folder"}


def test_rolling_back_removes_the_files(session: Session, settings: Settings, by: Actor) -> None:

    def store_and_fail() -> None:
        with unit_of_work() as work:
            store_files(work, [sent("a.pdf", PDF)], by=by, uploads_dir=settings.uploads_dir)
            assert len(files_in(settings.uploads_dir)) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store_and_fail()
    assert files_in(settings.uploads_dir) == []
    assert session.scalars(select(StoredFile)).all() == []


def test_a_commit_that_fails_leaves_the_files_to_the_sweep(
    session: Session, settings: Settings, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether such a commit took place, nobody knows: a row may name the file."""

    def broken() -> None:
        raise ConnectionError

    monkeypatch.setattr(session, "commit", broken)
    with pytest.raises(ConnectionError):
        keep(settings, by, sent("a.pdf", PDF))
    assert len(files_in(settings.uploads_dir)) == 1


def test_a_failing_disk_leaves_nothing_behind(
    session: Session, settings: Settings, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter(range(10))
    sync = os.fsync

    def full(handle: int) -> None:
        if next(calls) == 1:
            raise OSError(28, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep(settings, by, sent("a.pdf", PDF), sent("b.pdf", PDF))
    assert files_in(settings.uploads_dir) == []
    assert session.scalars(select(StoredFile)).all() == []


def test_all_or_none_with_every_bad_file_named(
    session: Session, settings: Settings, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_SIZE", 1000)
    with pytest.raises(InvalidInput) as caught, unit_of_work() as work:
        store_files(
            work,
            [sent("tốt.pdf", PDF), sent("to.pdf", PDF + bytes(1000)), sent("chạy.exe", EXE), sent("rỗng.txt", b"")],
            by=by,
            uploads_dir=settings.uploads_dir,
        )
    message = str(caught.value.errors["attachments"])
    assert [name in message for name in ("to.pdf", "chạy.exe", "rỗng.txt", "tốt.pdf")] == [True, True, True, False]
    assert files_in(settings.uploads_dir) == []


def test_a_stream_that_never_ends_is_cut_off(
    session: Session, settings: Settings, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_SIZE", 1_000_000)
    given = 0

    class Endless:
        def read(self, size: int) -> bytes:
            nonlocal given
            given += size
            return bytes(size)

    with pytest.raises(InvalidInput):
        keep(settings, by, Sent("a.pdf", Endless()))  # type: ignore[arg-type]  # read is all that is asked of it
    assert given < 2_000_000
    assert files_in(settings.uploads_dir) == []


def test_ten_files_at_a_time(session: Session, settings: Settings, by: Actor) -> None:
    empty_fields = [sent("", b""), sent(None, b"")]
    assert len(keep(settings, by, *empty_fields, *(sent(f"{n}.pdf", PDF) for n in range(10)))) == 10
    with pytest.raises(InvalidInput) as caught:
        keep(settings, by, *(sent(f"{n}.pdf", PDF) for n in range(11)))
    assert list(caught.value.errors) == ["attachments"]
    assert len(files_in(settings.uploads_dir)) == 10


@pytest.mark.parametrize(
    ("sent_name", "kept_name"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\a\\đơn.pdf", "đơn.pdf"),
        ("do\u031bn thu\u031b.pdf", "dơn thư.pdf"),
        ("a\x00b\r\nc\u202egpj.pdf", "ab cgpj.pdf"),
        ('tên "lạ" <1>|?*:.pdf', "tên _lạ_ _1_____.pdf"),
        (".bashrc", "bashrc"),
        ("...", "_"),
        ("x" * 300 + ".docx", "x" * 250 + ".docx"),
        ("y" * 300, "y" * 255),
    ],
)
def test_names_are_cleaned(sent_name: str, kept_name: str) -> None:
    assert clean_name(sent_name) == kept_name


def age(path: Path, by: timedelta) -> None:
    moment = (clocks.now() - by).timestamp()
    os.utime(path, (moment, moment))


def test_the_sweep_removes_old_orphans_only(session: Session, settings: Settings, by: Actor) -> None:
    keep(settings, by, sent("a.pdf", PDF), sent("b.pdf", PDF))
    known = files_in(settings.uploads_dir)
    for path in known:
        age(path, timedelta(days=9))
    folder = settings.uploads_dir / "00"
    folder.mkdir(exist_ok=True)
    old, fresh = folder / ("0" * 64), folder / ("1" * 64)
    for path, days in ((old, 2), (fresh, 0)):
        path.write_bytes(PDF)
        age(path, timedelta(days=days))
    assert sweep_job().run() == 1
    assert files_in(settings.uploads_dir) == sorted([*known, fresh])


def test_the_sweep_touches_nothing_over_a_database_that_knows_none_of_the_files(
    session: Session, settings: Settings, by: Actor
) -> None:
    """A new database over old uploads, by a wrong DATABASE_URL, must not cost an office its files."""
    folder = settings.uploads_dir / "00"
    folder.mkdir(parents=True)
    for name in "0123":
        (folder / (name * 64)).write_bytes(PDF)
        age(folder / (name * 64), timedelta(days=400))
    assert sweep_orphans(session, uploads_dir=settings.uploads_dir) == 0
    assert len(files_in(settings.uploads_dir)) == 4


def test_the_sweep_of_an_installation_without_uploads(session: Session, settings: Settings) -> None:
    assert sweep_orphans(session, uploads_dir=settings.uploads_dir) == 0


def test_a_file_whose_bytes_are_gone_is_not_found(session: Session, settings: Settings, by: Actor) -> None:
    (kept,) = keep(settings, by, sent("a.pdf", PDF))
    files_in(settings.uploads_dir)[0].unlink()
    with pytest.raises(NotVisible):
        open_file(session, kept.id, uploads_dir=settings.uploads_dir)
    with pytest.raises(NotVisible):
        open_file(session, kept.id + 1, uploads_dir=settings.uploads_dir)
