"""What it costs to watch over one camera's own health: processor time of a second at two pictures a second.

CRUSHWATCH_DATA=../shared/data python -m bench.camera_health
"""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from bench.machine import describe_machine
from crushwatch.site import Camera, CameraRules
from workers.health import SightKeeper
from workers.health.reference import References

SECONDS = 240
RATE_HZ = 2.0
SIZE_PX = (1024, 576)


def main() -> None:
    """Two clips, with and without a reference picture."""
    cv2.setNumThreads(1)
    print(describe_machine())
    data = Path(os.environ.get("CRUSHWATCH_DATA", "../shared/data"))
    for name in ("plaza", "stadium"):
        pictures = list(_pictures(data / "video" / f"{name}.mp4"))
        for has_reference in (False, True):
            took_s = _watch(pictures, has_reference=has_reference)
            milliseconds, most = 1000 * sum(took_s) / SECONDS, 1000 * max(took_s)
            what = "with a reference picture" if has_reference else "without"
            print(f"{name}, {what}: {milliseconds:.1f} ms a second, {most:.0f} ms for a picture at most")


def _watch(pictures: list[np.ndarray], *, has_reference: bool) -> list[float]:
    began, took_s = datetime.now(UTC), []
    with tempfile.TemporaryDirectory() as folder:
        references = References(Path(folder), Path(folder))
        reference = references.of("bench", Camera(source="sim:gate")) if has_reference else None  # type: ignore[arg-type]
        keeper = SightKeeper(began, CameraRules(), reference)
        to_and_fro = itertools.cycle([*pictures, *pictures[-2:0:-1]])
        for number, picture in enumerate(itertools.islice(to_and_fro, int(SECONDS * RATE_HZ))):
            from_s = time.process_time()
            keeper.see(picture, began + timedelta(seconds=number / RATE_HZ))
            took_s.append(time.process_time() - from_s)
    return took_s


def _pictures(path: Path) -> Iterator[np.ndarray]:
    film = cv2.VideoCapture(str(path))
    for number in itertools.count():
        has_picture, picture = film.read()
        if not has_picture:
            return
        if number % 12 == 0:
            yield cv2.cvtColor(cv2.resize(picture, SIZE_PX, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)


if __name__ == "__main__":
    main()
