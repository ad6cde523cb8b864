"""The list of what came in on one day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.clock import FixedClock
from core.database import unit_of_work
from core.settings import OFFICE_ZONE
from petitions.models import ImportRun, Petition
from petitions.queries.day_list import day_list
from petitions.services.closing import void
from tests.petitions.given import SECRET, a_petition, a_secret_visit, a_visit

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

TODAY = date(2026, 11, 24)


def test_the_day_is_the_offices_day(actor: ActorOf, session: Session, clock: FixedClock) -> None:
    by = actor("reception1")
    numbers = []
    for moment in (
        datetime(2026, 11, 24, 0, 0, tzinfo=OFFICE_ZONE),
        datetime(2026, 11, 24, 23, 59, 59, 999_999, tzinfo=OFFICE_ZONE),
        datetime(2026, 11, 25, 0, 0, tzinfo=OFFICE_ZONE),
    ):
        clock.advance(moment - clock.now())
        numbers.append(a_petition(by).number)
    assert [row.number for row in day_list(session, by, TODAY).petitions] == numbers[:2]
    assert [row.number for row in day_list(session, by, TODAY + timedelta(days=1)).petitions] == numbers[2:]
    assert day_list(session, by, TODAY - timedelta(days=1)).petition_count == 0


def test_what_was_entered_stands_on_the_list(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    number = a_petition(by).number
    secret = a_petition(by, SECRET).number
    a_visit(by, visited_on=TODAY, content="Hỏi thủ tục")
    a_visit(by, visited_on=date(2026, 11, 23), content="Của hôm qua")
    page = as_user("reception1").get("/petitions/day").text
    for text in (number, secret, "Nguyễn Thị Mẫu", "Ngô Thị Tiếp", "09:00", "Hỏi thủ tục", "24/11/2026"):
        assert text in page
    assert "Của hôm qua" not in page
    assert "Của hôm qua" in as_user("reception1").get("/petitions/day?on=23/11/2026").text


def test_a_struck_row_shows_its_reason_and_is_counted_apart(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    a_petition(by)
    wrong = a_petition(by)
    with unit_of_work() as work:
        void(work, wrong.id, by=by, reason="Nhập nhầm người gửi")
    page = as_user("reception1").get("/petitions/day").text
    assert page.count('class="struck"') == 1
    assert "Nhập nhầm người gửi" in page
    found = day_list(session, by, TODAY)
    assert (found.petition_count, found.struck_count, found.visit_count) == (2, 1, 0)


def test_secret_rows_are_shown_to_those_who_may_see_them(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    number = a_petition(by, SECRET).number
    a_secret_visit(by, visited_on=TODAY, content="Tóm tắt lời tố cáo")
    for name, sees in (("reception1", True), ("officer1", False)):
        page = as_user(name).get("/petitions/day").text
        assert (number in page) is sees
        assert ("Tóm tắt lời tố cáo" in page) is sees
    assert day_list(session, actor("officer1"), TODAY).petition_count == 0
    assert as_user("admin1").get("/petitions/day").status_code == 403


def test_imported_petitions_are_no_work_of_the_day(actor: ActorOf, session: Session, clock: FixedClock) -> None:
    by = actor("reception1")
    a_petition(by)
    with unit_of_work() as work:
        run = ImportRun(office_id=by.office_id, requested_at=clock.now(), file_name="a.csv", file_hash="0")
        work.add(run)
        work.flush()
        work.execute(update(Petition).values(import_run_id=run.id))
    assert day_list(session, by, TODAY).petition_count == 0


def test_other_days(as_user: AsUser) -> None:
    reception = as_user("reception1")
    page = reception.get("/petitions/day?on=23/11/2026").text
    assert "/petitions/day?on=22/11/2026" in page
    assert "/petitions/day?on=24/11/2026" in page
    assert "/petitions/day?on=25/11/2026" not in reception.get("/petitions/day").text
    assert reception.get("/petitions/day?on=01/01/0001").status_code == 200
    for wrong in ("31/02/2026", "25/11/2026", "hôm qua"):
        answer = reception.get(f"/petitions/day?on={wrong}")
        assert answer.status_code == 400
        assert 'href="#f-on"' in answer.text
