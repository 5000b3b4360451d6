"""Colour belongs to levels above clear and to nothing else, and no level is told by colour alone."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect

from support.screen import SATURATED, OpenPage, card, hide_pictures, saturated_share, shoot, wait_for_pictures

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_calm_screen_is_grey(open_page: OpenPage, screenshots: Path, theme: str) -> None:
    page = open_page("calm", color_scheme=theme)
    wait_for_pictures(page)
    shoot(page, screenshots, f"calm-{theme}")
    expect(page.get_by_test_id("strip-card")).to_have_count(4)
    expect(page.locator('[data-testid="strip-card"]:not([data-level="clear"])')).to_have_count(0)
    expect(page.get_by_test_id("no-alarms")).to_be_visible()
    expect(page.get_by_test_id("system")).to_contain_text("4 of 4 cameras seen")
    expect(page.get_by_test_id("clock")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    expect(page.locator(".clock")).to_contain_text("Asia/Seoul (UTC+9)")
    hide_pictures(page)
    assert saturated_share(shoot(page, screenshots, f"calm-{theme}-without-pictures")) == 0


def test_one_caution_is_the_only_colour_on_the_screen(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("caution")
    wait_for_pictures(page)
    shoot(page, screenshots, "caution")
    expect(card(page, 0)).to_have_attribute("data-level", "caution")
    expect(card(page, 0)).to_contain_text("Front of stage")
    expect(card(page, 0).get_by_test_id("figure")).to_have_text(re.compile(r"^3\.\d people/m² \d\.\d–\d\.\d$"))
    expect(card(page, 1)).to_have_attribute("data-level", "clear")
    row = page.get_by_test_id("alert-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(
        re.compile(
            r"\d\d:\d\d:\d\d caution · Main stage · Front of stage · at \d\d:\d\d:\d\d: "
            r"3\.\d people/m² for 12 s.* · music down, call 1"
        )
    )
    hide_pictures(page)
    picture = shoot(page, screenshots, "caution-without-pictures")
    assert 0 < saturated_share(picture) < 0.02
    colours = picture[picture.max(axis=2).astype(int) - picture.min(axis=2) > SATURATED]
    red, green, blue = colours.T.astype(int)
    assert ((red > green) & (green > blue)).all(), "amber and nothing else"


def test_levels_survive_grey_scale_printing(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("critical")
    wait_for_pictures(page)
    page.evaluate("document.documentElement.style.setProperty('filter', 'grayscale(1)')")
    picture = shoot(page, screenshots, "grey-scale")
    assert saturated_share(picture) == 0
    for place, (level, shape) in enumerate([("critical", "polygon"), ("caution", "polygon"), ("clear", "circle")]):
        mark = card(page, place).get_by_test_id("level")
        expect(mark).to_have_text(level)
        expect(mark.locator(f"svg {shape}")).to_be_visible()
    boxes = [card(page, place).bounding_box() for place in range(3)]
    shades = [_shade(picture, box) for box in boxes if box]
    assert abs(shades[0] - shades[2]) > 20, "the critical card stands out without its colour"


def _shade(picture: NDArray[np.uint8], box: dict[str, float]) -> float:
    left, top = int(box["x"]), int(box["y"])
    return float(np.median(picture[top : top + int(box["height"]), left : left + int(box["width"])]))


def test_critical_in_the_light_theme(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("critical", color_scheme="light")
    wait_for_pictures(page)
    expect(card(page, 0)).to_have_attribute("data-level", "critical")
    background = card(page, 0).evaluate("(card) => getComputedStyle(card).backgroundColor")
    assert background == "rgb(176, 13, 74)"
    shoot(page, screenshots, "critical-light")


def test_the_theme_can_be_chosen_and_is_remembered(open_page: OpenPage) -> None:
    page = open_page("calm", color_scheme="dark")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_test_id("theme").click()
    page.get_by_test_id("theme").click()
    expect(page.get_by_test_id("theme")).to_have_text("Theme: light")
    page.reload()
    expect(root).to_have_attribute("data-theme", "light")


def test_nothing_moves_for_those_who_asked_for_that(open_page: OpenPage) -> None:
    running = "document.getAnimations().filter((animation) => animation.playState === 'running').length"
    page = open_page("critical", reduced_motion="no-preference")
    expect(page.get_by_test_id("alert-row")).to_have_count(2)
    assert page.evaluate(running) > 0
    still = open_page("critical", reduced_motion="reduce")
    expect(still.get_by_test_id("alert-row")).to_have_count(2)
    assert still.evaluate(running) == 0
