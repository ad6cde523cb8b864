"""Nonsense at every door: a clear answer, never a fault of the server, and nothing half saved."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from auth.actor import Actor
from core.audit import verify
from petitions.forms.intake import PLAIN_FIELDS
from petitions.forms.visits import FIELDS as VISIT_FIELDS
from petitions.models import Petition
from petitions.queries.checks import queue_drift
from petitions.services import assignment
from tests.petitions.given import SECRET, a_petition, do
from tests.petitions.test_main_job import FORM
from tests.test_routes import own_rules

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]

NAMES = sorted(
    {
        *PLAIN_FIELDS,
        *VISIT_FIELDS,
        *("kind_parts", "co_name", "co_phone", "rep_name", "rep_id_number", "then", "do", "row", "next", "version"),
        *("officer", "unit", "officer_id", "unit_id", "state", "flag", "sort", "after", "before", "exact", "q"),
        *("reason", "trigger", "escalated_to", "reply_by", "instruction", "disposition", "decision_number"),
        *("decision_on", "decision_signer", "resolution_note", "leading_number", "reopen_ground", "text", "note"),
        *("remind_on", "remind_text", "returned_to", "description", "pages", "paper_received_on", "part", "until"),
        *("received_from", "received_to", "on", "from", "to", "year", "day", "name", "source", "name_vi", "name_en"),
        *("active", "username", "password", "full_name", "role", "units", "head_of", "successor", "lang", "theme"),
        *("current_password", "new_password", "repeat_password", "size", "history", "saved", "changed", "page"),
        *("id_number", "phone", "event", "occurred_on", "mapping", "mode", "order", "format", "months"),
    }
)
VALUES = [
    "",
    "\x00",
    "🙂" * 50,
    "9" * 400,
    "9" * 12,
    "31/12/9999",
    "01/01/0001",
    "x" * 30_000,
    '"><script>alert(1)</script>\u202e',
]
RAW_QUERIES = ["%", "%ZZ=%", "a=%ED%A0%80&q=%ED%A0%80", "after=%00&before=%FF", "&&&&", "sort=--due"]


def addresses(rule: Rule, number: str) -> Iterator[str]:
    """The address with a petition that exists, and with nonsense in its place."""
    for word, count in ((number, "1"), ("%00", "99999999999999999999"), ("🙂", "0"), ("x" * 300, "1")):
        path = rule.rule
        for name in rule.arguments:
            converter = rule._converters[name]
            value = count if "Integer" in type(converter).__name__ else word
            start = path.index("<")
            path = path[:start] + value + path[path.index(">") + 1 :]
        yield path
        if not rule.arguments:
            return


def requests(app: Flask, number: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, address and what is sent, for every address of the program."""
    for rule in sorted(own_rules(app), key=str):
        if rule.endpoint == "auth.logout":
            continue
        for place, address in enumerate(addresses(rule, number)):
            for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                for value in VALUES if place == 0 else VALUES[1:2]:
                    as_query = method == "GET" and len(value) < 1000
                    yield method, address, {"query_string" if as_query else "data": dict.fromkeys(NAMES, value)}
            if place == 0 and "GET" in (rule.methods or set()):
                yield from (("GET", address, {"query_string": query}) for query in RAW_QUERIES)


def status(client: FlaskClient, method: str, address: str, **sent: Any) -> int:
    with client.open(address, method=method, **sent) as answer:
        return answer.status_code


@pytest.fixture
def served(app: Flask) -> Flask:
    """The application as it is served: a fault becomes a page, and does not reach the test."""
    app.testing = False
    return app


@pytest.mark.parametrize("name", ["supervisor1", "admin1"])
def test_no_address_answers_nonsense_with_a_fault(
    served: Flask, session: Session, actor: ActorOf, as_user: AsUser, name: str
) -> None:
    made = a_petition(actor("reception1"))
    do(assignment.take, made.id, by=actor("officer1"))
    a_petition(actor("reception1"), SECRET)
    client = as_user(name)
    faults = [
        (method, address[:60], str(sent)[:60])
        for method, address, sent in requests(served, made.number)
        if status(client, method, address, **sent) >= 500
    ]
    assert faults == []
    session.rollback()
    assert queue_drift(session, 1)[1] == []
    assert verify(session, 1).first_bad_seq is None


LONG = "ă" * 30_000
ONE_BY_ONE = [LONG, "\x00", "e\u0302\u0323🙂", "31/02/2026", "31/12/9999", "9" * 30, "9" * 12, "-1", "<b>"]
VISIT = {
    "visited_on": "23/11/2026",
    "kind": "recommendation",
    "name": "Trần Văn Khách",
    "people_count": "1",
    "content": "Phản ánh ngập đường",
}
DAY = {"day": "27/11/2026", "kind": "swap-off", "name": "Nghỉ hoán đổi", "source": "TB 9"}
USER = {"username": "nguoimoi", "full_name": "Người Mới", "role": "officer", "units": "1"}
CORRECTION = {"version": "1", "title": "Khác", "kind": "complaint", "received_on": "23/11/2026", "people_count": "1"}
FORMS: list[tuple[str, str, dict[str, str], Iterable[str]]] = [
    ("reception1", "/petitions/new", FORM, {*PLAIN_FIELDS, "co_name", "rep_name", "kind_parts"}),
    ("reception1", "/visits/new", VISIT, VISIT_FIELDS),
    ("officer1", "/petitions/{number}/correct", CORRECTION, PLAIN_FIELDS),
    ("officer1", "/petitions/{number}/papers", {"description": "Sổ đỏ", "pages": "1"}, ("description", "pages")),
    ("supervisor1", "/calendar", DAY, DAY),
    ("supervisor1", "/office/fields", {"name_vi": "Nước", "name_en": "Water"}, ("name_vi", "name_en")),
    ("admin1", "/users/new", USER, (*USER, "head_of")),
    ("admin1", "/units", {"name": "Tư pháp"}, ("name",)),
]


@pytest.mark.parametrize(("name", "address", "form", "fields"), FORMS, ids=[form[1] for form in FORMS])
def test_one_wrong_field_among_right_ones_is_no_fault(
    served: Flask,
    session: Session,
    actor: ActorOf,
    as_user: AsUser,
    name: str,
    address: str,
    form: dict[str, str],
    fields: Iterable[str],
) -> None:
    """What is right elsewhere lets the wrong value come as far as the database, which may be stricter than we."""
    made, client = a_petition(actor("reception1")), as_user(name)
    faults = [
        (field, value[:20])
        for field in sorted(fields)
        for value in ONE_BY_ONE
        if status(client, "POST", address.format(number=made.number), data={**form, field: value}) >= 500
    ]
    assert faults == []
    session.rollback()
    assert queue_drift(session, 1)[1] == []


STEPS = {
    "assign": {"officer_id": "", "unit_id": "1", "reason": "x"},
    "escalate": {"trigger": "complex", "escalated_to": "6", "reply_by": "30/11/2026", "reason": "x"},
    "resolve": {
        "disposition": "not-accepted",
        "decision_number": "1",
        "decision_on": "24/11/2026",
        "decision_signer": "x",
        "resolution_note": "x",
        "leading_number": "",
    },
    "void": {"reason": "x"},
    "flag-complex": {"reason": "x"},
    "notes": {"text": "x"},
    "reminders": {"remind_on": "30/11/2026", "remind_text": "x"},
}


def test_one_wrong_field_of_a_step_is_no_fault(
    served: Flask, session: Session, actor: ActorOf, as_user: AsUser
) -> None:
    client = as_user("supervisor1")
    made = a_petition(actor("reception1"))
    faults = []
    for action, form in STEPS.items():
        for field, value in itertools.product(form, ONE_BY_ONE):
            sent = {"version": "1", **form, field: value}
            if status(client, "POST", f"/petitions/{made.number}/{action}", data=sent) >= 500:
                faults.append((action, field, value[:20]))
            session.rollback()
            if session.get_one(Petition, made.id, populate_existing=True).version > 1:
                made = a_petition(actor("reception1"))
    assert faults == []
    session.rollback()
    assert queue_drift(session, 1)[1] == []


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_a_body_of_another_kind_is_no_fault(served: Flask, as_user: AsUser, kind: str) -> None:
    client = as_user("supervisor1")
    for rule in own_rules(served):
        if "POST" in (rule.methods or set()) and rule.endpoint != "auth.logout":
            address = next(addresses(rule, "PTN-2026-000001-Q"))
            for body in (b"", b"\x00\xff{", b"--x\r\nContent-Disposition: form-data\r\n\r\n"):
                assert status(client, "POST", address, data=body, content_type=kind) < 500, (address, body)


def test_a_file_where_text_belongs_and_text_where_a_file_belongs(served: Flask, as_user: AsUser) -> None:
    reception = as_user("reception1")
    form = {"title": (BytesIO(b"x"), "title.txt"), "attachments": "no file", "received_on": (BytesIO(b""), "")}
    assert status(reception, "POST", "/petitions/new", data=form) == 400
