from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushwatch.models import find_model
from workers.batch.letterbox import GREY, Letterbox
from workers.capture.picture import ArrayPicture
from workers.infer.openvino import OpenVinoEngine

SIDES = st.integers(16, 4000)
SHAPES = st.tuples(st.integers(2, 64), st.integers(2, 64)).map(lambda sides: (sides[0] * 32, sides[1] * 32))


@given(SIDES, SIDES, SHAPES)
def test_the_content_is_whole_cells_inside_the_engines_shape(width: int, height: int, shape: tuple[int, int]) -> None:
    box = Letterbox.fit((width, height), shape)
    for content, room in ((box.content_width_px, shape[0]), (box.content_height_px, shape[1])):
        assert 8 <= content <= room
        assert content % 8 == 0


@given(SIDES, SIDES, SHAPES)
def test_the_content_fills_one_side_and_keeps_the_proportions_to_half_a_cell(
    width: int, height: int, shape: tuple[int, int]
) -> None:
    box = Letterbox.fit((width, height), shape)
    scale = min(shape[0] / width, shape[1] / height)
    assert box.content_width_px == shape[0] or box.content_height_px == shape[1]
    for content, source in ((box.content_width_px, width), (box.content_height_px, height)):
        assert content == 8 or abs(content - source * scale) <= 4 + 1e-6


@given(SIDES, SIDES, SHAPES, st.tuples(SIDES, SIDES))
def test_the_lattice_lays_the_contents_cells_exactly_over_the_drawing(
    width: int, height: int, shape: tuple[int, int], drawn: tuple[int, int]
) -> None:
    box = Letterbox.fit((width, height), shape)
    lattice = box.lattice(drawn)
    cells = box.content_cells(np.zeros((lattice.rows, lattice.columns), np.float32))
    assert (lattice.columns, lattice.rows) == (shape[0] // 8, shape[1] // 8)
    assert lattice.origin_px == (0, 0)
    assert cells.shape[1] * lattice.pitch_px[0] == pytest.approx(drawn[0])
    assert cells.shape[0] * lattice.pitch_px[1] == pytest.approx(drawn[1])


def test_the_picture_lies_in_the_upper_left_on_grey() -> None:
    picture = ArrayPicture(np.full((60, 40, 3), 200, np.uint8))
    box = Letterbox.fit((40, 60), (192, 96))
    image = box.image(picture)
    assert image.shape == (96, 192, 3)
    assert (box.content(image) == 200).all()
    assert (image[:, box.content_width_px :] == GREY).all()


def test_a_picture_of_the_engines_proportions_has_no_border() -> None:
    box = Letterbox.fit((1920, 1080), (1024, 576))
    assert (box.content_width_px, box.content_height_px) == (1024, 576)


def test_nobody_is_seen_in_the_border() -> None:
    noise = ArrayPicture(np.random.default_rng(0).integers(0, 256, (320, 160, 3), dtype=np.uint8))
    box = Letterbox.fit((160, 320), (512, 320))
    density = OpenVinoEngine(find_model("compact"), precision="fp32").infer(box.image(noise)[None])[0]
    border = density[:, box.content_width_px // 8 :]
    assert border.sum() < 0.05
