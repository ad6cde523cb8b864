"""What a run tells besides its rows: trouble with disk and database, and what is worth a look."""

import errno
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from petitions.importing.summary import Summary
from petitions.importing.telling import sentences
from petitions.models import ImportRun, Matter, Petition

Run = Callable[..., Summary]

GOOD = {"received_on": "02/03/2026", "title": "Đèn đường hỏng", "kind": "KNPA"}


@pytest.fixture(autouse=True)
def in_english(session: Session) -> Iterator[None]:
    del session  # for the application that it stands in
    with force_locale("en"):
        yield


def count(session: Session, model: type) -> int:
    return session.execute(select(func.count()).select_from(model)).scalar_one()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "no room left"),
        (OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full")), "no room left"),
        (OperationalError("BEGIN", {}, sqlite3.OperationalError("database is locked")), "busy"),
        (OperationalError("SELECT", {}, sqlite3.OperationalError("disk I/O error")), "the log says more"),
    ],
)
def test_a_full_disk_or_a_busy_database_is_told_and_nothing_is_half_saved(
    session: Session, run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("petitions.importing.writing.move_tallies", fail)
        summary = run([{**GOOD, "external_ref": "A-1"}])
    assert told in summary.refused
    assert (summary.imported, summary.succeeded, summary.first_number) == (0, False, "")
    assert (count(session, Petition), count(session, Matter), count(session, ImportRun)) == (0, 0, 0)
    assert run([{**GOOD, "external_ref": "A-1"}]).imported == 1


def test_no_room_for_what_is_prepared_is_told_too(session: Session, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("petitions.importing.spool.pickle.dump", fail)
    assert "no room left" in run([GOOD]).refused
    assert count(session, Petition) == 0


def test_a_reference_that_comes_again_with_another_day_is_named(session: Session, run: Run) -> None:
    run([{**GOOD, "external_ref": "12"}])
    other_year = {**GOOD, "external_ref": "12", "received_on": "02/03/2025", "title": "Rác thải"}
    summary = run([{**GOOD, "external_ref": "12"}, {**GOOD, "external_ref": "13"}])
    assert (summary.already_there, summary.other_day, summary.notes, summary.imported) == (1, 0, [], 1)
    summary = run([other_year])
    assert (summary.already_there, summary.other_day, summary.imported, summary.rejected) == (1, 1, 0, 0)
    (note,) = summary.notes
    assert (note["row"], note["column"]) == (2, "external_ref")
    assert "02/03/2026" in note["message"]
    assert any("another day of receipt" in sentence for sentence in sentences(summary.as_dict()))
    assert count(session, Petition) == 2


@pytest.mark.parametrize(
    ("days", "either_way"),
    [
        (["02/03/2026", "05/04/2026"], True),
        (["02/03/2026", "15/04/2026"], False),
        (["2026-03-02"], False),
        (["03/03/2026"], False),
    ],
)
def test_days_that_could_be_read_both_ways_are_told(run: Run, days: list[str], either_way: bool) -> None:
    summary = run([{**GOOD, "external_ref": str(n), "received_on": day} for n, day in enumerate(days)])
    assert (summary.imported, summary.days_either_way) == (len(days), either_way)
    assert any("month/day" in sentence for sentence in sentences(summary.as_dict())) is either_way


def test_many_columns_left_out_are_told_in_a_few_words(run: Run) -> None:
    summary = run([{**GOOD, **{f"cột {n}": "x" for n in range(300)}}])
    assert len(summary.ignored_columns) == 300
    (told,) = [sentence for sentence in sentences(summary.as_dict()) if "cột 0" in sentence]
    assert "280" in told
    assert len(told) < 300
