"""Where overlays are written: one file that holds the newest, or a folder with one for each picture."""

from __future__ import annotations

from pathlib import Path

import cv2

from crushwatch.errors import CrushwatchError, SiteError
from workers.counting.counter import Counted
from workers.counting.overlay import draw_overlay
from workers.counting.shots import IMAGE_SUFFIXES, Shot

AS_PICTURE = frozenset({".jpeg", ".jpg", ".png", ".webp"})
"""An OUT that ends like this is a file; any other is a folder."""


class Overlays:
    """Draws and writes overlays, if they are wanted."""

    def __init__(self, out: Path | None, source: str) -> None:
        """Raises SiteError where writing would lose a picture."""
        self._out = out
        self._is_file = out is not None and out.suffix.lower() in AS_PICTURE and not out.is_dir()
        if out is not None:
            _refuse_loss(out, self._is_file, source)

    def write(self, shot: Shot, counted: Counted) -> None:
        """Raises CrushwatchError when it cannot be written."""
        if self._out is None:
            return
        path = self._out if self._is_file else self._out / _name(shot)
        overlay = cv2.cvtColor(draw_overlay(counted.image, counted.density, counted.count), cv2.COLOR_RGB2BGR)
        _, encoded = cv2.imencode(path.suffix, overlay)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded.tobytes())
        except OSError as error:
            raise CrushwatchError(f"{path}: the overlay cannot be written: {error.strerror}") from None


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
