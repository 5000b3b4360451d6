"""Frozen, dark, silent: told apart on pictures as cameras give them."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from support.timeline import START, moment
from workers.health import SightKeeper


def scene(seed: int = 0) -> np.ndarray:
    """A textured still scene, (360, 640, 3)."""
    coarse = np.random.default_rng(seed).integers(40, 200, (18, 32, 3), dtype=np.uint8)
    return cv2.resize(coarse, (640, 360), interpolation=cv2.INTER_CUBIC)


def filmed(image: np.ndarray, noise: float, seed: int) -> np.ndarray:
    """The scene through a sensor: noise of that many grey levels."""
    noisy = image + np.random.default_rng(seed).normal(0, noise, image.shape)
    return noisy.clip(0, 255).astype(np.uint8)


def as_h264(image: np.ndarray, frames: int) -> list[np.ndarray]:
    """One still picture, encoded as video with a key frame every five, and decoded again."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = image.shape[1], image.shape[0], "yuv420p"
    encoder.time_base, encoder.options = Fraction(1, 25), {"g": "5", "crf": "28"}
    pictures = (av.VideoFrame.from_ndarray(image, format="rgb24") for _ in range(frames))
    packets = [packet for picture in [*pictures, None] for packet in encoder.encode(picture)]
    decoder = av.CodecContext.create("h264", "r")
    decoded = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    return [frame.to_ndarray(format="rgb24") for frame in decoded]


def test_the_very_same_picture_again_and_again_is_frozen_since_it_first_came() -> None:
    keeper = SightKeeper(START)
    for second in range(10):
        keeper.see(scene(), moment(second))
    assert keeper.sight().unchanged_since == moment(0)


def test_a_frozen_picture_that_is_encoded_anew_each_time_is_still_frozen() -> None:
    keeper = SightKeeper(START)
    for second, picture in enumerate(as_h264(scene(), 20)):
        keeper.see(picture, moment(second))
    assert keeper.sight().unchanged_since == moment(0)


@pytest.mark.parametrize("noise", [1.5, 4.0, 8.0], ids=["bright-day", "day", "night"])
def test_an_empty_street_seen_by_a_real_sensor_is_not_frozen(noise: float) -> None:
    keeper = SightKeeper(START)
    for second in range(10):
        keeper.see(filmed(scene(), noise, second), moment(second))
    assert keeper.sight().unchanged_since is None


def test_one_walker_is_enough_to_thaw() -> None:
    keeper = SightKeeper(START)
    for second in range(5):
        keeper.see(scene(), moment(second))
    with_walker = scene()
    cv2.rectangle(with_walker, (300, 200), (315, 245), (20, 20, 20), -1)
    keeper.see(with_walker, moment(5))
    assert keeper.sight().unchanged_since is None


def test_a_black_picture_has_no_light() -> None:
    keeper = SightKeeper(START)
    keeper.see(np.zeros((360, 640, 3), np.uint8), moment(0))
    assert keeper.sight().luma == 0


def test_a_camera_that_never_gave_a_picture_waits_since_the_start() -> None:
    sight = SightKeeper(START).sight("no RTSP answer")
    assert (sight.waiting_since, sight.last_frame_at, sight.reason) == (START, None, "no RTSP answer")
