"""HTTP and HTTPS: MJPEG (picture after picture), HLS (a playlist of pieces), or a file that is played from there."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from structlog.typing import FilteringBoundLogger

from crushwatch.site import Camera
from workers.capture.fault import endpoint, host_and_port
from workers.capture.pacing import at_their_pace
from workers.capture.picture import AvPicture
from workers.capture.source import SourceInfo, Truth
from workers.capture.stream import AvStream, StreamSettings
from workers.capture.tally import Tally
from workers.capture.tls import telling_why, tls_options

HLS_PIECE_S = 20.0
"""A playlist rests for as long as one of its pieces lasts; longest piece in use, and some more."""


class HttpSource:
    """One stream over HTTP. What has an end or comes in pieces is given out at the pace it was filmed at.

    protocol_whitelist: a playlist may lead on to other addresses, never to files of this machine.
    live_start_index: begin two pieces before the end of a playlist, for the newest picture without a gap.
    """

    def __init__(self, camera: Camera, tally: Tally, log: FilteringBoundLogger, *, paced: bool = True) -> None:
        self._camera = camera
        address = camera.source.reveal()
        self._host, self._port = host_and_port(address)
        self._paced = paced
        is_playlist = urlsplit(address).path.lower().endswith(".m3u8")
        settings = StreamSettings(
            protocol="HTTP",
            where=endpoint(self._host, self._port),
            open_timeout_s=camera.connect_timeout_s,
            stall_after_s=camera.stall_after_s + (HLS_PIECE_S if is_playlist else 0),
            options={
                "protocol_whitelist": "http,https,tcp,tls,crypto,data,httpproxy",
                "fpsprobesize": "0",
                "live_start_index": "-2",
                "user_agent": "crushwatch",
                **tls_options(camera),
            },
            key_frames_only=camera.key_frames_only,
            analysis_rate_hz=camera.analysis_rate_hz if paced else None,
            hardware_decoder=camera.hardware_decoder,
        )
        self._stream = AvStream(address, settings, tally, log)

    def open(self) -> SourceInfo:
        with telling_why(self._camera, self._host, self._port):
            return self._stream.open()

    def frames(self) -> Iterator[tuple[AvPicture, Truth | None]]:
        pictures = self._stream.pictures()
        if self._paced and not self._stream.is_live:
            pictures = at_their_pace(pictures, self._stream.closing)
        return ((picture, None) for picture in pictures)

    def close(self) -> None:
        self._stream.close()
