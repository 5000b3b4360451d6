"""An image file, as it is counted, labelled or calibrated on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from crushwatch.errors import UnreadableError
from workers.capture.source import RgbImage

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


def read_image(path: Path) -> RgbImage:
    """(height, width, 3), turned as its EXIF says; raises SourceError that names the file."""
    try:
        pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or 'it cannot be read'}") from None
    except cv2.error:  # of an empty file
        pixels = None
    if pixels is None:
        raise UnreadableError(f"{path}: no image that can be decoded")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)
