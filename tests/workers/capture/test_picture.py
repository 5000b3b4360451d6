from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

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
