from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.models import find_model
from workers.batch.tiles import Tiling, infer_in_tiles, tiling_of
from workers.infer.openvino import OpenVinoEngine

SIZES = st.tuples(st.integers(2, 200), st.integers(2, 100)).map(lambda sides: (sides[0] * 32, sides[1] * 32))
TILES = st.tuples(st.integers(14, 64), st.integers(14, 64)).map(lambda sides: (sides[0] * 32, sides[1] * 32))


def people_per_cell(tile: np.ndarray) -> np.ndarray:
    """A network that sees one cell: the sum of its red."""
    rows, columns = tile.shape[0] // 8, tile.shape[1] // 8
    return tile[..., 0].reshape(rows, 8, columns, 8).sum((1, 3)).astype(np.float32)


@given(SIZES, TILES)
def test_every_cell_is_taken_once_from_a_tile_that_sees_the_margin_around_it(
    size: tuple[int, int], largest: tuple[int, int]
) -> None:
    tiling = Tiling.cover(size, largest)
    axes = ((tiling.columns, tiling.tile_width_px, size[0]), (tiling.rows, tiling.tile_height_px, size[1]))
    for spans, tile_px, length_px in axes:
        assert [cell for span in spans for cell in range(span.first, span.last)] == list(range(length_px // 8))
        for span in spans:
            assert span.start_px % 32 == 0
            assert 0 <= span.start_px <= length_px - tile_px
            assert span.start_px == 0 or span.first * 8 - span.start_px >= 192
            assert span.start_px + tile_px == length_px or span.start_px + tile_px - span.last * 8 >= 192


@given(SIZES, TILES)
def test_tiles_are_all_of_one_size_not_larger_than_allowed(size: tuple[int, int], largest: tuple[int, int]) -> None:
    tiling = Tiling.cover(size, largest)
    assert tiling.tile_width_px <= max(largest[0], 0)
    assert tiling.tile_height_px <= largest[1]
    assert tiling.tile_width_px % 32 == tiling.tile_height_px % 32 == 0


@settings(deadline=None)
@given(st.integers(16, 40), st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_merged_tiles_are_the_whole(columns: int, rows: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (rows * 32, columns * 32, 3), dtype=np.uint8)
    tiling = Tiling.cover((columns * 32, rows * 32), (512, 448))
    merged = tiling.merge(people_per_cell(tile) for tile in tiling.cut(image))
    np.testing.assert_array_equal(merged, people_per_cell(image))


def test_a_picture_that_fits_is_one_tile() -> None:
    tiling = Tiling.cover((1024, 576), (2048, 2048))
    assert tiling.count == 1
    assert (tiling.tile_width_px, tiling.tile_height_px) == (1024, 576)


def test_tiles_without_room_between_their_margins_are_refused() -> None:
    with pytest.raises(ValueError, match="no room between margins"):
        Tiling.cover((1024, 576), (384, 576))


@pytest.mark.science
def test_a_crowd_counted_in_tiles_is_the_crowd_counted_whole(data_folder: Path) -> None:
    path = data_folder / "shanghaitech" / "part_B" / "train_data" / "images" / "IMG_13.jpg"
    image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    engine = OpenVinoEngine(find_model("compact"), precision="fp32")
    whole = engine.infer(image[None])[0]
    tiling = Tiling.cover((image.shape[1], image.shape[0]), (640, 768))
    assert tiling.count > 1
    merged = tiling.merge(engine.infer(tile[None])[0] for tile in tiling.cut(image))
    assert merged.sum() == pytest.approx(whole.sum(), rel=5e-4)
    np.testing.assert_allclose(merged, whole, atol=0.02)


class Cells:
    """An engine that sees one cell, and remembers what it was given."""

    name, precision, device = "cells", "fp32", "none"

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def infer(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        self.shapes.append(images.shape)
        return np.stack([people_per_cell(image) for image in images])

    def close(self) -> None:
        """Nothing to give back."""


def test_a_batch_of_large_pictures_goes_tile_by_tile_and_comes_back_whole() -> None:
    images = np.random.default_rng(3).integers(0, 256, (2, 1536, 4096, 3), dtype=np.uint8)
    engine = Cells()
    density = infer_in_tiles(engine, images)
    assert np.array_equal(density, np.stack([people_per_cell(image) for image in images]))
    tiling = tiling_of((4096, 1536))
    assert engine.shapes == [(1, tiling.tile_height_px, tiling.tile_width_px, 3)] * (2 * tiling.count)


def test_a_batch_of_usual_pictures_goes_to_the_engine_as_it_is() -> None:
    engine = Cells()
    infer_in_tiles(engine, np.zeros((3, 576, 1024, 3), np.uint8))
    assert engine.shapes == [(3, 576, 1024, 3)]
