import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from petitions.models import ImportRun, Petition
from tests.petitions.importing.files import csv_file, text_file

GOOD = {"received_on": "02/03/2026", "title": "Đèn đường hỏng", "external_ref": "A-1"}


@pytest.fixture
def cli(app: Flask) -> Any:
    runner = app.test_cli_runner()
    return lambda *args: runner.invoke(args=["petition", "import", *map(str, args)])


def test_a_file_comes_in_and_the_summary_is_json(session: Session, cli: Any, tmp_path: Path) -> None:
    done = cli(csv_file(tmp_path, [GOOD]), "--json")
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert (summary["rows"], summary["imported"], summary["rejected"], summary["dry_run"]) == (1, 1, 0, False)
    assert session.scalars(select(Petition.number)).one() == summary["first_number"]
    assert session.scalars(select(Petition.registered_by)).one() is None


def test_the_actor_can_be_named(session: Session, cli: Any, tmp_path: Path) -> None:
    assert cli(csv_file(tmp_path, [GOOD]), "--as", "reception1").exit_code == 0
    assert session.scalars(select(ImportRun.requested_by)).one() is not None
    refused = cli(csv_file(tmp_path, [GOOD]), "--as", "officer1")
    assert refused.exit_code == 1
    assert "petition.import" in refused.output


def test_bad_rows_are_told_by_row_and_column_with_exit_status_one(session: Session, cli: Any, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    done = cli(csv_file(tmp_path, [GOOD, {**GOOD, "people_count": "0"}]), "--rejects", rejects, "--as", "reception1")
    assert done.exit_code == 1
    assert "people_count" in done.stderr
    assert "3" in done.stderr
    assert rejects.exists()
    assert session.scalars(select(Petition)).all() == []


def test_the_good_rows_can_be_had(session: Session, cli: Any, tmp_path: Path) -> None:
    done = cli(csv_file(tmp_path, [GOOD, {**GOOD, "people_count": "0"}]), "--good-rows", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["errors"][0]["row"] == 3
    assert len(session.scalars(select(Petition)).all()) == 1


def test_a_dry_run_writes_nothing(session: Session, cli: Any, tmp_path: Path) -> None:
    done = cli(csv_file(tmp_path, [GOOD]), "--dry-run", "--json")
    assert json.loads(done.stdout)["imported"] == 1
    assert session.scalars(select(Petition)).all() == []


def test_a_mapping_and_a_source_can_be_given(session: Session, cli: Any, tmp_path: Path) -> None:
    path = text_file(tmp_path, "Ngày;Việc;Số\n02/03/2026;Đèn;7\n")
    mapping = text_file(
        tmp_path,
        'name = "Sổ"\nsource = "so"\n[columns]\nreceived_on = "Ngày"\ntitle = "Việc"\nexternal_ref = "Số"\n',
        "map.toml",
    )
    assert cli(path, "--map", mapping).exit_code == 0
    assert session.scalars(select(Petition.source)).one() == "so"
    assert cli(path, "--map", mapping, "--source", "khác").exit_code == 0
    assert set(session.scalars(select(Petition.source))) == {"so", "khác"}


@pytest.mark.parametrize("language", ["reception1", None])
def test_a_file_that_cannot_be_taken_is_told_in_one_line(cli: Any, tmp_path: Path, language: str | None) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"received_on,title\n02/03/2026,\xff\xfe\xfa\n")
    done = cli(path, *(["--as", language] if language else []))
    assert done.exit_code == 1
    assert "FF" in done.stdout
    assert len(done.stdout.strip().splitlines()) == 1


def test_a_bad_mapping_is_told_in_one_line(cli: Any, tmp_path: Path) -> None:
    done = cli(csv_file(tmp_path, [GOOD]), "--map", text_file(tmp_path, "name = ", "map.toml"))
    assert done.exit_code == 1
    assert "TOML" in done.output
    assert "Traceback" not in done.output
