"""What is shown of a region: unknown rather than safe, whenever anything speaks against the last figure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crushwatch.messages import CameraState, Level
from crushwatch.site import Site
from service.api.views import CameraCondition, RegionView
from service.board import Board
from service.clock import Instant
from service.show import Display
from support.service_messages import camera_health, reading
from support.service_site import SECRETS
from support.service_site import site as make_site

START = Instant(datetime(2026, 5, 1, 20, 0, tzinfo=UTC), 1000.0)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


def square(site: Site, now: Instant, *messages: Any, heard_at: Instant = START) -> RegionView:
    board = Board(site, START)
    board.hear(messages, heard_at)
    return Display(site).camera(board.facts(), "gate", now).regions[0]


@pytest.mark.parametrize(
    ("age_s", "level", "stale"),
    [
        (0, "caution", False),
        (4.9, "caution", False),
        (5, "caution", True),
        (14.9, "caution", True),
        (15, "unknown", True),
    ],
)
def test_a_figure_grows_stale_and_then_unknown(site: Site, age_s: float, level: str, stale: bool) -> None:
    now = START.later(age_s)
    messages = (reading(at=START.wall, level=Level.CAUTION), camera_health(at=START.wall))
    shown = square(site, now, *messages)
    assert (shown.level.value, shown.stale) == (level, stale)
    assert shown.age_s == pytest.approx(age_s)
    assert shown.reading is not None


@pytest.mark.parametrize("state", [CameraState.SILENT, CameraState.FROZEN, CameraState.DARK])
def test_a_camera_without_usable_pictures_has_no_known_level_however_fresh_the_figure(
    site: Site, state: CameraState
) -> None:
    health = camera_health(at=START.wall, state=state, reason="")
    shown = square(site, START.later(1), reading(at=START.wall), health)
    assert (shown.level, shown.stale) == (Level.UNKNOWN, True)
    assert shown.reason


def test_a_region_that_was_never_measured_is_unknown(site: Site) -> None:
    shown = square(site, START)
    assert (shown.level, shown.reading, shown.age_s, shown.stale) == (Level.UNKNOWN, None, None, False)
    assert "yet" in shown.reason


def test_a_workers_clock_that_is_ahead_makes_no_figure_young(site: Site) -> None:
    ahead = reading(at=START.wall + timedelta(hours=1))
    shown = square(site, START.later(16), ahead, camera_health(at=START.wall))
    assert shown.level is Level.UNKNOWN
    assert shown.age_s == pytest.approx(16)


def test_a_late_reading_is_as_old_as_its_frame(site: Site) -> None:
    late = reading(at=START.wall - timedelta(seconds=60))
    shown = square(site, START, late, camera_health(at=START.wall))
    assert (shown.level, shown.age_s) == (Level.UNKNOWN, 60)


def test_a_reading_that_comes_late_does_not_replace_a_newer_one(site: Site) -> None:
    newer = reading(at=START.wall, count=50)
    older = reading(at=START.wall - timedelta(seconds=3), count=10)
    shown = square(site, START, newer, older)
    assert shown.reading is not None
    assert shown.reading.count == 50


def test_a_clock_that_was_set_back_silences_nobody_for_long(site: Site) -> None:
    board = Board(site, START)
    board.hear([reading(at=START.wall + timedelta(hours=1), count=10)], START)
    board.hear([reading(at=START.wall + timedelta(seconds=1), count=20)], START.later(1))
    assert board.facts().readings["gate", "square"].reading.count == 10
    board.hear([reading(at=START.wall + timedelta(seconds=6), count=30)], START.later(6))
    assert board.facts().readings["gate", "square"].reading.count == 30


def test_a_camera_that_nobody_speaks_of_is_starting_and_then_silent(site: Site) -> None:
    facts = Board(site, START).facts()
    display = Display(site)
    assert display.camera(facts, "gate", START.later(14)).state is CameraCondition.STARTING
    silent = display.camera(facts, "gate", START.later(15))
    assert silent.state is CameraCondition.SILENT
    assert silent.regions[0].level is Level.UNKNOWN


def test_a_camera_without_regions_has_the_whole_picture(site: Site) -> None:
    (region,) = Display(site).camera(Board(site, START).facts(), "hall", START).regions
    assert (region.region, region.outline) == ("picture", None)


def test_outlines_are_shares_of_the_picture(site: Site) -> None:
    (region,) = Display(site).camera(Board(site, START).facts(), "gate", START).regions
    assert region.outline == [(0, 0), (1, 0), (1, 1), (0, 1)]


def test_outlines_obstacles_and_gates_in_metres_are_drawn_through_the_ground(tmp_path: Path) -> None:
    points = [([0, 720], [0, 0]), ([1280, 720], [10, 0]), ([960, 360], [10, 20]), ([320, 360], [0, 20])]
    camera = {
        "source": "sim:gate",
        "picture_size_px": [1280, 720],
        "ground": {"points": [{"px": px, "m": m} for px, m in points]},
        "regions": {"deep": {"polygon_m": [[0, 0], [10, 0], [10, 20], [0, 20]]}},
        "obstacles": {
            "wall": {"polygon_m": [[0, 0], [10, 0], [10, 20]]},
            "behind": {"polygon_m": [[0, -500], [1, -500], [1, -501]]},
        },
        "gates": {
            "south": {"name": "Turnstiles", "into": "deep", "line_m": [[0, 20], [10, 20]]},
            "behind": {"into": "deep", "line_m": [[0, -500], [10, -500]]},
        },
    }
    site = make_site(tmp_path, cameras={"gate": camera})
    view = Display(site).camera(Board(site, START).facts(), "gate", START)
    (region,) = view.regions
    (wall,) = view.obstacles
    assert np.array(wall) == pytest.approx(np.array([(0, 1), (1, 1), (0.75, 0.5)]), abs=1e-3)
    assert region.outline is not None
    assert region.outline[0] == pytest.approx((0, 1), abs=1e-3)
    assert region.outline[2] == pytest.approx((0.75, 0.5), abs=1e-3)
    south, behind = region.gates
    assert (south.gate, south.name) == ("south", "Turnstiles")
    assert south.line is not None
    assert np.array(south.line) == pytest.approx(np.array([(0.25, 0.5), (0.75, 0.5)]), abs=1e-3)
    assert (behind.name, behind.line) == ("behind", None)


def test_nothing_that_is_shown_says_where_a_camera_is(site: Site) -> None:
    board = Board(site, START)
    board.hear([camera_health(at=START.wall), reading(at=START.wall)], START)
    shown = "".join(view.model_dump_json() for view in Display(site).cameras(board.facts(), START))
    assert not [secret for secret in SECRETS if secret in shown]
