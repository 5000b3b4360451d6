"""What a device measures of regions is what the processor measures of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from crushwatch.ground import CameraGround, Lattice
from crushwatch.models import find_model
from crushwatch.regions import Measurement, RegionMeter
from crushwatch.site import Region
from support.synthetic_camera import SyntheticCamera
from workers.infer.torch import TorchEngine
from workers.infer.torch_regions import DeviceRegions

LATTICE = Lattice(rows=72, columns=128, origin_px=(0, 0), pitch_px=(10, 10))
SQUARE = Region(polygon_m=((-5, 8), (5, 8), (5, 16), (-5, 16)))
STRIP = Region(polygon_m=((-2, 9), (3, 10), (2, 14)))
WIDE = Region(polygon_m=((-70, 20), (70, 20), (70, 60), (-70, 60)))
DRAWN = Region(polygon_px=((100, 100), (900, 150), (700, 600)), area_m2=120)


def on_ground(region: Region, **camera: float) -> RegionMeter:
    seen_by = SyntheticCamera(**camera)
    return RegionMeter.on_ground(region, LATTICE, CameraGround.fit(seen_by.ground(), seen_by.size_px))


@pytest.fixture(scope="module")
def meters() -> dict[str, dict[str, RegionMeter]]:
    """Regions of every kind, over three cameras."""
    return {
        "high": {"square": on_ground(SQUARE, height_m=8, tilt_deg=35), "strip": on_ground(STRIP, height_m=8)},
        "low": {"square": on_ground(SQUARE), "wide": on_ground(WIDE, height_m=12, tilt_deg=20)},
        "uncalibrated": {
            "drawn": RegionMeter.in_picture(DRAWN, LATTICE),
            "picture": RegionMeter.whole_picture(LATTICE),
        },
    }


def same(found: Measurement, wanted: Measurement) -> None:
    for name in ("count", "area_m2", "density_per_m2", "peak_density_per_m2"):
        one, other = getattr(found, name), getattr(wanted, name)
        assert one is other is None or one == pytest.approx(other, rel=2e-4, abs=1e-4), name


@pytest.mark.parametrize("cameras", [("high", "low", "uncalibrated"), ("low",), ("uncalibrated", "high")])
def test_a_batch_of_any_cameras_is_measured_as_one_by_one(
    meters: dict[str, dict[str, RegionMeter]], cameras: tuple[str, ...]
) -> None:
    regions = DeviceRegions(meters, "cpu")
    for seed in range(3):
        density = np.random.default_rng(seed).gamma(0.3, 0.3, (len(cameras), 72, 128)).astype(np.float32)
        found = regions.measure(cameras, torch.from_numpy(density))
        for camera, of, map_ in zip(cameras, found, density, strict=True):
            assert of.keys() == meters[camera].keys()
            for key, measurement in of.items():
                same(measurement, meters[camera][key].measure(map_))


def test_people_in_cells_that_lie_partly_in_a_region_count_by_the_part_on_either_device(
    meters: dict[str, dict[str, RegionMeter]],
) -> None:
    regions = DeviceRegions(meters, "cpu")
    for camera, key in (("high", "strip"), ("low", "wide"), ("uncalibrated", "drawn")):
        shares = meters[camera][key].tables().weights.reshape(72, 128)
        edge = ((shares > 0) & (shares < 1)).astype(np.float32)
        wanted = meters[camera][key].measure(edge)
        assert 0 < wanted.count < 0.8 * edge.sum()
        same(regions.measure((camera,), torch.from_numpy(edge[None]))[0][key], wanted)


def test_an_engines_density_is_measured_where_it_lies(meters: dict[str, dict[str, RegionMeter]]) -> None:
    engine = TorchEngine(find_model("compact"), threads=1, batch_size=2, device="cpu")
    images = np.random.default_rng(0).integers(0, 256, (3, 576, 1024, 3), dtype=np.uint8)
    density = engine.on_device(images)
    np.testing.assert_allclose(density.numpy(), engine.infer(images), atol=1e-5)
    found = DeviceRegions(meters, "cpu").measure(tuple(meters), density)
    same(found[2]["picture"], meters["uncalibrated"]["picture"].measure(density[2].numpy()))
