"""What the desk is told while a letter is typed, and what it is never told."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from core.text import fold
from petitions.models import Petition
from petitions.services import corrections
from petitions.services.closing import void
from petitions.services.intake import Received
from petitions.vocabulary import Kind
from search.likeness.queries import Alike, Typed, alike
from search.likeness.services import Keeper
from search.models import LikenessPrint
from tests.search.likeness.texts import DITCH, MARKET, SUMMARY, WELL
from tests.search.making import LOOKUP_KEY, register

FindActor = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]


def told(session: Session, who: Actor, **typed: Any) -> list[Alike]:
    return alike(session, who, Typed(**typed), lookup_key=LOOKUP_KEY)


def numbers(found: list[Alike], *, letters_only: bool = True) -> list[str]:
    return [one.petition.number for one in found if one.same_letter or not letters_only]


@pytest.fixture
def desk(actor: FindActor) -> Actor:
    return actor("reception1")


@pytest.fixture(params=["waiting", "kept"])
def settle(request: pytest.FixtureRequest, session: Session) -> Callable[[], None]:
    """A letter is found before the worker has come to it, and after."""

    def run() -> None:
        if request.param == "kept":
            assert Keeper().drain(session)

    return run


def denounce(session: Session, by: Actor, body: str = SUMMARY) -> Received:
    return register(session, by, "Tố cáo nhận tiền", body, kind=Kind.DENUNCIATION)


def test_the_same_letter_is_found_with_its_share(session: Session, desk: Actor, settle: Callable[[], None]) -> None:
    well = register(session, desk, "Giếng khoan làm lún nhà", WELL, name="Nguyễn Thị Mẫu")
    register(session, desk, "Tăng giá thuê quầy", MARKET)
    settle()
    for typed in (
        WELL,
        fold(WELL),
        WELL[len(WELL) // 2 :],
        WELL.replace("Kính gửi: Ủy ban nhân dân phường", "Kính gửi Thanh tra"),
    ):
        (found,) = told(session, desk, body=typed)
        assert (found.petition.number, found.same_letter) == (well.number, True)
        assert found.alike > 0.9
    assert told(session, desk, body=DITCH) == []


def test_reasons_of_person_and_house(session: Session, desk: Actor, settle: Callable[[], None]) -> None:
    known = register(
        session, desk, "Giếng khoan", WELL, name="Nguyễn Thị Mẫu", phone="0912 345 678", id_number="001234567890",
        address="số 14 ngõ 87 đường Giả Định",
    )  # fmt: skip
    settle()
    (found,) = told(
        session, desk, body=WELL, name="nguyen thi mau", phone="+84912345678", id_number="001 234 567 890",
        address="87/14 Giả Định",
    )  # fmt: skip
    assert (found.same_phone, found.same_id, found.same_house, found.same_name) == (True, True, True, True)
    # Another matter from that house is told of, but not as the same letter.
    (neighbour,) = told(session, desk, body=DITCH, address="14 ngõ 87 Giả Định")
    assert (neighbour.petition.number, neighbour.same_letter, neighbour.same_house) == (known.number, False, True)


def test_a_block_of_flats_says_nothing(session: Session, desk: Actor) -> None:
    for flat in range(14):
        register(session, desk, f"Đơn thứ {flat}", f"{DITCH} {flat}", name="Lê Văn Bịa", address="số 5 đường Mẫu")
    Keeper().drain(session)
    assert told(session, desk, body=MARKET, address="5 đường Mẫu") == []


def test_a_second_letter_of_the_same_person_needs_less_in_common(session: Session, desk: Actor) -> None:
    register(session, desk, "Chợ", MARKET, name="Lê Văn Bịa", phone="0912345678")
    Keeper().drain(session)
    partly = MARKET[: len(MARKET) // 3] + " " + DITCH + " " + WELL
    found = told(session, desk, body=partly, phone="0912345678")
    assert [one.same_letter for one in found[:1]] == [True]
    assert numbers(told(session, desk, body=DITCH, phone="0912345678")) == []


def test_a_denunciation_is_never_told_of_to_one_who_types_something_else(
    session: Session, desk: Actor, settle: Callable[[], None]
) -> None:
    """Not even to those who may see it: that a named complaint repeats it would tell who denounced."""
    denounce(session, desk)
    settle()
    assert told(session, desk, title="Tố cáo nhận tiền", body=SUMMARY) == []


def test_a_denunciation_is_compared_with_denunciations_by_those_who_see_them(
    session: Session, desk: Actor, actor: FindActor, settle: Callable[[], None]
) -> None:
    sealed = denounce(session, desk)
    register(session, desk, "Phản ánh", SUMMARY, name="Trần Văn Thử")
    settle()
    found = told(session, desk, body=SUMMARY, sealed=True, name="Trần Văn Thử", phone="0912345678")
    assert numbers(found) == [sealed.number]
    assert not any((found[0].same_name, found[0].same_phone, found[0].same_house))
    assert told(session, actor("officer1"), body=SUMMARY, sealed=True) == []


def test_another_office_and_what_was_registered_in_error_are_not_told_of(
    session: Session, desk: Actor, actor: FindActor, settle: Callable[[], None]
) -> None:
    wrong = register(session, desk, "Giếng khoan", WELL)
    settle()
    elsewhere = Actor(id=None, username="x", full_name="X", role=desk.role, office_id=desk.office_id + 1)
    assert told(session, elsewhere, body=WELL) == []
    with unit_of_work() as work:
        void(work, wrong.id, by=actor("supervisor1"), reason="Nhập nhầm")
    assert told(session, desk, body=WELL) == []


def test_a_corrected_letter_is_found_by_its_new_text_alone(session: Session, desk: Actor) -> None:
    letter = register(session, desk, "Đơn", WELL)
    keeper = Keeper()
    keeper.drain(session)
    with unit_of_work() as work:
        corrections.correct(work, letter.id, {"body": MARKET}, by=desk)
    assert numbers(told(session, desk, body=MARKET)) == [letter.number]
    assert told(session, desk, body=WELL) == []
    assert keeper.drain(session) == 1
    assert numbers(told(session, desk, body=MARKET)) == [letter.number]
    assert told(session, desk, body=WELL) == []
    assert session.scalars(select(LikenessPrint.petition_id)).all() == [letter.id]


def test_five_are_shown_one_of_each_matter_first(session: Session, desk: Actor) -> None:
    first = register(session, desk, "Chợ Bịa", MARKET)
    for _copy in range(5):
        register(session, desk, "Chợ Bịa", MARKET, matter_of=first.number)
    apart = register(session, desk, "Chợ Bịa tăng giá", MARKET[: len(MARKET) * 3 // 4])
    Keeper().drain(session)
    found = told(session, desk, body=MARKET)
    assert len(found) == 5
    assert found[1].petition.number == apart.number


FORM = {"kind": "complaint", "body": WELL}


def test_the_fragment_tells_why_and_offers_the_matter(session: Session, desk: Actor, as_user: AsUser) -> None:
    known = register(session, desk, "Giếng <khoan>", WELL, name="Nguyễn Thị Mẫu", phone="0912345678")
    page = as_user("reception1").post("/search/alike", data=FORM | {"petitioner_phone": "0912345678"})
    assert page.status_code == 200
    assert f'data-link-matter="{known.number}"' in page.text
    assert "giống 100 % nội dung · cùng điện thoại" in page.text
    assert "Giếng &lt;khoan&gt;" in page.text


def test_the_fragment_says_so_where_nothing_is_like_it(session: Session, as_user: AsUser) -> None:
    assert "Chưa thấy đơn nào" in as_user("reception1").post("/search/alike", data=FORM).text


@pytest.mark.parametrize("kind", [{}, {"kind": "mixed"}, {"kind": "nothing"}])
def test_nothing_is_looked_at_while_the_kind_is_open(
    session: Session, desk: Actor, as_user: AsUser, kind: dict[str, str]
) -> None:
    register(session, desk, "Giếng khoan", WELL)
    denounce(session, desk, WELL)
    page = as_user("reception1").post("/search/alike", data={"body": WELL, **kind})
    assert page.status_code == 200
    assert page.text.strip() == ""


def test_of_a_denunciation_the_fragment_looks_at_the_summary_alone(
    session: Session, desk: Actor, as_user: AsUser
) -> None:
    sealed = denounce(session, desk)
    named = register(session, desk, "Phản ánh", SUMMARY, name="Trần Văn Thử", phone="0912345678")
    form = {
        "kind": "mixed",
        "kind_parts": ["denunciation", "complaint"],
        "body": SUMMARY,
        "petitioner_phone": "0912345678",
    }
    page = as_user("reception1").post("/search/alike", data=form)
    assert sealed.number in page.text
    assert named.number not in page.text
    assert "điện thoại" not in page.text


@pytest.mark.parametrize("body", ["", "(" * 5_000, "\x00\u200b" * 100, "a" * 60_000, "số " * 20_000])
def test_nothing_that_is_typed_is_an_error(session: Session, desk: Actor, as_user: AsUser, body: str) -> None:
    register(session, desk, "Giếng khoan", WELL, received_on=date(2026, 11, 1))
    assert as_user("reception1").post("/search/alike", data={"kind": "complaint", "body": body}).status_code == 200


def test_a_linked_letter_joins_the_matter_and_both_stay_counted(session: Session, desk: Actor) -> None:
    first = register(session, desk, "Giếng khoan", WELL)
    (found,) = told(session, desk, body=WELL)
    second = register(session, desk, "Giếng khoan, lần hai", WELL, matter_of=found.petition.number)
    rows = session.execute(select(Petition.id, Petition.matter_id, Petition.state).order_by(Petition.id)).all()
    assert [row.id for row in rows] == [first.id, second.id]
    assert len({row.matter_id for row in rows}) == 1
    assert {row.state for row in rows} == {"received"}
