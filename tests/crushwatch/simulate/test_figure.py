from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crushwatch.simulate.build import HIGHEST_M, WIDEST_M, Arms, Build, Hair, Material
from crushwatch.simulate.figure import figure_cloud
from crushwatch.simulate.light import Light, coloured, shaded
from crushwatch.simulate.relief import HALF_M, Relief, look_at
from crushwatch.simulate.surface import Bytes
from crushwatch.simulate.wardrobe import random_build, random_outfit

DAY = Light(towards_sun=(-0.5, 0.7, 0.5))


def share_of_head(relief: Relief, material: Material) -> float:
    """How much of the head, about, shows a material."""
    rows = relief.pixel // relief.shape[1]
    head = rows < relief.head_px[1] + 0.08 * relief.scale_px_per_m
    return float((relief.surface["material"][head] == material).mean())


@given(st.integers(0, 10_000), st.one_of(st.none(), st.floats(0, 6.28)))
@settings(max_examples=12, deadline=None)
def test_everybody_stands_on_the_ground_and_is_of_a_persons_size(seed: int, stride_rad: float | None) -> None:
    cloud = figure_cloud(random_build(np.random.default_rng(seed)), stride_rad)
    low, high = cloud.points_mm.min(axis=0), cloud.points_mm.max(axis=0)
    assert -60 < low[2] < 150
    assert 1700 < high[2] < 1000 * HIGHEST_M
    assert np.hypot(*cloud.points_mm[:, :2].astype(float).T).max() < 1000 * WIDEST_M
    assert 350 < high[0] - low[0] < 900
    assert high[1] - low[1] < 1250
    assert np.abs(np.linalg.norm(cloud.normals.astype(float), axis=1) - 127).max() < 3


@pytest.mark.parametrize("hair", list(Hair))
@pytest.mark.parametrize("arms", [Arms.DOWN, Arms.RAISED], ids=str)
def test_every_hair_and_every_hat_can_be_drawn(hair: Hair, arms: Arms) -> None:
    relief = look_at(figure_cloud(Build(hair=hair, arms=arms), None), 0.3, 0.5, 80)
    assert 1500 < len(relief.pixel) < 9000


def test_one_sees_a_face_from_the_front_and_hair_from_behind() -> None:
    cloud = figure_cloud(Build(hair=Hair.SHORT), None)
    front, behind = (look_at(cloud, facing, 0.45, 100) for facing in (0.0, np.pi))
    assert share_of_head(front, Material.SKIN) > 0.35
    assert share_of_head(behind, Material.SKIN) < 0.15
    assert share_of_head(behind, Material.HAIR) > share_of_head(front, Material.HAIR)


def test_a_figure_is_as_tall_in_the_picture_as_its_scale_and_the_pitch_say() -> None:
    cloud = figure_cloud(Build(), None)
    for scale, pitch_rad in ((40, 0.2), (100, 0.5), (160, 0.9)):
        expected = 1.75 * scale * np.cos(pitch_rad)
        relief = look_at(cloud, 0.0, pitch_rad, scale)
        assert expected * 0.95 < relief.shape[0] < expected + 0.42 * scale * np.sin(pitch_rad) + 8


@pytest.mark.parametrize("pitch_rad", [0.1, 0.6, 1.3])
def test_half_a_figure_is_the_upper_half_of_the_whole(pitch_rad: float) -> None:
    cloud = figure_cloud(Build(), 1.2)
    half, whole = look_at(cloud, 0.7, pitch_rad, 90, HALF_M), look_at(cloud, 0.7, pitch_rad, 90)
    rows = half.shape[0] - 3
    assert rows < half.head_px[1] + HALF_M * 90
    upper, of_whole = (materials(relief, rows) for relief in (half, whole))
    left = whole.head_px[0] - half.head_px[0]
    assert np.array_equal(upper, of_whole[:, left : left + upper.shape[1]])


def materials(relief: Relief, rows: int) -> Bytes:
    """The material at each pixel of the upper rows, 0 where nobody is."""
    shown = np.zeros(relief.shape, dtype=np.uint8)
    shown.ravel()[relief.pixel] = relief.surface["material"]
    return shown[:rows]


def test_a_figure_has_no_gaps() -> None:
    relief = look_at(figure_cloud(Build(coat_hem_m=0.5), None), 0.0, 0.5, 150)
    shown = np.zeros(relief.shape, dtype=bool).ravel()
    shown[relief.pixel] = True
    trunk = shown.reshape(relief.shape)[int(relief.head_px[1] + 50) : int(relief.head_px[1] + 110)]
    inner = trunk[:, int(relief.head_px[0]) - 15 : int(relief.head_px[0]) + 15]
    assert inner.all()


def test_a_crowd_darkens_the_body_and_not_the_head() -> None:
    rng = np.random.default_rng(3)
    relief, outfit = look_at(figure_cloud(Build(), None), 0.0, 0.5, 80), random_outfit(rng)
    alone, packed = (coloured(shaded(relief, DAY, 0.5, crowding).lit, outfit).astype(float) for crowding in (0.0, 1.0))
    head, feet = slice(0, int(relief.head_px[1])), slice(-40, None)
    assert packed[head].sum() == pytest.approx(alone[head].sum(), rel=0.02)
    assert packed[feet, :, :3].sum() < 0.7 * alone[feet, :, :3].sum()


def test_people_are_mostly_dressed_in_muted_colours() -> None:
    rng = np.random.default_rng(0)
    tops = np.array([random_outfit(rng).colour[:, Material.TOP] for _ in range(400)])
    saturation = np.ptp(tops, axis=1) / tops.max(axis=1)
    assert 0.05 < (saturation > 0.55).mean() < 0.3
