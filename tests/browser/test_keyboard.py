"""Without a mouse: the desk's whole entry, the list, and the single keys with their switch."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

Enter = Callable[[str], Page]

FOCUSED = "document.activeElement.name || document.activeElement.id || document.activeElement.tagName"
# What can be reached by Tab in the entry of a complaint, from the first field to "save and next".
STOPS = (
    "petitioner_name",
    "petitioner_id_number",
    "petitioner_phone",
    "people_count",
    "petitioner_address",
    "ward_text",
)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focused(page: Page) -> str:
    name: str = page.evaluate(FOCUSED)
    return name


def test_the_cursor_stands_in_the_first_field_before_the_page_is_painted(page: Page, enter: Enter) -> None:
    # The browser honours autofocus when it first paints; on a busy computer a key pressed before that went nowhere.
    enter("reception1")
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { window.focusedAtStart = document.activeElement })"
    )
    for address in ("/petitions/new?blank=1", "/visits/new", "/password"):
        page.goto(address)
        assert page.evaluate("window.focusedAtStart.hasAttribute('autofocus')"), address


def test_a_petition_is_entered_from_the_first_field_to_save_and_next(page: Page, enter: Enter) -> None:
    enter("reception1")
    page.goto("/petitions/new?blank=1")
    assert focused(page) == "kind"
    press(page, "1")
    seen: list[str] = []
    for name, typed in zip(
        STOPS, ("Đặng Thị Bàn Phím", "001099123456", "0900123789", "1", "Số 3 ngõ Thử", "nghia do"), strict=True
    ):
        press(page, "Tab" if len(seen) % 2 else "Enter")  # both go on
        seen.append(focused(page))
        page.keyboard.type(typed)
        if name == "people_count":
            expect(page.locator("[name=people_count]")).to_have_value("1")
    assert tuple(seen) == STOPS
    page.locator("[role=option]").first.wait_for()
    press(page, "Enter")  # takes the marked ward, and does not save
    expect(page.locator("[name=ward_text]")).to_have_value("Phường Nghĩa Đô, Thành phố Hà Nội")
    press(page, "Enter")  # on to the fold of rarer fields, which stays closed
    assert focused(page) == "SUMMARY"
    while focused(page) != "field":
        press(page, "Tab")
    press(page, "ArrowDown", "Tab")
    page.keyboard.type("Khiếu nại nhập bằng bàn phím")
    press(page, "Tab")
    page.keyboard.type("Dòng một")
    press(page, "Enter")  # a new line of the text
    page.keyboard.type("Dòng hai")
    press(page, "Control+Enter")
    page.wait_for_url("**/petitions/new?saved=*")
    assert focused(page) == "kind"
    expect(page.locator("[name=ward_text]")).to_have_value("Phường Nghĩa Đô, Thành phố Hà Nội")
    expect(page.locator("[name=petitioner_name]")).to_have_value("")
    page.locator(".saved .number").click()
    expect(page.locator(".case-body")).to_have_text("Dòng một\nDòng hai")
    expect(page.locator("main")).to_contain_text("Đất đai")


def test_a_refused_entry_puts_the_focus_on_the_list_of_faults(page: Page, enter: Enter) -> None:
    enter("reception1")
    page.goto("/petitions/new?blank=1")
    press(page, "1", "Tab")
    page.keyboard.type("Người Gõ Sai")
    page.fill("[name=received_on]", "31/02/2026")
    press(page, "Control+Enter")
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary.locator("a").first).to_have_text(re.compile("^Ngày nhận: "))
    assert page.title().startswith("Lỗi:")
    expect(page.locator("[name=petitioner_name]")).to_have_value("Người Gõ Sai")
    press(page, "Tab", "Enter")
    assert focused(page) == "received_on"
    described = page.locator("[name=received_on]").get_attribute("aria-describedby")
    expect(page.locator(f"#{described}")).to_contain_text("Ngày không hợp lệ")


def test_the_first_tab_skips_to_the_content(page: Page, enter: Enter) -> None:
    enter("officer1")
    page.goto("/queues/open")
    press(page, "Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    press(page, "Enter", "Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_rows_are_walked_selected_assigned_and_opened(page: Page, enter: Enter) -> None:
    enter("supervisor1")
    page.goto("/queues/unassigned")
    numbers = page.locator("[data-row-link]").all_inner_texts()
    press(page, "j")
    expect(page.locator("[data-row-link]").first).to_be_focused()
    press(page, "x", "j", "x", "j", "k")
    expect(page.locator("[data-row-link]").nth(1)).to_be_focused()
    expect(page.locator("[data-bulk-count]")).to_have_text("Đã chọn 2")
    press(page, "b", "Enter", "Tab")
    assert focused(page) == "officer"
    press(page, "ArrowDown")
    officer = page.locator("#b-officer option:checked").inner_text().split(" – ")[0]
    press(page, "Tab", "Tab", "Tab", "Tab")  # unit, reason, "assign anyway", the button
    assert page.evaluate("document.activeElement.textContent") == "Phân công 2 đơn"
    press(page, "Enter")
    results = page.locator(".results li")
    expect(results).to_have_count(2)
    assert [row.split(":")[0] for row in results.all_inner_texts()] == numbers[:2]
    page.goto(f"/petitions/{numbers[0]}")
    expect(page.locator(".case-line")).to_contain_text(officer)
    page.goto("/queues/open")
    first = page.locator("[data-row-link]").first.inner_text()
    press(page, "j", "Enter")
    page.wait_for_url(f"**/petitions/{first}")


def test_results_of_a_search_are_walked_and_selected_as_lists_are(page: Page, enter: Enter) -> None:
    enter("supervisor1")
    page.goto("/search?q=dat")
    numbers = page.locator("[data-row-link]").all_inner_texts()
    press(page, "j", "x", "j", "x")
    expect(page.locator("[data-bulk-count]")).to_have_text("Đã chọn 2")
    press(page, "b")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.locator("[data-row-link]").nth(1).focus()
    press(page, "Enter")
    page.wait_for_url(f"**/petitions/{numbers[1]}")


def test_single_keys_rest_while_somebody_types_and_when_switched_off(page: Page, enter: Enter) -> None:
    enter("reception1")
    page.goto("/queues/open")
    press(page, "/")
    assert focused(page) == "q"
    press(page, "n", "j", "x", "?", "/")
    expect(page.locator("#q")).to_have_value("njx?/")
    assert page.locator("dialog[open]").count() == 0
    page.goto("/queues/open")
    # An input method that is still composing keeps its keys to itself.
    page.evaluate("""document.body.dispatchEvent(
        new KeyboardEvent("keydown", {key: "/", isComposing: true, bubbles: true, cancelable: true}))""")
    assert focused(page) != "q"
    press(page, "?")
    expect(page.locator("#shortcut-help")).to_be_visible()
    page.locator("[data-shortcut-switch]").focus()
    press(page, "Space", "Escape")
    page.goto("/queues/open")
    press(page, "/", "j", "x", "b", "n", "?")
    assert focused(page) == "BODY"
    assert page.locator("[name=row]:checked").count() == 0
    assert page.url.endswith("/queues/open")
    page.locator("footer [data-open-dialog]").focus()
    press(page, "Enter")
    expect(page.locator("#shortcut-help")).to_be_visible()  # from where the keys are switched on again


def luminance(colour: str) -> float:
    """Relative luminance of ``rgb(r, g, b)`` as WCAG defines it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_whatever_takes_the_focus_has_a_ring_that_stands_out(page: Page, enter: Enter) -> None:
    enter("reception1")
    for theme in ("light", "dark"):
        page.goto("/petitions/new?blank=1")
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        press(page, "1")
        page.locator(".brand").focus()
        for _stop in range(30):
            press(page, "Tab")
            style = page.evaluate("""() => {
                let at = document.activeElement;
                if (at.closest(".chip")) at = at.closest(".chip");
                const behind = box => {
                    const colour = getComputedStyle(box).backgroundColor;
                    const clear = colour.startsWith("rgba(0, 0, 0, 0") && box.parentElement;
                    return clear ? behind(box.parentElement) : colour;
                };
                const own = getComputedStyle(at);
                return [own.outlineStyle, parseFloat(own.outlineWidth), own.outlineColor, behind(at.parentElement),
                        at.outerHTML.slice(0, 80)];
            }""")
            shape, width, ring, ground, what = style
            low, high = sorted((luminance(ring), luminance(ground)))
            assert shape == "solid", what
            assert width >= 2, what
            assert (high + 0.05) / (low + 0.05) >= 3, (theme, what, ring, ground)
