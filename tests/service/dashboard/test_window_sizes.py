"""The page in small and in very large windows: nothing lies on anything else, and everything can be read."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from support.dashboard import Feed
from support.screen import OpenPage

pytestmark = pytest.mark.e2e


def boxes(page: Page, inside: str, *parts: str) -> list[list[dict[str, Any]]]:
    """Left and right edges of the visible parts of each element that matches `inside`."""
    script = """([inside, parts]) => [...document.querySelectorAll(inside)].map((one) =>
        parts.map((part) => one.querySelector(part)?.getBoundingClientRect())
             .filter((box) => box && box.width > 0).map((box) => ({left: box.left, right: box.right}))
             .concat([{left: one.getBoundingClientRect().right, right: one.getBoundingClientRect().right}]))"""
    found: list[list[dict[str, Any]]] = page.evaluate(script, [inside, list(parts)])
    return found


def assert_side_by_side(rows: list[list[dict[str, Any]]]) -> None:
    assert rows
    for row in rows:
        for before, after in itertools.pairwise(row):
            assert before["right"] <= after["left"] + 1, row


@pytest.mark.parametrize("width", [1024, 1280], ids=str)
def test_in_a_narrow_window_level_and_figure_stand_side_by_side(open_page: OpenPage, width: int) -> None:
    page = open_page("sixteen", viewport={"width": width, "height": 768})
    expect(page.get_by_test_id("camera-tile")).to_have_count(16)
    assert_side_by_side(boxes(page, ".plate", ".mark", ".figure"))
    assert_side_by_side(boxes(page, ".card-body", ".figure", ".rate"))


FAULT = "the site file has faults: site.yaml:22 cameras.concourse.regions.floor.kind: 'sitting' is not allowed"


def test_what_the_service_lacks_stands_on_a_line_of_its_own(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("calm")
    card = page.get_by_test_id("strip-card").first
    before = card.bounding_box()
    feed.tell(f"lack/{FAULT}")
    expect(page.get_by_test_id("fault")).to_have_text(FAULT)
    assert card.bounding_box() == before
    fault, clock = page.get_by_test_id("fault").bounding_box(), page.locator(".clock").bounding_box()
    assert fault is not None
    assert clock is not None
    assert fault["y"] >= clock["y"] + clock["height"]
    assert fault["height"] < 40


@pytest.mark.parametrize("width", [390, 1024], ids=str)
def test_a_peak_in_a_narrow_card_lies_on_nothing(open_page: OpenPage, width: int) -> None:
    page = open_page("peak", viewport={"width": width, "height": 800})
    card = page.locator('[data-testid="strip-card"]:has(.peak)').first
    box, peak, beside = (part.bounding_box() for part in (card, card.locator(".peak"), card.locator(".beside")))
    assert box is not None
    assert peak is not None
    assert beside is not None
    assert peak["x"] + peak["width"] <= box["x"] + box["width"]
    assert peak["x"] >= beside["x"] + beside["width"] or peak["y"] >= beside["y"] + beside["height"]


def test_where_there_is_room_everything_that_is_said_of_a_region_can_be_read(open_page: OpenPage) -> None:
    page = open_page("doubtful", viewport={"width": 1366, "height": 768})
    said = page.locator(".plate-more:has(.doubt)")
    expect(said).to_contain_text("far away")
    assert said.evaluate("element => element.scrollHeight <= element.clientHeight")


def test_on_a_wall_of_4k_the_worst_figure_is_read_from_three_metres(open_page: OpenPage) -> None:
    page = open_page("critical", viewport={"width": 3840, "height": 2160})
    number = page.get_by_test_id("strip-card").first.locator(".number").bounding_box()
    assert number is not None
    assert number["height"] > 60
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [3840, 2160]
