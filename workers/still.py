"""One picture of a camera in its own size, for who asks: the page on which it is calibrated.

A thread of its own takes the newest frame where it lies. The pipeline does not know of it, and alerts do not wait for
it. It makes one still a second at most, whatever is asked of however many cameras.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from crushwatch.bus import STILL_EVERY_S, Bus
from crushwatch.errors import BusError
from crushwatch.messages import Still
from crushwatch.site import Site
from workers.capture.slot import Slot
from workers.capture.source import Frame
from workers.preview import jpeg_of

LONGEST_PX = 4096
"""The longer side at most: what every browser draws."""
JPEG_QUALITY = 92
LOOK_EVERY_S = 0.5
REST_S = 1.0
"""After a still, before the next of any camera."""
AWAY_PAUSE_S = 1.0

log = structlog.get_logger("crushwatch.workers.still")


def make_still(site: str, frame: Frame) -> Still:
    """Convert, compress, pack; smaller than the camera's picture only where that is larger than LONGEST_PX."""
    picture = frame.picture
    share = min(1.0, LONGEST_PX / max(picture.width_px, picture.height_px))
    width_px, height_px = (max(1, round(side * share)) for side in (picture.width_px, picture.height_px))
    return Still(
        site=site,
        camera=frame.camera,
        captured_at=frame.captured_at,
        published_at=datetime.now(UTC),
        width_px=width_px,
        height_px=height_px,
        jpeg=jpeg_of(picture.rgb(width_px, height_px), JPEG_QUALITY),
    )


class Stills:
    """Owns its thread between `start` and `stop`."""

    def __init__(self, site: Site, bus: Bus, slots: Mapping[str, Slot]) -> None:
        self._site = site.id
        self._young_s = site.rules.camera.silent_after_s
        self._bus = bus
        self._slots = slots
        self._made_at_s: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="still", daemon=True)

    def start(self) -> None:
        """Begin to look for who asks."""
        self._thread.start()

    def stop(self) -> None:
        """End soon."""
        self._stopping.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        rest_s = LOOK_EVERY_S
        while not self._stopping.wait(rest_s):
            try:
                rest_s = REST_S if self._make_one() else LOOK_EVERY_S
            except BusError:  # who publishes tells of it
                rest_s = AWAY_PAUSE_S
            except Exception:  # at the thread's edge: who asked goes on with the preview
                log.exception("a still could not be made")
                rest_s = REST_S

    def _make_one(self) -> bool:
        """Whether one was asked for."""
        camera = self._bus.claim_still(self._ready(time.monotonic()))
        frame = None if camera is None else self._slots[camera].newest()
        if camera is None or frame is None:
            return False
        self._made_at_s[camera] = time.monotonic()
        still = make_still(self._site, frame)
        self._bus.publish_still(still)
        log.info("a still was sent", camera=camera, size_px=[still.width_px, still.height_px])
        return True

    def _ready(self, now_s: float) -> frozenset[str]:
        """Cameras that have rested, and are not silent: a picture of long ago is nobody's."""
        newest = {camera: slot.newest() for camera, slot in self._slots.items() if self._has_rested(camera, now_s)}
        return frozenset(
            camera for camera, frame in newest.items() if frame and now_s - frame.captured_monotonic_s < self._young_s
        )

    def _has_rested(self, camera: str, now_s: float) -> bool:
        return now_s - self._made_at_s.get(camera, -math.inf) >= STILL_EVERY_S
