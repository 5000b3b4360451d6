"""The picture under which a camera was calibrated: one that the site names, or one that the worker took itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import structlog

from crushwatch.private import make_private_folder
from crushwatch.site import Camera
from workers.health.median import PICTURES, Grey, median_of_five

TAKE_EVERY_S = 10.0
"""Five medians of five pictures, so far apart, make a reference of the worker's own: of most of a minute."""

log = structlog.get_logger("crushwatch.workers.health")


class References:
    """Where reference pictures are: those that the site names beside its file, the worker's own in its state folder."""

    def __init__(self, site_folder: Path, own_folder: Path) -> None:
        self._site_folder = site_folder
        self._own_folder = own_folder

    def of(self, key: str, camera: Camera) -> Reference:
        """The reference of one camera."""
        named = camera.ground.reference if camera.ground else None
        if named is not None:
            return Reference(key, self._site_folder / named, is_named=True)
        return Reference(key, self._own_folder / f"{key}-{_calibration(camera)}.png", is_named=False)


class Reference:
    """One camera's reference picture. One that the site names is never written."""

    def __init__(self, key: str, path: Path, *, is_named: bool) -> None:
        self._path = path
        self._is_named = is_named
        self._log = log.bind(camera=key)

    def load(self) -> Grey | None:
        """The picture, grey; None where there is none yet, or none that can be read, which is said."""
        picture = cv2.imread(str(self._path), cv2.IMREAD_GRAYSCALE) if self._path.is_file() else None
        if picture is None and self._is_named:
            self._log.error("the reference picture cannot be read: whether the camera moves is not watched",
                            path=str(self._path))  # fmt: skip
        return None if picture is None else np.asarray(picture, dtype=np.uint8)

    @property
    def may_be_taken(self) -> bool:
        """Whether the worker takes one itself where there is none."""
        return not self._is_named

    def keep(self, picture: Grey) -> None:
        """Write the worker's own; a disk that refuses costs the memory over a restart, no more."""
        self._log.info("took its first good minute as the reference picture", path=str(self._path))
        try:
            make_private_folder(self._path.parent)
            _written, coded = cv2.imencode(".png", picture)
            beside = self._path.with_suffix(".new")
            beside.write_bytes(coded.tobytes())
            beside.replace(self._path)
        except OSError as error:
            self._log.warning("the reference picture cannot be kept", path=str(self._path), error=error.strerror)


class ReferenceTaker:
    """Makes a reference of the first good minute, a median of medians. What is not good lets it begin anew."""

    def __init__(self) -> None:
        self._pictures: list[Grey] = []
        self._taken_at_s = 0.0

    def see(self, grey: Grey, at_s: float, *, is_good: bool) -> Grey | None:
        """The reference once it is there, else None. grey: itself the median of some pictures."""
        if not is_good or (self._pictures and grey.shape != self._pictures[0].shape):
            self._pictures.clear()
            return None
        if self._pictures and 0 <= at_s - self._taken_at_s < 0.9 * TAKE_EVERY_S:
            return None
        self._pictures.append(grey)
        self._taken_at_s = at_s
        return median_of_five(self._pictures) if len(self._pictures) == PICTURES else None


def _calibration(camera: Camera) -> str:
    """Changes with the ground's points, or without them with what is drawn: a new calibration has a new reference."""
    ground = camera.ground
    drawn = [region.polygon_px for region in camera.regions.values()]
    meant = (camera.picture_size_px, drawn if ground is None else [(point.px, point.m) for point in ground.points])
    return hashlib.sha256(repr(meant).encode()).hexdigest()[:12]
