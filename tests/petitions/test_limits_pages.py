"""The pages of a case's limits: explanations, the form of each legal event, and taking one back."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.deadlines.recording import RECORDABLE
from petitions.models import LegalEventRow, Petition
from petitions.services import assignment
from tests.petitions.given import SECRET, a_petition, do

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]
PAPER = {"document_number": "7/TB-UBND", "document_on": "24/11/2026", "signer": "Phan Văn Lãnh"}


@pytest.fixture
def number(session: Session, actor: ActorOf) -> str:
    made = a_petition(actor("reception1"))
    do(assignment.assign, made.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    return made.number


def test_the_page_of_a_case_lists_its_limits_and_leads_to_how_they_were_counted(as_user: AsUser, number: str) -> None:
    page = as_user("officer2").get(f"/petitions/{number}").text
    assert "Trả lời công dân về việc xử lý đơn" in page
    assert "10 ngày làm việc kể từ 23/11/2026" in page
    assert "Ghi sự kiện pháp lý" not in page  # not this officer's case
    told = as_user("officer2").get(f"/petitions/{number}/limits").text
    assert "Nghị định 155/2026/NĐ-CP, Điều 10" in told
    assert "24/11/2026" in told
    assert 'name="event"' not in told


def test_an_unverified_source_is_marked(as_user: AsUser, number: str) -> None:
    assert "chưa kiểm chứng" in as_user("officer1").get(f"/petitions/{number}").text
    assert "chưa kiểm chứng" in as_user("officer1").get(f"/petitions/{number}/limits").text


def test_an_event_is_recorded_and_taken_back(as_user: AsUser, number: str, session: Session) -> None:
    officer = as_user("officer1")
    form = officer.get(f"/petitions/{number}/limits/record?event=accepted").text
    assert 'value="24/11/2026"' in form
    sent = {"event": "accepted", "occurred_on": "24/11/2026", "version": "2", **PAPER}
    answer = officer.post(f"/petitions/{number}/limits/record", data=sent, follow_redirects=True)
    assert "Đã ghi: Thụ lý" in answer.text
    assert "Giải quyết khiếu nại lần đầu" in answer.text
    session.rollback()
    row = session.scalars(select(LegalEventRow)).one()
    assert (row.event, row.document_number, row.signer) == ("accepted", "7/TB-UBND", "Phan Văn Lãnh")
    url = f"/petitions/{number}/limits/{row.id}/take-back"
    empty = officer.post(url, data={"reason": " ", "version": "3"})
    assert (empty.status_code, "Nêu lý do" in empty.text) == (400, True)
    assert as_user("officer2").post(url, data={"reason": "Nhầm", "version": "3"}).status_code == 403
    late = officer.post(url, data={"reason": "Nhầm vụ khác", "version": "2"})
    assert (late.status_code, "Nhầm vụ khác" in late.text) == (409, True)
    assert officer.post(url, data={"reason": "Nhầm vụ khác", "version": "3"}).status_code == 302
    history = officer.get(f"/petitions/{number}").text
    assert "hủy ghi nhận: Thụ lý" in history
    assert officer.post(url, data={"reason": "Nhầm", "version": "4"}).status_code == 404


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(as_user: AsUser, number: str) -> None:
    sent = {"event": "complexity-found", "occurred_on": "31/02/2026", "points": ["1", "64"], "ground": "Căn cứ đã gõ"}
    answer = as_user("officer1").post(f"/petitions/{number}/limits/record", data=sent)
    assert answer.status_code == 400
    for kept in ('value="31/02/2026"', "Căn cứ đã gõ", 'id="f-points" checked', 'id="f-points-64" checked'):
        assert kept in answer.text
    sent |= {"occurred_on": "24/11/2026", "points": []}
    answer = as_user("officer1").post(f"/petitions/{number}/limits/record", data=sent)
    assert "Đánh dấu ít nhất một" in answer.text
    assert answer.text.count('aria-invalid="true"') >= 3


def test_the_second_of_two_keeps_what_was_typed(as_user: AsUser, number: str) -> None:
    sent = {"event": "accepted", "occurred_on": "24/11/2026", "version": "1", **PAPER}
    answer = as_user("officer1").post(f"/petitions/{number}/limits/record", data=sent)
    assert answer.status_code == 409
    assert "7/TB-UBND" in answer.text
    assert 'name="version" value="2"' in answer.text


@pytest.mark.parametrize("event", [line.event.value for line in RECORDABLE])
def test_every_event_has_its_form(as_user: AsUser, number: str, event: str) -> None:
    answer = as_user("officer1").get(f"/petitions/{number}/limits/record?event={event}")
    assert answer.status_code == 200
    assert 'name="occurred_on"' in answer.text


def test_the_form_says_who_decides_and_on_what_it_rests(as_user: AsUser, number: str) -> None:
    form = as_user("officer1").get(f"/petitions/{number}/limits/record?event=complexity-found").text
    assert "người quyết định: người giải quyết" in form
    assert "Luật Khiếu nại, Điều 28" in form
    order = as_user("officer1").get(f"/petitions/{number}/limits/record?event=suspended").text
    assert "Mẫu 14a" in order
    assert "Nghị định 155/2026/NĐ-CP, Điều 12" in order


def test_the_nearest_limit_stands_first(as_user: AsUser, number: str) -> None:
    page = as_user("officer1").get(f"/petitions/{number}/limits").text
    days = re.findall(r'<h2 id="clock-\d+">.*?<span class="nowrap">(\d\d/\d\d/\d{4})</span>', page)
    assert days == ["03/12/2026", "03/12/2026", "08/12/2026", "07/01/2027"]


@pytest.mark.parametrize("event", ["", "received", "decided", "closed", "nonsense"])
def test_what_is_not_recorded_by_hand_has_none(as_user: AsUser, number: str, event: str) -> None:
    officer = as_user("officer1")
    assert officer.get(f"/petitions/{number}/limits/record?event={event}").status_code == 404
    assert officer.post(f"/petitions/{number}/limits/record", data={"event": event}).status_code == 404


def test_a_denunciation_shows_its_limits_to_its_own_only(session: Session, as_user: AsUser, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"), intake=SECRET)
    for path in ("limits", "limits/record?event=accepted"):
        assert as_user("officer1").get(f"/petitions/{made.number}/{path}").status_code == 404
    sent = {"event": "accepted", "occurred_on": "24/11/2026", **PAPER}
    assert as_user("officer1").post(f"/petitions/{made.number}/limits/record", data=sent).status_code == 404
    assert as_user("supervisor1").get(f"/petitions/{made.number}/limits").status_code == 200


def test_the_office_sets_how_it_counts(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    boss = as_user("supervisor1")
    typed = {"recommendation_days": "hai mươi", "remote": "1"}
    answer = boss.post("/office/counting", data=typed)
    assert (answer.status_code, "hai mươi" in answer.text) == (400, True)
    assert boss.post("/office/counting", data={"recommendation_days": "0"}).status_code == 400
    answer = boss.post("/office/counting", data={"recommendation_days": "20"}, follow_redirects=True)
    assert 'value="20"' in answer.text
    assert as_user("officer1").post("/office/counting", data={}).status_code == 403


def test_second_instance_and_who_forwarded_decide_which_limits_run(as_user: AsUser, session: Session) -> None:
    desk = as_user("reception1")
    form = {
        "received_on": "23/11/2026",
        "kind": "complaint",
        "title": "Khiếu nại lần hai",
        "channel": "post",
        "second_instance": "1",
        "forwarder_kind": "deputy",
        "forwarder": "Tổ đại biểu HĐND",
    }
    assert desk.post("/petitions/new", data=form).status_code == 302
    petition = session.scalars(select(Petition)).one()
    assert (petition.second_instance, petition.forwarder_kind) == (True, "deputy")
    bad = desk.post("/petitions/new", data=form | {"forwarder_kind": "nobody"})
    assert bad.status_code == 400
    answer = desk.post(
        f"/petitions/{petition.number}/correct",
        data={"kind": "complaint", "version": "1", "forwarder_kind": "press", "discipline": "1"},
    )
    assert answer.status_code == 302
    session.expire_all()
    petition = session.scalars(select(Petition)).one()
    assert (petition.second_instance, petition.discipline, petition.forwarder_kind) == (False, True, "press")
    history = desk.get(f"/petitions/{petition.number}").text
    assert "Khiếu nại quyết định kỷ luật" in history
    assert "Cơ quan báo chí" in history
