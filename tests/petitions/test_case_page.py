"""The page of one petition."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from petitions.models import PetitionClock
from tests.petitions.given import a_petition


def test_a_clock_of_an_earlier_release_is_told_without_its_rule(
    session: Session, actor: Callable[[str], Actor], as_user: Callable[[str], FlaskClient]
) -> None:
    made = a_petition(actor("reception1"))
    address = f"/petitions/{made.number}"
    assert "7 ngày làm việc kể từ 23/11/2026" in as_user("officer1").get(address).text
    with unit_of_work() as work:
        work.execute(
            update(PetitionClock).values(rule_version="1900-01-01").execution_options(synchronize_session=False)
        )
    answer = as_user("officer1").get(address)
    assert answer.status_code == 200
    assert "tính từ ngày 23/11/2026" in answer.text
    assert "ngày làm việc kể từ" not in answer.text
