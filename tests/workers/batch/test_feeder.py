"""What the feeder makes of waiting frames."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pytest

from crushwatch.site import Camera
from workers.batch.feeder import Batch, Feeder
from workers.batch.letterbox import GREY
from workers.capture.picture import ArrayPicture
from workers.capture.slot import Slot
from workers.capture.source import Frame, RgbImage


class Broken(ArrayPicture):
    """A picture that cannot be converted."""

    def rgb(self, width_px: int, height_px: int) -> RgbImage:
        raise ValueError(f"no {width_px} x {height_px} for you")


def frame(camera: str, picture: ArrayPicture, sequence: int = 0) -> Frame:
    return Frame(camera, picture, datetime.now(UTC), time.monotonic(), sequence)


def picture(value: int, size_px: tuple[int, int] = (64, 32)) -> ArrayPicture:
    return ArrayPicture(np.full((size_px[1], size_px[0], 3), value, np.uint8))


def first_batch(frames: list[Frame], shape_px: tuple[int, int] = (64, 64)) -> Batch:
    slots = {frame.camera: Slot() for frame in frames}
    cameras = {key: Camera.model_validate({"source": "sim:gate", "engine_shape": shape_px}) for key in slots}
    for one in frames:
        slots[one.camera].put(one)
    feeder = Feeder(slots, cameras, batch_size=8)
    feeder.start()
    batch = feeder.next(5)
    feeder.stop()
    assert batch is not None
    return batch


def test_each_picture_is_drawn_into_the_batch_itself_with_grey_below() -> None:
    batch = first_batch([frame("a", picture(10)), frame("b", picture(20))])
    assert batch.images.shape == (2, 64, 64, 3)
    for number, item in enumerate(batch.items):
        assert np.shares_memory(item.image, batch.images[number])
        assert (item.letterbox.content(item.image) == (number + 1) * 10).all()
        assert (item.image[32:] == GREY).all()


def test_a_picture_that_cannot_be_converted_leaves_the_others_in_their_places() -> None:
    broken = frame("b", Broken(np.zeros((32, 64, 3), np.uint8)))
    batch = first_batch([frame("a", picture(10)), broken, frame("c", picture(30))])
    assert [item.frame.camera for item in batch.items] == ["a", "c"]
    assert [int(image[0, 0, 0]) for image in batch.images] == [10, 30]


@pytest.mark.parametrize("frames", [2, 9])
def test_of_several_frames_of_a_camera_the_newest_is_taken(frames: int) -> None:
    batch = first_batch([frame("a", picture(number), number) for number in range(frames)])
    assert [item.frame.sequence for item in batch.items] == [frames - 1]
