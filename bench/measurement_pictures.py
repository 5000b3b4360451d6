"""python -m bench.measurement_pictures: draw the pictures of docs/measurement.md from the simulator, a minute or two.

docs/pictures/truth-and-measured.png: densities over a cycle, true, from true heads, and counted with their interval.
docs/pictures/heat-on-the-ground.jpg: one moment in the picture and on the ground plane, with everybody's feet.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from crushwatch.ground import GroundGrid, Scatter
from crushwatch.models import find_model
from crushwatch.models.band import BandTable, band_beside
from crushwatch.regions.field import RADIUS_M
from crushwatch.simulate import Scenario, open_scenario
from workers.infer.choose import open_engine
from workers.infer.engine import Engine
from workers.validate.counted import Counter
from workers.validate.on_ground import measured_series, true_series
from workers.validate.views import floor_of, outline_of, own_ground, view_of

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
CROWDS = {"gate": "before-gate", "concert": "front", "evacuation": "west-door", "calm": "concourse"}
COUNTED = 10
"""Pictures of each cycle."""
SAMPLES_PER_SIDE = 6


def main() -> None:
    """Draw both."""
    model = find_model("compact")
    engine, table = open_engine("openvino", model, batch_size=1), band_beside(model.path, model.sha256)
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), width_ratios=(1.5, 1), layout="constrained")
    _heat(axes, open_scenario("gate"), "before-gate", engine, table)
    figure.savefig(PICTURES / "heat-on-the-ground.jpg", dpi=80, pil_kwargs={"quality": 80})
    figure, axes = plt.subplots(2, 2, figsize=(10, 5.6), layout="constrained")
    for axis, (name, region) in zip(axes.flat, CROWDS.items(), strict=True):
        _over_time(axis, open_scenario(name), region, engine, table)
    axes.flat[0].legend(fontsize=7, frameon=False)
    figure.savefig(PICTURES / "truth-and-measured.png", dpi=80)
    engine.close()


def _over_time(axis: Axes, scenario: Scenario, region: str, engine: Engine, table: BandTable | None) -> None:
    times_s = np.arange(0, scenario.duration_s, 2.0)
    moments = [scenario.crowd_at(float(time_s)) for time_s in times_s]
    true = true_series(floor_of(scenario, region), moments)
    at_30 = measured_series(view_of(scenario, region, 30.0), moments)
    axis.plot(times_s, true.density_per_m2, color="#222222", lw=2.2, label="true, mean of the region")
    axis.plot(times_s, at_30.density_per_m2, color="#e08a00", lw=1.0, label="true heads, camera at 30°")
    axis.plot(times_s, true.peak_per_m2, color="#999999", lw=1.6, label="true, fullest 3 m x 3 m")
    axis.plot(times_s, at_30.peak_per_m2, color="#7a4fbf", lw=0.9, label="true heads, fullest 3 m x 3 m")
    counter = Counter(scenario.camera(), engine, table)
    step_s = scenario.duration_s / COUNTED
    for time_s in np.arange(step_s / 2, scenario.duration_s, step_s):
        frame = scenario.frame(float(time_s))
        for pair in counter.pairs(frame.image, frame.heads_px, frame.feet_m):
            if pair.region == region and pair.density_per_m2 is not None:
                low, high = (pair.band and pair.band.density_per_m2) or (pair.density_per_m2, pair.density_per_m2)
                off = [[pair.density_per_m2 - low], [high - pair.density_per_m2]]
                label = "counted, 90 % band" if time_s < step_s else None
                axis.errorbar([time_s], [pair.density_per_m2], off, fmt="o", ms=3, lw=0.9, color="#0b6e99", label=label)
    axis.set_title(f"sim:{scenario.name}, {region}", fontsize=9)
    axis.set_xlabel("s", fontsize=8)
    axis.set_ylabel("people per m²", fontsize=8)
    axis.tick_params(labelsize=8)
    axis.grid(alpha=0.25)


def _heat(axes: tuple[Axes, Axes], scenario: Scenario, region: str, engine: Engine, table: BandTable | None) -> None:
    """The fullest moment of the cycle, as the camera sees it and on the ground."""
    outline = outline_of(scenario, region)
    times_s = np.arange(0, scenario.duration_s, 5.0)
    moments = [scenario.crowd_at(float(time_s)) for time_s in times_s]
    fullest = true_series(floor_of(scenario, region), moments).count.argmax()
    frame = scenario.frame(float(times_s[fullest]))
    people, lattice = Counter(scenario.camera(), engine, table).count(frame.image)
    ground = own_ground(scenario)
    grid = GroundGrid.around(np.vstack([outline.min(axis=0) - 2.5, outline.max(axis=0) + 4.5]), 0.25)
    samples_m = ground.image_to_head.apply(lattice.samples(SAMPLES_PER_SIDE))
    on_ground = Scatter.build(grid, samples_m, SAMPLES_PER_SIDE**2).apply(people)
    per_m2 = _around(on_ground, RADIUS_M / np.sqrt(2) / grid.cell_m) / grid.cell_m**2
    left, low = grid.origin_m
    extent = (left, left + grid.columns * grid.cell_m, low, low + grid.rows * grid.cell_m)
    axes[0].imshow(frame.image)
    axes[0].plot(*_closed(ground.ground_to_image.apply(outline)).T, color="#ffffff", lw=1.4)
    axes[0].set_axis_off()
    axes[0].set_title(f"sim:{scenario.name} at {times_s[fullest]:.0f} s, the region drawn white", fontsize=9)
    drawn = axes[1].imshow(per_m2, origin="lower", extent=extent, cmap="inferno", vmin=0, vmax=8)
    axes[1].plot(*frame.feet_m.T, ".", ms=2.5, color="#58d5ff")
    axes[1].plot(*_closed(outline).T, color="#ffffff", lw=1.4)
    axes[1].set(xlim=extent[:2], ylim=extent[2:])
    axes[1].set_title("counted, on the ground; dots: true feet", fontsize=9)
    axes[1].tick_params(labelsize=8)
    axes[1].set_xlabel("m", fontsize=8)
    plt.colorbar(drawn, ax=axes[1], label="people per m²")


def _around(people: np.ndarray, sigma_cells: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(people, (0, 0), sigma_cells))


def _closed(outline: np.ndarray) -> np.ndarray:
    return np.vstack([outline, outline[:1]])


if __name__ == "__main__":
    main()
