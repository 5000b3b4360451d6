"""Tracks of real and simulated people, for PedPy and for a camera that stands over them."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pedpy
import pytest

from crushwatch.ground import CameraGround
from support.synthetic_camera import SyntheticCamera
from workers.batch.letterbox import Letterbox
from workers.replay.moment import Moment
from workers.replay.truth import TrueFrame, true_moment

REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("CRUSHWATCH_DATA", REPOSITORY.parent / "shared" / "data"))
HEAD_HEIGHT_M = 1.6


@dataclass(frozen=True)
class Tracks:
    """rows: (N, 4) person, frame, x, y in metres, ordered by frame."""

    rate_hz: float
    rows: np.ndarray

    def shifted(self, x_m: float, y_m: float) -> Tracks:
        return Tracks(self.rate_hz, self.rows + np.array([0, 0, x_m, y_m]))

    def between(self, first: int, last: int) -> Tracks:
        inside = (self.rows[:, 1] >= first) & (self.rows[:, 1] <= last)
        return Tracks(self.rate_hz, self.rows[inside])

    def pedpy(self) -> pedpy.TrajectoryData:
        table = pd.DataFrame(self.rows, columns=["id", "frame", "x", "y"]).astype({"id": int, "frame": int})
        return pedpy.TrajectoryData(data=table, frame_rate=self.rate_hz)


def real_tracks(name: str) -> Tracks:
    """Juelich's tracks, 16 frames a second; skips where the data is not there."""
    rows = _stored_rows(name)
    return Tracks(16.0, rows[np.lexsort((rows[:, 0], rows[:, 1]))])


def square_tracks() -> Tracks:
    """WILDTRACK's square: frame, person, x, y at ten frames a second of which every fifth is labelled."""
    rows = _stored_rows("wildtrack_positions")[:, [1, 0, 2, 3]]
    rows[:, 1] /= 5
    return Tracks(2.0, rows[np.lexsort((rows[:, 0], rows[:, 1]))])


def _stored_rows(name: str) -> np.ndarray:
    path = DATA / "ground_tracks_no_images" / f"{name}.csv.gz"
    if not path.is_file():
        pytest.skip(f"NOT RUN: no real tracks at {path}; CRUSHWATCH_DATA names their folder")
    with gzip.open(path, "rt") as file:
        return np.loadtxt(file, delimiter=",", skiprows=1)


def simulated_tracks(name: str) -> Tracks:
    """A scenario's own trajectories, five frames a second, one cycle."""
    from crushwatch.simulate.scenario import _TRAJECTORIES
    from crushwatch.simulate.trajectory import load_trajectories

    stored = load_trajectories(_TRAJECTORIES / f"{name}.npz")
    rows = [
        np.column_stack([np.full(len(path), number), start + np.arange(len(path)), path])
        for number, (start, path) in enumerate(zip(stored.starts, stored.paths_m, strict=True))
    ]
    joined = np.concatenate(rows)
    return Tracks(stored.rate_hz, joined[np.lexsort((joined[:, 0], joined[:, 1]))])


def speeds(tracks: Tracks) -> pd.DataFrame:
    """PedPy's speeds with velocities, over half a second."""
    step = max(1, round(tracks.rate_hz / 4))
    return pedpy.compute_individual_speed(
        traj_data=tracks.pedpy(),
        frame_step=step,
        compute_velocity=True,
        speed_calculation=pedpy.SpeedCalculation.BORDER_SINGLE_SIDED,
    )


def seen_by(camera: SyntheticCamera, tracks: Tracks, rate_hz: float) -> Iterator[tuple[int, Moment]]:
    """Each analysed frame of the tracks as a camera without fault sees it, with its number in the tracks."""
    ground = CameraGround.fit(camera.ground(), camera.size_px)
    lattice = Letterbox.fit(camera.size_px, (1024, 576)).lattice(camera.size_px)
    table = pd.DataFrame(tracks.rows, columns=["id", "frame", "x", "y"]).merge(speeds(tracks), on=["id", "frame"])
    every = round(tracks.rate_hz / rate_hz)
    for number, group in table.groupby("frame"):
        if int(number) % every:
            continue
        feet_m = group[["x", "y"]].to_numpy()
        heads_px = camera.project(np.column_stack([feet_m, np.full(len(feet_m), HEAD_HEIGHT_M)]))
        frame = TrueFrame(int(number) / tracks.rate_hz, heads_px, feet_m, group[["v_x", "v_y"]].to_numpy())
        yield int(number), true_moment(frame, lattice, ground)
