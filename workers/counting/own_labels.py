"""Labels that nobody corrected: what `crushwatch count --points` wrote, held against the counts that it came from.

A check made of them would say that the model agrees with itself: no bias, and a band of next to no width, which the
worker would show as the camera's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crushwatch.site import Camera
from workers.capture.picture import ArrayPicture
from workers.counting.counter import count_people
from workers.counting.head_file import points_of
from workers.infer.engine import Engine
from workers.labelled import LabelledFrame, PointsPx, frame_of

LOOKED_AT = 3
"""So many frames with heads in them, spread over all, are counted once more; all where one of them is the model's."""
FEWEST_HEADS = 10
"""The model may find a few heads just where a person does; hardly this many."""
APART_PX = 1.0
"""No hand marks every head so near to where the model has it."""
MOST_OWN = 0.5
"""Of the frames: people find some as right as they are, hardly so many."""


@dataclass(frozen=True)
class Uncorrected:
    """own: the frames, of `frames` with heads in them, whose labels are the model's own points."""

    own: int = 0
    frames: int = 0

    @property
    def are_all(self) -> bool:
        """Whether nothing but the model itself speaks in them."""
        return 0 < self.own == self.frames

    @property
    def warning(self) -> str | None:
        """What to do about them, where they are too many."""
        if self.own <= MOST_OWN * self.frames:
            return None
        which = "all frames" if self.are_all else f"{self.own} of {self.frames} frames"
        return (
            f"the labels of {which} with heads are what the model counts itself: correct them by hand; until then "
            "neither bias nor band says how right the counts are"
        )


def uncorrected(frames: Sequence[LabelledFrame], camera: Camera, engine: Engine) -> Uncorrected:
    """Which labels are the model's own points, counted at the picture's size or at the camera's engine_shape."""
    with_heads = [frame for frame in frames if len(frame.points_px)]
    looked_at = _spread(with_heads)
    if sum(len(frame.points_px) for frame in looked_at) < FEWEST_HEADS:
        return Uncorrected()
    for shape_px in _shapes(camera, engine):
        if any(_is_own(frame, camera, engine, shape_px) for frame in looked_at):
            own = sum(_is_own(frame, camera, engine, shape_px) for frame in with_heads)
            return Uncorrected(own, len(with_heads))
    return Uncorrected(0, len(with_heads))


def _spread(frames: Sequence[LabelledFrame]) -> list[LabelledFrame]:
    """From the first to the last: who gave up half way has corrected the first."""
    places = sorted({round(place) for place in np.linspace(0, len(frames) - 1, LOOKED_AT)}) if frames else []
    return [frames[place] for place in places]


def _shapes(camera: Camera, engine: Engine) -> list[tuple[int, int] | None]:
    """TensorRT would build an engine for every other size first, which takes minutes."""
    return [camera.engine_shape] if engine.name == "tensorrt" else [camera.engine_shape, None]


def _is_own(frame: LabelledFrame, camera: Camera, engine: Engine, shape_px: tuple[int, int] | None) -> bool:
    picture = ArrayPicture(frame_of(camera, frame))
    return _same(frame.points_px, points_of(picture, count_people(picture, engine, shape_px)))


def _same(labels_px: PointsPx, points_px: PointsPx) -> bool:
    """In the order in which they were written."""
    return labels_px.shape == points_px.shape and float(np.abs(labels_px - points_px).max()) < APART_PX
