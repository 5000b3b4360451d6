"""One crowd of which several rules speak is one row of the list, one call and one acknowledgement."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from support.dashboard import Feed
from support.screen import (
    PHONE,
    OpenPage,
    acknowledge_the_moment_it_is,
    hide_pictures,
    saturated_share,
    shoot,
    sign_as,
    wait_for_pictures,
    wait_until,
)

pytestmark = pytest.mark.e2e

COUNT_TONES = """
    window.tones = 0;
    const start = AudioScheduledSourceNode.prototype.start;
    AudioScheduledSourceNode.prototype.start = function (...when) {
        window.tones += 1;
        return start.apply(this, when);
    };
"""
TONES = {"alert": 2, "critical": 4}


def tones(page: Page) -> int:
    count: int = page.evaluate("window.tones")
    return count


def test_the_alarms_of_one_region_stand_in_one_row_and_are_acknowledged_together(
    open_page: OpenPage, screenshots: Path
) -> None:
    page = open_page("foreseen-and-critical")
    rows = page.get_by_test_id("alert-row")
    expect(rows).to_have_count(1)
    expect(rows).to_have_attribute("data-level", "critical")
    under = page.get_by_test_id("alert-under")
    expect(under).to_have_count(2)
    expect(under.nth(0)).to_contain_text(re.compile(r"alert · will pass 5\.0 people/m²"))
    expect(under.nth(1)).to_contain_text("caution · +1.6 people/m² a minute")
    expect(page.locator(".waiting-count")).to_have_text("3 not acknowledged")
    expect(page.get_by_test_id("acknowledge")).to_have_text(re.compile("^Acknowledge all 3"))
    expect(page.get_by_test_id("acknowledge")).to_have_accessible_name("Acknowledge all 3: North square · North gate")
    wait_for_pictures(page)
    shoot(page, screenshots, "one-crowd")
    page.keyboard.press("a")
    sign_as(page, "Kim, desk 2")
    expect(rows).to_have_attribute("data-state", "acknowledged")
    expect(page.locator('[data-testid="alert-under"][data-state="acknowledged"]')).to_have_count(2)
    expect(page.get_by_text("acknowledged by Kim, desk 2 at")).to_have_count(3)
    expect(page.get_by_test_id("acknowledge")).to_have_count(0)


def opened_with_counted_tones(open_page: OpenPage, scenario: str) -> Page:
    page = open_page(scenario)
    page.add_init_script(COUNT_TONES)
    page.reload()
    expect(page.get_by_test_id("sound-off")).to_be_visible()
    return page


def arm(page: Page) -> None:
    page.get_by_test_id("sound-off").click()
    expect(page.get_by_test_id("sound-off")).to_have_count(0)


def test_one_crowd_is_called_once_and_again_when_it_gets_worse(open_page: OpenPage, feed: Feed) -> None:
    page = opened_with_counted_tones(open_page, "calm")
    arm(page)
    feed.tell("turn/risen")
    wait_until(page, lambda: tones(page) == TONES["alert"])
    feed.tell("turn/foreseen-and-alert")
    expect(page.get_by_test_id("alert-under")).to_have_count(2)
    page.wait_for_timeout(1000)
    assert tones(page) == TONES["alert"], "the same crowd at the same level is not called a second time"
    feed.tell("turn/foreseen-and-critical")
    wait_until(page, lambda: tones(page) >= TONES["alert"] + TONES["critical"])


def test_what_was_foretold_is_called_again_when_it_is_there(open_page: OpenPage, feed: Feed) -> None:
    page = opened_with_counted_tones(open_page, "calm")
    arm(page)
    feed.tell("turn/foreseen")
    wait_until(page, lambda: tones(page) == TONES["alert"])
    feed.tell("turn/foreseen-and-alert")
    wait_until(page, lambda: tones(page) == 2 * TONES["alert"])


@pytest.mark.parametrize("unheard", ["before the page was opened", "before the sound was armed", "in silence"])
def test_what_nobody_heard_does_not_mute_what_comes_after_it(open_page: OpenPage, feed: Feed, unheard: str) -> None:
    page = opened_with_counted_tones(open_page, "risen" if unheard == "before the page was opened" else "calm")
    if unheard == "in silence":
        arm(page)
        page.get_by_test_id("silence").click()
    feed.tell("turn/risen")
    expect(page.get_by_test_id("alert-row")).to_have_attribute("data-level", "alert")
    if unheard == "in silence":
        page.get_by_test_id("silence").click()
    else:
        arm(page)
    assert tones(page) == 0
    feed.tell("turn/foreseen-and-alert")
    wait_until(page, lambda: tones(page) == TONES["alert"])


def test_what_comes_to_a_row_as_it_is_acknowledged_still_waits(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("foreseen")
    page.get_by_test_id("name").click()
    sign_as(page, "Kim")
    row = page.get_by_test_id("alert-row")
    expect(row).to_have_attribute("data-level", "alert")
    feed.tell("turn/foreseen-and-critical")
    acknowledge_the_moment_it_is(page, "critical", "button")
    expect(page.locator('[data-alert="north-gate-forecast"]')).to_have_attribute("data-state", "acknowledged")
    expect(row).to_have_attribute("data-level", "critical")
    expect(row).to_have_attribute("data-waits", "true")
    page.wait_for_timeout(1000)
    page.keyboard.press("a")
    expect(row).to_have_attribute("data-waits", "false")


def test_an_acknowledged_row_waits_again_when_another_rule_speaks(
    open_page: OpenPage, feed: Feed, screenshots: Path
) -> None:
    page = open_page("foreseen")
    row = page.get_by_test_id("alert-row")
    expect(row).to_have_count(1)
    page.keyboard.press("a")
    sign_as(page, "Kim")
    expect(row).to_have_attribute("data-waits", "false")
    feed.tell("turn/foreseen-and-alert")
    expect(row).to_have_count(1)
    expect(row).to_have_attribute("data-waits", "true")
    expect(page.get_by_test_id("acknowledge")).to_have_text(re.compile("^Acknowledge all 2"))
    shoot(page, screenshots, "one-crowd-again")


def test_a_critical_that_is_acknowledged_still_heads_its_row_when_a_lesser_alarm_comes(
    open_page: OpenPage, feed: Feed, screenshots: Path
) -> None:
    page = open_page("critical")
    row = page.locator('[data-testid="alert-row"][data-group="north/gate"]')
    expect(row).to_have_attribute("data-level", "critical")
    page.keyboard.press("a")
    sign_as(page, "Kim")
    expect(row).to_have_attribute("data-waits", "false")
    feed.tell("turn/critical-and-fast")
    expect(row).to_have_attribute("data-waits", "true")
    expect(row).to_have_attribute("data-level", "critical")
    expect(row.locator(".row-text")).to_contain_text("acknowledged by Kim")
    under = row.get_by_test_id("alert-under")
    expect(under).to_have_attribute("data-waits", "true")
    expect(under).to_contain_text(re.compile("caution · not acknowledged · "))
    shoot(page, screenshots, "one-crowd-acknowledged-critical")


@pytest.mark.parametrize(("theme", "width"), [("light", 1024), ("dark", 390), ("light", 390)])
def test_the_row_is_read_at_any_width(open_page: OpenPage, screenshots: Path, theme: str, width: int) -> None:
    phone = {"has_touch": True} if width == PHONE["width"] else {}
    page = open_page("foreseen-and-critical", color_scheme=theme, viewport={"width": width, "height": 844}, **phone)
    under = page.get_by_test_id("alert-under")
    expect(under).to_have_count(2)
    for line in under.all():
        assert line.evaluate("(line) => line.scrollWidth <= line.clientWidth + 1")
    expect(page.get_by_test_id("acknowledge")).to_be_in_viewport()
    shoot(page, screenshots, f"one-crowd-{theme}-{width}")


def test_what_is_over_is_grey_in_its_row_too(open_page: OpenPage, feed: Feed, screenshots: Path) -> None:
    page = open_page("foreseen-and-critical")
    expect(page.get_by_test_id("alert-under")).to_have_count(2)
    page.keyboard.press("a")
    sign_as(page, "Kim")
    expect(page.get_by_test_id("alert-row")).to_have_attribute("data-state", "acknowledged")
    feed.tell("turn/calm")
    expect(page.locator('[data-testid="alert-row"][data-state="closed"]')).to_have_count(3)
    wait_for_pictures(page)
    hide_pictures(page)
    assert saturated_share(shoot(page, screenshots, "one-crowd-over")) == 0
