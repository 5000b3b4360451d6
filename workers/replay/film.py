"""A filmed recording: decoded as fast as it can be, counted by the network at the camera's rate of analysis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from crushwatch.errors import UnreadableError
from crushwatch.site import Camera
from workers.batch.letterbox import Letterbox
from workers.batch.motion import MotionMeter
from workers.capture.choose import open_source
from workers.capture.slot import Slot
from workers.capture.source import Frame
from workers.infer.engine import Engine
from workers.infer.people import people_in
from workers.replay.moment import Moment

ASSUMED_RATE_HZ = 25.0
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def filmed_moments(path: Path, camera: Camera, engine: Engine) -> Iterator[Moment]:
    """Frames of the film's own time; a slot and a meter as the worker has them, so that motion is measured alike."""
    if not path.is_file():
        raise UnreadableError(f"{path}: no such file")
    played = camera.model_validate(
        camera.model_dump(exclude={"source", "loop"}) | {"source": str(path.resolve()), "loop": False}
    )
    source = open_source("replay", played, paced=False)
    slot, meter = Slot(keeps_earlier=camera.ground is not None), MotionMeter()
    rate_hz = source.open().frame_rate_hz or ASSUMED_RATE_HZ
    due_s = 0.0
    try:
        for number, (picture, _truth) in enumerate(source.frames()):
            time_s = number / rate_hz if picture.time_s is None else picture.time_s
            slot.put(Frame("replay", picture, _EPOCH, time_s, number))
            if time_s < due_s - 0.5 / rate_hz:
                continue
            due_s = time_s + 1 / camera.analysis_rate_hz
            frame = slot.take()
            if frame is not None:
                yield _counted(frame, time_s, camera, engine, meter)
    finally:
        source.close()


def _counted(frame: Frame, time_s: float, camera: Camera, engine: Engine, meter: MotionMeter) -> Moment:
    size_px = (frame.picture.width_px, frame.picture.height_px)
    letterbox = Letterbox.fit(size_px, camera.engine_shape)
    image = letterbox.image(frame.picture)
    people = people_in(engine, image[None])[0]
    displacement = meter.measure(frame, letterbox, image)
    return Moment(time_s, people, letterbox.lattice(camera.picture_size_px or size_px), displacement)
