"""The demo data: made by the services, whole and sound."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.queries import installed_office
from core import audit
from petitions.demo import load_demo
from petitions.models import Petition, Visit
from petitions.queries.checks import queue_drift
from petitions.workflow import State
from tests.petitions.given import a_petition

PASSWORD = "một mật khẩu để thử"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_demo_has_every_state_and_holds(session: Session, seed: int) -> None:
    assert load_demo(petitions=120, seed=seed, password=PASSWORD) == 120
    states = dict(session.execute(select(Petition.state, func.count()).group_by(Petition.state)).all())
    assert set(states) == set(State)
    assert session.scalars(select(func.count()).select_from(Visit)).one() > 0
    office_id = installed_office(session)
    assert office_id is not None
    assert queue_drift(session, office_id) == (120, [])
    assert audit.verify(session, office_id).first_bad_seq is None


def test_the_command_refuses_a_database_with_petitions(app: Flask, actor: Callable[[str], Actor]) -> None:
    with app.app_context():
        a_petition(actor("reception1"))
    result: Result = app.test_cli_runner().invoke(args=["demo", "load", "--petitions", "5", "--seed", "1"])
    assert result.exit_code == 1
    assert "đã có đơn" in result.output
