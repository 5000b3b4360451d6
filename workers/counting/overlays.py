"""Where overlays are written: a file that holds the newest, a film of all, or a folder with one for each picture."""

from __future__ import annotations

from pathlib import Path

import cv2

from crushwatch.errors import CrushwatchError, SiteError
from workers.capture.image import IMAGE_SUFFIXES
from workers.counting.counter import Counted
from workers.counting.overlay import draw_overlay
from workers.counting.overlay_film import OverlayFilm
from workers.counting.shots import Shot

AS_PICTURE = frozenset({".jpeg", ".jpg", ".png", ".webp"})
"""An OUT that ends like this is a picture."""
AS_FILM = ".mp4"
"""One that ends like this is a film; any other is a folder."""


class Overlays:
    """Draws and writes overlays, if they are wanted."""

    def __init__(self, out: Path | None, source: str, what: str) -> None:
        """`what` is counted, in the plural. Raises SiteError where writing would lose a picture."""
        self._out = out
        self._what = what
        self._is_file = out is not None and out.suffix.lower() in AS_PICTURE and not out.is_dir()
        if out is not None:
            _refuse_loss(out, self._is_file, source)
        self._is_film = out is not None and out.suffix.lower() == AS_FILM and not out.is_dir()
        self._film: OverlayFilm | None = None

    def write(self, shot: Shot, counted: Counted) -> None:
        """Raises CrushwatchError when it cannot be written."""
        if self._out is None:
            return
        overlay = draw_overlay(counted.image, counted.density, counted.count, self._what)
        if self._is_film:
            self._film = self._film or OverlayFilm(self._out)
            self._film.add(overlay, shot.time_s)
            return
        path = self._out if self._is_file else self._out / _name(shot)
        _, encoded = cv2.imencode(path.suffix, cv2.cvtColor(overlay, cv2.COLOR_RGB2BGR))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded.tobytes())
        except OSError as error:
            raise CrushwatchError(f"{path}: the overlay cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """A film can be played from now on."""
        if self._film is not None:
            self._film.close()


def _name(shot: Shot) -> str:
    path = Path(shot.source)
    is_image = path.suffix.lower() in IMAGE_SUFFIXES
    return f"{path.stem}.png" if is_image else f"{shot.frame:06d}.png"


def _refuse_loss(out: Path, is_file: bool, source: str) -> None:
    here = Path(source)
    if here.is_dir() and is_file:
        raise SiteError(f"--heatmap {out}: for a folder of pictures give a folder, so that each has its overlay")
    if out.exists() and here.exists() and (out.samefile(here) or (out.is_dir() and out.samefile(here.parent))):
        raise SiteError(f"--heatmap {out}: that would overwrite what is counted; give another place")
