"""What was typed is not lost: a draft outlives the session, and a form that is sent twice makes one petition."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import DEMO_PASSWORD

Enter = Callable[[str], Page]

# Instead of waiting for the next of the few seconds between two drafts.
SAVE_NOW = "document.getElementById('intake').dispatchEvent(new Event('draft:now'))"


def test_a_draft_survives_a_lost_session(page: Page, context: BrowserContext, enter: Enter) -> None:
    enter("reception1")
    page.goto("/petitions/new?blank=1")
    page.keyboard.press("1")
    page.fill("[name=title]", "Đơn viết dở khi mất phiên")
    state = page.locator("[data-draft-state]")
    expect(state).to_contain_text("Đã lưu nháp", timeout=15_000)
    context.clear_cookies()  # the session is gone while the form stays open
    page.fill("[name=body]", "Đoạn gõ sau khi mất phiên")
    page.evaluate(SAVE_NOW)
    expect(state.locator("a")).to_be_visible(timeout=15_000)
    with context.expect_page() as opened:
        state.locator("a").click()
    other = opened.value
    other.fill("[name=username]", "reception1")
    other.fill("[name=password]", DEMO_PASSWORD)
    other.keyboard.press("Enter")
    other.wait_for_url(lambda url: "/login" not in url)
    other.close()
    page.bring_to_front()
    page.fill("[name=against]", "Một cơ sở kinh doanh")
    page.evaluate(SAVE_NOW)
    expect(state).to_contain_text("Đã lưu nháp", timeout=15_000)
    page.goto("/petitions/new")
    expect(page.locator("[name=title]")).to_have_value("Đơn viết dở khi mất phiên")
    expect(page.locator("[name=body]")).to_have_value("Đoạn gõ sau khi mất phiên")
    expect(page.locator("[name=against]")).to_have_value("Một cơ sở kinh doanh")


def test_saving_with_a_lost_session_keeps_the_form_as_it_stands(
    page: Page, context: BrowserContext, enter: Enter
) -> None:
    enter("reception1")
    page.goto("/petitions/new?blank=1")
    page.keyboard.press("3")
    page.fill("[name=title]", "Đơn lưu khi phiên đã hết")
    kept: Any = context.cookies()
    context.clear_cookies()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-draft-state] a")).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("Đơn lưu khi phiên đã hết")
    context.add_cookies(kept)  # as if logged in again in another window
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/petitions/new?saved=*")


def test_a_form_that_is_sent_twice_makes_one_petition(page: Page, enter: Enter) -> None:
    enter("reception1")
    page.goto("/petitions/new?blank=1")
    page.keyboard.press("3")
    page.fill("[name=title]", "Kiến nghị gửi hai lần liền")
    # Two presses on one page, then the very same form once more from the browser's memory.
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/petitions/new?saved=*")
    number = page.locator(".saved .number").inner_text()
    # A press that comes late lands on the next, empty form: it must not take away what says that the first is saved.
    page.keyboard.press("Control+Enter")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".saved .number")).to_have_text(number)
    token = page.evaluate(
        """async title => {
            const form = new FormData(document.getElementById("intake"));
            form.set("kind", "recommendation");
            form.set("title", title);
            const bodies = [new URLSearchParams(form), new URLSearchParams(form)];
            const answers = await Promise.all(bodies.map(body => fetch("/petitions/new", {method: "POST", body})));
            return answers.map(answer => decodeURIComponent(answer.url.split("/").pop()));
        }""",
        "Kiến nghị gửi song song",
    )
    assert token[0] == token[1]
    page.goto("/petitions/day")
    expect(page.locator("tbody tr", has_text="Kiến nghị gửi hai lần liền")).to_have_count(1)
    expect(page.locator("tbody tr", has_text=number)).to_have_count(1)
    expect(page.locator("tbody tr", has_text="Kiến nghị gửi song song")).to_have_count(1)
