from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from support.rtsp_server import RtspServer
from workers.capture.probe import probe

MakeCamera = Callable[..., Camera]


@pytest.mark.integration
@pytest.mark.parametrize("key_frames_only", [False, True], ids=["every-frame", "key-frames-only"])
def test_probe_says_codec_size_rates_and_how_long_the_first_picture_took(
    start_rtsp_server: Callable[..., RtspServer], camera: MakeCamera, film_h265: Path, key_frames_only: bool
) -> None:
    server = start_rtsp_server({"gate": film_h265})
    seen = probe("gate", camera(server.url("gate"), key_frames_only=key_frames_only))
    assert (seen.codec, seen.width_px, seen.height_px) == ("hevc", 320, 240)
    assert seen.declared_rate_hz == 25
    assert seen.measured_rate_hz == pytest.approx(25, abs=7)
    assert 0 < seen.first_frame_s < 2
    assert seen.decode_errors == 0


def test_probe_of_a_camera_that_is_away_names_it(camera: MakeCamera, silent_port: int) -> None:
    with pytest.raises(SourceError, match=f"^camera north-gate: no RTSP answer from 127.0.0.1:{silent_port} in 1 s$"):
        probe("north-gate", camera(f"rtsp://127.0.0.1:{silent_port}/s", connect_timeout_s=1))


def test_probe_of_a_film_that_is_over_at_once_counts_what_there_was(camera: MakeCamera, film: Path) -> None:
    seen = probe("gate", camera(film, loop=False), watch_s=0.5)
    assert seen.measured_rate_hz == pytest.approx(25, abs=7)
