"""The audit of missed limits: each case once, every figure the sum of its cases, against a plain recount."""

import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, event, insert, select, update
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from core import clock as clocks
from core.audit import AuditEntry
from core.database import db, table_of, unit_of_work
from petitions.models import Petition, PetitionClock
from petitions.queries import audits, lists
from petitions.queries.audits import BANDS, Audit, Key, What
from petitions.queries.lists import Queue, View
from petitions.queries.visibility import visible_to
from petitions.services import assignment, closing
from petitions.vocabulary import Disposition, Kind
from tests.petitions.given import FILED, PLAIN, SECRET, a_petition, do

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]

TODAY = date(2026, 11, 24)
OTHERS = "complaint-evidence-supply"
RULES = ("reception-reply", "complaint-acceptance", "complaint-first-settlement", "complaint-first-decision-sending")
MADE = 60
PERIOD = (date(2026, 11, 1), TODAY)


@dataclass(frozen=True)
class Row:
    """A case of the audit as the plain recount finds it."""

    petition_id: int
    what: str
    unit_id: int | None
    officer_id: int | None
    kind: str
    rule_id: str
    late: int

    @property
    def band(self) -> str:
        return next(name for name, (_least, most) in BANDS.items() if most is None or self.late <= most)


@pytest.fixture
def office(session: Session, actor: ActorOf) -> Session:
    """Petitions of all sorts with clocks of all sorts, as chance will have them."""
    chance = random.Random(7)  # noqa: S311 - cases by chance, the same each time
    reception, boss = actor("reception1"), actor("supervisor1")
    officers = [actor(f"officer{number}") for number in (1, 2, 3, 4)]
    ids = []
    for number in range(MADE):
        received = date(2026, 11, 23) - timedelta(days=chance.randrange(200))
        kinds = {"kind": Kind.RECOMMENDATION} if number % 5 == 3 else {}
        made = a_petition(reception, SECRET if number % 5 == 0 else PLAIN, received_on=received, **kinds)
        ids.append(made.id)
        if number % 3:
            do(assignment.assign, made.id, by=boss, officer_id=officers[number % 4].id)
        if number % 4 == 1:
            do(closing.resolve, made.id, FILED, by=boss)
        elif number % 20 == 2:
            do(closing.void, made.id, by=boss, reason="Nhập nhầm")
    with unit_of_work() as work:
        for petition_id in ids:
            clocks_by_chance(work, petition_id, chance)
    session.rollback()
    return session


def clocks_by_chance(work: Session, petition_id: int, chance: random.Random) -> None:
    """Other clocks for a petition: some run, some stopped in time or late; the due day follows as it is defined."""
    petition = work.get_one(Petition, petition_id)
    work.execute(delete(PetitionClock).where(PetitionClock.petition_id == petition_id))
    rows: list[dict[str, Any]] = []
    for rule_id in chance.sample(RULES, chance.randrange(1, 4)):
        due = TODAY + timedelta(days=chance.randrange(-120, 15))
        runs = chance.random() < (0.2 if petition.state == "resolved" else 0.6)
        stopped = None if runs else min(TODAY, due + timedelta(days=chance.randrange(-10, 100)))
        rows.append(
            {
                "petition_id": petition_id,
                "office_id": petition.office_id,
                "rule_id": rule_id,
                "rule_version": "2012-07-01",
                "started_on": petition.received_on,
                "due_on": due,
                "standing_on": due,
                "stopped_on": stopped,
                "variant": "standard",
                "started_by": "received",
            }
        )
    work.execute(insert(table_of(PetitionClock)), rows)
    running = [row["due_on"] for row in rows if row["stopped_on"] is None]
    if chance.random() < 0.3:
        # Somebody else's limit, which comes first and is no reason to call the office late.
        rows.insert(0, {**rows[0], "rule_id": OTHERS, "due_on": chance.choice((rows[0]["due_on"], date(2026, 7, 1)))})
    values = {"due_on": min(running or [row["due_on"] for row in rows]), "halted_on": None if running else TODAY}
    work.execute(update(table_of(Petition)).where(table_of(Petition).c.id == petition_id).values(**values))


def recount(session: Session, audit: Audit, who: Actor) -> list[Row]:
    """The audit, counted by hand."""
    limits: dict[int, list[PetitionClock]] = {}
    for row in session.scalars(select(PetitionClock).order_by(PetitionClock.id)):
        limits.setdefault(row.petition_id, []).append(row)
    found = []
    for petition in session.scalars(select(Petition).where(visible_to(who))):
        if petition.disposition == Disposition.ENTERED_IN_ERROR:
            continue
        mine = [row for row in limits[petition.id] if row.rule_id != OTHERS]
        late = [row for row in mine if not row.stopped_on and row.due_on and row.due_on < audit.late_before]
        ended = [
            row
            for row in mine
            if row.stopped_on
            and row.due_on
            and row.stopped_on > row.due_on
            and audit.first <= row.stopped_on <= audit.last
        ]
        if late:
            first = min(late, key=lambda row: (row.due_on or TODAY, row.id))
            what = What.AFTER if petition.state == "resolved" else What.NOW
            days = (audit.today - (first.due_on or TODAY)).days
        elif ended:
            first = max(ended, key=lambda row: ((row.stopped_on or TODAY) - (row.due_on or TODAY), -row.id))
            what = What.CLOSED
            days = ((first.stopped_on or TODAY) - (first.due_on or TODAY)).days
        else:
            continue
        found.append(Row(petition.id, what, petition.unit_id, petition.officer_id, petition.kind, first.rule_id, days))
    return found


def listed(session: Session, audit: Audit, who: Actor, limit: int = 7) -> list[Row]:
    """The audit as its pages give it."""
    found: list[Row] = []
    after: Key | None = None
    while True:
        page = audits.page(session, audit, who, after=after, limit=limit)
        assert len(page.rows) <= limit
        for row in page.rows:
            late = ((row.ended_on or audit.today) - row.limit_on).days
            found.append(Row(row.id, row.what, row.unit_id, row.officer_id, row.kind, row.rule_id, late))
        after = page.next_key
        if after is None:
            return found


PERIODS = [PERIOD, (date(2026, 8, 1), date(2026, 9, 30)), (date(2026, 1, 1), TODAY), (TODAY, TODAY)]


@pytest.mark.parametrize("name", ["supervisor1", "officer1", "officer3", "admin1"])
@pytest.mark.parametrize("period", PERIODS)
def test_the_pages_and_the_figures_are_what_a_plain_recount_finds(
    office: Session, actor: ActorOf, name: str, period: tuple[date, date]
) -> None:
    who = actor(name)
    audit = Audit(*period, TODAY)
    expected = recount(office, audit, who)
    rows = listed(office, audit, who)
    assert len({row.petition_id for row in rows}) == len(rows)
    assert set(rows) == set(expected)
    counted: Counter[tuple[object, ...]] = Counter()
    for figure in audits.figures(office, audit, who):
        counted[figure[:-1]] += figure.n
    assert counted == Counter(
        (row.what, row.unit_id, row.officer_id, row.kind, row.rule_id, row.band) for row in expected
    )
    if name == "supervisor1" and period == PERIODS[2]:
        assert {row.what for row in expected} == set(What)


def test_what_narrows_leaves_the_rows_that_fit_and_no_other(office: Session, actor: ActorOf) -> None:
    boss = actor("supervisor1")
    audit = Audit(date(2026, 1, 1), TODAY, TODAY)
    every = recount(office, audit, boss)
    unit, officer = actor("officer1").unit_ids[0], actor("officer1").id
    narrowed: list[tuple[Audit, Callable[[Row], bool]]] = [
        *((audits.without(audit, what=what), lambda row, what=what: row.what == what) for what in What),
        *((audits.without(audit, band=band), lambda row, band=band: row.band == band) for band in BANDS),
        *((audits.without(audit, rule_id=rule), lambda row, rule=rule: row.rule_id == rule) for rule in RULES),
        (audits.without(audit, unit_id=unit), lambda row: row.unit_id == unit),
        (audits.without(audit, unit_id=0), lambda row: row.unit_id is None),
        (audits.without(audit, officer_id=officer), lambda row: row.officer_id == officer),
        (audits.without(audit, officer_id=0), lambda row: row.officer_id is None),
        (audits.without(audit, kind="denunciation"), lambda row: row.kind == "denunciation"),
        (
            audits.without(audit, kind="complaint", what=What.NOW, band="31-90"),
            lambda row: row.kind == "complaint" and row.what == What.NOW and row.band == "31-90",
        ),
    ]
    for asked, fits in narrowed:
        expected = {row for row in every if fits(row)}
        assert set(listed(office, asked, boss)) == expected, asked
        assert sum(figure.n for figure in audits.figures(office, asked, boss)) == len(expected), asked


def test_late_now_is_the_queue_of_what_is_overdue(office: Session, actor: ActorOf) -> None:
    boss = actor("supervisor1")
    queue = lists.page(office, View(Queue.OVERDUE, limit=1000), boss, today=TODAY, soon_until=TODAY)
    overdue = {row.id for row in queue.rows}
    rows = listed(office, Audit(*PERIOD, TODAY, what=What.NOW), boss)
    assert overdue
    assert {row.petition_id for row in rows} == overdue
    lates = [row.late for row in rows]
    assert lates == sorted(lates, reverse=True)


def test_a_page_asks_the_same_number_of_questions_whatever_its_rows(office: Session, as_user: AsUser) -> None:
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    client = as_user("supervisor1")
    client.get("/audits/overdue?from=01/01/2026")
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        client.get("/audits/overdue?from=01/01/2026")
        many = len(asked)
        asked.clear()
        client.get("/audits/overdue?from=01/01/2026&band=1-5")
        few = len(asked)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert 0 < many <= few + 1


NUMBER = re.compile(r'<td class="num">(?:<a href="([^"]+)">)?([\d.]+)(?:</a>)?</td>')


def test_every_figure_on_the_page_opens_to_exactly_its_cases(office: Session, as_user: AsUser) -> None:
    client = as_user("supervisor1")
    page = client.get("/audits/overdue?from=01/01/2026&to=24/11/2026").text
    total = len(recount(office, Audit(date(2026, 1, 1), TODAY, TODAY), _boss()))
    links = [(unescape(url), int(figure.replace(".", ""))) for url, figure in NUMBER.findall(page) if url]
    assert len(links) > 20
    for url, figure in itertools.islice(links, 0, None, 3):
        answer = client.get(url)
        told = re.search(r"<b>([\d.]+) đơn</b></p></div>", answer.text)
        assert told is not None, url
        assert int(told[1].replace(".", "")) == figure, url
    for table in page.split("<table")[1:6]:
        bodies = re.search(r"<tbody>(.*)</tbody>", table, re.DOTALL)
        foot = re.search(r"<tfoot>(.*)</tfoot>", table, re.DOTALL)
        assert bodies is not None
        assert foot is not None
        cells = [[int(cell[1].replace(".", "")) for cell in NUMBER.findall(row)] for row in bodies[1].split("</tr>")]
        sums = [sum(column) for column in zip(*(row for row in cells if row), strict=True)]
        assert sums == [int(cell[1].replace(".", "")) for cell in NUMBER.findall(foot[1])]
        assert sums[-1] == sum(sums[:-1]) == total


def _boss() -> Actor:
    found = people.actor_by_username(db.session(), "supervisor1")
    assert found is not None
    return found


def test_only_supervisors_audit(as_user: AsUser) -> None:
    for name in ("reception1", "officer1", "admin1"):
        assert as_user(name).get("/audits/overdue").status_code == 403
        assert as_user(name).get("/audits/overdue.xlsx").status_code == 403


def test_nonsense_in_the_address_is_said_and_narrows_nothing(office: Session, as_user: AsUser) -> None:
    client = as_user("supervisor1")
    for part in (
        "from=31/02/2026",
        "what=x",
        "unit=x",
        "officer=-1",
        "kind=x",
        "rule=x",
        "band=x",
        "to=01/01/2020&from=01/01/2021",
    ):
        answer = client.get(f"/audits/overdue?{part}")
        assert answer.status_code == 400, part
        assert "data-error-summary" in answer.text, part
        assert client.get(f"/audits/overdue.xlsx?{part}").status_code == 400, part
    for key in ("x", "now.2026-13-01.5", "now.2026-01-01.x", "closed.2026-01-01." + "9" * 40, "é.é.é"):
        assert client.get(f"/audits/overdue?after={key}").status_code == 200, key


def test_the_workbook_holds_every_case_as_text(office: Session, as_user: AsUser, actor: ActorOf) -> None:
    boss = actor("supervisor1")
    number = a_petition(boss, title="=1+1", received_on=date(2026, 1, 5)).number
    office.rollback()
    audit = Audit(date(2026, 1, 1), TODAY, TODAY)
    answer = as_user("supervisor1").get("/audits/overdue.xlsx?from=01/01/2026&to=24/11/2026")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0]
    cells = [list(row) for row in sheet.iter_rows()]
    titles = {row[1].value: row[2] for row in cells}
    assert titles[number].value == "=1+1"
    assert titles[number].data_type == "s"
    rows = listed(office, audit, boss, limit=1000)
    assert sum(str(row[0].value).isdigit() for row in cells) == len(rows)
    entry = office.execute(select(AuditEntry.actor, AuditEntry.payload).where(AuditEntry.action == "export")).one()
    assert entry.actor == "supervisor1"
    assert json.loads(entry.payload)["rows"] == len(rows)


def test_who_held_a_case_and_what_was_extended_stands_in_its_row(
    session: Session, actor: ActorOf, as_user: AsUser, clock: clocks.FixedClock
) -> None:
    reception, boss = actor("reception1"), actor("supervisor1")
    clock.advance(timedelta(days=-40))
    made = a_petition(reception, received_on=date(2026, 10, 15))
    clock.advance(timedelta(days=3))
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer1").id)
    clock.advance(timedelta(days=10))
    do(assignment.assign, made.id, by=boss, officer_id=actor("officer3").id, reason="Đúng lĩnh vực")
    clock.advance(timedelta(days=27))
    page = as_user("supervisor1").get("/audits/overdue").text
    row = page[page.index(made.number) :]
    for text in ("Đỗ Văn Một: 10 ngày", ": 27 ngày", "chưa phân công: 3 ngày", "chuyển người xử lý: 1 lần"):
        assert text in row, text
