"""Fixtures of the tests that drive a browser: Debian's Chromium against the program as ``./run`` starts it.

=========================  =============================================================================
``site``                   address of a running program with demo data (web and worker), one for the run
``page``                   a page in Vietnamese at 1280 px, of pytest-playwright, with ``site`` as its base:
                           ``page.goto("/queues/open")``. Anything asked of another host, an error in a
                           script or a refusal by the content policy fails the test
``enter(name)``            log the page in as a demo user (reception1, officer1, supervisor1, admin1)
``faults()``               what axe finds on the page as it stands, wide and narrow, light and dark, and what sticks out
``routes``                 the application, to ask which pages there are and who may see them
=========================  =============================================================================

All tests here run on one xdist worker, first of all, so that the machine is not shared by two browsers.
"""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Request, Response

from auth.second_factor import code_at
from core.settings import CHECKOUT
from tests.conftest import settings_for
from tests.people import TOTP_SECRET
from wsgi import create_app

HERE = Path(__file__).parent
DEMO_PASSWORD = "mưa phùn ngoài hiên"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
COLOURS = {"type": "rule", "values": ["color-contrast"]}
RUN_AXE = """options => axe.run(options).then(results => results.violations.flatMap(
    fault => fault.nodes.map(node => `${fault.id} at ${node.target}`)))"""
FEWER_ROWS = "document.querySelectorAll('.list tbody tr:nth-child(n+6)').forEach(row => row.remove())"
# The page scrolls sideways, or a control leaves the box that holds it (as a block beside its legend once did).
STICKING_OUT = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const found = wide > 0 ? [`the page is ${wide} px too wide`] : [];
  for (const control of document.querySelectorAll("main input, main select, main textarea, main button, main .btn")) {
    const box = control.closest(".part, .card-box, .panel, .filters, .table-box, .bulk-bar, .save-bar");
    const inner = control.getBoundingClientRect();
    if (!box || !inner.width || control.closest(".visually-hidden, .table-box")) continue;
    const outer = box.getBoundingClientRect();
    if (inner.left < outer.left - 1 || inner.right > outer.right + 1)
      found.push(`out of its box: ${control.name || control.textContent}`);
  }
  return found;
}"""
WIDTHS = (1280, 390)
AXE_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
START_SECONDS = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    own = [item for item in items if item.path.is_relative_to(HERE)]
    for item in own:
        item.add_marker("browser")
        item.add_marker(pytest.mark.xdist_group("browser"))
    items[:] = own + [item for item in items if item not in own]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser; without one the tests skip, and fail in CI, which has to bring one."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = "no Chromium found: apt-get install chromium fonts-noto-core fonts-liberation2"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: str) -> dict[str, Any]:
    # The sandbox of Chromium refuses to work for root.
    unconfined = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": chromium, "args": [*FLAGS, *unconfined]}


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session")
def site_database(site: str, site_folder: Path) -> Path:
    """The database of the running program."""
    return site_folder / "data" / "donthu.sqlite3"


@pytest.fixture(scope="session")
def site(chromium: str, site_folder: Path) -> Iterator[str]:
    folder = site_folder
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DONTHU_DEMO")}
    environ |= {
        "DONTHU_DATA": str(folder / "data"),
        "PORT": str(port),
        "DONTHU_DEMO_PASSWORD": DEMO_PASSWORD,
        "DONTHU_DEMO_TOTP_SECRET": TOTP_SECRET,
    }
    address = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "serve"], cwd=CHECKOUT, env=environ, stdout=log, stderr=log
        )
    try:
        if not (_answers(f"{address}/login", process) and _indexed(folder / "data" / "donthu.sqlite3")):
            pytest.fail(f"the program did not start:\n{(folder / 'log').read_text(encoding='utf-8')}")
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _answers(address: str, process: "subprocess.Popen[bytes]") -> bool:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except OSError:
            time.sleep(0.1)
    return False


def _indexed(database: Path) -> bool:
    """Wait until the worker has brought the demo into the search index."""
    end = time.monotonic() + START_SECONDS
    with closing(sqlite3.connect(database)) as connection:
        while time.monotonic() < end:
            if connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,):
                return True
            time.sleep(0.1)
    return False


@pytest.fixture(scope="session")
def base_url(site: str) -> str:
    return site


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "vi-VN",
        "timezone_id": "Asia/Ho_Chi_Minh",
        "viewport": {"width": 1280, "height": 900},
        # Colours that are still on their way from light to dark are not what axe should judge.
        "reduced_motion": "reduce",
    }


@pytest.fixture(autouse=True)
def _watch(context: BrowserContext, site: str) -> Iterator[None]:
    trouble: list[str] = []

    def look(request: Request) -> None:
        if not request.url.startswith((site, "data:", "blob:", "about:")):
            trouble.append(f"asked another host: {request.url}")

    def listen(message: Any) -> None:
        # An answer such as 409 is shown as an error too; whether it was right is for the test to say.
        if message.type == "error" and "Failed to load resource" not in message.text:
            trouble.append(f"console: {message.text}")

    context.on("request", look)
    context.on("console", listen)
    context.on("weberror", lambda error: trouble.append(f"script: {error.error}"))
    yield
    assert trouble == []


PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def page(page: Page, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A page that is painted when ``goto`` returns: what is pressed before the first picture, Chromium throws away."""
    go = page.goto

    def goto_painted(address: str, **options: Any) -> Response | None:
        answer = go(address, **options)
        page.evaluate(PAINTED)
        return answer

    monkeypatch.setattr(page, "goto", goto_painted)
    return page


def code_for(username: str, database: Path) -> str:
    """The present code; one that was used a moment ago by another test counts again."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.execute("UPDATE user_account SET totp_step = NULL WHERE username = ?", (username,))
    return code_at(TOTP_SECRET, datetime.now(UTC))


@pytest.fixture
def enter(page: Page, site_database: Path) -> Callable[[str], Page]:
    def log_in(username: str) -> Page:
        page.goto("/login")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", DEMO_PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: not url.endswith("/login"))
        if "/login/code" in page.url:
            page.fill("input[name=code]", code_for(username, site_database))
            page.press("input[name=code]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    return log_in


@pytest.fixture(scope="session")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application for its routes and what they declare; no request is made of it."""
    folder = tmp_path_factory.mktemp("routes")
    return create_app(settings=settings_for(folder, f"sqlite:///{folder / 'none.sqlite3'}"))


@pytest.fixture
def faults(page: Page, context: BrowserContext) -> Callable[[], list[str]]:
    """What is wrong with the page as it stands, wide and narrow, in light and dark: for people, one line each."""
    context.add_init_script(path=AXE)

    def look() -> list[str]:
        # The first rows stand for the rest: axe's time grows with every one of them.
        page.evaluate(FEWER_ROWS)
        found = []
        for width in WIDTHS:
            # So high that no bar that sticks to the edge covers half a control.
            page.set_viewport_size({"width": width, "height": 2600})
            found += [f"{width} px: {line}" for line in page.evaluate(STICKING_OUT)]
            for theme in ("light", "dark"):
                page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
                # The other colours change nothing but the contrast.
                rules = {"type": "tag", "values": AXE_RULES} if theme == "light" else COLOURS
                options = {"runOnly": rules, "resultTypes": ["violations"]}
                found += [f"{width} px, {theme}: {line}" for line in page.evaluate(RUN_AXE, options)]
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        return found

    return look
