"""From a camera of which the site file has nothing but the address to people per square metre, by the page alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from support.browser import open_page
from support.calibrating import RECTANGLE_M, REGION_M, SIZE, click_floor, copied, set_rectangle
from support.stack import QUICK_RULES, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SOURCE = "source: sim:gate\n"


def test_a_camera_is_calibrated_by_the_page_and_measured_from_then_on(tmp_path: Path) -> None:
    camera = {"picture_size_px": list(SIZE), "engine_shape": [512, 288], "source": "sim:gate"}
    with Stack(tmp_path, {"gate": camera}, rules=QUICK_RULES) as stack:
        stack.wait_for("the service", lambda: stack.get("/readyz"), within_s=20)
        with open_page(f"{stack.address}/calibrate.html?camera=gate", width=1600, height=1000) as page:
            expect(page.get_by_test_id("board-picture")).to_have_attribute("width", "512", timeout=40_000)
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
                (found := stack.region("gate", "region-1").get("reading"))
                and found["density_per_m2"] is not None
                and found
            ),
            within_s=40,
        )
        assert reading["quality"] > 0.9
        assert reading["density_per_m2"] * 16 == pytest.approx(reading["count"], rel=0.05)
