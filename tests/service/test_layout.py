"""A layout that is drawn, tried out: what it says, what it refuses, and that nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from crushwatch.ground import CameraGround
from crushwatch.ground.overlay import MOST_LINES, distance_m
from crushwatch.simulate import open_scenario
from crushwatch.site import Camera, Site
from crushwatch.site.excerpt import layout_excerpt
from crushwatch.site.load import parse_site
from service.api import layouts
from service.api.views import LayoutDraft, LayoutTried
from service.layout import present_layout, try_layout
from support.service_site import SECRETS
from support.service_site import site as site_of

GATE = open_scenario("gate").camera()
TRIANGLE = [[0, 0], [9, 0], [9, 9]]
FITTED = CameraGround.fit(GATE.ground, GATE.picture_size_px)  # type: ignore[arg-type]  # both are there


def drawn(camera: Camera = GATE) -> dict[str, Any]:
    return present_layout(camera).model_dump(exclude_none=True)


def tried(folder: Path, draft: dict[str, Any]) -> LayoutTried:
    return try_layout(site_of(folder), "gate", LayoutDraft.model_validate(draft))


def test_the_camera_that_follows_is_the_one_that_hangs_there(tmp_path: Path) -> None:
    found = tried(tmp_path, drawn())
    assert found.faults == []
    assert found.ground is not None
    assert found.ground.height_m == pytest.approx(FITTED.pose.height_m, abs=0.01)
    assert found.ground.tilt_deg == pytest.approx(FITTED.pose.tilt_deg, abs=0.1)


def test_the_excerpt_is_the_layout_as_a_site_file_has_it(tmp_path: Path) -> None:
    found = tried(tmp_path, drawn())
    assert found.excerpt is not None
    read = parse_site(f"id: venue\ncameras:\n  gate:\n    source: sim:gate\n{found.excerpt}").cameras["gate"]
    assert present_layout(read) == present_layout(GATE)


def test_four_points_say_nothing_of_how_good_they_are_and_more_do(tmp_path: Path) -> None:
    layout = drawn()
    points = layout["ground"]["points"]
    layout["ground"]["points"] = points[:4]
    four = tried(tmp_path, layout).ground
    assert four is not None
    assert four.reprojection_error_px is None
    x, y = points[3]["px"]
    wrong = {"px": [x + 40, y], "m": points[3]["m"]}
    layout["ground"]["points"] = [*points[:3], wrong, *points[4:]]
    six = tried(tmp_path, layout).ground
    assert six is not None
    assert six.reprojection_error_px is not None
    assert six.reprojection_error_px > 3
    assert six.suspect == 3


@pytest.mark.parametrize("place", range(6))
def test_the_one_wrong_point_of_six_is_found_wherever_it_is(tmp_path: Path, place: int) -> None:
    layout = drawn()
    assert (found := tried(tmp_path, layout).ground) is not None
    assert found.suspect is None
    x, y = layout["ground"]["points"][place]["m"]
    layout["ground"]["points"][place]["m"] = [x + 1, y]
    assert (found := tried(tmp_path, layout).ground) is not None
    assert found.suspect == place


def test_the_paving_lies_on_whole_metres_and_people_stand_upright(tmp_path: Path) -> None:
    found = tried(tmp_path, drawn()).ground
    assert found is not None
    assert found.step_m == 1.0
    assert len(found.lines) > 10
    for line in found.lines:
        metres = FITTED.image_to_ground.apply(line)
        off = np.abs(metres - np.round(metres))
        assert np.nanmin(np.nanmax(off, axis=0)) < 0.02
    assert len(found.people) > 5
    for feet, head in found.people:
        assert head[1] < feet[1]
        metres = FITTED.image_to_ground.apply([feet])[0]
        assert FITTED.head_to_image.apply(metres)[0] == pytest.approx(head, abs=0.3)


def test_of_the_paving_and_the_people_only_what_the_picture_shows_is_drawn(tmp_path: Path) -> None:
    found = tried(tmp_path, drawn()).ground
    assert found is not None
    for line in found.lines:
        x, y = np.array(line).T
        assert ((x >= 0) & (x <= 1280) & (y >= 0) & (y <= 720)).any()
        assert (x >= -1280).all()
        assert (x <= 2560).all()
    heads = np.array([head for _feet, head in found.people])
    assert ((heads >= 0) & (heads <= (1280, 720))).all()


def test_a_floor_of_kilometres_has_no_more_lines_than_one_of_metres(tmp_path: Path) -> None:
    layout = drawn() | {"regions": {}}
    for point in layout["ground"]["points"]:
        point["m"] = [value * 2e5 for value in point["m"]]
    found = tried(tmp_path, layout).ground
    assert found is not None
    assert len(found.lines) <= 2 * MOST_LINES


@pytest.mark.parametrize("far", [1e8, 1e300])
def test_points_on_another_planet_are_a_fault(tmp_path: Path, far: float) -> None:
    layout = drawn()
    layout["ground"]["points"][0]["m"] = [far, 0]
    (fault,) = [fault for fault in tried(tmp_path, layout).faults if fault.where.endswith("points[0].m")]
    assert "10,000,000" in fault.text


def test_regions_as_large_as_a_town_are_a_fault(tmp_path: Path) -> None:
    town = {"polygon_m": [[-350, 10], [350, 10], [350, 710], [-350, 710]]}
    found = tried(tmp_path, drawn() | {"regions": {"one": town, "other": town}})
    assert [fault.where for fault in found.faults] == ["regions"]
    assert "too large for one camera" in found.faults[0].text


@pytest.mark.parametrize("metric", ["regions", "obstacles"])
def test_outlines_in_metres_over_points_that_fit_no_camera_are_told(tmp_path: Path, metric: str) -> None:
    layout = drawn() | {"regions": {}, metric: {"square": {"polygon_m": [[-2, 8], [2, 8], [2, 12]]}}}
    first, second = layout["ground"]["points"][:2]
    first["px"], second["px"] = second["px"], first["px"]
    found = tried(tmp_path, layout)
    assert [fault.where for fault in found.faults] == ["ground"]
    assert found.excerpt is None


def test_what_is_a_lot_for_the_site_is_a_lot_for_its_layouts(tmp_path: Path) -> None:
    """The share of hidden heads goes by the site's own levels."""
    layout = drawn() | {"regions": {"far": {"polygon_m": [[-3, 16], [3, 16], [3, 20], [-3, 20]]}}}
    packed = {"notice": 5, "caution": 6, "alert": 7, "critical": 8}
    site = site_of(tmp_path, rules={"standing": packed})
    draft = LayoutDraft.model_validate(layout)
    assert any("in a crowd of 7 per m2" in said for said in try_layout(site, "gate", draft).warnings)


def test_two_points_of_the_floor_are_as_far_apart_as_a_tape_says(tmp_path: Path) -> None:
    low, high = FITTED.ground_to_image.apply([[-1.0, 9.0], [1.0, 9.0]])
    found = tried(tmp_path, drawn() | {"measure_px": [low.tolist(), high.tolist()]})
    assert found.measured_m == pytest.approx(2.0, abs=0.01)
    assert distance_m(FITTED, (640.0, -5000.0), (640.0, 700.0)) is None


def test_a_region_s_area_is_its_floor_without_obstacles(tmp_path: Path) -> None:
    layout = drawn() | {"regions": {"square": {"polygon_m": [[-2, 8], [2, 8], [2, 12], [-2, 12]]}}}
    before = tried(tmp_path, layout).regions["square"]
    after = tried(tmp_path, layout | {"obstacles": {"stall": {"polygon_m": [[0, 8], [2, 8], [2, 10], [0, 10]]}}})
    assert before.area_m2 == pytest.approx(16)
    assert after.regions["square"].area_m2 == pytest.approx(12)
    assert before.density_within is not None
    assert 0 < before.density_within < 0.2


def test_what_is_half_drawn_is_told_and_the_rest_is_still_tried(tmp_path: Path) -> None:
    whole, begun = drawn()["regions"]["before-gate"], {"polygon_px": [[1, 1], [9, 9]]}
    found = tried(tmp_path, drawn() | {"regions": {"whole": whole, "begun": begun}})
    assert [fault.where for fault in found.faults] == ["regions.begun.polygon_px"]
    assert "at least 3" in found.faults[0].text
    assert found.excerpt is None
    assert found.ground is not None
    assert list(found.regions) == ["whole"]


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (3, "needs at least 4"),
        (0, "needs at least 4"),
    ],
)
def test_too_few_points_are_a_fault_not_an_error(tmp_path: Path, points: int, sentence: str) -> None:
    layout = drawn()
    layout["ground"]["points"] = layout["ground"]["points"][:points]
    found = tried(tmp_path, layout)
    assert any(sentence in fault.text for fault in found.faults)
    assert found.ground is None


def test_a_region_above_the_horizon_is_told(tmp_path: Path) -> None:
    layout = drawn() | {"regions": {"sky": {"polygon_px": [[10, -900], [90, -900], [90, -990]]}}, "gates": {}}
    (fault,) = tried(tmp_path, layout).faults
    assert fault.where.startswith("regions.sky")
    assert "horizon" in fault.text


def test_what_check_warns_of_is_warned_of(tmp_path: Path) -> None:
    layout = drawn() | {"gates": {}}
    layout["regions"] = {"one": layout["regions"]["before-gate"], "other": layout["regions"]["before-gate"]}
    (warning,) = [text for text in tried(tmp_path, layout).warnings if "twice" in text]
    assert warning.startswith("regions.other")


@pytest.mark.parametrize("placeholder", ["${SECRET_OF_THE_TEST}", "${file:secret}"])
def test_a_name_that_looks_like_a_placeholder_reveals_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, placeholder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_OF_THE_TEST", "never to be seen")
    (tmp_path / "secret").write_text("never to be seen")
    layout = drawn()
    layout["regions"]["before-gate"]["name"] = placeholder
    found = tried(tmp_path, layout)
    assert "never to be seen" not in found.model_dump_json()
    assert found.faults


def test_an_uncalibrated_camera_s_outlines_need_no_ground(tmp_path: Path) -> None:
    layout = {"picture_size_px": [1280, 720], "regions": {"hall": {"polygon_px": [[0, 0], [99, 0], [99, 99]]}}}
    found = tried(tmp_path, layout)
    assert found.faults == []
    assert found.ground is None
    assert found.regions["hall"].outline == [(0, 0), (99, 0), (99, 99)]
    assert found.regions["hall"].area_m2 is None


@pytest.mark.integration
def test_a_request_that_would_take_long_or_go_deep_is_refused(run_service: Callable[..., Any]) -> None:
    running = run_service()
    nested: Any = []
    for _level in range(300):
        nested = [nested]
    assert running.post("cameras/gate/layout/try", {"ground": {"points": nested}}).status_code == 422
    many = {f"r{number}": {"polygon_px": [[0, 0], [9, 0], [9, 9]]} for number in range(65)}
    assert running.post("cameras/gate/layout/try", {"regions": many}).status_code == 422
    with layouts._one_at_a_time:
        busy = running.post("cameras/gate/layout/try", {})
    assert (busy.status_code, busy.headers["retry-after"]) == (429, "1")
    assert running.post("cameras/gate/layout/try", {}).status_code == 200


@pytest.mark.parametrize(
    "name", ["a\x85b", "yes", "007", "1e3", "2026-11-21", "a: b # c", "'\"", "광장", " x ", "~", "{}"]
)
def test_whatever_a_region_is_called_comes_back(name: str) -> None:
    excerpt = layout_excerpt(
        {"picture_size_px": [1280, 720], "regions": {"hall": {"name": name, "polygon_px": TRIANGLE}}}
    )
    read = parse_site(f"id: venue\ncameras:\n  gate:\n    source: sim:gate\n{excerpt}").cameras["gate"]
    assert read.regions["hall"].name == name


@pytest.mark.integration
def test_a_site_with_more_regions_than_are_tried_is_shown_all_the_same(run_service: Callable[..., Any]) -> None:
    regions = {f"r{number}": {"polygon_px": TRIANGLE, "area_m2": 20} for number in range(70)}
    cameras = {"gate": {"source": "sim:gate", "picture_size_px": [1280, 720], "regions": regions}}
    assert len(run_service(cameras=cameras).get("cameras/gate/layout")["regions"]) == 70


@pytest.mark.integration
def test_the_api_gives_and_tries_a_layout_and_says_no_secret(run_service: Callable[..., Any], tmp_path: Path) -> None:
    running = run_service()
    present = running.get("cameras/gate/layout")
    assert present["picture_size_px"] == [1280, 720]
    answer = running.post("cameras/gate/layout/try", drawn())
    assert answer.status_code == 200
    assert answer.json()["excerpt"].startswith("    picture_size_px: [1280, 720]")
    assert not any(secret in answer.text + str(present) for secret in SECRETS)
    assert running.get("cameras/gate/layout") == present
    assert running.post("cameras/nobody/layout/try", {}).status_code == 404
    assert running.post("cameras/gate/layout/try", {"source": "rtsp://elsewhere"}).status_code == 422


def test_an_excerpt_reads_back_whatever_the_site(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "site.example.yaml"
    document = yaml.safe_load(example.read_text(encoding="utf-8"))
    cameras = {key: camera | {"source": "webcam:0"} for key, camera in document["cameras"].items()}
    site = Site.model_validate({"id": "venue", "cameras": cameras})
    for key, camera in site.cameras.items():
        draft = LayoutDraft.model_validate(present_layout(camera).model_dump())
        found = try_layout(site, key, draft)
        assert found.faults == []
        read = parse_site(f"id: venue\ncameras:\n  {key}:\n    source: sim:gate\n{found.excerpt}").cameras[key]
        assert present_layout(read) == present_layout(camera)
