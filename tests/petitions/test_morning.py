"""The morning page: every number is that of the list behind it, for whoever looks."""

import random
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from auth.actor import Actor
from core import clock as clocks
from core.database import unit_of_work
from petitions.deadlines import LegalEvent
from petitions.forms.filters import address_parts, read_filters
from petitions.models import Absence, Petition, PetitionClock
from petitions.queries import lists, morning
from petitions.queries.counts import queue_counts
from petitions.queries.filters import PROOF_OF_SENDING, Filters
from petitions.queries.lists import COUNTED_TO, Queue
from petitions.queries.morning import Matter
from petitions.queries.visibility import visible_to
from petitions.services import assignment, closing, legal_events, office
from petitions.services.legal_events import LegalInput
from petitions.views.morning import count_told
from petitions.vocabulary import Trigger
from tests.conftest import NOW
from tests.petitions.given import FILED, PLAIN, SECRET, a_petition, do

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]
TODAY = NOW.date()
MADE = 60
PAPER: dict[str, Any] = {"document_number": "7/QĐ-UBND", "document_on": TODAY, "signer": "Phan Văn Lãnh"}


@pytest.fixture
def office_at_work(session: Session, actor: ActorOf) -> Session:
    """Petitions of every standing, made by the services; then what other services will write is written."""
    dice = random.Random(20261124)  # noqa: S311 - test data
    reception, boss = actor("reception1"), actor("supervisor1")
    officers = [actor(f"officer{number}") for number in (1, 2, 3, 4)]
    do(office.require_confirmation, required=True, by=boss)
    for number in range(MADE):
        made = a_petition(
            reception,
            SECRET if dice.random() < 0.3 else PLAIN,
            received_on=TODAY - timedelta(days=dice.randrange(40)),
            complex_reason="Nhiều nơi" if dice.random() < 0.3 else None,
            people_count=dice.choice((1, 1, 7)),
        )
        officer = dice.choice(officers)
        if dice.random() < 0.75:
            do(assignment.assign, made.id, by=boss, officer_id=officer.id)
            if dice.random() < 0.2:
                do(closing.propose, made.id, FILED, by=officer)
            elif dice.random() < 0.2:
                answer_by = TODAY + timedelta(days=3)
                do(
                    assignment.escalate,
                    made.id,
                    by=boss,
                    trigger=Trigger.CROWD,
                    to_id=boss.id,
                    reply_by=answer_by,
                    reason="Đông người",
                )
            elif dice.random() < 0.4:
                do(closing.resolve, made.id, FILED, by=boss)
        elif dice.random() < 0.5:
            do(assignment.assign, made.id, by=boss, unit_id=officer.unit_ids[0])
        with unit_of_work() as work:
            idle = NOW - timedelta(hours=dice.randrange(24 * 40))
            work.execute(update(Petition).where(Petition.id == made.id).values(last_act_at=idle))
            if number % 3 == 0:
                points = dice.choice((0, 3))
                work.execute(update(Petition).where(Petition.id == made.id).values(complexity_points=points))
            if number % 2 == 0:
                work.execute(insert(PetitionClock), [clock_of(made.id, boss, dice)])
    for _ in range(4):
        pause(a_petition(reception).id, boss, officers[0].id)
    with unit_of_work() as work:
        absence = {"office_id": boss.office_id, "user_id": officers[1].id, "substitute_id": officers[0].id}
        days = {"first_day": TODAY, "last_day": TODAY + timedelta(days=2), "recorded_at": NOW}
        work.execute(insert(Absence), [absence | days])
    session.rollback()
    return session


def pause(petition_id: int, boss: Actor, officer_id: int | None) -> None:
    """Accept a complaint of a unit, suspend it and send the order: no limit runs any more."""
    do(assignment.assign, petition_id, by=boss, officer_id=officer_id)
    for event in (LegalEvent.ACCEPTED, LegalEvent.SUSPENDED, LegalEvent.ORDER_SENT):
        given = {} if event is LegalEvent.ORDER_SENT else PAPER
        if event is LegalEvent.SUSPENDED:
            given = {**PAPER, "ground": "Bất khả kháng"}
        do(legal_events.record, petition_id, LegalInput(event, TODAY, **given), by=boss)


def clock_of(petition_id: int, boss: Actor, dice: random.Random) -> dict[str, Any]:
    return {
        "petition_id": petition_id,
        "office_id": boss.office_id,
        "rule_id": dice.choice((*PROOF_OF_SENDING[:3], "complaint-decision-publication")),
        "rule_version": "2012-07-01",
        "started_on": TODAY,
        "started_by": "decided",
        "stopped_on": dice.choice((None, None, TODAY)),
    }


def acted_on(moment: datetime) -> date:
    return clocks.office_time(moment).date()


def recounted(session: Session, who: Actor, unit_id: int | None) -> dict[Matter, int]:
    """The numbers, counted plainly from the rows that the reader may see."""
    rows = list(session.scalars(select(Petition).where(visible_to(who))))
    rows = [row for row in rows if unit_id is None or row.unit_id == unit_id]
    still = [row for row in rows if row.state != "resolved"]
    running = [row for row in still if row.halted_on is None]
    sunday = TODAY + timedelta(days=6 - TODAY.weekday())
    waiting = select(PetitionClock.petition_id).where(
        PetitionClock.stopped_on.is_(None), PetitionClock.rule_id.in_(PROOF_OF_SENDING)
    )
    unsent = set(session.scalars(waiting))
    away = set(session.scalars(select(Absence.user_id)))
    return {
        Matter.LATE: sum(row.due_on < TODAY for row in running),
        Matter.TODAY: sum(row.due_on == TODAY for row in running),
        Matter.WEEK: sum(TODAY <= row.due_on <= sunday for row in running),
        Matter.HALTED: sum(row.halted_on is not None for row in still),
        Matter.UNASSIGNED: sum(row.officer_id is None for row in still),
        Matter.ABSENT: sum(row.officer_id in away for row in still),
        Matter.IDLE: sum((TODAY - acted_on(row.last_act_at)).days >= 15 for row in still),
        Matter.ESCALATED: sum(row.state == "escalated" for row in still),
        Matter.CONFIRMATION: sum(row.proposed_disposition is not None for row in rows),
        Matter.FINDING: sum(row.complex and not row.complexity_points for row in still),
        Matter.UNSENT: sum(row.id in unsent for row in rows if row.state == "resolved"),
    }


def figures(page: str) -> dict[str, int]:
    """The numbers of the page by the address of their lists."""
    found = re.findall(r'<a class="figure[^"]*" href="([^"]+)"><b>([\d.]+)</b>', page)
    return {unescape(address): int(number.replace(".", "")) for address, number in found}


def listed(client: FlaskClient, address: str) -> int:
    said = re.search(r'list-head">\s*<p><b>([\d.]+)', client.get(address).text)
    assert said is not None, address
    return int(said.group(1).replace(".", ""))


@pytest.mark.parametrize(("name", "whole"), [("supervisor1", True), ("supervisor1", False), ("officer1", False)])
def test_each_number_is_that_of_its_list_and_of_a_plain_recount(
    office_at_work: Session, actor: ActorOf, as_user: AsUser, name: str, whole: bool
) -> None:
    who, client = actor(name), as_user(name)
    unit_id = None if whole else actor("officer1").unit_ids[0]
    page = client.get("/morning?halted=0" + (f"&unit={unit_id}" if unit_id and name == "supervisor1" else "")).text
    shown = figures(page)
    assert len(shown) == len(Matter)
    assert sum(1 for number in shown.values() if number) >= 9
    assert {address: listed(client, address) for address in shown} == shown
    plain = recounted(office_at_work, who, unit_id)
    today = clocks.today()
    counts = queue_counts(office_at_work, who, today=today, soon_until=today)
    lines = morning.lines(unit_id, halted=0)
    sizes = morning.sizes(office_at_work, who, lines, today=today, soon_until=today, counts=counts)
    assert {line.matter: size for line, size in zip(lines, sizes, strict=True)} == plain
    assert sorted(shown.values()) == sorted(plain.values())


def plain_paused(session: Session) -> int:
    return len(session.scalars(select(Petition.id).where(Petition.halted_on.is_not(None))).all())


def test_a_head_counts_no_denunciation_of_another_unit(office_at_work: Session, actor: ActorOf) -> None:
    head, boss = actor("officer1"), actor("supervisor1")
    unit_id = actor("officer3").unit_ids[0]
    hidden, all_of_it = recounted(office_at_work, head, unit_id), recounted(office_at_work, boss, unit_id)
    assert plain_paused(office_at_work) == 4
    assert any(hidden[matter] < all_of_it[matter] for matter in Matter)
    today = clocks.today()
    counts = queue_counts(office_at_work, head, today=today, soon_until=today)
    lines = morning.lines(unit_id, halted=0)
    sizes = morning.sizes(office_at_work, head, lines, today=today, soon_until=today, counts=counts)
    assert {line.matter: size for line, size in zip(lines, sizes, strict=True)} == hidden


def test_who_may_open_it(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    other = actor("officer3").unit_ids[0]
    assert as_user("officer1").get("/morning").status_code == 200
    assert as_user("officer1").get(f"/morning?unit={other}").status_code == 404
    assert as_user("supervisor1").get(f"/morning?unit={other}").status_code == 200
    for name in ("officer2", "reception1", "admin1"):
        assert as_user(name).get("/morning").status_code == 403
        assert 'href="/morning"' not in as_user(name).get("/").text
    assert 'href="/morning"' in as_user("officer1").get("/").text


def test_the_days_stand_in_the_address_and_nonsense_is_said(session: Session, as_user: AsUser) -> None:
    boss = as_user("supervisor1")
    page = boss.get("/morning?idle=3&halted=7").text
    assert "idle=3" in page
    assert "halted=7" in page
    for nonsense in ("idle=0", "idle=x", "halted=-1", "idle=99999"):
        page = boss.get(f"/morning?{nonsense}").text
        assert "data-error-summary" in page
        assert nonsense.partition("=")[2] in page
        assert "/queues/open?idle=15" in page


def test_who_is_absent_and_who_stands_in_is_named(office_at_work: Session, as_user: AsUser) -> None:
    page = as_user("supervisor1").get("/morning").text
    assert "Bùi Thị Hai" in page
    assert "26/11/2026" in page
    other_unit = as_user("officer3").get("/morning").text
    assert "Bùi Thị Hai đến" not in other_unit


def test_the_first_of_the_priority_queue_stand_below_with_their_reasons(
    office_at_work: Session, actor: ActorOf, as_user: AsUser
) -> None:
    page = as_user("supervisor1").get("/morning").text
    view = lists.View(Queue.PRIORITY, limit=5)
    rows = lists.page(office_at_work, view, actor("supervisor1"), today=TODAY, soon_until=TODAY).rows
    assert re.findall(r'data-row-link href="/petitions/([^"]+)"', page) == [row.number for row in rows]
    assert "phức tạp" in page


def test_a_list_that_is_longer_than_counted_says_so() -> None:
    assert count_told(COUNTED_TO) == "10.000"
    assert count_told(COUNTED_TO + 1) == "more than 10.000"


ADDRESSES = [
    Filters(kind="complaint", field_id=3, ward_code="00004", unit_id=0, officer_id=7, state="assigned"),
    Filters(received_from=date(2026, 1, 2), received_to=date(2026, 3, 4), flags=("complex", "group")),
    Filters(due="late", idle=15, halted=0, finding="missing", unsent=True, absent=True, programme_id=2),
    Filters(due_from=date(2026, 1, 2)),
    Filters(due_to=date(2026, 1, 2)),
    Filters(),
]


@pytest.mark.parametrize("filters", ADDRESSES)
def test_an_address_is_read_as_what_it_was_made_from(filters: Filters) -> None:
    assert read_filters(MultiDict(address_parts(filters))).filters == filters
