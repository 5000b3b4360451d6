"""Where everybody is at any moment, which way they face, and how they set their feet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crushwatch.simulate.cast import Placed
from crushwatch.simulate.pinhole import Points
from crushwatch.simulate.trajectory import Trajectories

_STRIDE_M = 1.35
"""Way of one full cycle of the walk, left and right step."""

_WALKS_FROM_M_S = 0.3
_TURNS_FROM_M_S = 0.2
_STRIDES_FROM_M_S = 0.6
_SWAY_M = 0.015
_LOOKS_ROUND_RAD = 0.35
_NEAR_M = 1.0
_PACKED = 14


@dataclass(frozen=True)
class Moment:
    """Those who are there: how they are placed, who they are (N,), and how they move (N, 2) in m/s."""

    placed: Placed
    ids: npt.NDArray[np.int64]
    velocities_m_s: Points


class Crowd:
    """Trajectories made continuous: between their positions people go straight on.

    looks_at_m: where those look who do not walk; without it they go on looking where they went.
    """

    def __init__(self, trajectories: Trajectories, seed: int, looks_at_m: tuple[float, float] | None = None) -> None:
        self._rate_hz = trajectories.rate_hz
        self._frames = round(trajectories.period_s * trajectories.rate_hz)
        self._period_s = trajectories.period_s
        self._looks_at_m = looks_at_m
        people = len(trajectories.paths_m)
        self._at_m = np.full((self._frames, people, 2), np.nan, np.float32)  # half of it saves 37 MB of the gate's 75
        self._velocity = np.zeros((self._frames, people, 2), np.float32)
        self._heading = np.zeros((self._frames, people), np.float32)
        self._stride = np.zeros((self._frames, people), np.float32)
        rng = np.random.default_rng(seed)
        for person, (start, path_m) in enumerate(zip(trajectories.starts, trajectories.paths_m, strict=True)):
            self._enter(person, (start + np.arange(len(path_m))) % self._frames, path_m, rng)
        self._sway_phase = rng.uniform(0, 2 * np.pi, (people, 2))
        self._sway_turns = np.rint(trajectories.period_s / rng.uniform(2.5, 6.0, (people, 2)))

    def _enter(self, person: int, frames: npt.NDArray[np.int64], path_m: Points, rng: np.random.Generator) -> None:
        path_m = _smoothed(path_m)
        velocity = np.gradient(path_m, axis=0) * self._rate_hz
        speed = np.hypot(*velocity.T)
        self._at_m[frames, person] = path_m
        self._velocity[frames, person] = velocity
        self._heading[frames, person] = _held(
            np.unwrap(np.arctan2(velocity[:, 1], velocity[:, 0])), speed > _TURNS_FROM_M_S, rng.uniform(0, 2 * np.pi)
        )
        self._stride[frames, person] = rng.uniform(0, 2 * np.pi) + np.cumsum(speed) * (
            2 * np.pi / self._rate_hz / _STRIDE_M
        )

    def at(self, time_s: float) -> Moment:
        """The crowd `time_s` seconds after the beginning of the cycle."""
        position = time_s * self._rate_hz
        before = int(np.floor(position)) % self._frames
        after, share = (before + 1) % self._frames, position - np.floor(position)
        there = np.flatnonzero(np.isfinite(self._at_m[before, :, 0]) & np.isfinite(self._at_m[after, :, 0]))
        feet_m, velocity, heading, stride = (
            values[before, there].astype(np.float64) * (1 - share) + values[after, there] * share
            for values in (self._at_m, self._velocity, self._heading, self._stride)
        )
        speed = np.hypot(*velocity.T)
        walks = speed > _WALKS_FROM_M_S
        if self._looks_at_m is not None:
            there_m = np.array(self._looks_at_m) - feet_m
            heading = np.where(speed < _STRIDES_FROM_M_S, np.arctan2(there_m[:, 1], there_m[:, 0]), heading)
        sway = np.sin(self._sway_phase[there] + 2 * np.pi * self._sway_turns[there] * time_s / self._period_s)
        feet_m = feet_m + np.where(walks[:, None], 0, _SWAY_M * sway)
        placed = Placed(
            actor=there,
            feet_m=feet_m,
            heading_rad=heading + np.where(walks, 0, _LOOKS_ROUND_RAD * sway[:, 0] * sway[:, 1]),
            stride_rad=np.where(walks, stride, np.nan),
            crowding=crowding(feet_m),
        )
        return Moment(placed, there.astype(np.int64), velocity)


def crowding(feet_m: Points) -> Points:
    """(N,) 0 to 1: how many stand within a metre of each; 1 from about 5 people per m2."""
    if len(feet_m) == 0:
        return np.empty(0)
    x, y = feet_m.T
    near = ((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2 < _NEAR_M**2).sum(axis=1) - 1
    packed: Points = np.clip(near / _PACKED, 0.0, 1.0)
    return packed


def _smoothed(path_m: Points) -> Points:
    """Centimetre steps rounded off; the ends stay."""
    if len(path_m) < 5:
        return path_m
    wide = np.concatenate([path_m[:1], path_m[:1], path_m, path_m[-1:], path_m[-1:]])
    smooth = np.stack([np.convolve(column, [0.1, 0.2, 0.4, 0.2, 0.1], "valid") for column in wide.T], axis=1)
    smooth[[0, -1]] = path_m[[0, -1]]
    return smooth


def _held(angle_rad: Points, moving: npt.NDArray[np.bool_], resting_rad: float) -> Points:
    """The angle while moving; who stops keeps the last one, who never moved has the resting one."""
    known = np.flatnonzero(moving)
    if len(known) == 0:
        return np.full(len(angle_rad), resting_rad)
    last = known[np.maximum(np.searchsorted(known, np.arange(len(angle_rad)), side="right") - 1, 0)]
    held: Points = angle_rad[last]
    return held
