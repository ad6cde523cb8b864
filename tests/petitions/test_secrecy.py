"""Who sees what: denunciations outside the unit, cases for the administrator, and who denounced for nobody."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock
from core.settings import Settings
from petitions.importing.loading import Job, Mode, import_file
from petitions.importing.mapping import NATIVE
from petitions.models import PaperItem, Petition
from petitions.services import assignment, closing, desk, records
from petitions.services.intake import Received
from petitions.vocabulary import Kind
from search.indexing import drain
from tests.petitions.given import FILED, PLAIN, SECRET, SOMEBODY, a_petition, a_secret_visit, a_visit, do, joined_to
from tests.petitions.importing.files import csv_file
from tests.petitions.test_main_job import FORM
from tests.test_routes import own_rules

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

HIDDEN_TITLE = "Tố cáo chuyện kín"
HIDDEN = (HIDDEN_TITLE, "Tóm tắt rất kín", "Ghi chú rất kín", "Nơi cất kín", "Ông Bị Tố")
OPEN = ("Khiếu nại về thu hồi đất", "Nguyễn Thị Mẫu", "001099000777", "0900000777", "Phản ánh ngập đường")


@pytest.fixture
def cases(session: Session, actor: ActorOf) -> tuple[Received, Received]:
    """A plain complaint, and a denunciation that officer1's unit works on."""
    reception, boss = actor("reception1"), actor("supervisor1")
    plain = a_petition(reception)
    secret = a_petition(
        reception,
        SECRET,
        title=HIDDEN_TITLE,
        body="Tóm tắt rất kín",
        against="Ông Bị Tố",
        paper_location="Nơi cất kín",
        complex_reason="Ghi chú rất kín",
    )
    do(assignment.assign, secret.id, by=boss, officer_id=actor("officer1").id)
    do(records.add_note, secret.id, by=actor("officer1"), text="Ghi chú rất kín")
    a_visit(reception)
    a_secret_visit(reception, content="Tóm tắt rất kín")
    do(desk.remind, plain.id, by=actor("officer3"), remind_on=clock.today(), text="Nhắc riêng")
    return plain, secret


def pages(app: Flask, *numbers: str) -> Iterator[str]:
    """Every address that can be opened, with each of the numbers in it."""
    for rule in own_rules(app):
        if "GET" not in (rule.methods or set()):
            continue
        words = numbers if "number" in rule.arguments else ("all",)
        for word in words:
            yield re.sub(r"<[a-z_]+>", word, re.sub(r"<int[^:]*:[a-z_]+>", "1", rule.rule))
    yield from (f"/queues/{name}" for name in ("mine", "open", "unassigned", "priority", "overdue", "due-soon", "all"))
    yield from (f"/search?q={quote(word)}" for word in ("kín", "Bị Tố", *numbers))
    yield "/petitions/day"
    yield "/visits?from=01/11/2026&to=30/11/2026"
    yield f"/petitions/here-before?name={quote('Nguyen Thi Mau')}&phone=0900000777"


def read(client: FlaskClient, address: str) -> tuple[int, str]:
    with client.get(address) as answer:
        return answer.status_code, answer.get_data(as_text=False).decode("utf-8", "replace")


def answered(told: str, address: str) -> str:
    """What a page tells beyond the address and the question that led to it."""
    told = re.sub(r'<input type="hidden" name="next" value="[^"]*">|<title>.*?</title>', "", told)
    asked = unquote(address.partition("?q=")[2])
    return told.replace(asked, "") if asked else told


def test_another_unit_finds_nothing_of_a_denunciation(
    app: Flask, as_user: AsUser, cases: tuple[Received, Received]
) -> None:
    plain, secret = cases
    with app.app_context():
        drain()
    stranger, member = as_user("officer3"), as_user("officer2")
    seen_by_members = 0
    for address in pages(app, plain.number, secret.number):
        status, told = read(stranger, address)
        if secret.number in address and address.startswith("/petitions/"):
            assert status in (403, 404), address
        for word in (*HIDDEN, secret.number):
            assert word not in answered(told, address), (address, word)
        seen_by_members += HIDDEN_TITLE in read(member, address)[1]
    assert seen_by_members > 3


def test_the_administrator_reads_no_word_of_any_case(
    app: Flask, as_user: AsUser, cases: tuple[Received, Received]
) -> None:
    client = as_user("admin1")
    opened = 0
    for address in pages(app, *(made.number for made in cases)):
        status, told = read(client, address)
        opened += status == 200
        for word in (*HIDDEN, *OPEN, *(made.number for made in cases), "Nhắc riêng"):
            assert word not in answered(told, address), (address, word)
    assert opened > 5


def test_nobody_else_reads_a_reminder(app: Flask, as_user: AsUser, cases: tuple[Received, Received]) -> None:
    plain, _secret = cases
    assert "Nhắc riêng" in read(as_user("officer3"), "/")[1]
    for name in ("officer1", "supervisor1", "reception1"):
        client = as_user(name)
        for address in ("/", f"/petitions/{plain.number}"):
            assert "Nhắc riêng" not in read(client, address)[1], (name, address)


TELLING = "Bùi Đình Thủ-Bí"
TELLING_ID = "001099123987"
TELLING_PHONE = "0987123456"


def everything_stored(session: Session, settings: Settings, folder: Path) -> str:
    """All that the database and the data folder hold, as text."""
    session.rollback()
    names = session.connection().dialect.get_table_names(session.connection())
    rows = [str(tuple(row)) for name in names for row in session.execute(text(f'SELECT * FROM "{name}"'))]
    files = [
        path.read_bytes().decode("utf-8", "replace")
        for base in (settings.data_dir, folder)
        for path in base.rglob("*")
        if path.is_file() and path.suffix not in (".sqlite3", ".csv") and "sqlite3-" not in path.name
    ]
    return "\n".join(rows + files)


def test_who_denounced_is_kept_nowhere_whatever_is_tried(
    session: Session,
    settings: Settings,
    tmp_path: Path,
    actor: ActorOf,
    as_user: AsUser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    reception = as_user("reception1")
    who = {
        "petitioner_name": TELLING,
        "petitioner_id_number": TELLING_ID,
        "petitioner_phone": TELLING_PHONE,
        "petitioner_address": TELLING,
    }
    nobody = dict.fromkeys(who, "")
    for kind in ({"kind": "denunciation"}, {"kind": "mixed", "kind_parts": ["complaint", "denunciation"]}):
        assert reception.post("/petitions/draft", data={**FORM, **who, **kind, "body": TELLING}).status_code == 200
        assert reception.post("/petitions/new", data={**FORM, **who, **kind, "body": TELLING}).status_code == 400
        assert (
            reception.post("/petitions/new", data={**FORM, **nobody, **kind, "rep_name": [TELLING]}).status_code == 400
        )
        assert (
            reception.post("/petitions/new", data={**FORM, **nobody, **kind, "originals": TELLING}).status_code == 400
        )
    visit = {"visited_on": "23/11/2026", "kind": "denunciation", "content": "Tóm tắt", "people_count": "1"}
    for field in ("name", "address", "id_number"):
        assert reception.post("/visits/new", data={**visit, field: TELLING}).status_code == 400
    secret = a_petition(actor("reception1"), SECRET)
    version = {"version": "1"}
    correction = {**version, "part": "petitioner", "petitioner_name": TELLING}
    assert reception.post(f"/petitions/{secret.number}/correct", data=correction).status_code == 400
    papers = f"/petitions/{secret.number}/papers"
    assert reception.post(papers, data={"description": "Đơn", "pages": "1"}).status_code == 302
    paper = session.scalars(select(PaperItem.id)).one()
    assert reception.post(f"{papers}/{paper}/return", data={"returned_to": TELLING}).status_code == 400
    rows = [
        {"received_on": "02/03/2026", "kind": "tố cáo", "title": "Tố cáo", "petitioner_name": TELLING},
        {"received_on": "02/03/2026", "kind": "tố cáo", "title": "Tố cáo", "petitioner_phone": TELLING_PHONE},
        {"received_on": "02/03/2026", "kind": "KNPA", "title": "Đèn hỏng"},
    ]
    path = csv_file(tmp_path, rows)
    rejects = tmp_path / "rejects.txt"
    job = Job(path, path.name, NATIVE, settings.imports_dir, settings.lookup_key, mode=Mode.GOOD_ROWS, rejects=rejects)
    summary = import_file(job, by=actor("reception1"))
    assert summary.rejected == 2
    drain()
    stored = everything_stored(session, settings, tmp_path) + caplog.text + json.dumps(summary.as_dict())
    for word in (TELLING, TELLING_ID, TELLING_PHONE, "Thủ-Bí"):
        assert word not in stored, word


def test_the_pages_of_a_denunciation_name_nobody(as_user: AsUser, actor: ActorOf, session: Session) -> None:
    """A petition with a name, of the same day and about the same, must not stand beside it anywhere as related."""
    reception = actor("reception1")
    named = a_petition(reception)
    secret = a_petition(reception, SECRET)
    do(assignment.assign, secret.id, by=actor("supervisor1"), officer_id=actor("officer1").id)
    for address in (f"/petitions/{secret.number}", f"/petitions/{secret.number}/receipt"):
        told = read(as_user("reception1"), address)[1]
        for word in (SOMEBODY.name, SOMEBODY.phone, SOMEBODY.id_number, named.number):
            assert word not in told, (address, word)
    told = read(as_user("reception1"), "/petitions/here-before?name=to%20cao&phone=0900000777")[1]
    assert secret.number not in told


def test_a_leading_denunciation_of_another_unit_is_not_named(session: Session, actor: ActorOf, as_user: AsUser) -> None:
    reception, boss = actor("reception1"), actor("supervisor1")
    leading, joined = a_petition(reception, SECRET), a_petition(reception, SECRET)
    do(assignment.assign, leading.id, by=boss, officer_id=actor("officer3").id)
    do(assignment.assign, joined.id, by=boss, officer_id=actor("officer1").id)
    do(
        closing.resolve,
        joined.id,
        joined_to(leading.number),
        by=boss,
    )
    page = read(as_user("officer1"), f"/petitions/{joined.number}")[1]
    shown = re.sub(r'<ol class="timeline">.*?</ol>', "", page, flags=re.DOTALL)
    assert leading.number not in shown
    assert leading.number in read(as_user("supervisor1"), f"/petitions/{joined.number}")[1]


def test_what_turns_out_to_be_a_denunciation_leaves_the_sight_of_other_units(
    session: Session, actor: ActorOf, as_user: AsUser
) -> None:
    made = a_petition(actor("reception1"), PLAIN, petitioners=(), body="", title=HIDDEN_TITLE)
    stranger = as_user("officer3")
    assert read(stranger, f"/petitions/{made.number}")[0] == 200
    form = {"version": "1", "kind": "denunciation", "reason": "Nội dung là tố cáo"}
    assert as_user("reception1").post(f"/petitions/{made.number}/correct", data=form).status_code == 302
    assert read(stranger, f"/petitions/{made.number}")[0] == 404
    assert HIDDEN_TITLE not in read(stranger, "/queues/all")[1]
    session.rollback()
    assert session.scalars(select(Petition.kind)).one() == Kind.DENUNCIATION
    do(closing.resolve, made.id, FILED, by=actor("supervisor1"))
    assert HIDDEN_TITLE not in read(stranger, "/queues/all")[1]
