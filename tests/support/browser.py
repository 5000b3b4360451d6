"""Debian's Chromium, driven by Playwright: the operator's screen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def open_page(address: str, *, width: int = 1366, height: int = 768) -> Iterator[Page]:
    """The dashboard in a browser of its own; fails when the page throws. Skips loudly where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("NOT RUN: no Chromium here; sudo apt-get install chromium")
    thrown: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(address)
        try:
            yield page
        finally:
            browser.close()
    assert thrown == [], f"the page threw: {thrown}"
