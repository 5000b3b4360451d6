"""The alarms: what is seen first, what is told of each, how it is acknowledged, and when it is heard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from support.dashboard import Feed
from support.screen import (
    OpenPage,
    acknowledge_the_moment_it_is,
    card,
    hide_pictures,
    region,
    saturated_share,
    shoot,
    sign_as,
    tile,
    wait_for_pictures,
)

pytestmark = pytest.mark.e2e


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


def test_a_critical_that_is_over_is_no_longer_announced(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("calm")
    feed.tell("turn/critical")
    expect(page.get_by_test_id("announcement")).to_contain_text("Critical: North square · North gate")
    feed.tell("turn/calm")
    expect(page.locator('[data-testid="alert-row"][data-cleared="true"]')).to_have_count(2)
    expect(page.get_by_test_id("announcement")).to_be_empty()


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
    critical = page.locator('[data-state="closed"][data-level="critical"]')
    expect(critical.locator(".because")).to_have_text(re.compile(r"^at \d\d:\d\d:\d\d: 5\.\d people/m² for 12 s"))
    expect(critical.locator(".fate")).to_contain_text("highest 6.0 people/m² · ")
    expect(over.first).to_contain_text(re.compile(r"acknowledged by Kim, desk 2 at \d\d:\d\d:\d\d · cleared \d\d:"))
    wait_for_pictures(page)
    hide_pictures(page)
    assert saturated_share(shoot(page, screenshots, "over")) == 0


def test_an_alarm_that_escalates_has_the_time_of_that_and_of_its_beginning(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("alert")
    row = page.get_by_test_id("alert-row")
    began = row.locator("time").inner_text()
    page.wait_for_timeout(1500)
    feed.tell("turn/critical-alley")
    expect(row).to_have_attribute("data-level", "critical")
    assert row.locator("time").inner_text() > began
    expect(row.locator(".fate")).to_contain_text(f"raised {began}")


@pytest.mark.parametrize("by", ["key", "button"])
def test_an_alarm_that_has_just_escalated_is_not_acknowledged_by_what_was_meant_for_its_lower_level(
    open_page: OpenPage, feed: Feed, by: str
) -> None:
    page = open_page("alert")
    page.get_by_test_id("name").click()
    sign_as(page, "Kim")
    row = page.get_by_test_id("alert-row")
    expect(row).to_have_attribute("data-level", "alert")
    feed.tell("turn/critical-alley")
    acknowledge_the_moment_it_is(page, "critical", by)
    expect(page.get_by_test_id("complaint")).to_have_text(
        "An alarm has just come or got worse. Read it, then press A for it."
    )
    page.wait_for_timeout(1000)
    expect(row).to_have_attribute("data-state", "raised-unacknowledged")
    page.keyboard.press("a")
    expect(row).to_have_attribute("data-state", "acknowledged")


def test_an_alarm_that_escalates_behind_the_question_for_a_name_is_not_acknowledged_by_the_answer(
    open_page: OpenPage, feed: Feed
) -> None:
    page = open_page("alert")
    row = page.get_by_test_id("alert-row")
    expect(row).to_have_attribute("data-level", "alert")
    page.keyboard.press("a")
    page.get_by_test_id("operator-name").press_sequentially("Ki")
    feed.tell("turn/critical-alley")
    expect(row).to_have_attribute("data-level", "critical")
    page.wait_for_timeout(1500)
    sign_as(page, "Kim")
    expect(page.get_by_test_id("name-dialog")).to_have_count(0)
    expect(page.get_by_test_id("complaint")).to_have_text(
        "An alarm has just come or got worse. Read it, then press A for it."
    )
    page.wait_for_timeout(500)
    expect(row).to_have_attribute("data-state", "raised-unacknowledged")
    page.keyboard.press("a")
    expect(row).to_have_attribute("data-state", "acknowledged")
    expect(row).to_contain_text("acknowledged by Kim at")


def test_what_an_alarm_said_is_told_as_of_its_own_time(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("alert")
    row = page.get_by_test_id("alert-row")
    began = row.locator("time").inner_text()
    page.wait_for_timeout(1500)
    assert page.get_by_test_id("clock").inner_text() > began
    expect(row.locator(".because")).to_have_text(re.compile(rf"^at {began}: 3\.\d people/m² .*threshold"))
    expect(row.get_by_test_id("row-live")).to_have_text(re.compile(r"^now 3\.\d people/m²(, peak \d\.\d)?$"))
    feed.tell("turn/lost")
    lost = page.locator('[data-testid="alert-row"][data-alert="north-camera"]')
    at = lost.locator("time").inner_text()
    expect(lost.locator(".because")).to_contain_text(f"at {at}: no picture for 41 s")


def test_an_alarm_is_held_when_its_camera_is_lost(open_page: OpenPage, feed: Feed, screenshots: Path) -> None:
    page = open_page("critical")
    expect(card(page, 0)).to_have_attribute("data-level", "critical")
    feed.tell("turn/lost-in-alert")
    expect(card(page, 0)).to_have_attribute("data-level", "unknown")
    expect(card(page, 0).get_by_test_id("held")).to_have_text("was critical")
    expect(card(page, 0)).to_contain_text(re.compile(r"lost \d\d:\d\d:\d\d$"))
    expect(card(page, 0)).not_to_contain_text("since")
    expect(page.locator('[data-testid="alert-row"][data-level="critical"]')).to_have_count(1)
    shoot(page, screenshots, "lost-in-alert")


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
