"""The simulated gate, as somebody calibrates it in the browser who knows where things lie."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Page

from crushwatch.ground import CameraGround
from crushwatch.simulate import open_scenario
from crushwatch.site import Camera
from crushwatch.site.load import parse_site

GATE = open_scenario("gate")
CAMERA = GATE.camera()
TRUTH = CameraGround.fit(CAMERA.ground, CAMERA.picture_size_px)  # type: ignore[arg-type]  # both are there
SIZE = (1280, 720)
RECTANGLE_M = [(-3.0, 8.0), (3.0, 8.0), (3.0, 14.0), (-3.0, 14.0)]
REGION_M = [(-2.0, 9.0), (2.0, 9.0), (2.0, 13.0), (-2.0, 13.0)]


def click_floor(page: Page, points_m: list[tuple[float, float]]) -> None:
    """Where the picture shows these points of the floor."""
    sheet = page.get_by_test_id("sheet")
    box = sheet.bounding_box()
    assert box is not None
    for x, y in TRUTH.ground_to_image.apply(np.array(points_m)).tolist():
        sheet.click(position={"x": x / SIZE[0] * box["width"], "y": y / SIZE[1] * box["height"]}, force=True)


def set_rectangle(page: Page, wide_m: float, deep_m: float) -> None:
    """Of the first four points."""
    page.get_by_test_id("rectangle-wide").fill(str(wide_m))
    page.get_by_test_id("rectangle-deep").fill(str(deep_m))
    page.get_by_test_id("rectangle-apply").click()


def copied(page: Page) -> str:
    """The lines for the site file."""
    return page.get_by_test_id("excerpt-text").inner_text()


def camera_of(excerpt: str) -> Camera:
    """What a site file with these lines has."""
    return parse_site(f"id: venue\ncameras:\n  gate:\n    source: sim:gate\n{excerpt}").cameras["gate"]
