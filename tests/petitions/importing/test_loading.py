import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import audit, outbox
from core.database import unit_of_work
from core.errors import NotAllowed
from core.outbox import Outbox
from core.settings import Settings
from petitions.importing import loading
from petitions.importing.loading import Job, Mode, import_file
from petitions.importing.mapping import NATIVE, RepeatedKey
from petitions.importing.summary import Summary
from petitions.models import (
    ImportRun,
    Matter,
    NumberCounter,
    Party,
    Petition,
    PetitionClock,
    PetitionEvent,
    PetitionFlag,
    Tally,
)
from petitions.numbering import parse_number
from petitions.queries.places import Place
from petitions.services.intake import receive
from petitions.services.intake_input import Intake
from petitions.vocabulary import Channel, Kind
from tests.people import UNIT_LAND
from tests.petitions.importing.files import csv_file, text_file

Rows = Sequence[Mapping[str, str]]
Run = Callable[..., Summary]

GOOD = {"received_on": "02/03/2026", "title": "Đèn đường hỏng", "kind": "KNPA"}
SECRET = {"petitioner_name": "Nguyễn Thị Bí Mật", "petitioner_phone": "0900000009", "petitioner_address": "ngõ Kín"}


def count(session: Session, model: type) -> int:
    return session.execute(select(func.count()).select_from(model)).scalar_one()


def petitions(session: Session) -> list[Petition]:
    return list(session.scalars(select(Petition).order_by(Petition.id)))


def test_a_row_becomes_a_petition_with_all_that_hangs_on_it(session: Session, run: Run) -> None:
    summary = run(
        [
            {
                **GOOD,
                "external_ref": "A-1",
                "field": "môi trường",
                "petitioner_name": "Trần Văn Mẫu",
                "petitioner_phone": "0900 000 001",
                "ward_code": "00004",
                "people_count": "7",
                "unit": UNIT_LAND,
                "officer": "officer1",
                "complex": "có",
                "note": "Sổ cũ trang 5",
            }
        ]
    )
    assert (summary.rows, summary.imported, summary.succeeded) == (1, 1, True)
    (petition,) = petitions(session)
    assert petition.number == summary.first_number == summary.last_number == parse_number(petition.number)
    assert (petition.state, petition.kind, petition.channel) == ("assigned", "recommendation", "other")
    assert (petition.external_ref, petition.source, petition.received_on) == ("A-1", "native", date(2026, 3, 2))
    assert (petition.reg_year, petition.reg_seq, petition.matter_role) == (2026, 1, "first")
    assert (petition.petitioner_name, petition.ward_code, petition.people_count) == ("Trần Văn Mẫu", "00004", 7)
    assert petition.due_on == date(2026, 3, 16)
    assert (petition.complex, petition.priority_tier) == (True, 2)
    party = session.scalars(select(Party)).one()
    assert (party.name_fold, party.phone, party.petition_id) == ("tran van mau", "0900 000 001", petition.id)
    assert party.phone_hash
    clock = session.scalars(select(PetitionClock)).one()
    assert (clock.rule_id, clock.due_on, clock.started_on) == ("reception-reply", petition.due_on, petition.received_on)
    flag = session.scalars(select(PetitionFlag)).one()
    assert (flag.flag, flag.petition_id) == ("complex", petition.id)
    imported, note = session.scalars(select(PetitionEvent).order_by(PetitionEvent.id))
    assert (imported.action, imported.to_state, imported.actor_name) == ("imported", "assigned", "Ngô Thị Tiếp")
    assert json.loads(imported.data)["row"] == 2
    assert (note.action, note.reason) == ("note", "Sổ cũ trang 5")
    waiting = session.execute(select(Outbox.consumer, Outbox.subject_id, Outbox.lane).order_by(Outbox.consumer)).all()
    assert waiting == [("likeness", petition.id, outbox.BULK), ("search", petition.id, outbox.BULK)]
    import_run = session.scalars(select(ImportRun)).one()
    assert (import_run.state, petition.import_run_id) == ("done", import_run.id)
    assert json.loads(import_run.summary)["imported"] == 1


def test_the_counters_hold_what_the_desk_would_have_made_of_the_same_petitions(
    session: Session, run: Run, actor: Callable[[str], Actor], settings: Settings
) -> None:
    run(
        [
            GOOD,
            {**GOOD, "people_count": "9", "officer": "officer3"},
            {**GOOD, "resolved_on": "09/03/2026"},
            {**GOOD, "kind": "TC"},
            {**GOOD, "kind": "TC", "unit": UNIT_LAND},
            {**GOOD, "status": "escalated", "officer": "supervisor1", "prominent": "x"},
        ]
    )
    expected: dict[tuple[str, str, int], int] = {}
    for petition in petitions(session):
        place = Place.of(petition)
        for name, bucket in place.counted_in():
            key = (name, bucket, place.scope)
            expected[key] = expected.get(key, 0) + 1
    assert {(row.name, row.bucket, row.scope): row.n for row in session.scalars(select(Tally))} == expected
    with unit_of_work() as work:
        intake = Intake(
            received_on=date(2026, 3, 2), channel=Channel.OTHER, kind=Kind.RECOMMENDATION, title="Đèn đường hỏng"
        )
        made = receive(work, intake, by=actor("reception1"), lookup_key=settings.lookup_key)
    imported, desk = petitions(session)[0], session.get(Petition, made.id)
    assert desk is not None
    assert desk.reg_seq == 7
    differ = {"id", "number", "reg_seq", "matter_id", "source", "import_run_id"}
    for column in Petition.__table__.columns:
        if column.name not in differ:
            assert getattr(imported, column.name) == getattr(desk, column.name), column.name


def test_one_bad_row_holds_everything_back(session: Session, run: Run, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    summary = run([GOOD, {**GOOD, "people_count": "0"}, GOOD], rejects=rejects)
    assert not summary.succeeded
    assert (summary.imported, summary.held_back, summary.rejected) == (0, 2, 1)
    (error,) = summary.errors
    assert (error["row"], error["column"]) == (3, "people_count")
    assert count(session, Petition) == count(session, Matter) == count(session, ImportRun) == 0
    assert session.scalars(select(NumberCounter)).all() == []
    assert rejects.stat().st_mode & 0o777 == 0o600


def test_the_good_rows_come_in_and_the_others_can_be_mended(session: Session, run: Run, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    bad = {**GOOD, "external_ref": "=B-2", "people_count": "0", "petitioner_name": "Trần Văn Mẫu"}
    summary = run([{**GOOD, "external_ref": "A-1"}, bad], mode=Mode.GOOD_ROWS, rejects=rejects)
    assert summary.succeeded
    assert (summary.imported, summary.rejected) == (1, 1)
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        headings, row = csv.reader(file)
    assert row[0] == "3"
    assert row[headings.index("external_ref")] == "'=B-2"
    assert row[headings.index("petitioner_name")] == "Trần Văn Mẫu"
    rejects.write_text(rejects.read_text(encoding="utf-8").replace(",0,", ",2,"), encoding="utf-8")
    again = run(rejects, mode=Mode.GOOD_ROWS)
    assert (again.imported, again.rejected) == (1, 0)
    assert [petition.external_ref for petition in petitions(session)] == ["A-1", "=B-2"]


def test_the_same_file_twice_adds_nothing(session: Session, run: Run) -> None:
    rows = [{**GOOD, "external_ref": "A-1"}, {**GOOD, "external_ref": "A-1"}, {**GOOD, "external_ref": ""}]
    first, second = run(rows), run(rows)
    assert (first.imported, first.second_petitions) == (3, 1)
    assert (second.imported, second.already_there, second.succeeded) == (0, 3, True)
    assert count(session, Petition) == 3
    assert count(session, ImportRun) == 1


def test_a_later_file_adds_only_what_is_new(session: Session, run: Run) -> None:
    run([{**GOOD, "external_ref": "A-1"}])
    summary = run([{**GOOD, "external_ref": "A-1"}, {**GOOD, "external_ref": "A-2"}])
    assert (summary.imported, summary.already_there) == (1, 1)
    other = run([{**GOOD, "external_ref": "A-1"}], mapping=replace(NATIVE, source="another register"))
    assert other.imported == 1
    assert count(session, Petition) == 3


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_repeated_key_makes_a_further_petition_of_the_matter(
    session: Session, run: Run, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(loading, "BATCH", batch)
    references = ["A-1", "A-2", "A-1", "A-3", "A-1"]
    summary = run([{**GOOD, "external_ref": reference} for reference in references])
    assert (summary.imported, summary.second_petitions) == (5, 2)
    first, other, second, _, third = petitions(session)
    assert first.matter_id == second.matter_id == third.matter_id != other.matter_id
    assert [p.matter_role for p in (first, other, second, third)] == ["first", "first", "repeated", "repeated"]
    assert count(session, Matter) == 3
    # One more in a later file joins the same matter.
    later = run([{**GOOD, "external_ref": "A-1"}] * 4)
    assert (later.imported, later.already_there, later.second_petitions) == (1, 3, 1)
    assert petitions(session)[-1].matter_id == first.matter_id


@pytest.mark.parametrize(
    ("choice", "imported", "skipped", "rejected"), [(RepeatedKey.SKIP, 2, 1, 0), (RepeatedKey.REFUSE, 2, 0, 1)]
)
def test_repeated_keys_can_be_left_out_or_refused(
    run: Run, choice: RepeatedKey, imported: int, skipped: int, rejected: int
) -> None:
    rows = [{**GOOD, "external_ref": reference} for reference in ("A-1", "A-1", "A-2")]
    summary = run(rows, mapping=replace(NATIVE, repeated_key=choice), mode=Mode.GOOD_ROWS)
    assert (summary.imported, summary.repeats_skipped, summary.rejected) == (imported, skipped, rejected)


def test_a_dry_run_reports_the_same_and_writes_nothing(session: Session, run: Run, work_dir: Path) -> None:
    rows = [{**GOOD, "external_ref": "A-1"}, {**GOOD, "external_ref": "A-1", "title": "", "body": "Nội dung"}]
    dry, real = run(rows, dry_run=True), run(rows)
    assert count(session, ImportRun) == 1
    same = {"dry_run", "first_number", "last_number", "seconds"}
    assert {k: v for k, v in dry.as_dict().items() if k not in same} == {
        k: v for k, v in real.as_dict().items() if k not in same
    }
    assert (dry.imported, dry.titles_made, dry.second_petitions, dry.first_number) == (2, 1, 1, "")
    assert list(work_dir.iterdir()) == []


def test_numbers_are_gapless_across_imports_and_batches(
    session: Session, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "BATCH", 3)
    run([GOOD] * 7)
    run([GOOD, {**GOOD, "people_count": "0"}])
    run([{**GOOD, "title": "Khác"}] * 4)
    assert [petition.reg_seq for petition in petitions(session)] == list(range(1, 12))
    assert all(parse_number(petition.number) == petition.number for petition in petitions(session))


def test_a_fault_while_writing_leaves_nothing_behind(
    session: Session, run: Run, monkeypatch: pytest.MonkeyPatch, work_dir: Path
) -> None:
    monkeypatch.setattr(loading, "BATCH", 2)
    insertions = []
    enqueue = outbox.enqueue

    def breaking(*args: Any, **kwargs: Any) -> None:
        insertions.append(1)
        if len(insertions) == 3:
            raise RuntimeError("a fault")
        enqueue(*args, **kwargs)

    monkeypatch.setattr(outbox, "enqueue", breaking)
    with pytest.raises(RuntimeError, match="a fault"):
        run([GOOD] * 8)
    for model in (Petition, Matter, PetitionEvent, Tally, Outbox, ImportRun, NumberCounter):
        assert count(session, model) == 0
    assert list(work_dir.iterdir()) == []


def test_a_damaged_file_leaves_nothing_behind(session: Session, run: Run, tmp_path: Path) -> None:
    path = text_file(tmp_path, 'received_on,title\n02/03/2026,a\n02/03/2026,"never closed\n')
    summary = run(path, mode=Mode.GOOD_ROWS)
    assert not summary.succeeded
    assert "3" in summary.refused
    assert (summary.imported, count(session, Petition)) == (0, 0)


def test_doubtful_dates_stop_even_the_good_rows(session: Session, run: Run) -> None:
    rows = [{**GOOD, "received_on": "03/04/2026"}, {**GOOD, "received_on": "12/25/2025"}]
    summary = run(rows, mode=Mode.GOOD_ROWS)
    assert "month/day/year" in summary.refused or "tháng" in summary.refused
    assert count(session, Petition) == 0


def test_an_import_that_came_between_stops_this_one(
    session: Session, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iter([0, 1])
    monkeypatch.setattr(loading, "imports_made", lambda *_: next(made))
    summary = run([GOOD])
    assert summary.refused
    assert count(session, Petition) == 0


def test_who_may_not_import_is_refused(
    session: Session, tmp_path: Path, work_dir: Path, actor: Callable[[str], Actor]
) -> None:
    job = Job(csv_file(tmp_path, [GOOD]), "x.csv", NATIVE, work_dir, b"k")
    for name in ("officer1", "admin1"):
        with pytest.raises(NotAllowed):
            import_file(job, by=actor(name))


def test_the_audit_chain_gets_one_entry_for_the_whole_file(
    session: Session, run: Run, actor: Callable[[str], Actor]
) -> None:
    office_id = actor("reception1").office_id
    before = audit.verify(session, office_id).entries
    run([GOOD] * 5)
    after = audit.verify(session, office_id)
    assert (after.entries, after.first_bad_seq) == (before + 1, None)


# Denunciations


def everything_stored(session: Session) -> str:
    tables = [row[0] for row in session.execute(text(_ALL_TABLES[session.get_bind().dialect.name]))]
    return repr([session.execute(text(f'SELECT * FROM "{table}"')).all() for table in tables])


_ALL_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}


@pytest.mark.parametrize("kind", ["tố cáo", "KN, TC", "nhiều nội dung", "loại lạ"])
def test_nothing_that_tells_who_denounced_is_kept_anywhere(
    session: Session, run: Run, tmp_path: Path, settings: Settings, kind: str
) -> None:
    kind = kind.replace(",", ";")
    rejects = tmp_path / "rejects.csv"
    leaking = {**GOOD, "kind": kind, "external_ref": "TC-7", **SECRET, "note": "gặp bà Bí Mật"}
    summary = run([GOOD, leaking], mode=Mode.GOOD_ROWS, rejects=rejects)
    assert (summary.imported, summary.rejected) == (1, 1)
    stored = [everything_stored(session), repr(summary), rejects.read_text(encoding="utf-8")]
    stored += [path.read_bytes().decode("utf-8", "replace") for path in settings.data_dir.rglob("*") if path.is_file()]
    for text_found in stored:
        for secret in (*SECRET.values(), "Bí Mật", "bi mat"):
            assert secret not in text_found
    assert "TC-7" in stored[2]


def test_a_denunciation_comes_in_sealed_with_a_code_for_its_paper(session: Session, run: Run) -> None:
    run(
        [
            {**GOOD, "kind": "TC", "external_ref": "TC-2026/15"},
            {**GOOD, "kind": "TC"},
        ]
    )
    first, second = petitions(session)
    assert (first.sealed, first.petitioner_name, first.paper_code) == (True, None, "TC-2026/15")
    assert re.fullmatch(r"TC-2026-0+2", second.paper_code)
    assert count(session, Party) == 0
