"""Workload: figures that open to their cases and add up; a suggestion that a person confirms, a result per case."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.audit import AuditEntry, verify
from core.database import unit_of_work
from petitions.balance import weighted
from petitions.models import Absence, Petition
from petitions.queries.checks import queue_drift
from petitions.queries.workload import Work, workload
from petitions.services import assignment, closing
from petitions.services.intake import Received
from tests.conftest import NOW
from tests.petitions.given import FILED, PLAIN, SECRET, a_petition, do

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]
TODAY = NOW.date()


@pytest.fixture
def cases(session: Session, actor: ActorOf) -> list[Received]:
    """Cases of four officers and of nobody, some complex, secret, late or resolved."""
    reception, boss = actor("reception1"), actor("supervisor1")
    made = []
    for number in range(36):
        one = a_petition(
            reception,
            SECRET if number % 5 == 0 else PLAIN,
            received_on=TODAY - timedelta(days=(number * 7) % 40),
            complex_reason="Khó" if number % 4 == 0 else None,
        )
        made.append(one)
        if number % 3:
            do(assignment.assign, one.id, by=boss, officer_id=actor(f"officer{1 + number % 4}").id)
        elif number % 2:
            do(assignment.assign, one.id, by=boss, unit_id=actor("officer3").unit_ids[0])
        if number % 11 == 7:
            do(closing.resolve, one.id, FILED, by=boss)
    session.rollback()
    return made


def is_away(who: Actor) -> None:
    absence = {"office_id": who.office_id, "user_id": who.id, "first_day": TODAY, "last_day": TODAY, "recorded_at": NOW}
    with unit_of_work() as work:
        work.execute(insert(Absence), [absence])


def figure_links(page: str) -> list[tuple[str, int]]:
    cells = re.findall(r'<td class="num"[^>]*><a href="([^"]+)">(?:<b>)?([\d.]+)', page)
    return [(unescape(address), int(number.replace(".", ""))) for address, number in cells]


def listed(client: FlaskClient, address: str) -> int:
    said = re.search(r'list-head">\s*<p><b>([\d.]+)', client.get(address).text)
    assert said is not None, address
    return int(said.group(1).replace(".", ""))


@pytest.mark.parametrize("name", ["supervisor1", "officer1"])
def test_every_figure_is_that_of_its_list(cases: list[Received], as_user: AsUser, name: str) -> None:
    client = as_user(name)
    links = figure_links(client.get("/workload").text)
    assert len(links) >= 12
    assert any(number > 1 for _address, number in links)
    assert [listed(client, address) for address, _number in links] == [number for _address, number in links]


@pytest.mark.parametrize("name", ["supervisor1", "officer1"])
def test_the_sums_agree(session: Session, cases: list[Received], actor: ActorOf, name: str) -> None:
    who = actor(name)
    for unit_id in (None, actor("officer1").unit_ids[0], actor("officer3").unit_ids[0]):
        found = workload(session, who, today=TODAY, unit_id=unit_id)
        assert found.total.open > 0
        assert sum(found.by_officer.values(), Work()) == sum(found.by_unit.values(), Work()) == found.total
        assert sum(work.weighted for work in found.by_officer.values()) == found.total.weighted
        assert found.total.weighted == weighted(found.total.open, found.total.major)
    boss, head = workload(session, actor("supervisor1"), today=TODAY), workload(session, actor("officer1"), today=TODAY)
    assert head.total.open < boss.total.open


def test_a_paused_case_is_not_late(session: Session, cases: list[Received], actor: ActorOf) -> None:
    before = workload(session, actor("supervisor1"), today=TODAY).total
    session.rollback()
    with unit_of_work() as work:
        late = select(Petition.id).where(Petition.state != "resolved", Petition.due_on < TODAY).limit(1)
        petition_id = work.scalars(late).one()
        work.execute(update(Petition).where(Petition.id == petition_id).values(halted_on=TODAY))
    after = workload(session, actor("supervisor1"), today=TODAY).total
    assert (after.open, after.late) == (before.open, before.late - 1)


def test_who_may_open_it(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    other = actor("officer3").unit_ids[0]
    for path in ("/workload", "/workload/suggestion"):
        assert as_user("officer1").get(path).status_code == 200
        assert as_user("officer1").get(f"{path}?unit={other}").status_code == 404
        for name in ("officer2", "reception1", "admin1"):
            assert as_user(name).get(path).status_code == 403
    assert as_user("officer1").post("/workload/suggestion", data={"unit": other}).status_code == 404
    assert as_user("officer2").post("/workload/suggestion").status_code == 403


def suggested(page: str) -> list[tuple[int, int, int]]:
    found = re.findall(r'name="row" value="(\d+):(\d+):(\d+)"', page)
    return [(int(petition), int(version), int(officer)) for petition, version, officer in found]


def test_a_suggestion_keeps_to_units_and_leaves_out_who_is_absent(
    session: Session, cases: list[Received], actor: ActorOf, as_user: AsUser
) -> None:
    is_away(actor("officer1"))
    page = as_user("supervisor1").get("/workload/suggestion").text
    rows = suggested(page)
    unit_of = dict(session.execute(select(Petition.id, Petition.unit_id).where(Petition.officer_id.is_(None))).all())
    units = {actor(f"officer{number}").id: actor(f"officer{number}").unit_ids for number in (1, 2, 3, 4)}
    assert len(rows) > 5
    for petition_id, _version, officer_id in rows:
        assert officer_id != actor("officer1").id
        assert unit_of[petition_id] in (None, *units[officer_id])
    assert suggested(as_user("supervisor1").get("/workload/suggestion").text) == rows


def test_nothing_is_given_before_it_is_confirmed_and_then_all_is(
    session: Session, cases: list[Received], actor: ActorOf, as_user: AsUser
) -> None:
    boss = as_user("supervisor1")
    rows = suggested(boss.get("/workload/suggestion").text)
    waiting = select(Petition.id).where(Petition.officer_id.is_(None), Petition.state != "resolved")
    assert set(session.scalars(waiting)) == {row[0] for row in rows}
    answer = boss.post(
        "/workload/suggestion",
        data={"from": "unassigned", "reason": "Chia đều", "row": [":".join(map(str, row)) for row in rows]},
    )
    assert answer.status_code == 200
    assert 'class="bad"' not in answer.text
    session.rollback()
    owners = dict(session.execute(select(Petition.id, Petition.officer_id)).all())
    assert {row[0]: owners[row[0]] for row in rows} == {row[0]: row[2] for row in rows}
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "workload.shared-out")).one()
    told = json.loads(entry.payload)
    assert (entry.actor, told["source"], told["refused"], len(told["given"])) == (
        "supervisor1",
        "unassigned",
        0,
        len(rows),
    )
    assert verify(session, 1).first_bad_seq is None
    assert queue_drift(session, 1)[1] == []


def test_a_row_that_changed_meanwhile_is_named_and_stops_no_other(
    session: Session, cases: list[Received], actor: ActorOf, as_user: AsUser
) -> None:
    boss = as_user("supervisor1")
    rows = suggested(boss.get("/workload/suggestion").text)
    stale = rows[0][0]
    do(assignment.assign, stale, by=actor("supervisor1"), officer_id=actor("officer4").id, reason="Đã giao trước")
    data = {"from": "unassigned", "reason": "Chia đều", "row": [":".join(map(str, row)) for row in rows[:4]]}
    text = unescape(boss.post("/workload/suggestion", data=data).text)
    assert text.count('<li class="bad">') == 1
    session.rollback()
    number = session.scalars(select(Petition.number).where(Petition.id == stale)).one()
    assert re.search(rf'<li class="bad">.*{number}.*Phan Văn Lãnh', text)
    assert {session.get_one(Petition, row[0]).officer_id == row[2] for row in rows[1:4]} == {True}


def test_the_cases_of_one_officer_are_shared_among_the_others(
    session: Session, cases: list[Received], actor: ActorOf, as_user: AsUser
) -> None:
    source = actor("officer1")
    page = as_user("supervisor1").get(f"/workload/suggestion?from={source.id}").text
    rows = suggested(page)
    assert {officer_id for _petition, _version, officer_id in rows} == {actor("officer2").id}
    as_user("supervisor1").post(
        "/workload/suggestion",
        data={"from": str(source.id), "reason": "Nghỉ dài ngày", "row": [":".join(map(str, row)) for row in rows]},
    )
    session.rollback()
    still = select(Petition.id).where(Petition.officer_id == source.id, Petition.state != "resolved")
    assert session.scalars(still).all() == []


def test_a_head_shares_out_what_the_own_unit_holds(
    session: Session, cases: list[Received], actor: ActorOf, as_user: AsUser
) -> None:
    head = as_user("officer3")
    rows = suggested(head.get("/workload/suggestion").text)
    assert rows
    assert {officer_id for _petition, _version, officer_id in rows} <= {actor("officer3").id, actor("officer4").id}
    data = {"reason": "Chia đều", "row": [":".join(map(str, row)) for row in rows]}
    assert 'class="bad"' not in head.post("/workload/suggestion", data=data).text
    # What nobody's unit holds is not the head's to give, whatever the form says.
    free = session.scalars(select(Petition.id).where(Petition.unit_id.is_(None), Petition.officer_id.is_(None))).first()
    refused = head.post("/workload/suggestion", data={"reason": "x", "row": f"{free}:1:{actor('officer4').id}"}).text
    assert refused.count('<li class="bad">') == 1
    session.rollback()
    assert session.get_one(Petition, free).officer_id is None


def test_nonsense_is_answered(session: Session, cases: list[Received], as_user: AsUser) -> None:
    boss = as_user("supervisor1")
    for row in ("x", "1:1", "1:1:x", "::", "99999:1:1", "-1:1:1", "\x00"):
        assert boss.post("/workload/suggestion", data={"row": row, "from": "x"}).status_code == 200
    assert boss.get("/workload/suggestion?from=99999&unit=0").status_code == 200


def test_more_than_can_be_shared_out_at_once_is_said(
    session: Session, cases: list[Received], as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petitions.views.workload.MOST_SHARED", 5)
    page = as_user("supervisor1").get("/workload/suggestion").text
    assert len(suggested(page)) == 5
    assert 'href="/queues/unassigned"' in page
    assert "Chỉ hiện 5 đơn đầu" in page
    assert 'href="/morning"' in page
