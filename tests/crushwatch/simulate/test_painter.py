from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from crushwatch.simulate import painter as painting
from crushwatch.simulate.barrier import Barrier, barrier_fixtures
from crushwatch.simulate.build import Build
from crushwatch.simulate.cast import Actor, Placed
from crushwatch.simulate.lens import Film, Lens
from crushwatch.simulate.light import Light
from crushwatch.simulate.painter import Figures, Painter
from crushwatch.simulate.pinhole import Pinhole
from crushwatch.simulate.relief import WHOLE_M
from crushwatch.simulate.shadow import cast_shadows
from crushwatch.simulate.shelf import Shelf
from crushwatch.simulate.surface import Bytes
from crushwatch.simulate.wardrobe import Outfit, random_build, random_outfit

CAMERA = Pinhole(6.0, 0.6, 700.0, (640, 480))
EVEN = Light(towards_sun=(0.0, 1.0, 0.0), sky=(1.0, 1.0, 1.0), sun=(0.0, 0.0, 0.0))


def dressed(red: float, green: float, blue: float) -> Outfit:
    colour = np.tile(np.array([[red], [green], [blue]], dtype=np.float32), (1, 9))
    return Outfit(colour)


def painter() -> Painter:
    """Somebody all red (actor 0) and somebody all green (actor 1)."""
    cast = (Actor(0, dressed(250, 6, 6), 1.75), Actor(0, dressed(6, 250, 6), 1.75))
    return Painter(CAMERA, cast, EVEN, Figures((Build(),)))


def placed(*people: tuple[int, float, float]) -> Placed:
    actor, x, y = np.array(people).T
    still = np.full(len(people), np.nan)
    return Placed(actor.astype(np.int64), np.column_stack([x, y]), np.zeros(len(people)), still, np.zeros(len(people)))


def painted(crowd: Placed, *barriers: Barrier) -> Bytes:
    picture = np.zeros((480, 640, 3), dtype=np.uint8)
    fixtures = [fixture for barrier in barriers for fixture in barrier_fixtures(barrier, CAMERA, EVEN)]
    painter().paint(picture, crowd, fixtures)
    return picture


def count(picture: Bytes, channel: int) -> int:
    return int((picture[..., channel] > 60).sum())


def test_somebody_is_painted_around_the_point_of_the_head() -> None:
    crowd = placed((0, 0.8, 8.0))
    x, y = CAMERA.project(painter().heads_m(crowd))[0]
    rows, columns = np.nonzero(painted(crowd)[..., 0] > 60)
    assert rows.min() < y < rows.min() + 16
    assert columns.min() < x < columns.max()


def test_feet_are_painted_where_they_stand() -> None:
    crowd = placed((0, -1.5, 9.0))
    foot_y = CAMERA.project(np.array([[-1.5, 9.0, 0.0]]))[0, 1]
    assert np.nonzero(painted(crowd)[..., 0] > 60)[0].max() == pytest.approx(foot_y, abs=8)


def test_the_nearer_person_hides_the_farther() -> None:
    red_alone = count(painted(placed((0, 0.0, 9.0))), 0)
    picture = painted(placed((1, 0.0, 8.5), (0, 0.0, 9.0)))
    assert 0 < count(picture, 0) < 0.6 * red_alone
    assert count(picture, 1) == pytest.approx(count(painted(placed((1, 0.0, 8.5))), 1), rel=0.01)


def test_a_panel_hides_the_legs_of_who_stands_behind_it_only() -> None:
    panel = Barrier(((-2.0, 8.0), (2.0, 8.0)), kind="panel", colour=(0, 0, 255))
    behind, before = placed((0, 0.0, 8.6)), placed((0, 0.0, 7.4))
    assert 0.3 < count(painted(behind, panel), 0) / count(painted(behind), 0) < 0.8
    assert count(painted(before, panel), 0) == count(painted(before), 0)


def test_a_barrier_of_bars_lets_people_be_seen() -> None:
    bars = Barrier(((-2.0, 8.0), (2.0, 8.0)), colour=(0, 0, 255))
    behind = placed((0, 0.0, 8.6))
    assert 0.6 < count(painted(behind, bars), 0) / count(painted(behind), 0) < 1


def test_a_gate_stands_only_while_it_is_closed() -> None:
    gate = Barrier(((0.0, 5.0), (1.0, 5.0)), closed_s=((0.0, 10.0), (20.0, 30.0)))
    assert [gate.stands_at(time_s) for time_s in (0.0, 9.9, 10.0, 20.0, 30.0)] == [True, True, False, True, False]


def test_people_at_and_beyond_the_edges_do_no_harm() -> None:
    crowd = placed((0, -9.0, 8.0), (1, 9.0, 8.0), (0, 0.0, 0.1), (1, 0.0, -5.0), (0, 0.0, 400.0))
    assert painted(crowd).shape == (480, 640, 3)


def test_shadows_darken_the_floor_about_the_feet() -> None:
    picture = np.full((480, 640, 3), 200, dtype=np.uint8)
    cast_shadows(picture, CAMERA, placed((0, 0.0, 8.0)), EVEN)
    x, y = CAMERA.project(np.array([[0.0, 8.0, 0.0]]))[0].astype(int)
    assert picture[y, x].max() < 170
    assert picture[10, 10].min() == 200


def test_a_long_shadow_falls_away_from_the_sun() -> None:
    picture = np.full((480, 640, 3), 200, dtype=np.uint8)
    cast_shadows(picture, CAMERA, placed((0, 0.0, 8.0)), Light(towards_sun=(-0.8, 0.5, 0.3)))
    x = int(CAMERA.project(np.array([[0.0, 8.0, 0.0]]))[0, 0])
    assert picture[:, x + 40 :].min() < 160
    assert picture[:, : x - 40].min() > 190


PAINTED = Path(__file__).with_name("painted.png")
"""A crowd in the sun, as it was drawn when the figures of docs/measurement.md were measured."""


def random_crowd(people: int, spread_m: float) -> tuple[tuple[Actor, ...], Figures, Placed]:
    """People of four builds, some of whom walk, in a square before the camera."""
    rng = np.random.default_rng(4)
    builds = tuple(random_build(rng) for _ in range(4))
    cast = tuple(Actor(number % 4, random_outfit(rng), 1.6 + 0.02 * number) for number in range(16))
    feet_m = rng.uniform((-spread_m / 2, 9 - spread_m / 2), (spread_m / 2, 9 + spread_m / 2), (people, 2))
    stride_rad = np.where(np.arange(people) % 16 < 10, rng.uniform(0, 6, people), np.nan)
    packed = np.linspace(0, 1, people)
    return cast, Figures(builds), Placed(np.arange(people) % 16, feet_m, rng.uniform(0, 6, people), stride_rad, packed)


def crowd_in_the_sun(people: int = 16, spread_m: float = 6.0, tilt_rad: float = 0.6) -> Bytes:
    camera = Pinhole(6.0, tilt_rad, 350.0, (320, 240))
    light = Light(towards_sun=(-0.45, 0.75, 0.48), sky=(0.74, 0.77, 0.82), sun=(0.48, 0.45, 0.39))
    cast, figures, placed = random_crowd(people, spread_m)
    picture = np.full((240, 320, 3), 150, dtype=np.uint8)
    cast_shadows(picture, camera, placed, light)
    Painter(camera, cast, light, figures).paint(picture, placed)
    return picture


@pytest.mark.parametrize(("people", "spread_m", "tilt_rad"), [(60, 5.0, 0.6), (60, 5.0, 0.3), (40, 14.0, 1.2)], ids=str)
def test_a_crowd_looks_as_if_everybody_were_drawn_down_to_the_feet(
    people: int, spread_m: float, tilt_rad: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = crowd_in_the_sun(people, spread_m, tilt_rad)
    monkeypatch.setattr(painting, "reach_step_m", lambda _: WHOLE_M)
    monkeypatch.setattr(painting.Cover, "seen_down_to", lambda *_: 240)
    assert np.array_equal(picture, crowd_in_the_sun(people, spread_m, tilt_rad))


def test_people_are_drawn_as_they_were_when_the_figures_were_measured() -> None:
    was = cv2.cvtColor(np.asarray(cv2.imread(str(PAINTED))), cv2.COLOR_BGR2RGB)
    off = np.abs(crowd_in_the_sun().astype(int) - was)
    assert (off > 1).mean() < 0.002, "rounding of another processor moves a point to the next pixel now and then"
    assert off.mean() < 0.05


def test_the_shelf_keeps_what_was_used_last() -> None:
    made: list[str] = []
    shelf: Shelf[str] = Shelf(2, len)
    for key in ("a", "b", "a", "c", "a", "b"):
        shelf.get(key, lambda key=key: made.append(key) or key)
    assert made == ["a", "b", "c", "b"]


def test_the_shelf_makes_anew_what_is_not_enough_and_keeps_what_is_more() -> None:
    shelf: Shelf[int] = Shelf(100, lambda _: 1)
    wanted = (2, 5, 3, 5)
    assert [shelf.get("a", lambda most=most: most, lambda kept, most=most: kept >= most) for most in wanted] == [
        2,
        5,
        5,
        5,
    ]


@pytest.mark.parametrize("lens", [Lens(), Lens(jpeg_quality=0), Lens(rain=1.0), Lens(blur_px=0)], ids=str)
def test_a_film_gives_the_same_picture_for_the_same_seed_and_keeps_its_brightness(lens: Lens) -> None:
    grey = np.full((96, 128, 3), 118, dtype=np.uint8)
    film = Film((128, 96), lens)
    assert np.array_equal(film.develop(grey, 4), film.develop(grey, 4))
    assert not np.array_equal(film.develop(grey, 4), film.develop(grey, 5))
    assert film.develop(grey, 4).mean() == pytest.approx(118, abs=8)
