"""Short forms that an office adds."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from auth.actor import Actor
from search.installed import installed
from search.queries import find
from tests.search.making import register
from tests.search.test_find import drain_all, numbers

AsUser = Callable[[str], FlaskClient]


@pytest.fixture
def desk(actor: Callable[[str], Actor]) -> Actor:
    return actor("reception1")


def found(session: Session, typed: str, who: Actor) -> list[str]:
    session.rollback()
    return sorted(numbers(find(session, installed(), typed, who)))


def test_both_wordings_find_each_other_from_then_on(session: Session, desk: Actor, as_user: AsUser) -> None:
    short = register(session, desk, "Mất GPLX").number
    full = register(session, desk, "Đề nghị cấp lại giấy phép lái xe").number
    drain_all()
    assert found(session, "gplx", desk) == [short]
    boss = as_user("supervisor1")
    answer = boss.post("/search/short-forms", data={"short": "GPLX", "written_out": "giấy phép lái xe"})
    assert answer.status_code == 302
    assert found(session, "gplx", desk) == found(session, "giay phep lai xe", desk) == sorted([short, full])
    page = boss.get("/search/short-forms").text
    assert "GPLX" in page
    (address,) = {part.split('"')[0] for part in page.split('action="') if part.split('"')[0].endswith("/remove")}
    assert boss.post(address).status_code == 302
    assert found(session, "gplx", desk) == [short]
    assert boss.post(address).status_code == 404


@pytest.mark.parametrize(
    ("short", "full", "beside"),
    [
        ("", "giấy phép lái xe", "short"),
        ("hai từ", "giấy phép lái xe", "short"),
        ("GPLX", "giấy", "written_out"),
        ("GPLX", "x " * 100, "written_out"),
    ],
)
def test_what_cannot_be_used_is_said_beside_the_field(as_user: AsUser, short: str, full: str, beside: str) -> None:
    answer = as_user("supervisor1").post("/search/short-forms", data={"short": short, "written_out": full})
    assert answer.status_code == 400
    assert f'id="e-{beside}"' in answer.text
    assert short in answer.text


def test_the_same_twice_is_refused(as_user: AsUser) -> None:
    boss = as_user("supervisor1")
    given = {"short": "GPLX", "written_out": "giấy phép lái xe"}
    assert boss.post("/search/short-forms", data=given).status_code == 302
    assert boss.post("/search/short-forms", data=given).status_code == 400


def test_only_who_keeps_the_settings(as_user: AsUser) -> None:
    assert as_user("officer1").get("/search/short-forms").status_code == 403
    assert as_user("officer1").post("/search/short-forms", data={}).status_code == 403
