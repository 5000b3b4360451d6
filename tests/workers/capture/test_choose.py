from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from workers.capture.choose import open_source, plays_once
from workers.capture.file import file_path

MakeCamera = Callable[..., Camera]


@pytest.mark.parametrize(
    ("source", "loop", "expected"),
    [
        ("clip.mp4", True, False),
        ("clip.mp4", False, True),
        ("file:///srv/clip.mp4", False, True),
        ("rtsp://10.0.0.11/s", False, False),
        ("webcam:0", False, False),
        ("sim:gate", False, False),
    ],
)
def test_only_a_file_that_is_not_looped_plays_once(camera: MakeCamera, source: str, loop: bool, expected: bool) -> None:
    assert plays_once(camera(source, loop=loop)) is expected


def test_file_address_and_path_lead_to_the_same_file(camera: MakeCamera, film: Path) -> None:
    assert file_path(film.as_uri()) == film
    source = open_source("gate", camera(film.as_uri()))
    assert source.open().width_px == 320
    source.close()


def test_webcam_that_is_not_there_is_said(camera: MakeCamera) -> None:
    source = open_source("gate", camera("webcam:93"))
    with pytest.raises(SourceError, match="no webcam 93: is it plugged in"):
        source.open()
    source.close()


def test_scenario_that_is_not_there_is_said_with_those_there_are(camera: MakeCamera) -> None:
    with pytest.raises(SourceError, match=r"sim:nowhere: no such scenario; there are .*gate"):
        open_source("gate", camera("sim:nowhere")).open()


def test_simulated_camera_gives_pictures_with_their_truth_at_twice_the_pace_of_analysis(camera: MakeCamera) -> None:
    source = open_source("gate", camera("sim:calm", analysis_rate_hz=0.5))
    info = source.open()
    picture, truth = next(source.frames())
    source.close()
    assert (info.codec, info.frame_rate_hz) == ("simulated", 1.0)
    assert (picture.width_px, picture.height_px) == (info.width_px, info.height_px)
    assert truth is not None
    assert truth.heads_px.shape[1] == truth.feet_m.shape[1] == 2
    assert len(truth.heads_px) > 0
