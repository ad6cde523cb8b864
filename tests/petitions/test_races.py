"""Several people at the same moment: one of them wins, the others are told, and nothing is lost or written twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.services import accounts
from core import audit
from core.clock import FixedClock
from core.database import db, unit_of_work
from core.errors import DomainError, InvalidInput
from core.settings import Settings
from petitions.importing.loading import Job, import_file
from petitions.importing.mapping import NATIVE
from petitions.models import Absence, ClockAlert, Petition, PetitionEvent
from petitions.queries.checks import queue_drift
from petitions.services import assignment, closing, corrections, office, records
from petitions.services.absences import AbsenceInput, record_absence
from petitions.services.intake import Received, receive
from petitions.services.sweep import sweep
from petitions.vocabulary import Kind, Trigger
from tests.petitions.given import PLAIN, SECRET, a_petition, do, joined_to
from tests.petitions.importing.files import csv_file
from tests.petitions.test_main_job import FORM
from tests.petitions.test_sweep import watch

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]
Deed = Callable[[], Any]
Together = Callable[[Sequence[Deed]], list[Any]]


@pytest.fixture
def together(app: Flask) -> Together:
    """Runs what it is given at the same moment, each in a thread with a database session of its own.

    Returns what each gave back, or the rule by which it was refused; any other error is the test's.
    """

    def run(deeds: Sequence[Deed]) -> list[Any]:
        ready = threading.Barrier(len(deeds))

        def one(deed: Deed) -> Any:
            with app.app_context():
                try:
                    ready.wait(timeout=20)
                    return deed()
                except DomainError as refused:
                    return refused
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(len(deeds)) as pool:
            return list(pool.map(one, deeds))

    return run


def each(verb: Callable[..., Any], ids: Iterable[int], **given: Any) -> None:
    """Call a verb for petition after petition, whatever the rules say."""
    for petition_id in ids:
        with suppress(DomainError):
            do(verb, petition_id, **given)


def sound(session: Session) -> bool:
    session.rollback()
    assert queue_drift(session, 1)[1] == []
    assert audit.verify(session, 1).first_bad_seq is None
    return True


def test_of_two_writers_one_wins_and_the_other_keeps_what_was_typed(
    session: Session, actor: ActorOf, as_user: AsUser, together: Together
) -> None:
    made = a_petition(actor("reception1"))
    typed = {"supervisor1": "Nhập nhầm, lời của lãnh đạo", "reception1": "Nhập nhầm, lời của tiếp dân"}
    answers = together(
        [
            partial(as_user(name).post, f"/petitions/{made.number}/void", data={"version": "1", "reason": reason})
            for name, reason in typed.items()
        ]
    )
    assert {answer.status_code for answer in answers} == {302, 409}
    loser, reason = next(pair for pair in zip(answers, typed.values(), strict=True) if pair[0].status_code == 409)
    winner = session.scalars(select(PetitionEvent).where(PetitionEvent.action == "void")).one()
    assert winner.actor_name in loser.text
    assert reason in loser.text
    assert sound(session)


def test_the_next_case_is_given_to_one_only(session: Session, actor: ActorOf, together: Together) -> None:
    for _ in range(3):
        a_petition(actor("reception1"))
    taken = together([partial(do, assignment.take_next, by=actor(f"officer{number}")) for number in (1, 2, 3, 4)])
    ids = Counter(petition.id for petition in taken if petition is not None)
    assert sorted(ids.values()) == [1, 1, 1]
    assert sound(session)


def test_one_form_sent_twice_at_once_makes_one_petition(session: Session, as_user: AsUser, together: Together) -> None:
    form = {**FORM, "intake_token": "3f1c7c1e-0000-4000-8000-00000000000a", "then": "open"}
    answers = together([partial(as_user("reception1").post, "/petitions/new", data=form) for _ in range(2)])
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.location for answer in answers}) == 1
    assert session.execute(select(func.count()).select_from(Petition)).scalar_one() == 1
    assert sound(session)


def test_numbers_have_no_gaps_although_some_registrations_fail(
    session: Session, actor: ActorOf, together: Together
) -> None:
    reception = actor("reception1")

    def register(*, fails: bool) -> Received:
        with unit_of_work() as work:
            made = receive(work, PLAIN, by=reception, lookup_key=b"\0" * 32)
            if fails:
                raise InvalidInput({"attachments": "the disk is full"})
            return made

    results = together([partial(register, fails=number % 3 > 0) for number in range(9)])
    assert sum(isinstance(result, Received) for result in results) == 3
    assert session.scalars(select(Petition.reg_seq).order_by(Petition.reg_seq)).all() == [1, 2, 3]
    assert a_petition(reception).number.split("-")[2] == "000004"
    assert sound(session)


def test_two_petitions_joined_to_each_other_at_once_follow_in_one_way_only(
    session: Session, actor: ActorOf, together: Together
) -> None:
    boss = actor("supervisor1")
    one, two = a_petition(boss), a_petition(boss)
    results = together(
        [
            partial(do, closing.resolve, joined.id, joined_to(leading.number), by=boss)
            for joined, leading in ((one, two), (two, one))
        ]
    )
    assert sorted(isinstance(result, Petition) for result in results) == [False, True]
    assert session.execute(select(func.count()).where(Petition.leading_id.is_not(None))).scalar_one() == 1
    assert sound(session)


def test_a_morning_in_which_everybody_works_ends_without_a_fault(
    session: Session, actor: ActorOf, together: Together
) -> None:
    """Reception registers while others act on the same cases, the calendar is edited and work is handed over."""
    reception, boss, admin = actor("reception1"), actor("supervisor1"), actor("admin1")
    leaver, heir = actor("officer1").id or 0, actor("officer3").id
    cases = [a_petition(reception, SECRET if number % 3 == 0 else PLAIN).id for number in range(12)]
    each(assignment.assign, cases, by=boss, officer_id=leaver)
    escalation = {"trigger": Trigger.OTHER, "to_id": boss.id, "reply_by": date(2026, 11, 30), "reason": "Khó"}
    correction = {"received_on": date(2026, 11, 20), "kind": Kind.RECOMMENDATION}

    def registers() -> None:
        for number in range(8):
            a_petition(reception, people_count=1 + number)

    def edits_the_calendar() -> None:
        for day in (26, 27, 30):
            do(office.set_day, date(2026, 11, day), kind="swap-off", name="Nghỉ", source="TB", by=boss)

    results = together(
        [
            registers,
            registers,
            edits_the_calendar,
            edits_the_calendar,
            partial(each, assignment.escalate, cases, by=boss, **escalation),
            partial(each, corrections.correct, cases[::-1], values=correction, by=boss, reason="Dấu bưu điện"),
            partial(each, records.add_note, cases, by=boss, text="Đã gọi"),
            partial(do, accounts.disable_user, user_id=leaver, successor_id=heir, by=admin),
        ]
    )
    assert results[-1] == 12
    assert session.execute(select(func.count()).select_from(Petition)).scalar_one() == 28
    assert sound(session)


def test_an_import_and_the_desk_do_not_wait_for_each_other_in_a_circle(
    session: Session, actor: ActorOf, together: Together, settings: Settings, tmp_path: Path
) -> None:
    reception = actor("reception1")
    cases = [a_petition(reception).id for _ in range(10)]
    path = csv_file(
        tmp_path, [{"received_on": "02/03/2026", "title": f"Đèn hỏng {n}", "kind": "KNPA"} for n in range(300)]
    )
    job = Job(path, path.name, NATIVE, settings.imports_dir, settings.lookup_key)
    summary, *_rest = together(
        [
            partial(import_file, job, by=reception),
            partial(each, assignment.take, cases, by=actor("officer1")),
            partial(each, assignment.take, cases[::-1], by=actor("officer3")),
        ]
    )
    assert summary.succeeded
    assert sound(session)


def test_nobody_is_given_a_case_in_the_moment_of_leaving(session: Session, actor: ActorOf, together: Together) -> None:
    leaver = actor("officer2").id or 0
    boss, admin = actor("supervisor1"), actor("admin1")
    cases = [a_petition(boss).id for _ in range(6)]
    gives = [partial(do, assignment.assign, case_id, by=boss, officer_id=leaver) for case_id in cases]
    results = together([*gives, partial(do, accounts.disable_user, user_id=leaver, by=admin)])
    gone = not isinstance(results[-1], DomainError)
    held = session.execute(select(func.count()).where(Petition.officer_id == leaver)).scalar_one()
    assert held == 0 if gone else held > 0
    assert sound(session)


def test_of_two_who_record_one_absence_at_once_one_is_told(
    session: Session, actor: ActorOf, together: Together
) -> None:
    officer, boss = actor("officer2"), actor("supervisor1")
    wanted = AbsenceInput(officer.id, date(2026, 11, 24), date(2026, 11, 30))
    results = together([partial(do, record_absence, wanted, by=by) for by in (officer, boss)])
    assert sorted(isinstance(result, InvalidInput) for result in results) == [False, True]
    assert session.execute(select(func.count()).select_from(Absence)).scalar_one() == 1


def test_people_at_work_and_the_sweep_do_not_wait_for_each_other_in_a_circle(
    session: Session, actor: ActorOf, together: Together, clock: FixedClock
) -> None:
    reception, boss, admin = actor("reception1"), actor("supervisor1"), actor("admin1")
    leaver, heir = actor("officer2").id or 0, actor("officer1").id
    cases = [a_petition(reception).id for _ in range(24)]
    each(assignment.assign, cases[::2], by=boss, officer_id=leaver)
    watch(session)
    clock.advance(timedelta(days=30))

    def takes() -> None:
        for _ in range(8):
            do(assignment.take_next, by=actor("officer3"))

    def returns() -> None:
        each(assignment.return_to_officer, cases[::-1], by=boss, instruction="Làm ngay", officer_id=heir)

    def edits_the_calendar() -> None:
        for day in (26, 27, 30):
            do(office.set_day, date(2026, 11, day), kind="swap-off", name="Nghỉ", source="TB", by=boss)

    sweeps = partial(sweep, batch=3)
    together(
        [
            sweeps,
            sweeps,
            takes,
            returns,
            edits_the_calendar,
            partial(each, assignment.assign, cases, by=boss, officer_id=heir, reason="Đổi"),
            partial(do, accounts.disable_user, user_id=leaver, successor_id=heir, by=admin),
        ]
    )
    session.rollback()
    sweep()
    assert sound(session)
    late = session.execute(select(ClockAlert.petition_id, ClockAlert.rule_id).where(ClockAlert.level == "late")).all()
    assert len(set(late)) == len(late), "no limit was told twice"
    assert {row.petition_id for row in late} == set(cases)
