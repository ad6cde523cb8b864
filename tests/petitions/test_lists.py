"""Lists: each row exactly once on the way through the pages, true counts, the reader's rights in every queue."""

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor, operating_system_actor
from auth.models import Unit
from core import clock
from petitions import deadlines
from petitions.models import MatterField, Petition
from petitions.queries import lists
from petitions.queries.calendar import calendar_of
from petitions.queries.counts import queue_counts
from petitions.queries.filters import Filters
from petitions.queries.lists import Page, Queue, Sort, View
from petitions.services import assignment, closing, office
from petitions.services.intake_input import PartyInput
from petitions.vocabulary import Kind, Trigger
from tests.people import UNIT_SOCIAL
from tests.petitions.given import FILED, PLAIN, SECRET, a_petition, do

ActorOf = Callable[[str], Actor]

NAMES = ("Nguyễn Văn An", "Nguyễn Văn An", "Đỗ Thị Ân", "Ạ", "", "Trần Văn An")
PER_PAGE = 4
MADE = 30


@pytest.fixture
def backlog(session: Session, actor: ActorOf) -> Session:
    """Petitions with many ties: the same days, names and standing again and again."""
    reception, boss = actor("reception1"), actor("supervisor1")
    officers = [actor(f"officer{number}") for number in (1, 2, 3, 4)]
    for number in range(MADE):
        secret = number % 7 == 0
        name = NAMES[number % len(NAMES)]
        made = a_petition(
            reception,
            SECRET if secret else PLAIN,
            petitioners=(PartyInput(name),) if name and not secret else (),
            received_on=date(2026, 11, 23) - timedelta(days=(number % 5) * 3),
            people_count=1 + number % 6,
            complex_reason="Nhiều nơi" if number % 4 == 0 else None,
        )
        if number % 3:
            do(assignment.assign, made.id, by=boss, officer_id=officers[number % 4].id)
        if number % 9 == 4:
            do(
                assignment.escalate,
                made.id,
                by=boss,
                trigger=Trigger.COMPLEX,
                to_id=boss.id,
                reply_by=date(2026, 12, 1),
                reason="Khó",
            )
        if number % 10 == 5:
            do(closing.resolve, made.id, FILED, by=boss)
    session.rollback()
    return session


def read_page(session: Session, who: Actor, view: View) -> Page:
    today = clock.today()
    soon = deadlines.due_soon_until(today, calendar_of(session, who.office_id))
    return lists.page(session, view, who, today=today, soon_until=soon)


def walk(session: Session, who: Actor, view: View) -> Iterator[Page]:
    after = ""
    while True:
        page = read_page(
            session, who, View(view.queue, view.filters, view.sort, view.descending, after=after, limit=PER_PAGE)
        )
        yield page
        if not page.next_key:
            return
        after = page.next_key


ORDERS = [(None, False), *itertools.product(Sort, (False, True))]


@pytest.mark.parametrize("name", ["supervisor1", "officer1"])
def test_every_row_is_met_once_on_the_way_forth_and_back(backlog: Session, actor: ActorOf, name: str) -> None:
    who = actor(name)
    for queue, (sort, down) in itertools.product(Queue, ORDERS):
        whole = [row.id for row in read_page(backlog, who, View(queue, sort=sort, descending=down, limit=1000)).rows]
        pages = list(walk(backlog, who, View(queue, sort=sort, descending=down)))
        assert [row.id for page in pages for row in page.rows] == whole
        assert [bool(page.previous_key) for page in pages] == [number > 0 for number in range(len(pages))]
        back: list[list[int]] = []
        page = pages[-1]
        while page.previous_key:
            view = View(queue, sort=sort, descending=down, before=page.previous_key, limit=PER_PAGE)
            page = read_page(backlog, who, view)
            back.append([row.id for row in page.rows])
        assert [petition_id for ids in reversed(back) for petition_id in ids] == whole[
            : len(whole) - len(pages[-1].rows)
        ]


def test_what_comes_in_meanwhile_neither_hides_nor_repeats_a_row(backlog: Session, actor: ActorOf) -> None:
    who, reception = actor("supervisor1"), actor("reception1")
    for sort, down in itertools.product(Sort, (False, True)):
        there = set(backlog.scalars(select(Petition.id)))
        met: list[int] = []
        for number, page in enumerate(walk(backlog, who, View(Queue.ALL, sort=sort, descending=down))):
            met += [row.id for row in page.rows]
            if number < 4:
                a_petition(reception, received_on=date(2026, 11, 1 + number * 6))
                backlog.rollback()
        assert len(met) == len(set(met))
        assert there <= set(met)


def test_the_counters_say_what_the_lists_hold(backlog: Session, actor: ActorOf) -> None:
    today = clock.today()
    for name in ("reception1", "officer1", "officer3", "supervisor1", "admin1"):
        who = actor(name)
        soon = deadlines.due_soon_until(today, calendar_of(backlog, who.office_id))
        told = queue_counts(backlog, who, today=today, soon_until=soon)
        for queue in Queue:
            if queue is not Queue.CONFIRMATION:
                listed = len(read_page(backlog, who, View(queue, limit=1000)).rows)
                assert getattr(told, queue.value.replace("-", "_")) == listed, queue


def test_a_denunciation_stands_in_the_lists_of_its_unit_and_of_those_who_supervise(
    backlog: Session, actor: ActorOf
) -> None:
    def secrets(name: str) -> set[int]:
        rows = read_page(backlog, actor(name), View(Queue.ALL, limit=1000)).rows
        return {row.id for row in rows if row.sealed}

    every = secrets("supervisor1")
    social = backlog.execute(select(Unit.id).where(Unit.name == UNIT_SOCIAL)).scalar_one()
    of_social = set(backlog.scalars(select(Petition.id).where(Petition.sealed, Petition.unit_id == social)))
    assert every == secrets("reception1") == set(backlog.scalars(select(Petition.id).where(Petition.sealed)))
    assert secrets("officer3") == of_social
    assert secrets("officer1") < every
    assert secrets("officer1").isdisjoint(of_social)
    assert secrets("admin1") == set()
    assert read_page(backlog, actor("admin1"), View(Queue.ALL)).rows == []


def test_the_command_line_has_no_work_of_its_own(backlog: Session, actor: ActorOf) -> None:
    """Its actor has no id: what nobody works on is not thereby its work."""
    system = operating_system_actor(actor("admin1").office_id)
    assert read_page(backlog, system, View(Queue.UNASSIGNED)).rows != []
    assert read_page(backlog, system, View(Queue.MINE)).rows == []


def test_each_filter_narrows_to_what_it_names(backlog: Session, actor: ActorOf) -> None:
    boss, officer = actor("supervisor1"), actor("officer1")
    field = backlog.scalars(select(MatterField.id)).first()
    a_petition(boss, field_id=field)
    backlog.rollback()
    filters: list[tuple[Filters, Callable[[Petition], bool]]] = [
        (Filters(kind=Kind.DENUNCIATION), lambda row: row.kind == "denunciation"),
        (Filters(field_id=field), lambda row: row.field_id == field),
        (Filters(ward_code="00004"), lambda row: row.ward_code == "00004"),
        (Filters(unit_id=officer.unit_ids[0]), lambda row: row.unit_id == officer.unit_ids[0]),
        (Filters(officer_id=officer.id), lambda row: row.officer_id == officer.id),
        (Filters(state="escalated"), lambda row: row.state == "escalated"),
        (Filters(received_from=date(2026, 11, 17)), lambda row: row.received_on >= date(2026, 11, 17)),
        (Filters(received_to=date(2026, 11, 17)), lambda row: row.received_on <= date(2026, 11, 17)),
        (Filters(flags=("complex",)), lambda row: row.complex),
        (Filters(flags=("group",)), lambda row: row.people_count >= 5),
        (
            Filters(kind=Kind.COMPLAINT, flags=("complex", "group")),
            lambda row: row.kind == "complaint" and row.complex and row.people_count >= 5,
        ),
    ]
    petitions = list(backlog.scalars(select(Petition)))
    for wanted, fits in filters:
        rows = read_page(backlog, boss, View(Queue.ALL, wanted, limit=1000)).rows
        expected = {row.id for row in petitions if fits(row)}
        assert expected, wanted
        assert {row.id for row in rows} == expected, wanted
        count = lists.count_up_to(backlog, View(Queue.ALL, wanted), boss, today=clock.today(), soon_until=clock.today())
        assert count == len(expected)


def test_a_list_is_counted_to_a_limit_and_exactly_when_asked(backlog: Session, actor: ActorOf) -> None:
    given = {"today": clock.today(), "soon_until": clock.today()}
    view, boss = View(Queue.ALL), actor("supervisor1")
    assert lists.count_up_to(backlog, view, boss, most=5, **given) == 6
    assert lists.count_up_to(backlog, view, boss, most=MADE, **given) == MADE
    assert lists.count_up_to(backlog, view, boss, most=None, **given) == MADE


def key_of(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


DAMAGED = (
    "x",
    "é",
    "=" * 10,
    "A" * 401,
    "W1s" * 100,
    key_of("petitioner", "\ud800", 1),
    key_of("petitioner", "a\x00", 1),
    key_of("petitioner", 5, 1),
    key_of("petitioner", "a", 2**63),
    key_of("petitioner", "a", True),
    key_of("due", "2026-13-01", 1),
    key_of("due", None, 1),
    key_of("priority", 2**64, 1),
    key_of("priority", 1.5, 1),
    key_of("priority", float("nan"), 1),
    key_of("number", None, 1),
    key_of("number", [], {}),
    key_of(),
)


def test_a_damaged_key_begins_at_the_first_page(backlog: Session, actor: ActorOf) -> None:
    boss = actor("supervisor1")
    for sort in Sort:
        first = [row.id for row in read_page(backlog, boss, View(Queue.ALL, sort=sort, limit=PER_PAGE)).rows]
        for key in DAMAGED:
            view = View(Queue.ALL, sort=sort, limit=PER_PAGE, after=key)
            assert [row.id for row in read_page(backlog, boss, view).rows] == first, (sort, key)


def test_proposals_wait_in_a_queue_of_their_own(backlog: Session, actor: ActorOf) -> None:
    boss, officer = actor("supervisor1"), actor("officer1")
    do(office.require_confirmation, required=True, by=boss)
    made = a_petition(boss)
    do(assignment.take, made.id, by=officer)
    do(closing.propose, made.id, FILED, by=officer)
    backlog.rollback()
    assert [row.id for row in read_page(backlog, boss, View(Queue.CONFIRMATION)).rows] == [made.id]
