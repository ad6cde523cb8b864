"""Every page for every role: no barrier that axe finds, in light and dark, wide and narrow; nothing sticks out."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser import tour

Enter = Callable[[str], Page]
Look = Callable[[], list[str]]


def test_the_tour_forgets_no_page(routes: Flask) -> None:
    shown = {rule.endpoint for rule in routes.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert shown == set(tour.PAGES) | set(tour.NO_PAGES)
    assert not set(tour.PAGES) & set(tour.NO_PAGES)


@pytest.mark.parametrize("user", tour.USERS)
def test_no_page_of_any_role_has_a_barrier(user: str, page: Page, routes: Flask, enter: Enter, faults: Look) -> None:
    enter(user)
    found = {}
    for go in tour.ways(routes, user):
        go(page)
        if seen := faults():
            found[page.url] = seen
    assert found == {}


def error_on_top(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    page.locator("[data-error-summary]").wait_for()


def intake_refused(page: Page) -> None:
    page.goto("/petitions/new?blank=1")
    page.keyboard.press("1")
    page.fill("[name=received_on]", "31/02/2026")
    page.fill("[name=people_count]", "7")
    error_on_top(page)


def intake_of_a_denunciation(page: Page) -> None:
    page.goto("/petitions/new?blank=1")
    page.keyboard.press("2")
    page.evaluate("document.querySelectorAll('#intake details').forEach(part => { part.open = true })")


def intake_of_several_kinds(page: Page) -> None:
    page.goto("/petitions/new?blank=1")
    page.keyboard.press("4")
    page.check("[name=kind_parts][value=complaint]")
    page.evaluate("document.querySelectorAll('#intake details').forEach(part => { part.open = true })")
    page.fill("#f-ward_code", "nghia do")
    page.locator("[role=option]").first.wait_for()


def intake_with_earlier_petitions(page: Page) -> None:
    page.goto("/queues/open?kind=complaint")
    name = page.locator("td[data-label='Người nộp đơn']").first.inner_text()
    page.goto("/petitions/new?blank=1")
    page.keyboard.press("1")
    page.fill("[name=petitioner_name]", name)
    page.locator(".hit").first.wait_for()


def intake_with_earlier_letters(page: Page) -> None:
    page.goto("/queues/open?kind=complaint")
    page.locator("[data-row-link]").first.click()
    text = page.locator(".case-body").first.inner_text()
    page.goto("/petitions/new?blank=1")
    page.keyboard.press("1")
    page.fill("[name=body]", text)
    page.locator("#alike .hit").first.wait_for()


def duplicates_selected(page: Page) -> None:
    page.goto("/search/duplicates?handled=1")
    page.locator("[data-row-link]").first.click()
    page.locator("[data-row] input[name=row]").first.check()
    page.locator("[data-bulk-bar] summary").first.click()


def visit_refused(page: Page) -> None:
    page.goto("/visits/new")
    error_on_top(page)


def every_panel_open(page: Page) -> None:
    tour.first_of("/queues/open?state=assigned")(page)
    page.evaluate("document.querySelectorAll('details.panel').forEach(panel => { panel.open = true })")


def step_refused(page: Page) -> None:
    tour.first_of("/queues/open?state=assigned")(page)
    panel = page.locator("details", has=page.locator("form[action$='/escalate']"))
    panel.locator("summary").click()
    panel.locator("form button").click()
    page.locator("[data-error-summary]").wait_for()


def overtaken(page: Page) -> None:
    tour.first_of("/queues/open?state=assigned")(page)
    page.evaluate("document.querySelectorAll('[name=version]').forEach(field => { field.value = '999' })")
    panel = page.locator("details", has=page.locator("form[action$='/escalate']"))
    panel.locator("summary").click()
    panel.locator("[name=reason]").fill("Vượt quá khả năng xử lý")
    panel.locator("form button").click()
    page.wait_for_url("**/escalate")


def rows_selected(page: Page) -> None:
    page.goto("/queues/open")
    page.locator("[name=row]").first.check()
    page.locator("[data-bulk-open]").click()
    page.locator(".filters > summary").click()


def help_open(page: Page) -> None:
    page.goto("/queues/open")
    page.keyboard.press("?")
    page.locator("dialog[open]").wait_for()


def menu_open(page: Page) -> None:
    page.goto("/password")
    page.locator("details.more > summary").click()


STATES: dict[str, tuple[tour.Go, ...]] = {
    "reception1": (
        intake_refused,
        intake_of_a_denunciation,
        intake_of_several_kinds,
        intake_with_earlier_petitions,
        intake_with_earlier_letters,
        visit_refused,
        tour.at("/users"),
        tour.at("/nothing-is-here"),
        tour.at("/visits?from=x"),
    ),
    "supervisor1": (
        every_panel_open,
        step_refused,
        overtaken,
        rows_selected,
        duplicates_selected,
        help_open,
        menu_open,
    ),
}


@pytest.mark.parametrize("user", STATES)
def test_no_state_of_a_page_has_a_barrier(user: str, page: Page, enter: Enter, faults: Look) -> None:
    enter(user)
    found = {}
    for go in STATES[user]:
        go(page)
        if seen := faults():
            found[getattr(go, "__name__", page.url)] = seen
    assert found == {}


def test_the_log_in_page_has_no_barrier(page: Page, faults: Look) -> None:
    page.goto("/login")
    assert faults() == []
    page.fill("[name=username]", "nobody")
    page.fill("[name=password]", "x")
    page.keyboard.press("Enter")
    page.locator("[data-error-summary]").wait_for()
    assert faults() == []
