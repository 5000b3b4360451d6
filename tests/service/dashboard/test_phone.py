"""The page on a phone and at other small sizes: the worst first, an alarm without scrolling, the rest by scrolling."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from support.dashboard import Feed
from support.screen import PHONE, OpenPage, card, shoot, sign_as, tile, wait_for_pictures, wait_until

pytestmark = pytest.mark.e2e


def test_on_a_phone_an_alarm_is_reached_without_scrolling(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("critical", viewport=PHONE, has_touch=True, device_scale_factor=2)
    expect(tile(page, "north").get_by_test_id("picture")).not_to_have_attribute("width", "0")
    shoot(page, screenshots, "phone")
    expect(page.get_by_test_id("camera-tile").first).to_have_attribute("data-camera", "north")
    for element in (card(page, 0), page.get_by_test_id("acknowledge").first, page.get_by_test_id("picture").first):
        box = element.bounding_box()
        assert box is not None
        assert box["y"] + min(box["height"], 60) < PHONE["height"]
        assert box["x"] + box["width"] <= PHONE["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_test_id("acknowledge").first.tap()
    sign_as(page, "Lee")
    expect(page.locator('[data-state="acknowledged"]')).to_have_count(1)


def test_on_a_phone_every_camera_and_region_is_reached_by_scrolling(
    open_page: OpenPage, feed: Feed, screenshots: Path
) -> None:
    page = open_page("calm", viewport=PHONE, has_touch=True, device_scale_factor=2)
    expect(page.get_by_test_id("camera-tile")).to_have_count(4)
    expect(page.get_by_test_id("region-figure")).to_have_count(5)
    wait_until(page, lambda: "north" in feed.watched() and "drill" not in feed.watched())
    for element in (*page.get_by_test_id("region-figure").all(), page.get_by_test_id("heat-toggle")):
        element.scroll_into_view_if_needed()
        expect(element).to_be_in_viewport(ratio=0.95)
    wait_until(page, lambda: "drill" in feed.watched())
    wait_for_pictures(page)
    page.screenshot(path=str(screenshots / "dashboard-phone-whole.png"), full_page=True)
    tile(page, "alley").tap()
    expect(page.get_by_test_id("camera-tile")).to_have_count(4)
    card(page, 0).tap()
    expect(page.get_by_test_id("camera-tile")).to_have_count(1)
    page.get_by_test_id("back").tap()
    expect(page.get_by_test_id("camera-tile")).to_have_count(4)


@pytest.mark.parametrize(
    ("scenario", "width", "lines", "more"),
    [
        ("one", 390, 1, None),
        ("two", 430, 2, None),
        ("six", 360, 3, "3 more"),
        ("bad-night", 360, 3, "17 more, 10 above clear"),
        ("bad-night", 430, 3, "17 more, 10 above clear"),
    ],
)
def test_on_a_phone_the_worst_regions_stand_first_by_their_whole_names(
    open_page: OpenPage, screenshots: Path, scenario: str, width: int, lines: int, more: str | None
) -> None:
    page = open_page(scenario, viewport={"width": width, "height": 844}, has_touch=True)
    cards = page.get_by_test_id("strip-card")
    expect(cards).to_have_count(lines)
    names = cards.locator(".name, .figure")
    assert names.evaluate_all("(parts) => parts.every((part) => part.scrollWidth <= part.clientWidth + 1)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    shoot(page, screenshots, f"phone-{scenario}-{width}")
    if more is None:
        expect(page.get_by_test_id("strip-more")).to_have_count(0)
    else:
        expect(page.get_by_test_id("strip-more")).to_have_text(more)


def test_on_a_phone_all_regions_are_reached_from_the_strip_and_bring_their_camera(
    open_page: OpenPage, screenshots: Path
) -> None:
    page = open_page("bad-night", viewport=PHONE, has_touch=True)
    page.get_by_test_id("strip-more").tap()
    cards = page.get_by_test_id("strip-card")
    expect(cards).to_have_count(20)
    ranks = {"critical": 5, "alert": 4, "unknown": 3, "caution": 2, "notice": 1, "clear": 0}
    levels = [ranks[str(line.get_attribute("data-level"))] for line in cards.all()]
    assert levels == sorted(levels, reverse=True)
    shoot(page, screenshots, "phone-all-regions")
    last = cards.last
    region_key = last.get_attribute("data-region") or ""
    last.scroll_into_view_if_needed()
    last.tap()
    only = page.get_by_test_id("camera-tile")
    expect(only).to_have_count(1)
    expect(only).to_have_attribute("data-camera", region_key.split("/")[0])
    expect(page.get_by_test_id("picture")).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_test_id("back")).to_be_in_viewport()
    page.get_by_test_id("back").tap()
    expect(cards).to_have_count(3)
    expect(cards.first).to_be_in_viewport()


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (820, 1180), (844, 390), (683, 384)])
def test_the_worst_region_and_its_alarm_are_read_at_other_sizes_too(
    open_page: OpenPage, screenshots: Path, width: int, height: int
) -> None:
    page = open_page("bad-night", viewport={"width": width, "height": height})
    expect(card(page, 0).locator(".name")).to_have_text("Ground 3")
    for part in (card(page, 0).locator(".name"), card(page, 0).locator(".figure"), page.locator(".row-text b").first):
        expect(part).to_be_in_viewport(ratio=1)
        assert part.evaluate("(part) => part.scrollWidth <= part.clientWidth + 1 || part.clientWidth === 0")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    shoot(page, screenshots, f"bad-night-{width}")


def test_on_a_phone_more_cameras_than_can_be_scrolled_through_are_turned_to(open_page: OpenPage) -> None:
    page = open_page("twenty", viewport=PHONE, has_touch=True)
    expect(page.get_by_test_id("page-shown")).to_have_text("1–16 of 20")
    page.get_by_label("Next cameras").tap()
    expect(page.get_by_test_id("camera-tile")).to_have_count(4)
