"""Was this person here before? By number, phone or the beginning of a name; nobody who denounced."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from auth.actor import Actor
from petitions.queries.here_before import SHOWN, here_before
from petitions.services.intake_input import PartyInput
from tests.petitions.given import SECRET, SOMEBODY, a_petition

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

KEY = b"\0" * 32


def found(session: Session, who: Actor, name: str = "", id_number: str = "", phone: str = "") -> list[tuple[str, str]]:
    hits, _more = here_before(session, who, name=name, id_number=id_number, phone=phone, lookup_key=KEY)
    return [(hit.petition.number, hit.why) for hit in hits]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"id_number": "001099000777"}, "id-number"),
        ({"id_number": "001 099.000-777"}, "id-number"),
        ({"phone": "0900 000 777"}, "phone"),
        ({"phone": "+84 900 000 777"}, "phone"),
        ({"phone": "84900000777"}, "phone"),
        ({"name": "nguyen thi mau"}, "name"),
        ({"name": "NGUYỄN THỊ"}, "name"),
        ({"name": "Nguye\u0302\u0303n Thi\u0323 M"}, "name"),
        ({"name": "Nguyễn Thị Mẫu", "id_number": "001099000777"}, "id-number"),
    ],
)
def test_a_person_is_found_however_it_is_typed(
    session: Session, actor: ActorOf, typed: dict[str, str], why: str
) -> None:
    made = a_petition(actor("reception1"))
    assert found(session, actor("reception1"), **typed) == [(made.number, why)]


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"name": "Nguy"},
        {"name": "Thị Mẫu"},
        {"phone": "0900000"},
        {"id_number": "001099000778"},
        {"name": "%"},
        {"name": "_____"},
        {"name": "Nguyễn Thị Mẫu" * 20},
        {"name": "\x00\u200b   "},
    ],
)
def test_too_little_or_another_finds_nothing(session: Session, actor: ActorOf, typed: dict[str, str]) -> None:
    a_petition(actor("reception1"))
    assert found(session, actor("reception1"), **typed) == []


def test_co_petitioners_and_representatives_were_here_too(session: Session, actor: ActorOf) -> None:
    second, third = PartyInput("Lê Văn Hai", phone="0900000002"), PartyInput("Phạm Thị Ba", phone="0900000003")
    made = a_petition(actor("reception1"), petitioners=(SOMEBODY, second), representatives=(third,), people_count=5)
    for phone in ("0900000002", "0900000003"):
        assert found(session, actor("reception1"), phone=phone) == [(made.number, "phone")]


def test_the_surest_reason_comes_first_and_what_is_left_out_is_said(session: Session, actor: ActorOf) -> None:
    reception = actor("reception1")
    same_name = replace(SOMEBODY, id_number="", phone="")
    for _ in range(SHOWN + 2):
        a_petition(reception, petitioners=(same_name,))
    sure = a_petition(reception)
    for _ in range(2):
        a_petition(reception, petitioners=(same_name,), matter_of=sure.number)
    hits, more = here_before(
        session, reception, name="Nguyễn Thị Mẫu", id_number="001099000777", phone="", lookup_key=KEY
    )
    assert (hits[0].petition.number, hits[0].why, hits[0].in_matter) == (sure.number, "id-number", 3)
    assert (len(hits), more) == (SHOWN, 5)


def test_nobody_who_denounced_is_found(session: Session, actor: ActorOf) -> None:
    a_petition(actor("reception1"), SECRET, title="Nguyễn Thị Mẫu tố cáo")
    assert found(session, actor("reception1"), name="Nguyễn Thị Mẫu") == []


def test_only_the_desk_asks(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    made = a_petition(actor("reception1"))
    query = "/petitions/here-before?phone=0900000777"
    assert made.number in as_user("reception1").get(query).text
    for name in ("officer1", "admin1"):
        assert as_user(name).get(query).status_code == 403
