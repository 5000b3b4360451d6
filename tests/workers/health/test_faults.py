"""Each fault of a camera on rendered and on real pictures; and none of them where nothing is wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from crushwatch.ground import Lattice
from crushwatch.simulate import open_scenario
from crushwatch.site import CameraRules
from support.real_data import real_clip, real_folder
from support.watched_camera import WatchedCamera, own_reference
from workers.batch.letterbox import Letterbox
from workers.replay.truth import splat

Image = np.ndarray
SIZE_PX = (640, 360)
GOOD_S, BAD_S = 80, 60


@cache
def rendered(name: str, pictures: int = 20, every_s: float = 2.0) -> tuple[Image, ...]:
    """A scenario's pictures from its beginning on."""
    scenario = open_scenario(name, SIZE_PX)
    return tuple(scenario.frame(number * every_s).image for number in range(pictures))


@cache
def filmed(name: str) -> tuple[Image, ...]:
    """Real pictures of one camera, a second or two apart; skips where they are not there."""
    if name == "mall":
        return tuple(real_folder("mall/frames", 40, SIZE_PX))
    return tuple(real_clip(f"video/{name}.mp4", every=12, size_px=SIZE_PX))


def to_and_fro(pictures: Sequence[Image], seconds: float, every_s: float = 2.0) -> list[Image]:
    """So many seconds of them, forwards and backwards, without a jump."""
    cycle = itertools.cycle([*pictures, *pictures[-2:0:-1]])
    return list(itertools.islice(cycle, int(seconds / every_s)))


GRAIN = np.random.default_rng(3).normal(0, 2, (SIZE_PX[1] + 64, SIZE_PX[0] + 64, 3)).astype(np.float32)
PLACES = np.random.default_rng(4)


def grain(image: np.ndarray) -> Image:
    """The picture with a sensor's grain, another one each time."""
    y, x = PLACES.integers(64, size=2)
    noisy = image + GRAIN[y : y + image.shape[0], x : x + image.shape[1]]
    return np.clip(noisy, 0, 255).astype(np.uint8)


def view(image: Image, *, pan: float = 0.0, roll_deg: float = 0.0) -> Image:
    """The middle of the picture as a camera sees it that can be turned: by so much of its width, by so many degrees."""
    height, width = image.shape[:2]
    shown = 0.75
    centre = (width / 2 + pan * width * shown, height / 2)
    turned = cv2.getRotationMatrix2D(centre, roll_deg, 1 / shown)
    turned[:, 2] += (width / 2 - centre[0], height / 2 - centre[1])
    return cv2.warpAffine(image, turned, (width, height), borderMode=cv2.BORDER_REFLECT)


def behind_a_cloth(image: Image, share: float, level: int) -> Image:
    covered = image.copy()
    covered[:, : int(image.shape[1] * share)] = level
    return grain(covered)


BAD: dict[str, tuple[str, Callable[[Image], Image]]] = {
    "black": ("camera-dark", lambda image: grain(image * 0.03)),
    "sun-in-the-lens": ("camera-overexposed", lambda image: grain(image * 5.0)),
    "out-of-focus": ("camera-blurred", lambda image: cv2.GaussianBlur(image, (0, 0), 2.5)),
    "half-behind-a-grey-cloth": ("camera-covered", lambda image: behind_a_cloth(image, 0.5, 90)),
    "all-behind-paper": ("camera-covered", lambda image: behind_a_cloth(image, 1.0, 150)),
    "mostly-behind-black-tape": ("camera-covered", lambda image: behind_a_cloth(image, 0.6, 5)),
}


@pytest.mark.parametrize("scene", ["calm", "plaza"])
@pytest.mark.parametrize("fault", BAD)
def test_each_fault_raises_its_one_alert_and_good_pictures_end_it(fault: str, scene: str, tmp_path: Path) -> None:
    pictures = rendered(scene) if scene == "calm" else filmed(scene)
    rule, spoil = BAD[fault]
    camera = WatchedCamera(own_reference(tmp_path))
    camera.film(to_and_fro(pictures, GOOD_S))
    assert camera.told == []
    camera.film([spoil(image) for image in to_and_fro(pictures, BAD_S)])
    assert camera.open() == {rule}
    camera.film(to_and_fro(pictures, 30))
    assert [(name, change) for _second, name, change in camera.told] == [(rule, "raised"), (rule, "cleared")]


@pytest.mark.parametrize("scene", ["calm", "rain", "mall"])
@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(lambda image: view(image, pan=0.05), id="panned-by-a-twentieth-of-the-width"),
        pytest.param(lambda image: view(image, pan=0.15), id="panned-by-a-seventh"),
        pytest.param(lambda image: view(image, roll_deg=6), id="rolled-by-six-degrees"),
    ],
)
def test_a_camera_that_is_turned_has_moved_until_it_is_turned_back(
    turn: Callable[[Image], Image], scene: str, tmp_path: Path
) -> None:
    pictures = filmed(scene) if scene == "mall" else rendered(scene)
    camera = WatchedCamera(own_reference(tmp_path))
    camera.film([view(image) for image in to_and_fro(pictures, GOOD_S)])
    camera.film([turn(image) for image in to_and_fro(pictures, BAD_S)])
    assert camera.open() == {"camera-moved"}
    camera.film([view(image) for image in to_and_fro(pictures, 30)])
    assert [(name, change) for _s, name, change in camera.told] == [
        ("camera-moved", "raised"),
        ("camera-moved", "cleared"),
    ]
    assert "of the picture's width from its reference picture; no density per m²" in camera.because[0]


def test_a_turn_while_no_worker_was_there_is_seen_against_the_reference_that_was_kept(tmp_path: Path) -> None:
    camera = WatchedCamera(own_reference(tmp_path))
    camera.film([view(image) for image in to_and_fro(rendered("calm"), GOOD_S)])
    camera.reference = own_reference(tmp_path)
    camera.restart()
    camera.film([view(image, pan=0.1) for image in to_and_fro(rendered("calm"), BAD_S)])
    assert camera.raised() == ["camera-moved"]


def test_a_camera_that_shows_another_place_altogether_has_moved(tmp_path: Path) -> None:
    camera = WatchedCamera(own_reference(tmp_path))
    camera.film(to_and_fro(rendered("calm"), GOOD_S))
    camera.film(to_and_fro(rendered("rain"), 30))  # the same place in other light and rain
    assert camera.told == []
    camera.film(to_and_fro(filmed("mall"), 100))
    assert camera.raised() == ["camera-moved"]
    assert "nothing in the picture is where its reference picture has it" in camera.because[0]


def test_a_steered_camera_may_move_where_the_site_says_so(tmp_path: Path) -> None:
    camera = WatchedCamera(own_reference(tmp_path), CameraRules(ignored=("camera-moved",)))
    camera.film([view(image) for image in to_and_fro(rendered("calm"), GOOD_S)])
    camera.film([view(image, pan=0.1) for image in to_and_fro(rendered("calm"), BAD_S)])
    assert camera.told == []


@pytest.mark.parametrize("scene", ["plaza", "stadium", "mall"])
def test_no_alert_in_minutes_of_a_real_place(scene: str, tmp_path: Path) -> None:
    camera = WatchedCamera(own_reference(tmp_path)).film(to_and_fro(filmed(scene), 240))
    assert camera.told == []


@pytest.mark.parametrize("scene", ["rain", "calm", "empty"])
def test_no_alert_in_rain_nor_where_few_or_none_walk(scene: str, tmp_path: Path) -> None:
    camera = WatchedCamera(own_reference(tmp_path)).film(to_and_fro(rendered(scene), 240))
    assert camera.told == []


@pytest.mark.parametrize("scene", ["gate", "night"])
def test_no_alert_when_a_crowd_comes_to_cover_most_of_the_picture_and_leaves(scene: str, tmp_path: Path) -> None:
    camera = WatchedCamera(own_reference(tmp_path))
    scenario = open_scenario(scene, SIZE_PX)
    lattice = camera_lattice()
    for number in range(28):
        frame = scenario.frame(number * 8.0)
        camera.film([frame.image], every_s=8.0, people=splat(frame.heads_px, lattice))
    assert camera.told == []


def test_no_alert_when_a_crowd_that_stands_hides_all_that_is_to_be_recognised(tmp_path: Path) -> None:
    """An alley between blank walls, a quarter of the picture full of people: they look like another place."""
    camera, scenario, lattice = (
        WatchedCamera(own_reference(tmp_path)),
        open_scenario("alley", SIZE_PX),
        camera_lattice(),
    )
    for second in (*range(56), *range(205, 275)):
        frame = scenario.frame(float(second))
        camera.film([frame.image], every_s=1.0, people=splat(frame.heads_px, lattice))
    assert camera.told == []


@pytest.mark.parametrize("scene", ["calm", "mall"])
def test_dusk_is_a_slow_fade_that_ends_in_darkness_and_in_nothing_else(scene: str, tmp_path: Path) -> None:
    pictures = filmed(scene) if scene == "mall" else rendered(scene)
    camera = WatchedCamera(own_reference(tmp_path)).film(to_and_fro(pictures, GOOD_S))
    fade = to_and_fro(pictures, 300)
    camera.film([grain(image * 2 ** (-number / 25)) for number, image in enumerate(fade)])
    assert camera.raised() == ["camera-dark"]


def test_a_frozen_picture_is_frozen_although_the_clock_that_is_drawn_into_it_runs(tmp_path: Path) -> None:
    still = rendered("calm")[0]

    def with_clock(second: int) -> Image:
        image = still.copy()
        place, font = (8, 24), cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(image, f"2022-10-29 22:14:{second:02d}", place, font, 0.7, (255, 255, 255), 2)
        return image

    camera = WatchedCamera().film([with_clock(second) for second in range(40)], every_s=1.0)
    assert camera.raised() == ["camera-frozen"]


def camera_lattice() -> Lattice:
    return Letterbox.fit(SIZE_PX, (1024, 576)).lattice(SIZE_PX)
