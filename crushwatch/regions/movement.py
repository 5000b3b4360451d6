"""What a region's people do over the last seconds: the motion figures that a reading carries."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from crushwatch.ground import CameraGround, Lattice, laid_down
from crushwatch.ground.polygon import contains
from crushwatch.regions.compression import divergence
from crushwatch.regions.counterflow import counterflow_share
from crushwatch.regions.field import REACH_M, FieldMeter, LocalField, window_means
from crushwatch.regions.flow import DEPTH_M, Crossing, GateMeter, Turnstile
from crushwatch.regions.motion import Motion, crowd_motion
from crushwatch.regions.pressure import crowd_pressure
from crushwatch.regions.waves import Wave, stop_and_go
from crushwatch.site import Gate, Region

WINDOW_S = 10.0
"""Over so long pressure, compression and flow are taken: some steps of a walker, a tenth of a queue's wave."""
FIELD_EVERY_S = 0.9
FIELD_NEEDS = 5
WAVE_WINDOW_S = 120.0
STALE_S = 3.0
"""Motion is measured less often than density; older figures than this are none."""
SAMPLES_PER_SIDE = 3

_Timed = TypeVar("_Timed", bound=tuple[Any, ...])
"""A moment in seconds, and what was then."""


@dataclass(frozen=True)
class GateFigures:
    """Averages over WINDOW_S and the running difference of one gate."""

    width_m: float
    in_per_m_min: float
    out_per_m_min: float
    net_people: float


@dataclass(frozen=True)
class Movement:
    """None: not known yet, or nobody there whose motion could be told."""

    motion: Motion | None
    counterflow_share: float | None
    pressure_per_s2: float | None
    divergence_per_s: float | None
    wave: Wave | None
    gates: dict[str, GateFigures]


class MovementMeter:
    """One region of a calibrated camera: its outline on the lattice, its gates, and its last seconds."""

    def __init__(self, region: Region, gates: Mapping[str, Gate], lattice: Lattice, ground: CameraGround) -> None:
        outline_m = ground.outline_m(region)
        lines_m = {key: ground.line_m(gate) for key, gate in gates.items()}
        reach_m = np.concatenate([outline_m, *lines_m.values()])
        samples_m = laid_down(ground, lattice, SAMPLES_PER_SIDE, around_m=reach_m, margin_m=max(REACH_M, DEPTH_M))
        per_cell = SAMPLES_PER_SIDE**2
        share = contains(outline_m, samples_m).reshape(-1, per_cell).mean(axis=1)
        self._cells = np.flatnonzero(share)
        self._share = share[self._cells]
        self._field = FieldMeter(outline_m, samples_m, per_cell)
        middle_m = outline_m.mean(axis=0)
        self._gates = {
            key: _GateKeeper(GateMeter(lines_m[key], middle_m, samples_m, per_cell, gate.width_m))
            for key, gate in gates.items()
        }
        self._motions: deque[tuple[float, Motion, float | None]] = deque()
        self._fields: deque[tuple[float, LocalField]] = deque()
        self._speeds: deque[tuple[float, float]] = deque()
        self._around: tuple[float | None, float | None] = (None, None)
        self._added_at_s: float | None = None

    def add(self, time_s: float, people: npt.NDArray[np.floating], velocity_m_s: npt.NDArray[np.floating]) -> None:
        """people: (rows, columns) a cell; velocity_m_s: (rows, columns, 2). A step back in time begins anew."""
        if self._added_at_s is not None and time_s < self._added_at_s:
            self._motions.clear()
            self._fields.clear()
            self._speeds.clear()
        self._added_at_s = time_s
        inside, steps = people.reshape(-1)[self._cells] * self._share, velocity_m_s.reshape(-1, 2)[self._cells]
        motion = crowd_motion(inside, steps)
        if motion is not None:
            self._motions.append((time_s, motion, counterflow_share(inside, steps)))
            self._speeds.append((time_s, motion.speed_m_s))
        for gate in self._gates.values():
            gate.add(time_s, people, velocity_m_s)
        if not self._fields or time_s - self._fields[-1][0] >= FIELD_EVERY_S:
            self._fields.append((time_s, self._field.local(people, velocity_m_s)))
            _forget(self._fields, time_s - WINDOW_S)
            self._around = self._pressure_and_divergence()
        _forget(self._speeds, time_s - WAVE_WINDOW_S)

    def figures(self, time_s: float, window_s: float) -> Movement | None:
        """Over the last `window_s` (pressure, flow and waves over their own windows); None where nothing is known."""
        _forget(self._motions, time_s - max(window_s, STALE_S))
        if self._added_at_s is None or not 0 <= time_s - self._added_at_s <= STALE_S:
            return None
        shares = [share for _time_s, _motion, share in self._motions if share is not None]
        pressure, compression = self._around
        return Movement(
            motion=_mean_motion([motion for _time_s, motion, _share in self._motions]),
            counterflow_share=statistics.median(shares) if shares else None,
            pressure_per_s2=pressure,
            divergence_per_s=compression,
            wave=self._wave(),
            gates={key: gate.figures() for key, gate in self._gates.items()},
        )

    def _wave(self) -> Wave | None:
        if not self._speeds:
            return None
        times_s, speeds_m_s = np.array(self._speeds).T
        return stop_and_go(times_s, speeds_m_s)

    def _pressure_and_divergence(self) -> tuple[float | None, float | None]:
        """The highest pressure and the lowest divergence over 3 m x 3 m; None before there are enough moments."""
        if len(self._fields) < FIELD_NEEDS:
            return None, None
        density = np.stack([field.density_per_m2 for _time_s, field in self._fields])
        velocity = np.stack([field.velocity_m_s for _time_s, field in self._fields])
        seen = np.isfinite(velocity).sum(axis=0)
        mean = np.where(seen > 0, np.nan_to_num(velocity).sum(axis=0) / np.maximum(seen, 1), np.nan)
        cell_m, share = self._field.grid.cell_m, self._field.share
        pressures = window_means(crowd_pressure(density, velocity), share, cell_m)
        divergences = window_means(divergence(mean, cell_m), share, cell_m)
        highest = float(pressures.max()) if len(pressures) else None
        return highest, float(divergences.min()) if len(divergences) else None


class _GateKeeper:
    """One gate's last seconds."""

    def __init__(self, meter: GateMeter) -> None:
        self._meter = meter
        self._turnstile = Turnstile()
        self._net_people = 0.0
        self._crossings: deque[tuple[float, Crossing]] = deque()

    def add(self, time_s: float, people: npt.NDArray[np.floating], velocity_m_s: npt.NDArray[np.floating]) -> None:
        crossing = self._meter.measure(people, velocity_m_s)
        self._net_people = self._turnstile.add(time_s, crossing)
        if self._crossings and time_s < self._crossings[-1][0]:
            self._crossings.clear()
        self._crossings.append((time_s, crossing))
        _forget(self._crossings, time_s - WINDOW_S)

    def figures(self) -> GateFigures:
        width_m = self._meter.width_m
        inwards = [crossing.in_per_m_min(width_m) for _time_s, crossing in self._crossings]
        outwards = [crossing.out_per_m_min(width_m) for _time_s, crossing in self._crossings]
        return GateFigures(width_m, _mean(inwards), _mean(outwards), self._net_people)


def _mean_motion(motions: list[Motion]) -> Motion | None:
    """Medians of speed and variance, the mean of the velocities: a direction has no median."""
    if not motions:
        return None
    return Motion(
        speed_m_s=statistics.median(motion.speed_m_s for motion in motions),
        velocity_m_s=(
            _mean([motion.velocity_m_s[0] for motion in motions]),
            _mean([motion.velocity_m_s[1] for motion in motions]),
        ),
        variance_m2_s2=statistics.median(motion.variance_m2_s2 for motion in motions),
    )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _forget(past: deque[_Timed], before_s: float) -> None:
    while past and past[0][0] < before_s:
        past.popleft()
