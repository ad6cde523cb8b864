"""Filters of the supervisor's desk: each narrows to what it names, alone and together, and is counted exactly."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from auth.actor import Actor
from core import clock as clocks
from core.clock import FixedClock
from core.database import unit_of_work
from petitions.deadlines import LegalEvent
from petitions.forms.filters import read_filters
from petitions.models import Absence, Petition, Programme
from petitions.queries import lists
from petitions.queries.filters import Filters, end_of_week
from petitions.queries.lists import Queue, Sort, View
from petitions.services import assignment, closing, legal_events
from petitions.services.legal_events import LegalInput
from petitions.vocabulary import Kind
from tests.conftest import NOW
from tests.petitions.given import DECIDED, FILED, PLAIN, SECRET, a_petition, do

ActorOf = Callable[[str], Actor]
TODAY = NOW.date()


def put(petition_id: int, **values: object) -> None:
    """Write what a service of its own will write: here only the lists are looked at."""
    with unit_of_work() as session:
        session.execute(update(Petition).where(Petition.id == petition_id).values(**values))


def listed(session: Session, who: Actor, filters: Filters, queue: Queue = Queue.OPEN) -> list[int]:
    """The ids of a list in its order; its count is held against them on the way."""
    session.rollback()
    today = clocks.today()
    rows = lists.page(session, View(queue, filters, limit=500), who, today=today, soon_until=today).rows
    counted = lists.count_up_to(session, View(queue, filters), who, today=today, soon_until=today)
    assert counted == len(rows)
    return [row.id for row in rows]


@pytest.fixture
def boss(session: Session, actor: ActorOf) -> Actor:
    return actor("supervisor1")


def test_without_an_act_means_days_of_the_office(session: Session, boss: Actor, clock: FixedClock) -> None:
    old = a_petition(boss)
    clock.advance(timedelta(days=5))
    a_petition(boss)
    closed = a_petition(boss)
    put(closed.id, last_act_at=clocks.now() - timedelta(days=9))
    do(closing.resolve, closed.id, FILED, by=boss)
    put(closed.id, last_act_at=clocks.now() - timedelta(days=9))
    for days, found in ((1, [old.id]), (5, [old.id]), (6, [])):
        assert listed(session, boss, Filters(idle=days)) == found
        assert listed(session, boss, Filters(idle=days), Queue.ALL) == found


def test_the_longest_without_an_act_stands_first_and_pages_follow(session: Session, boss: Actor) -> None:
    made = [a_petition(boss).id for _ in range(7)]
    for place, petition_id in enumerate(made):
        put(petition_id, last_act_at=clocks.now() - timedelta(days=20 + place % 3))
    session.rollback()
    asked = View(Queue.OPEN, Filters(idle=15), limit=3)
    met: list[int] = []
    while True:
        found = lists.page(session, asked, boss, today=TODAY, soon_until=TODAY)
        met += [row.id for row in found.rows]
        if not found.next_key:
            break
        asked = View(Queue.OPEN, Filters(idle=15), limit=3, after=found.next_key)
    assert met == sorted(made, key=lambda number: (-((number - made[0]) % 3), number))


def test_a_paused_petition_is_neither_late_nor_due_soon(session: Session, boss: Actor) -> None:
    running, halted = a_petition(boss), a_petition(boss)
    for petition in (running, halted):
        put(petition.id, due_on=TODAY - timedelta(days=3))
    put(halted.id, halted_on=TODAY - timedelta(days=40))
    assert listed(session, boss, Filters(), Queue.OVERDUE) == [running.id]
    assert listed(session, boss, Filters(due="late")) == [running.id]
    for petition in (running, halted):
        put(petition.id, due_on=TODAY)
    assert listed(session, boss, Filters(), Queue.DUE_SOON) == [running.id]
    assert listed(session, boss, Filters(due="today")) == [running.id]
    assert listed(session, boss, Filters(halted=0)) == [halted.id]
    assert listed(session, boss, Filters(halted=40)) == [halted.id]
    assert listed(session, boss, Filters(halted=41)) == []
    assert len(listed(session, boss, Filters())) == 2


def test_due_days_are_words_or_days(session: Session, boss: Actor) -> None:
    days = [TODAY + timedelta(days=number) for number in range(-2, 9)]
    made = {}
    for day in days:
        made[day] = a_petition(boss).id
        put(made[day], due_on=day)
    closed = a_petition(boss)
    do(closing.resolve, closed.id, FILED, by=boss)
    put(closed.id, due_on=TODAY)

    def those(first: date, last: date) -> list[int]:
        return [made[day] for day in days if first <= day <= last]

    for filters, expected in (
        (Filters(due="late"), those(date.min, TODAY - timedelta(days=1))),
        (Filters(due="today"), those(TODAY, TODAY)),
        (Filters(due="week"), those(TODAY, end_of_week(TODAY))),
        (Filters(due_from=days[1], due_to=days[3]), those(days[1], days[3])),
        (Filters(due_from=days[3]), those(days[3], date.max)),
        (Filters(due_to=days[3]), those(date.min, days[3])),
    ):
        assert expected
        assert listed(session, boss, filters) == expected
        assert listed(session, boss, filters, Queue.ALL) == expected


def test_the_week_ends_on_sunday() -> None:
    assert end_of_week(date(2026, 11, 23)) == end_of_week(date(2026, 11, 29)) == date(2026, 11, 29)


def test_complex_without_a_written_finding(session: Session, boss: Actor) -> None:
    without, found, plain, closed = (a_petition(boss, complex_reason=reason) for reason in ("Khó", "Khó", None, "Khó"))
    put(found.id, complexity_points=5)
    do(closing.resolve, closed.id, FILED, by=boss)
    assert plain.id not in listed(session, boss, Filters(flags=("major",)))
    assert listed(session, boss, Filters(finding="missing")) == [without.id]
    assert listed(session, boss, Filters(finding="missing"), Queue.ALL) == [without.id]


def test_resolved_without_proof_of_sending(session: Session, boss: Actor) -> None:
    sent, unsent, guided, still_open = (a_petition(boss) for _ in range(4))
    for petition in (sent, unsent):
        do(assignment.take, petition.id, by=boss)
        do(closing.resolve, petition.id, DECIDED, by=boss)
    do(closing.resolve, guided.id, FILED, by=boss)
    # That the decision has still to be made public is no missing proof.
    do(legal_events.record, sent.id, LegalInput(LegalEvent.DECISION_SENT, TODAY), by=boss)
    assert still_open.id
    assert listed(session, boss, Filters(unsent=True), Queue.ALL) == [unsent.id]
    assert listed(session, boss, Filters(unsent=True), Queue.OPEN) == []


def test_the_officer_is_absent_today(session: Session, boss: Actor, actor: ActorOf) -> None:
    made = {}
    spans = {
        "officer1": (0, 0, False),
        "officer2": (1, 5, False),
        "officer3": (-5, -1, False),
        "officer4": (-5, 5, True),
    }
    for name, (first, last, cancelled) in spans.items():
        made[name] = a_petition(boss)
        do(assignment.assign, made[name].id, by=boss, officer_id=actor(name).id)
        with unit_of_work() as work:
            absence = {
                "office_id": boss.office_id,
                "user_id": actor(name).id,
                "first_day": TODAY + timedelta(days=first),
                "last_day": TODAY + timedelta(days=last),
                "recorded_at": clocks.now(),
                "cancelled_at": clocks.now() if cancelled else None,
            }
            work.execute(insert(Absence), [absence])
    a_petition(boss)
    assert listed(session, boss, Filters(absent=True)) == [made["officer1"].id]


def test_a_programme_holds_what_was_there_and_what_was_settled_since(session: Session, boss: Actor) -> None:
    cut_off = TODAY - timedelta(days=10)
    days = {"old": cut_off, "new": cut_off + timedelta(days=1), "settled": cut_off, "long settled": cut_off}
    made = {name: a_petition(boss, received_on=day).id for name, day in days.items()}
    for name in ("settled", "long settled"):
        do(closing.resolve, made[name], FILED, by=boss)
    put(made["long settled"], resolved_on=TODAY - timedelta(days=6))
    put(made["settled"], resolved_on=TODAY - timedelta(days=5))
    with unit_of_work() as work:
        work.execute(
            insert(Programme),
            [
                {
                    "office_id": boss.office_id,
                    "name": "Chiến dịch",
                    "cut_off_on": cut_off,
                    "starts_on": TODAY - timedelta(days=5),
                    "target_on": TODAY + timedelta(days=30),
                    "made_at": clocks.now(),
                }
            ],
        )
    programme = session.scalars(select(Programme.id)).one()
    assert sorted(listed(session, boss, Filters(programme_id=programme), Queue.ALL)) == [made["old"], made["settled"]]
    assert listed(session, boss, Filters(programme_id=programme)) == [made["old"]]
    assert listed(session, boss, Filters(programme_id=programme + 1), Queue.ALL) == []


def test_nobody_and_no_unit_can_be_asked_for(session: Session, boss: Actor, actor: ActorOf) -> None:
    waiting, given = a_petition(boss), a_petition(boss)
    do(assignment.assign, given.id, by=boss, officer_id=actor("officer1").id)
    assert listed(session, boss, Filters(unit_id=0)) == listed(session, boss, Filters(officer_id=0)) == [waiting.id]
    assert Filters(unit_id=0).any


def test_filters_are_combined_and_a_denunciation_stays_hidden(session: Session, boss: Actor, actor: ActorOf) -> None:
    secret, plain, young = a_petition(boss, SECRET), a_petition(boss, PLAIN), a_petition(boss, SECRET)
    for petition in (secret, plain):
        put(petition.id, last_act_at=clocks.now() - timedelta(days=30), due_on=TODAY - timedelta(days=2))
    both = Filters(kind=Kind.DENUNCIATION, idle=15, due="late")
    assert listed(session, boss, both) == [secret.id]
    assert listed(session, actor("officer1"), both) == []
    assert listed(session, actor("officer1"), Filters(idle=15)) == [plain.id]
    assert young.id in listed(session, boss, Filters(kind=Kind.DENUNCIATION))


def test_an_order_of_a_filter_is_none_without_it() -> None:
    assert View(Queue.OPEN, sort=Sort.HALTED).order() == View(Queue.OPEN).order()
    assert View(Queue.OPEN, Filters(halted=0), sort=Sort.HALTED, descending=True).order() == (Sort.HALTED, True)
    assert View(Queue.ALL, Filters(due="week")).order() == (Sort.DUE, False)


UNDERSTOOD = [
    ("due=late", Filters(due="late")),
    ("due=01/11/2026..2026-11-05", Filters(due_from=date(2026, 11, 1), due_to=date(2026, 11, 5))),
    ("due=..05/11/2026", Filters(due_to=date(2026, 11, 5))),
    ("idle=15", Filters(idle=15)),
    ("halted=0", Filters(halted=0)),
    ("finding=missing", Filters(finding="missing")),
    ("unsent=1&absent=1", Filters(unsent=True, absent=True)),
    ("programme=3", Filters(programme_id=3)),
    ("unit=0&officer=0", Filters(unit_id=0, officer_id=0)),
    ("flag=major", Filters(flags=("major",))),
]
NOT_UNDERSTOOD = ["due=..", "due=x", "due=31/02/2026..", "due=01/11/2026", "idle=0", "idle=x", "idle=9999999999"]
NOT_UNDERSTOOD += ["halted=-1", "halted=3651", "finding=x", "programme=x"]


@pytest.mark.parametrize(("address", "filters"), UNDERSTOOD)
def test_the_address_is_understood(address: str, filters: Filters) -> None:
    read = read_filters(MultiDict(parse_qsl(address)))
    assert (read.filters, read.errors) == (filters, {})


@pytest.mark.parametrize("address", NOT_UNDERSTOOD)
def test_what_is_not_understood_narrows_nothing_and_is_said(address: str) -> None:
    name, value = address.split("=")
    read = read_filters(MultiDict([(name, value)]))
    assert read.filters == Filters()
    assert list(read.errors) == [name]


@pytest.mark.parametrize("address", ["idle=15", "halted=0", "finding=missing", "absent=1", "due=late", "flag=major"])
def test_rows_of_a_narrowed_list_are_worked_on_together_and_the_list_stays(
    session: Session, boss: Actor, actor: ActorOf, as_user: Callable[[str], FlaskClient], address: str
) -> None:
    made = a_petition(boss, complex_reason="Khó")
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer2").id)
    put(made.id, last_act_at=clocks.now() - timedelta(days=30), due_on=TODAY - timedelta(days=2))
    if address.startswith("halted"):
        put(made.id, halted_on=TODAY)
    with unit_of_work() as work:
        days = {"first_day": TODAY, "last_day": TODAY, "recorded_at": clocks.now()}
        work.execute(insert(Absence), [{"office_id": boss.office_id, "user_id": actor("officer2").id, **days}])
    here = f"/queues/open?{address}"
    client = as_user("supervisor1")
    row = re.search(r'name="row" value="([\d:]+)"', client.get(here).text)
    assert row is not None
    marked = {"do": "flag", "flag": "prominent", "flag_reason": "Báo nêu", "row": row.group(1), "next": here}
    text = client.post("/petitions/bulk", data=marked).text
    assert made.number in text
    assert 'class="bad"' not in text
    assert 'class="chosen-filters"' in text
    session.rollback()
    assert session.get_one(Petition, made.id).prominent
