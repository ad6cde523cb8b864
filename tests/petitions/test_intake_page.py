"""The intake form: what is wrong is said beside its field, what is typed is kept, the same form makes one petition."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import FixedClock
from petitions.models import IntakeDraft, PaperItem, Party, Petition, PetitionEvent, PetitionFlag
from petitions.numbering import parse_number
from tests.petitions.test_main_job import FORM, register

AsUser = Callable[[str], FlaskClient]

TOKEN = "3f1c7c1e-0000-4000-8000-0000000000aa"
WHOLE = {
    **FORM,
    "channel": "forwarded",
    "petitioner_address": "Số 1 ngõ Thử",
    "petitioner_old_address": "Số 1, quận Cũ",
    "ward_code": "00004",
    "people_count": "12",
    "co_name": ["Lê Văn Hai", "Phạm Thị Ba"],
    "co_phone": ["0900000002", ""],
    "rep_name": ["Nguyễn Văn Thử"],
    "against": "UBND phường Thử",
    "also_sent_to": "Thanh tra thành phố",
    "forwarder": "Ban Tiếp công dân",
    "forwarder_ref": "99/BTCD",
    "answer_by": "30/11/2026",
    "paper_location": "Tủ 3, ngăn 2",
    "originals": "Giấy chứng nhận",
    "external_ref": "CU-17",
    "complex": "1",
    "complex_reason": "Hai nơi phải xác minh",
    "prominent": "1",
    "prominent_reason": "Báo nêu",
    "note": "Hẹn gặp thứ Sáu",
}


def the_petition(session: Session) -> Petition:
    session.rollback()
    return session.scalars(select(Petition)).one()


def test_everything_that_the_form_asks_is_kept(session: Session, as_user: AsUser) -> None:
    answer = as_user("reception1").post("/petitions/new", data=WHOLE)
    assert answer.status_code == 302, answer.text
    petition = the_petition(session)
    kept = {
        "received_on": date(2026, 11, 23),
        "channel": "forwarded",
        "kind": "complaint",
        "people_count": 12,
        "against": "UBND phường Thử",
        "also_sent_to": "Thanh tra thành phố",
        "forwarder": "Ban Tiếp công dân",
        "forwarder_ref": "99/BTCD",
        "answer_by": date(2026, 11, 30),
        "paper_location": "Tủ 3, ngăn 2",
        "external_ref": "CU-17",
        "ward_code": "00004",
        "petitioner_name": "Nguyễn Văn Thử",
        "complex": True,
        "prominent": True,
    }
    assert {name: getattr(petition, name) for name in kept} == kept
    parties = session.execute(select(Party.role, Party.position, Party.name).order_by(Party.role, Party.position))
    assert [tuple(row) for row in parties] == [
        ("petitioner", 1, "Nguyễn Văn Thử"),
        ("petitioner", 2, "Lê Văn Hai"),
        ("petitioner", 3, "Phạm Thị Ba"),
        ("representative", 1, "Nguyễn Văn Thử"),
    ]
    assert session.scalars(select(PaperItem.description)).all() == ["Giấy chứng nhận"]
    assert set(session.scalars(select(PetitionFlag.reason))) == {"Hai nơi phải xác minh", "Báo nêu"}
    assert session.scalars(select(PetitionEvent.action).order_by(PetitionEvent.id)).all() == [
        "receive",
        "note",
        "paper-received",
    ]
    page = as_user("officer1").get(f"/petitions/{petition.number}").text
    for shown in ("Phạm Thị Ba", "99/BTCD", "30/11/2026", "Tủ 3, ngăn 2", "Số 1, quận Cũ", "Hẹn gặp thứ Sáu", "CU-17"):
        assert shown in page, shown


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("received_on", {"received_on": ""}),
    ("received_on", {"received_on": "31/02/2026"}),
    ("received_on", {"received_on": "25/11/2026"}),
    ("received_on", {"received_on": "1/9/1945"}),
    ("received_on", {"received_on": "tomorrow"}),
    ("channel", {"channel": "pigeon"}),
    ("kind", {"kind": ""}),
    ("kind", {"kind": "x"}),
    ("kind_parts", {"kind": "mixed"}),
    ("kind_parts", {"kind": "mixed", "kind_parts": ["complaint"]}),
    ("field", {"field": "999999"}),
    ("title", {"title": "", "body": " \u200b"}),
    ("title", {"title": "ă" * 301}),
    ("body", {"body": "ă" * 200_001}),
    ("note", {"note": "ă" * 20_001}),
    ("petitioner_name", {"petitioner_name": ""}),
    ("petitioner_name", {"petitioner_name": "ă" * 201}),
    ("petitioner_phone", {"petitioner_phone": "1" * 41}),
    ("petitioner_address", {"petitioner_address": "ă" * 301}),
    ("petitioner_old_address", {"petitioner_old_address": "ă" * 301}),
    ("ward_code", {"ward_code": "99999"}),
    ("ward_code", {"ward_text": "Không Có Phường Này"}),
    ("people_count", {"people_count": "0"}),
    ("people_count", {"people_count": "100001"}),
    ("people_count", {"people_count": "-3"}),
    ("people_count", {"people_count": "nhiều"}),
    ("people_count", {"people_count": "1", "co_name": ["Hai"]}),
    ("co-1-name", {"people_count": "3", "co_name": ["Hai", ""], "co_phone": ["", "0900000003"]}),
    ("co-0-phone", {"people_count": "2", "co_name": ["Hai"], "co_phone": ["1" * 41]}),
    ("rep-0-name", {"rep_name": [""], "rep_phone": ["0900000003"]}),
    ("against", {"against": "ă" * 501}),
    ("forwarder", {"forwarder": "ă" * 201}),
    ("forwarder_ref", {"forwarder_ref": "ă" * 121}),
    ("answer_by", {"answer_by": "32/01/2027"}),
    ("answer_by", {"answer_by": "22/11/2026"}),
    ("paper_code", {"paper_code": "ă" * 61}),
    ("external_ref", {"external_ref": "ă" * 121}),
    ("originals", {"originals": "ă" * 301}),
    ("complex_reason", {"complex": "1"}),
    ("prominent_reason", {"prominent": "1", "prominent_reason": "ă" * 1001}),
    ("matter_of", {"matter_of": "PTN-2026-000001-Z"}),
]


@pytest.mark.parametrize(("field", "changes"), WRONG)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(
    session: Session, as_user: AsUser, field: str, changes: dict[str, Any]
) -> None:
    answer = as_user("reception1").post("/petitions/new", data={**FORM, **changes, "against": "Điều đã gõ", **changes})
    assert answer.status_code == 400
    said = re.search(rf'id="e-{field}">([^<]*)<', answer.text)
    assert said is not None, "the field has no place for its message"
    assert said.group(1).strip()
    assert f'href="#f-{field}"' in answer.text
    assert session.scalars(select(Petition.id)).all() == []
    if "against" not in changes:
        assert "Điều đã gõ" in answer.text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("23/11/2026", date(2026, 11, 23)),
        ("23.11.2026", date(2026, 11, 23)),
        ("23-11-26", date(2026, 11, 23)),
        ("23112026", date(2026, 11, 23)),
        ("2026-11-23", date(2026, 11, 23)),
        ("3/11/2026", date(2026, 11, 3)),
        (" 23/11/2026\u200b ", date(2026, 11, 23)),
    ],
)
def test_days_are_taken_as_people_write_them(session: Session, as_user: AsUser, typed: str, meant: date) -> None:
    register(as_user("reception1"), received_on=typed)
    assert the_petition(session).received_on == meant


def test_text_is_stored_in_one_form(session: Session, as_user: AsUser) -> None:
    register(
        as_user("reception1"),
        title="Khie\u0302\u0301u   na\u0323i\x00\u200b 🙂",
        petitioner_name="Nguye\u0302\u0303n A",
    )
    petition = the_petition(session)
    assert (petition.title, petition.petitioner_name) == ("Khiếu nại 🙂", "Nguyễn A")


def test_a_blank_first_petitioner_makes_no_row(session: Session, as_user: AsUser) -> None:
    nobody = {name: "" for name in FORM if name.startswith("petitioner")}
    data = {**FORM, **nobody, "ward_code": "00004", "co_name": ["Lê Văn Hai"], "people_count": "1"}
    assert as_user("reception1").post("/petitions/new", data=data).status_code == 302
    assert session.scalars(select(Party.name)).all() == ["Lê Văn Hai"]
    assert (the_petition(session).petitioner_name, the_petition(session).ward_code) == ("Lê Văn Hai", "00004")


def test_a_ward_alone_names_nobody(session: Session, as_user: AsUser) -> None:
    """It stays from the petition before, and says where the matter lies."""
    nobody = {name: "" for name in FORM if name.startswith("petitioner")}
    register(as_user("reception1"), **nobody, ward_code="00004")
    assert session.scalars(select(Party)).all() == []
    assert (the_petition(session).petitioner_name, the_petition(session).ward_code) == (None, "00004")


def test_ward_channel_and_day_stay_for_the_next_petition(as_user: AsUser, clock: FixedClock) -> None:
    reception = as_user("reception1")
    answer = reception.post(
        "/petitions/new",
        data={**FORM, "channel": "post", "received_on": "20/11/2026", "ward_code": "00004", "then": "next"},
    )
    page = reception.get(answer.location).text
    assert 'name="received_on" value="20/11/2026"' in page
    assert 'value="post" selected' in page
    assert 'name="ward_code" value="00004"' in page
    assert 'name="petitioner_name" value=""' in page
    secret = {**FORM, **{name: "" for name in FORM if name.startswith("petitioner")}, "kind": "denunciation"}
    assert reception.post("/petitions/new", data={**secret, "then": "next"}).status_code == 302
    assert 'name="ward_code" value="00004"' in reception.get("/petitions/new").text
    clock.advance(timedelta(days=1))
    fresh = as_user("reception1").get("/petitions/new").text
    assert 'name="received_on" value="25/11/2026"' in fresh


def test_a_form_that_was_registered_says_so_when_it_comes_again(session: Session, as_user: AsUser) -> None:
    reception = as_user("reception1")
    number = register(reception, intake_token=TOKEN)
    assert register(reception, intake_token=TOKEN, title="Đã sửa lại sau khi lưu") == number
    page = reception.get(f"/petitions/{number}").text
    assert number in page
    assert "vào sổ trước đó" in page
    assert the_petition(session).title == FORM["title"]


@pytest.mark.parametrize("then", ["next", "print", "open", "", "x"])
def test_saving_leads_where_the_button_says(as_user: AsUser, then: str) -> None:
    answer = as_user("reception1").post("/petitions/new", data={**FORM, "then": then})
    number = re.search(r"PTN-2026-000001-.", answer.location)
    assert number is not None
    assert parse_number(number.group()) == number.group()
    led = {"next": "/petitions/new?saved=", "print": f"/petitions/{number.group()}/receipt"}
    assert answer.location.startswith(led.get(then, f"/petitions/{number.group()}"))


def save(client: FlaskClient, **typed: Any) -> int:
    return client.post("/petitions/draft", data={**FORM, "intake_token": TOKEN, **typed}).status_code


def test_a_draft_outlives_the_log_in_and_is_its_owners(session: Session, as_user: AsUser) -> None:
    assert save(as_user("reception1"), title="Đang gõ dở", co_name=["Lê Văn Hai"], kind="") == 200
    page = as_user("reception1").get("/petitions/new").text
    assert "Đang gõ dở" in page
    assert "Lê Văn Hai" in page
    assert f'name="intake_token" value="{TOKEN}"' in page
    assert "Đang gõ dở" not in as_user("supervisor1").get("/petitions/new").text
    assert save(as_user("officer1")) == 403
    assert save(as_user("reception1"), body="x" * 500_000) == 400
    assert len(session.scalars(select(IntakeDraft.user_id)).all()) == 1


def test_registering_ends_the_draft_and_a_late_save_does_not_bring_it_back(session: Session, as_user: AsUser) -> None:
    reception = as_user("reception1")
    save(reception)
    register(reception, intake_token=TOKEN)
    assert session.scalars(select(IntakeDraft)).all() == []
    assert save(reception, title="Tới muộn") == 200
    assert "Tới muộn" not in reception.get("/petitions/new").text


def test_a_draft_of_a_denunciation_tells_nothing(session: Session, as_user: AsUser) -> None:
    reception = as_user("reception1")
    save(reception, kind="complaint", originals="Sổ đỏ của ông Thử", co_name=["Lê Văn Hai"])
    assert "Nguyễn Văn Thử" in session.scalars(select(IntakeDraft.payload)).one()
    for kind in ({"kind": "denunciation"}, {"kind": "mixed"}, {"kind": "mixed", "kind_parts": ["denunciation"]}):
        save(reception, **kind)
        session.rollback()
        payload = session.scalars(select(IntakeDraft.payload)).one()
        for telling in ("Thử", "001099000001", "0900", "Hai", FORM["title"], "Gia đình"):
            assert telling not in payload, (kind, telling)


def test_a_refused_denunciation_empties_what_was_kept_before_its_kind_was_known(
    session: Session, as_user: AsUser
) -> None:
    reception = as_user("reception1")
    save(reception, kind="")
    refused = reception.post("/petitions/new", data={**FORM, "kind": "denunciation", "intake_token": TOKEN})
    assert refused.status_code == 400
    session.rollback()
    assert "Thử" not in session.scalars(select(IntakeDraft.payload)).one()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("petitioner_name", {"petitioner_name": "A"}),
        ("petitioner_id_number", {"petitioner_id_number": "001099000001"}),
        ("petitioner_phone", {"petitioner_phone": "0900000001"}),
        ("petitioner_address", {"petitioner_address": "Số 1"}),
        ("petitioner_old_address", {"petitioner_old_address": "Số 1"}),
        ("ward_code", {"ward_code": "00004"}),
        ("ward_code", {"ward_text": "Phường Ba Đình, Thành phố Hà Nội"}),
        ("co-0-name", {"co_name": ["A"], "people_count": "2"}),
        ("rep-0-name", {"rep_name": ["A"]}),
        ("originals", {"originals": "Sổ đỏ của ông A"}),
    ],
)
@pytest.mark.parametrize(
    "kind", [{"kind": "denunciation"}, {"kind": "mixed", "kind_parts": ["complaint", "denunciation"]}]
)
def test_nothing_that_tells_who_denounced_is_taken(
    session: Session, as_user: AsUser, kind: dict[str, Any], field: str, changes: dict[str, Any]
) -> None:
    nobody = {name: "" for name in FORM if name.startswith("petitioner")}
    answer = as_user("reception1").post("/petitions/new", data={**FORM, **nobody, **kind, **changes})
    assert answer.status_code == 400
    said = re.search(rf'id="e-{field}">([^<]*)<', answer.text)
    assert said is not None
    assert said.group(1).strip()
    assert session.scalars(select(Petition.id)).all() == []
