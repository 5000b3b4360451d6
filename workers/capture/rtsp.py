"""RTSP, the way most cameras speak: over TCP or UDP, with or without TLS."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from structlog.typing import FilteringBoundLogger

from crushwatch.site import Camera
from workers.capture.cut import Address, cut_idle
from workers.capture.damage import KEYS_NEEDED
from workers.capture.fault import endpoint, host_and_port
from workers.capture.picture import AvPicture
from workers.capture.source import SourceInfo, Truth
from workers.capture.stream import AvStream, StreamSettings
from workers.capture.tally import Tally
from workers.capture.tls import telling_why, tls_options

_over_udp: dict[RtspSource, Address] = {}
"""The sources of this process that are open over UDP: a connection to such a place may only steer."""


class RtspSource:
    """One RTSP camera. Only its picture is asked for: sound or metadata that go on must not hide that it has stopped.

    timeout: FFmpeg itself ends a read of a connection that is silent. PyAV's own timeout would take Python's lock at
    each of some hundred reads a frame, for which 64 cameras wait in turn. What brings reports and no pictures is not
    silent: whoever waits for the pictures leaves it behind and cuts it.
    fpsprobesize 0: the declared frame rate is believed, so that pictures come with the first key frame and not after
    a second of counting.
    """

    def __init__(self, camera: Camera, tally: Tally, log: FilteringBoundLogger) -> None:
        self._camera = camera
        self._log = log
        address = camera.source.reveal()
        self._host, self._port = host_and_port(address)
        # The option holds while connecting, too, and TLS does not know it.
        by_option = camera.transport == "tcp" and camera.stall_after_s >= camera.connect_timeout_s
        self._ends_silence = by_option and address.startswith("rtsp:")
        settings = StreamSettings(
            protocol="RTSP",
            where=endpoint(self._host, self._port),
            open_timeout_s=camera.connect_timeout_s,
            stall_after_s=camera.stall_after_s,
            options={
                "rtsp_transport": camera.transport,
                "allowed_media_types": "video",
                "fpsprobesize": "0",
                "user_agent": "crushwatch",
                **({"timeout": str(round(camera.stall_after_s * 1e6))} if self._ends_silence else {}),
                **tls_options(camera),
            },
            key_frames_only=camera.key_frames_only,
            analysis_rate_hz=camera.analysis_rate_hz,
            hardware_decoder=camera.hardware_decoder,
            may_rest=camera.transport == "tcp",
            ends_silence_itself=self._ends_silence,
            loses_packets=camera.transport == "udp",
        )
        self._stream = AvStream(address, settings, tally, log)

    def open(self) -> SourceInfo:
        if self._camera.transport == "udp":
            _over_udp[self] = self._host, self._port
        with telling_why(self._camera, self._host, self._port):
            info = self._stream.open()
        if self._camera.transport == "udp" and info.codec in KEYS_NEEDED:
            self._log.warning("of H.265 over UDP not every damaged picture is seen to be so: transport tcp loses none")
        return info

    def frames(self) -> Iterator[tuple[AvPicture, Truth | None]]:
        return ((picture, None) for picture in self._stream.pictures())

    def cut(self) -> None:
        """End a read to which pictures do not come any more; returns at once."""
        of_whom = (self._host, self._port, self._camera.stall_after_s, _over_udp.values())
        threading.Thread(target=cut_idle, args=of_whom, name="cut", daemon=True).start()

    def close(self) -> None:
        _over_udp.pop(self, None)
        self._stream.close()
