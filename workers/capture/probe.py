"""Look at a camera once and say what it gives: `crushwatch check --probe`."""

from __future__ import annotations

import time
from dataclasses import dataclass

from crushwatch.errors import SourceError
from crushwatch.site import Camera
from workers.capture.choose import open_source
from workers.capture.source import Source
from workers.capture.tally import Tally


@dataclass(frozen=True)
class Probe:
    """What a camera gave.

    declared_rate_hz: frames a second as the stream says; None where it does not
    measured_rate_hz: as they came; None where fewer than two came
    first_frame_s:    seconds from the beginning of the connection to the first decoded picture
    """

    codec: str
    width_px: int
    height_px: int
    declared_rate_hz: float | None
    measured_rate_hz: float | None
    first_frame_s: float
    decode_errors: int


def probe(camera_id: str, camera: Camera, *, watch_s: float = 2.0) -> Probe:
    """Open the camera and watch it for `watch_s` seconds; raises SourceError, which names the camera."""
    tally = Tally()
    try:
        return _watch(open_source(camera_id, camera, tally), tally, watch_s)
    except SourceError as error:
        raise SourceError(f"camera {camera_id}: {error}") from None


def _watch(source: Source, tally: Tally, watch_s: float) -> Probe:
    started_s = time.monotonic()
    try:
        info = source.open()
        pictures = source.frames()
        picture, _ = next(pictures, (None, None))
        if picture is None:
            raise SourceError("it ended before it gave a picture")
        first_at_s, frames_before = time.monotonic(), tally.source_frames
        while time.monotonic() - first_at_s < watch_s and next(pictures, None) is not None:
            pass
        watched_s, frames = time.monotonic() - first_at_s, tally.source_frames - frames_before
    finally:
        source.close()
    return Probe(
        codec=info.codec,
        width_px=picture.width_px,
        height_px=picture.height_px,
        declared_rate_hz=info.frame_rate_hz,
        measured_rate_hz=frames / watched_s if frames else None,
        first_frame_s=first_at_s - started_s,
        decode_errors=tally.decode_errors,
    )
