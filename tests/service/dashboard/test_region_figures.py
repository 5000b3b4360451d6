"""What is said of a region: its figure with band, age, peak and forecast, its gates, its truth, and its heat."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from support.screen import OpenPage, card, region, shoot, tile, wait_for_pictures

pytestmark = pytest.mark.e2e


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
    expect(hall_card).not_to_contain_text("lost")
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
