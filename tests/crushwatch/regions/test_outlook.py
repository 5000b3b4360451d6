"""What `crushwatch check` foresees of what was drawn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crushwatch.commands.advice import advice
from crushwatch.commands.secret import new_webhook_secret
from crushwatch.regions.outlook import outlook
from crushwatch.site import Camera, Gate, Obstacle, Region, Site
from crushwatch.site.load import look_at_site
from support.synthetic_camera import SyntheticCamera

FRONT = ((-2.0, 8.0), (2.0, 8.0), (2.0, 12.0), (-2.0, 12.0))
KNOWN_M = ((-3.0, 7.0), (3.0, 7.0), (3.0, 13.0), (-3.0, 13.0))
SEEN = SyntheticCamera(height_m=8, tilt_deg=35, focal_px=900)


def told(**drawn: object) -> list[str]:
    camera = {"source": "sim:gate", "picture_size_px": SEEN.size_px, "ground": SEEN.ground(KNOWN_M),
              "regions": {"front": Region(polygon_m=FRONT)}} | drawn  # fmt: skip
    return list(outlook(Site.model_validate({"id": "s", "cameras": {"gate": Camera.model_validate(camera)}})))


def test_of_what_is_drawn_well_nothing_is_said() -> None:
    stall = Obstacle(polygon_m=((-2, 8), (-1, 8), (-1, 9), (-2, 9)))
    gate = Gate(into="front", line_m=((-2, 8), (2, 8)))
    assert told(obstacles={"stall": stall}, gates={"south": gate}) == []


def test_a_region_that_obstacles_take_nearly_whole_is_told() -> None:
    """As when somebody draws around a van in the picture: its roof lies far behind it on the ground."""
    (said,) = told(obstacles={"van": Obstacle(polygon_m=((-3, 8.4), (3, 8.4), (3, 20), (-3, 20)))})
    assert said == (
        "cameras.gate.regions.front: obstacles take 90 % of it and leave 1.6 m2; are they drawn around their foot on "
        "the ground?"
    )


def test_a_gate_out_of_the_picture_is_told() -> None:
    (said,) = told(gates={"far": Gate(into="front", line_m=((-90, 12), (-88, 12)))})
    assert said.startswith("cameras.gate.gates.far: neither of its ends lies in the picture")


def test_a_region_that_is_drawn_twice_is_told() -> None:
    (said,) = told(regions={"front": Region(polygon_m=FRONT), "again": Region(polygon_m=FRONT)})
    assert said == "cameras.gate.regions.again: has the outline of front: each alert will be raised twice"


def test_points_of_which_one_is_wrong_are_told() -> None:
    right = SEEN.ground((*KNOWN_M, (0.0, 10.0), (1.0, 8.0)))
    assert told(ground=right) == []
    wrong = right.points[4].model_copy(update={"m": (1.0, 10.0)})
    points = (*right.points[:4], wrong, right.points[5])
    (said,) = told(ground=right.model_copy(update={"points": points}))
    assert said.startswith("cameras.gate.ground.points: they are ")
    assert said.endswith("one of them is wrong")


def test_a_view_so_flat_that_a_crowd_hides_itself_is_told() -> None:
    flat = SyntheticCamera(height_m=3.5, tilt_deg=12, focal_px=1200)
    (said,) = told(ground=flat.ground(KNOWN_M), regions={"front": Region(polygon_m=FRONT)})
    assert said == (
        "cameras.gate.regions.front: seen at 11 degrees: in a crowd of 4 per m2 about 33 % of the heads are hidden "
        "behind others, and figures may be too low by as much; hang the camera higher, or draw the region nearer"
    )


def test_a_camera_without_regions_is_told_that_no_alert_will_come() -> None:
    (said,) = told(regions={})
    assert said.startswith("cameras.gate.regions: there are none: the whole picture is counted, without a density")


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ({}, "only counted, without a level or an alert: give the camera a `ground`"),
        ({"capacity_people": 40}, None),
        ({"area_m2": 9}, None),
        ({"area_m2": 4}, "4.0 m2 are less than the 3 m x 3 m over which densities are judged: one person more or less"),
        ({"area_m2": 90, "polygon_px": ((0, 0), (70, 0), (0, 70))}, "less than 64 x 64 pixels of what the network"),
    ],
    ids=["counted only", "by capacity", "9 m2", "4 m2", "a speck"],
)
def test_a_region_without_a_ground_is_told_of_what_makes_it_useless(drawn: dict[str, object], said: str | None) -> None:
    whole = {"polygon_px": ((0, 0), (900, 0), (900, 700), (0, 700))}
    found = told(ground=None, regions={"hall": Region.model_validate(whole | drawn)})
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


@pytest.mark.parametrize(("side_m", "warned"), [(2.9, True), (3.1, False)], ids=["8.4 m2", "9.6 m2"])
def test_a_region_smaller_than_the_peaks_window_is_told_with_what_one_person_makes(side_m: float, warned: bool) -> None:
    corners = ((0, 8), (side_m, 8), (side_m, 8 + side_m), (0, 8 + side_m))
    found = told(regions={"corner": Region(polygon_m=corners)}, engine_shape=(1280, 736))
    assert len(found) == warned
    assert not warned or "8.4 m2 are less than the 3 m x 3 m" in found[0]
    assert not warned or "one person more or less is 0.12 per m2" in found[0]


def test_small_heads_are_told_with_the_engine_shape_that_makes_them_large_enough() -> None:
    (small,) = told(engine_shape=(256, 160))
    shape = re.search(r"engine_shape \[(\d+), (\d+)\] makes them 6 px", small)
    assert shape is not None
    assert told(engine_shape=(int(shape[1]), int(shape[2]))) == []


def test_heads_too_small_in_the_camera_s_own_picture_need_another_view() -> None:
    far = SyntheticCamera(height_m=16, tilt_deg=60, focal_px=400)
    (said,) = told(ground=far.ground(KNOWN_M), engine_shape=(1280, 736))
    assert "will be unknown: far away" in said
    assert said.endswith(
        "the picture has no more pixels there: zoom in, hang a camera nearer, or draw the region nearer"
    )


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o604, True), (0o640, False), (0o600, False)], ids=oct)
def test_files_with_secrets_that_everybody_may_read_are_told_with_the_mode_to_set(
    tmp_path: Path, mode: int, warned: bool
) -> None:
    site, secret = tmp_path / "site.yaml", tmp_path / "room secret"
    secret.write_text(new_webhook_secret())
    site.write_text(
        "id: demo\ncameras: {gate: {source: 'http://10.0.0.1/?token=hunter2'}}\n"
        "notifications: {room: {url: 'https://room.example', secret: '${file:room secret}'}}\n"
    )
    for file in (site, secret):
        file.chmod(mode)
    found = [said for said in advice(site, look_at_site(site)) if "may read" in said]
    assert len(found) == 2 * warned
    if warned:
        assert found[0].startswith(f"{site}: everybody on this machine may read {site} (mode {mode:04o}): chmod 600")
        assert found[1].startswith(f"{site}:3 notifications.room.secret: everybody on this machine may read {secret}")
        assert f"chmod 600 '{secret}'" in found[1]


def test_a_site_file_without_a_secret_may_be_read_by_everybody(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("id: demo\ncameras: {gate: {source: 'rtsp://${USER}@10.0.0.1/s'}}\n")
    site.chmod(0o644)
    assert [said for said in advice(site, look_at_site(site, {"USER": "a:b"})) if "may read" in said] == []
