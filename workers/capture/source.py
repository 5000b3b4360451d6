"""The seam of capture: what a frame is, and what gives frames.

A source knows nothing of reconnecting: it gives frames until it ends or fails, and says why. `supervise.py` holds the
one retry loop above all sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

RgbImage = npt.NDArray[np.uint8]
"""(height, width, 3), red first."""


class Picture(Protocol):
    """A decoded picture that is converted and scaled once, when somebody needs it and to the size they need.

    time_s: seconds from the start of its stream, where the stream says so.
    """

    time_s: float | None

    @property
    def width_px(self) -> int: ...

    @property
    def height_px(self) -> int: ...

    def rgb(self, width_px: int, height_px: int) -> RgbImage:
        """The whole picture scaled to that size, (height_px, width_px, 3) uint8 RGB, contiguous."""
        ...


@dataclass(frozen=True)
class Truth:
    """What a simulated camera knows of its frame: head points in pixels and feet on the ground in metres, (N, 2)."""

    heads_px: npt.NDArray[np.float64]
    feet_m: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Earlier:
    """What the camera saw `apart_s` seconds before a frame: near enough that people can be followed between the two."""

    picture: Picture
    apart_s: float


@dataclass(frozen=True)
class Frame:
    """One picture of one camera, with the moment it was captured on both clocks.

    captured_at:          UTC wall clock, for people and messages
    captured_monotonic_s: time.monotonic(), for ages and latencies
    sequence:             counts up from 0 since the worker started, over reconnections too
    earlier:              the slot adds it to a frame that is taken, where the camera's motion is measured
    """

    camera: str
    picture: Picture
    captured_at: datetime
    captured_monotonic_s: float
    sequence: int
    truth: Truth | None = None
    earlier: Earlier | None = None


@dataclass(frozen=True)
class SourceInfo:
    """What an opened source says of itself."""

    codec: str
    width_px: int
    height_px: int
    frame_rate_hz: float | None


class Source(Protocol):
    """Something that gives pictures. Used by one thread; `close` may come from another and makes `frames` end soon."""

    def open(self) -> SourceInfo:
        """Connect; raises SourceError (redacted, with host and time waited) when it cannot."""
        ...

    def frames(self) -> Iterator[tuple[Picture, Truth | None]]:
        """Pictures as they come. Returns when the stream has ended; raises SourceError when it fails or stalls."""
        ...

    def close(self) -> None:
        """Give everything back; safe to call twice and from another thread."""
        ...
