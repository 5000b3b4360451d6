"""What cannot be seen is never shown as safe: lost cameras, a lost bus, a page that is cut off."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from support.dashboard import Feed
from support.screen import OpenPage, card, region, saturated_share, shoot, tile, wait_for_pictures

pytestmark = pytest.mark.e2e


def test_a_camera_whose_figures_are_all_too_old_is_not_counted_as_seen(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("late")
    expect(page.get_by_test_id("system")).to_contain_text("4 of 4 cameras seen")
    feed.tell("turn/too-late")
    expect(region(page, "stage", "front")).to_have_attribute("data-level", "unknown")
    expect(page.get_by_test_id("system")).to_contain_text("3 of 4 cameras seen")


def test_a_lost_camera_is_unknown_with_its_last_figure_struck_out(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("lost")
    expect(tile(page, "north")).to_have_attribute("data-level", "unknown")
    expect(card(page, 0)).to_have_attribute("data-level", "unknown")
    gate = region(page, "north", "gate")
    expect(gate.get_by_test_id("level")).to_have_text("unknown")
    expect(gate.locator("s")).to_have_text(re.compile(r"^2\.\d$"))
    expect(gate.get_by_test_id("figure")).to_have_attribute("data-current", "false")
    expect(gate.get_by_test_id("reason")).to_have_text(re.compile(r"^since \d\d:\d\d:\d\d · No picture for \d+ s$"))
    expect(tile(page, "north").get_by_test_id("lost")).to_have_text(
        re.compile(
            r"^No picture for 4\d s\. Last density 2\.\d people/m² at \d\d:\d\d:\d\d\. "
            r"Check the camera or send someone\.$"
        )
    )
    expect(page.get_by_test_id("system")).to_contain_text("3 of 4 cameras seen")
    wait_for_pictures(page)
    shoot(page, screenshots, "camera-lost")
    box = tile(page, "north").locator(".stage").bounding_box()
    assert box is not None
    still = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=box))).convert("RGB"))  # type: ignore[arg-type]
    assert saturated_share(still) == 0, "the last picture is grey"


def test_without_the_bus_no_camera_is_blamed(open_page: OpenPage, feed: Feed, screenshots: Path) -> None:
    page = open_page("lost")
    lost = tile(page, "north").get_by_test_id("lost")
    expect(lost).to_contain_text("Check the camera or send someone.")
    feed.tell("lack/Redis does not answer")
    expect(lost).to_contain_text("No figures arrive from any camera, which may all be well")
    expect(lost).not_to_contain_text("send someone")
    shoot(page, screenshots, "no-bus")


def test_a_camera_that_is_switched_off_stands_on_the_wall_and_not_among_the_worst(open_page: OpenPage) -> None:
    page = open_page("off")
    expect(page.get_by_test_id("system")).to_contain_text("3 of 3 cameras seen")
    expect(page.get_by_test_id("system")).to_contain_text("1 camera switched off")
    expect(tile(page, "stage")).to_have_attribute("data-level", "unknown")
    expect(page.locator('[data-testid="strip-card"][data-level="unknown"]')).to_have_count(0)
    expect(tile(page, "stage").get_by_test_id("lost")).to_contain_text("Switched off in the site file.")


def test_a_page_that_is_cut_off_says_so_and_tells_what_it_missed_when_it_is_back(
    open_page: OpenPage, feed: Feed, screenshots: Path
) -> None:
    page = open_page("calm")
    wait_for_pictures(page)
    began = time.monotonic()
    feed.tell("away/7")
    feed.tell("turn/critical")
    banner = page.get_by_test_id("cut-off")
    expect(banner).to_be_visible(timeout=4500)
    assert time.monotonic() - began > 2.5
    expect(banner).to_have_text(
        re.compile(r"^CUT OFF for \d s\. Nothing on this page is current: all of it is from \d\d:\d\d:\d\d or before\.")
    )
    expect(page).to_have_title(re.compile("^CUT OFF"))
    expect(page.get_by_test_id("page")).to_have_attribute("data-cut-off", "true")
    picture = shoot(page, screenshots, "cut-off")
    assert saturated_share(picture) == 0
    box = banner.bounding_box()
    assert box is not None
    assert box["y"] == 0
    assert box["width"] == 1366

    expect(banner).to_have_count(0, timeout=15_000)
    missed = page.get_by_test_id("missed")
    expect(missed).to_contain_text("Back. The page was cut off from")
    expect(missed).to_contain_text("raised: critical, North square · North gate")
    expect(card(page, 0)).to_have_attribute("data-level", "critical")
    shoot(page, screenshots, "missed")
    page.get_by_test_id("missed-dismiss").click()
    expect(missed).to_have_count(0)


def test_a_channel_that_stays_open_but_says_nothing_is_cut_off_too(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("calm")
    expect(page.get_by_test_id("camera-tile")).to_have_count(4)
    feed.tell("silence/5")
    expect(page.get_by_test_id("cut-off")).to_be_visible(timeout=4500)
    expect(page.get_by_test_id("cut-off")).to_have_count(0, timeout=10_000)


def test_a_page_that_never_hears_from_the_service_says_so(open_page: OpenPage, feed: Feed) -> None:
    feed.tell("away/30")
    page = open_page(url=feed.url)
    expect(page.get_by_test_id("cut-off")).to_have_text(
        re.compile(r"^No answer from the service for \d s\."), timeout=6000
    )
