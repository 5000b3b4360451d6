"""An alarm whose figure has fallen stays for a while: the page says why, for how long, and whether it is doubted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from support.dashboard import Feed
from support.screen import PHONE, OpenPage, card, region, shoot, tile, wait_for_pictures

pytestmark = pytest.mark.e2e

CALM = re.compile(
    r"^holds: peak 1\.\d people/m², below 4\.25 since \d\d:\d\d:\d\d; ends after 1 min of that, \d\d s to go$"
)


def critical_row(page: Page) -> Locator:
    return page.locator('[data-testid="alert-row"][data-level="critical"]')


def test_a_level_that_is_held_says_why_and_how_long_it_has_to_go(
    open_page: OpenPage, feed: Feed, screenshots: Path
) -> None:
    page = open_page("critical")
    expect(card(page, 0)).to_have_attribute("data-level", "critical")
    expect(page.get_by_test_id("row-hold")).to_have_count(0)
    expect(page.get_by_test_id("hold-short")).to_have_count(0)
    feed.tell("turn/calming")
    expect(card(page, 0).get_by_test_id("hold-short")).to_have_text(re.compile(r"^ends in 3\d s$"))
    expect(card(page, 0)).to_have_attribute("data-level", "critical")
    gate = region(page, "north", "gate")
    expect(gate.get_by_test_id("hold-short")).to_have_text(re.compile(r"^ends in 3\d s$"))
    expect(gate.get_by_test_id("hold-short")).to_have_attribute("title", CALM)
    expect(critical_row(page).get_by_test_id("row-hold")).to_have_text(CALM)
    expect(page.locator('[data-testid="alert-row"][data-level="caution"]').get_by_test_id("row-hold")).to_have_count(0)
    shoot(page, screenshots, "hold")
    tile(page, "north").dblclick()
    expect(gate.get_by_test_id("hold")).to_be_visible()
    expect(gate.get_by_test_id("hold")).to_have_text(CALM)


WRITE_DOWN = """
    window.said = [];
    new MutationObserver(() => {
        const text = document.querySelector('[data-testid="hold-short"]')?.textContent;
        if (text && text !== window.said.at(-1)) window.said.push(text);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
"""
"""What is said, as it is said: however late a busy machine looks, nothing is missed."""


def test_it_counts_down_and_is_gone_with_the_level(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("critical")
    expect(critical_row(page)).to_have_count(1)
    page.evaluate(WRITE_DOWN)
    feed.tell("turn/calm-soon")
    over = page.locator('[data-testid="alert-row"][data-level="critical"][data-cleared="true"]')
    expect(over).to_have_count(1, timeout=30_000)
    expect(page.get_by_test_id("row-hold")).to_have_count(0)
    expect(page.get_by_test_id("hold-short")).to_have_count(0)
    said = page.evaluate("window.said")
    left = [int(text.removeprefix("ends in ").removesuffix(" s")) for text in said]
    assert len(left) > 1
    assert left == sorted(left, reverse=True)
    assert left[0] <= 8


def test_a_level_that_a_lower_one_follows_is_not_said_to_end(
    open_page: OpenPage, feed: Feed, screenshots: Path
) -> None:
    page = open_page("critical")
    feed.tell("turn/calming-to-alert")
    following = re.compile(r"^3\d s more, then alert$")
    expect(card(page, 0).get_by_test_id("hold-short")).to_have_text(following)
    expect(region(page, "north", "gate").get_by_test_id("hold-short")).to_have_text(following)
    expect(critical_row(page).get_by_test_id("row-hold")).to_have_text(
        re.compile(
            r"^holds: peak 4\.1 people/m², below 4\.25 since \S+; lowered to alert after 1 min of that, \d\d s to go$"
        )
    )
    shoot(page, screenshots, "hold-then-alert")


def test_a_figure_that_is_not_low_enough_yet_says_below_what_it_ends(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("critical")
    feed.tell("turn/calming-slowly")
    expect(critical_row(page).get_by_test_id("row-hold")).to_have_text(
        re.compile(r"^holds: peak 4\.\d people/m²; critical until 1 min below 4\.25$")
    )
    expect(page.get_by_test_id("hold-short")).to_have_count(0)


def test_a_level_that_is_held_for_low_quality_says_that_instead(
    open_page: OpenPage, feed: Feed, screenshots: Path
) -> None:
    page = open_page("critical")
    feed.tell("turn/calm-doubted")
    doubted = (
        "holds: figures are not believed (the picture is blurred); critical until 1 min of believed ones below 4.25"
    )
    expect(critical_row(page).get_by_test_id("row-hold")).to_have_text(doubted)
    expect(card(page, 0).get_by_test_id("hold-short")).to_have_text("not believed")
    shoot(page, screenshots, "hold-doubted")
    feed.tell("turn/calm-not-believed")
    expect(card(page, 0)).to_have_attribute("data-level", "unknown")
    expect(card(page, 0).get_by_test_id("held")).to_have_text("was critical")
    expect(critical_row(page).get_by_test_id("row-hold")).to_have_text(doubted)
    expect(region(page, "north", "gate").get_by_test_id("reason")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("to go")
    shoot(page, screenshots, "hold-not-believed")


def test_an_alarm_of_a_camera_that_gives_nothing_counts_nothing_down(open_page: OpenPage, feed: Feed) -> None:
    page = open_page("critical")
    feed.tell("turn/calming")
    expect(critical_row(page).get_by_test_id("row-hold")).to_contain_text("to go")
    feed.tell("turn/lost-in-alert")
    expect(critical_row(page).get_by_test_id("row-hold")).to_have_text(
        "holds: no figures come, and nothing else can end it"
    )


@pytest.mark.parametrize(
    ("theme", "width", "height", "scene"),
    [
        ("dark", 1920, 1080, "calming"),
        ("light", 1366, 768, "calming-to-alert"),
        ("dark", 1024, 768, "calming-to-alert"),
        ("light", 390, 844, "calming"),
        ("dark", 390, 844, "calming-to-alert"),
    ],
)
def test_it_is_read_whole_at_any_width_and_lies_on_nothing(
    open_page: OpenPage, feed: Feed, screenshots: Path, theme: str, width: int, height: int, scene: str
) -> None:
    phone = {"has_touch": True} if width == PHONE["width"] else {}
    page = open_page("critical", color_scheme=theme, viewport={"width": width, "height": height}, **phone)
    feed.tell(f"turn/{scene}")
    short = card(page, 0).get_by_test_id("hold-short")
    expect(short).to_be_visible()
    wait_for_pictures(page)
    shoot(page, screenshots, f"hold-{theme}-{width}")
    box, side, figure = (part.bounding_box() for part in (card(page, 0), short, card(page, 0).locator(".figure")))
    assert box is not None
    assert side is not None
    assert figure is not None
    assert side["x"] + side["width"] <= box["x"] + box["width"]
    assert side["x"] >= figure["x"] + figure["width"] or side["y"] >= figure["y"] + figure["height"] - 1
    expect(region(page, "north", "gate").locator(".hold:visible")).to_be_visible()
    in_plate = (
        region(page, "north", "gate")
        .locator(".hold:visible")
        .evaluate("(part) => part.offsetTop - part.parentElement.offsetTop < part.parentElement.clientHeight")
    )
    assert in_plate, "its line is not cut away"
    said = critical_row(page).get_by_test_id("row-hold")
    assert said.evaluate("(part) => part.scrollWidth <= part.clientWidth + 1")
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(
    ("scene", "said"), [("calming-night", r"^ends in \d\d s$"), ("night-to-alert", r"^\d\d s more, then alert$")]
)
def test_sixteen_small_tiles_say_it_too(open_page: OpenPage, screenshots: Path, scene: str, said: str) -> None:
    page = open_page(scene)
    expect(page.get_by_test_id("camera-tile")).to_have_count(16)
    short = tile(page, "cam-3").get_by_test_id("hold-short")
    expect(short).to_have_text(re.compile(said))
    box, plate = short.bounding_box(), tile(page, "cam-3").locator(".plate").bounding_box()
    assert box is not None
    assert plate is not None
    assert box["x"] + box["width"] <= plate["x"] + plate["width"]
    wait_for_pictures(page)
    shoot(page, screenshots, f"hold-sixteen-{scene}")
