"""What the sweep told: read at home by whoever was told, and in the history of the case."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from auth.actor import Actor, operating_system_actor
from core.clock import FixedClock
from core.database import unit_of_work
from petitions.deadlines import LegalEvent
from petitions.models import PetitionClock
from petitions.queries.alerts import ALERTS_SHOWN, alerts_for
from petitions.queries.desk import changed_since
from petitions.services import assignment, legal_events
from petitions.services.legal_events import LegalInput
from petitions.services.sweep import sweep
from tests.petitions.given import SECRET, a_petition, do
from tests.petitions.test_sweep import LATE, SOON, a_watched, alerts, change_clock, go_to, watch

As = Callable[[str], Actor]


def test_who_was_told_reads_it_at_home_until_it_was_seen(
    session: Session, actor: As, clock: FixedClock, as_user: Callable[[str], FlaskClient]
) -> None:
    made = a_watched(actor("reception1"), session)
    do(assignment.take, made.id, by=actor("officer2"))
    go_to(clock, SOON)
    sweep()
    mine, others = as_user("officer2"), as_user("officer4")
    home = mine.get("/").text
    told = home[home.index("alerts-title") :]
    assert made.number in told
    assert "03/12/2026" in told
    assert "alerts-title" not in others.get("/").text
    history = others.get(f"/petitions/{made.number}").text
    assert "Đã nhắc Bùi Thị Hai" in history
    until = re.search(r'action="/looked".*?name="until" value="([^"]+)"', home)
    assert until is not None
    assert mine.post("/looked", data={"until": until[1]}).status_code == 302
    assert "alerts-title" not in mine.get("/").text


def test_an_alert_is_gone_from_home_when_its_limit_is_done_or_moved(
    session: Session, actor: As, clock: FixedClock
) -> None:
    officer = actor("officer2")
    one, two, three = (a_petition(actor("reception1")) for _ in range(3))
    for made in (one, two, three):
        do(assignment.take, made.id, by=officer)
    watch(session)
    go_to(clock, LATE)
    sweep()
    assert {row.number for row in alerts_for(session, officer, None).rows} == {one.number, two.number, three.number}
    assert [row.level for row in alerts_for(session, officer, None).rows] == ["soon"] * 3
    change_clock(one.id, stopped_on=LATE)
    change_clock(two.id, due_on=date(2027, 1, 15))
    assert [row.number for row in alerts_for(session, officer, None).rows] == [three.number]
    assert alerts_for(session, operating_system_actor(1), None).rows == ()
    assert alerts_for(session, officer, clock.now()).rows == []


def test_an_alert_of_a_secret_case_that_left_the_unit_is_not_shown(
    session: Session, actor: As, clock: FixedClock
) -> None:
    officer, boss = actor("officer2"), actor("supervisor1")
    made = a_watched(actor("reception1"), session, SECRET)
    do(assignment.assign, made.id, by=boss, officer_id=officer.id)
    go_to(clock, SOON)
    sweep()
    assert [row.number for row in alerts_for(session, officer, None).rows] == [made.number]
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer3").id, reason="Chuyển bộ phận")
    assert alerts_for(session, officer, None).rows == []


def test_what_the_sweep_put_before_somebody_is_told_once(
    session: Session, actor: As, clock: FixedClock, as_user: Callable[[str], FlaskClient]
) -> None:
    made = a_watched(actor("reception1"), session)
    do(assignment.take, made.id, by=actor("officer2"))
    go_to(clock, LATE)
    sweep()

    def told_as_a_change(name: str) -> bool:
        return "escalate" in [row.action for row in changed_since(session, actor(name), None).rows]

    # The supervisor reads it among the alerts; the officer, whose case it is, among what others did.
    assert (told_as_a_change("supervisor1"), told_as_a_change("officer2")) == (False, True)
    home = as_user("supervisor1").get("/").text
    assert made.number in home[home.index("alerts-title") :]


def test_a_warning_that_came_too_late_is_worded_by_the_day_on_which_it_came(
    session: Session, actor: As, clock: FixedClock, as_user: Callable[[str], FlaskClient]
) -> None:
    made = a_watched(actor("reception1"), session)
    do(assignment.take, made.id, by=actor("officer2"))
    go_to(clock, LATE)
    sweep()
    home = as_user("officer2").get("/").text
    told = home[home.index("alerts-title") : home.index("top-title")]
    assert "Quá hạn" in told
    assert "Sắp đến hạn" not in told
    history = as_user("officer2").get(f"/petitions/{made.number}").text
    # Nobody leads the land unit besides officer1, who was told of the last day; the supervisor of the lateness.
    assert history.count("đã hết ngày 03/12/2026, đơn quá hạn") == 3
    mine = a_watched(actor("reception1"), session)
    do(assignment.take, mine.id, by=actor("officer1"))
    sweep()
    assert [level for level, _to in alerts(session, mine.id)] == ["soon", "due", "late"]
    history = as_user("officer1").get(f"/petitions/{mine.number}").text
    assert history.count("đã hết ngày 03/12/2026, đơn quá hạn") == 2, "said once to whoever was told twice at once"
    assert "hết trong hôm nay" not in history


def test_home_shows_some_and_says_that_there_is_more(session: Session, actor: As, clock: FixedClock) -> None:
    officer = actor("officer2")
    for _ in range(ALERTS_SHOWN + 1):
        do(assignment.take, a_petition(actor("reception1")).id, by=officer)
    watch(session)
    go_to(clock, SOON)
    sweep()
    found = alerts_for(session, officer, None)
    assert (len(found.rows), found.more) == (ALERTS_SHOWN, True)


def test_the_end_of_a_limit_of_others_makes_nobody_late(
    session: Session, actor: As, clock: FixedClock, as_user: Callable[[str], FlaskClient]
) -> None:
    officer = actor("officer2")
    made = a_petition(actor("reception1"))
    do(assignment.take, made.id, by=officer)
    do(legal_events.record, made.id, LegalInput(LegalEvent.EVIDENCE_ASKED, date(2026, 11, 24)), by=officer)
    evidence = "complaint-evidence-supply"
    with unit_of_work() as work:
        others = update(PetitionClock).where(PetitionClock.rule_id != evidence)
        work.execute(others.values(next_alert_on=None))
    go_to(clock, date(2026, 12, 1))
    done = sweep()
    assert (sum(done.told.values()), done.escalated) == (1, 0)
    assert "alerts-title" in as_user("officer2").get("/").text
    clock.advance(timedelta(days=1))
    assert sweep().looked_at == 0
    assert "alerts-title" not in as_user("officer2").get("/").text
    history = as_user("officer2").get(f"/petitions/{made.number}").text
    assert "Đã nhắc Bùi Thị Hai" in history
    assert "đơn quá hạn" not in history
