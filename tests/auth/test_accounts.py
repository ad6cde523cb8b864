"""Users and units: what may be done to them, by whom, and what the history keeps of it."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from auth import queries
from auth.actor import Actor, Membership, operating_system_actor
from auth.models import LoginSession, User
from auth.permissions import ASSIGNABLE_ROLES, MANAGING_ROLES, UNIT_ROLES, Role, parse_role
from auth.services import accounts, login, sessions, units
from core import audit
from core.database import unit_of_work
from core.errors import InvalidInput, NotAllowed, NotVisible
from tests.auth.desk import Desk
from tests.people import PASSWORD, UNIT_LAND, UNIT_SOCIAL

ActorOf = Callable[[str], Actor]

NEW_PASSWORD = "ba con mèo vàng"


def id_of(session: Session, username: str) -> int:
    return session.scalars(select(User.id).where(User.username == username)).one()


def unit_named(session: Session, name: str) -> int:
    found = queries.unit_by_name(queries.units(session, 1), name)
    assert found is not None
    return found.id


def newest_entry(session: Session) -> audit.AuditEntry:
    return session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.seq.desc()).limit(1)).one()


def refused(error: pytest.ExceptionInfo[InvalidInput]) -> set[str]:
    return set(error.value.errors)


class TestCreate:
    def test_a_user_is_made_with_units_and_head(self, session: Session, actor: ActorOf) -> None:
        land, social = unit_named(session, UNIT_LAND), unit_named(session, UNIT_SOCIAL)
        with unit_of_work():
            made = accounts.create_user(
                session,
                username=" Officer9 ",
                full_name="  Vũ   Thị Chín ",
                role=Role.OFFICER,
                units=[Membership(land, True), Membership(social, False)],
                by=actor("admin1"),
            )
        row = queries.user(session, 1, made.id)
        assert (row.username, row.full_name) == ("officer9", "Vũ Thị Chín")
        assert (row.unit_ids, row.head_of) == ((land, social), (land,))
        assert row.must_change_password
        found = queries.actor_by_username(session, "officer9")
        assert found is not None
        assert found.heads(land)
        assert not found.heads(social)

    def test_the_one_time_password_is_in_no_audit_entry(self, session: Session, actor: ActorOf) -> None:
        with unit_of_work():
            made = accounts.create_user(session, username="new1", role=Role.RECEPTION, by=actor("admin1"))
        entry = newest_entry(session)
        assert (entry.actor, entry.action, entry.subject) == ("admin1", "user.create", f"user:{made.id}")
        assert made.one_time_password not in entry.payload

    @pytest.mark.parametrize(
        ("changes", "field_name"),
        [
            ({"username": ""}, "username"),
            ({"username": "x"}, "username"),
            ({"username": "đỗ"}, "username"),
            ({"username": "1st"}, "username"),
            ({"username": "has space"}, "username"),
            ({"username": "x" * 61}, "username"),
            ({"username": "OFFICER1"}, "username"),
            ({"full_name": "x" * 121}, "full_name"),
            ({"password": "short"}, "password"),
            ({"password": "clerk-clerk-clerk"}, "password"),
            ({"role": Role.OFFICER, "units": []}, "units"),
            ({"units": [Membership(999, False)]}, "units"),
            ({"units": [Membership(10**30, False)]}, "units"),
        ],
    )
    def test_what_cannot_be_is_named(
        self, session: Session, actor: ActorOf, changes: dict[str, object], field_name: str
    ) -> None:
        values: dict[str, object] = {"username": "clerk", "full_name": "Lê Thị Thử", "role": Role.RECEPTION, **changes}
        with pytest.raises(InvalidInput) as error, unit_of_work():
            accounts.create_user(session, by=actor("admin1"), **values)  # type: ignore[arg-type]  # wrong on purpose
        assert refused(error) == {field_name}
        assert session.scalars(select(User.id).where(User.username == "clerk")).all() == []

    def test_all_faults_are_told_at_once(self, session: Session, actor: ActorOf) -> None:
        with pytest.raises(InvalidInput) as error, unit_of_work():
            accounts.create_user(session, username="?", role=Role.OFFICER, password="x", by=actor("admin1"))
        assert refused(error) == {"username", "password", "units"}

    @pytest.mark.parametrize("name", ["reception1", "officer1", "supervisor1"])
    def test_only_administrators_manage(self, session: Session, actor: ActorOf, name: str) -> None:
        by, other = actor(name), id_of(session, "officer2")
        verbs: list[Callable[[], object]] = [
            lambda: accounts.create_user(session, username="new1", role=Role.RECEPTION, by=by),
            lambda: accounts.update_user(session, user_id=other, full_name="X", role=Role.RECEPTION, units=[], by=by),
            lambda: accounts.reset_password(session, user_id=other, by=by),
            lambda: accounts.disable_user(session, user_id=other, by=by),
            lambda: accounts.enable_user(session, user_id=other, by=by),
            lambda: units.create_unit(session, name="X", by=by),
            lambda: units.rename_unit(session, unit_id=1, name="X", by=by),
            lambda: units.deactivate_unit(session, unit_id=1, by=by),
            lambda: units.activate_unit(session, unit_id=1, by=by),
        ]
        for verb in verbs:
            with pytest.raises(NotAllowed), unit_of_work():
                verb()

    def test_another_office_is_out_of_sight(self, session: Session) -> None:
        stranger = operating_system_actor(office_id=2)
        with pytest.raises(NotVisible), unit_of_work():
            accounts.disable_user(session, user_id=id_of(session, "officer2"), by=stranger)
        with pytest.raises(NotVisible), unit_of_work():
            units.rename_unit(session, unit_id=unit_named(session, UNIT_LAND), name="X", by=stranger)
        with pytest.raises(NotVisible):
            queries.user(session, 2, id_of(session, "officer2"))


class TestUpdate:
    def test_old_and_new_values_stand_in_the_history(self, session: Session, actor: ActorOf) -> None:
        officer, social = id_of(session, "officer2"), unit_named(session, UNIT_SOCIAL)
        land = unit_named(session, UNIT_LAND)
        with unit_of_work():
            accounts.update_user(
                session,
                user_id=officer,
                full_name="Bùi Thị Hai",
                role=Role.OFFICER,
                units=[Membership(social, True)],
                by=actor("admin1"),
            )
        entry = newest_entry(session)
        assert json.loads(entry.payload) == {"old": {"units": [[land, False]]}, "new": {"units": [[social, True]]}}
        assert queries.user(session, 1, officer).units == (Membership(social, True),)

    def test_saving_without_a_change_leaves_no_entry(self, session: Session, actor: ActorOf) -> None:
        before = newest_entry(session).seq
        row = queries.user_by_username(session, 1, "officer1")
        with unit_of_work():
            accounts.update_user(
                session, user_id=row.id, full_name=row.full_name, role=row.role, units=row.units, by=actor("admin1")
            )
        assert newest_entry(session).seq == before

    def test_a_new_name_sorts_anew(self, session: Session, actor: ActorOf) -> None:
        row = queries.user_by_username(session, 1, "officer4")
        assert queries.assignable_officers(session, 1)[0].username != "officer4"
        with unit_of_work():
            accounts.update_user(
                session, user_id=row.id, full_name="Lý Thị Ánh", role=row.role, units=row.units, by=actor("admin1")
            )
        assert queries.assignable_officers(session, 1)[0].username == "officer4"

    def test_nobody_takes_the_right_to_manage_from_themselves(self, session: Session, actor: ActorOf) -> None:
        self._second_administrator(session, actor)
        with pytest.raises(InvalidInput) as error, unit_of_work():
            self._demote(session, actor("admin1"), id_of(session, "admin1"))
        assert refused(error) == {"role"}

    def test_the_last_administrator_stays_one(self, session: Session, actor: ActorOf) -> None:
        with pytest.raises(InvalidInput) as error, unit_of_work():
            self._demote(session, operating_system_actor(1), id_of(session, "admin1"))
        assert refused(error) == {"role"}
        self._second_administrator(session, actor)
        with unit_of_work():
            self._demote(session, operating_system_actor(1), id_of(session, "admin1"))
        assert queries.user_by_username(session, 1, "admin1").role is Role.RECEPTION

    def test_a_role_without_work_is_not_given_to_somebody_with_work(
        self, session: Session, actor: ActorOf, desk: Desk
    ) -> None:
        officer = id_of(session, "officer2")
        desk.of_user[officer] = 3
        with pytest.raises(InvalidInput) as error, unit_of_work():
            self._demote(session, actor("admin1"), officer)
        assert refused(error) == {"role"}
        assert "3" in str(error.value.errors["role"])

    @staticmethod
    def _demote(session: Session, by: Actor, user_id: int) -> None:
        row = queries.user(session, 1, user_id)
        accounts.update_user(session, user_id=user_id, full_name=row.full_name, role=Role.RECEPTION, units=[], by=by)

    @staticmethod
    def _second_administrator(session: Session, actor: ActorOf) -> None:
        with unit_of_work():
            accounts.create_user(session, username="admin2", role=Role.ADMINISTRATOR, by=actor("admin1"))


class TestDisable:
    def test_open_work_needs_a_successor(self, session: Session, actor: ActorOf, desk: Desk) -> None:
        leaving, staying = id_of(session, "officer2"), id_of(session, "officer1")
        desk.of_user[leaving] = 2
        with pytest.raises(InvalidInput) as error, unit_of_work():
            accounts.disable_user(session, user_id=leaving, by=actor("admin1"))
        assert refused(error) == {"successor"}
        assert queries.user(session, 1, leaving).active
        with unit_of_work():
            moved = accounts.disable_user(session, user_id=leaving, successor_id=staying, by=actor("admin1"))
        assert moved == 2
        assert desk.moved == [(leaving, staying, "admin1")]
        assert not queries.user(session, 1, leaving).active
        assert json.loads(newest_entry(session).payload) == {"successor": staying, "moved": 2}

    @pytest.mark.parametrize("successor", ["officer2", "reception1", "admin1", "gone"])
    def test_the_successor_must_be_able_to_hold_work(
        self, session: Session, actor: ActorOf, desk: Desk, successor: str
    ) -> None:
        leaving = id_of(session, "officer2")
        desk.of_user[leaving] = 1
        with unit_of_work():
            accounts.disable_user(session, user_id=id_of(session, "officer4"), by=actor("admin1"))
        successor_id = id_of(session, "officer4") if successor == "gone" else id_of(session, successor)
        with pytest.raises(InvalidInput) as error, unit_of_work():
            accounts.disable_user(session, user_id=leaving, successor_id=successor_id, by=actor("admin1"))
        assert refused(error) == {"successor"}
        assert desk.moved == []

    def test_nobody_disables_themselves(self, session: Session, actor: ActorOf) -> None:
        with pytest.raises(InvalidInput) as error, unit_of_work():
            accounts.disable_user(session, user_id=id_of(session, "admin1"), by=actor("admin1"))
        assert refused(error) == {"user"}

    def test_the_last_administrator_stays(self, session: Session) -> None:
        with pytest.raises(InvalidInput) as error, unit_of_work():
            accounts.disable_user(session, user_id=id_of(session, "admin1"), by=operating_system_actor(1))
        assert refused(error) == {"user"}

    def test_a_disabled_administrator_does_not_count(self, session: Session, actor: ActorOf) -> None:
        with unit_of_work():
            made = accounts.create_user(session, username="admin2", role=Role.ADMINISTRATOR, by=actor("admin1"))
        with unit_of_work():
            accounts.disable_user(session, user_id=made.id, by=actor("admin1"))
        with pytest.raises(InvalidInput), unit_of_work():
            accounts.disable_user(session, user_id=id_of(session, "admin1"), by=operating_system_actor(1))

    def test_a_disabled_user_is_nobody_s_colleague(self, session: Session, actor: ActorOf) -> None:
        leaving = id_of(session, "officer2")
        assert leaving in {officer.id for officer in queries.assignable_officers(session, 1)}
        with unit_of_work():
            accounts.disable_user(session, user_id=leaving, by=actor("admin1"))
        assert leaving not in {officer.id for officer in queries.assignable_officers(session, 1)}
        assert not queries.is_assignable(session, 1, leaving)
        assert queries.actor_by_username(session, "officer2") is None
        assert queries.names_of(session, [leaving]) == {leaving: "Bùi Thị Hai"}

    def test_enabling_brings_them_back(self, session: Session, actor: ActorOf) -> None:
        leaving = id_of(session, "officer2")
        with unit_of_work():
            accounts.disable_user(session, user_id=leaving, by=actor("admin1"))
        with unit_of_work():
            accounts.enable_user(session, user_id=leaving, by=actor("admin1"))
        assert queries.is_assignable(session, 1, leaving)
        assert leaving in {officer.id for officer in queries.assignable_officers(session, 1)}
        assert newest_entry(session).action == "user.enable"


class TestPassword:
    def test_the_present_one_is_asked_for(self, session: Session, actor: ActorOf) -> None:
        with pytest.raises(InvalidInput) as error, unit_of_work():
            accounts.change_own_password(
                session, old_password="falsch", new_password=NEW_PASSWORD, by=actor("officer1")
            )
        assert refused(error) == {"current_password"}

    @pytest.mark.parametrize("new_password", ["short", PASSWORD, "officer1officer1"])
    def test_the_new_one_follows_the_rules(self, session: Session, actor: ActorOf, new_password: str) -> None:
        with pytest.raises(InvalidInput) as error, unit_of_work():
            accounts.change_own_password(
                session, old_password=PASSWORD, new_password=new_password, by=actor("officer1")
            )
        assert refused(error) == {"new_password"}

    def test_other_logins_end_and_this_one_stays(self, session: Session, actor: ActorOf) -> None:
        officer = id_of(session, "officer1")
        with unit_of_work():
            here, elsewhere = sessions.begin(session, user_id=officer), sessions.begin(session, user_id=officer)
            somebody = sessions.begin(session, user_id=id_of(session, "officer2"))
        me = queries.login_by_token(session, here, sessions.token_hash(here))
        assert me is not None
        with unit_of_work():
            accounts.change_own_password(session, old_password=PASSWORD, new_password=NEW_PASSWORD, by=me.actor)
        kept = set(session.scalars(select(LoginSession.token_hash)))
        assert kept == {sessions.token_hash(here), sessions.token_hash(somebody)}
        assert sessions.token_hash(elsewhere) not in kept

    def test_a_reset_opens_a_throttled_account(self, session: Session, actor: ActorOf) -> None:
        for _ in range(login.PER_ACCOUNT_AND_ADDRESS):
            with unit_of_work():
                login.begin_attempt(session, username="officer1", address="10.0.0.1")
        with unit_of_work():
            password = accounts.reset_password(session, user_id=id_of(session, "officer1"), by=actor("admin1"))
        with unit_of_work():
            attempt = login.begin_attempt(session, username="officer1", address="10.0.0.1")
        assert login.password_matches(attempt, password)
        assert not login.password_matches(attempt, PASSWORD)

    def test_one_s_own_is_changed_on_its_page(self, session: Session, actor: ActorOf) -> None:
        with pytest.raises(InvalidInput) as error, unit_of_work():
            accounts.reset_password(session, user_id=id_of(session, "admin1"), by=actor("admin1"))
        assert refused(error) == {"user"}

    def test_the_command_line_has_none(self, session: Session) -> None:
        with pytest.raises(NotAllowed), unit_of_work():
            accounts.change_own_password(
                session, old_password="", new_password=NEW_PASSWORD, by=operating_system_actor(1)
            )


def test_the_audit_chain_holds_after_all_this(session: Session, actor: ActorOf) -> None:
    admin, officer = actor("admin1"), id_of(session, "officer2")
    with unit_of_work():
        accounts.reset_password(session, user_id=officer, by=admin)
        accounts.disable_user(session, user_id=officer, by=admin)
    assert audit.verify(session, 1).first_bad_seq is None


def test_roles_are_read_as_scripts_write_them() -> None:
    assert parse_role("admin") is parse_role(" Administrator ") is Role.ADMINISTRATOR
    with pytest.raises(ValueError, match="chair"):
        parse_role("chair")


def test_groups_of_roles_follow_from_the_table() -> None:
    assert {Role.OFFICER, Role.SUPERVISOR} == ASSIGNABLE_ROLES
    assert {Role.ADMINISTRATOR} == MANAGING_ROLES
    assert {Role.OFFICER} == UNIT_ROLES
