"""What `crushwatch check` foresees of what was drawn."""

from __future__ import annotations

from crushwatch.commands.outlook import outlook
from crushwatch.site import Camera, Gate, Obstacle, Region, Site
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
