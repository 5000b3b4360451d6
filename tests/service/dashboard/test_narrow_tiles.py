"""What has no room in a narrow tile is cut with a sign, and is reached by pointer, keyboard and screen reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.dashboard import Feed
from support.screen import PHONE, OpenPage, region, shoot, tile, wait_for_pictures, wait_until

pytestmark = pytest.mark.e2e

UNSAID = """(plates) => plates.flatMap((plate) => {
    const line = plate.querySelector('.plate-more').getBoundingClientRect();
    const cut = [...plate.querySelectorAll('.plate-more > :not(.short)')].filter((fact) => {
        const box = fact.getBoundingClientRect();
        return box.width === 0 || box.top > line.bottom - 4 || box.right > line.right + 2;
    });
    const said = Number(plate.querySelector('.more-facts')?.textContent ?? 0);
    return cut.length === said ? [] : [`${plate.ariaLabel}: ${cut.length} cut, ${said} said`];
})"""
"""Regions of which more or fewer facts are cut than the page says."""


def assert_every_cut_is_said(page: Page) -> None:
    plates = page.get_by_test_id("region-figure")
    assert plates.count() > 0
    wait_until(page, lambda: plates.evaluate_all(UNSAID) == [])


@pytest.mark.parametrize(
    ("scenario", "width", "theme"),
    [
        ("one", 1366, "dark"),
        ("two-regions", 1366, "dark"),
        ("two-regions", 1024, "light"),
        ("nine", 1366, "light"),
        ("nine", 1024, "dark"),
        ("sixty-four", 1366, "dark"),
        ("sixty-four", 1024, "light"),
        ("sixty-four", 1920, "dark"),
    ],
)
def test_no_fact_is_cut_without_a_sign(
    open_page: OpenPage, screenshots: Path, scenario: str, width: int, theme: str
) -> None:
    page = open_page(scenario, viewport={"width": width, "height": 768}, color_scheme=theme)
    wait_for_pictures(page)
    assert_every_cut_is_said(page)
    shoot(page, screenshots, f"narrow-{scenario}-{width}")


def test_on_a_phone_nothing_is_cut(open_page: OpenPage) -> None:
    page = open_page("two-regions", viewport=PHONE, has_touch=True)
    expect(region(page, "north", "gate").get_by_test_id("doubt")).to_be_visible()
    assert_every_cut_is_said(page)
    expect(page.get_by_test_id("more-facts")).to_have_count(0)


def test_what_is_cut_is_told_to_a_screen_reader_and_under_the_pointer(open_page: OpenPage) -> None:
    page = open_page("sixty-four")
    more = tile(page, "cam-2").get_by_test_id("more-facts")
    said = r"alert in ~\d+ (s|min) · \d+ people.* · peak 3\.\d"
    expect(more).to_have_attribute("title", re.compile(said))
    expect(more).to_have_accessible_name(
        re.compile(rf"^\d more of Ground 2: .*doubtful: far away.*{said}.*Show it large$")
    )
    before = more.get_attribute("title")
    page.wait_for_function("([more, before]) => more.title !== before", arg=[more.element_handle(), before])


@pytest.mark.parametrize("how", ["keyboard", "pointer"])
def test_a_press_shows_all_of_it(open_page: OpenPage, how: str) -> None:
    page = open_page("nine")
    more = tile(page, "cam-2").get_by_test_id("more-facts")
    if how == "keyboard":
        tile(page, "cam-2").focus()
        page.keyboard.press("Tab")
        expect(more).to_be_focused()
        page.keyboard.press("Enter")
    else:
        more.click()
    expect(page.get_by_test_id("camera-tile")).to_have_count(1)
    large = region(page, "cam-2", "ground")
    for fact in ("doubt", "peak", "count", "forecast"):
        expect(large.get_by_test_id(fact)).to_be_visible()
    expect(large.get_by_test_id("more-facts")).to_have_count(0)


def test_that_a_figure_is_doubted_stands_in_the_smallest_tile(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("sixty-four")
    doubt = tile(page, "cam-2").get_by_test_id("doubt-short")
    expect(doubt).to_be_visible()
    box, plate = doubt.bounding_box(), tile(page, "cam-2").locator(".plate").bounding_box()
    assert box is not None
    assert plate is not None
    assert box["x"] + box["width"] <= plate["x"] + plate["width"]
    assert box["y"] + box["height"] <= plate["y"] + plate["height"] + 1


def test_no_figure_of_a_small_tile_is_cut_in_half(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("bad-night")
    expect(page.get_by_test_id("camera-tile")).to_have_count(16)
    shoot(page, screenshots, "bad-night")
    cut = """(plates) => plates.flatMap((plate) => [...plate.querySelectorAll('.figure, .peak, .rate')]
        .map((part) => ({said: part.textContent, box: part.getBoundingClientRect()}))
        .filter(({box}) => box.width && box.top < plate.getBoundingClientRect().bottom)
        .filter(({box}) => box.right > plate.getBoundingClientRect().right
            || box.bottom > plate.getBoundingClientRect().bottom)
        .map(({said}) => said))"""
    assert page.locator(".plate-more").evaluate_all(cut) == []
