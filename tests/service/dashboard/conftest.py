"""The built page, a made-up service behind it, and a real browser before it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from support.browser import ARGUMENTS
from support.dashboard import DASHBOARD, REPOSITORY, Feed, npm
from support.screen import OpenPage


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The tools of the page, installed if they are not."""
    if shutil.which("npm") is None:
        pytest.skip("NOT RUN: no npm on the PATH; Node.js 20.19 or later builds and tests the page")
    if not (DASHBOARD / "node_modules" / "vitest").is_dir():
        done = npm("ci")
        assert done.returncode == 0, done.stderr
    return DASHBOARD / "node_modules"


@pytest.fixture(scope="session")
def built_page(request: pytest.FixtureRequest) -> Path:
    """The page as it is delivered, built anew when a source is younger."""
    index = DASHBOARD / "dist" / "index.html"
    sources = [*DASHBOARD.glob("*.html"), *(path for path in (DASHBOARD / "src").rglob("*") if path.is_file())]
    if not index.exists() or max(path.stat().st_mtime for path in sources) > index.stat().st_mtime:
        request.getfixturevalue("node_modules")
        done = npm("run", "build")
        assert done.returncode == 0, done.stderr
    return index.parent


@pytest.fixture(scope="session")
def running_feed(built_page: Path) -> Iterator[Feed]:
    """One made-up service for all tests of the page."""
    feed = Feed()
    yield feed
    feed.stop()


@pytest.fixture
def feed(running_feed: Feed) -> Feed:
    """The made-up service, calm and without alerts."""
    running_feed.tell("begin/calm")
    return running_feed


@pytest.fixture
def guarded_feed(built_page: Path) -> Iterator[Feed]:
    """A made-up service that asks for a password."""
    feed = Feed("--login")
    yield feed
    feed.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One real browser for all tests of the page; text is smoothed in grey, so that every colour is the page's."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("NOT RUN: no Chromium here; sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, "--disable-lcd-text"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, feed: Feed) -> Iterator[OpenPage]:
    """Opens the page on a scenario; fails when a page throws, breaks the policy, or asks anybody but its service."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_scenario(scenario: str = "calm", *, url: str | None = None, **options: object) -> Page:
        if url is None:
            feed.tell(f"begin/{scenario}")
        address = url or feed.url
        options = {"viewport": {"width": 1366, "height": 768}, "color_scheme": "dark", **options}
        context = browser.new_context(**options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if _is_a_fault(said.type, said.text) else None)
        page.on("request", lambda asked: None if asked.url.startswith(address) else faults.append(asked.url))
        page.goto(address)
        return page

    yield open_scenario
    for context in contexts:
        context.close()
    assert faults == []


def _is_a_fault(kind: str, text: str) -> bool:
    """Chromium itself notes a lost connection and a 401; the page tells both in words of its own."""
    return kind in ("error", "warning") and not any(
        word in text for word in ("ERR_CONNECTION", "WebSocket connection", "status of 401")
    )


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures for people to look at are left: out/screenshots."""
    folder = REPOSITORY / "out" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
