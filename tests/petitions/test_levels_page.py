"""The page about escalation says what the declared levels say; the commands of the sweep print what scripts read."""

import json
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.clock import FixedClock
from core.settings import CHECKOUT
from petitions.escalation import STEPS
from petitions.levels_page import MARK, levels_section
from tests.petitions.test_sweep import LATE, a_watched, go_to

PAGE = CHECKOUT / "docs" / "escalation.md"


def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_the_documents_show_the_levels_in_force() -> None:
    _before, mark, made = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert mark, "the mark of the second half is missing"
    assert made == levels_section(), "replace all from the mark on by what .venv/bin/flask clock levels prints"


def test_every_rule_has_its_row(app: Flask) -> None:
    rows = [line for line in levels_section().splitlines() if line.startswith("| ")]
    assert all(sum(f"| `{rule_id}` |" in row for row in rows) == 1 for rule_id in STEPS)
    done = runner(app).invoke(args=["clock", "levels"])
    assert done.exit_code == 0
    assert done.stdout == MARK + levels_section()


def test_the_command_sweeps_and_says_what_it_did(
    app: Flask, session: Session, actor: Callable[[str], Actor], clock: FixedClock
) -> None:
    a_watched(actor("reception1"), session)
    go_to(clock, LATE)
    session.rollback()
    first = runner(app).invoke(args=["clock", "sweep", "--json", "--as", "supervisor1"])
    found = json.loads(first.stdout)
    assert found.pop("seconds") >= 0
    assert found == {
        "looked_at": 1,
        "petitions": 1,
        "told": {"soon": 1, "due": 1, "late": 1, "line": 0},
        "escalated": 1,
        "waiting": 0,
        "more": False,
    }
    again = runner(app).invoke(args=["clock", "sweep", "--as", "supervisor1"])
    assert again.exit_code == 0
    assert "Đã trình lãnh đạo: 0." in again.stdout
    refused = runner(app).invoke(args=["clock", "sweep", "--as", "officer1"])
    assert refused.exit_code == 1
