"""What supervisors and administrators set: confirmation, fields of matter, calendar."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from petitions.models import CalendarDay, MatterField, Petition
from petitions.vocabulary import Kind
from tests.petitions.given import a_petition

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

DAY = {"day": "27/11/2026", "kind": "swap-off", "name": "Nghỉ hoán đổi", "source": "Thông báo 1/TB"}


@pytest.mark.parametrize("name", ["supervisor1", "admin1"])
def test_the_confirmation_is_switched(as_user: AsUser, session: Session, name: str) -> None:
    client = as_user(name)
    assert client.get("/office").status_code == 200
    for form, expected in (({"require_confirmation": "1"}, True), ({}, False)):
        assert client.post("/office/confirmation", data=form).status_code == 302
        assert session.scalars(select(Office.require_confirmation)).one() is expected
        ticked = re.search(r'name="require_confirmation" value="1"( checked)?', client.get("/office").text)
        assert ticked is not None
        assert bool(ticked.group(1)) is expected


@pytest.mark.parametrize("name", ["reception1", "officer1"])
def test_others_set_nothing(as_user: AsUser, session: Session, name: str) -> None:
    client = as_user(name)
    for page in ("/office", "/calendar"):
        assert client.get(page).status_code == 403
    for page in ("/office/confirmation", "/office/fields", "/office/fields/1", "/calendar", "/calendar/remove"):
        assert client.post(page, data={"require_confirmation": "1", **DAY}).status_code == 403
    assert session.scalars(select(Office.require_confirmation)).one() is False


def test_fields_of_matter_are_added_renamed_and_taken_out_of_use(as_user: AsUser, session: Session) -> None:
    boss = as_user("supervisor1")
    assert boss.post("/office/fields", data={"name_vi": "Giao thông", "name_en": "Traffic"}).status_code == 302
    field = session.scalars(select(MatterField).where(MatterField.name_vi == "Giao thông")).one()
    assert "Giao thông" in as_user("reception1").get("/petitions/new").text
    twice = boss.post("/office/fields", data={"name_vi": "Giao thông"})
    assert twice.status_code == 400
    assert 'value="Giao thông"' in twice.text
    url = f"/office/fields/{field.id}"
    assert boss.post(url, data={"name_vi": "Giao thông, vỉa hè", "name_en": "Roads"}).status_code == 302
    session.expire_all()
    field = session.scalars(select(MatterField).where(MatterField.id == field.id)).one()
    assert (field.name_vi, field.name_en, field.active) == ("Giao thông, vỉa hè", "Roads", False)
    assert "Giao thông" not in as_user("reception1").get("/petitions/new").text
    assert "Giao thông, vỉa hè" in boss.get("/office").text


def test_a_name_that_is_not_taken_comes_back_in_its_row(as_user: AsUser, session: Session) -> None:
    boss = as_user("supervisor1")
    field_id = session.scalars(select(MatterField.id).order_by(MatterField.id)).first()
    answer = boss.post(f"/office/fields/{field_id}", data={"name_vi": "", "name_en": "Tên gõ dở", "active": "1"})
    assert answer.status_code == 400
    assert 'value="Tên gõ dở"' in answer.text
    assert f'href="#f-field-{field_id}"' in answer.text
    assert boss.post("/office/fields/999999", data={"name_vi": "x"}).status_code == 404
    assert boss.post("/office/fields/99999999999", data={"name_vi": "x"}).status_code == 404


def test_a_day_off_moves_due_days_and_says_how_many(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    by = actor("reception1")
    for _ in range(3):
        a_petition(by, kind=Kind.RECOMMENDATION)
    due = session.scalars(select(Petition.due_on).distinct()).one()
    boss = as_user("supervisor1")
    answer = boss.post("/calendar", data=DAY, follow_redirects=True)
    alert = re.search(r'class="alert alert-success"[^>]*>([^<]*)<', answer.text)
    assert alert is not None
    assert "27/11/2026" in alert.group(1)
    assert "3" in alert.group(1).replace("27/11/2026", "")
    assert "Nghỉ hoán đổi" in answer.text
    session.expire_all()
    moved = session.scalars(select(Petition.due_on).distinct()).one()
    assert (due, moved) == (date(2026, 12, 8), date(2026, 12, 9))
    assert boss.post("/calendar/remove", data={"day": "2026-11-27"}).status_code == 302
    session.expire_all()
    assert session.scalars(select(Petition.due_on).distinct()).one() == due
    assert session.get(CalendarDay, (by.office_id, date(2026, 11, 27))) is None


def test_bad_days_come_back_with_what_was_typed(as_user: AsUser, session: Session) -> None:
    boss = as_user("supervisor1")
    before = len(session.scalars(select(CalendarDay.day)).all())
    for wrong, field in (
        ({"day": "31/02/2026"}, "day"),
        ({"day": "27/11/1999"}, "day"),
        ({"day": "27/11/2101"}, "day"),
        ({"kind": "party"}, "kind"),
        ({"kind": "worked"}, "day"),  # a Friday is worked anyhow
        ({"name": ""}, "name"),
        ({"source": ""}, "source"),
    ):
        answer = boss.post("/calendar", data={**DAY, **wrong, "year": "2027"})
        assert answer.status_code == 400, wrong
        assert f'href="#f-{field}"' in answer.text, wrong
        typed = next(value for value in ({**DAY, **wrong}["day"], DAY["name"]) if value)
        assert f'value="{typed}"' in answer.text
    assert len(session.scalars(select(CalendarDay.day)).all()) == before
    assert boss.post("/calendar/remove", data={"day": "nay"}).status_code == 400


@pytest.mark.parametrize("year", ["2026", "2000", "2100", "1999", "", "x", "99999", "²⁰²⁶", "-1"])
def test_any_year_gets_a_page(as_user: AsUser, year: str) -> None:
    answer = as_user("admin1").get("/calendar", query_string={"year": year})
    assert answer.status_code == 200
    if year == "2026":
        assert "02/09/2026" in answer.text
