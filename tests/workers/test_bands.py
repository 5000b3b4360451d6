"""From the model's table to the interval in a reading."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from crushwatch.ground import Lattice
from crushwatch.messages import RegionReading
from crushwatch.models import find_model
from crushwatch.models.band import BandLevel, BandTable
from crushwatch.regions.band import Estimate, interval
from crushwatch.site import Camera, Region, Rules, parse_site
from support.synthetic_camera import SyntheticCamera
from workers.bands import open_bands
from workers.measure import CameraMeter
from workers.reading import region_reading

LEVEL = BandLevel(people_per_block=1.0, low=-1.5, high=1.0, pictures=40, windows=800)
PEAK = LEVEL.model_copy(update={"low": -2.5})
TABLE = BandTable(model_sha256="a" * 64, count=(LEVEL,), peak=(PEAK,))
SEEN = SyntheticCamera()
LATTICE = Lattice(72, 128, (0.0, 0.0), (10.0, 10.0))
NOW = datetime(2022, 10, 29, 13, 15, tzinfo=UTC)
SQUARE_M = tuple((float(x), float(y)) for x, y in SEEN.square_in_view(6.0))


def read(camera: Camera, table: BandTable | None, people: float = 0.02, **more: object) -> RegionReading:
    """A reading of a picture with so many people a cell."""
    meter = CameraMeter(camera, Rules(), table)
    density = np.full((LATTICE.rows, LATTICE.columns), people, np.float32)
    (figures,) = meter.measure(density, LATTICE, 0.0, **more)  # type: ignore[arg-type]
    return region_reading(
        figures, site="s", camera="c", captured_at=NOW, published_at=NOW, sequence=0, model="m", engine="e"
    )


def calibrated() -> Camera:
    return Camera(
        source="sim:calm",  # type: ignore[arg-type]
        picture_size_px=SEEN.size_px,
        ground=SEEN.ground(),
        regions={"square": Region(polygon_m=SQUARE_M)},
    )


def test_a_calibrated_region_has_intervals_around_its_count_its_density_and_its_peak() -> None:
    reading = read(calibrated(), TABLE)
    band = reading.band
    assert band is not None
    assert reading.density_per_m2 is not None
    assert reading.peak_density_per_m2 is not None
    assert band.density_low_per_m2 is not None
    assert band.density_high_per_m2 is not None
    assert band.peak_density_low_per_m2 is not None
    assert band.count_low < reading.count < band.count_high
    assert band.density_low_per_m2 < reading.density_per_m2 < band.density_high_per_m2
    assert band.peak_density_low_per_m2 < reading.peak_density_per_m2
    assert (band.count_low, band.count_high) == pytest.approx(interval(Estimate(reading.count, 1e4), TABLE))


def test_the_ground_makes_a_density_less_sure_than_its_count() -> None:
    reading = read(calibrated(), TABLE)
    assert reading.band is not None
    assert reading.area_m2 is not None
    assert reading.band.density_high_per_m2 is not None
    assert reading.band.density_high_per_m2 > reading.band.count_high / reading.area_m2


def test_a_camera_that_only_counts_has_an_interval_around_its_count_alone() -> None:
    band = read(Camera(source="sim:calm"), TABLE).band  # type: ignore[arg-type]
    assert band is not None
    assert band.count_low < 0.02 * 72 * 128 < band.count_high
    assert band.density_low_per_m2 is band.peak_density_low_per_m2 is None


def test_a_model_whose_errors_are_not_known_gives_no_interval() -> None:
    assert read(calibrated(), None).band is None


@pytest.mark.parametrize(
    "faulty",
    [{"picture_doubts": ((0.0, "the picture is frozen"),)}, {"has_moved": True, "picture_doubts": ((0.0, "moved"),)}],
    ids=["frozen", "moved"],
)
def test_a_picture_that_shows_nothing_gives_no_interval(faulty: dict[str, object]) -> None:
    assert read(calibrated(), TABLE, **faulty).band is None


def test_a_table_of_other_weights_is_not_used(tmp_path: Path) -> None:
    compact = find_model("compact")
    for path in compact.path.parent.glob("compact.*"):
        shutil.copy(path, tmp_path / path.name)
    site = parse_site("id: s\ncameras: {gate: {source: 'sim:calm'}}\n")
    assert set(open_bands(find_model(str(tmp_path / "compact.onnx")), tmp_path / "site.yaml", site)) == {"gate"}
    table = tmp_path / "compact.band.json"
    table.write_text(table.read_text().replace(compact.sha256, "0" * 64))
    assert open_bands(find_model(str(tmp_path / "compact.onnx")), tmp_path / "site.yaml", site) == {}


def test_a_broken_table_is_told_and_the_watch_goes_on_without_intervals(tmp_path: Path) -> None:
    compact = find_model("compact")
    for path in compact.path.parent.glob("compact.*"):
        shutil.copy(path, tmp_path / path.name)
    site = parse_site("id: s\ncameras: {gate: {source: 'sim:calm'}}\n")
    (tmp_path / "compact.band.json").write_text('{"model_sha256": "')
    with capture_logs() as told:
        assert open_bands(find_model(str(tmp_path / "compact.onnx")), tmp_path / "site.yaml", site) == {}
    assert [(line["log_level"], line["event"]) for line in told] == [("error", "band of this model cannot be read")]
