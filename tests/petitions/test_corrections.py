"""Correcting a petition: the old value stays, what follows from the new one is counted anew, no name slips in."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.errors import InvalidInput, NotAllowed, StaleVersion
from petitions.models import PaperItem, Party, Petition, PetitionEvent
from petitions.queries.checks import queue_drift
from petitions.services import assignment, closing, records
from petitions.services.corrections import correct, correct_petitioner
from petitions.services.intake import Received
from petitions.services.intake_input import PartyInput
from petitions.services.ledger import MAX_STATEMENT
from petitions.vocabulary import Channel, Disposition, Kind
from tests.petitions.given import DECIDED, PLAIN, SECRET, a_petition, do

ActorOf = Callable[[str], Actor]

pytestmark = pytest.mark.usefixtures("session")

NAMELESS = replace(PLAIN, petitioners=(), body="")
KEY = b"\0" * 32


def read(session: Session, made: Received) -> Petition:
    session.rollback()
    return session.get_one(Petition, made.id, populate_existing=True)


def last_event(session: Session, made: Received) -> PetitionEvent:
    events = select(PetitionEvent).where(PetitionEvent.petition_id == made.id).order_by(PetitionEvent.id.desc())
    return session.scalars(events.limit(1)).one()


def test_the_old_value_stays_in_the_history(session: Session, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"))
    do(correct, made.id, {"title": "Khiếu nại khác", "against": "UBND phường"}, by=actor("officer1"))
    data = json.loads(last_event(session, made).data)
    assert data["before"] == {"title": "Khiếu nại về thu hồi đất", "against": ""}
    assert data["after"] == {"title": "Khiếu nại khác", "against": "UBND phường"}
    assert read(session, made).title == "Khiếu nại khác"


def test_a_new_kind_or_day_moves_the_due_day_and_wants_a_reason(session: Session, actor: ActorOf) -> None:
    made, officer = a_petition(actor("reception1")), actor("officer1")
    for values in ({"kind": Kind.RECOMMENDATION}, {"received_on": date(2026, 11, 20)}):
        with pytest.raises(InvalidInput) as refused:
            do(correct, made.id, values, by=officer)
        assert set(refused.value.errors) == {"reason"}
    do(correct, made.id, {"kind": Kind.RECOMMENDATION}, by=officer, reason="Nội dung là kiến nghị")
    assert read(session, made).due_on == date(2026, 12, 8)
    do(correct, made.id, {"received_on": date(2026, 11, 20)}, by=officer, reason="Dấu bưu điện")
    assert read(session, made).due_on == date(2026, 12, 7)
    session.rollback()
    assert queue_drift(session, officer.office_id)[1] == []


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("received_on", {"received_on": date(2026, 11, 25)}),
        ("received_on", {"received_on": date(1945, 9, 1)}),
        ("answer_by", {"answer_by": date(2026, 11, 22)}),
        ("title", {"title": ""}),
        ("title", {"title": "x" * 301}),
        ("body", {"body": "x" * 200_001}),
        ("people_count", {"people_count": 0}),
        ("people_count", {"people_count": 100_001}),
        ("channel", {"channel": "carrier-pigeon"}),
        ("field", {"field_id": 10**9}),
        ("ward_code", {"ward_code": "99999"}),
        ("kind_parts", {"kind": Kind.MIXED}),
        ("external_ref", {"external_ref": "x" * 121}),
        ("paper_location", {"paper_location": "x" * 201}),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    session: Session, actor: ActorOf, field: str, values: dict[str, Any]
) -> None:
    made = a_petition(actor("reception1"))
    with pytest.raises(InvalidInput) as refused:
        do(correct, made.id, values, by=actor("officer1"), reason="Vì sao")
    assert set(refused.value.errors) == {field}
    assert read(session, made).version == made.version


def test_fewer_people_than_are_named_are_refused(actor: ActorOf) -> None:
    others = (PartyInput("Lê Văn Mẫu"), PartyInput("Phạm Thị Mẫu"))
    made = a_petition(actor("reception1"), petitioners=(*PLAIN.petitioners, *others), people_count=3)
    with pytest.raises(InvalidInput) as refused:
        do(correct, made.id, {"people_count": 2}, by=actor("officer1"))
    assert set(refused.value.errors) == {"people_count"}


def test_nothing_changed_is_said_and_a_stale_page_too(actor: ActorOf) -> None:
    made, officer = a_petition(actor("reception1")), actor("officer1")
    with pytest.raises(InvalidInput):
        do(correct, made.id, {"title": PLAIN.title}, by=officer)
    do(correct, made.id, {"title": "Khác"}, by=officer)
    with pytest.raises(StaleVersion):
        do(correct, made.id, {"title": "Khác nữa"}, by=actor("reception1"), version=made.version)
    with pytest.raises(InvalidInput) as refused:
        do(correct, made.id, {"title": "Ba"}, by=officer, reason="x" * (MAX_STATEMENT + 1))
    assert set(refused.value.errors) == {"reason"}


def test_the_kinds_in_one_petition_can_be_corrected(session: Session, actor: ActorOf) -> None:
    parts = (Kind.COMPLAINT, Kind.RECOMMENDATION)
    made = a_petition(actor("reception1"), NAMELESS, kind=Kind.MIXED, kind_parts=parts)
    assert not read(session, made).sealed
    values = {"kind": Kind.MIXED}
    with_denunciation = (Kind.COMPLAINT, Kind.DENUNCIATION)
    do(correct, made.id, values, kind_parts=with_denunciation, by=actor("reception1"), reason="Có tố cáo")
    petition = read(session, made)
    assert (petition.kind_parts, petition.sealed) == ("complaint,denunciation", True)
    assert petition.paper_code


def test_an_ending_that_does_not_fit_the_kind_must_be_opened_first(session: Session, actor: ActorOf) -> None:
    made, officer = a_petition(actor("reception1")), actor("officer1")
    do(assignment.take, made.id, by=officer)
    do(closing.resolve, made.id, DECIDED, by=officer)
    with pytest.raises(InvalidInput) as refused:
        do(correct, made.id, {"kind": Kind.RECOMMENDATION}, by=officer, reason="Phân loại lại")
    assert set(refused.value.errors) == {"kind"}
    assert read(session, made).disposition == Disposition.DECIDED


def becomes_secret(made: Received, by: Actor) -> None:
    do(correct, made.id, {"kind": Kind.DENUNCIATION}, by=by, reason="Nội dung là tố cáo")


def test_an_entry_that_names_nobody_may_turn_out_to_be_a_denunciation(session: Session, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"), NAMELESS)
    becomes_secret(made, actor("reception1"))
    petition = read(session, made)
    assert (petition.sealed, petition.paper_code) == (True, f"TC-2026-{petition.reg_seq:06d}")
    assert queue_drift(session, petition.office_id)[1] == []


@pytest.mark.parametrize("trace", ["name", "text", "text once", "name of the receiver", "name put in later"])
def test_what_tells_who_wrote_keeps_an_entry_from_becoming_a_denunciation(
    session: Session, actor: ActorOf, trace: str
) -> None:
    """The history is kept for ever: what was corrected away still tells."""
    reception = actor("reception1")
    made = a_petition(reception, PLAIN if trace == "name" else NAMELESS)
    match trace:
        case "text":
            do(correct, made.id, {"body": "Tôi là Nguyễn Văn Thử"}, by=reception)
        case "text once":
            do(correct, made.id, {"body": "Tôi là Nguyễn Văn Thử"}, by=reception)
            do(correct, made.id, {"body": ""}, by=reception)
        case "name of the receiver":
            do(records.receive_paper, made.id, by=reception, description="Giấy chứng nhận", pages=1)

            paper_id = session.scalars(select(PaperItem.id)).one()
            do(records.return_paper, made.id, paper_id, by=reception, returned_to="Nguyễn Văn Thử")
        case "name put in later":
            do(correct_petitioner, made.id, PartyInput("Nguyễn Văn Thử"), by=reception, lookup_key=KEY)
    with pytest.raises(InvalidInput) as refused:
        becomes_secret(made, reception)
    assert set(refused.value.errors) == {"kind"}
    assert not read(session, made).sealed


def test_a_harmless_correction_does_not_stand_in_the_way(session: Session, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"), NAMELESS)
    do(correct, made.id, {"channel": Channel.POST, "against": "UBND phường"}, by=actor("reception1"))
    becomes_secret(made, actor("reception1"))
    assert read(session, made).sealed


def test_a_petitioner_is_corrected_with_the_old_name_in_the_history(session: Session, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"))
    new = PartyInput("Nguyễn Thị Mẫu Mực", "001099000778", "0900000778", "Số 8", ward_code="00008")
    do(correct_petitioner, made.id, new, by=actor("reception1"), lookup_key=KEY)
    party = session.scalars(select(Party)).one()
    assert (party.name, party.id_number, party.ward_code) == ("Nguyễn Thị Mẫu Mực", "001099000778", "00008")
    petition = read(session, made)
    assert (petition.petitioner_name, petition.ward_code) == ("Nguyễn Thị Mẫu Mực", "00008")
    data = json.loads(last_event(session, made).data)
    assert data["petitioner"]["before"]["name"] == "Nguyễn Thị Mẫu"
    for field, wrong in (
        ("petitioner_name", replace(new, name=" ")),
        ("petitioner_phone", replace(new, phone="1" * 41)),
        ("ward_code", replace(new, ward_code="99999")),
        ("petitioner_name", new),
    ):
        with pytest.raises(InvalidInput) as refused:
            do(correct_petitioner, made.id, wrong, by=actor("reception1"), lookup_key=KEY)
        assert set(refused.value.errors) == {field}


def test_a_denouncer_is_never_named_by_a_correction(session: Session, actor: ActorOf) -> None:
    made = a_petition(actor("reception1"), SECRET)
    with pytest.raises(InvalidInput) as refused:
        do(correct_petitioner, made.id, PartyInput("Nguyễn Văn Thử"), by=actor("reception1"), lookup_key=KEY)
    assert set(refused.value.errors) == {"petitioner_name"}
    assert session.scalars(select(Party)).all() == []


def test_the_administrator_corrects_nothing(actor: ActorOf) -> None:
    made = a_petition(actor("reception1"))
    with pytest.raises(NotAllowed):
        do(correct, made.id, {"title": "Khác"}, by=actor("admin1"))
    with pytest.raises(NotAllowed):
        do(correct_petitioner, made.id, PartyInput("Khác"), by=actor("admin1"), lookup_key=KEY)
