from __future__ import annotations

import numpy as np
import pytest

from crushwatch.simulate import render_training_frame

pytestmark = pytest.mark.timeout(300)


def test_a_training_frame_is_a_picture_with_its_heads_inside() -> None:
    for seed in range(3):
        image, heads_px = render_training_frame(np.random.default_rng(seed), (256, 192))
        assert image.shape == (192, 256, 3)
        assert image.dtype == np.uint8
        assert heads_px.shape[1] == 2
        assert ((heads_px >= 0) & (heads_px < (256, 192))).all()


def test_the_same_generator_gives_the_same_frame() -> None:
    (first, heads_px), (second, again_px) = (render_training_frame(np.random.default_rng(7), (256, 192)) for _ in "ab")
    assert np.array_equal(first, second)
    assert np.array_equal(heads_px, again_px)


def test_frames_differ_in_how_many_people_they_show() -> None:
    counts = [len(render_training_frame(np.random.default_rng(seed), (160, 128))[1]) for seed in range(40, 52)]
    assert min(counts) < 5
    assert max(counts) > 40
