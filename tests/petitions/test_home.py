"""The home page: what changed in one's cases since one looked, what to do first, reminders."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import User
from core import clock as clocks
from core.clock import FixedClock
from petitions.queries.desk import CHANGES_KEPT, changed_since
from petitions.services import assignment, closing, desk, office, records
from petitions.services.intake import Received
from petitions.vocabulary import Trigger
from tests.petitions.given import DECIDED, SECRET, a_petition, do

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


@pytest.fixture
def mine(session: Session, actor: ActorOf, clock: FixedClock) -> Received:
    """A case of officer1, who has seen all that happened."""
    made = a_petition(actor("reception1"))
    do(assignment.take, made.id, by=actor("officer1"))
    do(desk.mark_looked, clock.now(), by=actor("officer1"))
    clock.advance(timedelta(minutes=1))
    return made


def told(session: Session, who: Actor) -> list[tuple[str, str]]:
    session.rollback()
    since = session.scalars(select(User.looked_at).where(User.id == who.id)).one()
    return [(row.action, row.number) for row in changed_since(session, who, since).rows]


def test_what_others_did_to_the_own_cases_is_told_once(
    session: Session, actor: ActorOf, mine: Received, clock: FixedClock
) -> None:
    officer, boss = actor("officer1"), actor("supervisor1")
    assert told(session, officer) == []
    do(records.add_note, mine.id, by=officer, text="Tự ghi")
    do(records.add_note, mine.id, by=boss, text="Xem lại")
    a_petition(actor("reception1"))
    assert told(session, officer) == [("note", mine.number)]
    do(desk.mark_looked, clock.now(), by=officer)
    assert told(session, officer) == []


def test_a_case_that_was_taken_away_or_closed_by_others_is_told(
    session: Session, actor: ActorOf, mine: Received
) -> None:
    officer, boss = actor("officer1"), actor("supervisor1")
    never_touched = a_petition(actor("reception1"))
    do(assignment.assign, never_touched.id, by=boss, officer_id=officer.id)
    do(assignment.assign, never_touched.id, by=boss, officer_id=actor("officer3").id, reason="Đúng lĩnh vực")
    do(office.require_confirmation, required=True, by=boss)
    do(closing.propose, mine.id, DECIDED, by=officer)
    do(closing.confirm, mine.id, by=boss)
    assert told(session, officer) == [
        ("confirm", mine.number),
        ("reassign", never_touched.number),
        ("assign", never_touched.number),
    ]


def test_what_was_escalated_to_somebody_is_told(session: Session, actor: ActorOf, mine: Received) -> None:
    boss = actor("supervisor1")
    do(
        assignment.escalate,
        mine.id,
        by=actor("officer1"),
        trigger=Trigger.COMPLEX,
        to_id=boss.id,
        reply_by=date(2026, 11, 30),
        reason="Khó",
    )
    assert ("escalate", mine.number) in told(session, boss)


def test_a_denunciation_that_went_to_another_unit_is_not_told(session: Session, actor: ActorOf, mine: Received) -> None:
    secret, boss = a_petition(actor("reception1"), SECRET), actor("supervisor1")
    do(assignment.assign, secret.id, by=boss, officer_id=actor("officer1").id)
    assert ("assign", secret.number) in told(session, actor("officer1"))
    do(assignment.assign, secret.id, by=boss, officer_id=actor("officer3").id, reason="Đúng bộ phận")
    assert told(session, actor("officer1")) == []


def test_the_desk_is_not_told_of_every_act_in_the_office(session: Session, actor: ActorOf, mine: Received) -> None:
    do(records.add_note, mine.id, by=actor("officer1"), text="Ghi")
    assert told(session, actor("reception1")) == []


def test_old_changes_are_not_told(session: Session, actor: ActorOf, mine: Received, clock: FixedClock) -> None:
    do(records.add_note, mine.id, by=actor("supervisor1"), text="Xem lại")
    clock.advance(CHANGES_KEPT + timedelta(days=1))
    assert told(session, actor("officer1")) == []


def test_seen_means_what_the_page_showed(
    session: Session, actor: ActorOf, as_user: AsUser, mine: Received, clock: FixedClock
) -> None:
    """What changes between looking and pressing the button must not be lost."""
    officer, boss = as_user("officer1"), actor("supervisor1")
    do(records.add_note, mine.id, by=boss, text="Một")
    shown_at = clock.now()
    clock.advance(timedelta(seconds=10))
    do(records.add_note, mine.id, by=boss, text="Hai")
    assert officer.post("/looked", data={"until": shown_at.isoformat()}).status_code == 302
    assert told(session, actor("officer1")) == [("note", mine.number)]
    for nonsense in ("", "x", "9999-12-31T00:00:00+07:00", "2026-11-24T09:00:00", "\x00"):
        assert officer.post("/looked", data={"until": nonsense}).status_code == 302
    session.rollback()
    looked_at = session.scalars(select(User.looked_at).where(User.username == "officer1")).one()
    assert looked_at == clock.now()


def test_what_is_left_out_is_said(session: Session, actor: ActorOf, as_user: AsUser, mine: Received) -> None:
    boss = actor("supervisor1")
    for number in range(17):
        do(records.add_note, mine.id, by=boss, text=f"Lần {number}")
    officer = as_user("officer1")
    page = officer.get("/").text
    assert page.count("Phan Văn Lãnh") == 15
    assert 'href="/?changed=all"' in page
    whole = officer.get("/?changed=all").text
    assert whole.count("Phan Văn Lãnh") == 17
    assert 'href="/?changed=all"' not in whole


def test_reminders_stand_on_the_home_page_when_they_are_near(actor: ActorOf, as_user: AsUser, mine: Received) -> None:
    officer = actor("officer1")
    do(desk.remind, mine.id, by=officer, remind_on=clocks.today(), text="Gọi hôm nay")
    do(desk.remind, mine.id, by=officer, remind_on=date(2027, 3, 1), text="Gọi năm sau")
    page = as_user("officer1").get("/").text
    assert "Gọi hôm nay" in page
    assert "Gọi năm sau" not in page
    assert "Gọi năm sau" in as_user("officer1").get(f"/petitions/{mine.number}").text


def test_the_desk_finds_its_latest_petitions(as_user: AsUser, actor: ActorOf, mine: Received) -> None:
    page = as_user("reception1").get("/").text
    assert f"/petitions/{mine.number}/receipt" in page
    assert f"/petitions/{mine.number}/receipt" not in as_user("supervisor1").get("/").text
