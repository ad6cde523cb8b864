"""Steps through the case page: what was typed comes back, who was first is told, nothing is done twice."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.clock import FixedClock
from petitions.models import Petition, PetitionEvent, Reminder
from petitions.services import assignment, office
from petitions.services.ledger import MAX_STATEMENT
from petitions.workflow import UNDO_WINDOW, Action
from tests.petitions.given import SECRET, a_petition, do
from tests.petitions.test_main_job import act

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

DOCUMENT = {"decision_number": "12/QĐ", "decision_on": "24/11/2026", "decision_signer": "Phan Văn Lãnh"}


@pytest.fixture
def number(session: Session, actor: ActorOf) -> str:
    """A complaint that officer1 works on."""
    made = a_petition(actor("reception1"))
    do(assignment.take, made.id, by=actor("officer1"))
    return made.number


def the_case(session: Session) -> Petition:
    session.rollback()
    return session.scalars(select(Petition).execution_options(populate_existing=True)).one()


def events(session: Session) -> list[str]:
    return list(session.scalars(select(PetitionEvent.action).order_by(PetitionEvent.id)))


WRONG = [
    ("escalate", {"trigger": "no-such", "escalated_to": "6", "reply_by": "30/11/2026", "reason": "Lý do đã gõ"}),
    ("escalate", {"trigger": "complex", "escalated_to": "abc", "reply_by": "30/11/2026", "reason": "Lý do đã gõ"}),
    ("escalate", {"trigger": "complex", "escalated_to": "9" * 15, "reply_by": "30/11/2026", "reason": "Lý do đã gõ"}),
    ("escalate", {"trigger": "complex", "escalated_to": "6", "reply_by": "31/02/2026", "reason": "Lý do đã gõ"}),
    ("escalate", {"trigger": "complex", "escalated_to": "6", "reply_by": "23/11/2026", "reason": "Lý do đã gõ"}),
    ("escalate", {"reason": "Lý do đã gõ"}),
    ("send-back", {"reason": " \u200b\n "}),
    ("send-back", {"reason": "x" * (MAX_STATEMENT + 1)}),
    ("send-back", {}),
    ("resolve", {**DOCUMENT, "disposition": "entered-in-error", "resolution_note": "Lý do đã gõ"}),
    ("resolve", {**DOCUMENT, "disposition": "unknown-imported", "resolution_note": "Lý do đã gõ"}),
    ("resolve", {**DOCUMENT, "disposition": "\x00", "resolution_note": "Lý do đã gõ"}),
    ("resolve", {**DOCUMENT, "disposition": "decided", "decision_on": "25/11/2026", "resolution_note": "Lý do đã gõ"}),
    ("resolve", {**DOCUMENT, "disposition": "decided", "decision_on": "2026-11-31", "resolution_note": "Lý do đã gõ"}),
    ("resolve", {**DOCUMENT, "disposition": "decided", "decision_number": "9" * 81, "resolution_note": "Lý do đã gõ"}),
    ("resolve", {"disposition": "joined", "leading_number": "không có", "resolution_note": "Lý do đã gõ"}),
    ("notes", {"text": ""}),
    ("notes", {"text": "x" * 20_001}),
    ("reminders", {"remind_on": "31/02/2026", "remind_text": "Lý do đã gõ"}),
    ("reminders", {"remind_on": "23/11/2026", "remind_text": "Lý do đã gõ"}),
    ("reminders", {"remind_on": "30/11/2026", "remind_text": ""}),
    ("flag-complex", {"reason": ""}),
    ("flag-prominent", {"reason": "x" * 1001}),
]


@pytest.mark.parametrize(("action", "form"), WRONG)
def test_wrong_input_comes_back_with_what_was_typed_and_changes_nothing(
    session: Session, as_user: AsUser, number: str, action: str, form: dict[str, str]
) -> None:
    answer = as_user("officer1").post(f"/petitions/{number}/{action}", data={"version": "2", **form})
    assert answer.status_code == 400
    assert ("Lý do đã gõ" in answer.text) == ("Lý do đã gõ" in form.values())
    assert the_case(session).version == 2
    assert events(session) == ["receive", "take"]


def test_a_mark_that_is_there_already_is_told_with_what_was_typed(
    session: Session, as_user: AsUser, number: str
) -> None:
    officer = as_user("officer1")
    assert officer.post(f"/petitions/{number}/flag-complex", data={"version": "2", "reason": "Một"}).status_code == 302
    for action in ("flag-complex", "unflag-prominent"):
        answer = officer.post(f"/petitions/{number}/{action}", data={"version": "3", "reason": "Lý do đã gõ"})
        assert answer.status_code == 409
        assert "Lý do đã gõ" in answer.text
    assert events(session) == ["receive", "take", "flag"]


def test_each_action_of_the_table_has_a_step_and_others_do_not_exist(as_user: AsUser, number: str) -> None:
    officer = as_user("officer1")
    for action in set(Action) - {Action.RECEIVE}:
        assert officer.post(f"/petitions/{number}/{action}", data={"version": "1"}).status_code != 404
    for other in ("receive", "explode", "Take", "..%2ftake", "%00"):
        assert officer.post(f"/petitions/{number}/{other}", data={"version": "2"}).status_code == 404
    assert officer.get(f"/petitions/{number}/take").status_code == 405


@pytest.mark.parametrize("name", ["reception1", "officer2", "officer3", "admin1"])
def test_who_may_not_is_refused(session: Session, as_user: AsUser, number: str, name: str) -> None:
    answer = as_user(name).post(
        f"/petitions/{number}/resolve", data={"version": "2", "disposition": "decided", **DOCUMENT}
    )
    assert answer.status_code == 403
    assert the_case(session).state == "assigned"


def test_the_day_on_which_a_case_was_resolved_is_nobodys_to_choose(
    session: Session, as_user: AsUser, number: str, clock: FixedClock
) -> None:
    """A day typed into the request would hide that it was late."""
    clock.advance(timedelta(days=30))
    officer = as_user("officer1")
    assert act(officer, number, "resolve", disposition="decided", resolved_on="24/11/2026", **DOCUMENT) == 302
    assert the_case(session).resolved_on == clock.now().date()


def test_a_button_pressed_twice_is_one_step(session: Session, as_user: AsUser, number: str, clock: FixedClock) -> None:
    officer = as_user("officer1")
    for _ in range(2):
        answer = officer.post(f"/petitions/{number}/send-back", data={"version": "2", "reason": "Không thuộc"})
        assert answer.status_code == 302
    for _ in range(2):
        assert officer.post(f"/petitions/{number}/notes", data={"text": "Đã gọi"}).status_code == 302
    assert events(session) == ["receive", "take", "send-back", "note"]
    clock.advance(timedelta(minutes=1))
    assert officer.post(f"/petitions/{number}/notes", data={"text": "Đã gọi"}).status_code == 302
    assert officer.post(f"/petitions/{number}/send-back", data={"version": "2", "reason": "x"}).status_code == 409
    assert events(session)[-2:] == ["note", "note"]


def test_a_denunciation_sent_away_leads_to_the_own_queue(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    made = a_petition(actor("reception1"), SECRET)
    do(assignment.assign, made.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    officer = as_user("officer1")
    answer = officer.post(f"/petitions/{made.number}/send-back", data={"version": "2", "reason": "Không thuộc"})
    assert (answer.status_code, answer.location) == (302, "/queues/mine")
    assert officer.get(f"/petitions/{made.number}").status_code == 404


def test_what_was_typed_about_a_case_that_moved_out_of_sight_is_kept(
    session: Session, actor: ActorOf, as_user: AsUser
) -> None:
    made, boss = a_petition(actor("reception1"), SECRET), actor("supervisor1")
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer1").id)
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer3").id, reason="Đúng bộ phận")
    officer = as_user("officer1")
    answer = officer.post(f"/petitions/{made.number}/notes", data={"text": "Lời dài đã gõ <b>"})
    assert answer.status_code == 404
    assert "Lời dài đã gõ &lt;b&gt;" in answer.text
    nowhere = officer.post("/petitions/PTN-2026-999999-0/notes", data={"text": "Lời dài đã gõ <b>"})
    # The page is the same for a number that nobody has, so that it does not tell which exist.
    strip = re.compile(r'name="csrf[_-]token" (?:value|content)="[^"]*"|/petitions/[A-Z0-9-]*')
    assert strip.sub("", nowhere.text) == strip.sub("", answer.text)


def test_who_was_second_is_told_who_was_first_and_may_do_it_now(as_user: AsUser, number: str) -> None:
    boss = as_user("supervisor1")
    assert act(as_user("officer1"), number, "notes", text="Đã gọi điện") == 302
    answer = boss.post(f"/petitions/{number}/void", data={"version": "2", "reason": "Lý do đã gõ"})
    assert answer.status_code == 409
    assert "Đỗ Văn Một" in answer.text
    assert "Lý do đã gõ" in answer.text
    version = re.search(r'name="version" value="(\d+)"', answer.text)
    assert version is not None
    again = boss.post(f"/petitions/{number}/void", data={"version": version.group(1), "reason": "Lý do đã gõ"})
    assert again.status_code == 302


def test_what_is_no_longer_possible_is_said_with_what_was_typed(as_user: AsUser, number: str) -> None:
    officer = as_user("officer1")
    assert act(officer, number, "resolve", disposition="decided", **DOCUMENT) == 302
    answer = officer.post(f"/petitions/{number}/send-back", data={"version": "3", "reason": "Lý do đã gõ"})
    assert answer.status_code == 409
    assert "Lý do đã gõ" in answer.text


def test_text_is_normalised_and_shown_as_text(session: Session, as_user: AsUser, number: str) -> None:
    nasty = "Khie\u0302\u0301u na\u0323i\x00\x1b[31m <script>alert(1)</script> 🙂 \u202etxt"
    assert act(as_user("officer2"), number, "notes", text=nasty) == 302
    note = session.scalars(select(PetitionEvent.reason).where(PetitionEvent.action == "note")).one()
    assert note == "Khiếu nại[31m <script>alert(1)</script> 🙂 txt"
    page = as_user("officer1").get(f"/petitions/{number}").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 🙂" in page


def test_the_page_offers_what_the_table_allows(actor: ActorOf, as_user: AsUser, number: str) -> None:
    offered = {
        "reception1": {"escalate", "void"},
        "officer1": {"reassign", "send-back", "escalate", "resolve"},
        "officer2": {"escalate"},
        "officer3": {"escalate"},
        "supervisor1": {"reassign", "send-back", "escalate", "resolve", "void"},
    }
    marks = {"flag-complex", "flag-prominent", "conflict", "notes", "attachments", "reminders", "papers", "undo"}
    for name, actions in offered.items():
        page = as_user(name).get(f"/petitions/{number}").text
        found = set(re.findall(rf'action="/petitions/{number}/([a-z-]+)"', page)) - marks
        assert found == actions, name


def test_an_officer_proposes_and_a_supervisor_confirms(
    session: Session, actor: ActorOf, as_user: AsUser, number: str
) -> None:
    do(office.require_confirmation, required=True, by=actor("supervisor1"))
    officer, boss = as_user("officer1"), as_user("supervisor1")
    assert act(officer, number, "resolve", disposition="decided", **DOCUMENT) == 409
    assert act(officer, number, "propose", disposition="decided", **DOCUMENT) == 302
    assert number in boss.get("/queues/confirmation").text
    assert act(officer, number, "confirm") in (403, 409)
    assert act(boss, number, "confirm") == 302
    assert the_case(session).state == "resolved"


def test_a_reminder_is_its_owners_alone(session: Session, as_user: AsUser, number: str) -> None:
    officer, other = as_user("officer1"), as_user("officer2")
    assert act(officer, number, "reminders", remind_on="25/11/2026", remind_text="Gọi lại cho ông A") == 302
    reminder = session.scalars(select(Reminder)).one()
    assert "Gọi lại cho ông A" in officer.get("/").text
    for page in (f"/petitions/{number}", "/"):
        assert "Gọi lại cho ông A" not in other.get(page).text
    for reminder_id in (reminder.id, 999, 10**30):
        assert other.post(f"/reminders/{reminder_id}/done").status_code == 404
    assert officer.post(f"/reminders/{reminder.id}/done", headers={"Referer": "https://evil.example/"}).location == "/"
    session.rollback()
    assert session.execute(select(func.count()).where(Reminder.done_at.is_not(None))).scalar_one() == 1
    assert "Gọi lại cho ông A" not in officer.get("/").text


def test_numbers_of_petitions_are_taken_as_people_type_them(as_user: AsUser, number: str) -> None:
    officer = as_user("officer1")
    compact = number.replace("-", "").lower()
    assert officer.get(f"/petitions/{compact}").location == f"/petitions/{number}"
    wrong = number[:-1] + ("A" if number[-1] != "A" else "B")
    for typed in (wrong, "x", "%00", "1" * 500, number + "x", "🙂", "%C0%AF", number[:-3]):
        assert officer.get(f"/petitions/{typed}").status_code == 404


def test_undo_is_offered_for_ten_minutes(as_user: AsUser, number: str, clock: FixedClock) -> None:
    officer = as_user("officer1")
    assert f"/petitions/{number}/undo" in officer.get(f"/petitions/{number}").text
    assert f"/petitions/{number}/undo" not in as_user("supervisor1").get(f"/petitions/{number}").text
    clock.advance(timedelta(minutes=11))
    assert f"/petitions/{number}/undo" not in officer.get(f"/petitions/{number}").text
    assert timedelta(minutes=10) == UNDO_WINDOW
