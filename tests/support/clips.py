"""Small films for tests, drawn and encoded here: a square that walks over noise, so that no two pictures are alike."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

ENCODER = {"h264": "libx264", "hevc": "libx265", "mjpeg": "mjpeg"}
QUIET = {"h264": {"preset": "ultrafast"}, "hevc": {"preset": "ultrafast", "x265-params": "log-level=none"}, "mjpeg": {}}


def draw(width_px: int, height_px: int, frames: int) -> Iterator[npt.NDArray[np.uint8]]:
    """(height, width, 3) pictures of a red square that walks from left to right over green noise."""
    noise = np.random.default_rng(7).integers(60, 100, (height_px, width_px), dtype=np.uint8)
    side = max(8, height_px // 6)
    for number in range(frames):
        picture = np.zeros((height_px, width_px, 3), np.uint8)
        picture[..., 1] = noise
        left = int((width_px - side) * number / max(1, frames - 1))
        picture[side : 2 * side, left : left + side] = (230, 20, 20)
        yield picture


def make_clip(
    path: Path,
    *,
    codec: str = "h264",
    size_px: tuple[int, int] = (320, 240),
    frames: int = 50,
    rate_hz: int = 25,
    gop: int = 10,
    b_frames: int = 0,
    start: int = 0,
    container: str | None = None,
) -> Path:
    """A film at `path`, in the container of its suffix; `start` is the number of its first frame."""
    width_px, height_px = size_px
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p" if not (width_px % 2 or height_px % 2) else "yuv444p"
    with av.open(str(path), "w", format=container) as film:
        stream = film.add_stream(ENCODER[codec], rate=rate_hz, options=QUIET[codec])
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, pixels
        stream.codec_context.gop_size = gop
        stream.codec_context.max_b_frames = b_frames
        for number, picture in enumerate(draw(width_px, height_px, frames)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = start + number, Fraction(1, rate_hz)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path
