"""A recording of which everything is known, as `crushwatch simulate --truth` writes it: true heads, none counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crushwatch.errors import UnreadableError
from crushwatch.ground import CameraGround, Lattice
from crushwatch.regions.motion import Displacement, VectorField
from crushwatch.site import Camera
from workers.batch.letterbox import Letterbox
from workers.capture.source import Truth
from workers.replay.moment import Moment

SUFFIXES = (".json", ".h5", ".hdf5")
APART_S = 0.1
"""How far back the true velocities are followed to say where people have come from."""

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrueFrame:
    """heads_px, feet_m, velocities_m_s: (N, 2), person by person."""

    time_s: float
    heads_px: Points
    feet_m: Points
    velocities_m_s: Points


def true_moments(path: Path, camera: Camera) -> Iterator[Moment]:
    """The true heads at the camera's rate of analysis, on the lattice that its network would have."""
    size_px, frames = read_truth(path)
    drawn_px = camera.picture_size_px or size_px
    lattice = Letterbox.fit(size_px, camera.engine_shape).lattice(drawn_px)
    scale = np.array(drawn_px) / np.array(size_px)
    ground = None if camera.ground is None else CameraGround.fit(camera.ground, drawn_px)
    due_s = 0.0
    for frame in frames:
        if frame.time_s < due_s - 1e-6:
            continue
        due_s = frame.time_s + 1 / camera.analysis_rate_hz
        yield true_moment(replace(frame, heads_px=frame.heads_px * scale), lattice, ground)


def true_moment(frame: TrueFrame, lattice: Lattice, ground: CameraGround | None) -> Moment:
    """What a network and an optical flow without fault would say of the frame; heads in the lattice's pixels."""
    displacement = None if ground is None else _displacement(frame, lattice, ground)
    truth = Truth(frame.heads_px, frame.feet_m)
    return Moment(frame.time_s, splat(frame.heads_px, lattice), lattice, displacement, truth)


def splat(heads_px: Points, lattice: Lattice) -> npt.NDArray[np.float32]:
    """(rows, columns) people a cell: each head spread over the four cells around it; those off the lattice are lost."""
    people = np.zeros((lattice.rows, lattice.columns), np.float32)
    for rows, columns, shares in _neighbours(heads_px, lattice):
        np.add.at(people, (rows, columns), shares)
    return people


def read_truth(path: Path) -> tuple[tuple[int, int], list[TrueFrame]]:
    """Width and height of the picture, and the frames in order of time, the first at 0 s; raises SourceError."""
    try:
        size_px, frames = _read_json(path) if path.suffix.lower() == ".json" else _read_hdf5(path)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UnreadableError(
            f"{path}: not a truth of `crushwatch simulate --truth`: {type(error).__name__}: {error}"
        ) from None
    if not frames:
        raise UnreadableError(f"{path}: no frames in it")
    begin_s = frames[0].time_s
    return size_px, [TrueFrame(f.time_s - begin_s, f.heads_px, f.feet_m, f.velocities_m_s) for f in frames]


def _read_json(path: Path) -> tuple[tuple[int, int], list[TrueFrame]]:
    said = json.loads(path.read_text(encoding="utf-8"))
    width, height = said["size_px"]
    return (int(width), int(height)), [
        TrueFrame(
            float(frame["time_s"]),
            _points(frame["heads_px"]),
            _points(frame["feet_m"]),
            _points(frame["velocities_m_s"]),
        )
        for frame in said["frames"]
    ]


def _read_hdf5(path: Path) -> tuple[tuple[int, int], list[TrueFrame]]:
    try:
        import h5py
    except ImportError as error:
        raise UnreadableError(f"{path}: HDF5 needs h5py; pip install 'crushwatch[train]', or take .json") from error
    with h5py.File(path) as file:
        width, height = json.loads(file.attrs["size_px"])
        ends = np.cumsum(np.asarray(file["people"], dtype=np.int64))[:-1]
        columns = [np.split(_points(file[name]), ends) for name in ("heads_px", "feet_m", "velocities_m_s")]
        times = np.asarray(file["time_s"], dtype=np.float64)
    return (int(width), int(height)), [TrueFrame(float(t), *rows) for t, *rows in zip(times, *columns, strict=True)]


def _points(values: object) -> Points:
    return np.asarray(values, dtype=np.float64).reshape(-1, 2)


def _displacement(frame: TrueFrame, lattice: Lattice, ground: CameraGround) -> Displacement:
    """Where the heads were APART_S ago by their true velocities."""
    before_m = frame.feet_m - frame.velocities_m_s * APART_S
    moved_px = ground.head_to_image.apply(frame.feet_m) - ground.head_to_image.apply(before_m)
    moved = np.nan_to_num(moved_px / np.asarray(lattice.pitch_px))
    weights = np.full((lattice.rows, lattice.columns), 1e-9)
    sums: VectorField = np.zeros((lattice.rows, lattice.columns, 2), np.float32)
    inside = _inside(frame.heads_px, lattice)
    for rows, columns, shares in _neighbours(frame.heads_px, lattice):
        np.add.at(weights, (rows, columns), shares)
        np.add.at(sums, (rows, columns), moved[inside] * shares[:, None])
    return Displacement((sums / weights[:, :, None]).astype(np.float32), APART_S)


def _inside(heads_px: Points, lattice: Lattice) -> npt.NDArray[np.bool_]:
    at = (heads_px - lattice.origin_px) / lattice.pitch_px
    return np.asarray(((at >= 0) & (at < (lattice.columns, lattice.rows))).all(axis=1), dtype=np.bool_)


def _neighbours(
    heads_px: Points, lattice: Lattice
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    """For each of the four cells around every head inside: its row, its column, and the head's share in it."""
    heads = heads_px[_inside(heads_px, lattice)]
    at = (heads - lattice.origin_px) / lattice.pitch_px - 0.5
    low = np.floor(at).astype(np.int64)
    part = at - low
    for right in (0, 1):
        for down in (0, 1):
            shares = np.abs(1 - right - part[:, 0]) * np.abs(1 - down - part[:, 1])
            columns = np.clip(low[:, 0] + right, 0, lattice.columns - 1)
            rows = np.clip(low[:, 1] + down, 0, lattice.rows - 1)
            yield rows, columns, shares
