"""The page of absences, and the pages that ask before somebody who is away is given a case."""

import pytest
from sqlalchemy.orm import Session

from petitions.services import assignment
from tests.petitions.given import a_petition, do
from tests.petitions.test_absences import As, AsUser, read, send_away

pytestmark = pytest.mark.usefixtures("session")

FORM = {"first_day": "24/11/2026", "last_day": "30/11/2026", "note": "Nghỉ phép"}


def test_the_page_records_and_strikes(actor: As, as_user: AsUser) -> None:
    officer, colleague = actor("officer2"), actor("officer1")
    mine = as_user("officer2")
    page = mine.get("/absences").text
    assert f'<option value="{officer.id}" selected>' in page
    form = {**FORM, "user_id": str(officer.id), "substitute_id": str(colleague.id)}
    assert mine.post("/absences", data=form).status_code == 302
    page = mine.get("/absences").text
    assert "hôm nay vắng" in page
    action = page[page.index('action="/absences/') :].split('"')[1]
    assert "/cancel" not in as_user("officer4").get("/absences").text
    assert as_user("officer4").post(action).status_code == 403
    assert mine.post(action).status_code == 302
    page = mine.get("/absences").text
    assert "đã hủy" in page
    assert mine.post(action).status_code == 400
    assert mine.post("/absences/99/cancel").status_code == 404


@pytest.mark.parametrize(
    ("field", "typed"),
    [("first_day", "31/02/2026"), ("last_day", "mai"), ("user_id", "xyz"), ("substitute_id", "-1"), ("last_day", "")],
)
def test_the_page_keeps_what_was_typed_wrong(actor: As, as_user: AsUser, field: str, typed: str) -> None:
    form = {**FORM, "user_id": str(actor("officer2").id), "substitute_id": "", field: typed}
    answer = as_user("officer2").post("/absences", data=form)
    assert answer.status_code == 400
    assert f'href="#f-{field}"' in answer.text
    assert 'value="Nghỉ phép"' in answer.text


def test_the_case_page_asks_beside_the_field_and_takes_the_tick(session: Session, actor: As, as_user: AsUser) -> None:
    boss, absent = actor("supervisor1"), actor("officer2")
    made = a_petition(actor("reception1"))
    send_away(absent, by=boss, substitute_id=actor("officer1").id)
    desk = as_user("supervisor1")
    page = desk.get(f"/petitions/{made.number}").text
    assert 'name="absent_ok"' not in page
    assert page.count("vắng đến hết 30/11/2026") == 1, "the list of those who may be given it says who is away"
    form = {"officer_id": str(absent.id), "reason": "Giao việc", "version": "1"}
    answer = desk.post(f"/petitions/{made.number}/assign", data=form)
    assert answer.status_code == 400
    assert "Bùi Thị Hai vắng mặt đến hết ngày 30/11/2026; Đỗ Văn Một làm thay." in answer.text
    assert 'name="absent_ok" value="1">' in answer.text
    assert "Giao việc</textarea>" in answer.text
    assert desk.post(f"/petitions/{made.number}/assign", data={**form, "absent_ok": "1"}).status_code == 302
    assert read(session, made.id).officer_id == absent.id


def test_many_rows_are_asked_for_row_by_row(session: Session, actor: As, as_user: AsUser) -> None:
    absent = actor("officer2")
    made = [a_petition(actor("reception1")) for _ in range(2)]
    send_away(absent, by=absent)
    form = {
        "row": [f"{petition.id}:1" for petition in made],
        "do": "assign",
        "officer": str(absent.id),
        "next": "/queues/unassigned",
    }
    answer = as_user("supervisor1").post("/petitions/bulk", data=form)
    assert answer.text.count("Bùi Thị Hai vắng mặt đến hết ngày 30/11/2026; chưa có người làm thay.") == 2
    as_user("supervisor1").post("/petitions/bulk", data={**form, "absent_ok": "1"})
    assert {read(session, petition.id).officer_id for petition in made} == {absent.id}


def test_the_page_of_a_user_asks_before_it_hands_over(session: Session, actor: As, as_user: AsUser) -> None:
    leaver, absent = actor("officer1"), actor("officer2")
    made = a_petition(actor("reception1"))
    do(assignment.take, made.id, by=leaver)
    send_away(absent, by=absent)
    admin, form = as_user("admin1"), {"successor": str(absent.id)}
    answer = admin.post(f"/users/{leaver.id}/disable", data=form)
    assert answer.status_code == 400
    assert 'name="absent_ok"' in answer.text
    assert admin.post(f"/users/{leaver.id}/disable", data={**form, "absent_ok": "1"}).status_code == 302
    assert read(session, made.id).officer_id == absent.id
