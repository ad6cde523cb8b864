"""Files of a petition through the pages."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth.actor import Actor
from core.settings import Settings
from petitions.models import Petition, PetitionAttachment, PetitionEvent
from petitions.services import attachments as services
from tests.documents.samples import HTML, PDF, png
from tests.petitions.given import SECRET, a_petition

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


def attach(client: FlaskClient, number: str, *files: tuple[bytes, str]) -> TestResponse:
    data = {"attachments": [(BytesIO(content), name) for content, name in files]}
    return client.post(f"/petitions/{number}/attachments", data=data, content_type="multipart/form-data")


def stored(settings: Settings) -> list[Path]:
    return [path for path in settings.uploads_dir.rglob("*") if path.is_file()]


def test_files_are_attached_and_handed_out_as_downloads(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    number = a_petition(actor("reception1")).number
    reception = as_user("reception1")
    assert attach(reception, number, (PDF, "đơn khiếu nại.pdf"), (png(), "ảnh.png")).status_code == 302
    first, second = session.scalars(select(PetitionAttachment.id).order_by(PetitionAttachment.id)).all()
    page = reception.get(f"/petitions/{number}").text
    assert "đơn khiếu nại.pdf" in page
    assert f"/petitions/{number}/attachments/{second}" in page
    answer = as_user("officer3").get(f"/petitions/{number}/attachments/{first}", buffered=True)
    assert (answer.status_code, answer.data) == (200, PDF)
    headers = answer.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(PDF))
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%C4%91%C6%A1n%20khi%E1%BA%BFu%20n%E1%BA%A1i.pdf" in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    events = session.scalars(select(PetitionEvent.action).order_by(PetitionEvent.id)).all()
    assert events == ["receive", "attach", "attach"]


def test_a_bad_file_among_good_ones_keeps_none(
    as_user: AsUser, actor: ActorOf, session: Session, settings: Settings
) -> None:
    number = a_petition(actor("reception1")).number
    answer = attach(as_user("reception1"), number, (PDF, "a.pdf"), (HTML, "trang.html"))
    assert answer.status_code == 400
    assert "trang.html" in answer.text
    assert stored(settings) == []
    assert session.scalars(select(PetitionAttachment.id)).all() == []


def test_a_fault_after_storing_leaves_no_file(
    as_user: AsUser, actor: ActorOf, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = a_petition(actor("reception1")).number
    seen = []

    def broken(*_: object, **__: object) -> None:
        seen.append(len(stored(settings)))
        raise ZeroDivisionError

    monkeypatch.setattr(services, "attach", broken)
    answer = attach(as_user("reception1"), number, (PDF, "a.pdf"))
    assert answer.status_code == 500
    assert seen == [1]
    assert stored(settings) == []


def test_nothing_chosen_is_said(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    number = a_petition(actor("reception1")).number
    answer = as_user("reception1").post(f"/petitions/{number}/attachments", data={})
    assert answer.status_code == 400
    assert session.scalars(select(Petition.version)).one() == 1


def test_a_denunciation_takes_no_file(as_user: AsUser, actor: ActorOf, session: Session, settings: Settings) -> None:
    number = a_petition(actor("reception1"), SECRET).number
    assert attach(as_user("reception1"), number, (PDF, "a.pdf")).status_code == 400
    assert stored(settings) == []


def test_whoever_may_not_see_the_petition_sees_no_file(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    mine, other = a_petition(by).number, a_petition(by).number
    attach(as_user("reception1"), mine, (PDF, "a.pdf"))
    file_id = session.scalars(select(PetitionAttachment.id)).one()
    assert as_user("admin1").get(f"/petitions/{mine}/attachments/{file_id}").status_code == 403
    officer = as_user("officer1")
    # An attachment is reached through its own petition only.
    assert officer.get(f"/petitions/{other}/attachments/{file_id}").status_code == 404
    assert officer.get(f"/petitions/{mine}/attachments/{file_id + 1}").status_code == 404
    assert officer.get(f"/petitions/{mine}/attachments/{'9' * 30}").status_code == 404
    secret = a_petition(by, SECRET).number
    assert officer.get(f"/petitions/{secret}/attachments/{file_id}").status_code == 404
    assert attach(officer, secret, (PDF, "a.pdf")).status_code == 404


def test_attachments_come_with_the_intake_form(as_user: AsUser, session: Session, settings: Settings) -> None:
    form = {"received_on": "23/11/2026", "kind": "complaint", "title": "Đơn", "petitioner_name": "Nguyễn Thị Mẫu"}
    files = {"attachments": [(BytesIO(PDF), "đơn.pdf"), (BytesIO(b""), "")]}
    answer = as_user("reception1").post("/petitions/new", data={**form, **files}, content_type="multipart/form-data")
    assert answer.status_code == 302
    assert len(session.scalars(select(PetitionAttachment.id)).all()) == 1
    refused = {"attachments": [(BytesIO(HTML), "đơn.pdf")]}
    answer = as_user("reception1").post("/petitions/new", data={**form, **refused}, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert len(session.scalars(select(Petition.id)).all()) == 1
    assert len(stored(settings)) == 1
