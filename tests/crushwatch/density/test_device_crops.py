"""Crops made on a device show what the processor's crops show, and their heads stand in the same cells."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.density.album import Album
from crushwatch.density.augment import Augmentation
from crushwatch.density.batches import Batch, Crops, Source
from crushwatch.density.datasets.annotated import AnnotatedImage
from crushwatch.density.device_crops import DeviceCrops
from crushwatch.density.looks import Look, compressed, looked
from crushwatch.density.targets import fixed_gaussian

PLAIN = Augmentation(scale_low=1.0, scale_high=3.0, light=0, grey=0, blur=0, noise=0, jpeg=0)
SIDE_PX = 64


class Held(AnnotatedImage):
    """A smooth picture in memory, with a few heads; the size tells them apart."""

    def rgb(self) -> np.ndarray:
        height, width = (int(part) for part in self.name.split("x"))
        small = np.random.default_rng(height).integers(0, 256, (height // 12 + 2, width // 12 + 2, 3), dtype=np.uint8)
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


def held(height: int, width: int, heads: int = 25) -> Held:
    points = np.random.default_rng(width).uniform((0, 0), (width, height), (heads, 2)).astype(np.float32)
    return Held(f"{height}x{width}", Path("memory"), points)


PICTURES = [held(150, 200), held(97, 133), held(40, 50)]


def both(how: Augmentation, seed: int, nobody: float = 0.0, **options: object) -> tuple[Batch, Batch]:
    """The processor's batch and the device's, of the same seed and step."""
    sources = [Source(1.0, PICTURES, how), Source(nobody, [], how)]
    given_ = (sources, SIDE_PX, 6, seed)
    return Crops(*given_, **options).batch(3), DeviceCrops(*given_, device="cpu", **options).batch(3)  # type: ignore[arg-type]


def difference(one: Batch, other: Batch) -> np.ndarray:
    """Grey levels between two batches' pictures."""
    return np.abs(one.images.numpy().astype(int) - other.images.numpy().astype(int))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_windows_heads_and_pixels_are_the_processors(seed: int) -> None:
    host, device = both(PLAIN, seed, nobody=0.3)
    torch.testing.assert_close(device.targets, host.targets, rtol=0, atol=0)
    assert device.images.dtype == torch.uint8
    assert difference(host, device).max() <= 2


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_crop_that_is_shrunk_shows_the_same_but_for_the_filter(seed: int) -> None:
    host, device = both(Augmentation(0.3, 1.0, light=0, grey=0, blur=0, noise=0, jpeg=0), seed)
    torch.testing.assert_close(device.targets, host.targets, rtol=0, atol=0)
    assert difference(host, device).mean() < 4


def test_light_grey_and_blur_are_the_processors() -> None:
    for seed in range(5):
        host, device = both(Augmentation(1.0, 2.0, light=1, grey=0.5, blur=0.7, noise=0, jpeg=0), seed)
        found = difference(host, device)
        assert found.max() <= 5
        assert found.mean() < 0.7


def test_gaussian_targets_are_made_too() -> None:
    host, device = both(PLAIN, 1, target=fixed_gaussian)
    torch.testing.assert_close(device.targets, host.targets, rtol=0, atol=0)


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    sources = [Source(0.8, PICTURES, Augmentation(noise=1.0)), Source(0.2, [], Augmentation())]
    crops = DeviceCrops(sources, SIDE_PX, 4, 7, device="cpu")
    other = DeviceCrops(sources, SIDE_PX, 4, 7, device="cpu")
    running = other.from_step(5)
    for step in (5, 6, 7):
        mine, theirs = crops.batch(step), next(running)
        torch.testing.assert_close(mine.images, theirs.images, rtol=0, atol=0)
        torch.testing.assert_close(mine.targets, theirs.targets, rtol=0, atol=0)
    assert not torch.equal(crops.batch(5).images, crops.batch(6).images)


def test_a_picture_that_two_sources_share_is_kept_once() -> None:
    once, twice = (Album([PICTURES[0]] * n, torch.device("cpu")).bytes for n in (1, 2))
    assert once == twice == 3 * (150 * 200 + 75 * 100 + 38 * 50)


def test_only_nobody_needs_no_picture() -> None:
    batch = DeviceCrops([Source(1.0, [], Augmentation())], SIDE_PX, 2, 1, device="cpu").batch(0)
    assert batch.targets.sum() == 0
    assert batch.images.shape == (2, SIDE_PX, SIDE_PX, 3)


def test_noise_is_as_strong_as_asked_for_and_only_where() -> None:
    images = torch.full((2, 64, 64, 3), 128.0)
    found = looked(images.clone(), [Look(noise_levels=10.0), Look()], torch.Generator().manual_seed(1))
    assert float(found[0].std()) == pytest.approx(10.0, rel=0.05)
    torch.testing.assert_close(found[1], images[1])


@pytest.mark.parametrize("quality", [20, 50, 79])
def test_jpeg_leaves_what_a_codec_leaves(quality: int) -> None:
    picture = cv2.resize(PICTURES[0].rgb(), (64, 64))
    picture = np.clip(picture + np.random.default_rng(0).normal(0, 12, picture.shape), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    codec = cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1].astype(float)
    ours = compressed(torch.from_numpy(picture[None]).float(), [quality])[0].numpy()
    assert np.abs(codec - ours).mean() < 0.25 * np.abs(codec - picture).mean()
