"""What would blind the verifier is found as well: lost anchors, a chain without a head, bytes that are no entry."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from auth.anchoring import chain_check
from chaos.attacks import unguard
from core.database import unit_of_work
from core.settings import Settings
from tests.test_anchors import add, flask, run_alone, write
from tests.test_anchors import file as file
from tests.test_anchors import folder as folder
from tests.test_anchors import grown as grown


def tampered(session: Session, *statements: str) -> None:
    session.rollback()
    with unit_of_work() as work:
        unguard(work.connection())
        for statement in statements:
            work.execute(text(statement))
    session.rollback()


def test_a_place_that_lost_its_anchors_is_not_taken_for_a_new_one(session: Session, folder: Path, file: Path) -> None:
    """A share that is not mounted any more looks like an empty folder, and a new file there would hide it."""
    add(120)
    assert write(session, folder) == (1, [])
    kept = file.read_bytes()
    file.unlink()
    add(120)
    written, refused = write(session, folder)
    assert (written, len(refused)) == (0, 1)
    assert "mounted" in refused[0]
    session.rollback()
    assert any("was anchored" in fault for fault in chain_check(session, folder).faults)
    file.write_bytes(kept)
    assert write(session, folder) == (1, [])
    session.rollback()
    assert chain_check(session, folder).faults == []
    file.unlink()
    assert write(session, folder, break_reason="Ổ mạng hỏng, mất các mốc cũ")[1] == []
    session.rollback()
    assert "Ổ mạng hỏng" in "".join(chain_check(session, folder).faults)


def test_a_new_installation_without_anchors_has_no_fault_yet(session: Session, folder: Path) -> None:
    session.rollback()
    assert chain_check(session, folder).faults == []


@pytest.mark.parametrize(
    "statements",
    [
        ("DELETE FROM audit_head",),
        ("DELETE FROM audit_head", "DELETE FROM audit_entry"),
        ("UPDATE office SET code = 'KHAC'",),
    ],
)
def test_a_chain_without_a_head_or_under_another_name_is_found(
    grown: Session, folder: Path, app: Flask, tmp_path: Path, settings: Settings, statements: tuple[str, ...]
) -> None:
    tampered(grown, *statements)
    assert chain_check(grown, folder).faults
    grown.rollback()
    runner = app.test_cli_runner()
    exported = tmp_path / "chain.jsonl"
    assert flask(runner, "audit", "verify").exit_code == 1
    assert flask(runner, "audit", "export", str(exported)).exit_code == 0
    assert run_alone(str(exported), "--anchors", str(folder)).returncode == 1
    if settings.is_sqlite:
        alone = run_alone(str(settings.data_dir / "donthu.sqlite3"), "--anchors", str(folder))
        assert alone.returncode == 1, alone.stderr


def test_an_export_without_its_last_lines_is_found(grown: Session, app: Flask, tmp_path: Path) -> None:
    exported = tmp_path / "chain.jsonl"
    assert flask(app.test_cli_runner(), "audit", "export", str(exported)).exit_code == 0
    assert run_alone(str(exported)).returncode == 0
    exported.write_text("\n".join(exported.read_text().splitlines()[:-2]) + "\n")
    assert run_alone(str(exported)).returncode == 1


@pytest.mark.parametrize(
    "change",
    ["at = 'x'", "payload = x'fffe00'", "hash = x'00'", "at = 5", "actor = x'ff'", "subject = CAST(x'ff' AS TEXT)"],
)
def test_what_is_no_entry_at_all_does_not_blind_the_verifier(
    grown: Session, folder: Path, app: Flask, settings: Settings, change: str
) -> None:
    if not settings.is_sqlite:
        pytest.skip("PostgreSQL keeps to the types of its columns")
    tampered(grown, f"UPDATE audit_entry SET {change} WHERE seq = 77")
    bad = flask(app.test_cli_runner(), "audit", "verify", "--json")
    assert (bad.exit_code, json.loads(bad.stdout)["chains"][0]["first_bad_entry"]) == (1, 77), bad.stderr
    alone = run_alone(str(settings.data_dir / "donthu.sqlite3"), "--anchors", str(folder))
    assert alone.returncode == 1, alone.stderr
    assert "BAD entry 77" in alone.stdout
    assert "entry 77" in "".join(chain_check(grown, folder).faults)


def test_a_moment_beyond_the_calendar_does_not_blind_the_verifier(grown: Session, folder: Path) -> None:
    if grown.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite has no such moments")
    tampered(grown, "UPDATE audit_entry SET at = 'infinity' WHERE seq = 77")
    assert "entry 77" in "".join(chain_check(grown, folder).faults)


def test_without_the_anchors_that_were_asked_for_nothing_is_judged(
    grown: Session, folder: Path, app: Flask, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    runner = app.test_cli_runner()
    exported = tmp_path / "chain.jsonl"
    flask(runner, "audit", "export", str(exported))
    assert flask(runner, "audit", "verify", "--anchors", str(empty)).exit_code == 2
    assert run_alone(str(exported), "--anchors", str(empty)).returncode == 2
    tampered(grown, "UPDATE audit_entry SET actor = 'x' WHERE seq = 9")
    assert flask(runner, "audit", "verify", "--anchors", str(empty)).exit_code == 1
