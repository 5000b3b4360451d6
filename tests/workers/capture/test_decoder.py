from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from crushwatch.site import Camera
from workers.capture.choose import open_source
from workers.capture.decoder import frames_to_skip

MakeCamera = Callable[..., Camera]
rates = st.floats(min_value=0.1, max_value=240)


@given(rates, rates)
def test_frames_are_left_out_only_where_a_quarter_of_them_is_enough(analysis_hz: float, frames_hz: float) -> None:
    skip = frames_to_skip(key_frames_only=False, analysis_rate_hz=analysis_hz, frame_rate_hz=frames_hz)
    assert skip == ("NONREF" if frames_hz / 4 >= analysis_hz else "DEFAULT")


@pytest.mark.parametrize("frame_rate_hz", [None, 25.0], ids=["rate-unknown", "rate-known"])
def test_nothing_is_left_out_where_every_frame_is_wanted(frame_rate_hz: float | None) -> None:
    assert frames_to_skip(key_frames_only=False, analysis_rate_hz=None, frame_rate_hz=frame_rate_hz) == "DEFAULT"


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
