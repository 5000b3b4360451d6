"""Where everybody walks: positions at even times, kept as centimetres in small files, looped without a seam."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crushwatch.simulate.pinhole import Points


@dataclass(frozen=True)
class Trajectories:
    """Paths of people on the ground.

    rate_hz: positions a second       period_s: length of the cycle
    starts: (N,) index of each path's first position, 0 to period * rate
    paths_m: N arrays (length, 2); one that goes on beyond the end of the cycle continues at its beginning
    """

    rate_hz: float
    period_s: float
    starts: npt.NDArray[np.int64]
    paths_m: tuple[Points, ...]


def save_trajectories(path: Path, trajectories: Trajectories) -> None:
    """Write centimetres, each path as its first point and the steps from there: most steps fit into a byte."""
    paths_cm = [np.rint(path_m * 100).astype(np.int16) for path_m in trajectories.paths_m]
    steps = [np.concatenate([path_cm[:1], np.diff(path_cm, axis=0)]) for path_cm in paths_cm]
    np.savez_compressed(
        path,
        rate_hz=np.float64(trajectories.rate_hz),
        period_s=np.float64(trajectories.period_s),
        starts=trajectories.starts.astype(np.int16),
        lengths=np.array([len(path_cm) for path_cm in paths_cm], dtype=np.int16),
        steps_cm=np.concatenate(steps),
    )


def load_trajectories(path: Path) -> Trajectories:
    """What `save_trajectories` wrote, to the centimetre."""
    with np.load(path) as stored:
        ends = np.cumsum(stored["lengths"].astype(np.int64))
        steps = np.split(stored["steps_cm"].astype(np.float64) / 100, ends[:-1])
        return Trajectories(
            float(stored["rate_hz"]),
            float(stored["period_s"]),
            stored["starts"].astype(np.int64),
            tuple(np.cumsum(step, axis=0) for step in steps),
        )
