"""The three main jobs, as people do them: by keyboard at the desk, by queue as an officer, by list as a supervisor."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from core.text import fold

Enter = Callable[[str], Page]


def pages_of(pdf: bytes) -> int:
    """How many sheets a printed page takes."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_reception_logs_and_prints(page: Page, enter: Enter) -> None:
    enter("reception1")
    page.keyboard.press("n")
    page.wait_for_url("**/petitions/new")
    expect(page.locator("[name=kind]").first).to_be_focused()
    page.keyboard.press("1")
    page.fill("[name=petitioner_name]", "Nguyễn Văn Thử Trình Duyệt")
    page.fill("[name=petitioner_phone]", "0900 111 222")
    page.fill("[name=title]", "Khiếu nại tiếng ồn ban đêm ở ngõ 77")
    page.locator("button[value=print]").click()
    page.wait_for_url("**/receipt*")
    number = page.locator(".receipt .number").inner_text().replace("\N{NON-BREAKING HYPHEN}", "-")
    expect(page.locator(".receipt")).to_contain_text("Nguyễn Văn Thử Trình Duyệt")
    expect(page.locator(".qr svg")).to_be_visible()
    # The button has the focus, so that Enter prints; A5 and A4 each take one sheet.
    page.evaluate("window.print = () => { document.title = 'printed' }")
    page.keyboard.press("Enter")
    expect(page).to_have_title("printed")
    for size in ("A4", "A5"):
        page.get_by_role("link", name=size, exact=True).click()
        page.wait_for_url(f"**/receipt?size={size.lower()}")
        assert pages_of(page.pdf(prefer_css_page_size=True)) == 1, size
    page.get_by_role("link", name="Đơn tiếp theo").click()
    expect(page.locator("[name=kind]").first).to_be_focused()
    page.keyboard.press("1")
    page.fill("[name=petitioner_phone]", "0900111222")
    expect(page.locator("#here-before")).to_contain_text(number)
    page.locator("[data-link-matter]").first.click()
    page.fill("[name=petitioner_name]", "Nguyễn Văn Thử Trình Duyệt")
    page.fill("[name=title]", "Khiếu nại lần nữa về tiếng ồn ở ngõ 77")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/petitions/new?saved=*")
    page.locator(".saved .number").click()
    expect(page.get_by_role("region", name="Vụ việc")).to_contain_text(number)


def test_an_officer_takes_works_and_resolves(page: Page, enter: Enter) -> None:
    enter("officer1")
    page.goto("/queues/unassigned")
    page.locator("form[action$='/queues/next'] button").click()
    page.wait_for_url("**/petitions/*")
    expect(page.locator(".case-line")).to_contain_text("Đỗ Văn Cán Bộ Một")
    page.locator("summary", has_text="Thêm ghi chú").click()
    page.fill("#f-note-text", "Đã mời công dân đến làm việc.")
    page.locator("form[action$='/notes'] button").click()
    expect(page.get_by_role("region", name="Ghi chú")).to_contain_text("Đã mời công dân đến làm việc.")
    panel = page.locator("details", has=page.locator("form[action$='/resolve']"))
    panel.locator("summary").click()
    panel.locator("select[name=disposition]").select_option("guided")
    panel.locator("form button").click()
    # Refused without what this way of closing needs; what was chosen still stands there.
    expect(panel.locator("[data-error-summary]")).to_be_focused()
    expect(panel.locator("select[name=disposition]")).to_have_value("guided")
    panel.locator("textarea[name=resolution_note]").fill("Hướng dẫn đến Tòa án.")
    panel.locator("form button").click()
    expect(page.locator(".case-line .state")).to_have_text("Đã giải quyết")
    expect(page.locator(".timeline li").first).to_contain_text("giải quyết")
    # A slip can be taken back for a while, and both steps stay in the history.
    page.locator("form.undo button").click()
    expect(page.locator(".case-line .state")).to_have_text("Đã phân công")
    expect(page.locator(".timeline li").first).to_contain_text("hoàn tác")


def test_a_supervisor_finds_an_overdue_case_and_reassigns_it(page: Page, enter: Enter) -> None:
    enter("supervisor1")
    page.locator(".tiles a", has_text="Quá hạn").click()
    page.locator(".filters > summary").click()
    page.select_option("#f-state", "assigned")
    page.locator(".filters form button").click()
    expect(page.locator(".chosen-filters")).to_contain_text("Trạng thái: Đã phân công")
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    page.locator("[data-row-link]").first.click()
    expect(page.locator(".case-line .due-text")).to_contain_text("quá hạn")
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
    expect(page.locator(".timeline li").first).to_contain_text("Chia lại việc quá hạn")


def test_reception_is_told_that_a_letter_came_before(page: Page, enter: Enter) -> None:
    """Half of it typed, without marks; one click puts the new one into its matter."""
    text = (
        "Từ đầu mùa mưa hộ ông Trần Văn Thử ở số 16 khoan giếng sát chân tường nhà tôi, sâu chừng sáu mươi mét, hút "
        "nước cả ngày để làm đá viên bán cho các quán. Nền bếp nhà tôi lún xuống ba phân, gạch lát phồng rộp."
    )
    enter("reception1")
    page.goto("/petitions/new?blank=1")
    page.keyboard.press("1")
    page.fill("[name=petitioner_name]", "Nguyễn Thị Thử Giếng")
    page.fill("[name=body]", text)
    expect(page.locator("#alike")).to_contain_text("Chưa thấy đơn nào")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/petitions/new?saved=*")
    number = page.locator(".saved .number").inner_text()
    page.keyboard.press("1")
    page.fill("[name=body]", fold(text[: len(text) // 2]))
    hit = page.locator("#alike .hit").first
    expect(hit).to_contain_text(number)
    expect(hit).to_contain_text("giống 100 % nội dung")
    expect(page.locator("#alike-said")).to_have_text("1 đơn trước có nội dung giống đơn này")
    hit.get_by_role("button").click()
    expect(page.locator("#linked [data-linked]")).to_have_text(number)
    expect(hit.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    # A denunciation is compared with denunciations alone.
    page.keyboard.press("Escape")
    page.locator("[name=kind][value=denunciation]").check(force=True)
    page.fill("[name=body]", text)
    expect(page.locator("#alike")).to_contain_text("Chưa thấy đơn nào")
    expect(page.locator("#linked")).to_be_hidden()
