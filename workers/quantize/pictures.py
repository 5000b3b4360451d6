"""The pictures of a folder: those to calibrate on, and others, which calibration never sees, to compare counts on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from crushwatch.errors import EngineError
from workers.batch.letterbox import GREY, Letterbox
from workers.capture.image import IMAGE_SUFFIXES, read_image

MOST_CALIBRATED, FEWEST_CALIBRATED, MOST_COMPARED, FEWEST_COMPARED = 64, 20, 200, 8
LONGEST_SIDE_PX = 1280

Pixels = npt.NDArray[np.uint8]
"""(1, height, width, 3) RGB."""


@dataclass(frozen=True)
class Pictures:
    """compared: those whose number ends in 3. calibrated: of the others."""

    calibrated: tuple[Path, ...]
    compared: tuple[Path, ...]


def find_pictures(folder: Path) -> Pictures:
    """All pictures under the folder, evenly thinned; raises EngineError where there are too few."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    held_out = [is_held_out(path.stem, place) for place, path in enumerate(found)]
    calibrated = [path for path, is_out in zip(found, held_out, strict=True) if not is_out]
    compared = [path for path, is_out in zip(found, held_out, strict=True) if is_out]
    if len(calibrated) < FEWEST_CALIBRATED or len(compared) < FEWEST_COMPARED:
        raise EngineError(
            f"{folder}: {len(calibrated)} pictures to calibrate on and {len(compared)} (whose number ends in 3) to "
            f"compare on; at least {FEWEST_CALIBRATED} and {FEWEST_COMPARED} are needed, of crowds as your "
            "cameras see them"
        )
    return Pictures(thinned(calibrated, MOST_CALIBRATED), thinned(compared, MOST_COMPARED))


def is_held_out(stem: str, place: int) -> bool:
    """Whether a picture is for comparing: by the number in its name, or by its place among all where it has none.

    >>> is_held_out("IMG_273", 0), is_held_out("IMG_274", 3), is_held_out("gate", 13)
    (True, False, True)
    """
    number = re.search(r"(\d+)$", stem)
    return (int(number[1]) if number else place) % 10 == 3


def thinned(paths: Sequence[Path], most: int) -> tuple[Path, ...]:
    """At most so many, spread evenly.

    >>> thinned([Path("a"), Path("b"), Path("c")], 2)
    (PosixPath('a'), PosixPath('c'))
    """
    places = np.linspace(0, len(paths) - 1, min(len(paths), most)).round().astype(int)
    return tuple(paths[place] for place in places)


def read_pixels(path: Path) -> Pixels:
    """The picture, made smaller if its longer side is over 1280 pixels, on grey up to multiples of 32."""
    read = read_image(path)
    scale = min(1.0, LONGEST_SIDE_PX / max(read.shape[:2]))
    content = cv2.resize(read, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else read
    height, width = content.shape[:2]
    box = Letterbox.native((width, height))
    canvas = np.full((1, box.engine_height_px, box.engine_width_px, 3), GREY, np.uint8)
    canvas[0, :height, :width] = content
    return canvas
