"""A camera is calibrated in a real browser: points clicked in its picture, metres typed, regions drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from crushwatch.ground import CameraGround
from crushwatch.messages import Still
from support.browser import open_page
from support.calibrating import (
    CAMERA,
    GATE,
    RECTANGLE_M,
    REGION_M,
    SIZE,
    TRUTH,
    camera_of,
    click_floor,
    copied,
    set_rectangle,
)
from support.screen import wait_until
from support.service_messages import camera_health, preview, utc_now
from support.service_site import PASSWORD
from workers.capture.source import RgbImage
from workers.preview import jpeg_of

pytestmark = pytest.mark.integration


@pytest.fixture
def address(run_service: Callable[..., Any], built_page: Path) -> str:
    """The page of a camera of which the site file says nothing but the source."""
    cameras = {"gate": {"source": "sim:gate", "picture_size_px": list(SIZE)}}
    return f"{run_service(cameras=cameras).url}/calibrate.html?camera=gate"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera sees."""
    path = tmp_path_factory.mktemp("pictures") / "gate.png"
    cv2.imwrite(str(path), cv2.cvtColor(GATE.frame(20.0).image, cv2.COLOR_RGB2BGR))
    return path


@pytest.fixture
def board(address: str, picture: Path) -> Iterator[Page]:
    """That page with the picture opened, and nothing drawn on it."""
    with open_page(address, width=1600, height=1000) as page:
        page.get_by_test_id("picture-file").set_input_files(picture)
        yield page


@pytest.fixture
def calibrated(run_service: Callable[..., Any], built_page: Path) -> Iterator[Page]:
    """The page of a camera of which the site file has everything."""
    camera = CAMERA.model_dump(mode="json", exclude_unset=True) | {"source": "sim:gate"}
    with open_page(f"{run_service(cameras={'gate': camera}).url}/calibrate.html?camera=gate") as page:
        yield page


def test_from_a_picture_to_lines_for_the_site_file(board: Page, screenshots: Path) -> None:
    expect(board.get_by_test_id("picture-note")).to_have_count(0)
    expect(board.get_by_test_id("verdict")).to_contain_text("Four points with their metres are needed")
    click_floor(board, RECTANGLE_M)
    set_rectangle(board, 6, 6)
    hangs = board.get_by_test_id("hangs")
    expect(hangs).to_contain_text(f"hangs {TRUTH.pose.height_m:.1f} m above the floor")
    expect(hangs).to_contain_text(f"{TRUTH.pose.tilt_deg:.0f}°")
    expect(board.get_by_test_id("agree")).to_contain_text("A fifth does")
    assert board.get_by_test_id("person").count() > 5
    board.get_by_test_id("add-regions").click()
    click_floor(board, REGION_M)
    expect(board.get_by_test_id("regions")).to_contain_text(re.compile(r"1[56]\.\d m²"))
    board.get_by_test_id("shape-id").fill("before-gate")
    board.get_by_test_id("shape-id").press("Enter")
    board.get_by_test_id("add-gates").click()
    click_floor(board, [(-1.5, 9.0), (1.5, 9.0)])
    board.get_by_test_id("choose-tape").click()
    click_floor(board, [(-2.0, 10.0), (2.0, 10.0)])
    expect(board.get_by_test_id("measured")).to_have_text(re.compile(r"(3\.9\d|4\.0\d) m apart"))
    expect(board.get_by_test_id("no-faults")).to_be_visible()
    board.screenshot(path=screenshots / "calibrate.png")
    camera = camera_of(copied(board))
    assert list(camera.regions) == ["before-gate"]
    assert camera.gates["gate-1"].into == "before-gate"
    ground = CameraGround.fit(camera.ground, camera.picture_size_px)
    corners = ground.outline_m(camera.regions["before-gate"])
    assert np.allclose(corners, [[1, 1], [5, 1], [5, 5], [1, 5]], atol=0.08)


def test_a_point_is_moved_by_the_keys_dragged_taken_away_and_brought_back(board: Page) -> None:
    click_floor(board, RECTANGLE_M)
    set_rectangle(board, 6, 6)
    expect(board.get_by_test_id("hangs")).to_be_visible()
    before = camera_of(copied(board)).ground.points[2].px
    handle = board.get_by_test_id("handle-Point 3")
    handle.focus()
    board.keyboard.press("ArrowRight")
    board.keyboard.press("Shift+ArrowUp")
    expect(board.get_by_test_id("excerpt-text")).to_contain_text(f"[{before[0] + 1:g}, {before[1] - 10:g}]")
    board.keyboard.press("Control+z")
    board.keyboard.press("Control+z")
    expect(board.get_by_test_id("excerpt-text")).to_contain_text(f"[{before[0]:g}, {before[1]:g}]")
    box = handle.locator("circle").bounding_box()
    assert box is not None
    board.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    board.mouse.down()
    board.mouse.move(box["x"] + 60, box["y"] + 40, steps=4)
    board.mouse.up()
    expect(board.get_by_test_id("excerpt-text")).not_to_contain_text(f"[{before[0]:g}, {before[1]:g}]")
    board.get_by_test_id("undo").click()
    expect(board.get_by_test_id("excerpt-text")).to_contain_text(f"[{before[0]:g}, {before[1]:g}]")
    handle.focus()
    board.keyboard.press("Delete")
    expect(board.get_by_test_id("verdict")).to_contain_text("needs at least 4")
    expect(board.get_by_test_id("excerpt")).to_contain_text("once there are no faults")


def test_what_the_site_file_has_is_there_and_is_kept(calibrated: Page) -> None:
    expect(calibrated.get_by_test_id("excerpt")).to_contain_text("As the site file has it")
    read = camera_of(copied(calibrated))
    assert (read.ground, read.regions) == (CAMERA.ground, CAMERA.regions)
    calibrated.get_by_test_id("choose-before-gate").click()
    calibrated.get_by_role("button", name="Draw in the picture").click()
    expect(calibrated.get_by_test_id("excerpt-text")).to_contain_text("polygon_px")
    region = camera_of(copied(calibrated)).regions["before-gate"]
    assert (region.actions, region.kind) == (
        CAMERA.regions["before-gate"].actions,
        CAMERA.regions["before-gate"].kind,
    )


def test_a_picture_of_another_shape_and_no_picture_are_told(address: str, tmp_path: Path) -> None:
    square, text = tmp_path / "square.png", tmp_path / "text.png"
    cv2.imwrite(str(square), np.zeros((500, 500, 3), np.uint8))
    text.write_text("no picture")
    with open_page(address) as page:
        page.get_by_test_id("picture-file").set_input_files(square)
        expect(page.get_by_test_id("picture-note")).to_contain_text("another shape")
        page.get_by_test_id("picture-file").set_input_files(text)
        expect(page.get_by_test_id("picture-note")).to_contain_text("no picture that this browser reads")


def test_where_nobody_says_how_large_the_pictures_are_the_first_does(
    run_service: Callable[..., Any], built_page: Path, tmp_path: Path
) -> None:
    square = tmp_path / "square.png"
    cv2.imwrite(str(square), np.zeros((480, 640, 3), np.uint8))
    running = run_service(cameras={"gate": {"name": "North gate", "source": "sim:gate"}})
    with open_page(f"{running.url}/calibrate.html?camera=gate") as page:
        expect(page.get_by_role("heading", name="Calibrate North gate")).to_be_visible()
        page.get_by_test_id("picture-file").set_input_files(square)
        expect(page.get_by_test_id("picture-note")).to_have_count(0)
        expect(page.get_by_test_id("excerpt-text")).to_contain_text("picture_size_px: [640, 480]")


def test_a_worker_that_gives_no_still_leaves_the_page_with_the_preview(
    run_service: Callable[..., Any], built_page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.stills.ANSWER_WITHIN_S", 3.0)
    running = run_service(cameras={"gate": {"source": "sim:gate", "picture_size_px": list(SIZE)}})
    with open_page(f"{running.url}/calibrate.html?camera=gate") as page:
        wait_until(page, lambda: "gate" in running.bus.watched())
        running.bus.publish_preview(preview("gate", jpeg=jpeg_of(np.full((360, 640, 3), 90, np.uint8), 72)))
        expect(page.get_by_test_id("board-picture")).to_have_attribute("width", "640")
        expect(page.get_by_test_id("picture-note")).to_contain_text("Only a small picture comes")
        expect(page.get_by_test_id("taken")).to_contain_text("640 x 360 pixels")
        page.get_by_test_id("take-picture").click()
        wait_until(page, lambda: running.bus.claim_still(["gate"]) == "gate")
        running.bus.publish_still(still("gate", np.full((720, 1280, 3), 90, np.uint8)))
        expect(page.get_by_test_id("board-picture")).to_have_attribute("width", "1280")
        expect(page.get_by_test_id("picture-note")).to_have_count(0)


def still(camera: str, image: RgbImage, *, age_s: float = 0) -> Still:
    at = utc_now() - timedelta(seconds=age_s)
    height, width = image.shape[:2]
    told = {"site": "demo", "camera": camera, "captured_at": at, "published_at": at}
    return Still(**told, width_px=width, height_px=height, jpeg=jpeg_of(image, 92))


def test_the_large_picture_says_how_large_pictures_are_where_nothing_is_drawn_on_the_small_one(
    run_service: Callable[..., Any], built_page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.stills.ANSWER_WITHIN_S", 20.0)
    running = run_service(cameras={"gate": {"source": "sim:gate"}})
    with open_page(f"{running.url}/calibrate.html?camera=gate") as page:
        wait_until(page, lambda: "gate" in running.bus.watched())
        running.bus.publish_preview(preview("gate", jpeg=jpeg_of(np.full((480, 640, 3), 90, np.uint8), 72)))
        expect(page.get_by_test_id("excerpt-text")).to_contain_text("picture_size_px: [640, 480]")
        wait_until(page, lambda: running.bus.claim_still(["gate"]) == "gate")
        running.bus.publish_still(still("gate", np.full((1536, 2048, 3), 90, np.uint8)))
        expect(page.get_by_test_id("excerpt-text")).to_contain_text("picture_size_px: [2048, 1536]")


def test_of_when_the_picture_is_and_what_is_wrong_with_the_camera_is_told(
    run_service: Callable[..., Any], built_page: Path, screenshots: Path
) -> None:
    running = run_service(cameras={"gate": {"source": "sim:gate", "picture_size_px": list(SIZE)}})
    with open_page(f"{running.url}/calibrate.html?camera=gate", width=1600, height=1000) as page:
        wait_until(page, lambda: running.bus.claim_still(["gate"]) == "gate")
        running.bus.publish_still(still("gate", GATE.frame(20.0).image, age_s=41))
        taken, fault = page.get_by_test_id("taken"), page.get_by_test_id("camera-fault")
        expect(taken).to_have_text(
            re.compile(r"^Taken at (.* )?\d\d:\d\d:\d\d \(UTC\+9\), 4\d s old, 1280 x 720 pixels$")
        )
        running.bus.publish("health", [camera_health()])
        expect(fault).to_have_count(0)
        running.bus.publish("health", [camera_health(faults=("camera-blurred",))])
        expect(fault).to_have_text("blurred")
        moved = camera_health(state="dark", faults=("camera-moved",), since=utc_now() - timedelta(seconds=200))
        running.bus.publish("health", [moved])
        expect(fault).to_contain_text("Camera moved 3 min")
        expect(fault).to_contain_text("no density until it is turned back or calibrated anew")
        page.screenshot(path=screenshots / "calibrate-moved.png")
        running.service.stop()
        expect(fault).to_contain_text("No answer from the service for", timeout=10_000)


def test_a_camera_that_is_not_there_is_told(address: str) -> None:
    with open_page(address.replace("=gate", "=nobody")) as page:
        expect(page.get_by_test_id("stuck")).to_have_text("There is no camera nobody in the site file.")


def test_who_is_not_signed_in_is_asked_and_goes_on_there(run_service: Callable[..., Any], built_page: Path) -> None:
    cameras = {"gate": {"source": "sim:gate", "picture_size_px": list(SIZE)}}
    running = run_service(cameras=cameras, service={"password": PASSWORD})
    with open_page(f"{running.url}/calibrate.html?camera=gate") as page:
        page.locator("input[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("floor")).to_be_visible()
        page.context.clear_cookies()
        page.reload()
        page.locator("input[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("floor")).to_be_visible()
        page.context.clear_cookies()
        page.get_by_test_id("head-height").fill("1.5")
        page.get_by_test_id("head-height").press("Enter")
        page.get_by_test_id("password").fill(PASSWORD)
        page.get_by_test_id("sign-in").click()
        expect(page.get_by_test_id("head-height")).to_have_value("1.5")


def test_the_dashboard_leads_there_from_a_camera_that_is_enlarged(
    run_service: Callable[..., Any], built_page: Path
) -> None:
    running = run_service()
    with open_page(running.url) as page:
        expect(page.get_by_test_id("camera-tile")).to_have_count(2)
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        with page.expect_popup() as opened:
            page.get_by_test_id("calibrate-link").click()
        expect(opened.value.get_by_role("heading", name="Calibrate North gate")).to_be_visible()
        expect(opened.value.get_by_test_id("choose-square")).to_be_visible()


def test_what_is_copied_is_what_is_drawn(board: Page) -> None:
    click_floor(board, RECTANGLE_M)
    set_rectangle(board, 6, 6)
    expect(board.get_by_test_id("copy")).to_be_visible()
    held: list[Route] = []
    board.route("**/layout/try", lambda route: held.append(route))
    board.get_by_test_id("m-x-2").fill("7,5")
    expect(board.get_by_test_id("copy")).to_have_count(0)
    expect(board.get_by_test_id("verdict")).to_contain_text("Looking at it")
    expect(board.get_by_test_id("no-faults")).to_have_count(0)
    wait_until(board, lambda: bool(held))
    held[0].abort()
    expect(board.get_by_test_id("verdict")).to_contain_text("cannot be reached")
    expect(board.get_by_test_id("copy")).to_have_count(0)
    board.unroute("**/layout/try")
    expect(board.get_by_test_id("excerpt-text")).to_contain_text("m: [7.5, 0]", timeout=15_000)
    expect(board.get_by_test_id("verdict")).not_to_contain_text("cannot be reached")


def test_numbers_have_a_comma_or_a_point_and_what_is_none_is_told(board: Page) -> None:
    click_floor(board, RECTANGLE_M)
    expect(board.get_by_test_id("unmeasured")).to_contain_text("4 points have no metres yet")
    board.get_by_test_id("rectangle-wide").fill("6,0")
    board.get_by_test_id("rectangle-deep").fill("6.0")
    board.get_by_test_id("rectangle-apply").click()
    expect(board.get_by_test_id("hangs")).to_contain_text(f"hangs {TRUTH.pose.height_m:.1f} m")
    expect(board.get_by_test_id("unmeasured")).to_have_count(0)
    field = board.get_by_test_id("m-x-2")
    field.fill("6 m")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(board.get_by_test_id("unmeasured")).to_contain_text("One point has no metres yet")
    field.fill("6,5")
    expect(board.get_by_test_id("excerpt-text")).to_contain_text("m: [6.5, 0]")
    board.get_by_test_id("undo").click()
    expect(board.get_by_test_id("excerpt-text")).to_contain_text("m: [6, 0]")
    expect(field).to_have_value("6")


def test_a_wrong_point_is_told_by_its_number_on_the_page(calibrated: Page) -> None:
    expect(calibrated.get_by_test_id("agree")).to_contain_text("agree within 0.0 px")
    calibrated.get_by_test_id("m-x-1").fill("")
    calibrated.get_by_test_id("m-x-6").fill("4.5")
    apart = re.compile(r"points are \d+\.\d px apart\. One of them is wrong")
    expect(calibrated.get_by_test_id("agree")).to_contain_text(apart)
    expect(calibrated.get_by_test_id("warnings")).to_contain_text("one of them is wrong")
    expect(calibrated.get_by_test_id("no-faults")).to_have_count(0)
    calibrated.get_by_test_id("m-x-1").fill("-5,973")
    expect(calibrated.get_by_test_id("agree")).to_contain_text("without point 6 they would agree")
    calibrated.get_by_test_id("m-x-1").fill("1e9")
    calibrated.get_by_test_id("m-x-1").fill("999999999")
    expect(calibrated.get_by_test_id("faults")).to_contain_text("Point 1")


def test_points_that_no_camera_sees_so_are_told_and_give_no_lines(calibrated: Page) -> None:
    expect(calibrated.get_by_test_id("copy")).to_be_visible()
    calibrated.get_by_test_id("m-x-1").fill("5.973")
    calibrated.get_by_test_id("m-x-2").fill("-5.973")
    expect(calibrated.get_by_test_id("verdict")).to_contain_text("No floor follows from these points")
    expect(calibrated.get_by_test_id("faults")).to_be_visible()
    expect(calibrated.get_by_test_id("copy")).to_have_count(0)


def test_a_drag_moves_the_picture_and_draws_nothing(board: Page) -> None:
    for _time in range(3):
        board.get_by_test_id("closer").click()
    board.mouse.move(600, 600)
    board.mouse.down()
    board.mouse.move(400, 400, steps=5)
    board.mouse.up()
    assert board.locator(".scroll").evaluate("box => [box.scrollLeft, box.scrollTop]") == [200, 200]
    expect(board.locator(".points li")).to_have_count(0)
    board.mouse.click(600, 600)
    expect(board.locator(".points li")).to_have_count(1)


def test_what_was_drawn_is_back_after_a_reload(board: Page) -> None:
    board.on("dialog", lambda dialog: dialog.accept())
    click_floor(board, RECTANGLE_M)
    expect(board.locator(".points li")).to_have_count(4)
    board.reload()
    expect(board.locator(".points li")).to_have_count(4)
    expect(board.get_by_test_id("restored")).to_be_visible()
    board.get_by_test_id("undo").click()
    expect(board.locator(".points li")).to_have_count(0)


def test_a_picture_larger_than_a_canvas_may_be_is_shown(address: str, tmp_path: Path) -> None:
    wide = tmp_path / "wide.png"
    cv2.imwrite(str(wide), np.zeros((1125, 20_000, 3), np.uint8))
    with open_page(address) as page:
        page.get_by_test_id("picture-file").set_input_files(wide)
        expect(page.get_by_test_id("board-picture")).to_have_attribute("width", "4096")


def test_without_a_camera_in_the_address_those_that_there_are_can_be_chosen(address: str) -> None:
    with open_page(address.partition("?")[0]) as page:
        page.get_by_role("link", name="gate").click()
        expect(page.get_by_test_id("floor")).to_be_visible()
