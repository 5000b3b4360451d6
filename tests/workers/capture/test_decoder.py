from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog import get_logger
from structlog.testing import capture_logs

from crushwatch.site import Camera
from support.clips import make_clip
from workers.capture.choose import open_source
from workers.capture.decoder import TOO_FEW_FOR_S, Spacing, is_sparse
from workers.capture.stream import AvStream, StreamSettings
from workers.capture.tally import Tally

MakeCamera = Callable[..., Camera]
rates = st.floats(min_value=0.1, max_value=240)


@given(rates, rates)
def test_frames_are_left_out_only_where_a_quarter_of_them_is_enough(analysis_hz: float, frames_hz: float) -> None:
    assert is_sparse(analysis_hz, frames_hz) == (frames_hz / 4 >= analysis_hz)


@pytest.mark.parametrize("frame_rate_hz", [None, 25.0], ids=["rate-unknown", "rate-known"])
def test_nothing_is_left_out_where_every_frame_is_wanted(frame_rate_hz: float | None) -> None:
    assert not is_sparse(None, frame_rate_hz)


@given(rates, st.lists(st.floats(min_value=0, max_value=3), max_size=50))
def test_spacing_lets_nothing_through_too_early_and_nothing_wait_for_long(rate_hz: float, steps: list[float]) -> None:
    spacing, now_s, last_s = Spacing(rate_hz), 0.0, None
    for step in steps:
        now_s += step
        due = spacing.is_due(now_s)
        assert due == (last_s is None or now_s - last_s >= 1 / rate_hz)
        last_s = now_s if due else last_s


@pytest.mark.parametrize("paced", [True, False], ids=["watched", "counted"])
def test_frames_of_a_codec_without_references_are_decoded_only_as_often_as_they_are_needed(
    camera: MakeCamera, tmp_path: Path, paced: bool
) -> None:
    path = make_clip(tmp_path / "film.mkv", codec="mjpeg", frames=50)
    tally = Tally()
    source = open_source("gate", camera(path, loop=False, analysis_rate_hz=2), tally, paced=paced)
    source.open()
    pictures = list(source.frames())
    source.close()
    assert tally.source_frames == 50
    assert 6 <= len(pictures) <= 8 if paced else len(pictures) == 50


@pytest.mark.parametrize(("analysis_rate_hz", "all_are_decoded"), [(5, True), (1, False)])
def test_where_too_few_would_be_left_none_are_left_out(
    tmp_path: Path, analysis_rate_hz: float, all_are_decoded: bool
) -> None:
    film = make_clip(tmp_path / "film.mp4", frames=750, gop=250, b_frames=16)
    settings = StreamSettings("video", "here", analysis_rate_hz=analysis_rate_hz)
    stream = AvStream(f"file:{film}", settings, Tally(), get_logger())
    stream.open()
    shown_s = [picture.time_s for picture in stream.pictures() if picture.time_s is not None]
    stream.close()
    assert len([moment_s for moment_s in shown_s if moment_s < 5]) < 25
    late_s = [moment_s for moment_s in shown_s if TOO_FEW_FOR_S + 2 < moment_s < 28]
    assert (len(late_s) > 25 * 15) == all_are_decoded


@pytest.mark.parametrize("device", ["cuda", "vaapi", "qsv", "auto"])
def test_hardware_decoder_that_is_not_there_is_said_and_the_processor_takes_over(
    camera: MakeCamera, film: Path, device: str
) -> None:
    with capture_logs() as logs:
        source = open_source("gate", camera(film, hardware_decoder=device))
        source.open()
        pictures = list(islice(source.frames(), 3))
        source.close()
    assert len(pictures) == 3
    assert pictures[0][0].rgb(64, 32).shape == (32, 64, 3)
    said = [line for line in logs if "hardware" in line["event"]]
    assert len(said) == 1
    assert said[0]["camera"] == "gate"
    if said[0]["log_level"] == "warning":
        assert said[0]["event"] == "hardware decoder is not to be had, decodes on the processor"
        assert said[0]["reason"].startswith("cuda: " if device == "auto" else f"{device}: ")
