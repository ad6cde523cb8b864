"""Whoever opens a denunciation is noted before it is shown; the supervisor reads it on the case."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.audit import AuditEntry
from core.clock import FixedClock
from petitions.models import CaseLook
from petitions.services import assignment
from petitions.services.intake import Received
from tests.petitions.given import SECRET, a_petition, do

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


@pytest.fixture
def case(session: Session, actor: ActorOf) -> Received:
    secret = a_petition(actor("reception1"), SECRET, title="Tố cáo kín")
    do(assignment.assign, secret.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    return secret


def noted(session: Session) -> int:
    session.rollback()
    return session.execute(select(func.count()).select_from(CaseLook)).scalar_one()


@pytest.mark.parametrize("page", ["", "/story", "/receipt", "/limits", "/correct", "/accused"])
def test_every_page_of_it_is_a_look(session: Session, as_user: AsUser, case: Received, page: str) -> None:
    assert as_user("officer1").get(f"/petitions/{case.number}{page}").status_code == 200
    assert noted(session) == 1
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.action, entry.subject, entry.actor) == ("case.look", case.number, "officer1")


def test_leafing_is_one_look_and_coming_back_is_another(
    session: Session, as_user: AsUser, case: Received, clock: FixedClock
) -> None:
    client = as_user("officer1")
    for page in ("", "/story", "", "/limits"):
        client.get(f"/petitions/{case.number}{page}")
    assert noted(session) == 1
    clock.advance(timedelta(minutes=11))
    client.get(f"/petitions/{case.number}")
    as_user("officer2").get(f"/petitions/{case.number}")
    assert noted(session) == 3


def test_what_may_not_be_seen_or_is_no_secret_is_no_look(
    session: Session, as_user: AsUser, actor: ActorOf, case: Received
) -> None:
    plain = a_petition(actor("reception1"))
    as_user("officer1").get(f"/petitions/{plain.number}")
    assert as_user("officer3").get(f"/petitions/{case.number}").status_code == 404
    assert noted(session) == 0


def test_the_supervisor_reads_who_looked_and_others_do_not(as_user: AsUser, case: Received) -> None:
    words = "Người đã xem hồ sơ mật này"
    assert words not in as_user("officer1").get(f"/petitions/{case.number}").text
    page = as_user("supervisor1").get(f"/petitions/{case.number}").text
    assert words in page
    assert "Đỗ Văn Một" in page


def test_a_look_that_cannot_be_noted_shows_nothing(
    as_user: AsUser, case: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user("officer1")

    def broken(*_given: object, **_more: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk is full"))

    monkeypatch.setattr("core.audit.record", broken)
    answer = client.get(f"/petitions/{case.number}")
    assert answer.status_code == 503
    assert "Tố cáo kín" not in answer.text
