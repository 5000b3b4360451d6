"""A clip to measure with, drawn by our own simulator, so that nobody needs a recording."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from crushwatch.simulate import open_scenario

DRAWN_HZ = 5


def write_clip(
    path: Path,
    *,
    scenario: str = "calm",
    seconds: float = 8.0,
    rate_hz: int = 25,
    size_px: tuple[int, int] = (1280, 720),
    gop_s: float = 1.0,
    megabits_per_s: float | None = None,
) -> Path:
    """H.264 with a key frame every `gop_s`; drawn at 5 pictures a second, each shown as often as needed.

    megabits_per_s: as cameras hold it, over a quarter of a second; None for the encoder's own constant quality.
    """
    source = open_scenario(scenario)
    options = {"preset": "veryfast", "bf": "0", "g": str(round(gop_s * rate_hz)), "sc_threshold": "0"}
    if megabits_per_s is not None:
        options |= {"b": f"{megabits_per_s}M", "maxrate": f"{megabits_per_s}M", "bufsize": f"{megabits_per_s / 4}M"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate_hz, options=options)
        stream.width, stream.height, stream.pix_fmt = *size_px, "yuv420p"
        for number in range(int(seconds * rate_hz)):
            if number % (rate_hz // DRAWN_HZ) == 0:
                image = np.asarray(cv2.resize(source.frame(60 + number / rate_hz).image, size_px), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate_hz)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
