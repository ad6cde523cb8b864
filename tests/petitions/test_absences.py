"""Absences: recorded by rules, asked about before a case goes to somebody away, never chosen by the program."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor, Membership
from auth.models import Unit
from auth.permissions import Role
from auth.services import accounts
from core import audit
from core.audit import AuditEntry
from core.clock import FixedClock
from core.errors import IllegalTransition, InvalidInput, NotAllowed, NotVisible
from petitions.models import Absence, Petition
from petitions.queries.absences import away, roster_of
from petitions.services import assignment, closing
from petitions.services.absences import AbsenceInput, cancel_absence, record_absence
from petitions.services.sweep import sweep
from petitions.vocabulary import Trigger
from tests.people import UNIT_SOCIAL
from tests.petitions.given import FILED, SECRET, a_petition, do
from tests.petitions.test_sweep import LATE, alerts, go_to, watch

As = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]

pytestmark = pytest.mark.usefixtures("session")
TODAY = date(2026, 11, 24)
TO = date(2026, 11, 30)


def send_away(who: Actor, *, by: Actor, first: date | None = TODAY, last: date | None = TO, **more: Any) -> int:
    return do(record_absence, AbsenceInput(who.id, first, last, **more), by=by)


@pytest.fixture
def deputy(actor: As) -> Actor:
    do(accounts.create_user, username="supervisor2", full_name="Vũ Thị Phó", role=Role.SUPERVISOR, by=actor("admin1"))
    return actor("supervisor2")


def read(session: Session, petition_id: int) -> Petition:
    session.rollback()
    return session.get_one(Petition, petition_id, populate_existing=True)


def test_an_absence_says_who_until_when_and_who_stands_in(session: Session, actor: As) -> None:
    officer, colleague = actor("officer2"), actor("officer1")
    send_away(officer, by=officer, substitute_id=colleague.id, note=" Nghỉ phép  năm ")
    session.rollback()
    found = away(session, officer.id or 0, TODAY)
    assert found is not None
    assert (found.name, found.until, found.substitute) == ("Bùi Thị Hai", TO, "Đỗ Văn Một")
    assert away(session, officer.id or 0, TO) is not None
    assert away(session, officer.id or 0, TO + timedelta(days=1)) is None
    assert session.scalars(select(Absence.note)).one() == "Nghỉ phép năm"
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.subject, entry.actor) == ("absence.record", "user:officer2", "officer2")
    assert '"substitute":"officer1"' in entry.payload
    assert audit.verify(session, 1).first_bad_seq is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first": None}, "first_day"),
        ({"last": None}, "last_day"),
        ({"first": TODAY - timedelta(days=1)}, "first_day"),
        ({"last": TODAY - timedelta(days=1)}, "last_day"),
        ({"last": TODAY + timedelta(days=400)}, "last_day"),
        ({"substitute": "officer2"}, "substitute_id"),
        ({"substitute": "officer3"}, "substitute_id"),
        ({"substitute": "reception1"}, "substitute_id"),
        ({"substitute": "admin1"}, "substitute_id"),
        ({"note": "x" * 301}, "note"),
        ({"who": "reception1"}, "user_id"),
    ],
)
def test_an_absence_that_cannot_be_taken(actor: As, changes: dict[str, Any], field: str) -> None:
    given = dict(changes)
    who = actor(given.pop("who", "officer2"))
    if "substitute" in given:
        given["substitute_id"] = actor(given.pop("substitute")).id
    with pytest.raises(InvalidInput) as refused:
        send_away(who, by=actor("supervisor1"), **given)
    assert list(refused.value.errors) == [field]


def test_two_absences_of_one_person_do_not_overlap_and_substitutes_are_there(actor: As) -> None:
    one, other, boss = actor("officer1"), actor("officer2"), actor("supervisor1")
    absence = send_away(other, by=boss)
    for first, last in ((TO, TO), (TODAY, TODAY), (TODAY, TO + timedelta(days=9))):
        with pytest.raises(InvalidInput) as refused:
            send_away(other, by=boss, first=first, last=last)
        assert list(refused.value.errors) == ["first_day"]
    with pytest.raises(InvalidInput) as refused:
        send_away(one, by=boss, first=TO, last=TO + timedelta(days=1), substitute_id=other.id)
    assert list(refused.value.errors) == ["substitute_id"]
    send_away(other, by=boss, first=TO + timedelta(days=1), last=TO + timedelta(days=2))
    do(cancel_absence, absence, by=boss)
    send_away(other, by=boss)


def test_a_supervisor_is_stood_in_for_by_a_supervisor(actor: As, deputy: Actor) -> None:
    boss = actor("supervisor1")
    with pytest.raises(InvalidInput) as refused:
        send_away(boss, by=boss, substitute_id=actor("officer1").id)
    assert list(refused.value.errors) == ["substitute_id"]
    send_away(boss, by=boss, substitute_id=deputy.id)


@pytest.mark.parametrize(
    ("by", "who", "may"),
    [
        ("officer2", "officer2", True),
        ("officer2", "officer1", False),
        ("officer1", "officer2", True),
        ("officer1", "officer3", False),
        ("supervisor1", "officer4", True),
        ("reception1", "officer2", False),
        ("admin1", "officer2", False),
    ],
)
def test_who_records_whose_absence(actor: As, by: str, who: str, *, may: bool) -> None:
    if may:
        do(cancel_absence, send_away(actor(who), by=actor(by)), by=actor(by))
        return
    with pytest.raises(NotAllowed):
        send_away(actor(who), by=actor(by))
    absence = send_away(actor(who), by=actor("supervisor1"))
    with pytest.raises(NotAllowed):
        do(cancel_absence, absence, by=actor(by))


def test_what_is_over_cannot_be_struck(actor: As, clock: FixedClock) -> None:
    officer = actor("officer2")
    absence = send_away(officer, by=officer)
    do(cancel_absence, absence, by=officer)
    with pytest.raises(InvalidInput):
        do(cancel_absence, absence, by=officer)
    with pytest.raises(NotVisible):
        do(cancel_absence, absence + 1, by=officer)
    later = send_away(officer, by=officer)
    clock.advance(timedelta(days=7))
    with pytest.raises(InvalidInput):
        do(cancel_absence, later, by=officer)


def test_giving_a_case_to_somebody_who_is_away_asks_first(session: Session, actor: As) -> None:
    boss, absent, admin = actor("supervisor1"), actor("officer2"), actor("admin1")
    here = actor("officer1")
    new, held, escalated, closed = (a_petition(actor("reception1")) for _ in range(4))
    do(assignment.assign, held.id, by=boss, officer_id=here.id)
    do(
        assignment.escalate,
        escalated.id,
        by=boss,
        trigger=Trigger.OTHER,
        to_id=boss.id,
        reply_by=TO,
        reason="Khó",
    )
    do(closing.resolve, closed.id, FILED, by=boss)
    send_away(absent, by=boss, substitute_id=here.id)
    verbs: list[tuple[Callable[..., object], str]] = [
        (lambda **more: do(assignment.assign, new.id, by=boss, officer_id=absent.id, **more), "officer_id"),
        (
            lambda **more: do(assignment.assign, held.id, by=boss, officer_id=absent.id, reason="Chuyển", **more),
            "officer_id",
        ),
        (
            lambda **more: do(
                assignment.return_to_officer, escalated.id, by=boss, instruction="Làm", officer_id=absent.id, **more
            ),
            "officer_id",
        ),
        (
            lambda **more: do(
                closing.reopen, closed.id, by=boss, ground="court", reason="Án", officer_id=absent.id, **more
            ),
            "officer_id",
        ),
        (
            lambda **more: do(accounts.disable_user, user_id=here.id or 0, successor_id=absent.id, by=admin, **more),
            "successor",
        ),
    ]
    do(assignment.assign, new.id, by=boss, unit_id=absent.unit_ids[0])
    do(assignment.take, new.id, by=here)
    do(assignment.send_back, new.id, by=here, reason="Không phải")
    for verb, field in verbs[:4]:
        with pytest.raises(InvalidInput) as asked:
            verb()
        assert list(asked.value.errors) == [field, "absent_ok"]
        assert "Đỗ Văn Một" in str(asked.value.errors[field])
        verb(absent_ok=True)
    assert {read(session, made.id).officer_id for made in (new, held, escalated, closed)} == {absent.id}
    do(assignment.assign, new.id, by=boss, officer_id=here.id, reason="Lại")
    verb, field = verbs[4]
    with pytest.raises(InvalidInput) as asked:
        verb()
    assert list(asked.value.errors) == [field, "absent_ok"]
    assert verb(absent_ok=True) == 1


def test_nobody_is_asked_of_oneself_of_a_unit_or_of_whoever_is_back(actor: As, clock: FixedClock) -> None:
    head, officer = actor("officer1"), actor("officer2")
    one, two = (a_petition(actor("reception1")) for _ in range(2))
    for made in (one, two):
        do(assignment.assign, made.id, by=actor("supervisor1"), unit_id=head.unit_ids[0])
    for who in (head, officer):
        send_away(who, by=who)
    do(assignment.assign, one.id, by=head, officer_id=head.id, reason="Tôi làm")
    clock.advance(timedelta(days=7))
    do(assignment.assign, two.id, by=head, officer_id=officer.id, reason="Đã về")


def test_an_escalation_by_hand_to_somebody_who_is_away_asks_first(actor: As, deputy: Actor) -> None:
    boss, reception = actor("supervisor1"), actor("reception1")
    made = a_petition(reception)
    send_away(boss, by=boss, substitute_id=deputy.id)
    why: dict[str, Any] = {"trigger": Trigger.CROWD, "to_id": boss.id, "reply_by": TO, "reason": "Đông"}
    with pytest.raises(InvalidInput) as asked:
        do(assignment.escalate, made.id, by=reception, **why)
    assert list(asked.value.errors) == ["escalated_to", "absent_ok"]
    assert do(assignment.escalate, made.id, by=reception, absent_ok=True, **why).escalated_to_id == boss.id


def test_the_sweep_escalates_to_whoever_stands_in(
    session: Session, actor: As, clock: FixedClock, deputy: Actor
) -> None:
    boss, officer, head = actor("supervisor1"), actor("officer2"), actor("officer1")
    made = a_petition(actor("reception1"))
    do(assignment.take, made.id, by=officer)
    watch(session)
    go_to(clock, LATE)
    for who, substitute in ((boss, deputy), (officer, head)):
        send_away(who, by=boss, first=LATE, last=LATE, substitute_id=substitute.id)
    assert sweep().escalated == 1
    assert alerts(session, made.id) == [("soon", head.id), ("due", head.id), ("late", deputy.id)]
    assert read(session, made.id).escalated_to_id == deputy.id


def test_while_no_supervisor_is_there_a_late_case_waits_and_is_not_forgotten(
    session: Session, actor: As, clock: FixedClock
) -> None:
    boss = actor("supervisor1")
    made = a_petition(actor("reception1"))
    do(assignment.take, made.id, by=actor("officer2"))
    watch(session)
    go_to(clock, LATE)
    send_away(boss, by=boss, first=LATE, last=LATE + timedelta(days=1))
    for day in range(2):
        done = sweep()
        assert (done.looked_at, done.escalated, done.waiting) == (1, 0, 1), day
        assert sweep().looked_at == 0
        assert [level for level, _to in alerts(session, made.id)] == ["soon", "due"]
        clock.advance(timedelta(days=1))
    assert sweep().escalated == 1
    assert alerts(session, made.id)[-1] == ("late", boss.id)
    assert read(session, made.id).state == "escalated"


def test_the_next_case_is_of_the_own_team_and_of_those_one_stands_in_for(
    session: Session, actor: As, deputy: Actor
) -> None:
    boss, absent = actor("supervisor1"), actor("officer3")
    social = session.execute(select(Unit.id).where(Unit.name == UNIT_SOCIAL)).scalar_one()
    made = a_petition(actor("reception1"), SECRET)
    do(assignment.assign, made.id, by=boss, unit_id=social)
    assert do(assignment.take_next, by=actor("officer1")) is None
    assert do(assignment.take_next, by=deputy) is None
    send_away(absent, by=boss, substitute_id=deputy.id)
    taken = do(assignment.take_next, by=deputy)
    assert taken is not None
    assert (taken.id, taken.unit_id, taken.officer_id) == (made.id, social, deputy.id)
    # What came in and belongs to no unit stays with whoever takes it.
    other = a_petition(actor("reception1"))
    taken = do(assignment.take_next, by=deputy)
    assert taken is not None
    assert (taken.id, taken.unit_id) == (other.id, None)


def test_somebody_who_is_away_is_given_no_next_case(actor: As, as_user: AsUser) -> None:
    officer = actor("officer2")
    a_petition(actor("reception1"))
    absence = send_away(officer, by=officer)
    with pytest.raises(IllegalTransition):
        do(assignment.take_next, by=officer)
    answer = as_user("officer2").post("/queues/next")
    assert answer.status_code == 409
    assert "30/11/2026" in answer.text
    do(cancel_absence, absence, by=officer)
    assert do(assignment.take_next, by=officer) is not None


def test_the_roster_of_a_day(session: Session, actor: As, deputy: Actor) -> None:
    boss, officer, head = actor("supervisor1"), actor("officer2"), actor("officer1")
    social = actor("officer3").unit_ids[0]
    do(
        accounts.update_user,
        user_id=head.id or 0,
        full_name=head.full_name,
        role=Role.OFFICER,
        units=[Membership(head.unit_ids[0], is_head=True), Membership(social, is_head=False)],
        by=actor("admin1"),
    )
    send_away(officer, by=boss, substitute_id=head.id)
    gone = actor("officer4").id or 0
    do(accounts.disable_user, user_id=gone, by=actor("admin1"))
    session.rollback()
    roster = roster_of(session, 1, TODAY)
    found = roster.of(head.id)
    assert found is not None
    assert set(found.unit_ids) == {head.unit_ids[0], social}
    assert set(found.head_of) == {head.unit_ids[0]}
    absent = roster.of(officer.id)
    assert absent is not None
    assert (absent.absent_until, absent.substitute_id) == (TO, head.id)
    assert roster.of(gone) is None
    bosses = [roster.of(user_id) for user_id in (boss.id, deputy.id)]
    assert [person and (person.distributes, person.sees_all) for person in bosses] == [(True, True)] * 2
