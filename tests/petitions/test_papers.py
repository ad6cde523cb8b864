"""Original papers through the case page: received, given back."""

from collections.abc import Callable
from datetime import date

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.models import PaperItem, PetitionEvent
from tests.petitions.given import SECRET, a_petition

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


def test_a_paper_is_received_and_given_back(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    number = a_petition(actor("reception1")).number
    reception = as_user("reception1")
    url = f"/petitions/{number}/papers"
    form = {"description": "Sổ đỏ bản gốc", "pages": "4", "paper_received_on": "20/11/2026"}
    assert reception.post(url, data=form).status_code == 302
    paper = session.scalars(select(PaperItem)).one()
    assert (paper.description, paper.pages, paper.received_on) == ("Sổ đỏ bản gốc", 4, date(2026, 11, 20))
    refused = reception.post(f"{url}/{paper.id}/return", data={"returned_to": "  "})
    assert refused.status_code == 400
    assert reception.post(f"{url}/{paper.id}/return", data={"returned_to": "Nguyễn Thị Mẫu"}).status_code == 302
    session.expire_all()
    paper = session.scalars(select(PaperItem)).one()
    assert (paper.returned_on, paper.returned_to) == (date(2026, 11, 24), "Nguyễn Thị Mẫu")
    again = reception.post(f"{url}/{paper.id}/return", data={"returned_to": "Ai Đó Khác"})
    assert again.status_code == 400
    events = session.scalars(select(PetitionEvent.action).order_by(PetitionEvent.id)).all()
    assert events == ["receive", "paper-received", "paper-returned"]


def test_what_was_typed_comes_back(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    number = a_petition(actor("reception1")).number
    reception = as_user("reception1")
    for wrong in ({"pages": "nhiều"}, {"pages": "0"}, {"paper_received_on": "31/02/2026"}, {"description": ""}):
        form = {"description": "Giấy chuyển nhượng", "pages": "7", "paper_received_on": "", **wrong}
        answer = reception.post(f"/petitions/{number}/papers", data=form)
        assert answer.status_code == 400
        for typed in form.values():
            assert f'value="{typed}"' in answer.text
    assert session.scalars(select(PaperItem.id)).all() == []


def test_a_denunciation_names_no_receiver(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    number = a_petition(actor("reception1"), SECRET).number
    reception = as_user("reception1")
    reception.post(f"/petitions/{number}/papers", data={"description": "Bản sao hợp đồng"})
    paper_id = session.scalars(select(PaperItem.id)).one()
    url = f"/petitions/{number}/papers/{paper_id}/return"
    assert reception.post(url, data={"returned_to": "Tên Người Tố Cáo"}).status_code == 400
    assert reception.post(url, data={"returned_to": ""}).status_code == 302
    session.expire_all()
    assert session.scalars(select(PaperItem.returned_to)).one() == ""


def test_papers_follow_their_petition(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    mine, other, secret = a_petition(by).number, a_petition(by).number, a_petition(by, SECRET).number
    as_user("reception1").post(f"/petitions/{mine}/papers", data={"description": "Sổ đỏ"})
    paper_id = session.scalars(select(PaperItem.id)).one()
    officer, receiver = as_user("officer1"), {"returned_to": "Nguyễn Thị Mẫu"}
    assert officer.post(f"/petitions/{other}/papers/{paper_id}/return", data=receiver).status_code == 404
    assert officer.post(f"/petitions/{secret}/papers", data={"description": "x"}).status_code == 404
    assert as_user("admin1").post(f"/petitions/{mine}/papers", data={"description": "x"}).status_code == 403
    session.expire_all()
    assert session.scalars(select(PaperItem.returned_on)).one() is None
