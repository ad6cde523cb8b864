"""The receipt of a petition."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree

import segno
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from core.clock import FixedClock
from core.database import unit_of_work
from petitions.numbering import parse_number
from petitions.services.closing import void
from petitions.services.records import receive_paper
from petitions.views.receipt import qr_code
from tests.documents.samples import PDF
from tests.petitions.given import SECRET, a_petition

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


def sheet(client: FlaskClient, number: str, query: str = "") -> str:
    answer = client.get(f"/petitions/{number}/receipt{query}")
    assert answer.status_code == 200
    found = re.search(r"<article.*?</article>", answer.text, re.DOTALL)
    assert found is not None
    return found.group()


def test_the_receipt_says_what_was_handed_in(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    received = a_petition(by, people_count=4)
    with unit_of_work() as work:
        receive_paper(work, received.id, by=by, description="Sổ đỏ bản gốc", pages=4)
    reception = as_user("reception1")
    reception.post(f"/petitions/{received.number}/attachments", data={"attachments": (BytesIO(PDF), "đơn.pdf")})
    paper = sheet(reception, received.number)
    firm = received.number.replace("-", "\u2011")
    assert parse_number(firm) == received.number
    for text in (
        firm,
        "UBND phường Thử Nghiệm",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "23/11/2026",
        "Nguyễn Thị Mẫu",
        "Khiếu nại về thu hồi đất",
        "Sổ đỏ bản gốc",
        "đơn.pdf",
        "03/12/2026",  # due: told by then
        "Ngô Thị Tiếp",
    ):
        assert text in paper
    # Whoever prints it, the clerk who took the petition signs.
    assert "Ngô Thị Tiếp" in sheet(as_user("officer1"), received.number)


def test_sizes(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    number = a_petition(actor("reception1")).number
    reception = as_user("reception1")
    for query, size in (("", "a5"), ("?size=a5", "a5"), ("?size=a4", "a4"), ("?size=<b>", "a5")):
        assert f"sheet-{size}" in sheet(reception, number, query)


def test_printed_on_another_day_it_is_a_reprint(
    as_user: AsUser, actor: ActorOf, session: Session, clock: FixedClock
) -> None:
    number = a_petition(actor("reception1")).number
    assert "copy" not in sheet(as_user("reception1"), number)
    clock.advance(timedelta(days=1))
    assert "copy" in sheet(as_user("reception1"), number)


def test_the_receipt_of_a_denunciation_tells_nothing_of_it(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    received = a_petition(actor("reception1"), SECRET)
    paper = sheet(as_user("reception1"), received.number)
    assert received.paper_code in paper
    assert "Tố cáo việc nhận tiền" not in paper
    assert as_user("officer1").get(f"/petitions/{received.number}/receipt").status_code == 404


def test_a_struck_entry_has_no_valid_receipt(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    received = a_petition(by)
    reception = as_user("reception1")
    before = sheet(reception, received.number)
    with unit_of_work() as work:
        void(work, received.id, by=by, reason="Nhập nhầm")
    after = sheet(reception, received.number)
    assert "03/12/2026" in before
    assert "03/12/2026" not in after


def test_the_place_is_the_ward(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    number = a_petition(actor("reception1")).number
    with unit_of_work() as work:
        work.execute(update(Office).values(ward_code="00004"))
    place = re.search(r'class="place-date">(.*?)<', sheet(as_user("reception1"), number))
    assert place is not None
    assert "Ba Đình" in place.group(1)
    assert "Phường" not in place.group(1)


def test_the_qr_code_is_the_number_itself(app: Flask) -> None:
    with app.test_request_context():
        picture = str(qr_code("PTN-2026-000001-Q"))
    svg = ElementTree.fromstring(picture)  # noqa: S314 - made by the program itself
    assert svg.get("role") == "img"
    assert "PTN-2026-000001-Q" in (svg.get("aria-label") or "")
    dark = {
        (x, y)
        for y, row in enumerate(segno.make_qr("PTN-2026-000001-Q", error="q").matrix)
        for x, bit in enumerate(row)
        if bit
    }
    assert painted(svg) == {(x + 2, y + 2) for x, y in dark}  # inside a border of two


def painted(svg: ElementTree.Element) -> set[tuple[int, int]]:
    """The dark squares that the picture's path draws."""
    path = svg.find("{*}path")
    assert path is not None
    x = y = 0.0
    squares = set()
    for step, numbers in re.findall(r"([Mmh])([^Mmh]*)", path.get("d") or ""):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if step == "h":
            squares |= {(int(x) + offset, int(y)) for offset in range(int(values[0]))}
            x += values[0]
        else:
            x, y = (values[0], values[1]) if step == "M" else (x + values[0], y + values[1])
    return squares


def test_typing_the_number_as_a_scanner_does_opens_the_case(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    number = a_petition(actor("reception1")).number
    answer = as_user("officer1").get("/search", query_string={"q": number})
    assert (answer.status_code, answer.location) == (302, f"/petitions/{number}")
