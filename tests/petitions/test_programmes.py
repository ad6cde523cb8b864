"""Programmes against the backlog: set up and ended by a supervisor; every figure what a plain recount finds."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.audit import AuditEntry
from core.clock import FixedClock
from core.errors import IllegalTransition, InvalidInput, NotAllowed, NotVisible
from petitions.models import MatterField, Petition, PetitionEvent, Programme
from petitions.next_steps import Standing, next_step
from petitions.queries import programmes as queries
from petitions.queries.visibility import visible_to
from petitions.services import assignment, closing, programmes
from petitions.services.closing import Resolution
from petitions.services.desk import remind
from petitions.services.programmes import ProgrammeInput
from petitions.vocabulary import Disposition
from petitions.workflow import State
from tests.petitions.given import FILED, PLAIN, SECRET, a_petition, do, joined_to

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]

CUT_OFF, START, TARGET = date(2026, 10, 31), date(2026, 11, 2), date(2026, 12, 31)
GIVEN = ProgrammeInput("Giải quyết đơn tồn", CUT_OFF, START, TARGET, "Kế hoạch 12")


def set_up(boss: Actor, **changes: object) -> int:
    values = {"name": GIVEN.name, "cut_off_on": CUT_OFF, "starts_on": START, "target_on": TARGET, "note": GIVEN.note}
    return do(programmes.create, ProgrammeInput(**(values | changes)), by=boss)  # type: ignore[arg-type]


def test_a_supervisor_sets_a_programme_up_and_ends_it(session: Session, actor: ActorOf) -> None:
    boss = actor("supervisor1")
    made = set_up(boss)
    found = queries.get_programme(session, made, boss)
    assert (found.name, found.cut_off_on, found.starts_on, found.target_on) == (GIVEN.name, CUT_OFF, START, TARGET)
    assert (found.made_by, found.ended_at) == (boss.id, None)
    do(programmes.end, made, by=boss)
    session.rollback()
    assert queries.get_programme(session, made, boss).ended_at is not None
    with pytest.raises(IllegalTransition):
        do(programmes.end, made, by=boss)
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"programme:{made}"))
    assert list(actions) == ["programme.create", "programme.end"]


def test_nobody_else_does(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    made = set_up(actor("supervisor1"))
    for name in ("officer1", "reception1", "admin1"):
        with pytest.raises(NotAllowed):
            set_up(actor(name))
        with pytest.raises(NotAllowed):
            do(programmes.end, made, by=actor(name))
        assert as_user(name).post("/programmes", data={}).status_code == 403
        assert as_user(name).post(f"/programmes/{made}/end").status_code == 403
    with pytest.raises(NotVisible):
        do(programmes.end, made + 1, by=actor("supervisor1"))
    assert as_user("supervisor1").get(f"/programmes/{made + 1}").status_code == 404


FAULTS = [
    ({"name": " "}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"note": "x" * 5001}, "note"),
    ({"cut_off_on": None}, "cut_off_on"),
    ({"starts_on": None}, "starts_on"),
    ({"target_on": None}, "target_on"),
    ({"cut_off_on": date(1900, 1, 1)}, "cut_off_on"),
    ({"cut_off_on": START + timedelta(days=1)}, "cut_off_on"),
    ({"target_on": START}, "target_on"),
    ({"target_on": date(2046, 1, 1)}, "target_on"),
]


@pytest.mark.parametrize(("changes", "field"), FAULTS)
def test_what_does_not_fit_is_said_beside_its_field(
    actor: ActorOf, session: Session, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        set_up(actor("supervisor1"), **changes)
    assert list(refused.value.errors) == [field]
    assert session.scalars(select(Programme.id)).all() == []


def test_two_running_programmes_have_two_names(actor: ActorOf, session: Session) -> None:
    boss = actor("supervisor1")
    made = set_up(boss)
    with pytest.raises(InvalidInput):
        set_up(boss, name=GIVEN.name.upper())
    do(programmes.end, made, by=boss)
    assert set_up(boss) != made


def test_the_form_gives_back_what_was_typed(as_user: AsUser) -> None:
    client = as_user("supervisor1")
    typed = {
        "name": "Đợt <một>",
        "cut_off_on": "31/02/2026",
        "starts_on": "01/12/2026",
        "target_on": "",
        "note": "Ghi chú",
    }
    answer = client.post("/programmes", data=typed)
    assert answer.status_code == 400
    for text in (
        "Đợt &lt;một&gt;",
        "31/02/2026",
        "01/12/2026",
        "Ghi chú",
        'href="#f-cut_off_on"',
        'href="#f-target_on"',
    ):
        assert text in answer.text, text
    typed |= {"cut_off_on": "30/11/2026", "target_on": "31/12/2026"}
    assert client.post("/programmes", data=typed).status_code == 302
    assert "Đợt &lt;một&gt;" in client.get("/programmes").text


@pytest.fixture
def backlog(session: Session, actor: ActorOf, clock: FixedClock) -> Session:
    """Three weeks of an office: petitions old and new, settled, reopened, joined, struck, taken back."""
    chance = random.Random(3)  # noqa: S311 - cases by chance, the same each time
    reception, boss = actor("reception1"), actor("supervisor1")
    officers = [actor(f"officer{number}") for number in (1, 2, 3, 4)]
    fields = [None, *session.scalars(select(MatterField.id).order_by(MatterField.id).limit(2))]
    clock.advance(timedelta(days=-30))
    made, numbers = [], {}
    for number in range(36):
        received = date(2026, 10, 24) - timedelta(days=chance.randrange(100))
        got = a_petition(
            reception,
            SECRET if number % 6 == 0 else PLAIN,
            received_on=received,
            field_id=fields[number % 3],
            complex_reason="Nhiều nơi" if number % 5 == 0 else None,
        )
        made.append(got.id)
        numbers[got.id] = got.number
        if number % 4:
            do(assignment.assign, got.id, by=boss, officer_id=officers[number % 4].id)
    # Closed before the programme begins; some of these come back after its start.
    early = made[:8]
    for petition_id in early:
        do(closing.resolve, petition_id, FILED, by=boss)
    for day in range(30):
        clock.advance(timedelta(days=1))
        if day == 12:
            for petition_id in early[:3]:
                do(
                    closing.reopen,
                    petition_id,
                    by=boss,
                    ground="court",
                    reason="Theo bản án",
                    officer_id=officers[0].id,
                )
        for petition_id in chance.sample(made[8:], 3):
            turn(session, petition_id, boss, chance, officers[1])
        if day % 6 == 0:
            a_petition(reception, received_on=clock.now().date() - timedelta(days=2))
    plain = [petition_id for petition_id in made if state_of(session, petition_id) == "assigned"]
    sealed = {row.id: row.sealed for row in session.execute(select(Petition.id, Petition.sealed))}
    leading, follower = [petition_id for petition_id in plain if not sealed[petition_id]][:2]
    do(closing.resolve, follower, joined_to(numbers[leading]), by=boss)
    session.rollback()
    return session


def state_of(session: Session, petition_id: int) -> str:
    session.rollback()
    return session.execute(select(Petition.state).where(Petition.id == petition_id)).scalar_one()


def turn(session: Session, petition_id: int, boss: Actor, chance: random.Random, officer: Actor) -> None:
    """Something happens to a petition."""
    if state_of(session, petition_id) != "resolved":
        what = chance.randrange(5)
        if what == 0:
            do(closing.void, petition_id, by=boss, reason="Nhập nhầm")
            do(closing.undo, petition_id, by=boss)
        elif what == 1:
            do(closing.resolve, petition_id, FILED, by=boss)
            do(closing.undo, petition_id, by=boss)
        elif what == 2 and chance.random() < 0.3:
            do(closing.void, petition_id, by=boss, reason="Nhập nhầm")
        else:
            do(closing.resolve, petition_id, FILED, by=boss)
        return
    disposition = session.execute(select(Petition.disposition).where(Petition.id == petition_id)).scalar_one()
    if disposition != Disposition.ENTERED_IN_ERROR and chance.random() < 0.4:
        do(closing.reopen, petition_id, by=boss, ground="own-error", reason="Sót việc", officer_id=officer.id)
        if chance.random() < 0.3:
            do(closing.undo, petition_id, by=boss)


def open_days(session: Session, petition: Petition, until: date) -> list[bool]:
    """Whether the petition was open at the end of each day from the eve of the start, read off its acts alone."""
    events = session.scalars(
        select(PetitionEvent).where(PetitionEvent.petition_id == petition.id).order_by(PetitionEvent.id)
    ).all()
    found = []
    day = START - timedelta(days=1)
    while day <= until:
        state = "received"
        for event in events:
            if event.occurred_on <= day and event.to_state:
                state = event.to_state
        found.append(state != "resolved")
        day += timedelta(days=1)
    return found


@pytest.mark.parametrize("name", ["supervisor1", "officer1", "officer3"])
def test_the_figures_are_what_a_plain_recount_finds(backlog: Session, actor: ActorOf, name: str) -> None:
    who = actor(name)
    programme = queries.get_programme(backlog, set_up(actor("supervisor1")), who)
    today = date(2026, 11, 24)
    old = [
        petition
        for petition in backlog.scalars(select(Petition).where(visible_to(who)))
        if petition.received_on <= CUT_OFF and petition.disposition != Disposition.ENTERED_IN_ERROR
    ]
    members = [
        petition
        for petition in old
        if petition.state != "resolved" or (petition.resolved_on is not None and petition.resolved_on >= START)
    ]
    parts = queries.parts_of(backlog, programme, who)
    left = Counter((row.unit_id or 0, row.field_id or 0) for row in members if row.state != "resolved")
    settled = Counter((row.unit_id or 0, row.field_id or 0) for row in members if row.state == "resolved")
    assert {(part.unit_id, part.field_id): part.left for part in parts if part.left} == left
    assert {(part.unit_id, part.field_id): part.settled for part in parts if part.settled} == settled

    course = queries.course_of(backlog, programme, who)
    days = [open_days(backlog, petition, today) for petition in members]
    assert course.at_start == sum(history[0] for history in days)
    for offset in range((today - START).days + 1):
        day = START + timedelta(days=offset)
        assert course.left_after(day) == sum(history[offset + 1] for history in days), day
    assert course.left_after(today) == left.total()
    came_back = course.returned_within(START, today)
    assert course.at_start - course.settled_within(START, today) + came_back == left.total()
    if name == "supervisor1":
        assert came_back > 3
        assert len(members) > course.at_start
    arrivals = queries.arrivals_of(backlog, programme, who)
    new = backlog.scalars(select(Petition).where(visible_to(who), Petition.received_on > CUT_OFF)).all()
    assert (arrivals.arrived, arrivals.open) == (len(new), sum(row.state != "resolved" for row in new))


def test_a_sealed_petition_counts_for_who_may_see_it(backlog: Session, actor: ActorOf, as_user: AsUser) -> None:
    made = set_up(actor("supervisor1"))
    programme = queries.get_programme(backlog, made, actor("supervisor1"))
    totals = {
        name: sum(part.left + part.settled for part in queries.parts_of(backlog, programme, actor(name)))
        for name in ("supervisor1", "officer1", "admin1")
    }
    assert totals["supervisor1"] > totals["officer1"] > totals["admin1"] == 0
    note = "Đơn tố cáo mà bạn không được xem không có trong các con số."
    assert note in as_user("officer1").get(f"/programmes/{made}").text
    assert note not in as_user("supervisor1").get(f"/programmes/{made}").text


CELL = re.compile(r'<td class="num" data-label="[^"]*"><a href="([^"]+)">([\d.]+)</a></td>')


def test_every_figure_opens_to_its_list_and_the_sums_agree(backlog: Session, actor: ActorOf, as_user: AsUser) -> None:
    made = set_up(actor("supervisor1"))
    client = as_user("supervisor1")
    page = client.get(f"/programmes/{made}").text
    tables = [table for table in page.split("<table")[1:] if "<tfoot>" in table]
    assert len(tables) == 2
    links: set[tuple[str, str]] = set()
    for table in tables:
        body, _tfoot, foot = table.partition("<tfoot>")
        cells = [[int(number) for _url, number in CELL.findall(row)] for row in body.split("</tr>")]
        sums = [sum(column) for column in zip(*(row for row in cells if row), strict=True)]
        assert sums == [int(number) for _url, number in CELL.findall(foot)]
        assert sums[0] == sums[1] + sums[2] > 0
        links.update((unescape(url), number) for url, number in CELL.findall(table))
    links.update((unescape(url), number) for url, number in re.findall(r'<li><a href="([^"]+)"><b>([\d.]+)</b>', page))
    assert len(links) > 15
    for url, number in sorted(links):
        assert re.findall(r"<b>([\d.]+) đơn</b>", client.get(url).text) == [number], url


def test_the_hard_cases_stand_with_their_last_act_and_next_step(
    session: Session, actor: ActorOf, as_user: AsUser, clock: FixedClock
) -> None:
    boss, officer = actor("supervisor1"), actor("officer1")
    made = set_up(boss, starts_on=date(2026, 11, 24), cut_off_on=date(2026, 11, 23))
    hard = a_petition(boss, complex_reason="Nhiều nơi")
    easy = a_petition(boss)
    done = a_petition(boss, complex_reason="Nhiều nơi")
    do(closing.resolve, done.id, FILED, by=boss)
    do(assignment.assign, hard.id, by=boss, officer_id=officer.id)
    do(remind, hard.id, remind_on=date(2026, 12, 1), text="Gọi lại", by=officer)
    page = as_user("supervisor1").get(f"/programmes/{made}").text
    rows = page[page.index('id="hard"') :]
    assert hard.number in rows
    assert easy.number not in rows
    assert done.number not in rows
    for text in (
        "phân công cho Đỗ Văn Một",
        "Thụ lý hoặc không thụ lý khiếu nại: chậm nhất ngày",
        "01/12/2026 Đỗ Văn Một",
    ):
        assert text in rows, text
    # What somebody wrote for themselves is shown to nobody else.
    assert "Gọi lại" not in rows
    assert "Gọi lại" in as_user("officer1").get(f"/programmes/{made}").text


def test_the_hard_cases_page_by_key(session: Session, actor: ActorOf, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = actor("supervisor1")
    programme = queries.get_programme(session, set_up(boss, starts_on=date(2026, 11, 24)), boss)
    wanted = {a_petition(boss, complex_reason="Khó", received_on=date(2026, 10, 1 + number)).id for number in range(9)}
    session.rollback()
    monkeypatch.setattr(queries, "CASES_SHOWN", 4)
    met: list[int] = []
    after: tuple[int, int] | None = None
    while True:
        found = queries.hard_cases(session, programme, boss, after=after)
        met += [row.id for row in found.rows]
        if not found.more:
            break
        after = (found.rows[-1].priority_key, found.rows[-1].id)
    assert len(met) == len(set(met))
    assert set(met) == wanted


def test_nonsense_keys_begin_at_the_first_page(actor: ActorOf, as_user: AsUser, session: Session) -> None:
    made = set_up(actor("supervisor1"))
    client = as_user("supervisor1")
    for key in ("x", "1", "1.x", ".", "-.1", "9" * 30 + ".1", "1." + "9" * 30, "é.é", "²." + "1"):
        assert client.get(f"/programmes/{made}?after={key}").status_code == 200, key


def test_an_ended_programme_shows_no_rates(actor: ActorOf, as_user: AsUser, backlog: Session) -> None:
    made = set_up(actor("supervisor1"))
    client = as_user("supervisor1")
    rates = "Tốc độ cần đạt và tốc độ đạt được"
    assert rates in client.get(f"/programmes/{made}").text
    assert client.post(f"/programmes/{made}/end").status_code == 302
    page = client.get(f"/programmes/{made}").text
    assert rates not in page
    assert "kết thúc 24/11/2026" in page
    assert client.post(f"/programmes/{made}/end").status_code == 409


@given(
    st.sampled_from([state for state in State if state is not State.RESOLVED]),
    st.booleans(),
    st.sampled_from(["", "Bùi Thị Hai"]),
    st.sampled_from(["", "Tổ 1"]),
    st.sampled_from([None, date(2026, 12, 1)]),
)
def test_every_open_case_has_a_next_step(
    state: State, proposed: bool, officer: str, unit: str, due: date | None
) -> None:
    standing = Standing(
        state, proposed, officer, unit, due_on=due, rule_id="complaint-acceptance", rule_version="2026-07-01"
    )
    told = next_step(standing)
    assert told
    assert ("01/12/2026" in told) == (due is not None)
    assert ("confirms" in told) == proposed


def test_a_resolution_with_another_day_counts_on_that_day(session: Session, actor: ActorOf, clock: FixedClock) -> None:
    boss = actor("supervisor1")
    programme = queries.get_programme(session, set_up(boss), boss)
    made = a_petition(boss, received_on=date(2026, 10, 5))
    do(
        closing.resolve,
        made.id,
        Resolution(Disposition.FILED, resolution_note="Lưu", resolved_on=date(2026, 11, 10)),
        by=boss,
    )
    session.rollback()
    course = queries.course_of(session, programme, boss)
    assert [course.left_after(day) for day in (date(2026, 11, 9), date(2026, 11, 10))] == [1, 0]
