from __future__ import annotations

import struct
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from av.video.plane import VideoPlane

from support.clips import draw, make_clip
from workers.capture.picture import ArrayPicture, AvPicture


def decoded(path: Path) -> av.VideoFrame:
    with av.open(str(path)) as film:
        return next(film.decode(video=0))


def red_square(image: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """x and y of the red square's middle, as shares of the picture."""
    rows, columns = np.nonzero((image[..., 0] > 150) & (image[..., 1] < 90))
    return float(columns.mean() / image.shape[1]), float(rows.mean() / image.shape[0])


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
@pytest.mark.parametrize(
    "size", [(160, 96), (853, 479), (1000, 563), (1706, 958)], ids=lambda size: f"{size[0]}x{size[1]}"
)
def test_picture_of_an_odd_size_comes_at_any_size_in_true_colours(
    tmp_path: Path, codec: str, size: tuple[int, int]
) -> None:
    picture = AvPicture(decoded(make_clip(tmp_path / "film.mkv", codec=codec, size_px=(853, 479), frames=3)))
    image = picture.rgb(*size)
    truth = cv2.resize(next(draw(853, 479, 3)), size, interpolation=cv2.INTER_AREA)
    assert (picture.width_px, picture.height_px) == (853, 479)
    assert image.shape == (size[1], size[0], 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert np.abs(image.astype(float) - truth).mean() < 6
    assert red_square(image) == pytest.approx(red_square(truth), abs=0.01)


def test_picture_at_a_width_of_whole_cells_is_not_copied_after_scaling(tmp_path: Path) -> None:
    picture = AvPicture(decoded(make_clip(tmp_path / "film.mp4", frames=2)))
    image = picture.rgb(512, 288)
    assert not image.flags.owndata


def test_same_picture_can_be_had_at_two_sizes_at_once(tmp_path: Path) -> None:
    picture = AvPicture(decoded(make_clip(tmp_path / "film.mp4", frames=2)))
    assert picture.rgb(64, 64).shape == (64, 64, 3)
    assert np.array_equal(picture.rgb(320, 240), picture.rgb(320, 240))


@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_array_picture_comes_scaled_and_red_first(order: str) -> None:
    truth = next(draw(321, 241, 2))
    picture = ArrayPicture(truth if order == "rgb" else np.ascontiguousarray(truth[..., ::-1]), order)
    assert np.array_equal(picture.rgb(321, 241), truth)
    small = picture.rgb(107, 80)
    assert small.shape == (80, 107, 3)
    assert small.flags.c_contiguous
    assert red_square(small) == pytest.approx(red_square(truth), abs=0.01)
    assert picture.rgb(642, 482).shape == (482, 642, 3)


TURNS = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
"""Degrees clockwise that a player turns the picture, and the four numbers in the file that say so."""


def turned(source: Path, target: Path, degrees: int) -> Path:
    """The film at `source`, said to have been filmed with the camera held that way."""
    data = bytearray(source.read_bytes())
    a, b, c, d = (value * 0x10000 for value in TURNS[degrees])
    matrix = data.index(b"tkhd") + 4 + 40
    struct.pack_into(">9i", data, matrix, a, b, 0, c, d, 0, 0, 0, 0x40000000)
    target.write_bytes(data)
    return target


@pytest.mark.parametrize("degrees", sorted(TURNS))
def test_film_of_a_camera_held_on_its_side_comes_upright(tmp_path: Path, degrees: int) -> None:
    lying = make_clip(tmp_path / "lying.mp4", size_px=(320, 240), frames=2)
    plain = AvPicture(decoded(lying)).rgb(320, 240)
    upright = AvPicture(decoded(turned(lying, tmp_path / "turned.mp4", degrees)))
    expected = np.rot90(plain, -degrees // 90)
    assert (upright.height_px, upright.width_px) == expected.shape[:2]
    image = upright.rgb(upright.width_px, upright.height_px)
    assert image.flags.c_contiguous
    assert np.array_equal(image, expected)


def test_rgb_at_the_engines_size_is_the_memory_that_libswscale_wrote(tmp_path: Path) -> None:
    with av.open(str(make_clip(tmp_path / "film.mp4", frames=2))) as film:
        image = AvPicture(next(film.decode(video=0))).rgb(1024, 576)
    assert not image.flags.owndata, "a copy"
    base: object = image
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(getattr(base, "obj", base), VideoPlane)
