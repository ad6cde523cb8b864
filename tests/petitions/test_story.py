"""One case's whole story: everything that was done, who held it, where the audit chain holds it; nobody's secret."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.audit import AuditEntry, record
from core.clock import FixedClock, now
from core.database import table_of, unit_of_work
from petitions.deadlines import LegalEvent
from petitions.models import ClockAlert, Petition
from petitions.queries import story
from petitions.queries.case import events_of
from petitions.queries.clocks import legal_events_of
from petitions.services import assignment, closing, legal_events, records
from petitions.services.legal_events import LegalInput
from tests.petitions.given import DECIDED, PLAIN, SECRET, SOMEBODY, a_petition, do

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]


def test_the_story_tells_everything_in_the_order_in_which_it_happened(
    session: Session, actor: ActorOf, as_user: AsUser, clock: FixedClock
) -> None:
    boss, officer = actor("supervisor1"), actor("officer1")
    made = a_petition(actor("reception1"), complex_reason="Nhiều nơi phải xác minh")
    steps: list[Callable[[], object]] = [
        lambda: do(assignment.assign, made.id, by=boss, officer_id=officer.id),
        lambda: do(records.add_note, made.id, by=officer, text="Đã gọi điện <b>"),
        lambda: do(assignment.assign, made.id, by=boss, officer_id=actor("officer3").id, reason="Đúng lĩnh vực"),
        lambda: do(closing.resolve, made.id, DECIDED, by=boss),
    ]
    for step in steps:
        clock.advance(timedelta(days=2))
        step()
    page = as_user("supervisor1").get(f"/petitions/{made.number}/story").text
    told = [
        "Ngô Thị Tiếp vào sổ đơn",
        "phân công cho Đỗ Văn Một",
        "Đã gọi điện &lt;b&gt;",
        "Đúng lĩnh vực",
        "12/QĐ-UBND",
    ]
    events = page[page.index('id="s-events"') :]
    places = [events.index(text) for text in told]
    assert places == sorted(places)
    for text in (
        PLAIN.title,
        PLAIN.body,
        SOMEBODY.name,
        SOMEBODY.address,
        "Nhiều nơi phải xác minh",
        "Đỗ Văn Một: 4 ngày",
        "chưa phân công: 3 ngày",
    ):
        assert text in page, text


def test_each_act_shows_its_place_in_the_audit_chain(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    boss = actor("supervisor1")
    made = a_petition(boss)
    a_petition(boss)
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer1").id)
    session.rollback()
    entries = session.execute(
        select(AuditEntry.seq, AuditEntry.hash).where(AuditEntry.subject == made.number).order_by(AuditEntry.seq)
    ).all()
    page = as_user("supervisor1").get(f"/petitions/{made.number}/story").text
    assert re.findall(r'chain">\S+ \S+ \S+ (\d+) · (\w{16})…', page) == [
        (str(seq), digest[:16]) for seq, digest in entries
    ]
    assert len(entries) == 2


def test_a_long_chain_is_searched_by_time(
    session: Session, actor: ActorOf, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = actor("supervisor1")
    clock.advance(timedelta(minutes=1))
    made = a_petition(boss)
    for number in range(40):
        clock.advance(timedelta(minutes=7))
        with unit_of_work() as work:
            record(work, boss.office_id, actor="x", action="other", subject="y", payload={"event": 1000 + number})
        if number % 10 == 3:
            do(records.add_note, made.id, by=boss, text=f"Ghi chú {number}")
    session.rollback()
    petition = session.get_one(Petition, made.id)
    events = events_of(session, made.id, limit=None)
    short = story.audited(session, petition, events)
    monkeypatch.setattr(story, "READ_THROUGH", 0)
    monkeypatch.setattr(story, "_LOOKED_THROUGH", 2)
    assert story.audited(session, petition, events) == short
    assert len(short) == len(events) == 5


def test_what_may_not_be_seen_is_not_there(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    secret = a_petition(actor("reception1"), SECRET)
    do(assignment.assign, secret.id, by=actor("supervisor1"), officer_id=actor("officer3").id)
    assert as_user("officer1").get(f"/petitions/{secret.number}/story").status_code == 404
    assert as_user("admin1").get(f"/petitions/{secret.number}/story").status_code == 403
    assert as_user("officer3").get(f"/petitions/{secret.number}/story").status_code == 200
    assert as_user("supervisor1").get("/petitions/PTN-2026-999999-X/story").status_code == 404


def test_a_denouncer_stands_nowhere(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    secret = a_petition(actor("reception1"), SECRET)
    page = as_user("supervisor1").get(f"/petitions/{secret.number}/story").text
    assert 'id="s-parties"' not in page
    assert SOMEBODY.name not in page


def test_a_sealed_sibling_is_not_told_of(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    boss = actor("supervisor1")
    first = a_petition(boss)
    second = a_petition(boss, replace(PLAIN, title="Đơn thứ hai"), matter_of=first.number)
    page = as_user("officer1").get(f"/petitions/{first.number}/story").text
    assert second.number in page


def test_a_number_may_be_typed_loosely(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    number = a_petition(actor("supervisor1")).number
    answer = as_user("supervisor1").get(f"/petitions/{number.lower()}/story")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"/petitions/{number}/story")


def test_limits_documents_and_alerts_stand_in_it(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    boss = actor("supervisor1")
    made = a_petition(boss)
    for number in ("15/TB-UBND", "16/TB-SAI"):
        accepted = LegalInput(
            LegalEvent.ACCEPTED,
            PLAIN.received_on,
            document_number=number,
            document_on=PLAIN.received_on,
            signer="Phan Văn Lãnh",
        )
        do(legal_events.record, made.id, accepted, by=boss)
    session.rollback()
    wrong = legal_events_of(session, made.id)[-1]
    do(legal_events.take_back, made.id, wrong.id, by=boss, reason="Ghi nhầm số")
    alert = {
        "office_id": boss.office_id,
        "petition_id": made.id,
        "rule_id": "complaint-acceptance",
        "started_on": PLAIN.received_on,
        "level": "late",
        "due_on": PLAIN.received_on,
        "at": now(),
        "to_user_id": boss.id,
    }
    with unit_of_work() as work:
        work.execute(insert(table_of(ClockAlert)), alert)
    page = as_user("supervisor1").get(f"/petitions/{made.number}/story").text
    limits, documents, alerts = (
        page[page.index(f'id="s-{name}"') :].partition("</section>")[0] for name in ("clocks", "documents", "alerts")
    )
    for text in ("Thụ lý hoặc không thụ lý khiếu nại", "Nghị định 155/2026/NĐ-CP", "Ngày cuối: "):
        assert text in limits, text
    assert "15/TB-UBND" in documents
    assert "Phan Văn Lãnh" in documents
    assert "16/TB-SAI" not in documents
    assert "Thụ lý hoặc không thụ lý khiếu nại" in alerts
