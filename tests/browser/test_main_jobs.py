"""The three main jobs, as people do them: by keyboard at the desk, by queue as an officer, by list as a supervisor."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

Enter = Callable[[str], Page]
Check = Callable[[], None]


def test_reception_logs_by_keyboard_and_prints(page: Page, enter: Enter) -> None:
    enter("reception1")
    page.goto("/petitions/new")
    page.keyboard.press("1")
    page.fill("[name=petitioner_name]", "Nguyễn Văn Thử Trình Duyệt")
    page.fill("[name=petitioner_phone]", "0900 111 222")
    page.fill("[name=title]", "Khiếu nại tiếng ồn ban đêm ở ngõ 77")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/petitions/new?saved=*")
    number = page.locator(".saved .number").inner_text()
    page.goto(f"/petitions/{number}/receipt")
    expect(page.locator("svg").first).to_be_visible()
    page.goto("/petitions/new")
    page.keyboard.press("1")
    page.fill("[name=petitioner_phone]", "0900111222")
    expect(page.locator("#here-before")).to_contain_text(number)


def test_an_officer_takes_works_and_resolves(page: Page, enter: Enter) -> None:
    enter("officer1")
    page.goto("/queues/unassigned")
    page.locator("form[action$='/queues/next'] button").click()
    page.wait_for_url("**/petitions/*")
    page.locator("summary", has_text="Thêm ghi chú").click()
    page.fill("#f-note-text", "Đã mời công dân đến làm việc.")
    page.locator("form[action$='/notes'] button").click()
    expect(page.locator("main")).to_contain_text("Đã mời công dân đến làm việc.")
    panel = page.locator("details", has=page.locator("form[action$='/resolve']"))
    panel.locator("summary").click()
    panel.locator("select[name=disposition]").select_option("guided")
    panel.locator("textarea[name=resolution_note]").fill("Hướng dẫn đến Tòa án.")
    panel.locator("form button").click()
    expect(page.locator(".case-line .state")).to_have_text("Đã giải quyết")


def test_a_supervisor_finds_an_overdue_case_and_reassigns_it(page: Page, enter: Enter) -> None:
    enter("supervisor1")
    page.goto("/queues/overdue?state=assigned")
    page.locator("[data-row-link]").first.click()
    expect(page.locator(".timeline")).to_contain_text("vào sổ")
    panel = page.locator("details", has=page.locator("form[action$='/reassign']"))
    panel.locator("summary").click()
    officer = panel.locator("select[name=officer_id]")
    current = page.locator(".case-line").inner_text()
    names = officer.locator("option").all_inner_texts()
    other = next(name for name in names if "Cán Bộ" in name and name.split(" – ")[0] not in current)
    officer.select_option(label=other)
    panel.locator("textarea[name=reason]").fill("Chia lại việc quá hạn")
    panel.locator("form button").click()
    expect(page.locator(".timeline li").first).to_contain_text(other.split(" – ")[0])


PAGES = {
    "reception1": (
        "/",
        "/petitions/new",
        "/queues/priority",
        "/search?q=dat",
        "/visits/new",
        "/visits",
        "/petitions/day",
    ),
    "officer1": ("/", "/queues/mine", "/queues/overdue", "/search?q=xay%20dung"),
    "supervisor1": ("/", "/queues/all", "/office", "/calendar", "/petitions/import"),
    "admin1": ("/", "/users", "/users/new", "/units"),
}


@pytest.mark.parametrize("username", list(PAGES))
def test_no_page_of_any_role_has_a_barrier(username: str, page: Page, enter: Enter, check_axe: Check) -> None:
    enter(username)
    for path in PAGES[username]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        check_axe()
    page.goto("/queues/priority")
    row = page.locator("[data-row-link]").first
    if row.count():
        row.click()
        check_axe()
