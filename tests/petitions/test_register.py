"""The register of citizens received: form 03/TCD on the page and as a workbook."""

import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.clock import FixedClock
from core.database import unit_of_work
from petitions.queries.visits import register_count, register_entries, register_page
from petitions.register import HEADINGS, PetitionEntry
from petitions.services.assignment import take
from petitions.services.closing import Resolution, resolve, void
from petitions.vocabulary import Channel, Disposition, Kind
from petitions.workbooks import Line, table_workbook
from tests.petitions.given import SECRET, SOMEBODY, a_petition, a_secret_visit, a_visit

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
ROWS_ABOVE = 5  # title, office, days, headings, numbers of the columns


def cells(client: FlaskClient, address: str = "/visits/register.xlsx?from=01/11/2026&to=30/11/2026") -> list[list[Any]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(BytesIO(answer.data)).worksheets[0]
    return [["" if cell is None else cell for cell in row] for row in sheet.iter_rows(values_only=True)]


def test_the_workbook_has_the_thirteen_columns_of_the_form(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    a_visit(
        by,
        visited_on=date(2026, 11, 20),
        people_count=3,
        handled_before_by="Thanh tra Thử",
        in_jurisdiction=True,
        guided_to="Phòng Thử, 12/HD",
        transferred_to="Sở Thử, 5/CV",
        follow_up="Đã trả lời",
        remark="Đi cùng con",
    )
    number = a_petition(by).number
    a_petition(by, channel=Channel.POST)  # did not come to the desk
    rows = cells(as_user("reception1"))
    assert rows[0][0] == "SỔ TIẾP CÔNG DÂN"
    assert tuple(rows[3]) == HEADINGS
    assert rows[4] == [f"({column})" for column in range(1, 14)]
    assert rows[ROWS_ABOVE:] == [
        [
            "1",
            "20/11/2026",
            "Trần Văn Khách, Số 9 ngõ Thử",
            "001099000999",
            "Phản ánh ngập đường ngõ Thử",
            rows[5][5],
            "3",
            "Thanh tra Thử",
            "x",
            "Phòng Thử, 12/HD",
            "Sở Thử, 5/CV",
            "Đã trả lời",
            "Đi cùng con",
        ],
        [
            "2",
            "23/11/2026",
            "Nguyễn Thị Mẫu, Số 7 ngõ Thử, Phường Ba Đình, Thành phố Hà Nội",
            "001099000777",
            "Khiếu nại về thu hồi đất",
            rows[6][5],
            "1",
            "",
            "",
            "",
            "",
            rows[6][11],
            number,
        ],
    ]


def test_outcomes_stand_in_their_columns(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by, officer = actor("reception1"), actor("officer1")
    guided, decided, wrong = (a_petition(by) for _ in range(3))
    document = Resolution(
        Disposition.DECIDED,
        decision_number="12/QĐ-UBND",
        decision_on=date(2026, 11, 24),
        decision_signer="Phan Văn Lãnh",
    )
    with unit_of_work() as work:
        for received in (guided, decided):
            take(work, received.id, by=officer)
        note = Resolution(Disposition.GUIDED, resolution_note="Tòa án Thử")
        resolve(work, guided.id, note, by=officer)
        resolve(work, decided.id, document, by=officer)
        void(work, wrong.id, by=by, reason="Nhập hai lần")
    first, second, third = cells(as_user("reception1"))[ROWS_ABOVE:]
    assert (first[8], first[9], first[10]) == ("", "Tòa án Thử", "")
    assert second[8] == "x"
    assert "12/QĐ-UBND" in second[11]
    assert third[12] == f"{wrong.number}: Nhập hai lần"
    page = as_user("reception1").get("/visits").text
    assert page.count('class="struck"') == 1
    answer = as_user("reception1").get("/visits/register.xlsx")
    sheet = load_workbook(BytesIO(answer.data)).worksheets[0]
    assert [bool(sheet.cell(row, 5).font.strike) for row in (6, 7, 8)] == [False, False, True]


def test_secret_entries_name_nobody_and_are_not_for_everybody(
    as_user: AsUser, actor: ActorOf, session: Session
) -> None:
    by = actor("reception1")
    secret = a_petition(by, SECRET)
    a_secret_visit(by, content="Tóm tắt lời tố cáo")
    a_petition(by)
    rows = cells(as_user("supervisor1"))[ROWS_ABOVE:]
    assert len(rows) == 3
    by_number = {row[12]: row for row in rows}
    assert secret.paper_code in by_number[secret.number][2]
    assert by_number[secret.number][3] == ""
    page = as_user("officer1").get("/visits").text
    assert "Khiếu nại về thu hồi đất" in page
    assert secret.number not in page
    assert "Tóm tắt lời tố cáo" not in page
    assert register_count(session, actor("officer1"), FIRST, LAST) == 1
    assert as_user("officer1").get("/visits/register.xlsx").status_code == 403


def test_what_a_citizen_wrote_is_never_a_formula(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    texts = ['=HYPERLINK("http://x","a")', "+1+1", "-2", "@SUM(A1)", "{=1}", "http://vidu.vn", "0123", "\t=1"]
    for text in texts:
        a_visit(by, content=text, name=text)
    answer = as_user("reception1").get("/visits/register.xlsx")
    sheet = load_workbook(BytesIO(answer.data)).worksheets[0]
    found = [sheet.cell(row, 5) for row in range(ROWS_ABOVE + 1, ROWS_ABOVE + 1 + len(texts))]
    assert [cell.value for cell in found] == [text.strip() for text in texts]
    assert {cell.data_type for cell in found} == {"s"}
    package = zipfile.ZipFile(BytesIO(answer.data))
    assert "<f>" not in package.read("xl/worksheets/sheet1.xml").decode()
    assert "xl/worksheets/_rels/sheet1.xml.rels" not in package.namelist()  # no link either


def test_a_very_long_text_still_gives_a_cell() -> None:
    long = "Đ" * 40_000
    book = table_workbook(sheet="s", above=("t",), headings=("h",), widths=(9,), lines=[Line([long])])
    value = load_workbook(BytesIO(book)).worksheets[0].cell(4, 1).value
    assert isinstance(value, str)
    assert len(value) == 32_000
    assert value.endswith("…")


def test_the_workbook_is_a_download_in_vietnamese(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    a_visit(actor("reception1"))
    reception = as_user("reception1")
    reception.post("/language", data={"lang": "en"})
    answer = reception.get("/visits/register.xlsx?from=01/11/2026&to=30/11/2026")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="so-tiep-cong-dan-2026-11-01-2026-11-30.xlsx"'
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert cells(reception)[3][0] == "STT"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("", 200),
        ("from=01/11/2026", 200),
        ("to=24/11/2026", 200),
        ("from=31/02/2026", 400),
        ("from=24/11/2026&to=23/11/2026", 400),
        ("from=01/01/2020&to=24/11/2026", 400),
        ("from=x&to=y", 400),
        ("after=%00%ff&before=xx", 200),
        ("from=01/01/0001&to=02/01/0001", 200),
        ("from=30/12/9999&to=31/12/9999", 200),
    ],
)
def test_any_period_gets_a_clear_answer(as_user: AsUser, asked: str, status: int) -> None:
    reception = as_user("reception1")
    assert reception.get(f"/visits?{asked}").status_code == status
    assert reception.get(f"/visits/register.xlsx?{asked}").status_code == status


def test_the_page_says_which_days_it_shows(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    for content in ("Một", "Hai"):
        a_visit(actor("reception1"), content=content)
    page = as_user("reception1").get("/visits").text
    assert "01/11/2026 – 24/11/2026: <b>2 " in page
    assert "/visits/register.xlsx?from=01%2F11%2F2026&amp;to=24%2F11%2F2026" in page
    assert "register.xlsx" not in as_user("officer1").get("/visits").text


def test_days_outside_are_left_out(actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    for day in (date(2026, 10, 31), FIRST, date(2026, 11, 24), date(2026, 9, 1)):
        a_visit(by, visited_on=day)
        a_petition(by, received_on=day)
    assert register_count(session, by, FIRST, LAST) == 4
    assert {entry.day for entry in register_entries(session, by, FIRST, LAST)} == {FIRST, date(2026, 11, 24)}


def test_parts_follow_each_other_without_gap_or_overlap(actor: ActorOf, session: Session, clock: FixedClock) -> None:
    by = actor("reception1")
    for place in range(13):
        # Several at the same moment, of both sorts, days going forth and back.
        if place % 4 == 0:
            clock.advance(timedelta(seconds=7))
        day = date(2026, 11, 20 + place % 3)
        if place % 2:
            a_visit(by, visited_on=day, content=f"lần {place}")
        else:
            a_petition(by, received_on=day, channel=Channel.HEAD_RECEPTION if place % 6 == 0 else Channel.DESK)
    whole = list(register_entries(session, by, FIRST, LAST, batch=3))
    assert len(whole) == 13
    assert [(entry.day, entry.registered_at) for entry in whole] == sorted(
        (entry.day, entry.registered_at) for entry in whole
    )
    forth, key, numbers = [], "", []
    while True:
        page = register_page(session, by, FIRST, LAST, after=key, limit=4)
        forth.append(page)
        numbers.append(page.first_number)
        if not (key := page.next_key):
            break
    assert [entry for page in forth for entry in page.entries] == whole
    assert numbers == [1, 5, 9, 13]
    back = register_page(session, by, FIRST, LAST, before=forth[-1].previous_key, limit=4)
    assert (back.entries, back.first_number) == (forth[-2].entries, 9)
    first = register_page(session, by, FIRST, LAST, before=forth[1].previous_key, limit=4)
    assert (first.entries, first.first_number, first.previous_key) == (forth[0].entries, 1, "")


def test_an_entry_takes_the_first_petitioner_only(actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    a_petition(by, petitioners=(SOMEBODY, SOMEBODY, SOMEBODY), people_count=3, kind=Kind.RECOMMENDATION)
    (entry,) = register_entries(session, by, FIRST, LAST)
    assert isinstance(entry, PetitionEntry)
    assert (entry.name, entry.people_count) == ("Nguyễn Thị Mẫu", 3)
