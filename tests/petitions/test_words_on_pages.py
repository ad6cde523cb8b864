"""Words that a page puts before a clerk: states, due days, and what stands ready in the next form."""

import re
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.clock import FixedClock
from tests.petitions.given import a_petition
from tests.petitions.test_main_job import FORM

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]


def value_of(page: str, name: str) -> str:
    """The value of the input called ``name``."""
    found = re.search(rf'<input[^>]* name="{name}" value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def test_the_state_and_the_day_of_receipt_have_different_names(
    session: Session, actor: ActorOf, as_user: AsUser
) -> None:
    made = a_petition(actor("reception1"))
    for path in ("/queues/open", f"/petitions/{made.number}"):
        page = as_user("supervisor1").get(path).text
        assert '<span class="state state-received">Đã tiếp nhận</span>' in page
        assert "Ngày nhận" in page


def test_a_due_day_says_how_it_was_counted(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    made = a_petition(actor("reception1"))
    page = as_user("officer1").get(f"/petitions/{made.number}").text
    assert "7 ngày làm việc kể từ 23/11/2026" in page
    assert "Nghị định 155/2026/NĐ-CP, Điều 10" in page
    assert "complaint-acceptance" not in page


def test_the_next_form_keeps_the_typed_day_until_midnight(as_user: AsUser, clock: FixedClock) -> None:
    clock.advance(timedelta(hours=14, minutes=50))
    desk = as_user("reception1")
    assert desk.post("/petitions/new", data={**FORM, "received_on": "20/11/2026", "channel": "post"}).status_code == 302
    page = desk.get("/petitions/new").text
    assert value_of(page, "received_on") == "20/11/2026"
    clock.advance(timedelta(minutes=20))
    page = desk.get("/petitions/new").text
    assert value_of(page, "received_on") == "25/11/2026"
    assert '<option value="post" selected>' in page


def test_an_unfinished_entry_can_be_left_for_a_new_one(as_user: AsUser) -> None:
    desk = as_user("reception1")
    assert desk.post("/petitions/draft", data={**FORM, "title": "Đơn viết dở"}).status_code == 200
    page = desk.get("/petitions/new").text
    assert value_of(page, "title") == "Đơn viết dở"
    assert 'href="/petitions/new?blank=1"' in page
    assert value_of(desk.get("/petitions/new?blank=1").text, "title") == ""


def test_an_escalated_row_says_so_once(session: Session, as_user: AsUser, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"))
    supervisor = as_user("supervisor1")
    page = supervisor.get(f"/petitions/{made.number}").text
    found = re.search(r'<option value="(\d+)"', page.split('name="escalated_to"')[1])
    assert found
    form = {"trigger": "complex", "escalated_to": found.group(1), "reply_by": "30/11/2026", "reason": "Khó"}
    version = value_of(page, "version")
    assert supervisor.post(f"/petitions/{made.number}/escalate", data={"version": version, **form}).status_code == 302
    row = supervisor.get("/queues/escalated").text.split("<tbody>")[1].split("</tbody>")[0]
    assert row.lower().count("đã trình lãnh đạo") == 1


def test_all_faults_of_an_entry_are_told_at_once(as_user: AsUser) -> None:
    bad = {**FORM, "received_on": "31/02/2026", "people_count": "0", "complex": "1", "answer_by": "1/13/2026"}
    page = as_user("reception1").post("/petitions/new", data=bad).text
    summary = page.split("data-error-summary")[1].split("</div>")[0]
    assert re.findall(r'href="#f-(\w+)"', summary) == ["received_on", "people_count", "complex_reason", "answer_by"]
    assert value_of(page, "petitioner_name") == FORM["petitioner_name"]


def test_a_struck_entry_is_not_called_resolved(session: Session, as_user: AsUser, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"))
    desk = as_user("reception1")
    page = desk.get(f"/petitions/{made.number}").text
    form = {"version": value_of(page, "version"), "reason": "Nhập trùng"}
    assert desk.post(f"/petitions/{made.number}/void", data=form).status_code == 302
    line = desk.get(f"/petitions/{made.number}").text.split('class="case-line"')[1].split("</p>")[0]
    assert "Vào sổ nhầm" in line
    assert "Đã giải quyết" not in line
    assert "hạn " not in line


def test_a_paper_received_with_the_entry_shows_no_number_of_sheets_that_nobody_gave(as_user: AsUser) -> None:
    desk = as_user("reception1")
    answer = desk.post("/petitions/new", data={**FORM, "originals": "Giấy chứng nhận, 02 tờ"})
    page = desk.get(answer.location).text
    assert "Giấy chứng nhận, 02 tờ" in page
    assert "1 tờ" not in page
