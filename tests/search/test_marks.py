"""The marks of a petition are shown wherever it is listed."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from petitions.services.assignment import assign
from tests.search.making import register

ActorOf = Callable[[str], Actor]
AsUser = Callable[[str], FlaskClient]


@pytest.mark.parametrize("address", ["/", "/queues/priority", "/queues/mine", "/search?q=cay+do"])
def test_marks_are_shown_wherever_a_petition_is_listed(
    session: Session, actor: ActorOf, as_user: AsUser, address: str
) -> None:
    made = register(session, actor("reception1"), "Cây đổ", complex_reason="Nhiều hộ", people_count=12)
    with unit_of_work() as work:
        assign(work, made.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    answer = as_user("officer1").get(address)
    assert answer.status_code == 200
    listed = answer.text.partition(made.number)[2].partition("</tr>" if address != "/" else "</li>")[0]
    for mark in ("phức tạp", "12 người"):
        assert f'<span class="tag tag-flag">{mark}</span>' in listed
