"""What is to be counted: an image, a folder of images, a video, a stream, as one row of pictures."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from crushwatch.errors import SourceError, UnreadableError
from crushwatch.site import Camera, redact
from workers.capture.choose import open_source
from workers.capture.image import IMAGE_SUFFIXES, read_image
from workers.capture.picture import ArrayPicture, AvPicture
from workers.capture.source import Picture, Source, SourceInfo

ASSUMED_RATE_HZ = 25.0
"""Of a video that states neither the time of its pictures nor their rate."""
FASTEST_HZ = 30.0
NO_FILE = re.compile(r"^(rtsps?|https?|webcam|sim):")
"""How an address begins that is no file."""


@dataclass(frozen=True)
class Shot:
    """One picture of a source.

    frame:  its number in a video or stream, from 0
    time_s: seconds from the beginning of the video, or since the stream was opened; None for an image
    """

    source: str
    frame: int
    time_s: float | None
    picture: Picture


@dataclass(frozen=True)
class Unreadable:
    """An image of a folder that is none, and why; the others go on."""

    because: str


def shots(where: str, every_s: float) -> Iterator[Shot | Unreadable]:
    """All images of a folder, or a picture every `every_s` seconds of a video or stream; raises SourceError.

    where: a path, or an address that `capture` knows. every_s: 0 for every picture.
    """
    if not _is_file(where):
        return _of_stream(where, every_s)
    path = Path(where).expanduser()
    if path.is_dir():
        return _of_folder(path)
    if not path.exists():
        raise UnreadableError(f"{where}: no such file or folder")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return iter([_shot(path)])
    return _of_video(path, every_s)


def has_no_end(where: str) -> bool:
    """A stream or a webcam: a person ends it.

    >>> has_no_end("rtsp://10.0.0.11/s1"), has_no_end("plaza.mp4")
    (True, False)
    """
    return not _is_file(where)


def _is_file(where: str) -> bool:
    return NO_FILE.match(where) is None


def _of_folder(folder: Path) -> Iterator[Shot | Unreadable]:
    images = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if not images:
        raise UnreadableError(f"{folder}: no images in it ({', '.join(sorted(IMAGE_SUFFIXES))})")
    return (_image(path) for path in images)


def _shot(path: Path) -> Shot:
    return Shot(str(path), 0, None, ArrayPicture(read_image(path)))


def _image(path: Path) -> Shot | Unreadable:
    try:
        return _shot(path)
    except SourceError as error:
        return Unreadable(str(error))


def _of_video(path: Path, every_s: float) -> Iterator[Shot]:
    """Frame after frame, as fast as they can be read."""
    source, info = _opened(path.resolve().as_uri(), every_s, paced=False)
    rate_hz = info.frame_rate_hz or ASSUMED_RATE_HZ
    due_s = 0.0
    try:
        for frame, (picture, _) in enumerate(source.frames()):
            stated_s = picture.time_s if isinstance(picture, AvPicture) else None
            time_s = frame / rate_hz if stated_s is None else stated_s
            if time_s >= due_s - 0.5 / rate_hz:
                due_s += every_s
                yield Shot(str(path), frame, time_s, picture)
    finally:
        source.close()


def _of_stream(address: str, every_s: float) -> Iterator[Shot]:
    """The newest picture whenever one is due: a slow engine sees fewer, never older ones."""
    source, _ = _opened(address, every_s, paced=True)
    opened_s, due_s = time.monotonic(), 0.0
    try:
        for frame, picture in newest(picture for picture, _ in source.frames()):
            time_s = time.monotonic() - opened_s
            if time_s >= due_s:
                due_s = max(due_s + every_s, time_s)
                yield Shot(redact(address), frame, time_s, picture)
    finally:
        source.close()


def _opened(address: str, every_s: float, *, paced: bool) -> tuple[Source, SourceInfo]:
    rate_hz = min(FASTEST_HZ, 1 / every_s) if every_s else FASTEST_HZ
    try:
        camera = Camera.model_validate({"source": address, "loop": False, "analysis_rate_hz": rate_hz})
    except ValidationError as error:
        reasons = "; ".join(fault["msg"].removeprefix("Value error, ") for fault in error.errors())
        raise UnreadableError(f"{redact(address)}: {reasons}") from None
    source = open_source("count", camera, paced=paced)
    return source, source.open()


def newest(pictures: Iterator[Picture]) -> Iterator[tuple[int, Picture]]:
    """Numbered pictures, read on a thread of its own; those that come while the last one is being used are left out.

    Ends, or fails, where `pictures` does.
    """
    changed = threading.Condition()
    latest: list[tuple[int, Picture]] = []
    fault: list[Exception | None] = []

    def read() -> None:
        ended: Exception | None = None
        try:
            for numbered in enumerate(pictures):
                with changed:
                    latest[:] = [numbered]
                    changed.notify()
        except Exception as error:  # raised where the pictures are used
            ended = error
        with changed:
            fault.append(ended)
            changed.notify()

    threading.Thread(target=read, name="read-stream", daemon=True).start()
    while True:
        with changed:
            changed.wait_for(lambda: latest or fault)
            taken = latest.pop() if latest else None
        if taken is not None:
            yield taken
        elif fault[0] is not None:
            raise fault[0]
        else:
            return
