"""The door: where it sends people, and what it says to scripts."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import safe_path
from auth.services import accounts
from core.database import unit_of_work
from tests.people import PASSWORD

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


@pytest.mark.parametrize(
    "target", ["/", "/password", "/queues/open?unit=3&sort=due", "/petitions/UBND-2026-1", "/search?q=đất"]
)
def test_pages_of_ours_are_safe_to_go_on_to(app: Flask, target: str) -> None:
    with app.test_request_context("/login"):
        assert safe_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "password",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        " /password",
        "/\tpassword",
        "/\n//evil.example",
        "/\u2028password",
        "/nowhere/at/all",
        "/logout",
        "/" + "x" * 3000,
    ],
)
def test_everything_else_leads_home(app: Flask, target: str | None) -> None:
    with app.test_request_context("/login"):
        assert safe_path(target) == "/"


def test_below_a_prefix_pages_keep_it(app: Flask) -> None:
    with app.test_request_context("/login", base_url="http://localhost/donthu"):
        assert safe_path("/donthu/password") == "/donthu/password"
        assert safe_path("/password") == "/donthu/"
        assert safe_path("/donthuevil/password") == "/donthu/"


def test_after_logging_in_one_lands_where_one_wanted_to_go(client: FlaskClient) -> None:
    asked = client.get("/queues/open?kind=complaint")
    login = asked.headers["Location"]
    assert login == "/login?next=/queues/open%3Fkind%3Dcomplaint"
    assert 'name="next" value="/queues/open?kind=complaint"' in client.get(login).text
    entered = client.post(
        "/login", data={"username": "officer1", "password": PASSWORD, "next": "/queues/open?kind=complaint"}
    )
    assert entered.headers["Location"] == "/queues/open?kind=complaint"


def test_a_crafted_link_leads_home(client: FlaskClient) -> None:
    form = {"username": "officer1", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post("/login?next=//evil.example", data=form).headers["Location"] == "/"
    assert client.get("/login?next=//evil.example").headers["Location"] == "/"


def test_whoever_is_inside_needs_no_login_page(as_user: AsUser) -> None:
    client = as_user("officer1")
    assert client.get("/login?next=/visits").headers["Location"] == "/visits"
    assert client.get("/login?next=/login").headers["Location"] == "/login"
    assert client.get("/login").headers["Location"] == "/"


def test_a_form_sent_after_the_end_leads_back_to_its_page(client: FlaskClient) -> None:
    ours = client.post("/petitions/new", headers={"Referer": "http://localhost/petitions/new"})
    assert ours.headers["Location"] == "/login?next=/petitions/new"
    foreign = client.post("/petitions/new", headers={"Referer": "http://evil.example/petitions/new"})
    assert foreign.headers["Location"] == "/login"


def test_what_was_typed_into_a_form_sent_after_the_end_is_given_back(client: FlaskClient) -> None:
    form = {"reason": "Lời dài <b> đã gõ", "old_password": "bí mật", "version": "3", "text": ["một", "hai"]}
    headers = {"Referer": "http://localhost/petitions/PTN-2026-000001-Q"}
    answer = client.post("/petitions/PTN-2026-000001-Q/send-back", data=form, headers=headers)
    assert answer.status_code == 401
    assert "Lời dài &lt;b&gt; đã gõ" in answer.text
    assert "hai" in answer.text
    assert "bí mật" not in answer.text
    assert 'href="/login?next=/petitions/PTN-2026-000001-Q"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("origin", "shown"), [("http://localhost", True), ("https://elsewhere.example", False), ("null", False)]
)
def test_words_that_another_site_sends_are_not_shown_under_our_name(
    app: Flask, client: FlaskClient, origin: str, shown: bool
) -> None:
    for key_needed in (False, True):
        app.config["WTF_CSRF_ENABLED"] = key_needed
        answer = client.post("/petitions/X/notes", data={"text": "Gọi ngay số này"}, headers={"Origin": origin})
        assert ("Gọi ngay số này" in answer.text) is shown


def test_what_was_typed_into_a_form_whose_key_is_lost_is_given_back(app: Flask, as_user: AsUser) -> None:
    inside = as_user("officer1")
    app.config["WTF_CSRF_ENABLED"] = True
    answer = inside.post("/petitions/PTN-2026-000001-Q/notes", data={"csrf_token": "x", "text": "Lời dài đã gõ"})
    assert answer.status_code == 400
    assert "Lời dài đã gõ" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"X-Requested-With": "fetch"}, {"X-CSRFToken": "x"}, {"Accept": "application/json"}, {"Sec-Fetch-Dest": "empty"}],
)
def test_a_script_is_told_by_status(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.get("/petitions/here-before", headers=headers)
    assert answer.status_code == 401
    assert answer.is_json


def test_a_form_of_another_site_is_refused(client: FlaskClient, as_user: AsUser) -> None:
    crossing = {"Sec-Fetch-Site": "cross-site"}
    form = {"username": "officer1", "password": PASSWORD}
    assert client.post("/login", data=form, headers=crossing).status_code == 403
    inside = as_user("officer1")
    assert inside.post("/logout", headers=crossing).status_code == 403
    assert inside.get("/password", headers=crossing).status_code == 200


def test_forms_need_their_token(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    answer = client.post("/login", data={"username": "officer1", "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get("/password").status_code == 302


def test_static_files_need_no_login(client: FlaskClient) -> None:
    for path in ("/static/css/app.css", "/bootstrap/static/css/bootstrap.min.css"):
        with client.get(path) as answer:
            assert answer.status_code == 200


def test_unknown_addresses_tell_nothing(client: FlaskClient) -> None:
    assert client.get("/no/such/page").status_code == 404


def test_closed_pages_stay_out_of_caches(client: FlaskClient, as_user: AsUser) -> None:
    assert as_user("officer1").get("/password").headers["Cache-Control"] == "no-store"
    with client.get("/static/css/app.css") as answer:
        assert "no-store" not in answer.headers["Cache-Control"]


def test_a_one_time_password_must_be_changed_first(client: FlaskClient, session: Session, actor: ActorOf) -> None:
    with unit_of_work():
        password = accounts.reset_password(session, user_id=actor("officer1").id or 0, by=actor("admin1"))
    client.post("/login", data={"username": "officer1", "password": password})
    assert client.get("/queues/open").headers["Location"] == "/password"
    assert client.get("/queues/open", headers={"X-Requested-With": "fetch"}).status_code == 403
    assert client.get("/password").status_code == 200
    form = {"current_password": password, "new_password": "ba con mèo vàng", "repeat_password": "ba con mèo vàng"}
    assert client.post("/password", data=form).status_code == 302
    assert client.get("/queues/open").status_code == 200


def test_somebody_who_must_change_may_log_out(client: FlaskClient, session: Session, actor: ActorOf) -> None:
    with unit_of_work():
        password = accounts.reset_password(session, user_id=actor("officer1").id or 0, by=actor("admin1"))
    client.post("/login", data={"username": "officer1", "password": password})
    assert client.post("/logout").headers["Location"] == "/login"


def test_the_session_address_serves_open_forms(client: FlaskClient, as_user: AsUser) -> None:
    assert client.get("/session").status_code == 401
    assert client.get("/session").headers["Cache-Control"] == "no-store"
    answer = as_user("officer1").get("/session")
    assert answer.json is not None
    assert answer.json["csrf_token"]


class TestLanguage:
    def test_vietnamese_until_chosen(self, client: FlaskClient) -> None:
        answer = client.get("/login", headers={"Accept-Language": "en"})
        assert '<html lang="vi"' in answer.text

    def test_a_visitor_chooses_for_the_browser(self, client: FlaskClient) -> None:
        answer = client.post("/language", data={"lang": "en", "next": "/login?next=/visits"})
        assert answer.headers["Location"] == "/login?next=/visits"
        assert '<html lang="en"' in client.get("/login").text

    def test_a_user_chooses_for_every_browser(self, as_user: AsUser) -> None:
        as_user("officer1").post("/language", data={"lang": "en", "next": "/password"})
        assert '<html lang="en"' in as_user("officer1").get("/password").text
        assert '<html lang="vi"' in as_user("officer2").get("/password").text

    @pytest.mark.parametrize("lang", ["fr", "", "../../x"])
    def test_others_are_not_taken(self, client: FlaskClient, lang: str) -> None:
        answer = client.post("/language", data={"lang": lang, "next": "//evil.example"})
        assert answer.headers["Location"] == "/"
        assert "Set-Cookie" not in answer.headers

    def test_scripts_get_no_page(self, client: FlaskClient) -> None:
        answer = client.post("/language", data={"lang": "en"}, headers={"X-Requested-With": "fetch"})
        assert answer.status_code == 204


def test_colours_are_kept_in_the_browser(client: FlaskClient) -> None:
    client.post("/theme", data={"theme": "dark", "next": "/login"})
    assert 'data-bs-theme="dark"' in client.get("/login").text
    client.post("/theme", data={"theme": "plaid", "next": "/login"})
    assert 'data-bs-theme="dark"' in client.get("/login").text
