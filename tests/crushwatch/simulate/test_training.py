from __future__ import annotations

import numpy as np
import pytest

from crushwatch.simulate import render_training_frame

pytestmark = pytest.mark.timeout(300)


def test_the_same_generator_gives_the_same_frame() -> None:
    (first, heads_px), (second, again_px) = (render_training_frame(np.random.default_rng(7), (256, 192)) for _ in "ab")
    assert np.array_equal(first, second)
    assert np.array_equal(heads_px, again_px)


def test_training_frames_are_pictures_with_their_heads_inside_of_few_people_and_of_many() -> None:
    frames = [render_training_frame(np.random.default_rng(seed), (160, 128)) for seed in range(40, 52)]
    for image, heads_px in frames:
        assert image.shape == (128, 160, 3)
        assert image.dtype == np.uint8
        assert heads_px.shape[1] == 2
        assert ((heads_px >= 0) & (heads_px < (160, 128))).all()
    counts = [len(heads_px) for _, heads_px in frames]
    assert min(counts) < 5
    assert max(counts) > 40
