"""Names under which the program answers, origins of forms, and the headers of every kind of answer."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from core.database import db
from core.hosts import is_trusted
from core.settings import Settings
from tests.people import PASSWORD
from wsgi import create_app

AsUser = Callable[[str], FlaskClient]
LOGIN = {"username": "officer1", "password": PASSWORD}


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8000",
        "127.0.0.1:8000",
        "[::1]:8000",
        "192.168.1.5",
        "donthu.example.vn",
        "DonThu.Example.VN:443",
        "a.ward.example",
    ],
)
def test_these_names_are_answered(host: str) -> None:
    assert is_trusted(host, ("donthu.example.vn", ".ward.example"))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "donthu.example.vn.evil.example",
        "",
        "a@localhost",
        "localhost/x",
        "xward.example",
        "127.0.0.1.evil.example",
        "[::1",
        "localhost#",
        "evil.example:80 localhost",
    ],
)
def test_these_are_not(host: str) -> None:
    assert not is_trusted(host, ("donthu.example.vn", ".ward.example"))


def test_another_name_gets_400_and_nothing_else(client: FlaskClient) -> None:
    answer = client.get("/login", base_url="http://evil.example")
    assert answer.status_code == 400
    assert "evil.example" not in answer.text
    assert client.get("/login", base_url="http://127.0.0.1:8000").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 302),
        ({"Origin": "http://localhost"}, 302),
        ({"Origin": "https://localhost"}, 302),
        ({"Origin": "http://localhost:8080"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "file://localhost"}, 403),
        ({"Origin": "http://[bad"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 302),
        ({"Sec-Fetch-Site": "none"}, 302),
    ],
)
def test_forms_come_from_our_own_pages(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    assert client.post("/login", data=LOGIN, headers=headers).status_code == status


def test_a_page_of_another_site_may_be_left_for_ours(client: FlaskClient) -> None:
    assert (
        client.get("/login", headers={"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}).status_code
        == 200
    )


def test_only_proxies_that_are_there_are_believed(settings: Settings) -> None:
    seen = []
    for proxies in (0, 1):
        app = create_app(replace(settings, proxies=proxies))

        def note() -> None:
            seen.append((request.remote_addr, request.scheme))

        app.before_request(note)
        headers = {
            "X-Forwarded-For": "6.6.6.6, 10.0.0.9",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "evil.example",
        }
        assert app.test_client().get("/login", headers=headers).status_code == 200
        with app.app_context():
            db.engine.dispose()
    assert seen == [("127.0.0.1", "http"), ("10.0.0.9", "https")]


HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def test_every_kind_of_answer_carries_every_header(app: Flask, as_user: AsUser) -> None:
    client = as_user("officer1")
    app.config["MAX_CONTENT_LENGTH"] = 1000
    asked = {
        200: client.get("/password"),
        302: app.test_client().get("/"),
        400: client.get("/login", base_url="http://evil.example"),
        403: client.get("/users"),
        404: client.get("/nowhere"),
        405: client.get("/logout"),
        413: client.post("/language", data={"lang": "x" * 5000}),
    }
    static = client.get("/static/css/app.css")
    for status, answer in (*asked.items(), (200, static)):
        assert answer.status_code == status
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (status, name)
        assert "Strict-Transport-Security" not in answer.headers
    static.close()


def test_browsers_are_told_to_stay_with_https(settings: Settings) -> None:
    app = create_app(replace(settings, secure_cookies=True))
    answer = app.test_client().get("/login", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-donthu=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("name", ["Referer", "Origin"])
def test_an_address_that_is_none_breaks_nothing(client: FlaskClient, name: str) -> None:
    for path in ("/units", "/petitions/new", "/login"):
        assert client.post(path, data={"title": "x"}, headers={name: "http://["}).status_code in (302, 400, 401, 403)
