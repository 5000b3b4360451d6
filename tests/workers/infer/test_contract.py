"""One contract for all engines: what goes in, what comes out, what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from crushwatch.errors import EngineError
from crushwatch.models import find_model
from workers.infer.choose import open_engine
from workers.infer.engine import Engine

KINDS = [
    pytest.param(("openvino", "fp32"), id="openvino-fp32"),
    pytest.param(("openvino", "auto"), id="openvino-auto"),
    pytest.param(("openvino", "int8"), id="openvino-int8"),
    pytest.param(("torch", "fp32"), id="torch"),
    pytest.param(("tensorrt", "fp32"), id="tensorrt-fp32", marks=pytest.mark.gpu),
    pytest.param(("tensorrt", "fp16"), id="tensorrt-fp16", marks=pytest.mark.gpu),
]


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    name, precision = request.param
    try:
        opened = open_engine(name, find_model("compact"), precision=precision, batch_size=2)
    except EngineError as error:
        if name != "tensorrt":
            raise
        pytest.skip(f"NOT RUN: {error}")
    yield opened
    opened.close()


def heads(count: int, height: int, width: int, seed: int = 0) -> np.ndarray:
    """Dark blobs on a grey ground, (height, width, 3): enough like heads to be counted as something."""
    draw = np.random.default_rng(seed)
    image = np.full((height, width, 3), 150, np.uint8)
    for x, y in draw.integers((0, 0), (width, height), (count, 2)):
        cv2.circle(image, (int(x), int(y)), 5, (40, 30, 30), -1)
    return image


@pytest.mark.parametrize("size", [(64, 64), (96, 160), (160, 96)], ids=lambda size: f"{size[1]}x{size[0]}")
@pytest.mark.parametrize("count", [1, 3])
def test_gives_a_cell_for_every_8_by_8_pixels_of_any_size_that_is_a_multiple_of_32(
    engine: Engine, size: tuple[int, int], count: int
) -> None:
    density = engine.infer(np.zeros((count, *size, 3), np.uint8))
    assert density.shape == (count, size[0] // 8, size[1] // 8)
    assert density.dtype == np.float32


def test_no_cell_is_negative_and_all_are_numbers(engine: Engine) -> None:
    density = engine.infer(np.random.default_rng(0).integers(0, 256, (1, 128, 128, 3), dtype=np.uint8))
    assert np.isfinite(density).all()
    assert density.min() >= 0


def test_sees_nobody_in_an_even_picture_and_somebody_among_heads(engine: Engine) -> None:
    grey = np.full((1, 256, 256, 3), 128, np.uint8)
    assert engine.infer(grey).sum() < 0.1
    assert engine.infer(heads(60, 256, 256)[None]).sum() > 1


def test_a_batch_gives_what_its_pictures_give_alone(engine: Engine) -> None:
    images = np.stack([heads(20 * number, 128, 160, seed=number) for number in range(1, 4)])
    together = engine.infer(images)
    alone = np.concatenate([engine.infer(image[None]) for image in images])
    np.testing.assert_allclose(together, alone, atol=2e-3, rtol=2e-3)


def test_the_result_is_the_callers_own(engine: Engine) -> None:
    first = engine.infer(heads(20, 64, 64)[None])
    kept = first.copy()
    engine.infer(np.zeros((1, 64, 64, 3), np.uint8))
    np.testing.assert_array_equal(first, kept)


def test_takes_pictures_that_are_views_of_larger_ones(engine: Engine) -> None:
    large = heads(60, 128, 192)
    view = large[None, 32:96, 64:160]
    np.testing.assert_allclose(engine.infer(view), engine.infer(view.copy()), atol=1e-5)


@pytest.mark.parametrize(
    "images",
    [
        pytest.param(np.zeros((1, 64, 70, 3), np.uint8), id="width no multiple of 32"),
        pytest.param(np.zeros((1, 64, 64, 4), np.uint8), id="four channels"),
        pytest.param(np.zeros((64, 64, 3), np.uint8), id="no batch"),
        pytest.param(np.zeros((0, 64, 64, 3), np.uint8), id="empty batch"),
        pytest.param(np.zeros((1, 64, 64, 3), np.float32), id="floats"),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(engine: Engine, images: np.ndarray) -> None:
    with pytest.raises(EngineError, match=r"uint8 images of \(n, height, width, 3\).*multiples of 32"):
        engine.infer(images)


def test_says_what_it_is(engine: Engine) -> None:
    assert engine.name in ("openvino", "torch", "tensorrt")
    assert engine.precision in ("fp32", "bf16", "fp16", "int8")
    assert engine.device
