"""A video file: over and over at its own pace like a camera, or once as fast as it can be read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from structlog.typing import FilteringBoundLogger

from crushwatch.errors import SourceError, UnreadableError
from crushwatch.site import Camera
from workers.capture.pacing import at_their_pace
from workers.capture.picture import AvPicture
from workers.capture.source import SourceInfo, Truth
from workers.capture.stream import AvStream, StreamSettings
from workers.capture.tally import Tally


class FileSource:
    """One file. Each time round it is opened anew.

    protocol_whitelist: a file may be a playlist; it leads nowhere but to other files.
    """

    def __init__(self, camera: Camera, tally: Tally, log: FilteringBoundLogger, *, paced: bool = True) -> None:
        self._path = file_path(camera.source.reveal())
        self._camera = camera
        self._paced = paced
        self._tally = tally
        self._log = log
        self._closing = threading.Event()
        self._stream = self._new_stream()

    def _new_stream(self) -> AvStream:
        settings = StreamSettings(
            protocol="video",
            where=str(self._path),
            options={"protocol_whitelist": "file,crypto,data"},
            key_frames_only=self._camera.key_frames_only,
            analysis_rate_hz=self._camera.analysis_rate_hz if self._paced else None,
            hardware_decoder=self._camera.hardware_decoder,
        )
        return AvStream(f"file:{self._path}", settings, self._tally, self._log)

    def open(self) -> SourceInfo:
        try:
            return self._stream.open()
        except SourceError as error:
            raise UnreadableError(str(error)) from None

    def frames(self) -> Iterator[tuple[AvPicture, Truth | None]]:
        pictures = self._rounds()
        if self._paced:
            pictures = at_their_pace(pictures, self._closing)
        return ((picture, None) for picture in pictures)

    def _rounds(self) -> Iterator[AvPicture]:
        while True:
            is_empty = True
            for picture in self._stream.pictures():
                is_empty = False
                yield picture
            self._stream.close()
            if self._closing.is_set():
                return
            if is_empty:
                raise SourceError(f"{self._path}: no picture in it could be decoded")
            if not self._camera.loop:
                return
            self._stream = self._new_stream()
            self._stream.open()

    def close(self) -> None:
        self._closing.set()
        self._stream.close()


def file_path(source: str) -> Path:
    """The path in `source`, which may be a file: address.

    >>> file_path("file:///srv/clips/a%20gate.mp4").as_posix()
    '/srv/clips/a gate.mp4'
    """
    if source.startswith("file:"):
        return Path(unquote(urlsplit(source).path))
    return Path(source).expanduser()
