"""Logging in with a second factor: by keyboard, and the page that sets it up is fit for everybody."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import DEMO_PASSWORD, code_for


def type_password(page: Page, username: str) -> None:
    page.goto("/login")
    page.fill("[name=username]", username)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/code")


def test_password_and_code_by_keyboard_alone(page: Page, site_database: Path, faults: Callable[[], list[str]]) -> None:
    type_password(page, "supervisor1")
    expect(page.locator("[name=code]")).to_be_focused()
    assert faults() == []
    page.keyboard.type(code_for("supervisor1", site_database))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def test_the_page_that_sets_it_up(page: Page, site_database: Path, faults: Callable[[], list[str]]) -> None:
    change = "UPDATE user_account SET totp_confirmed_at = {} WHERE username = 'custodian1'"
    with closing(sqlite3.connect(site_database, timeout=30)) as connection:
        before = connection.execute(
            "SELECT totp_confirmed_at FROM user_account WHERE username = 'custodian1'"
        ).fetchone()
        with connection:
            connection.execute(change.format("NULL"))
        try:
            type_password(page, "custodian1")
            expect(page.locator("img.qr-setup")).to_be_visible()
            assert faults() == []
        finally:
            with connection:
                connection.execute(change.format("?"), before)
