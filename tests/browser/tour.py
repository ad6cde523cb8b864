"""Every page of the program and how to get there: what the sweeps of ``test_every_page.py`` walk.

``test_the_tour_forgets_no_page`` holds this list against the routes of the application, so that a new page cannot be
forgotten: it stands either in ``PAGES`` or, with the reason, in ``NO_PAGES``.
"""

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import Page

from auth.permissions import Permission, Role, declared, permissions_of

Go = Callable[[Page], object]

USERS = {
    "reception1": Role.RECEPTION,
    "officer1": Role.OFFICER,
    "supervisor1": Role.SUPERVISOR,
    "admin1": Role.ADMINISTRATOR,
    "custodian1": Role.CUSTODIAN,
}

NO_PAGES = {
    "static": "files",
    "bootstrap.static": "files",
    "auth.login_code": "on the way in only; test_logging_in.py looks at it",
    "auth.session": "JSON for the draft's script",
    "drafts.earlier": "a fragment of the intake page, which is looked at there",
    "drafts.ward_list": "JSON for the picker",
    "importing.state": "JSON for the page of a run",
    "importing.template": "a file to download",
    "importing.rejects": "a file to download",
    "visits.workbook": "a file to download",
    "audits.workbook": "a file to download",
    "list_files.queue": "a file to download",
    "search_export.results": "a file to download",
    "attachments.download": "a file to download",
}


def at(path: str) -> Go:
    """Go to ``path``."""
    return lambda page: page.goto(path)


def first_of(path: str, suffix: str = "") -> Go:
    """Go to the first petition of the list at ``path``; ``suffix`` is added to its address."""

    def go(page: Page) -> None:
        page.goto(path)
        address = page.locator("[data-row-link]").first.get_attribute("href")
        page.goto(f"{address}{suffix}")

    return go


def another_user(page: Page) -> None:
    """Go to the page of a user who is not the one logged in."""
    page.goto("/users")
    page.locator("tbody a", has_text="Cán Bộ").first.click()
    page.wait_for_url("**/users/*")


def an_import(page: Page) -> None:
    """Hand in a file with a bad row and go to the page that tells what came of it."""
    page.goto("/petitions/import")
    if not page.locator("tbody a").count():
        content = "received_on,title\n23/11/2026,Đơn về cây đổ\n31/02/2026,Đơn có ngày sai\n"
        page.set_input_files("#f-file", {"name": "don.csv", "mimeType": "text/csv", "buffer": content.encode()})
        page.locator("form[action$='/import'] [data-save-button]").click()
        page.wait_for_url("**/petitions/import/*")
    else:
        page.locator("tbody a").first.click()
    page.locator("[data-import-state]").wait_for(state="detached", timeout=30_000)


def a_saved_view(page: Page) -> None:
    """Save a list where none is saved, and go to the page where it can be changed."""
    page.goto("/views")
    if not page.locator("a[href^='/views/']").count():
        page.goto("/queues/open?due=late")
        page.locator(".save-view > summary").click()
        page.fill("#s-name", "Danh sách để xem thử")
        page.locator(".save-view button").click()
        page.locator(".alert-success").wait_for()
        page.goto("/views")
    page.locator("a[href^='/views/']").first.click()
    page.locator("#f-name").wait_for()


def a_programme(page: Page) -> None:
    """Go to a programme against the backlog; the supervisor sets one up where there is none."""
    page.goto("/programmes")
    if not page.locator("tbody a").count() and page.locator("#f-name").count():
        for name, value in (("name", "Đợt cuối năm"), ("cut_off_on", "31/10/2026"), ("starts_on", "02/11/2026")):
            page.fill(f"#f-{name}", value)
        page.fill("#f-target_on", "31/12/2027")
        page.locator("form[action$='/programmes'] [data-save-button]").click()
        page.wait_for_url("**/programmes/*")
    elif page.locator("tbody a").count():
        page.locator("tbody a").first.click()
        page.wait_for_url("**/programmes/*")


# By the name of the route: one or several ways to the page.
PAGES: dict[str, tuple[Go, ...]] = {
    "home.home": (at("/"),),
    "limits.show": (
        first_of("/queues/open?state=assigned", "/limits"),
        first_of("/queues/all?state=resolved", "/limits"),
    ),
    "limits.form": (
        first_of("/queues/open?state=assigned", "/limits/record?event=complexity-found"),
        first_of("/queues/open?state=assigned", "/limits/record?event=extended"),
    ),
    "morning.show": (at("/morning"),),
    "workload.show": (at("/workload"),),
    "workload.suggest": (at("/workload/suggestion"),),
    "auth.login": (at("/login"),),
    "auth.password": (at("/password"),),
    "auth.users": (at("/users"),),
    "auth.user_new": (at("/users/new"),),
    "auth.user": (another_user,),
    "auth.units": (at("/units"),),
    "office.settings": (at("/office"),),
    "office.calendar": (at("/calendar"),),
    "weights.show": (at("/office/priority"),),
    "absences.show": (at("/absences"),),
    "intake.new": (at("/petitions/new"),),
    "day_list.show": (at("/petitions/day"),),
    "visits.new": (at("/visits/new"),),
    "visits.show": (at("/visits"),),
    "queues.queue": (
        at("/queues/priority"),
        at("/queues/open?kind=complaint&flag=complex"),
    ),
    "saved_views.show": (at("/views"),),
    "saved_views.edit": (a_saved_view,),
    "search_office.forms": (at("/search/short-forms"),),
    "search_office.noted": (at("/search/noted"),),
    "search.page": (at("/search?q=dat"), at("/search?q=khongcotunao"), at("/search?kind=complaint&sort=due")),
    "duplicates.page": (at("/search/duplicates?handled=1"), at("/search/duplicates?show=campaigns&handled=1")),
    "duplicates.group": (first_of("/search/duplicates?handled=1"),),
    "case.show": (
        first_of("/queues/unassigned"),
        first_of("/queues/escalated"),
        first_of("/queues/all?state=resolved"),
        first_of("/queues/all?kind=denunciation"),
    ),
    "story.show": (
        first_of("/queues/escalated", "/story"),
        first_of("/queues/all?state=resolved", "/story"),
        first_of("/queues/all?kind=denunciation", "/story"),
    ),
    "audits.overdue": (at("/audits/overdue"), at("/audits/overdue?from=01/01/2020&band=31-90&what=now")),
    "sheet.show": (at("/audits/sheet"),),
    "programmes.index": (at("/programmes"),),
    "programmes.show": (a_programme,),
    "accused.show": (first_of("/queues/all?kind=denunciation", "/accused"),),
    "correct.form": (first_of("/queues/open?kind=complaint", "/correct"),),
    "receipt.show": (first_of("/queues/open", "/receipt?size=a4"),),
    "importing.page": (at("/petitions/import"),),
    "importing.run": (an_import,),
}


def ways(app: Flask, user: str) -> list[Go]:
    """The ways to every page that ``user`` may see, by what the views declare: all of them for the supervisor, who sees
    the most, and the first of each for the others.
    """
    may = permissions_of(USERS[user])
    found: list[Go] = []
    for name, page_ways in PAGES.items():
        needed = declared(app.view_functions[name])
        if isinstance(needed, Permission) and needed in may:
            found += page_ways if user == "supervisor1" else page_ways[:1]
    return found
