"""Each state of the screen in a real browser: what an operator must see in it. Pictures go to out/screenshots."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect

from support.dashboard import Feed
from support.screen import (
    PHONE,
    SATURATED,
    OpenPage,
    card,
    hide_pictures,
    region,
    saturated_share,
    shoot,
    sign_as,
    tile,
    wait_for_pictures,
    wait_until,
)

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


def test_a_critical_is_seen_first_told_once_and_acknowledged_by_name(
    open_page: OpenPage, feed: Feed, screenshots: Path
) -> None:
    page = open_page("calm")
    wait_for_pictures(page)
    expect(page.get_by_test_id("announcement")).to_be_empty()
    feed.tell("turn/critical")
    expect(card(page, 0)).to_have_attribute("data-level", "critical")
    expect(card(page, 0).get_by_test_id("figure")).to_have_text(re.compile(r"^5\.\d people/m² \d\.\d–\d\.\d$"))
    expect(card(page, 0).get_by_test_id("rate")).to_contain_text("+0.8/min")
    expect(tile(page, "north")).to_have_attribute("data-level", "critical")
    expect(region(page, "north", "gate").get_by_test_id("level")).to_have_text("critical")
    expect(page).to_have_title("CRITICAL North square · North gate · Harbour festival")
    expect(page.get_by_test_id("announcement")).to_contain_text("Critical: North square · North gate")
    page.wait_for_timeout(1200)
    hidden = shoot(page, screenshots, "critical")
    assert saturated_share(hidden) > 0.03

    critical = page.locator('[data-testid="alert-row"][data-level="critical"]')
    expect(critical).to_have_attribute("data-state", "raised-unacknowledged")
    critical.locator(".row-text").focus()
    page.keyboard.press("a")
    expect(page.get_by_test_id("name-dialog")).to_be_visible()
    expect(page.get_by_test_id("name-dialog")).to_contain_text("North square · North gate")
    shoot(page, screenshots, "who-acknowledges")
    sign_as(page, "Kim, desk 2")
    acknowledged = page.locator('[data-testid="alert-row"][data-level="critical"]')
    expect(acknowledged).to_have_attribute("data-state", "acknowledged")
    expect(acknowledged).to_contain_text("acknowledged by Kim, desk 2 at")
    expect(acknowledged.get_by_test_id("acknowledge")).to_have_count(0)

    page.keyboard.press("a")
    expect(page.locator('[data-testid="alert-row"][data-level="caution"]')).to_have_attribute(
        "data-state", "acknowledged"
    )
    expect(page.get_by_test_id("name-dialog")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_test_id("complaint")).to_have_text("No alarm waits for acknowledgement.")


def test_what_is_over_stays_readable_and_grey_also_for_who_opens_the_page_later(
    open_page: OpenPage, feed: Feed, screenshots: Path
) -> None:
    page = open_page("critical")
    expect(page.get_by_test_id("alert-row")).to_have_count(2)
    page.keyboard.press("a")
    sign_as(page, "Kim, desk 2")
    expect(page.locator('[data-state="acknowledged"]')).to_have_count(1)
    page.keyboard.press("a")
    expect(page.locator('[data-state="acknowledged"]')).to_have_count(2)
    feed.tell("turn/calm")
    expect(page.locator('[data-state="closed"]')).to_have_count(2)
    page.reload()
    over = page.locator('[data-state="closed"]')
    expect(over).to_have_count(2)
    expect(over.first).to_contain_text(re.compile(r"acknowledged by Kim, desk 2 at \d\d:\d\d:\d\d · cleared \d\d:"))
    wait_for_pictures(page)
    hide_pictures(page)
    assert saturated_share(shoot(page, screenshots, "over")) == 0


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


def test_a_gate_says_how_many_come_in_and_go_out(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("calm")
    gate = tile(page, "north").get_by_test_id("gate")
    expect(gate).to_contain_text("34 in, 2 out /min")
    expect(gate.locator(".way")).to_have_css("transform", "matrix(0, 1, -1, 0, 0, 0)")
    wait_for_pictures(page)
    shoot(page, screenshots, "gate")
    flow, name = gate.bounding_box(), tile(page, "north").locator(".tag:not(.gate)").first.bounding_box()
    assert flow is not None
    assert name is not None
    assert flow["y"] + flow["height"] <= name["y"]


def test_an_alarm_that_escalates_has_the_time_of_that_and_of_its_beginning(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("alert")
    row = page.get_by_test_id("alert-row")
    began = row.locator("time").inner_text()
    page.wait_for_timeout(1500)
    feed.tell("turn/critical-alley")
    expect(row).to_have_attribute("data-level", "critical")
    assert row.locator("time").inner_text() > began
    expect(row.locator(".fate")).to_contain_text(f"raised {began}")


def test_what_an_alarm_said_is_told_as_of_its_own_time(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("alert")
    row = page.get_by_test_id("alert-row")
    began = row.locator("time").inner_text()
    page.wait_for_timeout(1500)
    assert page.get_by_test_id("clock").inner_text() > began
    expect(row.locator(".because")).to_have_text(re.compile(rf"^at {began}: 3\.\d people/m² .*threshold"))
    feed.tell("turn/lost")
    lost = page.locator('[data-testid="alert-row"][data-alert="north-camera"]')
    at = lost.locator("time").inner_text()
    expect(lost.locator(".because")).to_contain_text(f"at {at}: no picture for 41 s")


def test_a_camera_that_is_switched_off_stands_on_the_wall_and_not_among_the_worst(open_page: OpenPage) -> None:
    page = open_page("off")
    expect(page.get_by_test_id("system")).to_contain_text("3 of 3 cameras seen")
    expect(page.get_by_test_id("system")).to_contain_text("1 camera switched off")
    expect(tile(page, "stage")).to_have_attribute("data-level", "unknown")
    expect(page.locator('[data-testid="strip-card"][data-level="unknown"]')).to_have_count(0)
    expect(tile(page, "stage").get_by_test_id("lost")).to_contain_text("Switched off in the site file.")


def test_an_alarm_is_held_when_its_camera_is_lost(open_page: OpenPage, feed: Feed, screenshots: Path) -> None:
    page = open_page("critical")
    expect(card(page, 0)).to_have_attribute("data-level", "critical")
    feed.tell("turn/lost-in-alert")
    expect(card(page, 0)).to_have_attribute("data-level", "unknown")
    expect(card(page, 0).get_by_test_id("held")).to_have_text("was critical")
    expect(page.locator('[data-testid="alert-row"][data-level="critical"]')).to_have_count(1)
    shoot(page, screenshots, "lost-in-alert")


def test_a_figure_tells_its_age_once_that_passes_two_seconds(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("late")
    front = region(page, "stage", "front")
    expect(front.get_by_test_id("age")).to_have_text(re.compile(r"^\d+ s old$"))
    expect(front).to_have_attribute("data-stale", "true")
    expect(page.locator('[data-region="stage/front"]').get_by_test_id("card-age")).to_have_text(
        re.compile(r"^\d+ s old$")
    )
    expect(page.get_by_test_id("card-age")).to_have_count(1)
    expect(region(page, "alley", "alley").get_by_test_id("age")).to_have_count(0)
    shoot(page, screenshots, "late")
    expect(tile(page, "stage").get_by_test_id("lost")).to_have_text(re.compile(r"^picture \d+ s old$"))


def test_a_machine_that_is_too_slow_is_named_once_as_the_reason(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("slow-machine")
    said = page.get_by_test_id("slow-machine")
    expect(said).to_have_count(1)
    expect(said).to_contain_text("it analyses 2.6 of 8 pictures a second, so figures and alerts come late.")
    expect(said).to_contain_text("Fewer cameras, a lower analysis_rate_hz or a smaller engine_shape help.")
    expect(tile(page, "north").get_by_test_id("camera-degraded")).to_have_text("counted 0.5 of 2 times a second")
    wait_for_pictures(page)
    shoot(page, screenshots, "slow-machine")
    open_calm = open_page("calm")
    expect(open_calm.get_by_test_id("camera-tile")).to_have_count(4)
    expect(open_calm.get_by_test_id("slow-machine")).to_have_count(0)


def test_a_peak_that_alone_reached_the_level_stands_beside_the_figure(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("peak")
    expect(card(page, 0)).to_have_attribute("data-level", "critical")
    expect(card(page, 0).get_by_test_id("figure")).to_have_text(re.compile(r"^2\.\d people/m² \d\.\d–\d\.\d$"))
    expect(card(page, 0).get_by_test_id("peak")).to_have_text(re.compile(r"^peak 5\.\d"))
    peak = region(page, "stage", "front").get_by_test_id("peak")
    expect(peak.get_by_test_id("band")).to_have_text(re.compile(r"4\.\d–[56]\.\d"))
    shoot(page, screenshots, "peak")


def test_every_figure_says_between_which_ends_the_truth_lies(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("critical")
    wait_for_pictures(page)
    gate = region(page, "north", "gate")
    expect(gate.get_by_test_id("figure")).to_have_text(re.compile(r"^5\.\d people/m² 4\.\d–6\.\d$"))
    expect(gate.get_by_test_id("count")).to_have_text(re.compile(r"^\d+ people \d+–\d+$"))
    expect(gate.get_by_test_id("band").first).to_have_attribute("title", re.compile("Nine times in ten"))
    expect(gate.get_by_test_id("unknown-band")).to_have_count(0)
    shoot(page, screenshots, "band")


def test_a_model_whose_errors_are_not_known_gets_no_made_up_band(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("band-unknown")
    front = region(page, "stage", "front")
    expect(front.get_by_test_id("figure")).to_have_text(re.compile(r"^4\.\d people/m² band unknown$"))
    expect(front.get_by_test_id("unknown-band")).to_have_attribute("title", re.compile("^Band unknown for this model"))
    expect(front.get_by_test_id("band")).to_have_count(0)
    shoot(page, screenshots, "band-unknown")


def test_a_density_that_rises_says_when_it_will_reach_the_next_level(open_page: OpenPage) -> None:
    page = open_page("caution")
    expect(region(page, "stage", "front").get_by_test_id("forecast")).to_have_text(
        re.compile(r"^alert in ~(\d min|\d\d? s)$")
    )
    expect(region(page, "north", "stairs").get_by_test_id("forecast")).to_have_count(0)


def test_a_level_less_than_a_minute_ahead_is_told_in_seconds(open_page: OpenPage) -> None:
    page = open_page("alert")
    forecast = region(page, "alley", "alley").get_by_test_id("forecast")
    expect(forecast).to_have_text(re.compile(r"^critical in ~\d+ s$"))


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


def test_sixteen_cameras_fit_and_no_frame_takes_longer_than_50_ms(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("sixteen")
    expect(page.get_by_test_id("camera-tile")).to_have_count(16)
    wait_for_pictures(page)
    shoot(page, screenshots, "sixteen")
    for figure in page.get_by_test_id("camera-tile").get_by_test_id("figure").all():
        expect(figure).to_have_text(re.compile(r"^\d\.\d people/m²"))
    assert page.evaluate("document.documentElement.scrollHeight") <= 768
    tasks_ms = main_thread_tasks_ms(page, for_s=4)
    assert len(tasks_ms) > 100
    assert max(tasks_ms) < 50
    assert sum(tasks_ms) < 0.5 * 4000, "the page keeps half of its thread free"


def main_thread_tasks_ms(page: Page, *, for_s: float) -> list[float]:
    """Processor time of each task of the page's own thread; a machine that is busy with other things does not count."""
    told: list[dict[str, Any]] = []
    ended: list[Any] = []
    session = page.context.new_cdp_session(page)
    session.on("Tracing.dataCollected", lambda part: told.extend(part["value"]))
    session.on("Tracing.tracingComplete", lambda how: ended.append(how))
    session.send("Tracing.start", {"categories": "toplevel", "transferMode": "ReportEvents"})
    page.wait_for_timeout(for_s * 1000)
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(100)
    main = {
        (event["pid"], event["tid"])
        for event in told
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return [
        event["tdur"] / 1000
        for event in told
        if event["name"].endswith("::RunTask") and "tdur" in event and (event["pid"], event["tid"]) in main
    ]


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


def test_memory_stays_steady_however_often_levels_and_the_wall_change(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("critical")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    kept = []
    for _ in range(6):
        for scenario in ("lost", "caution", "critical"):
            feed.tell(f"turn/{scenario}")
            page.wait_for_timeout(400)
        for wall in ("wall-16", "wall-1", "wall-4"):
            page.get_by_test_id(wall).click()
        session.send("HeapProfiler.collectGarbage")
        metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
        kept.append(metrics["Nodes"])
    assert max(kept[3:]) < max(kept[:3]) + 150, f"nodes that are kept alive: {kept}"


def test_pictures_are_asked_for_the_cameras_in_view_only(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("twenty")
    expect(page.get_by_test_id("page-shown")).to_have_text("1–16 of 20")
    page.get_by_test_id("wall-4").click()
    wait_for_pictures(page)
    assert feed.watched() == ["cam-1", "cam-2", "cam-3", "cam-4"]
    page.get_by_label("Next cameras").click()
    wait_for_pictures(page)
    assert feed.watched() == ["cam-5", "cam-6", "cam-7", "cam-8"]


def test_the_wall_can_follow_the_worst(open_page: OpenPage) -> None:
    page = open_page("twenty")
    page.get_by_test_id("wall-4").click()
    expect(page.get_by_test_id("camera-tile").first).to_have_attribute("data-camera", "cam-1")
    page.get_by_test_id("follow").check()
    expect(page.get_by_test_id("camera-tile").first).to_have_attribute("data-camera", "cam-19")
    page.reload()
    expect(page.get_by_test_id("camera-tile").first).to_have_attribute("data-camera", "cam-19")


def test_a_click_on_an_alarm_brings_its_camera(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("twenty")
    page.get_by_test_id("alert-row").locator(".row-text").click()
    expect(page.get_by_test_id("camera-tile")).to_have_count(1)
    expect(page.get_by_test_id("camera-tile")).to_have_attribute("data-camera", "cam-19")
    wait_for_pictures(page)
    page.wait_for_timeout(600)
    shoot(page, screenshots, "one-camera")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("camera-tile")).to_have_count(16)


def test_everything_works_by_keyboard(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("sixteen")
    expect(page.get_by_test_id("camera-tile")).to_have_count(16)
    for keys, camera in [("2", "cam-2"), ("ArrowRight", "cam-3"), ("ArrowDown", "cam-7"), ("ArrowLeft", "cam-6")]:
        page.keyboard.press(keys)
        expect(page.locator('[data-chosen="true"]')).to_have_attribute("data-camera", camera)
    page.wait_for_timeout(1100)
    page.keyboard.type("12")
    expect(page.locator('[data-chosen="true"]')).to_have_attribute("data-camera", "cam-12")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("camera-tile")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("camera-tile")).to_have_count(16)
    tile(page, "cam-5").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("camera-tile")).to_have_attribute("data-camera", "cam-5")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("camera-tile")).to_have_count(16)
    page.keyboard.press("m")
    expect(page.get_by_test_id("silence")).to_have_text(re.compile(r"Silent (2:00|1:5\d) — M ends it"))
    page.keyboard.press("m")
    expect(page.get_by_test_id("silence")).to_have_text("Silence 2 min (M)")
    page.keyboard.press("?")
    expect(page.get_by_test_id("help-dialog")).to_be_visible()
    shoot(page, screenshots, "help")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("help-dialog")).to_have_count(0)
    expect(page.get_by_test_id("camera-tile")).to_have_count(16)


def test_a_new_critical_ends_the_silence(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("calm")
    expect(page.get_by_test_id("camera-tile")).to_have_count(4)
    page.keyboard.press("m")
    expect(page.get_by_test_id("silence")).to_contain_text("Silent")
    feed.tell("turn/critical")
    expect(page.get_by_test_id("silence")).to_have_text("Silence 2 min (M)")


def test_sound_is_off_until_the_first_click_and_the_page_says_so(open_page: OpenPage) -> None:
    page = open_page("calm")
    expect(page.get_by_test_id("sound-off")).to_have_text("Sound is off: click to arm")
    page.get_by_test_id("sound-off").click()
    expect(page.get_by_test_id("sound-off")).to_have_count(0)
    expect(page.get_by_test_id("sound-test")).to_be_visible()


def test_the_heat_is_read_under_the_pointer_and_can_be_switched_off(open_page: OpenPage) -> None:
    page = open_page("critical")
    wait_for_pictures(page)
    box = tile(page, "north").locator(".stage").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.35, box["y"] + box["height"] * 0.75)
    expect(page.get_by_test_id("pointer-density")).to_have_text(re.compile(r"^[4-8]\.\d people/m² here$"))
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.1)
    expect(page.get_by_test_id("pointer-density")).to_have_text("0.0 people/m² here")
    heat = tile(page, "north").get_by_test_id("heat")
    assert heat.evaluate("(canvas) => canvas.width") == 80
    page.get_by_test_id("heat-toggle").uncheck()
    assert heat.evaluate("(canvas) => canvas.width") == 0
    expect(page.get_by_test_id("legend")).to_contain_text("8")


def test_a_camera_without_a_ground_shows_people_and_no_density(open_page: OpenPage) -> None:
    page = open_page("uncalibrated")
    hall = region(page, "hall", "picture")
    expect(hall.get_by_test_id("figure")).to_have_text(re.compile(r"^\d+ people \d+–\d+$"))
    expect(hall).not_to_contain_text("/m²")
    expect(hall.get_by_test_id("uncalibrated")).to_have_text("not calibrated: no density")
    expect(hall).not_to_contain_text("doubtful")


def test_an_uncalibrated_camera_is_not_drawn_like_a_lost_one(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("uncalibrated")
    hall = region(page, "hall", "picture")
    expect(hall.get_by_test_id("level")).to_have_text("unknown")
    expect(hall.get_by_test_id("figure")).to_have_attribute("data-current", "true")
    expect(hall.locator("s")).to_have_count(0)
    expect(hall.get_by_test_id("reason")).to_have_count(0)
    hall_card = page.locator('[data-testid="strip-card"][data-region="hall/picture"]')
    words = hall_card.get_by_test_id("card-uncalibrated")
    expect(words).to_have_text("not calibrated: no density")
    expect(hall_card).not_to_contain_text("since")
    for element in (hall_card, hall.get_by_test_id("uncalibrated")):
        assert element.evaluate("(part) => part.scrollWidth <= part.clientWidth || part.clientWidth === 0")
    assert hall_card.evaluate("(card) => getComputedStyle(card).borderTopStyle") == "solid"
    wait_for_pictures(page)
    shoot(page, screenshots, "uncalibrated")


def test_a_simulated_camera_is_marked_and_shows_the_truth_beside_the_count(open_page: OpenPage) -> None:
    page = open_page("calm")
    expect(tile(page, "drill").get_by_test_id("simulated")).to_have_text("simulated")
    expect(region(page, "drill", "gate").get_by_test_id("truth")).to_have_text(re.compile(r"^true \d+$"))
    expect(region(page, "drill", "gate").get_by_test_id("count")).to_have_text(re.compile(r"^\d+ people \d+–\d+$"))
    expect(tile(page, "north").get_by_test_id("truth")).to_have_count(0)


def test_a_site_without_cameras_is_told_its_first_step(open_page: OpenPage) -> None:
    page = open_page("empty")
    expect(page.get_by_test_id("empty")).to_contain_text("No camera yet.")
    expect(page.get_by_test_id("empty")).to_contain_text("crushwatch check site.yaml --probe")


def test_names_are_text_and_never_markup(open_page: OpenPage) -> None:
    page = open_page("hostile")
    expect(tile(page, "stage").locator(".nameplate")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.get_by_test_id("alert-row")).to_contain_text("<b>Bold</b>")
    expect(page.locator("img")).to_have_count(0)


def test_somebody_who_is_not_signed_in_is_asked_for_the_password(
    open_page: OpenPage, guarded_feed: Feed, screenshots: Path
) -> None:
    page = open_page(url=guarded_feed.url)
    expect(page.get_by_test_id("login")).to_be_visible()
    shoot(page, screenshots, "login")
    page.get_by_test_id("password").fill("guess")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("login-wrong")).to_have_text("That password is not right.")
    page.get_by_test_id("password").fill("open the gates")
    page.get_by_test_id("sign-in").click()
    expect(page.get_by_test_id("camera-tile")).to_have_count(4)


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


def test_critical_in_the_light_theme(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("critical", color_scheme="light")
    wait_for_pictures(page)
    expect(card(page, 0)).to_have_attribute("data-level", "critical")
    background = card(page, 0).evaluate("(card) => getComputedStyle(card).backgroundColor")
    assert background == "rgb(176, 13, 74)"
    shoot(page, screenshots, "critical-light")
