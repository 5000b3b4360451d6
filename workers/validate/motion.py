"""Speed and flow by optical flow between drawn pictures, against how people truly walk; true heads weigh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from crushwatch.ground import Lattice, laid_down
from crushwatch.ground.polygon import contains
from crushwatch.regions.flow import GateMeter
from crushwatch.regions.motion import Displacement, GroundMotion, crowd_motion
from crushwatch.regions.movement import SAMPLES_PER_SIDE
from crushwatch.simulate import Scenario, SimulatedFrame
from crushwatch.simulate.pinhole import Points
from workers.batch.letterbox import Letterbox
from workers.batch.motion import MotionMeter
from workers.capture.picture import ArrayPicture
from workers.capture.source import Earlier, Frame
from workers.replay.run import START
from workers.replay.truth import splat
from workers.validate.views import outline_of, own_ground

APART_S = 0.1
STANDING_M_S = 0.2
"""Of slower crowds a share says nothing."""
FEWEST_CROSSINGS = 10


@dataclass(frozen=True)
class MotionRow:
    """One region over some seconds. crossings: people over the line across its middle, both ways, `crossed` of them.

    Errors are shares of the truth, with their signs; None where too little moves.
    """

    scenario: str
    region: str
    from_s: float
    seconds: float
    true_m_s: float
    speed_m_s: float
    speed_error: float | None
    true_crossings: int
    crossings: float
    flow_error: float | None


def motion_row(scenario: Scenario, region: str, seconds: float, rate_hz: float = 1.0) -> MotionRow:
    """Over the `seconds` of the cycle in which most people cross the region's middle."""
    outline = outline_of(scenario, region)
    line_m = middle_line(outline)
    from_s, true_crossings = busiest(scenario, line_m, seconds)
    meter = _Meter(scenario, outline, line_m)
    times_s = from_s + (np.arange(round(seconds * rate_hz)) + 0.5) / rate_hz
    found = [meter.measure(scenario.frame(time_s - APART_S), scenario.frame(time_s), time_s) for time_s in times_s]
    speed, true, across_per_s = (np.array(column, dtype=np.float64) for column in zip(*found, strict=True))
    both = np.isfinite(speed) & np.isfinite(true)
    speed_m_s, true_m_s = (float(each[both].mean()) if both.any() else 0.0 for each in (speed, true))
    crossings = float(across_per_s.mean()) * seconds
    return MotionRow(
        scenario=scenario.name,
        region=region,
        from_s=from_s,
        seconds=seconds,
        true_m_s=true_m_s,
        speed_m_s=speed_m_s,
        speed_error=speed_m_s / true_m_s - 1 if true_m_s >= STANDING_M_S else None,
        true_crossings=true_crossings,
        crossings=crossings,
        flow_error=crossings / true_crossings - 1 if true_crossings >= FEWEST_CROSSINGS else None,
    )


def middle_line(outline_m: Points) -> Points:
    """(2, 2): across the region at half its depth, from side to side.

    >>> middle_line(np.array([[0.0, 2.0], [4.0, 2.0], [4.0, 6.0], [0.0, 6.0]])).tolist()
    [[0.0, 4.0], [4.0, 4.0]]
    """
    (left, low), (right, high) = outline_m.min(axis=0), outline_m.max(axis=0)
    return np.array([[left, (low + high) / 2], [right, (low + high) / 2]])


def busiest(scenario: Scenario, line_m: Points, seconds: float, step_s: float = 5.0) -> tuple[float, int]:
    """When most people cross the line, and how many then; feet, ten times a second, as PedPy's N-t counts them."""
    rate_hz = scenario.frame_rate_hz
    crossed = crossings_by_frame(scenario, line_m)
    begins = np.arange(0, max(scenario.duration_s - seconds, 0) + step_s / 2, step_s)
    counts = [int(crossed[round(begin * rate_hz) : round((begin + seconds) * rate_hz)].sum()) for begin in begins]
    best = int(np.argmax(counts))
    return float(begins[best]), counts[best]


def crossings_by_frame(scenario: Scenario, line_m: Points) -> npt.NDArray[np.int64]:
    """(frames - 1,): how many step over the line, which runs along x, from each frame to the next, either way."""
    (left, y_m), (right, _y_m) = line_m
    places = np.full((round(scenario.duration_s * scenario.frame_rate_hz), len(scenario.heights_m), 2), np.nan)
    for frame, place in enumerate(places):
        moment = scenario.crowd_at(frame / scenario.frame_rate_hz)
        place[moment.ids] = moment.placed.feet_m
    x_m, beyond = places[1:, :, 0], np.where(np.isfinite(places[:, :, 1]), places[:, :, 1] >= y_m, np.nan)
    with np.errstate(invalid="ignore"):
        crossed = (np.abs(np.diff(beyond, axis=0)) == 1) & (x_m >= left) & (x_m <= right)
    counts: npt.NDArray[np.int64] = crossed.sum(axis=1)
    return counts


class _Meter:
    """One region's and one line's meters."""

    def __init__(self, scenario: Scenario, outline_m: Points, line_m: Points) -> None:
        ground = own_ground(scenario)
        self._box = Letterbox.fit(scenario.size_px, scenario.camera().engine_shape)
        self._lattice: Lattice = self._box.lattice(scenario.size_px)
        self._to_ground = GroundMotion(self._lattice, ground)
        samples_m, per_cell = laid_down(ground, self._lattice, SAMPLES_PER_SIDE), SAMPLES_PER_SIDE**2
        self._outline_m = outline_m
        self._share = contains(outline_m, samples_m).reshape(-1, per_cell).mean(axis=1)
        self._gate = GateMeter(line_m, line_m.mean(axis=0) + np.array([0.0, 1.0]), samples_m, per_cell, None)

    def measure(self, before: SimulatedFrame, now: SimulatedFrame, time_s: float) -> tuple[float, float, float]:
        """Measured and true mean speed inside (NaN without anybody), and people a second over the line, both ways."""
        people = splat(now.heads_px, self._lattice)
        velocity = self._to_ground.velocity_m_s(self._displacement(before, now, time_s))
        motion = crowd_motion(people.reshape(-1) * self._share, velocity.reshape(-1, 2))
        inside = contains(self._outline_m, now.feet_m)
        true = float(np.hypot(*now.velocities_m_s[inside].T).mean()) if inside.any() else np.nan
        crossing = self._gate.measure(people, velocity)
        return (np.nan if motion is None else motion.speed_m_s), true, crossing.in_per_s + crossing.out_per_s

    def _displacement(self, before: SimulatedFrame, now: SimulatedFrame, time_s: float) -> Displacement:
        picture = ArrayPicture(now.image)
        frame = Frame("scenario", picture, START, time_s, 0, earlier=Earlier(ArrayPicture(before.image), APART_S))
        found = MotionMeter().measure(frame, self._box, self._box.image(picture))
        return cast(Displacement, found)  # a new meter measures at once
