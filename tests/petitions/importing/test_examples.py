"""The files that come with the program can be imported, and the mappings are sound."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.settings import Settings
from petitions.importing.aliases import NATIVE_COLUMNS
from petitions.importing.cells import as_text
from petitions.importing.loading import Job, import_file
from petitions.importing.mapping import NATIVE, ColumnMapping, load_mapping, parse_mapping
from petitions.importing.reading import Layout, open_table
from petitions.importing.summary import Summary
from petitions.models import Matter, Petition
from tests.petitions.importing.files import text_file

DOCS = Path(__file__).parents[3] / "docs"
REGISTER = DOCS / "mappings" / "so-tiep-cong-dan.toml"
CASEWORK = DOCS / "mappings" / "nyc-casework.toml"


@pytest.fixture
def run(
    session: Session, settings: Settings, actor: Callable[[str], Actor]
) -> Callable[[Path, ColumnMapping], Summary]:
    def import_one(path: Path, mapping: ColumnMapping) -> Summary:
        job = Job(path, path.name, mapping, settings.imports_dir, settings.lookup_key)
        return import_file(job, by=actor("reception1"))

    return import_one


def test_the_native_example_has_every_native_column_and_comes_in(
    run: Callable[[Path, ColumnMapping], Summary],
) -> None:
    path = DOCS / "examples" / "native-template.csv"
    with open_table(path, Layout(), NATIVE.expected()) as table:
        assert table.headings == NATIVE_COLUMNS
    summary = run(path, NATIVE)
    assert (summary.imported, summary.denunciations, summary.errors) == (3, 1, [])


def test_the_statutory_register_comes_in(session: Session, run: Callable[[Path, ColumnMapping], Summary]) -> None:
    summary = run(DOCS / "examples" / "so-tiep-cong-dan.xlsx", load_mapping(REGISTER))
    assert (summary.imported, summary.rejected, summary.refused) == (40, 0, "")
    assert summary.denunciations > 0
    resolved = session.scalars(select(Petition).where(Petition.state == "resolved")).all()
    assert {petition.disposition for petition in resolved} == {"guided", "forwarded"}
    assert all(petition.resolved_on == petition.received_on for petition in resolved)
    assert all(not petition.petitioner_name for petition in session.scalars(select(Petition).where(Petition.sealed)))


def register_rows(path: Path) -> list[list[str]]:
    """The rows of a register under the statutory mapping, as text, without the running number."""
    mapping = load_mapping(REGISTER)
    with open_table(path, mapping.layout, mapping.expected()) as table:
        return [[as_text(cell) for cell in (line.cells + [None] * 13)[1:13]] for line in table.rows]


def test_the_register_that_is_handed_out_comes_in_again(
    session: Session,
    tmp_path: Path,
    run: Callable[[Path, ColumnMapping], Summary],
    as_user: Callable[[str], FlaskClient],
) -> None:
    """Days, people, papers, matters, kinds, numbers of people and what was told or passed on are the same again."""
    mapping = load_mapping(REGISTER)
    example = DOCS / "examples" / "so-tiep-cong-dan.xlsx"
    run(example, mapping)
    answer = as_user("supervisor1").get("/visits/register.xlsx?from=01/07/2026&to=24/11/2026")
    assert answer.status_code == 200
    handed_out = tmp_path / "register.xlsx"
    handed_out.write_bytes(answer.data)
    before, after = register_rows(example), register_rows(handed_out)
    assert len(before) == len(after) == 40
    secrets = [row for row in after if row[4] == "Tố cáo"]
    assert secrets
    assert all(row[1].startswith("Giữ bí mật (hồ sơ giấy") for row in secrets)
    for row in after:
        row[1] = "" if row in secrets else row[1]
        # The program has one word for the two.
        row[4] = row[4].replace("Kiến nghị, phản ánh", "")
    for row in before:
        row[4] = row[4] if row[4] in ("Khiếu nại", "Tố cáo") else ""
    kept = (0, 1, 2, 3, 4, 5, 8, 9)  # the rest tells how a petition stands today
    assert [[row[at] for at in kept] for row in after] == [[row[at] for at in kept] for row in before]

    again = run(handed_out, replace(mapping, source="second-office"))
    assert (again.imported, again.rejected, again.refused) == (40, 0, "")
    assert again.denunciations == len(secrets)
    outcomes = session.execute(
        select(Petition.source, Petition.disposition, Petition.resolution_note, func.count()).group_by(
            Petition.source, Petition.disposition, Petition.resolution_note
        )
    )
    by_source: dict[object, set[tuple[object, ...]]] = {}
    for source, *outcome in outcomes:
        by_source.setdefault(source, set()).add(tuple(outcome))
    assert by_source["second-office"] == by_source["so-tiep-cong-dan"]


def test_the_register_has_thirteen_columns() -> None:
    mapping = load_mapping(REGISTER)
    with open_table(DOCS / "examples" / "so-tiep-cong-dan.xlsx", mapping.layout, mapping.expected()) as table:
        assert len(table.headings) == 13


CASES = """unique_key,account,opendate,closedate,complaint_type,descriptor,zip,borough,city,council_dist,community_board
K1,NYCC18,2015-01-01,2015-01-12,Sanitation,Missed collection,11373,Queens,Elmhurst,NYCC21,04 Queens
K2,NYCC25,2015-01-01,,,,,,,,
K1,NYCC18,2016-01-01,2016-03-12,@getxlate.Udf,,micha,,Michael Kors SminkvÃ¤ska,,
"""


def test_foreign_casework_comes_in_as_the_issue_asks(
    session: Session, tmp_path: Path, run: Callable[[Path, ColumnMapping], Summary]
) -> None:
    summary = run(text_file(tmp_path, CASES), load_mapping(CASEWORK))
    assert (summary.imported, summary.titles_made, summary.second_petitions) == (3, 1, 1)
    assert (summary.unknown_dispositions, summary.mended_cells) == (2, 1)
    closed, open_one, second = session.scalars(select(Petition).order_by(Petition.id))
    assert (closed.disposition, closed.state, closed.title) == ("unknown-imported", "resolved", "Sanitation")
    assert (open_one.title, open_one.state) == ("NYCC25 K2", "received")
    assert second.matter_id == closed.matter_id
    assert "Michael Kors Sminkväska" in second.body
    assert len(session.scalars(select(Matter)).all()) == 2


def test_every_mapping_that_comes_with_the_program_is_offered_on_the_page(
    app: Flask, as_user: Callable[[str], object]
) -> None:
    del app
    page = as_user("reception1").get("/petitions/import").text  # type: ignore[attr-defined]  # a test client
    for path in (DOCS / "mappings").glob("*.toml"):
        assert load_mapping(path).name in page


GUIDE = (DOCS / "import.md").read_text(encoding="utf-8")


def test_the_mapping_that_the_guide_shows_is_sound() -> None:
    mapping = parse_mapping(GUIDE.partition("```toml\n")[2].partition("```")[0].encode())
    assert mapping.name == "Sổ đơn năm 2025"
    assert set(mapping.columns) == {"received_on", "title", "external_ref", "petitioner_name"}


def test_the_guide_names_every_native_column() -> None:
    table = GUIDE.partition("## Columns\n")[2].partition("\n## ")[0]
    first_cells = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert tuple(re.findall(r"`(\w+)`", first_cells)) == NATIVE_COLUMNS
