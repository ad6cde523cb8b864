"""Every cell of the table is declared, and true when it is asked."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from auth.guards import is_static
from auth.permissions import Role
from core.settings import Settings
from petitions.views.steps import STEPS
from tests.authorisation.office import CASES, PERSON_OF, Office, furnish, nothing_is_kept
from tests.authorisation.table import ACTIONS, CASE_ROUTES, LETTERS, PLAIN_ROUTES, PUBLIC_ROUTES

AsUser = Callable[[str], FlaskClient]
STEP = ("steps.step", "POST")
BARE = {"static", "bootstrap.static"}


@pytest.fixture
def office(app: Flask, settings: Settings) -> Office:
    return furnish(app, settings)


def routes(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    # Whoever has logged out can be asked nothing more.
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint == "auth.logout", rule.endpoint)):
        if not is_static(rule.endpoint):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule.endpoint, method, rule


def address(app: Flask, rule: Rule, office: Office, case: str = "public", action: str = "notes") -> str:
    made = office.cases[case]
    given: dict[str, object] = {
        "number": made.number,
        "attachment_id": made.attachment_id,
        "paper_id": made.paper_id,
        "row_id": made.row_id,
        "accused_id": made.accused_id,
        "action": action,
        "name": "open",
        "ending": "csv",
        **office.ids,
    }
    values = {name: given[name] for name in rule.arguments}
    return app.url_map.bind("").build(
        rule.endpoint, values, method=next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    )


def ask(client: FlaskClient, method: str, where: str) -> int:
    event = {"event": "replied"} if "/limits/record" in where else {}
    about = {"data": event} if method == "POST" else {"query_string": event}
    with client.open(where, method=method, **about) as answer:  # type: ignore[arg-type]
        if answer.status_code in (302, 303) and str(answer.location).startswith("/login"):
            return 401
        return answer.status_code


def letter(status: int) -> str:
    return {403: "x", 404: "-", 401: "login"}.get(status, "." if status < 500 else f"fault {status}")


def test_every_route_method_and_action_is_declared(app: Flask) -> None:
    found = {(endpoint, method) for endpoint, method, _rule in routes(app)}
    assert found == {*CASE_ROUTES, *PLAIN_ROUTES, *PUBLIC_ROUTES, STEP}
    assert set(STEPS) == set(ACTIONS)
    for name, cells in CASE_ROUTES.items():
        assert set(cells) == set(Role), name
        assert {len(row) for row in cells.values()} == {len(CASES)}, name
    assert set(LETTERS.values()) == set(Role) == set(PERSON_OF)


@pytest.mark.parametrize("role", list(Role))
def test_every_cell_of_a_role_is_true(app: Flask, as_user: AsUser, office: Office, role: Role) -> None:
    client = as_user(PERSON_OF[role])
    wrong: dict[str, tuple[str, str]] = {}
    asked = 0
    with nothing_is_kept(watching=False):
        for endpoint, method, rule in routes(app):
            if (endpoint, method) in CASE_ROUTES:
                declared = CASE_ROUTES[endpoint, method][role]
                told = "".join(letter(ask(client, method, address(app, rule, office, case))) for case in CASES)
            elif (endpoint, method) in PLAIN_ROUTES:
                declared = "." if role in {LETTERS[each] for each in PLAIN_ROUTES[endpoint, method]} else "x"
                told = letter(ask(client, method, address(app, rule, office)))
                if endpoint == "auth.logout":
                    told = told.replace("login", ".")
                # A private list of somebody else, or nobody's reminder, is not there.
                if declared == "." and told == "-" and endpoint in OWN_THINGS:
                    told = "."
            else:
                continue
            asked += len(declared)
            if told != declared:
                wrong[f"{method} {endpoint}"] = (declared, told)
    assert wrong == {}
    assert asked > 100


OWN_THINGS = {
    "saved_views.edit",
    "saved_views.change",
    "saved_views.remove",
    "steps.reminder_done",
    "absences.cancel",
    "importing.rejects",
}


@pytest.mark.parametrize("role", list(Role))
def test_every_step_of_a_role_is_as_declared(app: Flask, as_user: AsUser, office: Office, role: Role) -> None:
    client = as_user(PERSON_OF[role])
    (rule,) = (rule for endpoint, _method, rule in routes(app) if endpoint == "steps.step")
    seen = CASE_ROUTES["case.show", "GET"][role]
    wrong: dict[str, tuple[str, str]] = {}
    with nothing_is_kept(watching=False) as tried:
        for action, may in ACTIONS.items():
            before = tried.commits
            for case, cell in zip(CASES, seen, strict=True):
                status = ask(client, "POST", address(app, rule, office, case, action))
                # Whether somebody who may ever do it may do it here is the workflow's to say.
                allowed = {"x": {403}, "-": {404}, ".": {200, 302, 400, 403, 409} if role in may else {403, 409}}[cell]
                if status not in allowed:
                    wrong[f"{action} on {case}"] = (str(sorted(allowed)), str(status))
            if role not in may and tried.commits != before:
                wrong[action] = ("nothing", "something was saved")
    assert wrong == {}


def test_nobody_enters_without_logging_in(app: Flask, office: Office) -> None:
    client = app.test_client()
    wrong = {}
    for endpoint, method, rule in routes(app):
        for case in CASES if (endpoint, method) in CASE_ROUTES else CASES[:1]:
            status = ask(client, method, address(app, rule, office, case))
            expected = (status == 401) != ((endpoint, method) in PUBLIC_ROUTES) or endpoint in (
                "auth.session",  # tells a script of ours that nobody is logged in
                "auth.login_code",  # there was no password
            )
            if not expected:
                wrong[f"{method} {endpoint} {case}"] = status
    assert wrong == {}


def test_no_form_is_taken_without_its_key(app: Flask, as_user: AsUser, office: Office) -> None:
    clients = {role: as_user(name) for role, name in PERSON_OF.items()}
    app.config["WTF_CSRF_ENABLED"] = True
    taken = {}
    with nothing_is_kept() as tried:
        for endpoint, method, rule in routes(app):
            if method == "POST":
                for role, client in clients.items():
                    status = ask(client, method, address(app, rule, office))
                    if status not in (400, 401, 403, 404) and endpoint not in (
                        "auth.language",
                        "auth.theme",
                        "auth.logout",
                    ):
                        taken[f"{endpoint} {role}"] = status
    assert taken == {}
    assert tried.commits == 0


def test_a_step_that_nobody_knows_is_not_there(as_user: AsUser, office: Office) -> None:
    number = office.cases["public"].number
    assert as_user("supervisor1").post(f"/petitions/{number}/nonsense").status_code == 404
