"""What a scenario shows, on disk: a video, and the truth of its frames as JSON or HDF5."""

from __future__ import annotations

import errno
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np

from crushwatch.errors import SiteError, SourceError
from crushwatch.output import whole_file
from crushwatch.simulate.scenario import Scenario, SimulatedFrame

Write = Callable[[float, SimulatedFrame], None]
"""Takes the time of a frame and the frame."""

_CONTAINERS = (".mp4", ".mkv", ".mov", ".avi", ".ts")
_TRUTHS = ("heads_px", "feet_m", "velocities_m_s", "ids")


@contextmanager
def video_writer(path: Path, scenario: Scenario) -> Iterator[Write]:
    """H.264 in whatever container the file's ending names; raises SourceError where it cannot be written."""
    if path.suffix.lower() not in _CONTAINERS:
        raise SiteError(f"--out {path}: the ending must be {', '.join(_CONTAINERS)}")
    with _writable(path) as part, av.open(str(part), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(scenario.frame_rate_hz).limit_denominator(1000))
        stream.width, stream.height = scenario.size_px
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "23", "preset": "veryfast"}

        def write(_time_s: float, frame: SimulatedFrame) -> None:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.image, format="rgb24")))

        yield write
        container.mux(stream.encode())


@contextmanager
def truth_writer(path: Path, scenario: Scenario) -> Iterator[Write]:
    """JSON (.json) or HDF5 (.h5, .hdf5), written as a whole at the end; raises SiteError for other endings."""
    save = {".json": _save_json, ".h5": _save_hdf5, ".hdf5": _save_hdf5}.get(path.suffix.lower())
    if save is None:
        raise SiteError(f"--truth {path}: the ending must be .json, .h5 or .hdf5")
    if save is _save_hdf5 and find_spec("h5py") is None:
        raise SiteError(f"--truth {path}: HDF5 needs h5py; pip install 'crushwatch[train]', or write .json")
    frames: list[tuple[float, SimulatedFrame]] = []
    with _writable(path) as part:
        yield lambda time_s, frame: frames.append((time_s, SimulatedFrame(_NO_IMAGE, **_truth_of(frame))))
        save(part, scenario, frames)


@contextmanager
def _writable(path: Path) -> Iterator[Path]:
    """The file to write to; raises SourceError where it cannot be written, at once where nothing can be."""
    try:
        with whole_file(path) as part:
            yield part
    except (OSError, av.FFmpegError) as error:
        raise SourceError(f"{path} cannot be written: {_why(error)}") from error


def _why(error: OSError | av.FFmpegError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full; free some space or give another folder"
    return error.strerror or str(error)


_NO_IMAGE = np.empty((0, 0, 3), dtype=np.uint8)


def _truth_of(frame: SimulatedFrame) -> dict[str, Any]:
    return {name: getattr(frame, name) for name in _TRUTHS}


def _save_json(path: Path, scenario: Scenario, frames: list[tuple[float, SimulatedFrame]]) -> None:
    """One object: the scenario, its camera as a site file would have it, and `frames`."""
    said = _about(scenario) | {
        "frames": [
            {"time_s": round(time_s, 4)}
            | {name: np.round(values, 3).tolist() for name, values in _truth_of(frame).items()}
            for time_s, frame in frames
        ]
    }
    path.write_text(json.dumps(said, separators=(",", ":")), encoding="utf-8")


def _save_hdf5(path: Path, scenario: Scenario, frames: list[tuple[float, SimulatedFrame]]) -> None:
    """`time_s` and `people` a frame; the people of all frames one after the other in `heads_px`, `feet_m` and so on."""
    import h5py

    whole = io.BytesIO()  # on a full disk HDF5 itself crashes
    with h5py.File(whole, "w") as file:
        file.attrs.update({key: json.dumps(value) for key, value in _about(scenario).items()})
        file["time_s"] = [time_s for time_s, _ in frames]
        file["people"] = [len(frame.ids) for _, frame in frames]
        for name in _TRUTHS:
            rows = np.concatenate([getattr(frame, name) for _, frame in frames])
            file.create_dataset(name, data=rows.astype(np.int32 if name == "ids" else np.float32), compression="gzip")
    path.write_bytes(whole.getvalue())


def _about(scenario: Scenario) -> dict[str, Any]:
    return {
        "scenario": scenario.name,
        "frame_rate_hz": scenario.frame_rate_hz,
        "size_px": scenario.size_px,
        "camera": scenario.camera().model_dump(mode="json", exclude_defaults=True),
    }
