"""What tests of the page look at: the parts of the screen by their names, and pictures of it for people."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page

OpenPage = Callable[..., Page]

PHONE = {"width": 390, "height": 844}
SATURATED = 60
"""Between the largest and the smallest of red, green and blue: more than any grey of the page has."""


def card(page: Page, place: int) -> Locator:
    """A card of the strip, the worst region first."""
    return page.get_by_test_id("strip-card").nth(place)


def tile(page: Page, camera: str) -> Locator:
    return page.locator(f'[data-testid="camera-tile"][data-camera="{camera}"]')


def region(page: Page, camera: str, name: str) -> Locator:
    return tile(page, camera).locator(f'[data-testid="region-figure"][data-region="{name}"]')


def acknowledge_the_moment_it_is(page: Page, level: str, by: str) -> None:
    """What a hand does that was on its way when a row came to that level; by: "key" or "button"."""
    page.wait_for_function(
        """([level, by]) => {
            const row = document.querySelector(`[data-testid="alert-row"][data-level="${level}"]`);
            if (by === "button") row?.querySelector('[data-testid="acknowledge"]').click();
            else if (row) document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
            return row;
        }""",
        arg=[level, by],
        polling=20,
    )


def wait_for_pictures(page: Page) -> None:
    """Until every tile on the wall has drawn a picture."""
    page.wait_for_function(
        """() => {
            const pictures = [...document.querySelectorAll('[data-testid="picture"]')];
            return pictures.length > 0 && pictures.every((picture) => picture.width > 0);
        }"""
    )


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Until something outside the page is so; fails after ten seconds."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("waited ten seconds for it")


def shoot(page: Page, folder: Path, name: str) -> NDArray[np.uint8]:
    """A screenshot, kept for people to look at; RGB."""
    data = page.screenshot(path=str(folder / f"dashboard-{name}.png"))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def saturated_share(picture: NDArray[np.uint8]) -> float:
    """The share of pixels that are no grey."""
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    return float((spread > SATURATED).mean())


def hide_pictures(page: Page) -> None:
    """What cameras see, and the legend of the heat, has colours of its own."""
    page.evaluate(
        """() => document.querySelectorAll('.stage, .legend canvas')
            .forEach((element) => element.style.setProperty('visibility', 'hidden'))"""
    )


def sign_as(page: Page, name: str) -> None:
    page.get_by_test_id("operator-name").fill(name)
    page.get_by_test_id("name-save").click()
