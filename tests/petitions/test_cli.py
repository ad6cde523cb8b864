"""Commands that scripts rely on: their fields, who may, what they answer to nonsense."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from petitions.models import Petition
from petitions.services import assignment, closing, records
from petitions.services.intake import Received
from petitions.vocabulary import Flag
from tests.petitions.given import FILED, SECRET, a_petition, do

ActorOf = Callable[[str], Actor]
Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    return lambda *words: app.test_cli_runner().invoke(args=list(words))


@pytest.fixture
def made(session: Session, actor: ActorOf) -> list[Received]:
    """An open one that officer1 works on, a flagged one, a secret one, a closed one."""
    reception, boss = actor("reception1"), actor("supervisor1")
    petitions = [
        a_petition(reception, external_ref="CU-1"),
        a_petition(reception, people_count=9),
        a_petition(reception, SECRET),
        a_petition(reception),
    ]
    do(assignment.take, petitions[0].id, by=actor("officer1"))
    do(records.set_flag, petitions[1].id, Flag.COMPLEX, by=boss, reason="Nhiều nơi")
    do(closing.resolve, petitions[3].id, FILED, by=boss)
    return petitions


def listed(answer: Result) -> list[str]:
    assert answer.exit_code == 0, answer.output
    return [row["number"] for row in json.loads(answer.stdout)]


def test_a_queue_is_listed_with_the_fields_that_scripts_read(run: Run, made: list[Received]) -> None:
    answer = run("queue", "list", "open", "--as", "supervisor1", "--json")
    rows = {row["number"]: row for row in json.loads(answer.stdout)}
    assert set(rows) == {petition.number for petition in made[:3]}
    fields = {"number", "external_ref", "state", "due_on", "priority", "reasons"}
    assert all(fields <= set(row) for row in rows.values())
    assert rows[made[0].number]["external_ref"] == "CU-1"
    assert rows[made[0].number]["state"] == "assigned"
    assert rows[made[0].number]["due_on"] == "2026-12-03"
    assert rows[made[1].number]["reasons"][:2] == ["phức tạp", "9 người"]
    assert rows[made[1].number]["priority"] > rows[made[0].number]["priority"]


def test_each_queue_holds_what_its_page_holds(run: Run, made: list[Received]) -> None:
    expected = {
        "open": {0, 1, 2},
        "unassigned": {1, 2},
        "due-soon": set(),
        "overdue": set(),
        "priority": {1},
        "all": {0, 1, 2, 3},
    }
    for name, places in expected.items():
        numbers = listed(run("queue", "list", name, "--as", "supervisor1", "--json"))
        assert set(numbers) == {made[place].number for place in places}, name
    assert listed(run("queue", "list", "mine", "--as", "officer1", "--json")) == [made[0].number]
    assert len(listed(run("queue", "list", "all", "--as", "supervisor1", "--limit", "2", "--json"))) == 2


def test_without_a_user_no_denunciation_is_seen_and_nothing_is_ones_own(run: Run, made: list[Received]) -> None:
    assert made[2].number not in listed(run("queue", "list", "all", "--json"))
    assert listed(run("queue", "list", "mine", "--json")) == []
    assert run("petition", "show", made[2].number, "--json").exit_code == 1
    assert made[2].number in listed(run("queue", "list", "all", "--as", "reception1", "--json"))
    assert made[2].number not in listed(run("queue", "list", "all", "--as", "officer1", "--json"))


def test_a_petition_is_shown_with_its_history(run: Run, made: list[Received]) -> None:
    answer = run("petition", "show", made[0].number.replace("-", "").lower(), "--as", "officer3", "--json")
    data = json.loads(answer.stdout)
    assert (data["number"], data["state"], data["officer"]) == (made[0].number, "assigned", "Đỗ Văn Một")
    assert [event["action"] for event in data["history"]] == ["receive", "take"]
    assert data["petitioners"][0]["name"] == "Nguyễn Thị Mẫu"
    plain = run("petition", "show", made[0].number)
    assert plain.exit_code == 0
    assert "Nguyễn Thị Mẫu" in plain.output


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("petition", "show", "PTN-2026-000001-Z"), 1),
        (("petition", "show", "x\x00"), 1),
        (("petition", "show"), 2),
        (("queue", "list", "bogus"), 2),
        (("queue", "list", "open", "--limit", "0"), 2),
        (("queue", "list", "open", "--as", "nobody"), 1),
        (("queue", "list", "open", "--as", "admin1"), 1),
        (("petition", "show", "PTN-2026-000001-Q", "--as", "admin1"), 1),
        (("queue", "check", "--as", "officer1"), 1),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    run: Run, made: list[Received], words: tuple[str, ...], status: int
) -> None:
    answer = run(*words)
    assert answer.exit_code == status
    assert "Traceback" not in answer.output
    if status == 1:
        assert len(answer.stderr.strip().splitlines()) == 1
        assert answer.stdout == ""


def test_the_check_answers_with_its_exit_status(run: Run, made: list[Received]) -> None:
    assert run("queue", "check").exit_code == 0
    assert json.loads(run("queue", "check", "--json").stdout) == {"checked": 4, "drift": []}
    with unit_of_work() as work:
        work.execute(update(Petition).values(priority_tier=2).execution_options(synchronize_session=False))
    assert run("queue", "check").exit_code == 1
