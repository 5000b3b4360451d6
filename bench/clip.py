"""A 720p clip to measure with, drawn by our own simulator, so that nobody needs a recording."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from crushwatch.simulate import open_scenario


def write_clip(path: Path, *, scenario: str = "calm", seconds: float = 8.0, rate_hz: int = 25) -> Path:
    """1280x720 H.264 with a key frame a second; drawn at 5 pictures a second, each shown as often as needed."""
    drawn_hz = 5
    source = open_scenario(scenario)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate_hz, options={"preset": "veryfast", "g": str(rate_hz)})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for number in range(int(seconds * rate_hz)):
            if number % (rate_hz // drawn_hz) == 0:
                image = source.frame(60 + number / rate_hz).image
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate_hz)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
