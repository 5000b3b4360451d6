"""From what a person wrote about a camera to the source that reads it."""

from __future__ import annotations

import structlog

from crushwatch.site import Camera
from workers.capture.detached import DetachedSource
from workers.capture.file import FileSource
from workers.capture.http import HttpSource
from workers.capture.rtsp import RtspSource
from workers.capture.simulated import SimulatedSource
from workers.capture.source import Source
from workers.capture.tally import Tally
from workers.capture.webcam import WebcamSource

PATIENCE_S = 2.0
"""A source ends its own waiting; one that is this much later has been caught by something that it cannot end."""


def open_source(camera_id: str, camera: Camera, tally: Tally | None = None, *, paced: bool = True) -> Source:
    """The source of `camera`, ready for its `open`; raises SourceError for an address that cannot be read.

    paced: False reads a file or recording as fast as it can be decoded, every frame of it, as `crushwatch count` does;
    with `camera.loop` off it then ends after one round.
    """
    tally = tally or Tally()
    log = structlog.get_logger("crushwatch.workers.capture").bind(camera=camera_id)
    scheme, _, rest = camera.source.reveal().partition(":")
    # Both of libav's steps, connecting and looking into the stream, have the time that a person gave for one.
    network_s = 2 * camera.connect_timeout_s + PATIENCE_S
    match scheme:
        case "rtsp" | "rtsps":
            rtsp = RtspSource(camera, tally, log)
            return DetachedSource(
                rtsp,
                camera_id,
                open_within_s=network_s,
                stall_after_s=camera.stall_after_s + PATIENCE_S,
                pulse=lambda: tally.source_frames,
                on_stall=rtsp.cut,
            )
        case "http" | "https":
            return DetachedSource(HttpSource(camera, tally, log, paced=paced), camera_id, open_within_s=network_s)
        case "webcam":
            source = WebcamSource(int(rest), tally)
            return DetachedSource(
                source, camera_id, open_within_s=camera.connect_timeout_s, stall_after_s=camera.stall_after_s
            )
        case "sim":
            return SimulatedSource(rest, tally, analysis_rate_hz=camera.analysis_rate_hz)
        case _:
            return FileSource(camera, tally, log, paced=paced)


def plays_once(camera: Camera) -> bool:
    """Whether the camera is a file that is done when it ends, not a stream to be had back."""
    scheme, _, rest = camera.source.reveal().partition(":")
    is_file = not rest or scheme == "file"
    return is_file and not camera.loop
