"""A picture in the camera's own size: for who asks, once, and never so often that the worker suffers."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import av
import cv2
import numpy as np
import pytest

from crushwatch.bus import RedisBus
from crushwatch.messages import Still
from crushwatch.site import Site
from support.redis_server import RedisServer
from workers import still as stills
from workers.capture.picture import ArrayPicture, AvPicture
from workers.capture.slot import Slot
from workers.capture.source import Frame, Picture, RgbImage

pytestmark = pytest.mark.integration

NOW = datetime(2022, 10, 29, 22, 15, 8, tzinfo=UTC)


def scene(width_px: int, height_px: int) -> RgbImage:
    """Grey on the left, red on the right."""
    image = np.full((height_px, width_px, 3), 90, np.uint8)
    image[:, width_px // 2 :] = (200, 30, 30)
    return image


def frame(picture: Picture, *, age_s: float = 0.0, camera: str = "gate") -> Frame:
    return Frame(camera, picture, NOW, time.monotonic() - age_s, 1)


def decoded(still: Still) -> RgbImage:
    """As a browser would."""
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(still.jpeg), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(np.asarray(pixels), cv2.COLOR_BGR2RGB), dtype=np.uint8)


class Asking:
    """A worker's stills at work over a real Redis, and who asks for them."""

    def __init__(self, url: str) -> None:
        name = uuid.uuid4().hex
        cameras = {camera: {"source": "sim:gate"} for camera in ("gate", "hall")}
        site = Site.model_validate({"id": "s", "cameras": cameras, "rules": {"camera": {"silent_after_s": 5}}})
        self.slots = {camera: Slot() for camera in cameras}
        self._of_worker, self.bus = RedisBus(url, name), RedisBus(url, name)
        self._stills = stills.Stills(site, self._of_worker, self.slots)
        self.bus.stills(["gate", "hall"], block_s=0)
        self._stills.start()

    def come(self, within_s: float) -> list[Still]:
        """All that have come meanwhile."""
        until_s, found = time.monotonic() + within_s, list[Still]()
        while (left_s := until_s - time.monotonic()) > 0:
            found += self.bus.stills(["gate", "hall"], block_s=left_s)
        return found

    def next(self) -> Still:
        (one,) = self.bus.stills(["gate", "hall"], block_s=5)
        return one

    def close(self) -> None:
        self._stills.stop()
        for bus in (self._of_worker, self.bus):
            bus.close()


@pytest.fixture
def asking(redis_server: RedisServer) -> Iterator[Asking]:
    made = Asking(redis_server.url)
    yield made
    made.close()


def test_a_still_is_the_cameras_newest_picture_in_its_own_size(asking: Asking) -> None:
    asking.slots["gate"].put(frame(ArrayPicture(scene(1920, 1080))))
    assert asking.come(within_s=1) == []
    asking.bus.want_still("gate", for_s=5)
    still = asking.next()
    assert (still.camera, still.captured_at, still.width_px, still.height_px) == ("gate", NOW, 1920, 1080)
    shown = decoded(still)
    assert shown.shape == (1080, 1920, 3)
    assert np.abs(shown[500, 1500].astype(int) - (200, 30, 30)).max() < 12


def as_decoded(image: RgbImage) -> AvPicture:
    return AvPicture(av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p"))


@pytest.mark.parametrize("made", [ArrayPicture, as_decoded], ids=["webcam", "stream"])
def test_a_picture_that_no_browser_draws_is_made_smaller(made: Callable[[RgbImage], Picture]) -> None:
    still = stills.make_still("s", frame(made(scene(6000, 3000))))
    assert (still.width_px, still.height_px) == (4096, 2048)
    assert decoded(still).shape == (2048, 4096, 3)


def test_a_camera_is_asked_once_in_two_seconds_and_a_worker_once_in_one(asking: Asking) -> None:
    for camera, slot in asking.slots.items():
        slot.put(frame(ArrayPicture(scene(640, 360)), camera=camera))
    asking.bus.want_still("gate", for_s=30)
    asking.bus.want_still("hall", for_s=30)
    first = asking.next()
    began_s = time.monotonic()
    second = asking.next()
    assert {first.camera, second.camera} == {"gate", "hall"}
    assert time.monotonic() - began_s >= 0.9 * stills.REST_S
    began_s = time.monotonic()
    asking.bus.want_still(second.camera, for_s=30)
    assert asking.next().camera == second.camera
    assert time.monotonic() - began_s >= 0.9 * stills.STILL_EVERY_S
    assert asking.come(within_s=2) == []


def test_of_a_silent_camera_no_old_picture_is_sent(asking: Asking) -> None:
    asking.slots["gate"].put(frame(ArrayPicture(scene(640, 360)), age_s=6))
    asking.bus.want_still("gate", for_s=10)
    assert asking.come(within_s=1.5) == []
    asking.slots["gate"].put(frame(ArrayPicture(scene(640, 360))))
    assert asking.next().camera == "gate"


class Broken(ArrayPicture):
    def rgb(self, width_px: int, height_px: int) -> RgbImage:
        raise ValueError("no picture in this picture")


def test_a_picture_that_cannot_be_made_costs_that_still_alone(asking: Asking) -> None:
    asking.slots["gate"].put(frame(Broken(scene(640, 360))))
    asking.slots["hall"].put(frame(ArrayPicture(scene(640, 360)), camera="hall"))
    asking.bus.want_still("gate", for_s=1)
    assert asking.come(within_s=1) == []
    asking.bus.want_still("hall", for_s=5)
    assert asking.next().camera == "hall"
