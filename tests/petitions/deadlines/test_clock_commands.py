"""``flask clock due`` and ``flask clock rules``."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from petitions.deadlines import ALL_RULES
from petitions.services.office import set_day
from tests.petitions.deadlines.given import day
from tests.petitions.deadlines.test_rules import ANSWERS

TC = "denunciation-settlement"


@pytest.fixture
def cli(app: Flask) -> Any:
    runner = app.test_cli_runner()
    return lambda *args: runner.invoke(args=["clock", *args])


def due(cli: Any, rule: str, start: str, *more: str) -> Any:
    done = cli("due", "--rule", rule, "--from", start, "--json", *more)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_every_rule_is_answered(cli: Any) -> None:
    for rule, start, last, variant in ANSWERS:
        found = due(cli, rule, start, "--variant", variant)
        assert found["rule"] == rule
        assert found["due"] == (None if last == "-" else day(last).isoformat()), (rule, start, variant)
        assert found["sentences"]
        assert found["source"]


@pytest.mark.parametrize("start", ["2026-12-03", "03/12/2026", "3/12/2026"])
def test_days_in_both_spellings(cli: Any, start: str) -> None:
    assert due(cli, "complaint-first-settlement", start)["due"] == "2027-01-04"


@pytest.mark.parametrize(
    ("rule", "variant", "events", "last"),
    [
        ("complaint-first-settlement", "standard", ["suspend@2026-12-10"], None),
        ("complaint-first-settlement", "standard", ["continue@15/12/2026", "suspend@2026-12-10"], "2027-01-07"),
        ("complaint-first-settlement", "standard", ["complex@2026-12-20"], "2027-01-18"),
        ("complaint-first-settlement", "standard", ["stop@2026-12-20"], "2027-01-04"),
        ("denunciation-settlement", "complex", ["extend30@2026-12-28"], "2027-02-01"),
        ("denunciation-settlement", "especially-complex", ["extend30@2026-12-28", "extend15@2027-01-20"], "2027-02-16"),
    ],
)
def test_events(cli: Any, rule: str, variant: str, events: list[str], last: str | None) -> None:
    options = [part for event in events for part in ("--event", event)]
    assert due(cli, rule, "2026-12-03", "--variant", variant, *options)["due"] == last


def test_a_stay_is_told_the_end_of_the_settlement(cli: Any) -> None:
    found = due(cli, "complaint-execution-stay", "2026-12-10", "--settlement-due", "2027-01-04")
    assert found["due"] == "2027-01-04"


@pytest.mark.parametrize(
    ("options", "status", "named"),
    [
        (["--rule", "no-such-rule", "--from", "2026-12-03"], 1, "no-such-rule"),
        (["--rule", "online-reception-notice", "--from", "2026-06-30"], 1, "01/07/2026"),
        (["--rule", "reception-reply", "--from", "2026-02-30"], 2, "2026-02-30"),
        (["--rule", "reception-reply", "--from", "1899-12-31"], 2, "1900"),
        (["--rule", "reception-reply", "--from", "12/3/26"], 2, "12/3/26"),
        (["--rule", "reception-reply"], 2, "--from"),
        (["--from", "2026-12-03"], 2, "--rule"),
        (["--rule", "reception-reply", "--from", "2026-12-03", "--variant", "odd"], 1, "odd"),
        (["--rule", "reception-reply", "--from", "2026-12-03", "--variant", "complex"], 1, "complex"),
        (["--rule", "reception-reply", "--from", "2026-12-03", "--event", "suspend"], 2, "--event"),
        (["--rule", "reception-reply", "--from", "2026-12-03", "--event", "jump@2026-12-04"], 2, "jump@2026-12-04"),
        (["--rule", "reception-reply", "--from", "2026-12-03", "--event", "extend@2026-12-04"], 2, "extend@2026"),
        (["--rule", "reception-reply", "--from", "2026-12-03", "--event", "extend5@2026-12-04"], 1, "reception-reply"),
        (
            ["--rule", "denunciation-settlement", "--from", "2026-12-03", "--event", "suspend@2026-12-02"],
            1,
            "02/12/2026",
        ),
        (
            ["--rule", "denunciation-settlement", "--from", "2026-12-03", "--event", "continue@2026-12-05"],
            1,
            "05/12/2026",
        ),
    ],
)
def test_bad_input_is_one_clear_line(cli: Any, options: list[str], status: int, named: str) -> None:
    done = cli("due", *options)
    assert done.exit_code == status
    assert done.stdout == ""
    assert named in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("Error: ")]) == 1
    assert "Traceback" not in done.stderr


def test_without_json_the_day_stands_alone_in_the_first_line(cli: Any) -> None:
    lines = cli("due", "--rule", "complaint-acceptance", "--from", "23/11/2026").stdout.splitlines()
    assert lines[0] == "2026-12-03"
    assert any("24/11/2026" in line for line in lines[1:])
    none = cli("due", "--rule", "complaint-complexity-finding", "--from", "23/11/2026").stdout.splitlines()
    assert none[0] == "-"


def test_the_calendar_is_the_offices(cli: Any, session: Session, actor: Any) -> None:
    boss: Actor = actor("supervisor1")
    with unit_of_work():
        set_day(session, day("25/11/2026"), kind="lieu", name="Nghỉ bù", source="Thông báo", by=boss)
    found = due(cli, "complaint-acceptance", "2026-11-23")
    assert found["due"] == "2026-12-04"
    assert {"day": "2026-11-25", "kind": "lieu", "name": "Nghỉ bù"} in found["skipped"]


def test_the_rules_are_listed_with_source_validity_and_how_they_were_read(cli: Any) -> None:
    found = json.loads(cli("rules", "--json").stdout)
    assert [(rule["id"], rule["valid_from"]) for rule in found] == [(rule.id, rule.version) for rule in ALL_RULES]
    by_id = {(rule["id"], rule["version"]): rule for rule in found}
    acceptance = by_id["complaint-acceptance", "2026-07-01"]
    assert (acceptance["amount"], acceptance["unit"], acceptance["verified"]) == (7, "working-days", True)
    assert acceptance["source"] == "Nghị định 155/2026/NĐ-CP, Điều 10"
    old = by_id["complaint-acceptance", "2013-12-16"]
    assert (old["valid_to"], old["read"]) == ("2026-06-30", ["older-text", "secondary"])
    assert all(rule["ward"] or rule["not_ward"] for rule in found)
    lines = cli("rules").stdout.splitlines()
    assert len(lines) == len(ALL_RULES)
    assert any("complaint-second-settlement" in line and "Luật Khiếu nại, Điều 37" in line for line in lines)
