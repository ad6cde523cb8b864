"""The office in which every route is asked: five cases, one person of each role, and everything with an id."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from auth.actor import Actor, Membership
from auth.models import Unit
from auth.permissions import Role
from auth.queries import actor_by_username
from auth.services import accounts
from core import clock
from core.database import Base, db
from core.settings import Settings
from petitions.deadlines.legal_events import LegalEvent
from petitions.importing import runs
from petitions.importing.loading import Mode
from petitions.models import (
    Absence,
    Accused,
    LegalEventRow,
    MatterField,
    PaperItem,
    Petition,
    PetitionAttachment,
    Reminder,
)
from petitions.services import absences, accused, assignment, desk, legal_events, programmes, records, saved_views
from petitions.services.attachments import store_attachments
from search.indexing import drain
from search.likeness.grouping import group_some
from search.likeness.services import Keeper
from search.models import ShortForm
from search.short_forms import add as add_short_form
from tests.documents.samples import PDF
from tests.people import UNIT_LAND
from tests.petitions.given import PLAIN, SECRET, a_petition, do

CASES = ("public", "internal", "denounced-elsewhere", "denounced-mine", "accused-unit")
PERSON_OF: dict[Role, str] = {
    Role.RECEPTION: "reception1",
    Role.OFFICER: "officer1",
    Role.SUPERVISOR: "supervisor1",
    Role.ADMINISTRATOR: "admin1",
    Role.CUSTODIAN: "custodian1",
}
# Long enough that a second letter with the same words is found to be the same letter.
_LETTER = (
    "Gia đình tôi sống ở ngõ Thử đã hơn hai mươi năm, nay có người lấn chiếm lối đi chung, dựng tường chắn nước và đổ "
    "rác trước cửa nhà. Tôi đã nhiều lần phản ánh với tổ dân phố nhưng chưa được giải quyết, đề nghị phường xem xét. "
)


@dataclass(frozen=True, slots=True)
class CaseMade:
    """A case and what hangs on it."""

    id: int
    number: str
    version: int
    attachment_id: int
    paper_id: int
    row_id: int
    accused_id: int


@dataclass(slots=True)
class Office:
    """What the requests may name."""

    cases: dict[str, CaseMade]
    ids: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)


def furnish(app: Flask, settings: Settings) -> Office:
    """Make the cases and the rest. Reception, officer and supervisor all work in the unit that is accused."""
    with app.app_context():
        made = {name: _case(settings, name) for name in CASES}
        _work_off(db.session())
        office = _rest(settings, made)
        _into_the_unit()
        db.session.rollback()
        return office


def _who(name: str) -> Actor:
    found = actor_by_username(db.session(), name)
    assert found is not None
    db.session.rollback()
    return found


def _unit(name: str) -> int:
    found = db.session.scalars(select(Unit.id).where(Unit.name == name)).one()
    db.session.rollback()
    return found


def _case(settings: Settings, name: str) -> CaseMade:
    reception, boss = _who("reception1"), _who("supervisor1")
    secret = name not in ("public", "internal")
    what = SECRET if secret else PLAIN
    words = f"{_LETTER} {name} " * 2
    received = a_petition(reception, what, title=f"Đơn {name}", body=words)
    a_petition(reception, what, title=f"Đơn {name}", body=words)
    holder = {"internal": "officer3", "denounced-elsewhere": "officer3", "denounced-mine": "officer1"}.get(name)
    holder = "officer3" if name == "accused-unit" else holder
    if holder:
        do(assignment.assign, received.id, by=boss, officer_id=_who(holder).id)
    letter = FileStorage(BytesIO(PDF), filename="đơn.pdf")
    if secret:
        # The program takes no file for one; as if a later fault of it had left one there.
        do(_lend_a_file, received.id, boss)
    else:
        do(store_attachments, received.id, [letter], by=boss, uploads_dir=settings.uploads_dir)
    do(records.receive_paper, received.id, by=reception, description="Đơn gốc", pages=1)
    event = legal_events.LegalInput(LegalEvent.REPLIED, date(2026, 11, 24))
    do(legal_events.record, received.id, event, by=boss)
    if secret:
        # Somebody of no unit, whom it keeps out of nothing that is asked for here.
        whom = accused.AccusedInput(user_id=_who("admin1").id)
        do(accused.name_accused, received.id, whom, by=boss)
    if name == "accused-unit":
        do(accused.name_accused, received.id, accused.AccusedInput(unit_id=_unit(UNIT_LAND)), by=boss)
    session = db.session()
    session.rollback()
    petition = session.get_one(Petition, received.id)
    ids = [
        session.scalars(select(model.id).where(model.petition_id == received.id).order_by(model.id)).first() or 0
        for model in (PetitionAttachment, PaperItem, LegalEventRow, Accused)
    ]
    made = CaseMade(received.id, received.number, petition.version, *ids)
    session.rollback()
    return made


def _lend_a_file(session: Session, petition_id: int, by: Actor) -> None:
    stored = session.scalars(select(PetitionAttachment.stored_file_id).order_by(PetitionAttachment.id)).first()
    row = {"petition_id": petition_id, "stored_file_id": stored, "added_by": by.id, "added_at": clock.now()}
    session.execute(insert(PetitionAttachment), [row])


def _work_off(session: Session) -> None:
    drain()
    keeper = Keeper()
    while keeper.drain(session) or keeper.refill(session) or group_some(session):
        pass
    session.rollback()


def _rest(settings: Settings, cases: dict[str, CaseMade]) -> Office:
    boss, officer = _who("supervisor1"), _who("officer1")
    today = clock.today()
    away = absences.AbsenceInput(officer.id, today + timedelta(days=30), today + timedelta(days=31))
    do(absences.record_absence, away, by=officer)
    do(desk.remind, cases["public"].id, by=officer, remind_on=today, text="Gọi lại")
    goal = programmes.ProgrammeInput("Dọn đơn tồn", today, today, today + timedelta(days=60))
    view = {"queue": "open", "query": "", "sharing": saved_views.PRIVATE, "on_home": False}
    ids = {
        "programme_id": do(programmes.create, goal, by=boss),
        "view_id": do(saved_views.save, name="Việc của tôi", by=officer, **view),  # type: ignore[arg-type]
        "unit_id": _unit(UNIT_LAND),
    }
    do(add_short_form, "kncp", "khiếu nại có phép", by=boss)
    stored = runs.keep_upload(BytesIO("title\nĐơn\n".encode()), settings.imports_dir)
    wanted = runs.Wanted("don.csv", "", Mode.GOOD_ROWS, dry_run=True)
    ids["run_id"] = do(runs.queue, wanted, stored_name=stored, by=_who("reception1"))
    session = db.session()
    for name, model in (
        ("absence_id", Absence),
        ("reminder_id", Reminder),
        ("field_id", MatterField),
        ("form_id", ShortForm),
    ):
        ids[name] = session.scalars(select(model.id).order_by(model.id)).first() or 0
    session.rollback()
    people = {name: _who(name).id or 0 for name in ("officer1", "officer2", "officer3", "officer4", "supervisor1")}
    ids["user_id"] = people["officer4"]
    return Office(cases, ids, people)


def _into_the_unit() -> None:
    admin, land = _who("admin1"), _unit(UNIT_LAND)
    for name, role in (("reception1", Role.RECEPTION), ("supervisor1", Role.SUPERVISOR)):
        who = _who(name)
        assert who.id is not None
        do(
            accounts.update_user,
            user_id=who.id,
            full_name=who.full_name,
            role=role,
            units=[Membership(land, is_head=False)],
            by=admin,
        )


@dataclass(slots=True)
class Tried:
    """What a request wrote before it was taken back: how often, and the tables as they would then stand."""

    commits: int = 0
    rows: dict[str, list[str]] = field(default_factory=dict)


@contextmanager
def nothing_is_kept(watching: bool = True) -> Iterator[Tried]:
    """While this lasts a unit of work ends as ever, but its changes are taken back: the next request finds the office
    as it was. What would have been kept is told.
    """
    tried = Tried()
    commit = Session.commit

    def take_back(session: Session) -> None:
        session.flush()
        tried.commits += 1
        if watching:
            tried.rows = snapshot(session)
        session.rollback()

    Session.commit = take_back  # type: ignore[method-assign, assignment]
    try:
        yield tried
    finally:
        Session.commit = commit  # type: ignore[method-assign]


def snapshot(session: Session) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    return {
        name: sorted(str(tuple(row)) for row in session.execute(text(f'SELECT * FROM "{name}"')))
        for name in Base.metadata.tables
    }


def plain_values(given: Any) -> dict[str, Any]:
    """A body without the files, for a request that is sent again."""
    return {name: value for name, value in given.items() if not isinstance(value, tuple)}
