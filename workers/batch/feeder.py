"""The thread that forms batches ahead of the engine: the newest frames of the cameras that are due, scaled, stacked.

One batch waits at most: what is prepared while the engine works is never older than the engine's last run.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import structlog

from crushwatch.regions.motion import Displacement
from crushwatch.site import Camera
from workers.batch.letterbox import Letterbox
from workers.batch.motion import MotionMeter
from workers.batch.schedule import Demand, Schedule
from workers.capture.slot import Slot
from workers.capture.source import Frame, RgbImage

LONGEST_NAP_S = 0.02
"""How long the thread sleeps when no camera has a new frame: what it adds to a frame's age at most."""

log = structlog.get_logger("crushwatch.workers.batch")


@dataclass(frozen=True)
class Item:
    """One picture of a batch: its frame, how it lies in the engine's input, where its content came from."""

    frame: Frame
    letterbox: Letterbox
    image: RgbImage
    displacement: Displacement | None = None


@dataclass(frozen=True)
class Batch:
    """`images`: (n, height, width, 3) uint8 RGB; `items` in the same order."""

    items: tuple[Item, ...]
    images: npt.NDArray[np.uint8]


class Feeder:
    """Owns its thread between `start` and `stop`."""

    def __init__(self, slots: Mapping[str, Slot], cameras: Mapping[str, Camera], batch_size: int) -> None:
        self._slots = slots
        self._shapes = {key: cameras[key].engine_shape for key in slots}
        demands = {key: Demand(cameras[key].analysis_rate_hz, self._shapes[key]) for key in slots}
        self._motion = {key: MotionMeter() for key in slots}
        self._schedule = Schedule(demands, batch_size)
        self._ready: queue.Queue[Batch] = queue.Queue(maxsize=1)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="batch", daemon=True)

    def start(self) -> None:
        """Begin to form batches."""
        self._thread.start()

    def stop(self) -> None:
        """End within a moment."""
        self._stopping.set()
        self._thread.join(2.0)

    @property
    def is_alive(self) -> bool:
        """False before `start`, after `stop`, and where a fault has ended the thread."""
        return self._thread.is_alive()

    def next(self, timeout_s: float) -> Batch | None:
        """The next batch, waiting up to `timeout_s` for it."""
        try:
            return self._ready.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def _run(self) -> None:
        while not self._stopping.is_set():
            batch = self._form()
            if batch is None:
                self._stopping.wait(LONGEST_NAP_S)
                continue
            while not self._stopping.is_set():
                try:
                    self._ready.put(batch, timeout=0.1)
                    break
                except queue.Full:
                    continue

    def _form(self) -> Batch | None:
        waiting = [camera for camera, slot in self._slots.items() if slot.has_new]
        chosen = self._schedule.next_batch(waiting, time.monotonic())
        frames = [frame for camera in chosen if (frame := self._slots[camera].take()) is not None]
        if not frames:
            return None
        width, height = self._shapes[frames[0].camera]
        images = np.empty((len(frames), height, width, 3), dtype=np.uint8)
        items: list[Item] = []
        for frame in frames:
            item = self._draw(frame, images[len(items)])
            items += [] if item is None else [item]
        return Batch(tuple(items), images[: len(items)]) if items else None

    def _draw(self, frame: Frame, image: RgbImage) -> Item | None:
        letterbox = Letterbox.fit((frame.picture.width_px, frame.picture.height_px), self._shapes[frame.camera])
        try:
            letterbox.draw(frame.picture, image)
            return Item(frame, letterbox, image, self._motion[frame.camera].measure(frame, letterbox, image))
        except Exception as error:  # a picture that cannot be converted is no picture: the camera will be silent
            log.warning("a frame cannot be converted", camera=frame.camera, error=f"{type(error).__name__}: {error}")
            return None
