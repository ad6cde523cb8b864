"""Registering: numbers, matters, clocks, and what follows from them."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor, operating_system_actor
from core import clock as clocks
from core.clock import FixedClock
from core.errors import InvalidInput, NotAllowed
from core.outbox import Outbox
from core.settings import OFFICE_ZONE
from petitions.models import Matter, Petition, PetitionClock, PetitionEvent
from petitions.numbering import make_number, parse_number
from petitions.queries.checks import queue_drift
from petitions.queries.desk import recent_of
from petitions.services.intake import title_from
from petitions.vocabulary import Channel, Kind
from tests.petitions.given import PLAIN, SECRET, a_petition, a_visit

ActorOf = Callable[[str], Actor]

pytestmark = pytest.mark.usefixtures("session")


def test_numbers_run_by_office_and_year_of_registration_whatever_the_day_of_receipt(
    session: Session, actor: ActorOf
) -> None:
    reception = actor("reception1")
    with clocks.use(FixedClock(datetime(2026, 12, 31, 23, 59, tzinfo=OFFICE_ZONE))):
        old = [a_petition(reception).number for _ in range(2)]
    with clocks.use(FixedClock(datetime(2027, 1, 1, 0, 1, tzinfo=OFFICE_ZONE))):
        new = [a_petition(reception).number for _ in range(2)]
        session.rollback()
        assert queue_drift(session, reception.office_id)[1] == []
    assert [number[:-2] for number in (*old, *new)] == [
        "PTN-2026-000001",
        "PTN-2026-000002",
        "PTN-2027-000001",
        "PTN-2027-000002",
    ]


def test_a_check_character_catches_a_wrong_sign_and_two_swapped() -> None:
    number = make_number("PTN", 2026, 123456)
    compact = number.replace("-", "")
    assert parse_number(f"  {compact.lower()} ") == number
    wrong = {
        compact[:place] + sign + compact[place + 1 :]
        for place in range(3, len(compact))
        for sign in "0123456789"
        if sign != compact[place]
    } - {compact}
    swapped = {
        compact[:place] + compact[place + 1] + compact[place] + compact[place + 2 :]
        for place in range(3, len(compact) - 1)
    } - {compact}
    assert len(wrong) > 80
    assert [typed for typed in (*wrong, *swapped) if parse_number(typed)] == []


def test_a_petition_begins_with_its_clock_its_event_and_its_place_in_the_outbox(
    session: Session, actor: ActorOf
) -> None:
    made = a_petition(actor("reception1"))
    running = session.scalars(select(PetitionClock)).all()
    assert {row.rule_id: (row.started_on, row.due_on) for row in running} == {
        "reception-reply": (date(2026, 11, 23), date(2026, 12, 8)),
        "complaint-acceptance": (date(2026, 11, 23), date(2026, 12, 3)),
        "complaint-acceptance-law": (date(2026, 11, 23), date(2026, 12, 3)),
        "petition-unprocessed-line": (date(2026, 11, 23), date(2027, 1, 7)),
    }
    event = session.scalars(select(PetitionEvent)).one()
    assert (event.action, event.occurred_on, event.recorded_at) == ("receive", date(2026, 11, 23), clocks.now())
    assert [row.subject_id for row in session.scalars(select(Outbox)) if row.consumer == "search"] == [made.id]


def test_a_matter_groups_and_is_counted_apart_from_its_petitions(session: Session, actor: ActorOf) -> None:
    reception = actor("reception1")
    first = a_petition(reception)
    a_petition(reception, matter_of=first.number.replace("-", " ").lower())
    a_petition(reception, matter_of=first.number, channel=Channel.FORWARDED)
    a_petition(reception)
    rows = session.execute(select(Petition.matter_id, Petition.matter_role).order_by(Petition.id)).all()
    assert [row.matter_role for row in rows] == ["first", "repeated", "forwarded", "first"]
    assert len({row.matter_id for row in rows}) == len(session.scalars(select(Matter.id)).all()) == 2


@pytest.mark.parametrize("number", ["x", "PTN-2026-000001-Z", "PTN-2026-000099-O"])
def test_an_earlier_petition_that_is_none_is_refused_and_no_number_is_lost(
    session: Session, actor: ActorOf, number: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        a_petition(actor("reception1"), matter_of=number)
    assert set(refused.value.errors) == {"matter_of"}
    assert a_petition(actor("reception1")).number.startswith("PTN-2026-000001-")


@pytest.mark.parametrize("name", ["officer1", "admin1"])
def test_who_does_not_receive_registers_nothing(actor: ActorOf, name: str) -> None:
    with pytest.raises(NotAllowed):
        a_petition(actor(name))
    with pytest.raises(NotAllowed):
        a_visit(actor(name))


def test_the_command_line_registers_under_its_own_name(session: Session, actor: ActorOf) -> None:
    system = operating_system_actor(actor("admin1").office_id)
    a_petition(system)
    event = session.scalars(select(PetitionEvent)).one()
    assert (event.actor_id, event.actor_name) == (None, system.full_name)


def test_a_title_is_made_from_the_text() -> None:
    assert title_from("Ngắn\ngọn") == "Ngắn gọn"
    long = title_from("từ " * 100)
    assert len(long) <= 120
    assert long.endswith("từ…")
    assert len(title_from("x" * 500)) <= 120


def test_a_denunciation_has_a_code_for_its_paper(session: Session, actor: ActorOf) -> None:
    reception = actor("reception1")
    assert a_petition(reception, SECRET).paper_code == "TC-2026-000001"
    assert a_petition(reception, SECRET, paper_code="Số 7/TC").paper_code == "Số 7/TC"
    several = a_petition(reception, SECRET, kind=Kind.MIXED, kind_parts=(Kind.COMPLAINT, Kind.DENUNCIATION))
    assert several.paper_code == "TC-2026-000003"
    assert a_petition(reception, PLAIN).paper_code == ""


def test_the_own_latest_come_first(session: Session, actor: ActorOf) -> None:
    reception = actor("reception1")
    made = [a_petition(reception).number for _ in range(7)]
    a_petition(actor("supervisor1"))
    assert [row.number for row in recent_of(session, reception)] == made[:1:-1]
