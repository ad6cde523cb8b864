"""Anchors of the audit chain: written as it grows, never over a break; with them every tampering is found and named."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import text
from sqlalchemy.orm import Session

from auth.anchoring import anchor_all, anchoring_job, chain_check, codes, verify_all
from chaos.attacks import unguard
from chaos.tampering import grow, tamper
from core import audit
from core.anchors import EVERY_ENTRIES, AnchorRefused, anchor, chains, path_of
from core.clock import FixedClock
from core.database import unit_of_work
from core.integrity import SelfCheck
from core.settings import CHECKOUT, Settings
from core.verify_audit import read_anchors
from petitions.queries.self_checks import petitions_registered
from tests.people import OFFICE_CODE
from tests.search.making import dice_of

OFFICE = 1


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.anchors_dir


@pytest.fixture
def file(folder: Path) -> Path:
    return path_of(folder, OFFICE_CODE)


def add(count: int) -> None:
    with unit_of_work() as session:
        entries = [(f"s:{number}", {"n": number}) for number in range(count)]
        audit.record_many(session, OFFICE, actor="officer1", action="test", entries=entries)


def write(session: Session, folder: Path, **more: object) -> tuple[int, list[str]]:
    session.rollback()
    return anchor_all(session, folder, petitions_registered, **more)  # type: ignore[arg-type]  # passed through


def cut(session: Session, after: int) -> None:
    """Cut the chain off behind entry ``after``, as a restored older state, or an insider, leaves it."""
    session.rollback()
    with unit_of_work() as work:
        unguard(work.connection())
        work.execute(text("DELETE FROM audit_entry WHERE seq > :after"), {"after": after})
        work.execute(
            text("UPDATE audit_head SET seq = :after, hash = (SELECT hash FROM audit_entry WHERE seq = :after)"),
            {"after": after},
        )


def test_an_anchor_comes_with_the_first_entries_then_by_number_or_by_the_hour(
    session: Session, folder: Path, file: Path, clock: FixedClock
) -> None:
    assert write(session, folder) == (1, [])
    assert write(session, folder) == (0, [])
    add(EVERY_ENTRIES - 1)
    assert write(session, folder) == (0, [])
    add(1)
    assert write(session, folder) == (1, [])
    add(1)
    clock.advance(timedelta(minutes=61))
    assert write(session, folder) == (1, [])
    add(1)
    clock.advance(timedelta(minutes=6))
    assert write(session, folder) == (0, [])
    assert write(session, folder, every=timedelta(minutes=5)) == (1, [])
    lines = read_anchors(file)
    session.rollback()
    assert (lines.faults, lines.notes) == ([], [])
    assert (lines.lines[-1].seq, lines.lines[-1].head) == audit.head_of(session, OFFICE)


def test_what_was_witnessed_leaves_no_entry_out(session: Session, folder: Path, file: Path) -> None:
    add(1_234)
    write(session, folder)
    witnessed = [digits for line in read_anchors(file).lines for digits in line.witnessed]
    session.rollback()
    stored = session.scalars(text("SELECT hash FROM audit_entry ORDER BY seq")).all()
    assert witnessed == [each[:16] for each in stored]


def test_nothing_is_anchored_behind_a_chain_that_was_cut(session: Session, folder: Path, file: Path) -> None:
    add(50)
    write(session, folder)
    before = file.read_bytes()
    cut(session, 20)
    add(3)
    written, refused = write(session, folder, even_if_fresh=True)
    assert (written, len(refused)) == (0, 1)
    assert file.read_bytes() == before
    add(100)  # longer than what was anchored, but another chain
    written, refused = write(session, folder, even_if_fresh=True)
    assert (written, len(refused)) == (0, 1)
    assert file.read_bytes() == before
    session.rollback()
    ((_chain, verdict),) = verify_all(session, folder)
    assert (verdict.first_bad_seq, verdict.sound) == (21, False)


def test_a_restored_state_goes_on_once_the_break_is_declared_and_is_shown_for_ever(
    session: Session, folder: Path
) -> None:
    write(session, folder)
    add(40)
    write(session, folder, even_if_fresh=True)
    session.rollback()
    first = read_anchors(path_of(folder, OFFICE_CODE)).lines[0].seq
    cut(session, first + 5)
    add(2)
    assert write(session, folder, break_reason="Máy hỏng, khôi phục bản sao lưu")[1] == []
    add(150)
    assert write(session, folder) == (1, [])
    session.rollback()
    ((_chain, verdict),) = verify_all(session, folder)
    assert verdict.first_bad_seq is None
    assert len(verdict.faults) == 1
    assert "Máy hỏng" in verdict.faults[0]
    ((_chain, known),) = verify_all(session, folder, [first])
    assert known.sound


def test_a_break_that_was_looked_into_is_noted_and_raises_no_alarm(session: Session, folder: Path, app: Flask) -> None:
    add(40)
    write(session, folder)
    cut(session, 20)
    assert write(session, folder, break_reason="Khôi phục bản sao lưu")[1] == []
    session.rollback()
    (fault,) = chain_check(session, folder).faults
    assert "a break was declared at entry 0" in fault
    runner = app.test_cli_runner()
    assert flask(runner, "audit", "know-break", "7", "Đã đối chiếu sổ").exit_code == 0
    session.rollback()
    assert chain_check(session, folder).faults == [fault]
    assert flask(runner, "audit", "know-break", "0", "Đã đối chiếu sổ", "--as", "supervisor1").exit_code == 0
    session.rollback()
    result = chain_check(session, folder)
    assert result.faults == []
    assert "0 (supervisor1)" in result.note
    # Whoever verifies from outside decides for themselves.
    assert flask(runner, "audit", "verify").exit_code == 1


def test_a_line_that_a_crash_left_unfinished_is_cut_and_passed_over(session: Session, folder: Path, file: Path) -> None:
    write(session, folder)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:40])
    torn = read_anchors(file)
    assert len(torn.lines) == 1
    assert torn.notes
    session.rollback()
    ((_chain, verdict),) = verify_all(session, folder)
    assert verdict.sound
    assert verdict.notes
    add(200)
    assert write(session, folder) == (1, [])
    assert file.read_bytes().startswith(whole + b"{")
    assert read_anchors(file).notes == []


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0].replace('"petitions":0', '"petitions":9'), *lines[1:]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: ["{}", *lines],
        lambda lines: [*lines[:-1], lines[-1].replace('"seq"', '"sec"')],
    ],
)
def test_changed_anchors_are_named(
    session: Session, folder: Path, file: Path, change: Callable[[list[str]], list[str]]
) -> None:
    for _each in range(3):
        add(110)
        write(session, folder)
    file.write_text("".join(f"{line}\n" for line in change(file.read_text().splitlines())))
    session.rollback()
    ((_chain, verdict),) = verify_all(session, folder)
    assert verdict.faults
    assert not verdict.sound
    add(110)
    assert write(session, folder)[1]


def test_a_place_that_cannot_be_written_is_told_to_everybody(session: Session, folder: Path, app: Flask) -> None:
    folder.write_text("a file, where the folder should be")
    session.rollback()
    anchoring_job(folder, petitions_registered)
    kept = session.get_one(SelfCheck, "anchors")
    assert kept.faults == 1
    assert str(folder) in kept.detail
    folder.unlink()
    anchoring_job(folder, petitions_registered)
    session.rollback()
    assert session.get_one(SelfCheck, "anchors", populate_existing=True).faults == 0


def test_a_direct_call_refuses_loudly(session: Session, folder: Path) -> None:
    folder.write_text("")
    with pytest.raises(AnchorRefused):
        anchor(session, chains(session, codes)[0], folder, petitions=0)


@pytest.fixture
def grown(session: Session, folder: Path, file: Path) -> Session:
    grow(OFFICE, folder, 400, dice_of(5))
    return session


def test_every_tampering_before_the_last_anchor_is_found_and_named(grown: Session, file: Path) -> None:
    report = tamper(grown, OFFICE, read_anchors(file), 70, dice_of(6))
    assert {name: (kind.done, kind.found, kind.named) for name, kind in report.kinds.items()} == dict.fromkeys(
        report.kinds, (10, 10, 10)
    )
    assert report.window < EVERY_ENTRIES + 60
    # What the anchors are for: the chain by itself does not see these.
    blind = {name for name, kind in report.kinds.items() if kind.missed_by_chain_alone == kind.done}
    assert blind == {"insert", "truncate", "edit and chain anew", "full rewrite"}


def run_alone(*words: str) -> subprocess.CompletedProcess[str]:
    """The verifier as another machine runs it: the one file, away from the program."""
    script = CHECKOUT / "core" / "verify_audit.py"
    return subprocess.run(
        [sys.executable, "-I", str(script), *words], capture_output=True, text=True, check=False, cwd="/"
    )


def test_the_verifier_stands_alone_and_agrees(
    grown: Session, folder: Path, app: Flask, settings: Settings, tmp_path: Path
) -> None:
    runner = app.test_cli_runner()
    exported = tmp_path / "chain.jsonl"
    assert flask(runner, "audit", "export", str(exported)).exit_code == 0
    good = run_alone(str(exported), "--anchors", str(folder))
    assert good.returncode == 0, good.stderr
    assert "window of doubt" in good.stdout
    if settings.is_sqlite:
        same = run_alone(str(settings.data_dir / "donthu.sqlite3"), "--anchors", str(folder))
        assert (same.returncode, same.stdout) == (0, good.stdout)
    lines = exported.read_text().splitlines()
    said = json.loads(lines[99])
    lines[99] = json.dumps(said | {"actor": "ai đó"}, ensure_ascii=False)
    exported.write_text("\n".join(lines) + "\n")
    bad = run_alone(str(exported), "--anchors", str(folder))
    assert bad.returncode == 1
    assert f"BAD entry {said['seq']}" in bad.stdout
    assert run_alone(str(exported), "--anchors", str(tmp_path / "nowhere")).returncode == 2
    exported.write_text("no chain\n")
    assert run_alone(str(exported)).returncode == 2


def flask(runner: FlaskCliRunner, *words: str) -> Result:
    return runner.invoke(args=list(words))


def test_the_command_names_the_first_bad_entry_and_states_the_window(grown: Session, folder: Path, app: Flask) -> None:
    runner = app.test_cli_runner()
    add(7)
    good = flask(runner, "audit", "verify", "--json")
    told = json.loads(good.stdout)
    assert (good.exit_code, told["sound"]) == (0, True)
    assert 7 <= told["chains"][0]["in_doubt"] < EVERY_ENTRIES + 60
    cut(grown, 123)
    bad = flask(runner, "audit", "verify", "--json")
    assert (bad.exit_code, json.loads(bad.stdout)["chains"][0]["first_bad_entry"]) == (1, 124)
    assert flask(runner, "audit", "anchor").exit_code == 1
    assert flask(runner, "audit", "anchor", "--after-restore", "Khôi phục").exit_code == 0
    assert flask(runner, "audit", "verify").exit_code == 1


def test_a_receipt_is_held_against_the_chain(grown: Session, app: Flask) -> None:
    runner = app.test_cli_runner()
    grown.rollback()
    seq, head = audit.head_of(grown, OFFICE)
    assert flask(runner, "audit", "verify", "--receipt", f"{seq}:{head[:12]}").exit_code == 0
    assert flask(runner, "audit", "verify", "--receipt", f"{seq}:{'0' * 12}").exit_code == 1
    assert flask(runner, "audit", "verify", "--receipt", f"{seq + 1}:{head[:12]}").exit_code == 1
    assert flask(runner, "audit", "verify", "--receipt", "x").exit_code == 1


def test_the_integrity_check_tells_of_it(grown: Session, folder: Path) -> None:
    grown.rollback()
    assert chain_check(grown, folder).faults == []
    cut(grown, 50)
    grown.rollback()
    (fault,) = chain_check(grown, folder).faults
    assert "entry 51" in fault
