"""Units, and the look-ups that pages make of units and officers."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth import queries
from auth.actor import Actor
from auth.models import User
from auth.services import units
from core import audit
from core.database import unit_of_work
from core.errors import InvalidInput
from tests.auth.desk import Desk
from tests.people import UNIT_LAND, UNIT_SOCIAL

ActorOf = Callable[[str], Actor]


def id_of(session: Session, username: str) -> int:
    return session.scalars(select(User.id).where(User.username == username)).one()


def unit_named(session: Session, name: str) -> int:
    found = queries.unit_by_name(queries.units(session, 1), name)
    assert found is not None
    return found.id


def refused(error: pytest.ExceptionInfo[InvalidInput]) -> set[str]:
    return set(error.value.errors)


class TestUnits:
    def test_a_unit_s_life(self, session: Session, actor: ActorOf) -> None:
        admin = actor("admin1")
        with unit_of_work():
            unit_id = units.create_unit(session, name="  Tư pháp -  Hộ tịch ", by=admin)
        assert queries.unit(session, 1, unit_id) == (unit_id, "Tư pháp - Hộ tịch", True)
        with unit_of_work():
            units.rename_unit(session, unit_id=unit_id, name="Tư pháp", by=admin)
        with unit_of_work():
            units.deactivate_unit(session, unit_id=unit_id, by=admin)
        assert queries.unit(session, 1, unit_id) == (unit_id, "Tư pháp", False)
        assert unit_id not in {row.id for row in queries.lookups(session, 1).units}
        with unit_of_work():
            units.activate_unit(session, unit_id=unit_id, by=admin)
        assert unit_id in {row.id for row in queries.lookups(session, 1).units}
        actions = session.scalars(
            select(audit.AuditEntry.action)
            .where(audit.AuditEntry.subject == f"unit:{unit_id}")
            .order_by(audit.AuditEntry.seq)
        ).all()
        assert actions == ["unit.create", "unit.rename", "unit.deactivate", "unit.activate"]

    @pytest.mark.parametrize("name", ["", "   ", "x" * 121, UNIT_LAND, "dia chinh - xay dung", "ĐỊA CHÍNH -  XÂY DỰNG"])
    def test_names_are_given_and_unlike(self, session: Session, actor: ActorOf, name: str) -> None:
        with pytest.raises(InvalidInput) as error, unit_of_work():
            units.create_unit(session, name=name, by=actor("admin1"))
        assert refused(error) == {"name"}
        with pytest.raises(InvalidInput), unit_of_work():
            units.rename_unit(session, unit_id=unit_named(session, UNIT_SOCIAL), name=name, by=actor("admin1"))

    def test_a_unit_may_be_written_anew(self, session: Session, actor: ActorOf) -> None:
        land = unit_named(session, UNIT_LAND)
        with unit_of_work():
            units.rename_unit(session, unit_id=land, name=UNIT_LAND.upper(), by=actor("admin1"))
        assert queries.unit(session, 1, land).name == UNIT_LAND.upper()

    def test_members_keep_a_unit(self, session: Session, actor: ActorOf) -> None:
        with pytest.raises(InvalidInput) as error, unit_of_work():
            units.deactivate_unit(session, unit_id=unit_named(session, UNIT_LAND), by=actor("admin1"))
        assert refused(error) == {"unit"}

    def test_open_work_keeps_a_unit(self, session: Session, actor: ActorOf, desk: Desk) -> None:
        with unit_of_work():
            unit_id = units.create_unit(session, name="Tư pháp", by=actor("admin1"))
        desk.of_unit[unit_id] = 7
        with pytest.raises(InvalidInput) as error, unit_of_work():
            units.deactivate_unit(session, unit_id=unit_id, by=actor("admin1"))
        assert "7" in str(error.value.errors["unit"])

    def test_a_unit_is_found_without_marks(self, session: Session) -> None:
        rows = queries.units(session, 1)
        found = queries.unit_by_name(rows, "dia chinh - xay dung")
        assert found is not None
        assert found.name == UNIT_LAND
        assert queries.unit_by_name(rows, "dia chinh") is None


def test_look_ups_are_kept_and_forgotten(session: Session, actor: ActorOf) -> None:
    first = queries.lookups(session, 1)
    assert queries.lookups(session, 1) is first
    assert first.user_names[id_of(session, "officer1")] == "Đỗ Văn Một"
    with unit_of_work():
        assert queries.lookups(session, 1) is not first
        units.create_unit(session, name="Tư pháp", by=actor("admin1"))
    assert "Tư pháp" in {row.name for row in queries.lookups(session, 1).units}


def test_what_an_open_transaction_sees_is_not_kept(session: Session, actor: ActorOf) -> None:
    def make_and_fail() -> None:
        with unit_of_work():
            units.create_unit(session, name="Tư pháp", by=actor("admin1"))
            assert "Tư pháp" in {row.name for row in queries.lookups(session, 1).units}
            raise RuntimeError

    with pytest.raises(RuntimeError):
        make_and_fail()
    assert "Tư pháp" not in {row.name for row in queries.lookups(session, 1).units}


def test_officers_stand_in_the_order_of_given_names(session: Session) -> None:
    names = [officer.full_name for officer in queries.assignable_officers(session, 1)]
    assert names == ["Hà Văn Ba", "Lý Thị Bốn", "Bùi Thị Hai", "Phan Văn Lãnh", "Đỗ Văn Một"]
