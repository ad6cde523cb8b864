"""The page about the law says what the rules say."""

from flask import Flask

from core.settings import CHECKOUT
from petitions.deadlines import ALL_RULES
from petitions.deadlines.law_page import MARK, law_section
from petitions.deadlines.readings import Reading

PAGE = CHECKOUT / "docs" / "law.md"


def test_the_documents_show_the_rules_in_force() -> None:
    _before, mark, made = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert mark, "the mark of the second half is missing"
    assert made == law_section(), "replace all from the mark on by what .venv/bin/flask clock page prints"


def test_every_version_stands_in_the_table_with_source_and_reading() -> None:
    rows = [line for line in law_section().splitlines() if line.startswith("| `")]
    for rule in ALL_RULES:
        found = [row for row in rows if row.startswith(f"| `{rule.id}` |") and str(rule.valid_from) in row]
        assert len(found) == 1, rule.id
        assert rule.source in found[0]
    assert all(f"`{reading.value}`" in law_section() for reading in Reading)


def test_the_command_prints_it_in_english(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["clock", "page"])
    assert done.exit_code == 0
    assert done.stdout == MARK + law_section()
