"""From a camera of which the site file has nothing but the address to people per square metre, by the page alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from support.browser import open_page
from support.calibrating import RECTANGLE_M, REGION_M, SIZE, click_floor, copied, set_rectangle
from support.clips import make_clip
from support.stack import QUICK_RULES, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SOURCE = "source: sim:gate\n"
PLAZA_PX = (2560, 1440)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two cameras that nobody has calibrated; the site file says how large the pictures of one are."""
    folder = tmp_path_factory.mktemp("calibrate")
    clip = make_clip(folder / "plaza.mp4", size_px=PLAZA_PX, frames=10, rate_hz=5)
    cameras = {
        "gate": {"picture_size_px": list(SIZE), "engine_shape": [512, 288], "source": "sim:gate"},
        "plaza": {"engine_shape": [512, 288], "source": str(clip)},
    }
    with Stack(folder, cameras, rules=QUICK_RULES) as stack:
        stack.wait_for("the service", lambda: stack.get("/readyz"), within_s=40)
        yield stack


def test_a_camera_is_calibrated_by_the_page_and_measured_from_then_on(stack: Stack) -> None:
    with open_page(f"{stack.address}/calibrate.html?camera=gate", width=1600, height=1000) as page:
        expect(page.get_by_test_id("board-picture")).to_have_attribute("width", "1280", timeout=40_000)
        expect(page.get_by_test_id("taken")).to_contain_text("1280 x 720 pixels")
        click_floor(page, RECTANGLE_M)
        set_rectangle(page, 6, 6)
        page.get_by_test_id("add-regions").click()
        click_floor(page, REGION_M)
        expect(page.get_by_test_id("excerpt-text")).to_contain_text("region-1")
        excerpt = copied(page)
    text = stack.site_file.read_text(encoding="utf-8")
    text = text.replace("    picture_size_px:\n    - 1280\n    - 720\n", "")
    assert SOURCE in text
    stack.site_file.write_text(text.replace(SOURCE, f"{SOURCE}{excerpt}"), encoding="utf-8")
    reading = stack.wait_for(
        "people per m2",
        lambda: (
            (found := stack.region("gate", "region-1").get("reading")) and found["density_per_m2"] is not None and found
        ),
        within_s=40,
    )
    assert reading["quality"] > 0.9
    assert reading["density_per_m2"] * 16 == pytest.approx(reading["count"], rel=0.05)


def test_the_picture_to_click_on_has_the_cameras_own_size_and_what_is_wrong_with_the_camera_stands_beside(
    stack: Stack,
) -> None:
    stack.wait_for("the camera", lambda: (stack.get("/api/v1/cameras/plaza") or {}).get("width_px"), within_s=60)
    with open_page(f"{stack.address}/calibrate.html?camera=plaza", width=1600, height=1000) as page:
        expect(page.get_by_test_id("board-picture")).to_have_attribute("width", "2560", timeout=20_000)
        expect(page.get_by_test_id("taken")).to_contain_text(re.compile(r"^Taken at \d\d:\d\d:\d\d \(UTC\)"))
        expect(page.get_by_test_id("camera-fault")).to_have_count(0)
        assert red_share(page) == pytest.approx(240 * 240 / (2560 * 1440), rel=0.2)
        (stack.folder / "plaza.mp4").unlink()
        expect(page.get_by_test_id("camera-fault")).to_contain_text("No picture for", timeout=30_000)
        expect(page.get_by_test_id("taken")).to_contain_text(" old, 2560 x 1440 pixels")
    assert "a still was sent" in stack.log("worker")
    kept = [path for path in (stack.folder / "redis").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"/9j/" in path.read_bytes()], "a picture was written to disk"


def red_share(page: Page) -> float:
    """Of the picture: the square that walks through the clip."""
    count = """(canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let red = 0;
        for (let at = 0; at < data.length; at += 4) red += data[at] > 150 && data[at + 1] < 90;
        return (red * 4) / data.length;
    }"""
    share: float = page.get_by_test_id("board-picture").evaluate(count)
    return share
