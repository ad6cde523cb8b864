"""Backups: whole although others write, encrypted, proved; a changed or cut one is refused and leaves nothing."""

import os
import tarfile
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pyrage
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select, text

from auth.actor import Actor
from core.backup import BackupFailed, archive, making, restoring
from core.backup.archive import Writer, writing
from core.backup.making import make
from core.backup.restoring import restore, verify
from core.database import db
from core.settings import Settings
from documents.services import store_files
from petitions.models import Petition
from tests.core.backup.conftest import Upload
from tests.petitions.given import a_petition, do
from wsgi import create_app

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


def nothing_is_left(place: Settings) -> bool:
    engine = create_engine(place.database_url)
    try:
        with engine.connect() as connection:
            tables = connection.dialect.get_table_names(connection)
    finally:
        engine.dispose()
    folders = [path for path in place.data_dir.iterdir() if path.is_dir()]
    return not tables and not folders


def titles(settings: Settings) -> set[str]:
    engine = create_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            return set(connection.scalars(select(Petition.title)))
    finally:
        engine.dispose()


def test_what_was_saved_comes_back_whole(
    office: Settings, saved: Path, keys: tuple[str, Path], place: Settings
) -> None:
    back = restore(place, saved, keys[1])
    assert (back.petitions, back.files) == (5, 3)
    assert titles(place) == titles(office)
    for before in office.uploads_dir.rglob("*"):
        if before.is_file():
            after = place.uploads_dir / before.relative_to(office.uploads_dir)
            assert after.read_bytes() == before.read_bytes()
            assert after.stat().st_mode & 0o777 == 0o600
    assert (place.data_dir / "lookup_key").read_bytes() == (office.data_dir / "lookup_key").read_bytes()


def test_the_restored_office_checks_clean_and_goes_on(
    saved: Path, keys: tuple[str, Path], place: Settings, tmp_path: Path
) -> None:
    restore(place, saved, keys[1])
    app = create_app(place)
    try:
        for name in ("database", "chain", "events", "clocks", "queues", "files"):
            answer = app.test_cli_runner().invoke(args=["integrity", "check", "--json", "--only", name])
            assert answer.exit_code == 0, answer.output
    finally:
        with app.app_context():
            db.engine.dispose()


def test_log_ins_end_with_a_restore(
    as_user: AsUser, office: Settings, keys: tuple[str, Path], place: Settings, tmp_path: Path
) -> None:
    as_user("officer1")
    made = make(office, tmp_path / "backups", [keys[0]])
    restore(place, made.path, keys[1])
    engine = create_engine(place.database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM login_session")).scalar_one() == 0
    engine.dispose()


def test_nothing_of_it_can_be_read_without_the_key(office: Settings, saved: Path, keys: tuple[str, Path]) -> None:
    content = saved.read_bytes()
    assert b"SQLite format" not in content
    assert b"PDF-1.4" not in content
    assert "Đơn số".encode() not in content
    assert (office.keys_file.read_bytes().split()[1]) not in content
    other = keys[1].with_name("other")
    other.write_text(str(pyrage.x25519.Identity.generate()))
    with pytest.raises(BackupFailed, match="does not open it"):
        verify(saved, other)


def test_the_keys_that_seal_are_not_in_it(office: Settings, saved: Path, keys: tuple[str, Path]) -> None:
    names: list[str] = []
    seal = office.keys_file.read_bytes()

    def look(name: str, source: object) -> None:
        names.append(name)
        assert seal.split()[1] not in source.read()  # type: ignore[attr-defined]  # a stream

    archive.read(saved, archive.identity_of(keys[1]), look)
    assert not [name for name in names if "keys" in name]


def test_every_flipped_byte_is_found_and_nothing_is_left(saved: Path, keys: tuple[str, Path], place: Settings) -> None:
    content = bytearray(saved.read_bytes())
    step = max(1, len(content) // 120)
    places = [*range(0, 400, 7), *range(400, len(content), step), len(content) - 1]
    broken = saved.with_name("broken.donthu")
    for at in places:
        content[at] ^= 1
        broken.write_bytes(content)
        content[at] ^= 1
        with pytest.raises(BackupFailed):
            verify(broken, keys[1])
    content[len(content) // 2] ^= 1
    broken.write_bytes(content)
    with pytest.raises(BackupFailed, match="changed or cut"):
        restore(place, broken, keys[1])
    assert nothing_is_left(place)


def test_a_backup_that_was_cut_short_is_refused(saved: Path, keys: tuple[str, Path], place: Settings) -> None:
    content = saved.read_bytes()
    cut = saved.with_name("cut.donthu")
    for length in (
        0,
        10,
        200,
        len(content) // 3,
        len(content) // 2,
        len(content) - 65_600,
        len(content) - 16,
        len(content) - 1,
    ):
        cut.write_bytes(content[:length])
        with pytest.raises(BackupFailed):
            restore(place, cut, keys[1])
    assert nothing_is_left(place)


def test_only_an_empty_place_is_filled(office: Settings, saved: Path, keys: tuple[str, Path], place: Settings) -> None:
    with pytest.raises(BackupFailed, match="not empty"):
        restore(office, saved, keys[1])
    assert len(titles(office)) == 5
    kept = place.uploads_dir / "ab" / "abfile"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"somebody's")
    with pytest.raises(BackupFailed, match="not empty"):
        restore(place, saved, keys[1])
    assert kept.read_bytes() == b"somebody's"


def test_files_that_are_gone_or_changed_are_named_and_the_rest_is_saved(
    office: Settings, keys: tuple[str, Path], tmp_path: Path, place: Settings
) -> None:
    first, second, _third = sorted(path for path in office.uploads_dir.rglob("*") if path.is_file())
    first.unlink()
    second.write_bytes(b"other")
    made = make(office, tmp_path / "backups", [keys[0]])
    assert len(made.faults) == 2
    assert (made.files, made.petitions) == (2, 5)
    assert making.status(office)["faults"] == made.faults
    assert restore(place, made.path, keys[1]).files == 2


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "uploads/../../x", "uploads/ab/../../../x", "keys", "uploads/ab/a b"]
)
def test_a_name_never_leads_out_of_the_place(
    name: str, keys: tuple[str, Path], place: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "evil.donthu"
    with writing(path, [keys[0]]) as writer:
        writer.add_json("manifest.json", {"format": archive.FORMAT})
        writer.add(name, BytesIO(b"evil"), 4)
    with pytest.raises(BackupFailed, match="does not belong"):
        restore(place, path, keys[1])
    assert nothing_is_left(place)


def test_a_link_in_a_backup_is_refused(keys: tuple[str, Path], place: Settings, tmp_path: Path) -> None:
    path = tmp_path / "evil.donthu"
    with writing(path, [keys[0]]) as writer:
        writer.add_json("manifest.json", {"format": archive.FORMAT})
        link = tarfile.TarInfo("uploads/ab/abc")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        writer._tar.addfile(link)
    with pytest.raises(BackupFailed, match="does not belong"):
        restore(place, path, keys[1])


def test_a_full_disk_leaves_no_half_backup(
    office: Settings, keys: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Writer, *_given: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Writer, "add", full)
    folder = tmp_path / "backups"
    with pytest.raises(BackupFailed, match="No space"):
        make(office, folder, [keys[0]])
    assert list(folder.iterdir()) == []
    assert not [path for path in office.data_dir.iterdir() if path.name.startswith("backup-")]


def test_without_a_key_to_encrypt_to_there_is_no_backup(office: Settings, tmp_path: Path) -> None:
    for recipients in ([], ["nonsense"]):
        with pytest.raises(BackupFailed):
            make(office, tmp_path / "backups", recipients)
    assert not list((tmp_path / "backups").glob("*.donthu"))


def test_a_backup_of_a_newer_program_is_refused(
    saved: Path, keys: tuple[str, Path], place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Scripts:
        def __init__(self, _folder: str) -> None: ...

        def walk_revisions(self) -> list[object]:
            return []

    monkeypatch.setattr(restoring, "ScriptDirectory", Scripts)
    with pytest.raises(BackupFailed, match="newer version"):
        restore(place, saved, keys[1])
    assert nothing_is_left(place)


def test_four_who_write_lose_nothing_and_the_copy_is_whole(
    app: Flask, office: Settings, actor: ActorOf, keys: tuple[str, Path], tmp_path: Path, place: Settings
) -> None:
    who = actor("reception1")
    acknowledged: list[str] = []
    stop = threading.Event()

    def write(number: int) -> None:
        with app.app_context():
            while not stop.is_set():
                made = a_petition(who, title=f"Ghi bởi {number}")
                do(store_files, [Upload(b"%PDF-1.4\n" + os.urandom(5_000))], by=who, uploads_dir=office.uploads_dir)
                acknowledged.append(made.number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        while len(acknowledged) < 8:
            stop.wait(0.02)
        before = list(acknowledged)
        made = make(office, tmp_path / "backups", [keys[0]])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert made.faults == []
    back = restore(place, made.path, keys[1])
    engine = create_engine(place.database_url)
    with engine.connect() as connection:
        numbers = set(connection.scalars(select(Petition.number)))
    engine.dispose()
    assert set(before) <= numbers
    assert back.petitions == len(numbers)
    assert back.files >= 3


def test_old_ones_go_when_so_many_are_kept(office: Settings, keys: tuple[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in ("01", "02", "03"):
        (folder / f"donthu-202601{day}-000000.donthu").write_bytes(b"old")
    (folder / "other.txt").write_text("not ours")
    made = make(office, folder, [keys[0]], keep=2)
    assert sorted(path.name for path in folder.iterdir()) == [
        "donthu-20260103-000000.donthu",
        made.path.name,
        "other.txt",
    ]
