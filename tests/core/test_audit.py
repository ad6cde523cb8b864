import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from auth.models import Office
from core import audit
from core.audit import AuditEntry, AuditHead
from core.clock import FixedClock
from core.database import unit_of_work


@pytest.fixture
def office(session: Session, clock: FixedClock) -> int:
    """An office whose chain goes on with five entries of different moments and letters."""
    office_id = session.execute(select(Office.id)).scalar_one()
    for position in range(5):
        clock.advance(timedelta(microseconds=1_234_567))
        with unit_of_work() as inside:
            audit.record(
                inside,
                office_id,
                actor="officer1",
                action="test",
                subject=f"petition:{position}",
                payload={"lý do": "Đơn “trùng”\n", "on": clock.now().date(), "n": position},
            )
    return office_id


def tamper(session: Session, *statements: str) -> None:
    """Change history as somebody with full rights on the database could."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    with unit_of_work() as inside:
        if sqlite:
            inside.execute(text("DROP TRIGGER audit_entry_no_update"))
            inside.execute(text("DROP TRIGGER audit_entry_no_delete"))
        else:
            inside.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        for statement in statements:
            inside.execute(text(statement))


def newest(session: Session) -> int:
    return session.execute(select(AuditHead.seq)).scalar_one()


def test_an_honest_chain_holds_as_stored(session: Session, office: int) -> None:
    session.rollback()
    report = audit.verify(session, office)
    assert report.first_bad_seq is None
    assert report.entries == newest(session)
    assert report.head == session.execute(select(AuditHead.hash)).scalar_one()


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE audit_entry SET actor = 'officer2' WHERE seq = {last} - 2", -2),
        ("UPDATE audit_entry SET action = 'x' WHERE seq = {last}", 0),
        ("UPDATE audit_entry SET subject = 'petition:9' WHERE seq = {last} - 1", -1),
        ("UPDATE audit_entry SET payload = '{{}}' WHERE seq = {last} - 3", -3),
        ("UPDATE audit_entry SET at = (SELECT at FROM audit_entry WHERE seq = 1) WHERE seq = {last} - 1", -1),
        ("DELETE FROM audit_entry WHERE seq = {last} - 2", -2),
        ("DELETE FROM audit_entry WHERE seq = {last}", 0),
        ("DELETE FROM audit_entry WHERE seq > {last} - 3", -2),
        ("UPDATE audit_head SET seq = seq - 1", 1),
        ("UPDATE audit_head SET hash = 'x'", 1),
    ],
)
def test_the_first_entry_that_was_changed_is_named(session: Session, office: int, statement: str, bad: int) -> None:
    last = newest(session)
    tamper(session, statement.format(last=last))
    assert audit.verify(session, office).first_bad_seq == last + bad


def test_swapped_entries_are_found(session: Session, office: int) -> None:
    last = newest(session)
    tamper(
        session,
        f"UPDATE audit_entry SET seq = -1 WHERE seq = {last}",
        f"UPDATE audit_entry SET seq = {last} WHERE seq = {last - 1}",
        f"UPDATE audit_entry SET seq = {last - 1} WHERE seq = -1",
    )
    assert audit.verify(session, office).first_bad_seq == last - 1


def test_offices_have_chains_of_their_own(session: Session, office: int) -> None:
    with unit_of_work() as inside:
        other = Office(code="KHAC", name="Phường khác", address="", require_confirmation=False)
        inside.add(other)
        inside.flush()
        audit.open_chain(inside, other.id)
        audit.record(inside, other.id, actor="a", action="b", subject="c", payload={})
    before = newest_of(session, office)
    assert newest_of(session, other.id) == 1
    with unit_of_work() as inside:
        audit.record(inside, other.id, actor="a", action="b", subject="c", payload={})
    assert newest_of(session, office) == before
    assert audit.verify(session, other.id).first_bad_seq is None


def newest_of(session: Session, office_id: int) -> int:
    session.rollback()
    return session.execute(select(AuditHead.seq).where(AuditHead.office_id == office_id)).scalar_one()


def test_the_chain_does_not_fork_between_writers(app: Flask, session: Session, office: int) -> None:
    before = newest_of(session, office)
    session.rollback()

    def write() -> None:
        for _ in range(8):
            with app.app_context(), unit_of_work() as own:
                audit.record(own, office, actor="a", action="b", subject="c", payload={})

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert newest_of(session, office) == before + 24
    assert audit.verify(session, office).first_bad_seq is None


def test_an_entry_goes_with_the_act_that_failed(session: Session, office: int) -> None:
    before = newest_of(session, office)

    def fail() -> None:
        with unit_of_work() as inside:
            audit.record(inside, office, actor="a", action="b", subject="c", payload={})
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert newest_of(session, office) == before
    assert session.scalars(select(AuditEntry.seq).where(AuditEntry.seq > before)).all() == []
