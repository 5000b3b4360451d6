"""Labels that nobody corrected: what `crushwatch count --points` wrote, held against the counts that it came from."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from crushwatch.site import Camera
from workers.capture.picture import ArrayPicture
from workers.counting.counter import count_people
from workers.counting.head_file import points_of
from workers.infer.engine import Engine
from workers.labelled import LabelledFrame, PointsPx, frame_of

LOOKED_AT = 3
"""So many frames with heads in them are counted once more."""
FEWEST_HEADS = 10
"""The model may find a few heads just where a person does; hardly this many."""
APART_PX = 1.0
"""No hand marks every head so near to where the model has it."""
WARNING = (
    "these labels are what the model counts itself: correct them by hand; until then neither bias nor band says how "
    "right the counts are"
)


def are_the_models_own(frames: Sequence[LabelledFrame], camera: Camera, engine: Engine) -> bool:
    """Whether the labels are the model's own points, counted at the picture's size or at the camera's engine_shape."""
    looked_at = list(itertools.islice((frame for frame in frames if len(frame.points_px)), LOOKED_AT))
    if sum(len(frame.points_px) for frame in looked_at) < FEWEST_HEADS:
        return False
    return any(
        all(_same(frame.points_px, _counted(frame, camera, engine, shape_px)) for frame in looked_at)
        for shape_px in _shapes(camera, engine)
    )


def _shapes(camera: Camera, engine: Engine) -> list[tuple[int, int] | None]:
    """TensorRT would build an engine for every other size first, which takes minutes."""
    return [camera.engine_shape] if engine.name == "tensorrt" else [camera.engine_shape, None]


def _counted(frame: LabelledFrame, camera: Camera, engine: Engine, shape_px: tuple[int, int] | None) -> PointsPx:
    picture = ArrayPicture(frame_of(camera, frame))
    return points_of(picture, count_people(picture, engine, shape_px))


def _same(labels_px: PointsPx, points_px: PointsPx) -> bool:
    """In the order in which they were written."""
    return labels_px.shape == points_px.shape and float(np.abs(labels_px - points_px).max()) < APART_PX
