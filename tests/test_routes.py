"""Every route declares who may enter, and the door keeps to it."""

import logging
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Map, Rule

from auth.guards import is_static
from auth.permissions import Permission, Role, declared, permissions_of

AsUser = Callable[[str], FlaskClient]

# A page that anybody may open is a decision: it is made here.
PUBLIC = {"auth.login", "auth.login_code", "auth.language", "auth.theme", "auth.session"}
PERSON_OF = {
    Role.RECEPTION: "reception1",
    Role.OFFICER: "officer1",
    Role.SUPERVISOR: "supervisor1",
    Role.ADMINISTRATOR: "admin1",
    Role.CUSTODIAN: "custodian1",
}


def own_rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if not is_static(rule.endpoint))


def example_address(rules: Map, rule: Rule) -> str:
    values = {name: 1 if "Integer" in type(converter).__name__ else "x" for name, converter in rule._converters.items()}
    return rules.bind("").build(rule.endpoint, values)


def calls(app: Flask) -> Iterator[tuple[Permission, str, str]]:
    """What each closed rule needs, and a request that reaches it."""
    for rule in own_rules(app):
        needed = declared(app.view_functions[rule.endpoint])
        if isinstance(needed, Permission):
            for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                yield needed, method, example_address(app.url_map, rule)


def test_every_route_declares_a_permission_or_is_public(app: Flask) -> None:
    silent = [rule.rule for rule in own_rules(app) if declared(app.view_functions[rule.endpoint]) is None]
    assert silent == []


def test_public_routes_are_those_decided_on(app: Flask) -> None:
    found = {rule.endpoint for rule in own_rules(app) if declared(app.view_functions[rule.endpoint]) is True}
    assert found == PUBLIC


def test_nobody_enters_without_logging_in(app: Flask, client: FlaskClient) -> None:
    reached = list(calls(app))
    assert reached
    for _needed, method, address in reached:
        answer = client.open(address, method=method)
        assert answer.status_code == 302, (method, address)
        assert answer.headers["Location"].startswith("/login"), (method, address)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_enters_nothing_that_it_lacks(app: Flask, as_user: AsUser, role: Role) -> None:
    client = as_user(PERSON_OF[role])
    refused = [call for call in calls(app) if call[0] not in permissions_of(role)]
    assert refused
    for needed, method, address in refused:
        assert client.open(address, method=method).status_code == 403, (needed, method, address)


def test_the_administrator_reaches_no_page_with_cases(app: Flask) -> None:
    case_pages = {address for needed, _method, address in calls(app) if needed.startswith("petition.")}
    assert {"/queues/x", "/petitions/x", "/search"} <= case_pages
    assert not {needed for needed in permissions_of(Role.ADMINISTRATOR) if needed.startswith(("petition.", "sealed."))}


def test_a_view_that_declares_nothing_is_closed_to_all(
    app: Flask, as_user: AsUser, caplog: pytest.LogCaptureFixture
) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open")
    with caplog.at_level(logging.ERROR, logger="auth.guards"):
        for client in (app.test_client(), as_user("supervisor1")):
            answer = client.get("/forgotten")
            assert answer.status_code == 403
            assert answer.text != "open"
    assert "forgotten" in caplog.text
