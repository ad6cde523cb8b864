"""``flask clock check`` finds what is wrong; ``flask clock explain`` tells; an older edition is counted anew."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from core.database import unit_of_work
from core.errors import InvalidInput
from petitions.deadlines import LegalEvent
from petitions.deadlines.case_clocks import CLOCKS_EDITION
from petitions.models import LegalEventRow, Petition, PetitionClock, PetitionEvent
from petitions.queries.checks import queue_drift
from petitions.queries.clock_checks import clock_drift
from petitions.services import closing, legal_events
from petitions.services.legal_events import LegalInput
from petitions.services.priorities import rekey_stale
from petitions.services.recounting import recount_stale
from petitions.vocabulary import Kind
from tests.petitions.given import FILED, SECRET, a_petition, do

ActorOf = Callable[[str], Actor]
PAPER: dict[str, Any] = {"document_number": "7/TB-UBND", "document_on": date(2026, 11, 24), "signer": "Phan Văn Lãnh"}

ACCEPTANCE = PetitionClock.rule_id == "complaint-acceptance"
DAMAGES: dict[str, tuple[str, Any]] = {
    "a later day": (
        "clock complaint-acceptance",
        update(PetitionClock).where(ACCEPTANCE).values(due_on=date(2027, 1, 1)),
    ),
    "another version": ("clock complaint-acceptance", update(PetitionClock).where(ACCEPTANCE).values(rule_version="x")),
    "a clock missing": ("clock complaint-acceptance", delete(PetitionClock).where(ACCEPTANCE)),
    "stopped by nothing": (
        "clock complaint-acceptance",
        update(PetitionClock).where(ACCEPTANCE).values(stopped_on=date(2026, 11, 24)),
    ),
    "still running": (
        "clock reception-reply",
        update(PetitionClock).where(PetitionClock.stopped_on.is_not(None)).values(stopped_on=None),
    ),
    "a day typed in": ("due_on", update(Petition).values(due_on=date(2027, 1, 1))),
    "halted by hand": ("halted_on", update(Petition).values(halted_on=date(2026, 11, 24))),
    "points by hand": ("complexity_points", update(Petition).values(complexity_points=3)),
    "a degree by hand": ("especially_complex", update(Petition).values(especially_complex=True)),
    "a clock of no rule": (
        "clock complaint-lodging",
        insert(PetitionClock).values(
            petition_id=1,
            office_id=1,
            rule_id="complaint-lodging",
            rule_version="2012-07-01",
            variant="standard",
            started_by="received",
            started_on=date(2026, 11, 23),
        ),
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_difference_is_found_and_named(session: Session, actor: ActorOf, damage: str) -> None:
    reception = actor("reception1")
    made = [a_petition(reception, **given) for given in ({}, {"intake": SECRET}, {"kind": Kind.RECOMMENDATION})]
    do(closing.resolve, made[2].id, FILED, by=actor("supervisor1"))
    session.rollback()
    assert clock_drift(session, 1) == (3, [])
    what, statement = DAMAGES[damage]
    with unit_of_work() as work:
        work.execute(statement.execution_options(synchronize_session=False))
    session.rollback()
    assert what in {drift.what for drift in clock_drift(session, 1)[1]}


def test_a_long_list_of_differences_is_cut_where_asked(session: Session, actor: ActorOf) -> None:
    for _ in range(3):
        a_petition(actor("reception1"))
    with unit_of_work() as work:
        work.execute(update(PetitionClock).values(due_on=date(2027, 1, 1)))
    session.rollback()
    checked, found = clock_drift(session, 1, most=2)
    assert (checked, len(found)) == (3, 2)


@pytest.fixture
def cli(app: Flask, actor: ActorOf) -> Callable[..., Result]:
    return lambda *words: app.test_cli_runner().invoke(args=["clock", *words])


def test_the_check_answers_with_its_exit_status(session: Session, actor: ActorOf, cli: Callable[..., Result]) -> None:
    a_petition(actor("reception1"))
    good = cli("check", "--json", "--as", "supervisor1")
    assert (good.exit_code, json.loads(good.stdout)) == (0, {"checked": 1, "drift": []})
    with unit_of_work() as work:
        work.execute(update(Petition).values(due_on=date(2027, 1, 1)))
    bad = cli("check", "--as", "supervisor1")
    assert bad.exit_code == 1
    assert "due_on" in bad.stderr
    assert cli("check", "--as", "officer1").exit_code != 0


def test_a_petition_explains_its_days(session: Session, actor: ActorOf, cli: Callable[..., Result]) -> None:
    made = a_petition(actor("reception1"))
    boss = actor("supervisor1")
    do(legal_events.record, made.id, LegalInput(LegalEvent.ACCEPTED, date(2026, 11, 24), **PAPER), by=boss)
    order = LegalInput(LegalEvent.SUSPENDED, date(2026, 11, 24), ground="Bất khả kháng", **PAPER)
    do(legal_events.record, made.id, order, by=boss)
    told = json.loads(cli("explain", made.number.lower(), "--json", "--as", "officer1").stdout)
    assert (told["number"], told["halted_on"]) == (made.number, None)
    assert [event["event"] for event in told["events"]] == ["accepted", "suspended"]
    clocks = {clock["rule"]: clock for clock in told["clocks"]}
    settlement = clocks["complaint-first-settlement"]
    assert (settlement["due"], settlement["suspended_on"], settlement["started_by"]) == (None, "2026-11-24", "accepted")
    acceptance = clocks["complaint-acceptance"]
    assert (acceptance["due"], acceptance["stopped_by"]) == ("2026-12-03", "accepted")
    assert acceptance["other_text"]["due"] == "2026-12-03"
    assert {"day": "2026-11-24", "kind": "holiday"}.items() <= acceptance["skipped"][0].items()
    plain = cli("explain", made.number, "--as", "officer1").output
    assert "complaint-first-settlement: - (suspended)" in plain
    assert cli("explain", "PTN-2026-999999-X", "--as", "officer1").exit_code == 1


def test_a_sealed_petition_explains_itself_to_nobody_else(
    session: Session, actor: ActorOf, cli: Callable[..., Result]
) -> None:
    made = a_petition(actor("reception1"), intake=SECRET)
    assert cli("explain", made.number, "--as", "officer1").exit_code == 1
    assert cli("explain", made.number, "--json").exit_code == 1
    assert cli("explain", made.number, "--as", "supervisor1").exit_code == 0


def test_clocks_of_an_earlier_release_are_counted_anew(session: Session, actor: ActorOf) -> None:
    """What the first release stored: one clock for each petition, open or not, under the name of no version."""
    reception = actor("reception1")
    made = [a_petition(reception), a_petition(reception, kind=Kind.RECOMMENDATION)]
    do(closing.resolve, made[1].id, FILED, by=actor("supervisor1"))
    with unit_of_work() as work:
        keep = {
            work.scalars(select(PetitionClock.id).where(PetitionClock.petition_id == made[0].id, ACCEPTANCE)).one(),
            work.scalars(
                select(PetitionClock.id).where(
                    PetitionClock.petition_id == made[1].id, PetitionClock.rule_id == "reception-reply"
                )
            ).one(),
        }
        work.execute(delete(PetitionClock).where(PetitionClock.id.not_in(keep)))
        work.execute(update(PetitionClock).values(rule_version="1900-01-01", stopped_on=None, due_on=date(2027, 1, 1)))
        work.execute(update(Office).values(clocks_edition=0))
    session.rollback()
    assert clock_drift(session, 1)[1]
    assert recount_stale() == 2
    session.rollback()
    assert session.scalars(select(Office.clocks_edition)).one() == CLOCKS_EDITION
    assert clock_drift(session, 1)[1] == []
    assert rekey_stale() == 1
    session.rollback()
    assert queue_drift(session, 1)[1] == []
    causes = session.scalars(select(PetitionEvent.data).where(PetitionEvent.action == "due-moved")).all()
    assert [json.loads(data)["cause"] for data in causes] == ["rules"]
    assert recount_stale() == 0


def test_nothing_of_a_refused_event_is_left(session: Session, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"))
    before = session.execute(select(PetitionClock.id, PetitionClock.due_on).order_by(PetitionClock.id)).all()
    with pytest.raises(InvalidInput):
        do(
            legal_events.record,
            made.id,
            LegalInput(LegalEvent.SUSPENDED, date(2026, 11, 24), ground="x", **PAPER),
            by=actor("supervisor1"),
        )
    session.rollback()
    assert session.execute(select(PetitionClock.id, PetitionClock.due_on).order_by(PetitionClock.id)).all() == before
    assert session.scalars(select(LegalEventRow.id)).all() == []
