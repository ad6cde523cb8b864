"""Whatever the chain is bound to: petitions, legal events, files, accounts, and what was disposed of."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.permissions import Role
from auth.services import accounts
from chaos.attacks import unguard
from core.database import unit_of_work
from core.settings import Settings
from petitions.queries.event_checks import digests_of
from petitions.services import corrections, ledger
from petitions.services.intake_input import PartyInput
from tests.petitions.given import PLAIN, do
from tests.test_integrity import check, tamper
from tests.test_integrity import office as office

ActorOf = Callable[[str], Actor]

LEGAL = "(SELECT MIN(id) FROM legal_event)"
MORE_LEGAL = (
    "INSERT INTO legal_event (petition_id, event_id, event, occurred_on, days, points, document_number, signer, ground)"
    " SELECT petition_id, {act}, 'closed', '2026-11-24', 0, 0, '', '', '' FROM legal_event WHERE id = " + LEGAL
)
OTHER_FILE = (
    "INSERT INTO petition_attachment (petition_id, stored_file_id, added_at)"
    " SELECT petition_id, stored_file_id, added_at FROM petition_attachment"
)


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("legal", f"UPDATE legal_event SET occurred_on = '2026-01-01' WHERE id = {LEGAL}"),
        ("legal", f"UPDATE legal_event SET document_number = '9/QĐ' WHERE id = {LEGAL}"),
        ("legal", f"UPDATE legal_event SET event_id = (SELECT MIN(id) FROM petition_event) WHERE id = {LEGAL}"),
        ("legal", f"UPDATE legal_event SET petition_id = (SELECT MAX(id) FROM petition) WHERE id = {LEGAL}"),
        ("legal", "DELETE FROM legal_event"),
        ("legal", MORE_LEGAL.format(act="event_id")),
        ("legal", MORE_LEGAL.format(act="(SELECT MIN(id) FROM petition_event WHERE action = 'assign')")),
        ("attachments", "UPDATE petition_attachment SET petition_id = (SELECT MAX(id) FROM petition)"),
        ("attachments", "DELETE FROM petition_attachment"),
        ("attachments", OTHER_FILE),
        ("attachments", "UPDATE stored_file SET sha256 = 'x'"),
        ("attachments", "UPDATE stored_file SET original_name = 'khac.pdf'"),
    ],
)
def test_legal_events_and_attachments_are_bound_to_the_chain(
    office: Session, app: Flask, name: str, statement: str
) -> None:
    tamper(office, statement)
    code, found = check(app, "--only", name)
    assert code == 1
    assert found[name]["faults"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE petition SET body = 'Nội dung khác' WHERE id = 1",
        "UPDATE petition SET title = 'Tên khác' WHERE id = 1",
        "UPDATE petition SET received_on = '2026-11-20' WHERE id = 2",
        "UPDATE petition SET petitioner_name = 'Người khác' WHERE id = 1",
        "UPDATE petition SET officer_id = NULL, unit_id = NULL WHERE id = 2",
        "UPDATE petition SET resolution_note = 'khác' WHERE id = 2",
        "UPDATE petition SET resolved_on = '2026-11-20' WHERE id = 2",
        "UPDATE petition SET registered_at = '2026-11-20 01:00:00' WHERE id = 1",
        "UPDATE petition_party SET phone = '0900000000' WHERE petition_id = 1",
        "UPDATE petition_party SET name = 'Người khác' WHERE petition_id = 2",
        "DELETE FROM petition_party WHERE petition_id = 1",
    ],
)
def test_a_petition_that_is_not_what_its_history_made_is_found(office: Session, app: Flask, statement: str) -> None:
    tamper(office, statement)
    code, found = check(app, "--only", "petitions")
    assert code == 1
    assert found["petitions"]["faults"]


def test_corrections_are_followed_back(office: Session, app: Flask, settings: Settings, actor: ActorOf) -> None:
    boss = actor("supervisor1")
    do(corrections.correct, 1, {"title": "Tên đã sửa", "people_count": 3}, by=boss)
    typed = PartyInput(name="Trần Thị Khác", phone="0911111111")
    do(corrections.correct_petitioner, 1, typed, by=boss, lookup_key=settings.lookup_key)
    do(corrections.correct, 1, {"title": "Tên sửa lần hai"}, by=boss)
    assert check(app, "--only", "petitions")[1]["petitions"]["faults"] == []
    tamper(office, "UPDATE petition_party SET phone = '0900000000' WHERE petition_id = 1")
    assert check(app, "--only", "petitions")[0] == 1


SLIPPED_IN = (
    "INSERT INTO user_account (office_id, username, full_name, sort_key, role, password_hash, must_change_password,"
    " active, language, created_at) SELECT office_id, 'ma', full_name, sort_key, role, password_hash,"
    " must_change_password, active, language, created_at FROM user_account WHERE username = 'supervisor1'"
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE user_account SET role = 'administrator' WHERE username = 'officer2'",
        "UPDATE user_account SET password_hash = 'x' WHERE username = 'supervisor1'",
        "UPDATE user_account SET full_name = 'Người khác' WHERE username = 'officer2'",
        "UPDATE user_account SET active = NOT active WHERE username = 'officer4'",
        "UPDATE unit_member SET is_head = NOT is_head",
        "DELETE FROM unit_member WHERE user_id = (SELECT id FROM user_account WHERE username = 'officer2')",
        SLIPPED_IN,
    ],
)
def test_rights_that_were_taken_past_the_program_are_found(office: Session, app: Flask, statement: str) -> None:
    tamper(office, statement)
    code, found = check(app, "--only", "accounts")
    assert code == 1
    assert found["accounts"]["faults"]


def test_accounts_are_followed_through_their_changes(office: Session, app: Flask, actor: ActorOf) -> None:
    boss, officer = actor("admin1"), actor("officer4")
    assert officer.id is not None
    with unit_of_work() as work:
        accounts.reset_password(work, user_id=officer.id, by=boss)
        accounts.disable_user(work, user_id=officer.id, by=boss)
        accounts.update_user(work, user_id=officer.id, full_name="Lý Thị Năm", role=Role.RECEPTION, units=(), by=boss)
        accounts.enable_user(work, user_id=officer.id, by=boss)
    assert check(app, "--only", "accounts")[1]["accounts"]["faults"] == []


def emptied(session: Session, by: Actor, petition_id: int, *, with_act: bool = True, left: str = "") -> None:
    """What disposal does to the history of a petition."""
    session.rollback()
    with unit_of_work() as work:
        unguard(work.connection())
        petition = ledger.lock(work, petition_id, by)
        digests = digests_of(work, petition_id)
        work.execute(
            text("UPDATE petition_event SET reason = :left, data = '{}' WHERE petition_id = :id"),
            {"left": left, "id": petition_id},
        )
        if with_act:
            ledger.change(work, petition, by=by, action="dispose", values={}, data={"emptied": digests})


@pytest.mark.parametrize("which", ["MIN(id)", "MAX(id)"])
def test_what_was_disposed_of_by_an_act_is_no_fault(office: Session, app: Flask, actor: ActorOf, which: str) -> None:
    """The newest petition is an imported one: its run has one digest for all its events."""
    petition_id = office.execute(text(f"SELECT {which} FROM petition")).scalar_one()
    emptied(office, actor("supervisor1"), petition_id)
    assert check(app, "--only", "events")[1]["events"]["faults"] == []
    tamper(office, f"UPDATE petition_event SET actor_name = 'x' WHERE petition_id = {petition_id} AND reason = ''")
    assert check(app, "--only", "events")[0] == 1


@pytest.mark.parametrize(("with_act", "left"), [(False, ""), (True, "khác")])
@pytest.mark.parametrize("which", ["MIN(id)", "MAX(id)"])
def test_what_was_emptied_without_an_act_or_replaced_is_a_fault(
    office: Session, app: Flask, actor: ActorOf, which: str, with_act: bool, left: str
) -> None:
    petition_id = office.execute(text(f"SELECT {which} FROM petition")).scalar_one()
    emptied(office, actor("supervisor1"), petition_id, with_act=with_act, left=left)
    assert check(app, "--only", "events")[0] == 1


def test_the_chain_holds_no_word_of_what_was_said(office: Session) -> None:
    payloads = "".join(office.scalars(text("SELECT payload FROM audit_entry")))
    assert "Đã gọi điện" not in payloads
    assert "Ghi chú tại quầy" not in payloads
    assert PLAIN.title not in payloads
