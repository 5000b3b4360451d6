"""A lens that bends lines: OpenCV's own formulas are the second implementation; people's true places are the truth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from crushwatch.errors import GroundError
from crushwatch.ground import CameraGround, Lattice
from crushwatch.ground.lens import LensMap
from crushwatch.regions import RegionMeter
from crushwatch.regions.heat import HeatMap
from crushwatch.simulate import Scenario, open_scenario
from crushwatch.site import Ground, GroundPoint, Lens, Region
from workers.batch.letterbox import Letterbox
from workers.replay.truth import splat

SIZE_PX = (1280, 720)
WIDE = Lens(focal_px=900, coefficients=(-0.30, 0.08, 0.001, -0.0005, -0.01))
RATIONAL = Lens(focal_px=900, centre_px=(652, 349), coefficients=(-0.2, 0.05, 0.0, 0.0, 0.0, 0.08, 0.01, 0.001))
FISHEYE = Lens(model="fisheye", focal_px=620, coefficients=(-0.03, 0.004, -0.002, 0.0003))
LENSES = {"wide": WIDE, "rational-off-centre": RATIONAL, "fisheye": FISHEYE}


def by_opencv(lens: Lens, straight_px: np.ndarray) -> np.ndarray:
    """Where that lens shows what a camera without one, its axis in the middle, would show there."""
    middle, axis = np.array(SIZE_PX) / 2, lens.centre_px or (SIZE_PX[0] / 2, SIZE_PX[1] / 2)
    rays = np.column_stack([(straight_px - middle) / lens.focal_px, np.ones(len(straight_px))])[:, None]
    k = np.array([[lens.focal_px, 0, axis[0]], [0, lens.focal_px, axis[1]], [0, 0, 1.0]])
    none, coefficients = np.zeros(3), np.array(lens.coefficients)
    project = cv2.fisheye.projectPoints if lens.model == "fisheye" else cv2.projectPoints
    return project(rays, none, none, k, coefficients)[0].reshape(-1, 2)


def spread(count: int = 500, reach: float = 0.9) -> np.ndarray:
    middle = np.array(SIZE_PX) / 2
    return middle + np.random.default_rng(5).uniform(-reach, reach, (count, 2)) * middle


@pytest.mark.parametrize("lens", LENSES.values(), ids=LENSES.keys())
def test_points_are_bent_as_opencv_bends_them_and_straightened_back(lens: Lens) -> None:
    straight, map_ = spread(), LensMap(lens, SIZE_PX)
    bent = map_.bend(straight)
    assert bent == pytest.approx(by_opencv(lens, straight), abs=1e-3)
    assert map_.straighten(bent) == pytest.approx(straight, abs=0.3)


def test_what_lies_so_far_off_that_the_formula_folds_over_is_not_shown() -> None:
    folds = LensMap(Lens(focal_px=600, coefficients=(-0.4,)), SIZE_PX)
    assert np.isnan(folds.bend(np.array([[640 + 3000.0, 360.0]]))).all()
    assert np.isfinite(folds.bend(np.array([[640 + 300.0, 360.0]]))).all()


def test_a_ground_point_where_the_lens_shows_nothing_is_refused() -> None:
    lens = Lens(model="fisheye", focal_px=400, coefficients=(0.0,))
    corners = [(300, 300), (900, 300), (900, 500), (2, 2)]
    points = tuple(GroundPoint(px=px, m=m) for px, m in zip(corners, [(0, 0), (5, 0), (5, 5), (0, 5)], strict=True))
    with pytest.raises(GroundError, match=r"points\[3\] lies where this lens shows nothing"):
        CameraGround.fit(Ground(points=points, lens=lens), SIZE_PX)


@dataclass(frozen=True)
class Seen:
    """A scenario through a lens: what is clicked of its ground, where its heads are seen, who stands where."""

    lens: Lens
    points: tuple[GroundPoint, ...]
    heads_px: np.ndarray
    feet_m: np.ndarray
    region: Region
    scenario: Scenario

    @staticmethod
    def through(lens: Lens, name: str, time_s: float) -> Seen:
        scenario = open_scenario(name, SIZE_PX)
        lens = lens.model_copy(update={"focal_px": scenario.pinhole.focal_px})
        camera = scenario.camera()
        assert camera.ground is not None
        clicked = by_opencv(lens, np.array([point.px for point in camera.ground.points]))
        moment = scenario.crowd_at(time_s)
        heads_px = by_opencv(lens, scenario.pinhole.project(scenario.heads_m(moment)))
        return Seen(
            lens=lens,
            points=tuple(
                GroundPoint(px=(float(px[0]), float(px[1])), m=point.m)
                for px, point in zip(clicked, camera.ground.points, strict=True)
            ),
            heads_px=heads_px,
            feet_m=moment.placed.feet_m,
            region=next(iter(camera.regions.values())),
            scenario=scenario,
        )

    def ground(self, lens: Lens | None) -> CameraGround:
        camera = self.scenario.camera().ground
        assert camera is not None
        return CameraGround.fit(Ground(points=self.points, head_height_m=camera.head_height_m, lens=lens), SIZE_PX)

    def density_error(self, lens: Lens | None) -> float:
        """Of the region's mean density, true heads splatted, as a share of the truth."""
        lattice = Letterbox.fit(SIZE_PX, (1024, 576)).lattice(SIZE_PX)
        measured = RegionMeter.on_ground(self.region, lattice, self.ground(lens)).measure(splat(self.heads_px, lattice))
        (x0, y0), (x1, y1) = np.min(self.region.polygon_m, axis=0), np.max(self.region.polygon_m, axis=0)
        x, y = self.feet_m.T
        true = int(((x >= x0) & (x < x1) & (y >= y0) & (y < y1)).sum()) / ((x1 - x0) * (y1 - y0))
        assert measured.density_per_m2 is not None
        return (measured.density_per_m2 - true) / true


STRAIGHT = Lens(focal_px=1, coefficients=(0.0, 0.0, 0.0, 0.0))


@pytest.mark.parametrize("lens", [WIDE, FISHEYE], ids=["wide", "fisheye"])
@pytest.mark.parametrize(("name", "time_s"), [("gate", 240.0), ("concert", 60.0)])
def test_density_through_a_lens_is_as_right_with_its_coefficients_as_without_a_lens(
    lens: Lens, name: str, time_s: float
) -> None:
    seen, pinhole = Seen.through(lens, name, time_s), Seen.through(STRAIGHT, name, time_s)
    known, ignored, none = seen.density_error(seen.lens), seen.density_error(None), pinhole.density_error(None)
    print(f"{name} through {lens.model}: {known:+.1%} with coefficients, {ignored:+.1%} without; no lens {none:+.1%}")
    assert known == pytest.approx(none, abs=0.01)
    assert abs(ignored - none) > 0.03


def test_a_region_drawn_in_the_picture_is_bent_with_it() -> None:
    seen = Seen.through(WIDE, "gate", 90.0)
    ground = seen.ground(seen.lens)
    drawn_px = ground.outline_px(seen.region)
    assert len(drawn_px) > len(seen.region.polygon_m or ())
    again_m = ground.outline_m(Region(polygon_px=tuple(map(tuple, drawn_px))))
    straight = cv2.contourArea(np.asarray(again_m, np.float32))
    assert straight == pytest.approx(cv2.contourArea(np.asarray(seen.region.polygon_m, np.float32)), rel=0.005)


def test_heads_at_the_rim_are_as_small_as_the_lens_makes_them_in_peak_and_heat_map() -> None:
    seen = Seen.through(WIDE, "gate", 90.0)
    ground = seen.ground(seen.lens)
    at_m = np.array([[3.0, 9.0]])
    left, right = (ground.head_to_image.apply(at_m + np.array([step, 0.0])) for step in (-0.05, 0.05))
    across = float(np.linalg.norm(right - left)) / 0.1
    assert 0.75 * across < float(ground.pixels_per_metre(at_m)[0]) <= across * 1.01
    lattice = Lattice(72, 128, (0.0, 0.0), (10.0, 10.0))
    heat = HeatMap(lattice, ground).per_m2(splat(seen.heads_px, lattice))
    assert np.isfinite(heat).all()
    assert 3 < float(heat.max()) < 12
